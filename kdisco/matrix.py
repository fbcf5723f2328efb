"""Who reaches which Service: all sources by all Service ports, as a table of verdicts.

Services are asked by address, as a program does that has resolved the name; ``by_name`` has every Pod look it up.
From outside the cluster a Service is asked where it is published: by a load balancer's or an external address, or by
a node port of the first node that is ready.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

from kdisco.attempt import ANSWERED, LEFT, REFUSED, TIMEOUT, UNRESOLVED
from kdisco.model.kinds import resource
from kdisco.model.service import Service, ServicePort
from kdisco.net.ends import end_of
from kdisco.net.packet import family
from kdisco.phrase import Phrase, said
from kdisco.reach import PARTLY, Known, Reach, reach
from kdisco.store.apiserver import not_found
from kdisco.table import Bold, columns, table

if TYPE_CHECKING:
    from kdisco.model.node import Node
    from kdisco.model.pod import Pod
    from kdisco.store.state import State

__all__ = ["OUTSIDE", "WORDS", "Front", "Reachability", "reachability"]

OUTSIDE = {4: "203.0.113.9", 6: "2001:db8::9"}  # documentation addresses: somebody in the world
API_SERVER = ("default", "kubernetes")  # answered by a machine of its own, which is none of the nodes
UNPUBLISHED = "-"  # nothing leads there from outside
WORDS: Mapping[str, str] = {
    ANSWERED: Phrase("yes"),
    PARTLY: Phrase("partly"),
    REFUSED: Phrase("refused"),
    TIMEOUT: Phrase("timeout"),
    UNRESOLVED: Phrase("no name"),
    LEFT: Phrase("left"),
    UNPUBLISHED: UNPUBLISHED,
}
FROM = Phrase("from")


@frozen
class Front:
    """One port of one Service: what is asked for."""

    namespace: str
    name: str
    port: int
    protocol: str = "tcp"

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}:{self.port}{'' if self.protocol == 'tcp' else f'/{self.protocol}'}"


@frozen(kw_only=True)
class Reachability:
    """All ``sources`` by all ``fronts``; ``cells`` holds what came of each pair, None where nothing leads there.

    Iterating gives the pairs that fail, as Reach values; it is true when none does.
    """

    sources: tuple[str, ...]
    fronts: tuple[Front, ...]
    cells: Mapping[tuple[str, Front], Reach | None] = field(repr=False)

    def verdict(self, source: str, front: Front) -> str:
        """One cell in the words of WORDS; ``-`` where nothing leads there, as from outside to what is not published."""
        found = self.cells[source, front]
        return UNPUBLISHED if found is None else WORDS[found.verdict]

    def __iter__(self) -> Iterator[Reach]:
        return (found for found in self.cells.values() if found is not None and not found)

    def __bool__(self) -> bool:
        return not any(True for _ in self)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """A row a source: its name, then a verdict for each front."""
        return ((source, *(self.verdict(source, each) for each in self.fronts)) for source in self.sources)

    @property
    def caption(self) -> str:
        """All of it in one line."""
        asked = [found for found in self.cells.values() if found is not None]
        return Phrase("{answered} of {count} ways are answered", answered=sum(map(bool, asked)), count=len(asked))

    def __str__(self) -> str:
        return self.text()

    def text(self, lang: str | None = None) -> str:
        """The table, then why each failing way fails, alike ones once; in a language, None: the one that was set."""
        lines = columns([(FROM, *map(str, self.fronts)), *self.rows()], lang) if self.fronts else []
        return "\n".join([*lines, *(said(each, lang) for each in (self.caption, *self.reasons()))])

    def reasons(self) -> Iterator[str]:
        """Why ways fail: a line for each front and reason with the first source and how many more there are."""
        told: dict[tuple[str, str], list[str]] = {}
        for (source, front), found in self.cells.items():
            if found is not None and not found:
                told.setdefault((str(front), found.why), []).append(source)
        for (asked, why), sources in told.items():
            who, more = sources[0], len(sources) - 1
            if more:
                who = Phrase("{name} and {count} more", name=who, count=more)
            yield Phrase("{who} -> {to}: {why}", who=who, to=asked, why=why)

    def _repr_html_(self) -> str:
        """The same as a small table; what is not answered stands out."""
        plain = (WORDS[ANSWERED], UNPUBLISHED)
        rows = [(row[0], *(cell if cell in plain else Bold(cell) for cell in row[1:])) for row in self.rows()]
        return table("reachability", self.caption, (FROM, *map(str, self.fronts)), rows)


def reachability(
    state: State,
    services: Iterable[str] | None = None,
    sources: Iterable[str] | None = None,
    *,
    by_name: bool = False,
) -> Reachability:
    """Try every source with every front; nothing of it is left in the cluster.

    ``services`` are names as ``ns/name`` (``name``: of namespace default), ``sources`` as ``pod/ns/name``,
    ``node/name`` or an outside address; None: all there are, but
    of Services default/kubernetes, whose machine is not modelled. Raises NotFound for a Service that is not there,
    UsageError for what is no source.
    """
    asked = [each for each in _services(state, services) if each.spec.ports]
    asking = tuple(_sources(state) if sources is None else sources)
    for source in asking:
        end_of(state, source)
    known = Known()
    pairs = {
        (source, _front(service, port)): _cell(state, source, service, port, known, by_name=by_name)
        for source in asking
        for service in asked
        for port in service.spec.ports
    }
    return Reachability(sources=asking, fronts=tuple(dict.fromkeys(front for _, front in pairs)), cells=pairs)


def _services(state: State, names: Iterable[str] | None) -> Iterator[Service]:
    if names is None:
        everyone: Iterable[Service] = state.view.list("services")
        yield from (each for each in everyone if each.key != API_SERVER)
        return
    for name in names:
        parts = name.split("/")
        key = ("default", parts[0]) if len(parts) == 1 else (parts[-2], parts[-1])
        found: Service | None = state.view.get("services", key)
        if found is None:
            raise not_found(resource("services"), key[1])
        yield found


def _sources(state: State) -> Iterator[str]:
    """Every Pod that runs, by namespace and node; every node; the world outside."""
    pods: Iterable[Pod] = state.view.list("pods")
    boxes = ((pod, state.sandboxes.get(pod.key)) for pod in pods)
    running = [pod for pod, box in boxes if box is not None and box.running and not pod.spec.host_network]
    order = sorted(running, key=lambda pod: (pod.namespace, pod.spec.node_name, pod.name))
    yield from (f"pod/{pod.namespace}/{pod.name}" for pod in order)
    nodes: Iterable[Node] = state.view.list("nodes")
    yield from (f"node/{node.name}" for node in nodes if node.internal_ips)
    versions = sorted({family(cidr) for cidr in state.config.pod_cidrs})
    yield from (OUTSIDE[version] for version in versions)


def _front(service: Service, port: ServicePort) -> Front:
    return Front(service.namespace, service.name, port.port, (port.protocol or "TCP").lower())


def _cell(
    state: State, source: str, service: Service, port: ServicePort, known: Known, *, by_name: bool
) -> Reach | None:
    asked = _published(state, source, service, port) if "/" not in source else None
    if "/" in source and (to := _inside(state, source, service, by_name=by_name)):
        asked = to, port.port
    return reach(state, source, *asked, (port.protocol or "TCP").lower(), known) if asked else None


def _inside(state: State, source: str, service: Service, *, by_name: bool) -> str:
    """What is asked for in the cluster: an address, or the name where there is none or names are wanted."""
    if (by_name or not service.virtual_ips) and _asks_dns(state, source):
        return f"{service.name}.{service.namespace}.svc.{state.config.dns.zone.rstrip('.')}"
    return next(iter(service.virtual_ips), "")


def _asks_dns(state: State, source: str) -> bool:
    """Whether a source is a Pod that asks the cluster's DNS: nodes do not, nor Pods with their node's resolv.conf."""
    namespace, _, name = source.removeprefix("pod/").partition("/")
    pod: Pod | None = None if source.startswith("node/") else state.view.get("pods", (namespace, name))
    return pod is not None and pod.spec.dns_policy not in ("Default", "None")


def _published(state: State, source: str, service: Service, port: ServicePort) -> tuple[str, int] | None:
    """Where somebody outside asks for a Service: an address of the asker's family, and a port."""
    balancers = (each.ip for each in service.status.load_balancer.ingress)
    for ip in (*balancers, *service.spec.external_ips):
        if ip and family(ip) == family(source):
            return ip, port.port
    if not port.node_port or not any(family(ip) == family(source) for ip in service.virtual_ips):
        return None
    nodes: Iterable[Node] = sorted(state.view.list("nodes"), key=lambda node: not node.ready)
    found = next((ip for node in nodes for ip in node.internal_ips if family(ip) == family(source)), None)
    return None if found is None else (found, port.node_port)
