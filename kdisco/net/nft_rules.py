"""kube-proxy's nftables mode: what one service port adds to the table, to the letter and in its order.

Upstream: pkg/proxy/nftables/proxier.go (syncProxyRules, writeServiceToEndpointRules; v1.35).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kdisco.net.nft_base import MARK, REJECT_CHAIN
from kdisco.net.nft_match import Ends, FibLocal, L4proto, Note, OneOf, Sticky
from kdisco.net.nft_names import name_base
from kdisco.net.nft_rule import Chain, Container, Element, Item, NftRule, table_of
from kdisco.net.nft_target import Go, Numgen, To, Word
from kdisco.net.packet import span

if TYPE_CHECKING:
    from kdisco.net.backends import Backend
    from kdisco.net.iptables import Settings
    from kdisco.net.match import Match
    from kdisco.net.proxy import ServicePort
    from kdisco.net.target import Target

__all__ = ["of_port"]

PROTOCOLS = {name: L4proto(name) for name in ("tcp", "udp", "sctp")}


def of_port(port: ServicePort, settings: Settings) -> tuple[Item, ...]:
    """All that one service port adds, in kube-proxy's order: chains, elements, rules."""
    return tuple(_Port(port, settings).made())


class _Port:
    """One service port on its way to chains, elements and rules."""

    def __init__(self, port: ServicePort, settings: Settings) -> None:
        self.port, self.settings = port, settings
        self.table = table_of(port.family)
        base = name_base(port)
        self.cluster, self.local = f"service-{base}", f"local-{base}"
        self.outer, self.wall = f"external-{base}", f"firewall-{base}"
        self.inner = self.local if port.internal_local else self.cluster
        self.opens = port.has_endpoints and port.external
        self.walled = bool(port.balancer_ips and port.source_ranges)
        bases = [(end.target, name_base(port, end)) for end in port.reachable]
        self.doors = {there: (f"endpoint-{base}", f"affinity-{base}") for there, base in bases}

    def made(self) -> Iterator[Item]:
        """Everything, in order."""
        port = self.port
        yield from (Chain(self.table, door) for door, _ in self.doors.values())
        for name, there in ((self.cluster, port.cluster), (self.local, port.near), (self.outer, self.opens)):
            if there:
                yield Chain(self.table, name)
        yield Element((self.table, "cluster-ips"), key=(port.cluster_ip,))
        yield from self._inside()
        yield from self._outside(port.external_ips)
        if self.walled:
            yield Chain(self.table, self.wall)
        yield from self._balanced()
        yield from self._node_port()
        yield from self._internal()
        yield from self._external()
        if self.walled:
            yield self._ranges()
        if port.affinity is not None:
            types = (f"ipv{port.family}_addr",)
            yield from (Container(self.table, name, types, timeout=port.affinity) for _, name in self.doors.values())
        yield from self._choice(self.cluster, port.cluster)
        yield from self._choice(self.local, port.near)
        for end in port.reachable:
            yield from self._endpoint(end, *self.doors[end.target])

    def _rule(self, chain: str, *matches: Match, target: Target | None = None, note: str = "") -> NftRule:
        return NftRule((self.table, chain), matches, target, note)

    def _at(self, name: str, ip: str | None, target: Target, note: str = "") -> Element:
        """An element of a map, for an address or (None) for the nodePort."""
        port = self.port
        key = (port.protocol, str(port.node_port)) if ip is None else (ip, port.protocol, str(port.port))
        return Element((self.table, name), target=target, key=key, note=note)

    def _refused(self) -> Target:
        return Word("DROP") if self.port.has_endpoints else Go(REJECT_CHAIN, back=False)

    def _inside(self) -> Iterator[Item]:
        port = self.port
        if port.has_internal:
            yield self._at("service-ips", port.cluster_ip, Go(self.inner, back=False))
        else:
            yield self._at("no-endpoint-services", port.cluster_ip, self._refused(), port.text)

    def _outside(self, ips: tuple[str, ...]) -> Iterator[Item]:
        for ip in ips:
            if self.port.has_endpoints:
                yield self._at("service-ips", ip, Go(self.outer, back=False))
            if not self.port.has_external:
                yield self._at("no-endpoint-services", ip, self._refused(), self.port.text)

    def _balanced(self) -> Iterator[Item]:
        port = self.port
        for ip in port.balancer_ips:
            if port.has_endpoints:
                yield self._at("service-ips", ip, Go(self.outer, back=False))
            if self.walled:
                yield self._at("firewall-ips", ip, Go(self.wall, back=False))
        if not port.has_external:
            for ip in port.balancer_ips:
                yield self._at("no-endpoint-services", ip, self._refused(), port.text)

    def _node_port(self) -> Iterator[Item]:
        port = self.port
        if port.node_port and port.has_endpoints:
            yield self._at("service-nodeports", None, Go(self.outer, back=False))
        if port.node_port and not port.has_external:
            yield self._at("no-endpoint-nodeports", None, self._refused(), port.text)

    def _internal(self) -> Iterator[Item]:
        """The first rule of the chain behind the ClusterIP: who has to be masqueraded."""
        whom: tuple[Match, ...] | None = None
        if self.settings.masquerade_all:
            whom = ()
        elif self.settings.cluster_cidr:
            whom = (Ends("saddr", self.settings.cluster_cidr, negated=True),)
        if self.port.has_internal and whom is not None:
            yield self._rule(self.inner, Ends("daddr", self.port.cluster_ip), *whom, target=MARK)

    def _external(self) -> Iterator[Item]:
        port, everywhere, ours = self.port, Go(self.cluster, back=False), FibLocal("saddr")
        if not self.opens:
            return
        if not port.external_local:
            yield self._rule(self.outer, target=MARK)
        else:
            if self.settings.cluster_cidr:
                pods = Ends("saddr", self.settings.cluster_cidr)
                yield self._rule(self.outer, pods, target=everywhere, note="short-circuit pod traffic")
            yield self._rule(self.outer, ours, target=MARK, note="masquerade local traffic")
            yield self._rule(self.outer, ours, target=everywhere, note="short-circuit local traffic")
        if port.has_external:
            policy = self.local if port.external_local else self.cluster
            yield self._rule(self.outer, target=Go(policy, back=False))

    def _ranges(self) -> NftRule:
        """Who may use the load balancer's addresses; what the node sends to one that it holds has that source."""
        cidrs = self.port.source_ranges
        if any(_inside(self.settings.node_ip, cidr) for cidr in cidrs):
            cidrs += self.port.balancer_ips
        among = OneOf("saddr", cidrs, negated=True)
        return self._rule(self.wall, among, target=Word("DROP"))

    def _choice(self, chain: str, ends: tuple[Backend, ...]) -> Iterator[Item]:
        if not ends:
            return
        port = self.port
        if port.affinity is not None:
            for end in ends:
                door, sticky = self.doors[end.target]
                known = Sticky(sticky, port.family, port.affinity)
                yield self._rule(chain, known, target=Go(door, back=False))
        yield self._rule(chain, target=Numgen(tuple(self.doors[end.target][0] for end in ends)))

    def _endpoint(self, end: Backend, chain: str, sticky: str) -> Iterator[Item]:
        yield self._rule(chain, Ends("saddr", end.address), target=MARK)
        if self.port.affinity is not None:
            yield self._rule(chain, Note(sticky, self.port.family))
        yield self._rule(chain, PROTOCOLS[self.port.protocol], target=To(end.address, end.port, end.target))


def _inside(ip: str, cidr: str) -> bool:
    network, mask = span(cidr)
    return span(ip)[0] & mask == network
