"""The way itself: packets are sent, from every namespace and node, and what becomes of them is read off their hops."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from kdisco.explain.scene import Scene
from kdisco.explain.sources import Source, sources
from kdisco.net.ends import at_address, end_of
from kdisco.net.packet import Packet, family, number, span
from kdisco.net.policy import judgements
from kdisco.net.proxy import ports_of
from kdisco.net.trace import Trace
from kdisco.net.walk import send
from kdisco.store.state import State

__all__ = ["Probe", "probes", "succeeds"]

MOST = 150  # connections to back ends that are tried of one Service, where every pair of ends would be more
EVERYBODY = 3000  # sources that try its address
Back = tuple[str, int, str]  # address, port, protocol


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


def probes(scene: Scene) -> Iterator[Probe]:
    """Try: every source to the Service, then sources to every back end; of many only ``scene.most`` in all."""
    froms = sources(scene.state)
    fronts = [
        (ip, port.port, (port.protocol or "TCP").lower()) for ip in scene.service.virtual_ips for _, port in scene.ports
    ]
    backs = [*_backs(scene)]
    share = max(1, (scene.most or MOST) // max(1, len(fronts) + len(backs)))
    for at, (ip, port, protocol) in enumerate((*fronts, *backs)):
        front = at < len(fronts)
        chosen = _some(froms, share if scene.most or not front else EVERYBODY, at)
        for source in dict.fromkeys((*chosen, *(() if front else _suspects(scene, froms, (ip, port, protocol))))):
            if _can_send(scene.state, source, ip):
                trace = send(scene.state, source.end, ip, port, protocol)[1]
                yield Probe(source, ip, port, protocol, trace, not front)


def _some(froms: tuple[Source, ...], share: int, at: int) -> tuple[Source, ...]:
    """As many sources as are affordable, others for each destination."""
    if len(froms) <= share:
        return froms
    start = at * share % len(froms)
    return (froms + froms)[start : start + share]


def _suspects(scene: Scene, froms: tuple[Source, ...], back: Back) -> Iterator[Source]:
    """A source that NetworkPolicies keep from a back end, where there is one."""
    policies = scene.state.tables.get("networkpolicies")
    if not policies or not policies.objects:
        return
    ip, port, protocol = back
    end = at_address(scene.state, ip)
    for source in froms:
        if source.name and _can_send(scene.state, source, ip):
            packet = Packet(end_of(scene.state, source.end).source_for(ip), 40000, ip, port, protocol)
            nodes = {source.node, end.node if end else ""}
            if any(not each.allowed for node in nodes for each in judgements(scene.state, node, packet)):
                yield source
                return


def _backs(scene: Scene) -> Iterator[Back]:
    """The back ends that some node's rules lead to; of a headless Service the Pods, at the Service's own port."""
    if scene.service.headless:
        for each in scene.slices:
            for endpoint in each.endpoints or ():
                if endpoint.ready:
                    for _, port in scene.ports:
                        yield endpoint.addresses[0], port.port, (port.protocol or "TCP").lower()
        return
    for version in (4, 6):
        for front in ports_of(scene.view, scene.service, "", version):
            if front.cluster_ip and (front.protocol.upper() == scene.only or not scene.only):
                yield from ((end.address, end.port, front.protocol) for end in front.reachable)


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
    config = scene.state.config
    cidrs = (*config.pod_cidrs, *config.service_cidrs)
    inside = [span(cidr) for cidr in cidrs if family(cidr) == family(last)]
    foreign = not any(number(last) & mask == network for network, mask in inside)
    return verdict == "UNREACHABLE" and foreign and (probe.endpoint or last != probe.destination)


def _unknown_ports(scene: Scene, ip: str) -> bool:
    """Whether it is the address of a Pod whose ports a dump does not tell."""
    return any(ip in pod.addresses and scene.listens(pod) is None for pod in scene.selected)
