"""The iptables rules of IPVS mode: a few for the whole cluster, which ask ipsets, to the letter and in order.

Upstream: pkg/proxy/ipvs/proxier.go (iptablesJumpChain, ipsetWithIptablesChain, writeIptablesRules; v1.36).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from kdisco.net.ipset import named
from kdisco.net.iptables import MASQUERADE_BIT, firewall
from kdisco.net.ipvs_match import ForVirtual, FromAfar, Hairpin, InSet, OfProtocol, Unbridged
from kdisco.net.match import AddrType, Comment, Ctstate, Marked, Match, Source
from kdisco.net.packet import address
from kdisco.net.rule import Rule
from kdisco.net.target import Jump, Masquerade, SetMark, Target, Verdict

if TYPE_CHECKING:
    from kdisco.net.ipset import Member
    from kdisco.net.iptables import Settings
    from kdisco.net.match import Sight

__all__ = ["CHAINS", "Has", "jumps", "kubelet_guard", "rules"]

Has = Callable[["Sight", str], bool]  # whether a packet stands in a set
CHAINS = {  # in the order in which kube-proxy declares them
    "nat": ("KUBE-SERVICES", "KUBE-POSTROUTING", "KUBE-NODE-PORT", "KUBE-LOAD-BALANCER", "KUBE-MARK-MASQ"),
    "filter": (
        "KUBE-FORWARD",
        "KUBE-NODE-PORT",
        "KUBE-PROXY-FIREWALL",
        "KUBE-SOURCE-RANGES-FIREWALL",
        "KUBE-IPVS-FILTER",
        "KUBE-IPVS-OUT-FILTER",
    ),
}
JUMPS = (  # table, built-in chain, chain, comment
    ("nat", "OUTPUT", "KUBE-SERVICES", "kubernetes service portals"),
    ("nat", "PREROUTING", "KUBE-SERVICES", "kubernetes service portals"),
    ("nat", "POSTROUTING", "KUBE-POSTROUTING", "kubernetes postrouting rules"),
    ("filter", "FORWARD", "KUBE-FORWARD", "kubernetes forwarding rules"),
    ("filter", "INPUT", "KUBE-NODE-PORT", "kubernetes health check rules"),
    ("filter", "INPUT", "KUBE-PROXY-FIREWALL", "kube-proxy firewall rules"),
    ("filter", "FORWARD", "KUBE-PROXY-FIREWALL", "kube-proxy firewall rules"),
    ("filter", "INPUT", "KUBE-IPVS-FILTER", "kubernetes ipvs access filter"),
    ("filter", "OUTPUT", "KUBE-IPVS-OUT-FILTER", "kubernetes ipvs access filter"),
)
SERVICES, NODE_PORT = ("nat", "KUBE-SERVICES"), ("nat", "KUBE-NODE-PORT")
BALANCER, POST = ("nat", "KUBE-LOAD-BALANCER"), ("nat", "KUBE-POSTROUTING")
WALL, RANGES = ("filter", "KUBE-PROXY-FIREWALL"), ("filter", "KUBE-SOURCE-RANGES-FIREWALL")
FORWARD, INNER = ("filter", "KUBE-FORWARD"), ("filter", "KUBE-IPVS-FILTER")
MARK, RETURN, ACCEPT, DROP = Jump("KUBE-MARK-MASQ"), Verdict("RETURN"), Verdict("ACCEPT"), Verdict("DROP")
BOTH, ONE, THREE = "dst,dst", "dst", "dst,dst,src"
ASKED = (  # set, chain, what follows, by which ends, of which protocol: a rule for each set that has members
    ("KUBE-LOOP-BACK", POST, Hairpin(), THREE, ""),
    ("KUBE-LOAD-BALANCER", SERVICES, Jump(BALANCER[1]), BOTH, ""),
    ("KUBE-LOAD-BALANCER-LOCAL", BALANCER, RETURN, BOTH, ""),
    ("KUBE-NODE-PORT-LOCAL-TCP", NODE_PORT, RETURN, ONE, "tcp"),
    ("KUBE-NODE-PORT-TCP", NODE_PORT, MARK, ONE, "tcp"),
    ("KUBE-NODE-PORT-LOCAL-UDP", NODE_PORT, RETURN, ONE, "udp"),
    ("KUBE-NODE-PORT-UDP", NODE_PORT, MARK, ONE, "udp"),
    ("KUBE-NODE-PORT-LOCAL-SCTP-HASH", NODE_PORT, RETURN, BOTH, "sctp"),
    ("KUBE-NODE-PORT-SCTP-HASH", NODE_PORT, MARK, BOTH, "sctp"),
    ("KUBE-LOAD-BALANCER-FW", WALL, Jump(RANGES[1]), BOTH, ""),
    ("KUBE-LOAD-BALANCER-SOURCE-CIDR", RANGES, RETURN, THREE, ""),
    ("KUBE-LOAD-BALANCER-SOURCE-IP", RANGES, RETURN, THREE, ""),
)
SPARED = (  # what may reach the node by an address of kube-ipvs0
    ("KUBE-LOAD-BALANCER", BOTH),
    ("KUBE-CLUSTER-IP", BOTH),
    ("KUBE-EXTERNAL-IP", BOTH),
    ("KUBE-EXTERNAL-IP-LOCAL", BOTH),
    ("KUBE-HEALTH-CHECK-NODE-PORT", ONE),
)
LOOPBACK = {4: "127.0.0.0/8", 6: "::1/128"}


def jumps(settings: Settings) -> tuple[Rule, ...]:
    """The jumps from the built-in chains, in the order in which each is put in front (``-I``)."""
    rows = [Rule((table, start), (Comment(words),), Jump(chain)) for table, start, chain, words in JUMPS]
    if kubelet_guard(settings):
        rows += [Rule(("filter", start), (), Jump("KUBE-FIREWALL")) for start in ("INPUT", "OUTPUT")]
    return tuple(rows)


def kubelet_guard(settings: Settings) -> tuple[Rule, ...]:
    """The kubelet's own rule, which kube-proxy leaves alone in this mode."""
    return (firewall(),) if settings.family == 4 else ()  # noqa: PLR2004 - the IP version


