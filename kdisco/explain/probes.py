"""The way itself: packets are sent, from every namespace and node, and what becomes of them is read off their hops."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from kdisco.explain.alike import Alike, Target, alike
from kdisco.explain.groups import Ranked
from kdisco.explain.scene import Scene
from kdisco.explain.sources import Source
from kdisco.net.packet import family, number, span
from kdisco.net.proxy import ports_of
from kdisco.net.trace import Trace
from kdisco.net.walk import send
from kdisco.phrase import Phrase

__all__ = ["Probe", "backs", "probes", "succeeds"]


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
        end = f"{at}:{self.port}/{self.protocol}"
        return Phrase("{source} to {end}", source=self.source.words, end=end)


def probes(scene: Scene) -> Iterator[Probe]:
    """Try: every source to the Service, then every source to every back end; of sources that are alike one."""
    kin = alike(scene.state)
    for ip in scene.service.virtual_ips:
        for _, port in scene.ports:
            front = ip, port.port, (port.protocol or "TCP").lower()
            for (_, source), trace in sorted(_fronts(scene, kin, front), key=lambda found: found[0]):
                yield Probe(source, *front, trace, endpoint=False)
    for back in backs(scene):
        for source, trace in _straight(scene, kin, back):
            yield Probe(source, *back, trace, endpoint=True)


def _fronts(scene: Scene, kin: Alike, front: Target) -> Iterator[tuple[Ranked, Trace]]:
    """The ways to the Service's address: of sources that rules treat alike each class with a way on of its own."""
    for groups in kin.treated(scene.service, front[0]):
        first = min(group.members[0] for group in groups)
        trace = _sent(scene, first[1], front)
        yield first, trace
        rewrite = trace.hop("dnat")
        onward = (rewrite.after.destination, rewrite.after.dport, rewrite.after.protocol) if rewrite else front
        yield from ((each, _sent(scene, each[1], front)) for each, _ in kin.to(onward, groups) if each != first)


def _straight(scene: Scene, kin: Alike, back: Target) -> Iterator[tuple[Source, Trace]]:
    """The ways to a back end, without those that led to one like it before."""
    sort = kin.sort(back) if scene.gone is not None else None
    for (_, source), way in kin.to(back):
        if sort is None or scene.gone is None:
            yield source, _sent(scene, source, back)
        elif (way, sort) not in scene.gone:
            trace = _sent(scene, source, back)
            scene.gone.update([(way, sort)] if trace.delivered else [])
            yield source, trace


def _sent(scene: Scene, source: Source, target: Target) -> Trace:
    return send(scene.state, source.end, *target)[1]


def backs(scene: Scene) -> Iterator[Target]:
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
