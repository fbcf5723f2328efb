"""The sample cases of the control plane: objects given, steps done, paths and words expected."""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, field

from kdisco import ApiError, Cluster, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CASES = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "control-plane"
EXPECTED_TO_FAIL: dict[str, str] = {}  # case: the topic that will make it hold
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
ROUNDS = 50  # of "all new pods available" that no rollout of the cases needs
MARKER = "all new pods available"
ROLLOUT = {"replica steps", "max pods not terminating", "min available", "resolved maxSurge", "resolved maxUnavailable"}


@define
class Run:
    """One case being played: the cluster, what was so before, and what the last step said."""

    cluster: Cluster
    before: Cluster | None = None
    error: ApiError | None = None
    watches: list[tuple[Any, ...]] = field(factory=list)
    addresses: int = 0

    # --- finding things -----------------------------------------------------------------------------------------

    def named(self, text: str) -> tuple[str, str, str]:
        """(kind, name, namespace) of "Service orchard/plum", "Node n1" or "one Pod of orchard/plum"."""
        chosen = re.fullmatch(r"one (\w+) of (\S+)/(\S+)", text)
        if chosen:
            owned = self.pods_of(chosen[2], chosen[3]) if chosen[1] == "Pod" else self.sets_of(chosen[2], chosen[3])
            return chosen[1], min(each.name for each in owned if not each.deleting), chosen[2]
        kind, _, key = text.partition(" ")
        namespace, _, name = key.rpartition("/")
        return kind, name, namespace or "default"

    def found(self, text: str, cluster: Cluster | None = None) -> dict[str, Any] | None:
        """The JSON of a named object, None when there is none."""
        kind, name, namespace = self.named(text)
        try:
            return dict((cluster or self.cluster).get(kind, name, namespace=namespace).to_dict())
        except NotFound:
            return None

    def sets_of(self, namespace: str, name: str) -> list[Any]:
        """The ReplicaSets of a Deployment, oldest first."""
        deployment = self.cluster.get("Deployment", name, namespace=namespace)
        listed = [each for each in self.cluster.list("ReplicaSet", namespace=namespace) if each.owned_by(deployment)]
        return sorted(listed, key=lambda each: int(each.metadata.annotations["deployment.kubernetes.io/revision"]))

    def pods_of(self, namespace: str, name: str) -> list[Any]:
        """The Pods of a Deployment."""
        owners = self.sets_of(namespace, name)
        pods = self.cluster.list("Pod", namespace=namespace)
        return [pod for pod in pods if any(pod.owned_by(owner) for owner in owners)]

    # --- doing things -------------------------------------------------------------------------------------------

    def do(self, step: dict[str, Any]) -> None:
        """One step; an API error is kept for ``error`` and raised again."""
        self.error = None
        try:
            VERBS[step["verb"]](self, step)
        except ApiError as error:
            self.error = error
            raise

    def write(self, step: dict[str, Any]) -> None:
        """create, apply or replace."""
        getattr(self.cluster, step["verb"])(step["doc"], dry_run=bool(step.get("dryRun")))

    def patch(self, step: dict[str, Any], subresource: str | None = None) -> None:
        """A JSON merge patch on the target; for status, of its status."""
        kind, name, namespace = self.named(step["target"])
        patch = json.loads(step["doc"]) if isinstance(step["doc"], str) else step["doc"]
        if subresource == "status" and "status" not in patch:
            patch = {"status": patch}
        dry = bool(step.get("dryRun"))
        self.cluster.patch(kind, name, patch, namespace=namespace, type="merge", subresource=subresource, dry_run=dry)

    def status(self, step: dict[str, Any]) -> None:
        """Merge into the status of the target."""
        self.patch(step, "status")

    def label(self, step: dict[str, Any]) -> None:
        """``key=value`` or ``key-`` as kubectl label takes them."""
        pairs = [part.partition("=") for part in step["doc"].split()]
        labels = {key if equals else key.removesuffix("-"): value if equals else None for key, equals, value in pairs}
        self.patch({**step, "doc": {"metadata": {"labels": labels}}})

    def scale(self, step: dict[str, Any]) -> None:
        """To the number in ``doc`` or ``replicas``."""
        kind, name, namespace = self.named(step["target"])
        number = re.search(r"\d+", str(step.get("replicas", step.get("doc"))))
        assert number is not None
        self.cluster.scale(f"{kind.lower()}/{name}", int(number[0]), namespace=namespace)

    def delete(self, step: dict[str, Any]) -> None:
        """Gracefully, or at once with ``now``."""
        kind, name, namespace = self.named(step.get("target") or step["doc"])
        grace: dict[str, Any] = {"grace_period": 0} if step.get("now") else {}
        self.cluster.delete(kind, name, namespace=namespace, dry_run=bool(step.get("dryRun")), **grace)

    def get(self, step: dict[str, Any]) -> None:
        """Ask for one object."""
        kind, name, namespace = self.named(step.get("target") or step["doc"])
        self.cluster.get(kind, name, namespace=namespace)

    def watch(self, step: dict[str, Any]) -> None:
        """Remember where a watch began; its events are read at the end."""
        words = re.fullmatch(r"(\w+)(?: in (\S+))?(?: with label (\S+))?(?: from (now|\d+))?", step["doc"])
        assert words is not None, step["doc"]
        since = self.cluster.revision if words[4] in (None, "now") else int(words[4])
        self.watches.append((words[1], words[2], words[3], since))
        list(self.cluster.watch(words[1], namespace=words[2], selector=words[3], since=since))

    def settle(self, step: dict[str, Any]) -> None:
        """Let everybody finish; the first time is what "before" means."""
        self.cluster.settle()
        if self.before is None:
            self.before = self.cluster.branch()
        self.check(step.get("expect", {}))

    def all_pods_ready(self, _step: dict[str, Any] | None = None) -> None:
        """What kubelets would do: every Pod that lives gets an address and the condition Ready."""
        for pod in self.cluster.list("Pod"):
            if pod.deleting or pod.finished or pod.ready:
                continue
            self.addresses += 1
            address = pod.status.pod_ip or f"10.78.{self.addresses // 250}.{self.addresses % 250 + 1}"
            others = [each for each in pod.to_dict()["status"].get("conditions", []) if each["type"] != "Ready"]
            ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
            addressed = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}
            status = {**addressed, "conditions": [*others, ready]}
            self.cluster.patch(
                "Pod", pod.name, {"status": status}, namespace=pod.namespace, type="merge", subresource="status"
            )

    # --- checking things ----------------------------------------------------------------------------------------

    def check(self, expect: dict[str, Any]) -> None:
        """Every expectation, each by the first reader that knows its words."""
        for name, wanted in expect.items():
            if name in ROLLOUT or name == "error":
                continue
            for pattern, reader in READERS.items():
                words = re.fullmatch(pattern, name)
                if words:
                    reader(self, wanted, *words.groups())
                    break
            else:
                pytest.fail(f"no reader for the expectation {name!r}")

    def path(self, wanted: Any, subject: str, path: str | None) -> None:
        """``Service orchard/plum spec.type``: exact, or one of the matchers."""
        there = at(self.found(subject), path or "")
        assert self.fits(wanted, there, subject, path), f"{subject} {path} is {there!r}, not {wanted!r}"

    def fits(self, wanted: Any, there: Any, subject: str = "", path: str | None = None) -> bool:
        """Whether a value is what is wanted."""
        if not (isinstance(wanted, dict) and wanted and wanted.keys() <= MATCHERS.keys() | COMPARERS):
            return bool(there == wanted)
        for name, value in wanted.items():
            if name in MATCHERS:
                if not MATCHERS[name](there, value):
                    return False
                continue
            other = self.other(value, subject, path)
            if not {"same as": there == other, "not same as": there != other}.get(name, True):
                return False
            if name == "greater than" and not int(there) > int(other):
                return False
        return True

    def other(self, value: Any, subject: str, path: str | None) -> Any:
        """What "before" or another path stands for."""
        if value == "before":
            assert self.before is not None
            return at(self.found(subject, self.before), path or "")
        words = re.fullmatch(PATH, value) if isinstance(value, str) else None
        return at(self.found(words[1]), words[2] or "") if words else value

    def slices_of(self, key: str) -> list[dict[str, Any]]:
        """The EndpointSlices of a Service."""
        namespace, _, name = key.partition("/")
        listed = self.cluster.list("EndpointSlice", namespace=namespace, selector=f"kubernetes.io/service-name={name}")
        return [each.to_dict() for each in listed]

    def slices(self, wanted: list[Any], key: str) -> None:
        """The set of slices, by the keys that the case lists."""
        there = [{**each, **each["metadata"], "endpoints": flat_endpoints(each)} for each in self.slices_of(key)]
        assert alike(wanted, there), f"{wanted}\nis wanted, but there is\n{there}"

    def total_endpoints(self, wanted: Any, key: str) -> None:
        """How many endpoints all slices have."""
        assert self.fits(wanted, sum(len(each["endpoints"] or []) for each in self.slices_of(key)))

    def slice_sizes(self, wanted: Any, key: str) -> None:
        """How many endpoints each slice has, largest first."""
        assert sorted((len(each["endpoints"] or []) for each in self.slices_of(key)), reverse=True) == wanted

    def hints(self, wanted: dict[str, Any], key: str) -> None:
        """Per address, the names of zones and nodes."""
        endpoints = [entry for each in self.slices_of(key) for entry in each["endpoints"] or []]
        there = {entry["addresses"][0]: flat_hints(entry.get("hints")) for entry in endpoints}
        assert there == wanted

    def endpoints(self, wanted: list[Any], key: str) -> None:
        """The subsets of the old API, address lists as IPs."""
        lists = ("addresses", "notReadyAddresses")
        there = [
            {**each, **{name: [entry["ip"] for entry in each.get(name, [])] for name in lists}}
            for each in (self.found(f"Endpoints {key}") or {}).get("subsets", [])
        ]
        assert alike(wanted, there), f"{wanted}\nis wanted, but there is\n{there}"

    def pods(self, wanted: Any, listed: list[Any]) -> None:
        """A number of Pods, how many of them are going, whose they are."""
        expected = {"len": wanted} if isinstance(wanted, int) else wanted
        for name, value in expected.items():
            if name == "len":
                assert len(listed) == value
            elif name == "with deletionTimestamp":
                assert sum(pod.deleting for pod in listed) == value
            else:
                assert all(alike(value, pod.to_dict()["metadata"].get(name)) for pod in listed), name

    def watch_types(self, wanted: list[str]) -> None:
        """The types of the events of the first watch."""
        kind, namespace, selector, since = self.watches[0]
        events = self.cluster.watch(kind, namespace=namespace, selector=selector, since=since)
        assert [event.type for event in events] == wanted

    def sync_error(self, wanted: str) -> None:
        """An Event tells of a controller's trouble."""
        assert any(wanted in event.to_dict().get("message", "") for event in self.cluster.list("Event"))


