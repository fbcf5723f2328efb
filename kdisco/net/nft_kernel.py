"""What the table of nftables decides about a packet: every way it can go, with chances kept exact.

Upstream: Linux net/netfilter/nf_tables_core.c (nft_do_chain).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.net.netfilter import Branch
from kdisco.net.nft_base import BASES
from kdisco.net.nft_ruleset import NOTHING, NftFragment, NftRuleset
from kdisco.net.nft_target import Go, Numgen, Vmap
from kdisco.net.proxy import ANY
from kdisco.net.target import SetMark, Target, Verdict

if TYPE_CHECKING:
    from kdisco.net.match import Sight
    from kdisco.net.rule import Rule

__all__ = ["NftKernel"]

Ways = tuple[list[Branch], list[Branch]]  # what goes on to the next rule, and what leaves the chain


class NftKernel:
    """The table at work, with every way followed."""

    early = True  # whether something hangs on the hooks before nat

    def __init__(self, rules: NftRuleset) -> None:
        self.rules = rules

    def through(self, table: str, chain: str, sight: Sight, mark: int = 0) -> list[Branch]:
        """All ways through what hangs on a hook: ``table`` is ``early`` (before nat), ``nat`` or ``filter``."""
        row = BASES.get((table, chain))
        return self._chain(row[0], sight, Branch(mark), NOTHING) if row else [Branch(mark)]

    def _chain(self, name: str, sight: Sight, start: Branch, within: NftFragment) -> list[Branch]:
        rules = self.rules.shared.get(name) or within.chains.get(name, ())
        live, gone = [start], []
        for rule in rules:
            staying: list[Branch] = []
            for branch in live:
                if not _fits(rule, sight, branch.mark):
                    staying.append(branch)
                    continue
                stays, leaves = self._apply(rule, sight, branch, within)
                staying += stays
                gone += leaves
            live = staying
            if not live:
                return gone
        return gone + live

    def _apply(self, rule: Rule, sight: Sight, branch: Branch, within: NftFragment) -> Ways:
        target = rule.target
        if isinstance(target, Vmap):
            found = self.rules.lookup(target.name, target.key(sight, ANY))
            if found is None:
                return [branch], []
            element, fragment = found
            return self._done(element.target, sight, _hit(branch, rule, element), fragment)
        if isinstance(target, Numgen):
            return [], self._chosen(target, rule, sight, branch, within)
        return self._done(target, sight, _hit(branch, rule), within)

    def _done(self, target: Target | None, sight: Sight, hit: Branch, within: NftFragment) -> Ways:
        """What one statement or verdict makes of a packet."""
        if target is None:
            return [hit], []
        if isinstance(target, SetMark):
            return [_with(hit, mark=target.on(hit.mark))], []
        if isinstance(target, Go):
            ways = self._chain(target.chain, sight, hit, within)
            if not target.back:
                return [], ways
            return [way for way in ways if way.end is None], [way for way in ways if way.end is not None]
        if isinstance(target, Verdict) and target.word == "RETURN":
            return [], [hit]
        return [], [_with(hit, end=target)]

    def _chosen(
        self, target: Numgen, rule: Rule, sight: Sight, branch: Branch, within: NftFragment
    ) -> list[Branch]:
        among = len(target.chains)
        hit = _hit(branch, rule)
        one = Branch(hit.mark, hit.share, hit.of * among, hit.matched)
        return [way for chain in target.chains for way in self._chain(chain, sight, one, within)]


def _fits(rule: Rule, sight: Sight, mark: int) -> bool:
    for match in rule.matches:  # noqa: SIM110 - a generator would take as long again
        if not match.holds(sight, mark):
            return False
    return True


def _hit(branch: Branch, *rules: Rule) -> Branch:
    """A way that has met these rules."""
    return Branch(branch.mark, branch.share, branch.of, (*branch.matched, *rules))


def _with(way: Branch, *, mark: int | None = None, end: Target | None = None) -> Branch:
    return Branch(way.mark if mark is None else mark, way.share, way.of, way.matched, end)