def rules(
    settings: Settings,
    has: Callable[[str], Has],
    filled: AbstractSet[str],
    barred: Iterable[Member],
    pods: tuple[str, ...],
) -> tuple[Rule, ...]:
    """All rules of kube-proxy, in the order in which it writes them.

    ``has`` looks a packet up in a set, ``filled`` are the sets that have members, ``barred`` the load balancers that
    the node itself may not use, ``pods`` the ranges of the node's Pods.
    """
    return tuple(_Rules(settings, has, filled, pods).made(barred))


class _Rules:
    """The rules on their way."""

    def __init__(
        self, settings: Settings, has: Callable[[str], Has], filled: AbstractSet[str], pods: tuple[str, ...]
    ) -> None:
        self.settings, self.has, self.filled, self.pods = settings, has, filled, pods

    def made(self, barred: Iterable[Member]) -> Iterator[Rule]:
        yield Rule(SERVICES, (Source(LOOPBACK[self.settings.family]),), RETURN)
        for key, place, target, ends, protocol in ASKED:
            if key in self.filled:
                of = (OfProtocol(protocol),) if protocol else ()
                yield Rule(place, (*of, self._said(key), self._in(key, ends)), target)
        yield from self._cluster_ips()
        yield from self._external_ips()
        yield Rule(SERVICES, (AddrType("dst"),), Jump(NODE_PORT[1]))
        yield Rule(BALANCER, (), MARK)
        yield Rule(RANGES, (), DROP)
        yield from map(_barred, barred)
        for key in ("KUBE-CLUSTER-IP", "KUBE-LOAD-BALANCER"):
            if key in self.filled:
                yield Rule(SERVICES, (self._in(key, BOTH),), ACCEPT)
        yield from self._filtered()
        yield from _masqueraded()

    def _in(self, key: str, ends: str) -> InSet:
        return InSet(named(key, self.settings.family).name, ends, self.has(key))

    def _said(self, key: str) -> Comment:
        return Comment(named(key, self.settings.family).comment)

    def _cluster_ips(self) -> Iterator[Rule]:
        """Who is masqueraded on the way to a ClusterIP; without local detection, who has one for its source."""
        key, cidr = "KUBE-CLUSTER-IP", self.settings.cluster_cidr
        if key not in self.filled:
            return
        if self.settings.masquerade_all:
            whom: tuple[Match, ...] = (self._in(key, BOTH),)
        elif cidr:
            whom = (self._in(key, BOTH), Source(cidr, negated=True))
        else:
            whom = (self._in(key, "src,dst"),)
        yield Rule(SERVICES, (self._said(key), *whom), MARK)

    def _external_ips(self) -> Iterator[Rule]:
        for key, marked in (("KUBE-EXTERNAL-IP", True), ("KUBE-EXTERNAL-IP-LOCAL", False)):
            if key in self.filled:
                there = (self._said(key), self._in(key, BOTH))
                if marked:
                    yield Rule(SERVICES, there, MARK)
                yield Rule(SERVICES, (*there, Unbridged(self.pods), FromAfar()), ACCEPT)
                yield Rule(SERVICES, (*there, AddrType("dst")), ACCEPT)

    def _filtered(self) -> Iterator[Rule]:
        health, refused = "KUBE-HEALTH-CHECK-NODE-PORT", Verdict("REJECT", self.settings.family)
        conntrack = (Comment("kubernetes forwarding conntrack rule"), Ctstate(("RELATED", "ESTABLISHED")))
        yield Rule(FORWARD, (Comment("kubernetes forwarding rules"), Marked(MASQUERADE_BIT)), ACCEPT)
        yield Rule(FORWARD, conntrack, ACCEPT)
        yield Rule(("filter", NODE_PORT[1]), (self._said(health), self._in(health, ONE)), ACCEPT)
        for key, ends in SPARED:
            yield Rule(INNER, (self._in(key, ends),), RETURN)
        yield Rule(INNER, (Ctstate(("NEW",)), self._in("KUBE-IPVS-IPS", ONE)), refused)


def _barred(member: Member) -> Rule:
    ip, _, end = member.text.partition(",")
    protocol, _, port = end.partition(":")
    return Rule(
        ("filter", "KUBE-IPVS-OUT-FILTER"), (Source(ip), ForVirtual(address(ip), protocol, int(port))), DROP
    )


def _masqueraded() -> Iterator[Rule]:
    snat: Target = Masquerade()
    yield Rule(POST, (Marked(MASQUERADE_BIT, negated=True),), RETURN)
    yield Rule(POST, (), SetMark("xor", MASQUERADE_BIT))
    yield Rule(POST, (Comment("kubernetes service traffic requiring SNAT"),), snat)
    yield Rule(("nat", MARK.chain), (), SetMark("or", MASQUERADE_BIT))
