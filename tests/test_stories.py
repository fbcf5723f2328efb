"""Golden stories: a text of commands and of what happened after each, that reads like a lesson.

A scene is a command (its further lines indented), a line ``----`` and what happened, ended by a blank
line. Lines that begin with ``#`` are for the reader. ``pytest --rewrite`` renews what happened; the
difference is then read like any other change.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen

from kdisco import ApiError, Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

STORIES = Path(__file__).parent / "stories"
BAR = "----"
KINDS = ("Deployment", "ReplicaSet", "Pod", "Service", "Endpoints", "EndpointSlice")


@frozen
class Scene:
    """Comments before it, a command with its indented body, and what happened."""

    comments: tuple[str, ...]
    command: str
    body: str
    result: str

    def __str__(self) -> str:
        """The scene as it stands in the file."""
        body = textwrap.indent(self.body, "  ").splitlines()
        return "\n".join([*self.comments, self.command, *body, BAR, *self.result.splitlines()])


def scenes(text: str) -> Iterator[Scene]:
    """The scenes of a story; a paragraph without a bar is comment for the next."""
    comments: list[str] = []
    for paragraph in re.split(r"\n\n+", text.strip()):
        before, bar, result = f"{paragraph}\n".partition(f"\n{BAR}\n")
        lines = before.splitlines()
        own = [line for line in lines if line.startswith("#")]
        rest = [line for line in lines if not line.startswith("#")]
        if not bar:
            assert not rest, f"a scene without {BAR}: {rest}"
            comments += [*own, ""]
            continue
        yield Scene((*comments, *own), rest[0], textwrap.dedent("\n".join(rest[1:])), result.strip())
        comments = []


class Teller:
    """A cluster and the commands that a story may give it."""

    def __init__(self) -> None:
        self.cluster = Cluster(nodes=2, seed=1)

    def play(self, scene: Scene) -> str:
        """What happens at a command; an API error is what happens too."""
        word, *words = scene.command.split()
        try:
            told = COMMANDS[word](self, *words, **({"body": scene.body} if scene.body else {}))
        except ApiError as error:
            return str(error)
        return "\n".join(line for line in told if line.strip())

    def cluster_of(self, *words: str) -> Iterable[str]:
        """``cluster nodes=3 service_cidr=10.0.0.0/24``: another cluster than the usual one."""
        pairs = dict(word.split("=", 1) for word in words)
        settings: dict[str, Any] = {name: int(value) if value.isdigit() else value for name, value in pairs.items()}
        self.cluster = Cluster(**{"nodes": 2, "seed": 1, **settings})
        (ranges,) = self.cluster.list("ServiceCIDR")
        return [f"{len(self.cluster.list('Node'))} nodes, Services in {', '.join(ranges.spec.cidrs)}"]

    def create(self, body: str) -> Iterable[str]:
        """Create what the manifests describe."""
        return [f"{each.KIND.lower()}/{each.name} created" for each in several(self.cluster.create(body))]

    def apply(self, body: str) -> Iterable[str]:
        """Apply what the manifests describe."""
        return [f"{each.KIND.lower()}/{each.name} applied" for each in several(self.cluster.apply(body))]

    def scale(self, name: str, replicas: str) -> Iterable[str]:
        """``scale web 3``: a Deployment."""
        self.cluster.scale(f"deployment/{name}", int(replicas))
        return [f"deployment/{name} wants {replicas} replicas"]

    def label(self, name: str, pair: str) -> Iterable[str]:
        """``label web-1 app=other``: the first Pod whose name begins so."""
        key, _, value = pair.partition("=")
        pod = self.pod(name)
        self.cluster.patch("Pod", pod.name, {"metadata": {"labels": {key: value}}})
        return [f"pod/{pod.name} labelled {pair}"]

    def delete(self, kind: str, name: str) -> Iterable[str]:
        """``delete service web``, ``delete pod web`` (the first whose name begins so)."""
        found = self.pod(name).name if kind == "pod" else name
        self.cluster.delete(kind, found)
        return [f"{kind}/{found} deleted"]

    def settle(self) -> Iterable[str]:
        """Let everybody finish: what changed, counted."""
        return self.counted(self.cluster.settle)

    def run(self, seconds: str) -> Iterable[str]:
        """``run 5``: let so many seconds pass."""
        return self.counted(lambda: self.cluster.run(float(seconds)))

    def step(self, count: str = "1") -> Iterable[str]:
        """``step 3``: the next so many events, and each change they made."""
        since = self.cluster.revision
        for _ in range(int(count)):
            self.cluster.step()
        return [f"{kind} {event.object}" for kind, event in self.changes(since)] or ["nothing was written"]

    def pods(self, name: str = "") -> Iterable[str]:
        """``pods web``: name, phase, ready or not, address, node."""
        return [
            f"{pod.name}  {pod.status.phase}  {readiness(pod)}  {pod.status.pod_ip or '-'}  {pod.spec.node_name or '-'}"
            for pod in self.cluster.list("Pod", namespace="default")
            if pod.name.startswith(name)
        ]

    def service(self, name: str) -> Iterable[str]:
        """``service web``: its address and ports."""
        spec = self.cluster.get("Service", name).spec
        ports = ", ".join(f"{port.port} -> {port.target_port}" for port in spec.ports)
        return [f"{name}  {spec.type}  {spec.cluster_ip or '-'}  {ports}"]

    def slices(self, name: str) -> Iterable[str]:
        """``slices web``: each endpoint with its conditions, by address."""
        found = self.cluster.list("EndpointSlice", namespace="default", selector=f"kubernetes.io/service-name={name}")
        for each in found:
            ports = ", ".join(str(port.port) for port in each.ports or ())
            yield f"{each.name}  {each.address_type}  ports: {ports or 'none'}"
            for endpoint in sorted(each.endpoints or (), key=lambda entry: entry.addresses):
                states = [word for word in ("ready", "serving", "terminating") if getattr(endpoint, word)]
                yield f"  {endpoint.addresses[0]}  {' '.join(states) or 'not ready'}  {endpoint.node_name}"

    def rules(self, node: str, name: str) -> Iterable[str]:
        """``rules node-1 web``: what that node's kube-proxy feeds iptables-restore for a Service."""
        lines = self.cluster.proxy(node).rules().restore.splitlines()
        return [line for line in lines if f"default/{name}" in line]

    def fates(self, node: str, name: str, port: str = "80") -> Iterable[str]:
        """``fates node-1 web``: where a Pod's connection to the Service may end, and how likely."""
        address = self.cluster.get("Service", name).spec.cluster_ip
        source = next(pod.status.pod_ip for pod in self.cluster.list("Pod") if pod.spec.node_name == node)
        for fate in self.cluster.proxy(node).fates(source, address, int(port)):
            yield f"{fate.verdict}  {fate.endpoint or '-'}  {fate.probability}"

    def dig(self, name: str, kind: str = "A") -> Iterable[str]:
        """``dig web``: cluster DNS's answer to the full name."""
        full = name if name.endswith(".") else f"{name}.default.svc.cluster.local."
        message = self.cluster.dns.query(full, kind)
        yield from sorted(line for rrset in message.answer for line in str(rrset).splitlines())
        if not message.answer:
            yield message.rcode().to_text(message.rcode())

    def lookup(self, source: str, name: str) -> Iterable[str]:
        """``lookup my-app your-app-svc``: what a Pod's resolver asks, and what it finds."""
        found = self.cluster.lookup(name, pod=f"default/{self.pod(source).name}")
        yield from (f"{qname} {qtype} {rcode}" for qname, qtype, rcode in found.questions)
        yield f"-> {', '.join(map(str, found.addresses)) or found.error}"

    def send(self, source: str, name: str, port: str = "80") -> Iterable[str]:
        """``send my-app your-app-svc``: a packet from the first such Pod, hop by hop."""
        trace = self.cluster.send(f"pod/default/{self.pod(source).name}", name, port=int(port))
        return [f"{trace.verdict} {trace.endpoint or '-'} in {len(trace.hops)} hops"]

    def resolv(self, source: str) -> Iterable[str]:
        """``resolv my-app``: a Pod's /etc/resolv.conf."""
        yield from self.cluster.resolv_conf(f"pod/default/{self.pod(source).name}").splitlines()

    def pod(self, prefix: str) -> Any:
        """The first Pod whose name begins so."""
        return next(pod for pod in self.cluster.list("Pod", namespace="default") if pod.name.startswith(prefix))

    def changes(self, since: int) -> Iterator[tuple[str, Any]]:
        """What was written after a revision, in order."""
        events: list[Any] = [event for kind in KINDS for event in self.cluster.watch(kind, since=since)]
        events.sort(key=lambda event: int(event.object.metadata.resource_version))
        return ((event.type, event) for event in events)

    def counted(self, move: Callable[[], object]) -> Iterable[str]:
        """Time and writes of a longer move."""
        since, began = self.cluster.revision, self.cluster.now
        move()
        writes = Counter((event.object.KIND, kind) for kind, event in self.changes(since))
        yield f"after {self.cluster.now - began:.1f} s"
        for kind in KINDS:
            told = [f"{count} {word}" for (each, word), count in sorted(writes.items()) if each == kind]
            if told:
                yield f"  {kind}: {', '.join(told)}"


