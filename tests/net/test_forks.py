"""Ways that are remembered: by whom they were gone, how the dice fell, and not where time decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.net import forks
from kdisco.net.forks import Forks
from kdisco.net.match import Sight
from kdisco.net.proxy import front_ends
from kdisco.net.traverse import Way

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from kdisco.store.state import State

SEEN = Sight(source=1, destination=2, protocol="tcp", dport=80, source_local=False, destination_local=False)


class Walked:
    """Rules that throw dice one after the other, and tell how often somebody went through them."""

    def __init__(self, *among: int, fixed: bool = True) -> None:
        self.among, self.fixed, self.times = among, fixed, 0

    def __call__(
        self, _table: str, _chain: str, _seen: Sight, mark: int, throw: Callable[[int], int]
    ) -> tuple[Way, bool]:
        """A way that says how the dice fell."""
        self.times += 1
        return Way(mark, visited=sum(throw(many) * 10**at for at, many in enumerate(self.among))), self.fixed


def gone(known: Forks, walk: Walked, *faces: int, seen: Sight = SEEN) -> tuple[int, int]:
    """Which way a packet goes, and how many of the dice it throws."""
    left = list(faces)
    way = known.way("nat", "OUTPUT", seen, 0, lambda _: left.pop(0), walk)
    return way.visited, len(faces) - len(left)


def test_each_fall_of_the_dice_is_walked_once_and_thrown_every_time() -> None:
    known, walk = Forks(), Walked(3, 2)
    assert [gone(known, walk, *faces) for faces in ((0, 1), (2, 1), (0, 0))] == [(10, 2), (12, 2), (0, 2)]
    assert walk.times == 3
    assert [gone(known, walk, *faces) for faces in ((2, 1), (0, 0), (0, 1))] == [(12, 2), (0, 2), (10, 2)]
    assert walk.times == 3


def test_where_time_decides_the_rules_are_asked_again() -> None:
    known, walk = Forks(), Walked(fixed=False)
    assert [gone(known, walk), gone(known, walk)] == [(0, 0)] * 2
    assert walk.times == 2


def test_a_port_that_is_no_services_tells_no_packets_apart(shop: State) -> None:
    walk = Walked()
    known, anyone = Forks(front_ends(shop.view, 4)), Forks()
    for port in range(40000, 40010):
        seen = Sight(1, 2, "tcp", port, source_local=False, destination_local=False)
        gone(known, walk, seen=seen)
    assert walk.times == 1
    for port in (40000, 40001):
        gone(anyone, walk, seen=Sight(1, 2, "tcp", port, source_local=False, destination_local=False))
    assert walk.times == 3


def test_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "MOST", 2)
    known, walk = Forks(), Walked()
    for ip in (1, 2, 3, 3):
        gone(known, walk, seen=Sight(1, ip, "tcp", 80, source_local=False, destination_local=False))
    assert walk.times == 3
    gone(known, walk, seen=Sight(1, 1, "tcp", 80, source_local=False, destination_local=False))
    assert walk.times == 4
