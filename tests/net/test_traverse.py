"""One packet's way: what the indexed search finds, visits and counts is what a plain walk through all rules does."""

from __future__ import annotations

from functools import partial
from itertools import count, product
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from proxy_scenes import FLAGS, PACKETS, clusters, manifests

from kdisco.net.fates import ruleset
from kdisco.net.iptables import BUILT_IN
from kdisco.net.match import Sight
from kdisco.net.nft_base import BASES
from kdisco.net.nft_rule import Element, NftRule
from kdisco.net.nft_ruleset import NftRuleset
from kdisco.net.nft_target import Go, Numgen, Vmap
from kdisco.net.nft_traverse import NftTraverse
from kdisco.net.packet import number
from kdisco.net.proxy import ANY
from kdisco.net.ruleset import Ruleset
from kdisco.net.target import Jump, SetMark, Verdict
from kdisco.net.traverse import Traverse, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kdisco.net.rule import Place, Rule
    from kdisco.net.target import Target
    from kdisco.store.state import State

SIGHTS = st.builds(
    lambda packet, ours, here, states, lists: Sight(
        number(packet[0]), number(packet[1]), packet[3], packet[2], ours, here, frozenset(states),
        lambda name, _: lists and name[-1] in "ABCDEFGH23",
    ),
    PACKETS,
    st.booleans(),
    st.booleans(),
    st.sampled_from((("NEW",), ("NEW", "DNAT"), ("ESTABLISHED",), ("INVALID",))),
    st.booleans(),
)
MARKS = st.sampled_from((0, 0x4000, 0x8001))


def picked(dice: Iterator[int], among: int) -> int:
    return next(dice) % among


def happens(dice: Iterator[int], among: int) -> bool:
    return picked(dice, among) == 0


class Plain:
    """All rules of a table gone through one by one, as nobody would who has many of them."""

    def __init__(self, chains: dict[Place, tuple[Rule, ...]], seen: Sight, mark: int, dice: Iterator[int]) -> None:
        self.chains, self.seen, self.mark, self.dice = chains, seen, mark, dice
        self.visited = 0
        self.matched: list[tuple[Rule, int]] = []

    def end(self, place: Place) -> Target | None:
        """What decided."""
        for at, rule in enumerate(self.chains.get(place, ())):
            self.visited += 1
            if not all(self.holds(match) for match in rule.matches):
                continue
            self.matched.append((rule, at))
            if isinstance(rule.target, SetMark):
                self.mark = rule.target.on(self.mark)
            elif isinstance(rule.target, Jump):
                end = self.end((place[0], rule.target.chain))
                if end is not None:
                    return end
            elif rule.target == Verdict("RETURN"):
                return None
            elif rule.target is not None:
                return rule.target
        return None

    def holds(self, match: Any) -> bool:
        """Whether a match holds; of one in n the dice decide."""
        fits = match.holds(self.seen, self.mark)
        return next(self.dice) % fits == 0 if fits > 1 else bool(fits)


PASSING = st.lists(st.tuples(SIGHTS, st.integers(0, 11)), min_size=1, max_size=4)  # packets, and how their dice lie


@given(clusters(), FLAGS, PASSING, MARKS)
def test_iptables(
    build: Callable[..., State], services: Any, flags: dict[str, Any], passing: list[tuple[Sight, int]], mark: int
) -> None:
    rules = ruleset(build(manifests(services), **flags), "alder")
    assert isinstance(rules, Ruleset)
    chains = dict(rules.chains())
    built_in = [(table, chain) for table in ("filter", "nat") for chain in BUILT_IN[table]]
    for seen, first in (*passing, *passing):  # whoever comes again is known by then
        for table, chain in built_in:
            ours, theirs = count(first), count(first)
            way = Traverse(rules, partial(happens, ours)).through(table, chain, seen, mark)
            plain = Plain(chains, seen, mark, theirs)
            end = plain.end((table, chain))
            assert (way.end, way.mark, way.visited) == (end, plain.mark, plain.visited)
            assert list(zip(way.matched, way.positions, strict=True)) == plain.matched
            assert next(ours) == next(theirs)


class PlainTable:
    """All items of a table of nftables gone through one by one."""

    def __init__(self, rules: NftRuleset, seen: Sight, mark: int, dice: Iterator[int]) -> None:
        self.seen, self.mark, self.dice, self.visited = seen, mark, dice, 0
        self.chains: dict[str, list[NftRule]] = {}
        self.elements: dict[tuple[str, object], Element] = {}
        for item in (*rules.base, *rules.items()):
            if isinstance(item, NftRule):
                self.chains.setdefault(item.chain, []).append(item)
            elif isinstance(item, Element):
                self.elements[item.chain, item.entry] = item

    def end(self, chain: str) -> Target | None:
        """What decided."""
        for rule in self.chains.get(chain, ()):
            self.visited += 1
            if not all(match.holds(self.seen, self.mark) for match in rule.matches):
                continue
            target = rule.target
            if isinstance(target, Vmap):
                element = self.elements.get((target.name, target.key(self.seen, ANY)))
                target = element.target if element else None
            elif isinstance(target, Numgen):
                target = Go(target.chains[next(self.dice) % len(target.chains)], back=False)
            if isinstance(target, SetMark):
                self.mark = target.on(self.mark)
            elif isinstance(target, Go):
                end = self.end(target.chain)
                if end is not None or not target.back:
                    return end
            elif isinstance(target, Verdict) and target.word == "RETURN":
                return None
            elif target is not None:
                return target
        return None


@given(clusters(), FLAGS, PASSING, MARKS)
def test_nftables(
    build: Callable[..., State], services: Any, flags: dict[str, Any], passing: list[tuple[Sight, int]], mark: int
) -> None:
    rules = ruleset(build(manifests(services), mode="nftables", **flags), "alder")
    assert isinstance(rules, NftRuleset)
    for (seen, first), (stage, hook) in product((*passing, *passing), BASES):
        name = BASES[stage, hook][0]
        ours, theirs = count(first), count(first)
        way = NftTraverse(rules, partial(picked, ours)).through(stage, hook, seen, mark)
        plain = PlainTable(rules, seen, mark, theirs)
        assert (way.end, way.mark, way.visited) == (plain.end(name), plain.mark, plain.visited)
        assert next(ours) == next(theirs)


def test_a_way_says_how_it_ended() -> None:
    assert [Way(end=end).verdict for end in (None, Verdict("DROP"), Jump("X"))] == ["", "DROP", ""]