PATH = r"((?:[A-Z]\w+|one \w+ of) \S+)(?: (.+))?"
VERBS: dict[str, Callable[[Run, dict[str, Any]], None]] = {
    "create": Run.write,
    "apply": Run.write,
    "replace": Run.write,
    "patch": Run.patch,
    "status": Run.status,
    "scale": Run.scale,
    "label": Run.label,
    "delete": Run.delete,
    "get": Run.get,
    "watch": Run.watch,
    "settle": Run.settle,
    "all pods ready": Run.all_pods_ready,
}
READERS: dict[str, Callable[..., None]] = {
    r"slices (\S+)": Run.slices,
    r"slices (\S+) total endpoints": Run.total_endpoints,
    r"slice sizes (\S+)": Run.slice_sizes,
    r"hints (\S+)": Run.hints,
    r"endpoints (\S+)": Run.endpoints,
    r"pods of (\S+)/(\S+)": lambda run, wanted, space, name: run.pods(wanted, run.pods_of(space, name)),
    r"pods with (\S+) in (\S+)": lambda run, wanted, label, space: run.pods(
        wanted, list(run.cluster.list("Pod", namespace=space, selector=label))
    ),
    r"watch types": Run.watch_types,
    r"sync error mentions": Run.sync_error,
    PATH: Run.path,
}
COMPARERS = {"same as", "not same as", "greater than"}
MATCHERS: dict[str, Callable[[Any, Any], bool]] = {
    "absent": lambda there, yes: (there is None) == yes,
    "matches": lambda there, pattern: isinstance(there, str) and re.search(pattern, there) is not None,
    "between": lambda there, ends: ends[0] <= there <= ends[1],
    "ip between": lambda there, ends: number(ends[0]) <= number(there) <= number(ends[1]),
    "len": lambda there, size: len(there or ()) == size,
    "not": lambda there, value: there != value,
    "has": lambda there, part: isinstance(there, dict) and part.items() <= there.items(),
}