COMMANDS: dict[str, Callable[..., Iterable[str]]] = {
    "cluster": Teller.cluster_of,
    "create": Teller.create,
    "apply": Teller.apply,
    "scale": Teller.scale,
    "label": Teller.label,
    "delete": Teller.delete,
    "settle": Teller.settle,
    "run": Teller.run,
    "step": Teller.step,
    "pods": Teller.pods,
    "service": Teller.service,
    "slices": Teller.slices,
    "rules": Teller.rules,
    "fates": Teller.fates,
    "dig": Teller.dig,
    "lookup": Teller.lookup,
    "send": Teller.send,
    "resolv": Teller.resolv,
}


def several(made: Any) -> tuple[Any, ...]:
    """One object or several as a tuple."""
    return made if isinstance(made, tuple) else (made,)


def readiness(pod: Any) -> str:
    """One word for the reader."""
    return "terminating" if pod.deleting else "ready" if pod.ready else "not-ready"


def tell(text: str) -> str:
    """A story with what happens now."""
    teller = Teller()
    told = [Scene(scene.comments, scene.command, scene.body, teller.play(scene)) for scene in scenes(text)]
    return "\n\n".join(map(str, told)) + "\n"


@pytest.mark.parametrize("path", sorted(STORIES.glob("*.txt")), ids=lambda path: path.stem)
def test_story(path: Path, rewrite: bool) -> None:  # noqa: FBT001 - a fixture
    text = path.read_text(encoding="utf-8")
    told = tell(text)
    if rewrite:
        path.write_text(told, encoding="utf-8")
    assert told == path.read_text(encoding="utf-8")
