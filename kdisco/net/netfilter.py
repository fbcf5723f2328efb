"""What the rules decide about a packet: chains gone through as the kernel does, with chances kept exact."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.memo import Memo
from kdisco.net.rule import Place, Rule
from kdisco.net.ruleset import NOTHING, Fragment, Ruleset
from kdisco.net.target import Jump, SetMark, Target, Verdict

if TYPE_CHECKING:
    from kdisco.net.match import Sight

__all__ = ["Branch", "Chance", "Netfilter"]

Chance = Callable[[int], bool]  # whether one in n happens now

_PASSED: Memo[list[Branch]] = Memo(1 << 12)


@frozen
class Branch:
    """One way that a packet can go: with its mark, how likely (``share`` in ``of``), by which rules.

    ``visited`` counts the rules that a kernel looks at on this way; ``end`` is what decided, None when no rule did.
    """

    mark: int = 0
    share: int = 1
    of: int = 1
    matched: tuple[Rule, ...] = ()
    visited: int = 0
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
    """The rules at work. Without ``chance`` every way is followed; with it, dice decide and one way is left.

    ``counting`` fills in ``visited``.
    """

    def __init__(self, rules: Ruleset, chance: Chance | None = None, *, counting: bool = False) -> None:
        self.rules = rules
        self.chance = chance
        self.counting = counting

    def through(self, table: str, chain: str, sight: Sight, mark: int = 0) -> list[Branch]:
        """All ways through a built-in chain of a table."""
        alike = self.rules.alike(sight) if table == "filter" else None
        if alike is None:
            return self._chain((table, chain), sight, Branch(mark), NOTHING)
        # no dice are thrown in the filter table, so that packets which look alike to its rules fare alike
        return _PASSED.get(
            (self.rules,),
            (chain, mark, self.counting, alike),
            lambda: self._chain((table, chain), sight, Branch(mark), NOTHING),
        )

    def _chain(self, place: Place, sight: Sight, start: Branch, within: Fragment) -> list[Branch]:
        live, gone = [start], []
        for at, rule, fragment in self.rules.candidates(place, sight, within, counting=self.counting):
            staying = []
            for branch in live:
                among = _fits(rule, sight, branch.mark)
                if not among:
                    staying.append(branch)
                    continue
                fits, rest = self._split(branch, among)
                if rest is not None:
                    staying.append(rest)
                if fits is not None:
                    for way in self._apply(rule, sight, fits, fragment):
                        if way.end is None:
                            staying.append(way)
                        else:
                            gone.append(self._left(way, at + 1))
            live = staying
            if not live:
                return gone
        if not self.counting:
            return gone + live
        total = self.rules.length(place, within)
        return gone + [self._left(branch, total) for branch in live]

    def _split(self, branch: Branch, among: int) -> tuple[Branch | None, Branch | None]:
        """The part of a branch that fits a rule, one in ``among``, and the part that goes on to the next."""
        if among == 1:
            return branch, None
        if self.chance is not None:
            return (branch, None) if self.chance(among) else (None, branch)
        mark, share, of, matched, visited = branch.mark, branch.share, branch.of * among, branch.matched, branch.visited
        return Branch(mark, share, of, matched, visited), Branch(mark, share * (among - 1), of, matched, visited)

    def _apply(self, rule: Rule, sight: Sight, branch: Branch, within: Fragment) -> list[Branch]:
        target = rule.target
        mark, end = branch.mark, target
        if isinstance(target, SetMark):
            mark, end = target.on(mark), None
        elif isinstance(target, Jump):
            end = None
        fit = Branch(mark, branch.share, branch.of, (*branch.matched, rule), branch.visited, end)
        if not isinstance(target, Jump):
            return [fit]
        ways = self._chain((rule.place[0], target.chain), sight, fit, within)
        return [_back(way) if way.verdict == "RETURN" else way for way in ways]

    def _left(self, branch: Branch, rules: int) -> Branch:
        if not self.counting:
            return branch
        return Branch(branch.mark, branch.share, branch.of, branch.matched, branch.visited + rules, branch.end)


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
    return Branch(way.mark, way.share, way.of, way.matched, way.visited)