def number(address: str) -> int:
    """An address as a number."""
    return int(ipaddress.ip_address(address))


def at(value: Any, path: str) -> Any:
    """What stands at ``spec.ports[0].port``; keys with dots may stand in brackets or as they are. None: absent."""
    if not path or value is None:
        return value
    if isinstance(value, list):
        index = re.match(r"\[(\d+)\]\.?", path)
        assert index is not None, path
        return at(value[int(index[1])], path[index.end() :]) if int(index[1]) < len(value) else None
    quoted = re.match(r"""\[['"]?([^'"\]]+)['"]?\]\.?""", path)
    if quoted:
        return at(value.get(quoted[1]), path[quoted.end() :])
    keys = [key for key in value if re.match(re.escape(key) + r"(?:$|[.\[])", path)] if isinstance(value, dict) else []
    if not keys:
        return None
    longest = max(keys, key=len)
    return at(value[longest], path[len(longest) :].removeprefix("."))


def alike(wanted: Any, there: Any) -> bool:
    """Equal by what the case lists: lists are sets, null is absent, [] is empty or null."""
    if isinstance(wanted, list):
        rest = list(there or [])
        if len(rest) != len(wanted):
            return False
        return matched(wanted, rest)
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(alike(value, there.get(key)) for key, value in wanted.items())
    return bool(wanted == there)


