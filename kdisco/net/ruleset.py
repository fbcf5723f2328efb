"""The rules of one node and family: found by what a packet looks like, or printed whole.

A Service's rules are made when they are first asked for and remembered as long as its objects stay the same;
the shared chains are looked into by (address, protocol, port) and never scanned.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import accumulate
from typing import TYPE_CHECKING

from kdisco.net import iptables
from kdisco.net.forks import Forks
from kdisco.net.match import Destination, Source
from kdisco.net.memo import Memo
from kdisco.net.packet import span
from kdisco.net.proxy import Entry, ports_of
from kdisco.net.rule import Place, Rule
from kdisco.net.target import Jump
from kdisco.net.told import Told

if TYPE_CHECKING:
    from kdisco.model.meta import Key
    from kdisco.model.service import Service
    from kdisco.net.iptables import Settings
    from kdisco.net.match import Sight
    from kdisco.net.traverse import Way
    from kdisco.store.table import View

__all__ = ["SHARED", "Fragment", "Ruleset"]

SHARED: tuple[Place, ...] = (
    ("nat", "KUBE-SERVICES"),
    ("nat", "KUBE-NODEPORTS"),
    ("filter", "KUBE-SERVICES"),
    ("filter", "KUBE-EXTERNAL-SERVICES"),
    ("filter", "KUBE-NODEPORTS"),
    ("filter", "KUBE-PROXY-FIREWALL"),
)
Fragment = Mapping[Place, tuple[Rule, ...]]  # the rules of one Service, by chain
Networks = tuple[tuple[int, AbstractSet[int]], ...]  # by mask
NOTHING: Fragment = {}

_RULES: Memo[tuple[Rule, ...]] = Memo(1 << 16)
_FRAGMENTS: Memo[Fragment] = Memo(1 << 16)
_COUNTED: dict[tuple[str, Settings], Ruleset] = {}  # the last ruleset of each node that was counted
ROOM = 64  # nodes kept there
QUESTIONS = 1 << 14  # destinations whose conditions on sources a ruleset remembers


def _by_place(rules: tuple[Rule, ...]) -> Fragment:
    found: dict[Place, tuple[Rule, ...]] = {}
    for rule in rules:
        found[rule.place] = (*found.get(rule.place, ()), rule)
    return found


def _asked(rules: Iterable[Rule], kind: type[Source | Destination]) -> Networks:
    """The networks that rules ask a source or a destination for, by their masks."""
    found: dict[int, set[int]] = {}
    for rule in rules:
        for match in rule.matches:
            if isinstance(match, kind):
                network, mask = span(match.cidr)
                found.setdefault(mask, set()).add(network)
    return tuple(found.items())


def _kin(address: int, asked: Networks) -> Hashable:
    """What can be told of an address: equal for addresses that lie in the same networks."""
    return tuple([address & mask if address & mask in networks else None for mask, networks in asked])


class Ruleset(Told):
    """The chains of iptables, as the kernel of ``node`` was told them."""

    def __init__(self, view: View, node: str, settings: Settings) -> None:
        super().__init__(view, node, settings)
        self.tail = iptables.tail(settings)
        # each jump was put in front of those before it
        self.jumps = iptables.jumps(settings)
        self.fixed = _by_place((*reversed(self.jumps), *iptables.fixed(settings)))
        self.counts: Mapping[Key, tuple[int, ...]] = {}
        self._offsets: dict[Place, tuple[dict[Key, int], int]] = {}
        self._found: dict[Entry, tuple[tuple[Service, Fragment], ...]] = {}
        always = [rule for rules in (*self.fixed.values(), self.tail) for rule in rules]
        self._always = _asked(always, Source), _asked(always, Destination)
        self._shares = {place for place in self.fixed if any(each in SHARED for each in self._behind(place))}
        self._asked: dict[Entry, Networks] = {}
        self.ways: dict[Hashable, Way] = {}  # of packets for no Service, which fare alike when they look alike
        self.gone = Forks(self.front)

    def rules_of(self, service: Service) -> tuple[Rule, ...]:
        """The rules of one Service in the order of the restore text."""
        ports, flags = self.ports_of(service), self.settings
        return _RULES.get(
            (ports, flags), (), lambda: tuple([rule for port in ports for rule in iptables.of_port(port, flags)])
        )

    def fragment(self, service: Service) -> Fragment:
        """The rules of one Service, by chain."""
        rules = self.rules_of(service)
        return _FRAGMENTS.get((rules,), (), lambda: _by_place(rules))

    def chains(self) -> Mapping[Place, tuple[Rule, ...]]:
        """Every chain that has rules, whole and in the kernel's order; made anew at each call."""
        found: dict[Place, list[Rule]] = {place: list(rules) for place, rules in self.fixed.items()}
        for service in self.front.services:
            for rule in self.rules_of(service):
                found.setdefault(rule.place, []).append(rule)
        found.setdefault(iptables.SERVICES, []).extend(self.tail)
        return {place: tuple(rules) for place, rules in found.items()}

    def candidates(
        self, place: Place, sight: Sight, within: Fragment, *, counting: bool = False
    ) -> Iterator[tuple[int, Rule, Fragment]]:
        """The rules of a chain that a packet may fit, in order: (position, rule, its Service's rules).

        ``within`` are the rules of the Service whose chain led here. Positions are right only when ``counting``.
        """
        if place not in SHARED:
            for at, rule in enumerate(self.fixed.get(place) or within.get(place, ())):
                yield at, rule, within
            return
        starts, total = self._starts(place) if counting else ({}, 0)
        for service, fragment in self.found(sight.destination, sight.protocol, sight.dport):
            for at, rule in enumerate(fragment.get(place, ()), starts.get(service.key, 0) if counting else 0):
                yield at, rule, fragment
        if place == iptables.SERVICES:
            for at, rule in enumerate(self.tail, total):
                yield at, rule, NOTHING

    def found(self, destination: int, protocol: str, dport: int) -> tuple[tuple[Service, Fragment], ...]:
        """The Services that a packet may be for, each with its rules."""
        entry = (destination, protocol, dport)
        known = self._found.get(entry)
        if known is None:
            known = tuple((service, self.fragment(service)) for service in self.front.owners(entry))
            if known:  # what is no Service's is soon looked up, and has no end
                self._found[entry] = known
        return known

    def kin(self, source: int, destination: int, protocol: str, dport: int) -> Hashable:
        """What the rules can tell of a source that sends there: equal for sources that they treat alike."""
        entry = (destination, protocol, dport)
        asked = self._asked.get(entry)
        if asked is None:
            listed = (rules for _, fragment in self.found(*entry) for rules in fragment.values())
            asked = _asked((rule for rules in listed for rule in rules), Source)
            if len(self._asked) < QUESTIONS:
                self._asked[entry] = asked
        return _kin(source, asked), _kin(source, self._always[0])

    def _behind(self, place: Place) -> Iterator[Place]:
        """The chains that one of the fixed chains leads to, itself among them."""
        yield place
        for rule in self.fixed.get(place, ()):
            if isinstance(rule.target, Jump):
                yield from self._behind((place[0], rule.target.chain))

    def alike(self, place: Place, sight: Sight) -> Hashable | None:
        """What a built-in chain's rules can tell of a packet; None when it may meet a Service's own rules there."""
        if place in self._shares and self.found(sight.destination, sight.protocol, sight.dport):
            return None
        ends = _kin(sight.source, self._always[0]), _kin(sight.destination, self._always[1])
        return *ends, sight.source_local, sight.destination_local, sight.states

    def length(self, place: Place, within: Fragment) -> int:
        """How many rules a chain has."""
        if place not in SHARED:
            return len(self.fixed.get(place) or within.get(place, ()))
        return self._starts(place)[1] + (len(self.tail) if place == iptables.SERVICES else 0)

    def _starts(self, place: Place) -> tuple[dict[Key, int], int]:
        """Where each Service's rules begin in a shared chain, and where they all end."""
        if not self._offsets:
            self._count()
        return self._offsets[place]

    def _count(self) -> None:
        """Count the shared chains' rules by Service; what an older ruleset counted stays where nothing changed."""
        older = _COUNTED.get((self.node, self.settings))
        counts: dict[Key, tuple[int, ...]] = {}
        if older is not None and older.front is self.front:
            counts = dict(older.counts)
            for key in self._changed(older):
                counts[key] = self._counted(self.view.get("services", key))
        else:
            older = None
            counts = {service.key: self._counted(service) for service in self.front.services}
        self.counts = counts
        if older is not None and older.counts == counts:
            self._offsets = older._offsets  # noqa: SLF001 - same class
        else:
            for column, place in enumerate(SHARED):
                ends = list(accumulate((row[column] for row in counts.values()), initial=0))
                self._offsets[place] = dict(zip(counts, ends, strict=False)), ends[-1]
        if len(_COUNTED) >= ROOM:
            _COUNTED.clear()
        _COUNTED[self.node, self.settings] = self

    def _changed(self, older: Ruleset) -> set[Key]:
        """The Services whose EndpointSlices differ from those of an older ruleset."""
        found: set[Key] = set()
        old, new = (view.table("endpointslices").objects for view in (older.view, self.view))
        for _, before, after in old.diff(new):
            found |= {each.service_key for each in (before, after) if each is not None}
        return {key for key in found if key in older.counts}

    def _counted(self, service: Service) -> tuple[int, ...]:
        ports = ports_of(self.view, service, self.node, self.settings.family)
        places = [rule.place for port in ports for rule in iptables.doors(port)]
        return tuple(map(places.count, SHARED))
