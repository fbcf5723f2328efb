"""The nftables table at work: chains gone through as the kernel does, chances exact, dice, affinity in time."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from kdisco.net.dice import Dice
from kdisco.net.fates import Judged, ruleset
from kdisco.net.match import Sight
from kdisco.net.nft_base import BASES
from kdisco.net.nft_kernel import NftKernel
from kdisco.net.nft_rule import Element, NftRule
from kdisco.net.nft_ruleset import NftRuleset
from kdisco.net.nft_target import Go, Numgen, Vmap
from kdisco.net.nft_traverse import NftTraverse
from kdisco.net.packet import number
from kdisco.net.proxy import ANY
from kdisco.net.target import Dnat, SetMark, Verdict
from kdisco.net.walk import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State


def table(state: State, node: str = "alder") -> NftRuleset:
    config = evolve(state.config, proxy=evolve(state.config.proxy, mode="nftables"))
    rules: Judged = ruleset(evolve(state, config=config), node)
    assert isinstance(rules, NftRuleset)
    return rules


def sight(source: str, destination: str, port: int, **more: Any) -> Sight:
    seen: dict[str, Any] = {"source_local": False, "destination_local": False, **more}
    return Sight(number(source), number(destination), "tcp", port, **seen)


class Scan:
    """The same by the slow road: all items of the table gone through one by one. Gives (visited, end, mark)."""

    def __init__(self, rules: NftRuleset, seen: Sight) -> None:
        self.seen = seen
        self.chains: dict[str, list[NftRule]] = {}
        self.elements: dict[tuple[str, object], Element] = {}
        for item in (*rules.base, *rules.items()):
            if isinstance(item, NftRule):
                self.chains.setdefault(item.chain, []).append(item)
            elif isinstance(item, Element):
                self.elements[item.chain, item.entry] = item

    def chain(self, name: str, mark: int) -> tuple[int, object, int, bool]:
        """Whether the caller goes on is the last value: a goto that comes to nothing leaves the caller too."""
        visited = 0
        for rule in self.chains.get(name, ()):
            visited += 1
            if not all(match.holds(self.seen, mark) for match in rule.matches):
                continue
            target = self.resolved(rule.target)
            if isinstance(target, SetMark):
                mark = target.on(mark)
            elif isinstance(target, Go):
                more, end, mark, _ = self.chain(target.chain, mark)
                visited += more
                if end is not None or not target.back:
                    return visited, end, mark, False
            elif isinstance(target, Verdict) and target.word == "RETURN":
                return visited, None, mark, True
            elif target is not None:
                return visited, target, mark, False
        return visited, None, mark, True

    def resolved(self, target: object) -> object:
        """What a map or the first of a choice says; None when a map says nothing."""
        if isinstance(target, Vmap):
            found = self.elements.get((target.name, target.key(self.seen, ANY)))
            return found.target if found else None
        return Go(target.chains[0], back=False) if isinstance(target, Numgen) else target


def test_an_indexed_search_finds_and_counts_what_a_scan_does(
    sample: dict[str, Any], state_of: Callable[..., State]
) -> None:
    rules = table(state_of(sample), sample["node"])
    for flow in sample["flows"]:
        if ":" in flow["from"]:
            continue
        for local in (False, True):
            seen = sight(flow["from"], flow["to"], flow["port"], source_local=local, destination_local=local)
            scan = Scan(rules, seen)
            for (stage, hook), (name, *_) in BASES.items():
                way = NftTraverse(rules, lambda _: 0).through(stage, hook, seen, 0x4000)
                assert (way.visited, way.end, way.mark) == scan.chain(name, 0x4000)[:3]


def test_shares_are_exact_and_what_fitted_is_told(shop: State) -> None:
    ways = NftKernel(table(shop)).through("nat", "PREROUTING", sight("10.61.0.50", "10.111.4.20", 80))
    assert [way.probability for way in ways] == [Fraction(1, 3)] * 3
    ends = [way.end.to for way in ways if isinstance(way.end, Dnat)]
    assert ends == ["10.61.0.5:8080", "10.61.1.5:8080", "10.61.1.6:8080"]
    chains = [rule.chain.partition("-")[0] for rule in ways[0].matched]
    assert chains == ["nat", "services", "service", "service", "endpoint"]
    assert [type(rule) for rule in ways[0].matched].count(Element) == 1


def test_nothing_hangs_on_some_hooks(shop: State) -> None:
    way = NftTraverse(table(shop), lambda _: 0).through("early", "INPUT", sight("10.61.0.50", "10.111.4.20", 80), 5)
    assert (way.end, way.mark, way.visited) == (None, 5, 0)


def test_dice_are_thrown_once_and_fall_evenly(shop: State) -> None:
    rules, dice = table(shop), Dice(shop)
    seen = sight("10.61.0.50", "10.111.4.20", 80)
    kernel = NftTraverse(rules, dice.pick)
    found = [way.end for _ in range(3000) for way in [kernel.through("nat", "OUTPUT", seen)]]
    ends = Counter(end.to for end in found if isinstance(end, Dnat))
    assert dice.draws == shop.draws + 3000
    assert len(ends) == 3
    assert all(abs(count - 1000) < 130 for count in ends.values())  # five times the standard deviation


@pytest.fixture(name="sticky")
def _sticky(build: Callable[..., State], doc: dict[str, Any]) -> State:
    spec = {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}}}
    return build(
        doc["node"]("alder", "192.0.2.11", "10.61.0.0/24")
        + doc["service"]("s", "10.111.0.1", {"port": 80, "protocol": "TCP"}, **spec)
        + doc["endpoints"]("s", 8080, *(f"10.61.0.{at}" for at in range(5, 25)))
        + doc["pod"]("client", "10.61.0.50", "alder")
        + "".join(doc["pod"](f"s-{at}", f"10.61.0.{at}", "alder", 8080) for at in range(5, 25)),
        mode="nftables",
    )


def test_affinity_is_kept_for_its_seconds_and_renewed_by_each_connection(sticky: State) -> None:
    state, trace = send(sticky, "pod/shop/client", "10.111.0.1")
    first = trace.endpoint
    for _ in range(8):
        state, trace = send(evolve(state, now=state.now + 59.5), "pod/shop/client", "10.111.0.1")
        assert (trace.delivered, trace.endpoint) == (True, first)
    later = [evolve(state, now=state.now + 60, draws=at) for at in range(20)]
    found = {send(each, "pod/shop/client", "10.111.0.1")[1].endpoint for each in later}
    assert len(found) > 1  # in the moment when the time is up the element is gone