def matched(wanted: list[Any], rest: list[Any]) -> bool:
    """Whether the two can be paired off."""
    if not wanted:
        return True
    head, *tail = wanted
    return any(alike(head, each) and matched(tail, rest[:i] + rest[i + 1 :]) for i, each in enumerate(rest))


def flat_endpoints(listed: dict[str, Any]) -> list[dict[str, Any]]:
    """Endpoints with the case's short names laid over the API's."""
    return [
        {
            **entry,
            **entry.get("conditions", {}),
            "address": entry["addresses"][0],
            "pod": entry.get("targetRef", {}).get("name"),
            "hints": flat_hints(entry.get("hints")),
        }
        for entry in listed["endpoints"] or []
    ]


def flat_hints(hints: dict[str, Any] | None) -> dict[str, list[str]] | None:
    """Hints as lists of names."""
    return {name: [entry["name"] for entry in entries] for name, entries in hints.items()} if hints else None


def check_error(error: ApiError | None, wanted: dict[str, Any]) -> None:
    """Reason, code, words and details of the last step's error."""
    assert error is not None, "the last step was expected to fail"
    exact = {"reason": error.reason, "code": error.status}
    for name, value in wanted.items():
        if name in exact:
            assert exact[name] == value
        elif name == "message contains":
            assert [words for words in value if words not in error.message] == [], error.message
        elif name == "message contains one of":
            assert any(words in error.message for words in value), error.message
        elif name == "message lacks":
            assert [words for words in value if words in error.message] == [], error.message
        elif name.startswith("details"):
            assert alike(value, at({"details": error.details}, name)), error.details
        else:
            pytest.fail(f"no reader for the error's {name!r}")


def given(case: dict[str, Any]) -> str:
    """The case's manifests, the repeated ones written out."""
    parts = [case["given"]] if case["given"].strip() else []
    repeat = case.get("repeat")
    if not repeat:
        return "".join(parts)
    for i in range(repeat["start"], repeat["start"] + repeat["count"]):
        doc = repeat["doc"].replace("$i", str(i))
        for rule in repeat["address rule"].split(", "):
            name, _, sum_ = rule.partition("=")
            doc = doc.replace(f"${name.strip()}", str(eval(sum_, {"i": i})))  # noqa: S307 - arithmetic of the sample case
        parts.append(doc)
    return "---\n".join(parts)


