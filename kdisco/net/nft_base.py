"""kube-proxy's table in nftables mode before any Service: hooks, shared chains, the sets and maps they look into.

Upstream: pkg/proxy/nftables/proxier.go (setupNFTables, nftablesBaseChains, nftablesJumpChains; chains as of 1.34).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.iptables import LOOPBACK, MASQUERADE_BIT
from kdisco.net.nft_match import CtNew, Ends, FibLocal, InSet, OneOf, Unmarked
from kdisco.net.nft_rule import Chain, Container, Element, Item, NftRule, table_of
from kdisco.net.nft_target import Go, Mark, Snat, Vmap, Word
from kdisco.net.packet import address, number

if TYPE_CHECKING:
    from kdisco.net.iptables import Settings
    from kdisco.net.match import Match
    from kdisco.net.target import Target

__all__ = ["BASES", "ELEMENTS", "MARK", "REJECT_CHAIN", "Flush", "Remove", "base"]

BASES = {  # (stage, hook of the kernel): base chain, its type, the hook as nft writes it, its priority
    ("early", "PREROUTING"): ("filter-prerouting-pre-dnat", "filter", "prerouting", -110),
    ("early", "OUTPUT"): ("filter-output-pre-dnat", "filter", "output", -110),
    ("filter", "INPUT"): ("filter-input", "filter", "input", 0),
    ("filter", "FORWARD"): ("filter-forward", "filter", "forward", 0),
    ("filter", "OUTPUT"): ("filter-output", "filter", "output", 0),
    ("nat", "PREROUTING"): ("nat-prerouting", "nat", "prerouting", -100),
    ("nat", "OUTPUT"): ("nat-output", "nat", "output", -100),
    ("nat", "POSTROUTING"): ("nat-postrouting", "nat", "postrouting", 100),
}
JUMPS = (  # to, from, whether only for new connections
    ("nodeport-endpoints-check", "filter-input", True),
    ("service-endpoints-check", "filter-input", True),
    ("service-endpoints-check", "filter-forward", True),
    ("service-endpoints-check", "filter-output", True),
    ("firewall-check", "filter-prerouting-pre-dnat", True),
    ("firewall-check", "filter-output-pre-dnat", True),
    ("services", "nat-output", False),
    ("services", "nat-prerouting", False),
    ("masquerading", "nat-postrouting", False),
    ("cluster-ips-check", "filter-forward", True),
    ("cluster-ips-check", "filter-output", True),
)
MARK = Go("mark-for-masquerade")
REJECT_CHAIN = "reject-chain"
ELEMENTS = (  # sets and maps of what Services bring, in the order in which a sync empties them
    "cluster-ips",
    "service-ips",
    "firewall-ips",
    "no-endpoint-services",
    "no-endpoint-nodeports",
    "service-nodeports",
)
NO_ENDPOINTS = "vmap to drop or reject packets to services with no endpoints"
NO_ENDPOINTS_NODEPORTS = "vmap to drop or reject packets to service nodeports with no endpoints"
FIREWALLED = "destinations that are subject to LoadBalancerSourceRanges"


@frozen
class Flush:
    """Empty a chain, a set or a map."""

    what: Chain | Container

    def restored(self) -> str:
        """The command."""
        return self.what.restored("flush")


@frozen
class Remove:
    """Delete a chain, a set or a map."""

    what: Chain | Container

    def restored(self) -> str:
        """The command."""
        return self.what.restored("delete")


def base(settings: Settings, cluster_ips: frozenset[int]) -> Iterator[Item | Flush | Remove]:
    """What a full sync writes first; ``cluster_ips`` are the addresses that the set of that name will hold.

    Base chains are deleted and made anew, because their priority cannot be changed.
    """
    table = table_of(settings.family)
    for name, *_ in BASES.values():
        yield Chain(table, name)
        yield Remove(Chain(table, name))
    for row in BASES.values():
        yield from _emptied(Chain(table, *row))
    yield from _jumps(table)
    yield from _marks(table)
    yield from _cluster_ips(table, settings, cluster_ips)
    yield from _nodeport_ips(table, settings)
    yield from _endpoint_checks(table, settings)
    yield from _firewall_check(table, settings)
    yield from _services(table, settings)
    for name in ELEMENTS:
        yield Flush(Container(table, name, (), verdicts=name != "cluster-ips"))


def _emptied(chain: Chain) -> Iterator[Item | Flush]:
    yield chain
    yield Flush(chain)


def _rule(table: str, chain: str, *matches: Match, target: Target | None = None, note: str = "") -> NftRule:
    return NftRule((table, chain), matches, target, note)


def _jumps(table: str) -> Iterator[Item | Flush]:
    made = set()
    for chain, start, new in JUMPS:
        if chain not in made:
            yield from _emptied(Chain(table, chain))
            made.add(chain)
        yield _rule(table, start, *((CtNew(),) if new else ()), target=Go(chain))
    yield from _emptied(Chain(table, MARK.chain))


def _marks(table: str) -> Iterator[Item]:
    yield _rule(table, MARK.chain, target=Mark("or", MASQUERADE_BIT))
    yield _rule(table, "masquerading", Unmarked(MASQUERADE_BIT), target=Word("RETURN"))
    yield _rule(table, "masquerading", target=Mark("xor", MASQUERADE_BIT))
    yield _rule(table, "masquerading", target=Snat())


def _addresses(settings: Settings) -> str:
    return f"ipv{settings.family}_addr"


def _cluster_ips(table: str, settings: Settings, members: frozenset[int]) -> Iterator[Item]:
    chain, version = "cluster-ips-check", settings.family
    yield Container(table, "cluster-ips", (_addresses(settings),), note="Active ClusterIPs")
    inside = InSet(version, "daddr", "cluster-ips", members)
    words = "Reject traffic to invalid ports of ClusterIPs"
    yield _rule(table, chain, inside, target=Word("REJECT", version), note=words)
    if settings.service_cidrs:
        unallocated = OneOf("daddr", settings.service_cidrs, comma=",")
        yield _rule(table, chain, unallocated, target=Word("DROP"), note="Drop traffic to unallocated ClusterIPs")


def _nodeport_ips(table: str, settings: Settings) -> Iterator[Item | Flush | Remove]:
    """The addresses that take nodePort traffic; no set where all do."""
    listed = Container(table, "nodeport-ips", (_addresses(settings),), note="IPs that accept NodePort traffic")
    yield listed
    if settings.nodeport_ips is None:
        yield Remove(listed)
        return
    yield Flush(listed)
    for ip in dict.fromkeys(settings.nodeport_ips):
        yield Element((table, listed.name), key=(address(ip),))


def _to_nodeports(settings: Settings, *, routed: bool) -> tuple[Match, ...]:
    """What asks whether a destination takes nodePort traffic: never 127.0.0.0/8."""
    if settings.nodeport_ips is None:
        loopback = LOOPBACK[settings.family].removesuffix("/128")
        return (*((FibLocal("daddr"),) if routed else ()), Ends("daddr", loopback, negated=True))
    members = frozenset(map(number, settings.nodeport_ips))
    return (InSet(settings.family, "daddr", "nodeport-ips", members),)


def _map(table: str, settings: Settings, name: str, note: str, *, addressed: bool) -> Container:
    types = ((_addresses(settings),) if addressed else ()) + ("inet_proto", "inet_service")
    return Container(table, name, types, verdicts=True, note=note)


def _endpoint_checks(table: str, settings: Settings) -> Iterator[Item | Flush]:
    yield _map(table, settings, "no-endpoint-services", NO_ENDPOINTS, addressed=True)
    yield _map(table, settings, "no-endpoint-nodeports", NO_ENDPOINTS_NODEPORTS, addressed=False)
    yield from _emptied(Chain(table, REJECT_CHAIN, note="helper for @no-endpoint-services / @no-endpoint-nodeports"))
    yield _rule(table, REJECT_CHAIN, target=Word("REJECT", settings.family))
    yield _rule(table, "service-endpoints-check", target=Vmap("no-endpoint-services", settings.family))
    there = _to_nodeports(settings, routed=False)
    yield _rule(table, "nodeport-endpoints-check", *there, target=Vmap("no-endpoint-nodeports"))


def _firewall_check(table: str, settings: Settings) -> Iterator[Item]:
    yield _map(table, settings, "firewall-ips", FIREWALLED, addressed=True)
    yield _rule(table, "firewall-check", target=Vmap("firewall-ips", settings.family))


def _services(table: str, settings: Settings) -> Iterator[Item]:
    words = "ClusterIP, ExternalIP and LoadBalancer IP traffic"
    yield _map(table, settings, "service-ips", words, addressed=True)
    yield _map(table, settings, "service-nodeports", "NodePort traffic", addressed=False)
    yield _rule(table, "services", target=Vmap("service-ips", settings.family))
    yield _rule(table, "services", *_to_nodeports(settings, routed=True), target=Vmap("service-nodeports"))
