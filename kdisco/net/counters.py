"""The packets and bytes that a node's kernel has counted at each rule: what ``iptables-save -c`` shows.

A rule counts each packet that fits it, a built-in chain each one that its policy decides. What is written again begins
at nothing. While packets travel only what they met is noted; it is added up when somebody asks. A packet's length is
that of its headers: what it carries is not modelled. Upstream: Linux net/ipv4/netfilter/ip_tables.c (ipt_do_table),
iptables-restore(8) --counters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from attrs import field, frozen

from kdisco.net.iptables import BUILT_IN
from kdisco.net.packet import Packet
from kdisco.net.rule import Place, Rule
from kdisco.net.ruleset import SHARED, Ruleset
from kdisco.net.sync import changed
from kdisco.net.traverse import Way

__all__ = ["Count", "Counted", "Counters", "Hooks", "Met", "Passed", "Spot", "length", "survivors"]

Count = tuple[int, int]  # packets and bytes
Spot = tuple[str, str, int | None]  # table, chain, where in it; None: its policy
# table, built-in chain, the way through it (None: it has no rules), bytes, whether a rule decided
Met = tuple[str, str, Way | None, int, bool]
Hooks = tuple[Met, ...]  # what a packet passed in one go; packets that are alike share one value
HEADERS = {4: 20, 6: 40}  # bytes of an IP header without options
FIRST = {"tcp": 40, "udp": 8, "sctp": 32, "icmp": 64}  # and of what follows in a connection's first packet and answer
LATER = {**FIRST, "tcp": 32, "sctp": 28}
RESET = {**FIRST, "tcp": 20, "sctp": 20}
LONGEST = 512  # notes that are kept before they are added up
REWRITTEN = (*SHARED, ("filter", "KUBE-FORWARD"), ("nat", "KUBE-POSTROUTING"), ("nat", "KUBE-MARK-MASQ"))


def length(packet: Packet, *, known: bool = False, reset: bool = False) -> int:
    """Bytes of a packet: its headers, a SYN's with the options that Linux sends, a ping's with its 56 bytes."""
    rest = RESET if reset else LATER if known else FIRST
    return HEADERS[packet.family] + rest[packet.protocol]


@frozen(kw_only=True)
class Counted:
    """What one kernel shows for one family.

    ``save`` is what ``iptables-save -c`` prints: ``[packets:bytes]`` before each rule. ``rules`` are those that have
    counted something, each with its packets and bytes. ``policies`` is what fell to the policy of each (table,
    chain): the iptables that works by nftables counts none of it, and prints zeros; the legacy one does.
    """

    save: str
    rules: tuple[tuple[Rule, int, int], ...]
    policies: Mapping[Place, Count]

    def __str__(self) -> str:
        return self.save


@frozen
class Passed:
    """What packets met in one kernel, under the ``rules`` that were in force."""

    node: str
    rules: Ruleset = field(eq=False, repr=False)
    met: tuple[Hooks, ...]

    @property
    def whose(self) -> tuple[str, int]:
        """The node and the family, which are counted apart."""
        return self.node, self.rules.settings.family


@frozen
class _Sum:
    """What one kernel has counted of one family, by the rules that were in force last."""

    rules: Ruleset = field(eq=False, repr=False)
    counts: dict[Spot, Count]

    def shown(self, rules: Ruleset) -> Mapping[Spot, Count]:
        """What is left of it while ``rules`` are in force."""
        return survivors(self.counts, self.rules, rules)


@frozen
class Counters:
    """What the kernels of a cluster have counted: sums, and the notes not yet added to them."""

    sums: Mapping[tuple[str, int], _Sum] = field(factory=dict)
    notes: tuple[Passed, ...] = ()

    def after(self, passed: tuple[Passed, ...]) -> Counters:
        """These counters with what packets met later."""
        notes = self.notes + passed
        return Counters(self.sums, notes) if len(notes) <= LONGEST else Counters(_added(self.sums, notes))

    def of(self, rules: Ruleset) -> Mapping[Spot, Count]:
        """What one kernel shows while ``rules`` are in force."""
        whose = rules.node, rules.settings.family
        found = _added(self.sums, [each for each in self.notes if each.whose == whose]).get(whose)
        return {} if found is None else found.shown(rules)


def _added(sums: Mapping[tuple[str, int], _Sum], notes: Iterable[Passed]) -> Mapping[tuple[str, int], _Sum]:
    """The sums with notes added to them, in their order."""
    begun: dict[tuple[str, int], _Sum] = {}
    for whose, rules, met in _runs(notes):
        known = begun.get(whose) or sums.get(whose)
        counts = dict(known.shown(rules)) if known else {}
        known_by = {id(hooks): hooks for hooks in met}  # to compare what they say would take longer
        for at, times in Counter(map(id, met)).items():
            for size, spot in _spots(known_by[at]):
                packets, sizes = counts.get(spot, (0, 0))
                counts[spot] = packets + times, sizes + times * size
        begun[whose] = _Sum(rules, counts)
    return {**sums, **begun}


def _spots(hooks: Hooks) -> Iterable[tuple[int, Spot]]:
    """Where a packet that passed these hooks was counted, with its bytes."""
    for table, chain, way, size, decided in hooks:
        if way is not None:
            for rule, at in zip(way.matched, way.positions, strict=True):
                yield size, (*rule.place, at)
        if not decided:
            yield size, (table, chain, None)


def _runs(notes: Iterable[Passed]) -> Iterable[tuple[tuple[str, int], Ruleset, list[Hooks]]]:
    """What each kernel's packets met as long as the same rules were in force, in order."""
    runs: list[tuple[tuple[str, int], Ruleset, list[Hooks]]] = []
    last: dict[tuple[str, int], int] = {}
    for note in notes:
        whose = note.whose
        at = last.get(whose)
        if at is None or runs[at][1] is not note.rules:
            at = last[whose] = len(runs)
            runs.append((whose, note.rules, []))
        runs[at][2].extend(note.met)
    return runs


def survivors(counts: Mapping[Spot, Count], before: Ruleset, after: Ruleset) -> Mapping[Spot, Count]:
    """What is left of the counts after the sync that brought kube-proxy from one ruleset to another.

    The chains that are written again begin at nothing. Those that no text of kube-proxy names keep their counts: the
    built-in ones, and where localhost takes no nodePorts the kubelet's own.
    """
    again = frozenset() if before is after else changed(before, after)
    if again is not None and not again:
        return counts
    kept = {(table, chain) for table, chains in BUILT_IN.items() for chain in chains}
    if not after.settings.localhost:
        kept.add(("filter", "KUBE-FIREWALL"))
    if again is None:
        return {spot: count for spot, count in counts.items() if spot[:2] in kept}
    gone: set[Place] = {*REWRITTEN, ("filter", "KUBE-FIREWALL")} - kept
    for key in again:
        service = before.view.get("services", key)
        gone |= set(before.fragment(service)) if service is not None else set()
    return {spot: count for spot, count in counts.items() if spot[:2] not in gone}
