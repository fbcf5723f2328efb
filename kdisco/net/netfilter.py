"""What the rules decide about a packet: every way it can go through the chains, with chances kept exact."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.memo import Memo
from kdisco.net.rule import Place, Rule
from kdisco.net.ruleset import NOTHING, Fragment, Ruleset
from kdisco.net.target import Jump, SetMark, Target, Verdict

if TYPE_CHECKING:
    from kdisco.net.ipvs_ruleset import IpvsRuleset
    from kdisco.net.match import Sight

__all__ = ["Branch", "Netfilter"]

_PASSED: Memo[list[Branch]] = Memo(1 << 12)


@frozen
class Branch:
    """One way that a packet can go: with its mark, how likely (``share`` in ``of``), by which rules.

    ``end`` is what decided, None when no rule did.
    """

    mark: int = 0
    share: int = 1
    of: int = 1
    matched: tuple[Rule, ...] = ()
    end: Target | None = None

    @property
    def probability(self) -> Fraction:
        """How likely this way is."""
        return Fraction(self.share, self.of)

    @property
    def verdict(self) -> str:
        """ACCEPT, DROP or REJECT; "" when something else, or nothing, ended it."""
        return self.end.word if isinstance(self.end, Verdict) else ""


class Netfilter:
    """The rules of iptables, with every way followed."""

    early = False  # whether something hangs on the hooks before nat

    def __init__(self, rules: Ruleset | IpvsRuleset) -> None:
        self.rules = rules

    def through(self, table: str, chain: str, sight: Sight, mark: int = 0) -> list[Branch]:
        """All ways through a built-in chain of a table."""
        place = table, chain
        alike = self.rules.alike(place, sight)
        if alike is None:
            return self._chain(place, sight, Branch(mark), NOTHING)
        make = partial(self._chain, place, sight, Branch(mark), NOTHING)
        return _PASSED.get((self.rules,), (place, mark, alike), make)

    def _chain(self, place: Place, sight: Sight, start: Branch, within: Fragment) -> list[Branch]:
        live: list[Branch] = [start]
        gone: list[Branch] = []
        for _, rule, fragment in self.rules.candidates(place, sight, within):
            staying = []
            for branch in live:
                among = _fits(rule, sight, branch.mark)
                if not among:
                    staying.append(branch)
                    continue
                if among > 1:  # one part in n fits, the others go on to the next rule
                    rest = Branch(branch.mark, branch.share * (among - 1), branch.of * among, branch.matched)
                    staying.append(rest)
                for way in self._apply(rule, sight, branch, among, fragment):
                    (staying if way.end is None else gone).append(way)
            live = staying
            if not live:
                return gone
        return gone + live

    def _apply(self, rule: Rule, sight: Sight, branch: Branch, among: int, within: Fragment) -> list[Branch]:
        target = rule.target
        mark, end = branch.mark, target
        if isinstance(target, SetMark):
            mark, end = target.on(mark), None
        elif isinstance(target, Jump):
            end = None
        fit = Branch(mark, branch.share, branch.of * among, (*branch.matched, rule), end)
        if not isinstance(target, Jump):
            return [fit]
        ways = self._chain((rule.place[0], target.chain), sight, fit, within)
        return [_back(way) if way.verdict == "RETURN" else way for way in ways]


def _fits(rule: Rule, sight: Sight, mark: int) -> int:
    """Whether a packet fits a rule: 0, 1, or one time in n."""
    among = 1
    for match in rule.matches:
        fits = match.holds(sight, mark)
        if not fits:
            return 0
        among = max(among, fits)
    return among


def _back(way: Branch) -> Branch:
    """A way that has returned from a chain: it goes on."""
    return Branch(way.mark, way.share, way.of, way.matched)
