"""One packet's way through the table of nftables at one hook: as the kernel goes it, with dice where chance decides.

Upstream: Linux net/netfilter/nf_tables_core.c (nft_do_chain).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.net.match import Recent
from kdisco.net.nft_base import BASES
from kdisco.net.nft_ruleset import NOTHING, NftFragment, NftRuleset
from kdisco.net.nft_target import Go, Numgen, Vmap
from kdisco.net.proxy import ANY
from kdisco.net.target import SetMark, Target, Verdict
from kdisco.net.traverse import Way, lists

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.net.forks import Throw
    from kdisco.net.match import Sight
    from kdisco.net.rule import Rule

__all__ = ["NftTraverse"]


class NftTraverse:
    """The table at work on packets; ``pick`` gives a number from 0 to n - 1, each as likely as the others."""

    early = True  # whether something hangs on the hooks before nat
    remembers = 65535  # addresses in a set that rules fill and that says no size

    def __init__(self, rules: NftRuleset, pick: Callable[[int], int]) -> None:
        self.rules = rules
        self.pick = pick

    def through(self, table: str, chain: str, sight: Sight, mark: int = 0) -> Way:
        """The way through what hangs on a hook: ``table`` is ``early`` (before nat), ``nat`` or ``filter``."""
        if (table, chain) not in BASES:
            return Way(mark)
        return self.rules.gone.way(table, chain, sight, mark, self.pick, self._gone)

    def _gone(self, table: str, chain: str, sight: Sight, mark: int, throw: Throw) -> tuple[Way, bool]:
        walk = _Walk(self.rules, sight, mark, throw)
        end = walk.chain(BASES[table, chain][0], NOTHING)
        noted = () if walk.fixed else lists(walk.matched)
        return Way(walk.mark, tuple(walk.matched), (), walk.visited, end, noted), walk.fixed


class _Walk:
    """A packet under way."""

    __slots__ = ("fixed", "mark", "matched", "pick", "rules", "sight", "visited")

    def __init__(self, rules: NftRuleset, sight: Sight, mark: int, pick: Throw) -> None:
        self.rules, self.sight, self.mark, self.pick = rules, sight, mark, pick
        self.fixed = True  # whether nothing was asked that time may change
        self.matched: list[Rule] = []
        self.visited = 0

    def chain(self, name: str, within: NftFragment) -> Target | None:
        """Go through one chain; gives what decided, None when the packet comes back to the chain that jumped here."""
        for rule in self.rules.shared.get(name) or within.chains.get(name, ()):
            self.visited += 1
            if not self._fits(rule):
                continue
            target, fragment = self._resolved(rule, within)
            if isinstance(target, SetMark):
                self.mark = target.on(self.mark)
            elif isinstance(target, Go):
                end = self.chain(target.chain, fragment)
                if end is not None or not target.back:
                    return end
            elif target is not None:
                return None if isinstance(target, Verdict) and target.word == "RETURN" else target
        return None

    def _fits(self, rule: Rule) -> bool:
        for match in rule.matches:
            if isinstance(match, Recent):
                self.fixed = False
            if not match.holds(self.sight, self.mark):
                return False
        return True

    def _resolved(self, rule: Rule, within: NftFragment) -> tuple[Target | None, NftFragment]:
        """What a rule does with a packet that fits, after it was looked up or chosen by chance."""
        target = rule.target
        if isinstance(target, Vmap):
            found = self.rules.lookup(target.name, target.key(self.sight, ANY))
            if found is None:
                return None, within
            self.matched += (rule, found[0])
            return found[0].target, found[1]
        self.matched.append(rule)
        if isinstance(target, Numgen):
            return Go(target.chains[self.pick(len(target.chains))], back=False), within
        return target, within
