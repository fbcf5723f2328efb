"""One packet's way through the table of nftables at one hook: as the kernel goes it, with dice where chance decides.

Upstream: Linux net/netfilter/nf_tables_core.c (nft_do_chain).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.net.nft_base import BASES
from kdisco.net.nft_ruleset import NOTHING, NftFragment, NftRuleset
from kdisco.net.nft_target import Go, Numgen, Vmap
from kdisco.net.proxy import ANY
from kdisco.net.target import SetMark, Target, Verdict
from kdisco.net.traverse import Way

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.net.match import Sight
    from kdisco.net.rule import Rule

__all__ = ["NftTraverse"]


class NftTraverse:
    """The table at work on packets; ``pick`` gives a number from 0 to n - 1, each as likely as the others."""

    early = True  # whether something hangs on the hooks before nat

    def __init__(self, rules: NftRuleset, pick: Callable[[int], int]) -> None:
        self.rules = rules
        self.pick = pick

    def through(self, table: str, chain: str, sight: Sight, mark: int = 0) -> Way:
        """The way through what hangs on a hook: ``table`` is ``early`` (before nat), ``nat`` or ``filter``."""
        row = BASES.get((table, chain))
        if row is None:
            return Way(mark)
        walk = _Walk(self, sight, mark)
        end = walk.chain(row[0], NOTHING)
        return Way(walk.mark, tuple(walk.matched), (), walk.visited, end)


class _Walk:
    """A packet under way."""

    __slots__ = ("kernel", "mark", "matched", "sight", "visited")

    def __init__(self, kernel: NftTraverse, sight: Sight, mark: int) -> None:
        self.kernel, self.sight, self.mark = kernel, sight, mark
        self.matched: list[Rule] = []
        self.visited = 0

    def chain(self, name: str, within: NftFragment) -> Target | None:
        """Go through one chain; gives what decided, None when the packet comes back to the chain that jumped here."""
        for rule in self.kernel.rules.shared.get(name) or within.chains.get(name, ()):
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
        for match in rule.matches:  # noqa: SIM110 - a generator would take as long again
            if not match.holds(self.sight, self.mark):
                return False
        return True

    def _resolved(self, rule: Rule, within: NftFragment) -> tuple[Target | None, NftFragment]:
        """What a rule does with a packet that fits, after it was looked up or chosen by chance."""
        target = rule.target
        if isinstance(target, Vmap):
            found = self.kernel.rules.lookup(target.name, target.key(self.sight, ANY))
            if found is None:
                return None, within
            self.matched += (rule, found[0])
            return found[0].target, found[1]
        self.matched.append(rule)
        if isinstance(target, Numgen):
            return Go(target.chains[self.kernel.pick(len(target.chains))], back=False), within
        return target, within
