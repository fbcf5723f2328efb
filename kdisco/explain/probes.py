"""The way itself: packets are sent, from every namespace and node, and what becomes of them is read off their hops."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from kdisco.explain.scene import Scene
from kdisco.explain.sources import Source, sources
from kdisco.net.packet import family, number, span
from kdisco.net.proxy import ports_of
from kdisco.net.trace import Trace
from kdisco.net.walk import send
from kdisco.store.state import State

__all__ = ["MOST", "Probe", "probes", "succeeds"]

MOST = 150  # connections that are tried of one Service, where every pair of ends would be more


@frozen
class Probe:
    """One connection that was tried, and how it ended. ``endpoint``: straight to a back end, not by the ClusterIP."""

    source: Source
    destination: str
    port: int
    protocol: str
    trace: Trace
    endpoint: bool

    @property
    def words(self) -> str:
        """The connection in words."""
        at = f"[{self.destination}]" if ":" in self.destination else self.destination
        return f"{self.source.words} to {at}:{self.port}/{self.protocol}"


def probes(scene: Scene, most: int = MOST) -> Iterator[Probe]:
    """Try: every source to the Service, then every source to every back end."""
    froms = sources(scene.state)
    fronts = [
        (ip, port.port, (port.protocol or "TCP").lower())
        for ip in scene.service.virtual_ips
        for _, port in scene.ports
    ]
    backs = list(_backs(scene))
    for at, (ip, port, protocol, behind) in enumerate([(*front, False) for front in fronts] + [(*back, True) for back in backs]):
        share = max(1, most // max(1, len(fronts) + len(backs)))
        for source in _some(froms, share, at):
            if not _can_send(scene.state, source, ip):
                continue
            trace = send(scene.state, source.end, ip, port, protocol)[1]
            yield Probe(source, ip, port, protocol, trace, behind)


def _some(froms: tuple[Source, ...], share: int, at: int) -> tuple[Source, ...]:
    """As many sources as are affordable, others for each destination."""
    if len(froms) <= share:
        return froms
    start = at * share % len(froms)
    return (froms + froms)[start : start + share]


def _backs(scene: Scene) -> Iterator[tuple[str, int, str]]:
    """The back ends that some node's rules lead to; of a headless Service the Pods, at the Service's own port."""
    if scene.service.headless:
        for each in scene.slices:
            for endpoint in each.endpoints or ():
                if endpoint.ready:
                    for _, port in scene.ports:
                        yield endpoint.addresses[0], port.port, (port.protocol or "TCP").lower()
        return
    for version in (4, 6):
        for port in ports_of(scene.view, scene.service, "", version):
            if port.cluster_ip and (port.protocol.upper() == scene.only or not scene.only):
                yield from ((end.address, end.port, port.protocol) for end in port.reachable)


def _can_send(state: State, source: Source, ip: str) -> bool:
    """Whether a source has an address of the family."""
    if not source.name:
        node = state.view.get("nodes", ("", source.node))
        return any(family(each) == family(ip) for each in node.internal_ips)
    namespace, _, name = source.name.partition("/")
    return any(family(each) == family(ip) for each in state.sandboxes[(namespace, name)].ips)


def succeeds(scene: Scene, probe: Probe) -> bool:
    """Whether a connection was answered, or went to somebody outside, of whom the model knows nothing."""
    verdict = probe.trace.verdict
    if verdict == "DELIVERED":
        return True
    last = probe.trace.hops[-1].after.destination
    if verdict == "LEFT":
        return probe.endpoint or last != probe.destination
    if verdict == "REFUSED" and scene.dump:
        return _unknown_ports(scene, last)
    inside = [span(cidr) for cidr in (*scene.state.config.pod_cidrs, *scene.state.config.service_cidrs) if family(cidr) == family(last)]
    foreign = not any(number(last) & mask == network for network, mask in inside)
    return verdict == "UNREACHABLE" and foreign and (probe.endpoint or last != probe.destination)


def _unknown_ports(scene: Scene, ip: str) -> bool:
    """Whether it is the address of a Pod whose ports a dump does not tell."""
    return any(ip in pod.addresses and scene.listens(pod) is None for pod in scene.selected)
