"""Chains gone through as the kernel does, found without being scanned."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from attrs import evolve

from kdisco.net.fates import ruleset
from kdisco.net.match import Sight
from kdisco.net.netfilter import Netfilter
from kdisco.net.packet import number
from kdisco.net.ruleset import SHARED, Ruleset
from kdisco.net.target import Dnat, Jump, SetMark, Verdict
from kdisco.net.traverse import Traverse

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.net.rule import Place, Rule
    from kdisco.store.state import State


def iptables(state: State, node: str) -> Ruleset:
    """The rules of a node in this mode."""
    rules = ruleset(state, node)
    assert isinstance(rules, Ruleset)
    return rules


def sight(source: str, destination: str, port: int) -> Sight:
    return Sight(number(source), number(destination), "tcp", port, source_local=False, destination_local=False)


def scanned(chains: dict[Place, tuple[Rule, ...]], place: Place, seen: Sight, mark: int) -> tuple[int, object, int]:
    """The same by the slow road, for rules without chance: (rules visited, end, mark)."""
    visited = 0
    for rule in chains.get(place, ()):
        visited += 1
        if not all(match.holds(seen, mark) for match in rule.matches):
            continue
        if isinstance(rule.target, SetMark):
            mark = rule.target.on(mark)
        elif isinstance(rule.target, Jump):
            more, end, mark = scanned(chains, (place[0], rule.target.chain), seen, mark)
            visited += more
            if end is not None:
                return visited, end, mark
        elif isinstance(rule.target, Verdict) and rule.target.word == "RETURN":
            return visited, None, mark
        elif rule.target is not None:
            return visited, rule.target, mark
    return visited, None, mark


def test_shares_are_exact(shop: State) -> None:
    ways = Netfilter(iptables(shop, "alder")).through("nat", "PREROUTING", sight("10.61.0.50", "10.111.4.20", 80))
    assert [way.probability for way in ways] == [Fraction(1, 3)] * 3
    assert [way.end.to for way in ways if isinstance(way.end, Dnat)] == [
        "10.61.0.5:8080",
        "10.61.1.5:8080",
        "10.61.1.6:8080",
    ]
    assert [rule.chain.rpartition("-")[0] for rule in ways[0].matched] == ["", "KUBE", "KUBE-SVC", "KUBE-SEP"]


def test_an_indexed_search_counts_what_a_scan_visits(case: dict[str, Any], state_of: Callable[..., State]) -> None:
    rules = iptables(state_of(case), case["node"])
    chains = dict(rules.chains())
    flows = [flow for flow in case["flows"] if ":" not in flow["from"]]
    for flow in flows:
        seen = sight(flow["from"], flow["to"], flow["port"])
        for table, chain in (("nat", "PREROUTING"), ("filter", "FORWARD"), ("filter", "INPUT"), ("nat", "POSTROUTING")):
            way = Traverse(rules, lambda _: True).through(table, chain, seen, 0x4000)
            assert (way.visited, way.end, way.mark) == scanned(chains, (table, chain), seen, 0x4000)


def test_counts_follow_a_change(shop: State, build: Callable[..., State], doc: dict[str, Any]) -> None:
    rules = iptables(shop, "alder")
    for place in SHARED:
        assert rules.length(place, {}) == len(rules.chains().get(place, ()))
    bigger = doc["endpoints"]("empty", 80, "10.61.0.77")
    slices = build(bigger).tables["endpointslices"].objects.values()
    table = shop.tables["endpointslices"]
    for each in slices:
        table = table.put("endpointslices", each)
    newer = iptables(evolve(shop, tables=shop.tables.merged({"endpointslices": table})), "alder")
    for place in SHARED:
        assert newer.length(place, {}) == len(newer.chains().get(place, ()))
    assert newer.length(("nat", "KUBE-SERVICES"), {}) == rules.length(("nat", "KUBE-SERVICES"), {}) + 1
