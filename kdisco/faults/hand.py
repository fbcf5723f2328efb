"""The hand that breaks things: it writes as an administrator, has a hand on machines, and notes how to undo it all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from kdisco.errors import UsageError
from kdisco.faults.fault import Undo
from kdisco.faults.standing import Path, leaves
from kdisco.model.frozen import FrozenMap, freeze
from kdisco.model.meta import Object
from kdisco.model.node import Node
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.net.conntrack import Conntrack
from kdisco.net.lost import host
from kdisco.phrase import Phrase
from kdisco.store.events import Operate
from kdisco.store.host import Host
from kdisco.store.state import State

if TYPE_CHECKING:
    from kdisco.cluster import Cluster  # noqa: TC004 - attrs reads field types as text

__all__ = ["WORKLOADS", "Hand", "operate"]

WORKLOADS = ("deployments", "statefulsets", "daemonsets")
ROLLED_OUT = ("spec", "strategy")  # how a change is rolled out is no part of a fault


def operate(
    cluster: Cluster,
    hosts: Mapping[str, Host] | None = None,
    faults: Mapping[str, Any] | None = None,
    conntrack: Mapping[str, Conntrack] | None = None,
) -> None:
    """Set what is out of the ordinary with the machines, which faults are noted, what kernels track."""
    state = cluster.state
    kept = {name: each for name, each in (hosts if hosts is not None else state.hosts).items() if each != Host()}
    noted = faults if faults is not None else state.faults
    cluster._event(Operate(hosts=FrozenMap(kept), faults=FrozenMap(noted), conntrack=FrozenMap(conntrack or {})))  # noqa: SLF001 - it is the cluster's own hand
    cluster._tell()  # noqa: SLF001 - likewise


@define
class Hand:
    """A hand on ``cluster`` that aims at ``aim``: service, namespace, pod, node, other, deployment."""

    cluster: Cluster
    aim: dict[str, str]
    undo: list[Undo] = field(factory=list)

    @property
    def state(self) -> State:
        """How things stand."""
        return self.cluster.state

    @property
    def namespace(self) -> str:
        """The namespace that is aimed at."""
        return self.aim.get("namespace") or "default"

    # What is aimed at

    def service(self) -> Service:
        """The Service: the one named, else the first of the namespace that has a selector; raises UsageError."""
        name = self.aim.get("service", "").removeprefix("service/")
        if name:
            named: Service = self.cluster.get("services", name, self.namespace)
            return named
        listed = self.state.view.list("services", self.namespace)
        first: Service | None = next((each for each in listed if each.spec.selector and each.spec.ports), None)
        if first is None:
            words = "service: there is none with a selector in namespace {namespace}; name one"
            msg = Phrase(words, namespace=self.namespace)
            raise UsageError(msg)
        self.aim["service"] = first.name
        return first

    def pods(self) -> list[Pod]:
        """The Pods of the Service."""
        service = self.service()
        return list(self.state.view.select("pods", service.namespace, service.spec.selector))

    def workload(self) -> Any:
        """The workload: the one named (``deployment/web``), else the one whose Pods the Service finds."""
        named = self.aim.get("workload", "")
        if named:
            kind, _, name = named.rpartition("/")
            return self.cluster.get(kind or "deployment", name, self.namespace)
        service = self.service()
        for kind in WORKLOADS:
            for each in self.state.view.list(kind, service.namespace):
                labels = each.spec.template.metadata.labels
                if all(labels.get(key) == value for key, value in service.spec.selector.items()):
                    return each
        words = "workload: nothing makes Pods for service/{service}; name one as deployment/web"
        msg = Phrase(words, service=service.name)
        raise UsageError(msg)

    def node(self, field_name: str = "node", *but: str) -> str:
        """A node: the one named, else the last that is not among ``but``."""
        given = self.aim.get(field_name, "")
        if given:
            found: Node = self.cluster.get("nodes", given)
            return found.name
        listed: list[str] = [each.name for each in self.state.view.list("nodes") if each.name not in but]
        if not listed:
            msg = Phrase("{field}: there is no such node", field=field_name)
            raise UsageError(msg)
        self.aim[field_name] = listed[-1]
        return listed[-1]

    def system_pods(self, label: str) -> list[Pod]:
        """The Pods of an add-on, those on the node or of the name that is aimed at."""
        pod, node = self.aim.get("pod", "").rpartition("/")[2], self.aim.get("node", "")
        found = self.state.view.select("pods", "kube-system", {"k8s-app": label})
        return [each for each in found if (not pod or each.name == pod) and (not node or each.spec.node_name == node)]

    # What it does

    def patch(self, found: Object, body: Mapping[str, Any], kind: str = "merge", **beside: bool) -> None:
        """Change an object; to undo it, what was there is laid over it again.

        ``beside=True``: it goes along with the fault and is none itself.
        """
        before = found.to_dict()
        after = self.cluster.patch(found.KIND, found.name, dict(body), found.namespace, kind).to_dict()
        inverse: dict[str, Any] = {"spec": _back(after.get("spec"), before.get("spec")), "metadata": {}}
        for part in ("labels", "annotations"):
            inverse["metadata"][part] = _back(after["metadata"].get(part, {}), before["metadata"].get(part, {}))
        changed = [[path, value] for path, value in leaves(after, before) if _meant(body, path)]
        self._note("patch", **_name(found), body=inverse, made=changed, **beside)

    def create(self, document: Mapping[str, Any], field_name: str = "", **beside: bool) -> None:
        """Make an object; to undo it, it is deleted. Of its spec the field of that name is the fault, "" for all."""
        made = self.cluster.create(dict(document))
        own = [[path, value] for path, value in leaves({"spec": document.get("spec", {})})]
        meant = [each for each in own if not field_name or each[0][1:2] == (field_name,)]
        self._note("delete", **_name(made), made=meant, **beside)

    def replace(self, found: Object, document: Mapping[str, Any]) -> None:
        """Delete an object and make another of its name; to undo it, the same the other way round."""
        plain = _manifest(found)
        self.cluster.delete(found.KIND, found.name, found.namespace, grace_period=0)
        self.cluster.create(dict(document))
        own = [[path, value] for path, value in leaves({"spec": document["spec"]})]
        self._note("create", **_name(found), document=plain, made=own)

    def remove(self, found: Object) -> None:
        """Delete an object whose owner makes another: nothing is to be undone."""
        self.cluster.delete(found.KIND, found.name, found.namespace)

    def hold(self, component: str) -> None:
        """Cut a component off; to undo it, it is let go."""
        self.cluster.hold(component)
        self._note("release", component=component)

    def machine(self, node: str, **changes: Any) -> None:
        """Have a hand on a node's machine; to undo it, the same values as before."""
        now = host(self.state, node)
        before = {name: getattr(now, name) for name in changes}
        operate(self.cluster, self.state.hosts.merged({node: evolve(now, **changes)}))
        plain = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in before.items()}
        made = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in changes.items()}
        self._note("host", node=node, before=plain, made=made)

    def flood(self, node: str, table: Conntrack) -> None:
        """Give a node's kernel these connections; they expire by themselves."""
        operate(self.cluster, conntrack={node: table})

    def renew(self, nameserver: str) -> None:
        """Nothing now; to undo it, the Pods that were given a nameserver are made anew."""
        self._note("renew", nameserver=nameserver)

    def keep(self, pod: Pod, finalizer: str) -> None:
        """Delete a Pod that a finalizer keeps; to undo it, the finalizer is taken away."""
        finalizers = list(pod.metadata.finalizers)
        self.cluster.patch("pods", pod.name, {"metadata": {"finalizers": [*finalizers, finalizer]}}, pod.namespace)
        self.cluster.delete("pods", pod.name, pod.namespace)
        body = {"metadata": {"finalizers": finalizers or None}}
        kept = [[["metadata", "finalizers"], [*finalizers, finalizer]]]
        self._note("patch", **_name(pod), body=body, made=kept)

    def _note(self, verb: str, **facts: Any) -> None:
        self.undo.append(Undo(verb, freeze(facts)))


def _name(found: Object) -> dict[str, str]:
    return {"kind": found.KIND, "name": found.name, "namespace": found.namespace}


def _meant(body: Mapping[str, Any], path: Path) -> bool:
    """Whether a patch names a field, and not only how the change is to be rolled out."""
    value: Any = body
    for step in path:
        if not isinstance(value, Mapping):
            return True
        if step not in value:
            return False
        value = value[step]
    return path[:2] != ROLLED_OUT


def _back(after: Any, before: Any) -> Any:
    """The merge patch that makes ``before`` of ``after``; {} where nothing differs."""
    if not isinstance(after, dict) or not isinstance(before, dict):
        return {} if after == before else before
    changed: dict[str, Any] = {}
    for key in {**after, **before}:
        if after.get(key) != before.get(key):
            nested = isinstance(after.get(key), dict) and isinstance(before.get(key), dict)
            changed[key] = _back(after[key], before[key]) if nested else before.get(key)
    return changed


def _manifest(found: Object) -> dict[str, Any]:
    """An object as its author wrote it."""
    document = found.to_dict()
    document.pop("status", None)
    meta = document["metadata"]
    document["metadata"] = {key: meta[key] for key in ("name", "namespace", "labels", "annotations") if key in meta}
    return document
