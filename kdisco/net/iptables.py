"""kube-proxy's iptables mode: the rules of one node and family, to the letter.

Upstream: pkg/proxy/iptables/proxier.go (v1.36); kubelet_network_linux.go for KUBE-FIREWALL.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.match import (
    AddrType,
    Comment,
    Ctstate,
    Destination,
    Dport,
    Marked,
    Match,
    Protocol,
    Recent,
    Source,
    Statistic,
)
from kdisco.net.packet import span
from kdisco.net.rule import Place, Rule
from kdisco.net.target import Dnat, Jump, Masquerade, SetMark, Target, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kdisco.net.backends import Backend
    from kdisco.net.proxy import ServicePort

__all__ = [
    "BUILT_IN",
    "MASQUERADE_BIT",
    "SERVICES",
    "Settings",
    "doors",
    "firewall",
    "fixed",
    "jumps",
    "of_port",
    "tail",
]

MASQUERADE_BIT = 1 << 14  # --iptables-masquerade-bit
NEW = Ctstate(("NEW",))
BUILT_IN = {
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
}
JUMPS = (  # table, chain, built-in chains, only for new connections, comment
    ("filter", "KUBE-EXTERNAL-SERVICES", "INPUT FORWARD", True, "kubernetes externally-visible service portals"),
    ("filter", "KUBE-NODEPORTS", "INPUT", False, "kubernetes health check service ports"),
    ("filter", "KUBE-SERVICES", "FORWARD OUTPUT", True, "kubernetes service portals"),
    ("filter", "KUBE-FORWARD", "FORWARD", False, "kubernetes forwarding rules"),
    ("filter", "KUBE-PROXY-FIREWALL", "INPUT OUTPUT FORWARD", True, "kubernetes load balancer firewall"),
    ("nat", "KUBE-SERVICES", "OUTPUT PREROUTING", False, "kubernetes service portals"),
    ("nat", "KUBE-POSTROUTING", "POSTROUTING", False, "kubernetes postrouting rules"),
)
LAST = "kubernetes service nodeports; NOTE: this must be the last rule in this chain"
LOOPBACK = {4: "127.0.0.0/8", 6: "::1/128"}
SERVICES, NODEPORTS = ("nat", "KUBE-SERVICES"), ("nat", "KUBE-NODEPORTS")
MARK_MASQ = Jump("KUBE-MARK-MASQ")
PROTOCOLS = {name: Protocol(name) for name in ("tcp", "udp", "sctp")}


@frozen(kw_only=True)
class Settings:
    """What the rules depend on beside Services: kube-proxy's flags for one family, and the node's addresses.

    ``cluster_cidr`` None: Pods cannot be told from others. ``node_ips``: the node's own, the primary one first.
    ``nodeport_ips`` None: nodePorts answer on all of them. ``service_cidrs``: the ranges of ClusterIPs, where known.
    """

    family: int
    node_ips: tuple[str, ...]
    cluster_cidr: str | None = None
    masquerade_all: bool = False
    nodeport_ips: tuple[str, ...] | None = None
    localhost_nodeports: bool = True
    tcp_liberal: bool = False
    service_cidrs: tuple[str, ...] = ()

    @property
    def node_ip(self) -> str:
        """The node's primary address, by which kube-proxy knows itself: its loopback where it has none."""
        return self.node_ips[0] if self.node_ips else LOOPBACK[self.family].partition("/")[0]

    @property
    def localhost(self) -> bool:
        """Whether 127.0.0.1 takes nodePort traffic: never in IPv6."""
        return self.localhost_nodeports and self.family == 4  # noqa: PLR2004 - the IP version


def jumps(settings: Settings) -> tuple[Rule, ...]:
    """The jumps from the built-in chains, in the order in which each is put in front (``-I``)."""
    rows = [
        Rule((table, start), ((NEW,) if new else ()) + (Comment(words),), Jump(chain))
        for table, chain, starts, new, words in JUMPS
        for start in starts.split()
    ]
    if settings.family == 4:  # noqa: PLR2004 - the kubelet guards 127.0.0.0/8; IPv6 has no such hole
        rows += [Rule(("filter", start), (), Jump("KUBE-FIREWALL")) for start in ("INPUT", "OUTPUT")]
    return tuple(rows)


def firewall() -> Rule:
    """The kubelet's guard, which kube-proxy writes again: nobody outside reaches 127.0.0.0/8."""
    loopback = LOOPBACK[4]
    return Rule(
        ("filter", "KUBE-FIREWALL"),
        (
            Comment("block incoming localnet connections"),
            Destination(loopback),
            Source(loopback, negated=True),
            Ctstate(("RELATED", "ESTABLISHED", "DNAT"), negated=True),
        ),
        Verdict("DROP"),
    )


