"""One packet's way through the rules at one hook: as the kernel goes it, with dice where chance decides.

Only the rules that may fit are looked at; how many the kernel would have visited on the way follows from where they
stand. Upstream: Linux net/ipv4/netfilter/ip_tables.c (ipt_do_table).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from kdisco.net.match import Recent
from kdisco.net.rule import Place, Rule
from kdisco.net.ruleset import NOTHING, Fragment, Ruleset
from kdisco.net.target import Jump, SetMark, Target, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kdisco.net.forks import Throw
    from kdisco.net.ipvs_ruleset import IpvsRuleset
    from kdisco.net.match import Sight

__all__ = ["Traverse", "Way", "lists"]

MOST = 1 << 12  # kinds of packets for no Service that a ruleset remembers


@frozen(cache_hash=True)
class Way:
    """What became of one packet at one hook.

    ``matched`` are the rules that fitted, in order, each of which counted the packet, and ``positions`` where they
    stand in their chains, from 0; ``visited`` is how many rules were looked at; ``end`` is what decided, None when no
    rule did. ``noted`` are the xt_recent lists that the source was put on.
    """

    mark: int = 0
    matched: tuple[Rule, ...] = field(default=(), hash=False)  # the rest tells most ways apart
    positions: tuple[int, ...] = ()
    visited: int = 0
    end: Target | None = field(default=None, hash=False)
    noted: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """ACCEPT, DROP or REJECT; "" when something else, or nothing, ended it."""
        return self.end.word if isinstance(self.end, Verdict) else ""


class Traverse:
    """The rules of iptables at work on packets; ``chance`` says whether one in n happens now."""

    early = False  # whether something hangs on the hooks before nat
    remembers = 100  # addresses on an xt_recent list (its parameter ip_list_tot)

    def __init__(self, rules: Ruleset | IpvsRuleset, chance: Callable[[int], bool]) -> None:
        self.rules = rules
        self.chance = chance

    def through(self, table: str, chain: str, sight: Sight, mark: int = 0) -> Way:
        """The way through a built-in chain of a table."""
        return self.rules.gone.way(table, chain, sight, mark, self.chance, self._gone)

    def _gone(self, table: str, chain: str, sight: Sight, mark: int, throw: Throw) -> tuple[Way, bool]:
        place, rules = (table, chain), self.rules
        alike = rules.alike(place, sight)
        # no dice are thrown for what is for no Service, so that packets which look alike to the rules fare alike
        key, known = (place, mark, alike), rules.ways
        way = known.get(key) if alike is not None else None
        if way is not None:
            return way, True
        walk = _Walk(rules, sight, mark, throw)
        end = walk.chain(place, NOTHING)
        noted = () if walk.fixed else lists(walk.matched)
        way = Way(walk.mark, tuple(walk.matched), tuple(walk.positions), walk.visited, end, noted)
        if alike is not None and len(known) < MOST:
            known[key] = way
        return way, walk.fixed


def lists(matched: Iterable[Rule]) -> tuple[str, ...]:
    """The xt_recent lists that rules which fitted put the source on."""
    found = (match for rule in matched for match in rule.matches if isinstance(match, Recent))
    return tuple(match.name for match in found if match.seconds is None)


class _Walk:
    """A packet under way."""

    __slots__ = ("chance", "fixed", "mark", "matched", "positions", "rules", "sight", "visited")

    def __init__(self, rules: Ruleset | IpvsRuleset, sight: Sight, mark: int, chance: Throw) -> None:
        self.rules, self.sight, self.mark, self.chance = rules, sight, mark, chance
        self.fixed = True  # whether nothing was asked that time may change
        self.matched: list[Rule] = []
        self.positions: list[int] = []
        self.visited = 0

    def chain(self, place: Place, within: Fragment) -> Target | None:
        """Go through one chain; gives what decided, None when the packet comes back from it."""
        for at, rule, fragment in self.rules.candidates(place, self.sight, within, counting=True):
            if not self._fits(rule):
                continue
            self.matched.append(rule)
            self.positions.append(at)
            target = rule.target
            if isinstance(target, SetMark):
                self.mark = target.on(self.mark)
                continue
            end = self.chain((place[0], target.chain), fragment) if isinstance(target, Jump) else target
            if end is not None:
                self.visited += at + 1
                return None if end is target and isinstance(end, Verdict) and end.word == "RETURN" else end
        self.visited += self.rules.length(place, within)
        return None

    def _fits(self, rule: Rule) -> bool:
        """Whether the packet fits; what is a matter of chance is decided in its turn."""
        for match in rule.matches:
            fits = match.holds(self.sight, self.mark)
            if isinstance(match, Recent):
                self.fixed = False
            if not fits or (fits > 1 and not self.chance(fits)):
                return False
        return True