def opened(text: str) -> Run:
    """A cluster that holds the manifests, where nobody but controllers acts."""
    return Run(cluster=Cluster.from_dump(text, kubelets=False, addons=False, nodes=0))


def play(case: dict[str, Any]) -> None:
    """The whole case."""
    run = opened(given(case))
    steps, expect = case["do"], case["expect"]
    initially = run.cluster.branch()
    rollout = ROLLOUT & expect.keys()
    for place, step in enumerate(steps):
        last = place == len(steps) - 1
        if last and rollout:
            run.all_pods_ready()
            run.cluster.settle()
            check_rollout(run, step, expect)
            break
        try:
            run.do(step)
            assert not step.get("fails"), f"step {place} was expected to fail"
        except ApiError:
            if not step.get("fails") and not (last and "error" in expect):
                raise
    if "error" in expect:
        check_error(run.error, expect["error"])
    if case.get("settle", True):
        run.cluster.settle()
    run.before = run.before or initially
    run.check(expect)


def check_rollout(run: Run, step: dict[str, Any], expect: dict[str, Any]) -> None:
    """Play a rollout by hand: new Pods become available only when the controllers can do no more without."""
    kind, name, namespace = run.named(step["target"])
    assert kind == "Deployment"
    cluster, since = run.cluster, run.cluster.revision
    pods = {pod.name: pod for pod in run.pods_of(namespace, name)}
    old = {each.name: each.spec.replicas for each in run.sets_of(namespace, name)}
    run.do(step)
    told: list[Any] = []
    most, least = counts(pods)
    mark = since
    for _ in range(ROUNDS):
        cluster.settle()
        told += replica_steps(cluster, namespace, old, mark)
        for more, fewer in pod_counts(cluster, namespace, pods, mark):
            most, least = max(most, more), min(least, fewer)
        mark = cluster.revision
        waiting = [pod for pod in run.pods_of(namespace, name) if not pod.ready and not pod.deleting]
        if not waiting:
            break
        told.append(MARKER)
        run.all_pods_ready()
    else:
        pytest.fail(f"the rollout does not end: {told}")
    while told and told[-1] == MARKER:
        told.pop()
    wanted = run.cluster.get("Deployment", name, namespace=namespace).spec.replicas
    ceiling = int(run.sets_of(namespace, name)[-1].metadata.annotations["deployment.kubernetes.io/max-replicas"])
    there = {
        "replica steps": told,
        "max pods not terminating": most,
        "min available": least,
        "resolved maxSurge": ceiling - wanted,
        "resolved maxUnavailable": wanted - least,
    }
    assert {key: there[key] for key in ROLLOUT & expect.keys()} == {key: expect[key] for key in ROLLOUT & expect.keys()}


def replica_steps(cluster: Cluster, namespace: str, sizes: dict[str, int], since: int) -> Iterator[dict[str, int]]:
    """(new, old) after each write that changed one; ``sizes`` starts with the old sets and is kept up to date."""
    events: Iterable[Any] = cluster.watch("ReplicaSet", namespace=namespace, since=since)
    for event in events:
        name, replicas = event.object.name, event.object.spec.replicas
        if sizes.get(name) != replicas and event.type != "DELETED":
            sizes[name] = replicas
            *before, new = sizes.values()
            if before:
                yield {"new": new, "old": sum(before)}


def pod_counts(cluster: Cluster, namespace: str, pods: dict[str, Any], since: int) -> Iterator[tuple[int, int]]:
    """(not terminating, available) after each change of a Pod; ``pods`` is kept up to date."""
    events: Iterable[Any] = cluster.watch("Pod", namespace=namespace, since=since)
    for event in events:
        pods[event.object.name] = event.object
        if event.type == "DELETED":
            del pods[event.object.name]
        yield counts(pods)


def counts(pods: dict[str, Any]) -> tuple[int, int]:
    """(not terminating, available)."""
    living = [pod for pod in pods.values() if not pod.deleting]
    return len(living), sum(pod.ready for pod in living)


