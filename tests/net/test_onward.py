"""What comes after nat: found out once for packets that look alike, and the same as if it were found out each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.net import ground as grounds
from kdisco.net.dice import Dice
from kdisco.net.fates import judge, ruleset
from kdisco.net.ground import ground
from kdisco.net.kernel import KNOWN, NEW
from kdisco.net.match import Sight
from kdisco.net.onward import Settled
from kdisco.net.packet import number
from kdisco.net.walk import send

if TYPE_CHECKING:
    from kdisco.store.state import State

CLIENT, WEB, FAR = "pod/shop/client", "10.111.4.20", "10.61.1.5"
SOURCES = (CLIENT, "pod/shop/web-1", "node/alder", "198.51.100.7")
TARGETS = ((WEB, 80, "tcp"), (FAR, 8080, "tcp"), (FAR, 9999, "udp"), ("192.0.2.11", 30080, "tcp"), (WEB, 0, "icmp"))


def settled(port: int = 8080, *, new: bool = True, node: str = "alder", to: str = FAR) -> Settled:
    return Settled(
        node, "10.61.0.50", to, port, "tcp", 0, NEW if new else KNOWN,
        started=False, new=new, taken=None, served=False, size=60,
    )  # fmt: skip


def test_packets_that_look_alike_share_one_answer(shop: State) -> None:
    found = ground(shop)
    first = found.onward(settled())
    assert (str(first.route), first.verdict) == ("10.61.1.0/24 via 10.61.1.0 dev flannel.1 onlink", "")
    assert found.onward(settled()) is first
    assert found.onward(settled(8081)) is not first  # a NetworkPolicy may tell ports apart
    assert found.onward(settled(node="birch")).route != first.route


def test_an_answer_is_not_masked_and_no_nat_rule_asked(shop: State) -> None:
    tables = {table for table, *_ in ground(shop).onward(settled(new=False)).met}
    assert tables == {"mangle", "filter"}
    assert {table for table, *_ in ground(shop).onward(settled()).met} == {"mangle", "filter", "nat"}


def test_a_kernel_without_a_route_says_so(shop: State) -> None:
    found = ground(shop).onward(settled(to="fd00::5"))
    assert (found.verdict, found.route, found.met) == ("UNREACHABLE", None, ())
    assert [str(why) for _, _, why, *_ in found.said] == ["no route to fd00::5"]


def test_what_is_left_to_chance_has_no_place_there(shop: State) -> None:
    rules = judge(ruleset(shop, "alder"))
    seen = Sight(1, number(WEB), "tcp", 80, source_local=False, destination_local=False)
    with pytest.raises(RuntimeError, match=r"^one way in 3 is taken where nothing was to be left to chance$"):
        rules.through("nat", "PREROUTING", seen)
    assert judge(ruleset(shop, "alder"), Dice(shop)).through("nat", "PREROUTING", seen).end is not None


@given(st.lists(st.tuples(st.sampled_from(SOURCES), st.sampled_from(TARGETS), st.sampled_from([None, 40000, 40001]))))
def test_whoever_went_before_makes_no_difference(
    shop: State, flows: list[tuple[str, tuple[str, int, str], int | None]]
) -> None:
    warm = cold = shop
    for source, (to, port, protocol), flow in flows:
        grounds._GROUNDS._kept.clear()
        cold, alone = send(cold, source, to, port, protocol, flow)
        warm, after_others = send(warm, source, to, port, protocol, flow)
        assert (alone, alone.hops, alone.reply) == (after_others, after_others.hops, after_others.reply)
    assert warm == cold
