"""Connections over three endpoints: their numbers lie where a binomial distribution has them."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from kdisco.net.dice import Dice
from kdisco.net.fates import judge, ruleset
from kdisco.net.match import Sight
from kdisco.net.packet import number
from kdisco.net.target import Dnat
from kdisco.net.walk import send

if TYPE_CHECKING:
    from kdisco.store.state import State

TIMES, REAL = 10_000, 1_000
ENDS = ["10.61.0.5:8080", "10.61.1.5:8080", "10.61.1.6:8080"]


def within_bounds(found: Counter[str], times: int) -> bool:
    """Whether no number is further away than four standard deviations: one run in 5,000 would be."""
    bound = 4 * math.sqrt(times * 1 / 3 * 2 / 3)
    return sorted(found) == ENDS and all(abs(count - times / 3) < bound for count in found.values())


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_rules_choose_evenly(shop: State, mode: str, seed: int) -> None:
    config = evolve(shop.config, seed=seed, proxy=evolve(shop.config.proxy, mode=mode))
    state = evolve(shop, config=config)
    kernel = judge(ruleset(state, "alder"), Dice(state))
    seen = Sight(number("10.61.0.50"), number("10.111.4.20"), "tcp", 80, source_local=False, destination_local=False)
    ends = [kernel.through("nat", "PREROUTING", seen).end for _ in range(TIMES)]
    assert within_bounds(Counter(end.to for end in ends if isinstance(end, Dnat)), TIMES)


def test_connections_that_are_really_made_fall_evenly(shop: State) -> None:
    found: Counter[str] = Counter()
    state = shop
    for _ in range(REAL):
        after, trace = send(state, "pod/shop/client", "10.111.4.20", 80)
        assert trace.endpoint
        found[trace.endpoint] += 1
        state = evolve(state, draws=after.draws)
    assert within_bounds(found, REAL)