def fixed(settings: Settings) -> tuple[Rule, ...]:
    """The rules that are there whatever the Services, in the order of the restore text."""
    forward, post = ("filter", "KUBE-FORWARD"), ("nat", "KUBE-POSTROUTING")
    words = "kubernetes forwarding rules"
    conntrack = (Comment("kubernetes forwarding conntrack rule"), Ctstate(("RELATED", "ESTABLISHED")))
    snat = Comment("kubernetes service traffic requiring SNAT")
    invalid = Rule(forward, (Ctstate(("INVALID",)),), Verdict("DROP"))
    return (
        *((firewall(),) if settings.family == 4 else ()),  # noqa: PLR2004 - the IP version
        *(() if settings.tcp_liberal else (invalid,)),
        Rule(forward, (Comment(words), Marked(MASQUERADE_BIT)), Verdict("ACCEPT")),
        Rule(forward, conntrack, Verdict("ACCEPT")),
        Rule(post, (Marked(MASQUERADE_BIT, negated=True),), Verdict("RETURN")),
        Rule(post, (), SetMark("xor", MASQUERADE_BIT)),
        Rule(post, (snat,), Masquerade()),
        Rule(("nat", MARK_MASQ.chain), (), SetMark("or", MASQUERADE_BIT)),
    )


def tail(settings: Settings) -> tuple[Rule, ...]:
    """The end of nat KUBE-SERVICES: what is for the node itself may be for a nodePort."""
    comment = Comment(LAST)
    if settings.nodeport_ips is not None:
        return tuple(
            Rule(SERVICES, (comment, Destination(ip)), Jump("KUBE-NODEPORTS")) for ip in settings.nodeport_ips
        )
    spared = () if settings.localhost else (Destination(LOOPBACK[settings.family], negated=True),)
    return (Rule(SERVICES, (comment, AddrType("dst"), *spared), Jump("KUBE-NODEPORTS")),)


def of_port(port: ServicePort, settings: Settings) -> tuple[Rule, ...]:
    """All rules of one service port, in kube-proxy's order."""
    return (*doors(port), *_rooms(port, settings))


def doors(port: ServicePort) -> tuple[Rule, ...]:
    """The rules of one service port in the chains that all share: where its packets are found."""
    return (*_cluster_ip(port), *_external_ips(port), *_balancer_ips(port), *_node_port(port))


def _rooms(port: ServicePort, settings: Settings) -> list[Rule]:
    """The rules of its own chains: where an endpoint is chosen."""
    rows = [*_internal(port, settings)]
    if port.has_endpoints and port.external:
        rows += _external(port, settings)
    if port.firewalled:
        rows += _ranges(port, settings)
    reachable = port.reachable
    jumps = {end.target: Jump(port.chain("SEP", end)) for end in reachable}
    for kind, ends in (("SVC", port.cluster), ("SVL", port.near)):
        if ends:
            rows += _choice(port, ("nat", port.chain(kind)), {end.target: jumps[end.target] for end in ends})
    comment = Comment(port.text, detail=True)
    for end in reachable:
        rows += _endpoint(port, end, jumps[end.target].chain, comment)
    return rows


def _said(port: ServicePort, words: str) -> Comment:
    return Comment(f"{port.text} {words}")


def _at(port: ServicePort, ip: str) -> tuple[Match, ...]:
    return PROTOCOLS[port.protocol], Destination(ip), Dport(port.port)


def _kind(port: ServicePort, *, local: bool) -> str:
    return port.chain("SVL" if local else "SVC")


def _refused(port: ServicePort) -> tuple[Comment, Target]:
    if port.has_endpoints:
        return _said(port, "has no local endpoints"), Verdict("DROP")
    return _said(port, "has no endpoints"), Verdict("REJECT", port.family)


def _cluster_ip(port: ServicePort) -> Iterator[Rule]:
    if port.has_internal:
        chain = Jump(_kind(port, local=port.internal_local))
        yield Rule(SERVICES, (_said(port, "cluster IP"), *_at(port, port.cluster_ip)), chain)
    else:
        comment, verdict = _refused(port)
        yield Rule(("filter", "KUBE-SERVICES"), (comment, *_at(port, port.cluster_ip)), verdict)


def _external_ips(port: ServicePort) -> Iterator[Rule]:
    for ip in port.external_ips:
        if port.has_endpoints:
            yield Rule(SERVICES, (_said(port, "external IP"), *_at(port, ip)), Jump(port.chain("EXT")))
        if not port.has_external:
            comment, verdict = _refused(port)
            yield Rule(("filter", "KUBE-EXTERNAL-SERVICES"), (comment, *_at(port, ip)), verdict)