def packing(sizes: list[int], new: int) -> str:
    """A dump in which slices of these sizes stand and so many Pods have no endpoint yet."""
    uid = "aaaaaaaa-0000-4000-8000-000000000000"
    owner = {"apiVersion": "v1", "kind": "Service", "name": "plum", "uid": uid, "controller": True}
    marks = {"kubernetes.io/service-name": "plum", MANAGED_BY: "endpointslice-controller.k8s.io"}
    ports = [{"name": "web", "protocol": "TCP", "port": 80, "targetPort": 8080}]
    addresses = {"clusterIP": "10.96.7.7", "clusterIPs": ["10.96.7.7"], "ipFamilies": ["IPv4"]}
    items = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "orchard"}},
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "plum", "namespace": "orchard", "uid": uid},
            "spec": {"selector": {"app": "plum"}, "ports": ports, **addresses},
        },
        *(pod_document(number) for number in range(sum(sizes) + new)),
    ]
    numbers = iter(range(sum(sizes)))
    for place, size in enumerate(sizes):
        meta = {"name": f"plum-{place}", "namespace": "orchard", "labels": marks, "ownerReferences": [owner]}
        items.append(
            {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": meta,
                "addressType": "IPv4",
                "endpoints": [endpoint_document(next(numbers)) for _ in range(size)],
                "ports": [{"name": "web", "port": 8080, "protocol": "TCP"}],
            }
        )
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def pod_address(number: int) -> str:
    """The address of a Pod by its number."""
    return f"10.80.{number // 250}.{number % 250 + 1}"


def pod_name(number: int) -> dict[str, Any]:
    """What a reference to a Pod says of it."""
    return {"name": f"p-{number}", "namespace": "orchard", "uid": f"bbbbbbbb-0000-4000-8000-{number:012}"}


def pod_document(number: int) -> dict[str, Any]:
    """A ready Pod of the Service."""
    address = pod_address(number)
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**pod_name(number), "labels": {"app": "plum"}},
        "spec": {"nodeName": "n1", "containers": [{"name": "main", "image": "registry.test/x:1"}]},
        "status": {**ready, "podIP": address, "podIPs": [{"ip": address}]},
    }


def endpoint_document(number: int) -> dict[str, Any]:
    """The endpoint of such a Pod, as the controller writes it."""
    return {
        "addresses": [pod_address(number)],
        "conditions": {"ready": True, "serving": True, "terminating": False},
        "nodeName": "n1",
        "targetRef": {"kind": "Pod", **pod_name(number)},
    }


def check_function(case: dict[str, Any]) -> None:
    """A unit case for one rule: packing through a cluster, the digits of a hash by the function itself."""
    subject, expect = case["function under test"], case["expect"]
    if isinstance(subject, dict) and "existing slice sizes" in subject:
        assert subject["max per slice"] == 100
        run = opened(packing(subject["existing slice sizes"], subject["new endpoints"]))
        run.cluster.settle()
        run.slice_sizes(sorted(expect["sizes after"], reverse=True), "orchard/plum")
    elif "FNV-1a" in str(subject):
        from kdisco.control.revision import encoded  # noqa: PLC0415 - the one inner name

        assert {number: encoded(int(number)) for number in expect["encoded"]} == expect["encoded"]
    else:
        pytest.fail(f"no reader for the function {subject!r}")


def cases() -> list[Any]:
    """A parameter for each case; what does not hold yet is expected to fail, one by one."""
    marks = {name: pytest.mark.xfail(reason=topic, strict=True) for name, topic in EXPECTED_TO_FAIL.items()}
    files = sorted(CASES.glob("*.json"))
    return [pytest.param(file, id=file.stem, marks=marks.get(file.stem, ())) for file in files]


@pytest.mark.usefixtures("conformance")
@pytest.mark.parametrize("file", cases() or [pytest.param(None, id="absent")])
def test_case(file: Path) -> None:
    case = json.loads(file.read_text(encoding="utf-8"))
    if "function under test" in case:
        check_function(case)
    else:
        play(case)


@pytest.mark.usefixtures("conformance")
def test_every_expected_failure_names_a_case() -> None:
    assert EXPECTED_TO_FAIL.keys() <= {file.stem for file in CASES.glob("*.json")}
