"""The table of a node, looked into by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kdisco.net.fates import fates, ruleset
from kdisco.net.nft_ruleset import NftRuleset
from kdisco.net.packet import number
from kdisco.net.proxy import ANY

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

VIP = ["198.18.5.5"]


def table(state: State) -> NftRuleset:
    rules = ruleset(state, "alder")
    assert isinstance(rules, NftRuleset)
    return rules


def two(build: Callable[..., State], doc: dict[str, Any]) -> State:
    """Two Services that claim one external address and port."""
    text = doc["node"]("alder", "192.0.2.11")
    for at, name in enumerate(("a", "b"), 1):
        text += doc["service"](name, f"10.111.0.{at}", {"port": 80, "protocol": "TCP"}, externalIPs=VIP)
        text += doc["endpoints"](name, 8080, f"10.61.0.{at}")
    return build(text, mode="nftables")


def test_the_later_of_two_claims_holds(build: Callable[..., State], doc: dict[str, Any]) -> None:
    state = two(build, doc)
    found = table(state).lookup("service-ips", (number("198.18.5.5"), "tcp", 80))
    assert found is not None
    assert "shop/b/tcp/" in found[0].restored()
    assert {fate.endpoint for fate in fates(state, "alder", "10.61.0.50", "198.18.5.5", 80)} == {"10.61.0.2:8080"}


def test_what_nobody_claims(build: Callable[..., State], doc: dict[str, Any]) -> None:
    rules = table(two(build, doc))
    assert rules.lookup("service-nodeports", (ANY, "tcp", 80)) is None
    assert rules.lookup("firewall-ips", (number("198.18.5.5"), "tcp", 80)) is None
    assert rules.front.cluster_ips == {number("10.111.0.1"), number("10.111.0.2")}


def test_sources_that_the_rules_treat_alike_are_kin(build: Callable[..., State], doc: dict[str, Any]) -> None:
    rules = table(two(build, doc))

    def kin(source: str) -> object:
        return rules.kin(number(source), number("10.111.0.1"), "tcp", 80)

    assert kin("10.61.0.50") == kin("10.61.3.4")
    assert len({kin("10.61.0.50"), kin("10.61.0.1"), kin("203.0.113.1")}) == 3


def test_what_does_not_change_is_made_once(build: Callable[..., State], doc: dict[str, Any]) -> None:
    state = two(build, doc)
    rules = table(state)
    assert table(state) is rules
    first, second = rules.front.services
    assert rules.items_of(first) is rules.items_of(first)
    assert {name.split("/")[1] for name in rules.fragment(second).chains} == {"b"}