def _balancer_ips(port: ServicePort) -> Iterator[Rule]:
    door = port.chain("FW" if port.firewalled else "EXT")
    for ip in port.balancer_ips:
        if port.has_endpoints:
            yield Rule(SERVICES, (_said(port, "loadbalancer IP"), *_at(port, ip)), Jump(door))
        if port.firewalled:
            comment = _said(port, f"traffic not accepted by {door}")
            yield Rule(("filter", "KUBE-PROXY-FIREWALL"), (comment, *_at(port, ip)), Verdict("DROP"))
    if not port.has_external:
        comment, verdict = _refused(port)
        for ip in port.balancer_ips:
            yield Rule(("filter", "KUBE-EXTERNAL-SERVICES"), (comment, *_at(port, ip)), verdict)


def _node_port(port: ServicePort) -> Iterator[Rule]:
    there = (PROTOCOLS[port.protocol], Dport(port.node_port))
    if port.node_port and port.has_endpoints:
        yield Rule(NODEPORTS, (Comment(port.text), *there), Jump(port.chain("EXT")))
    if port.node_port and not port.has_external:
        comment, verdict = _refused(port)
        yield Rule(("filter", "KUBE-EXTERNAL-SERVICES"), (comment, AddrType("dst"), *there), verdict)
    if port.health_check_port:
        matches = (_said(port, "health check node port"), Protocol("tcp"), Dport(port.health_check_port))
        yield Rule(("filter", "KUBE-NODEPORTS"), matches, Verdict("ACCEPT"))


def _internal(port: ServicePort, settings: Settings) -> Iterator[Rule]:
    """The first rule of the chain behind the ClusterIP: who has to be masqueraded."""
    place = ("nat", _kind(port, local=port.internal_local))
    whom: tuple[Match, ...] | None = None
    if settings.masquerade_all:
        whom = ()
    elif settings.cluster_cidr:
        whom = (Source(settings.cluster_cidr, negated=True),)
    if port.has_internal and whom is not None:
        yield Rule(place, (_said(port, "cluster IP"), *_at(port, port.cluster_ip), *whom), MARK_MASQ)


def _external(port: ServicePort, settings: Settings) -> Iterator[Rule]:
    place, everywhere = ("nat", port.chain("EXT")), Jump(port.chain("SVC"))

    def row(what: str, target: Jump, *matches: Match) -> Rule:
        return Rule(place, (Comment(f"{what} for {port.text} external destinations"), *matches), target)

    if not port.external_local:
        yield row("masquerade traffic", MARK_MASQ)
    else:
        if settings.cluster_cidr:
            yield row("pod traffic", everywhere, Source(settings.cluster_cidr))
        yield row("masquerade LOCAL traffic", MARK_MASQ, AddrType("src"))
        yield row("route LOCAL traffic", everywhere, AddrType("src"))
    if port.has_external:
        yield Rule(place, (), Jump(_kind(port, local=port.external_local)))


def _ranges(port: ServicePort, settings: Settings) -> Iterator[Rule]:
    place, comment, door = ("nat", port.chain("FW")), _said(port, "loadbalancer IP"), Jump(port.chain("EXT"))
    for cidr in port.source_ranges:
        yield Rule(place, (comment, Source(cidr)), door)
    if any(_inside(settings.node_ip, cidr) for cidr in port.source_ranges):
        for ip in port.balancer_ips:  # what the node sends to an address that it holds itself has that source
            yield Rule(place, (comment, Source(ip)), door)
    yield Rule(place, (Comment(f"other traffic to {port.text} will be dropped by KUBE-PROXY-FIREWALL"),))


def _inside(ip: str, cidr: str) -> bool:
    network, mask = span(cidr)
    return span(ip)[0] & mask == network


def _choice(port: ServicePort, place: Place, ends: Mapping[str, Jump]) -> list[Rule]:
    """One rule an endpoint: the first is taken one time in n, the second one in n-1 of the rest, the last always."""
    rows = [(Comment(f"{port.text} -> {target}", detail=True), jump) for target, jump in ends.items()]
    known = []
    if port.affinity is not None:
        known = [Rule(place, (said, Recent(jump.chain, port.family, port.affinity)), jump) for said, jump in rows]
    falls = zip(range(len(rows), 0, -1), rows, strict=True)
    return known + [Rule(place, (said, _one_in(n)) if n > 1 else (said,), jump) for n, (said, jump) in falls]


@lru_cache(maxsize=1 << 12)
def _one_in(among: int) -> Statistic:
    return Statistic(among)


def _endpoint(port: ServicePort, end: Backend, chain: str, comment: Comment) -> tuple[Rule, Rule]:
    place = ("nat", chain)
    noted = () if port.affinity is None else (Recent(chain, port.family),)
    return (
        Rule(place, (comment, Source(end.address)), MARK_MASQ),
        Rule(place, (comment, *noted, PROTOCOLS[port.protocol]), Dnat(end.address, end.port, end.target)),
    )
