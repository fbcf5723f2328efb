"""What the rules decide about a packet: chains gone through as the kernel does, with chances kept exact."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from kdisco.net.rule import Place, Rule
from kdisco.net.ruleset import NOTHING, Fragment, Ruleset
from kdisco.net.target import Jump, SetMark, Target, Verdict

if TYPE_CHECKING:
    from kdisco.net.match import Sight

__all__ = ["Branch", "Chance", "Netfilter"]

Chance = Callable[[int], bool]  # whether one in n happens now


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
        return self._chain((table, chain), sight, Branch(mark), NOTHING)

    def _chain(self, place: Place, sight: Sight, start: Branch, within: Fragment) -> list[Branch]:
        live, gone = [start], []
        for at, rule, fragment in self.rules.candidates(place, sight, within, counting=self.counting):
            staying = []
            for branch in live:
                fits, rest = self._split(rule, sight, branch)
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
        total = self.rules.length(place, within) if self.counting else 0
        return gone + [self._left(branch, total) for branch in live]

    def _split(self, rule: Rule, sight: Sight, branch: Branch) -> tuple[Branch | None, Branch | None]:
        """The part of a branch that fits a rule, and the part that goes on to the next."""
        among = 1
        for match in rule.matches:
            fits = match.holds(sight, branch.mark)
            if not fits:
                return None, branch
            among = max(among, fits)
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
        return [evolve(way, end=None) if way.verdict == "RETURN" else way for way in ways]

    def _left(self, branch: Branch, rules: int) -> Branch:
        return evolve(branch, visited=branch.visited + rules) if self.counting else branch

