"""Round robin, exact, and who stays with whom."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from kdisco.net.backends import Backend
from kdisco.net.ipvs import VirtualServer
from kdisco.net.ipvs_schedule import Schedule


def end(number: int) -> Backend:
    ip = f"10.61.0.{number}"
    return Backend(ip, 80, f"{ip}:80", local=True, ready=True, draining=False, zones=(), nodes=())


def server(*numbers: int, persistent: int | None = None) -> VirtualServer:
    ends = sorted(map(end, numbers), key=lambda each: each.target)
    return VirtualServer(protocol="tcp", address="10.111.4.20", port=80, real=tuple(ends), persistent=persistent)


def turns(schedule: Schedule, at: VirtualServer, many: int, now: float = 0.0) -> tuple[Schedule, list[str]]:
    """That many new connections, each of another client."""
    found = []
    for client in range(many):
        schedule, chosen = schedule.chosen(at, f"198.51.100.{client}", now)
        assert chosen is not None
        found.append(chosen.address)
    return schedule, found


@given(st.integers(1, 30), st.integers(0, 200), st.integers(0, 40))
def test_any_connections_over_any_real_servers_differ_by_one_at_most(ends: int, many: int, before: int) -> None:
    schedule, _ = turns(Schedule(), server(*range(1, ends + 1)), before)
    _, found = turns(schedule, server(*range(1, ends + 1)), many)
    counted = Counter(found)
    shares = [counted[f"10.61.0.{number}"] for number in range(1, ends + 1)]
    assert sum(shares) == many
    assert max(shares) - min(shares) <= 1


def test_each_virtual_server_has_its_own_turns() -> None:
    one, other = server(1, 2), VirtualServer(protocol="udp", address="10.111.4.20", port=80, real=(end(1), end(2)))
    schedule, first = turns(Schedule(), one, 1)
    schedule, second = turns(schedule, other, 1)
    _, third = turns(schedule, one, 1)
    assert (first, second, third) == (["10.61.0.1"], ["10.61.0.1"], ["10.61.0.2"])


@given(st.sets(st.integers(1, 9), min_size=1), st.sets(st.integers(1, 9), min_size=1))
def test_the_next_turn_is_of_the_one_behind_the_last_whoever_has_come_or_gone(old: set[int], new: set[int]) -> None:
    schedule, found = turns(Schedule(), server(*old), 5)
    last = int(found[-1].rpartition(".")[2])
    _, (following,) = turns(schedule, server(*new), 1)
    assert following == f"10.61.0.{min((each for each in new if each > last), default=min(new))}"


def test_without_a_real_server_nothing_is_remembered() -> None:
    schedule = Schedule()
    assert schedule.chosen(server(), "198.51.100.7", 0.0) == (schedule, None)


def test_a_client_stays_until_it_has_been_away_for_too_long() -> None:
    at = server(1, 2, 3, persistent=100)
    seen, schedule = [], Schedule()
    for now in (0.0, 100.0, 200.0, 300.5):  # each new connection starts the time again
        schedule, chosen = schedule.chosen(at, "198.51.100.7", now)
        assert chosen is not None
        seen.append(chosen.address)
    assert seen == ["10.61.0.1", "10.61.0.1", "10.61.0.1", "10.61.0.2"]


def test_who_stays_takes_nobody_s_turn() -> None:
    at = server(1, 2, 3, persistent=100)
    schedule, _ = turns(Schedule(), at, 1)
    schedule, again = turns(schedule, at, 1)
    _, others = turns(schedule, at, 3)
    assert again == ["10.61.0.1"]
    assert others == ["10.61.0.1", "10.61.0.2", "10.61.0.3"]


def test_a_real_server_that_is_gone_keeps_no_client_even_if_it_comes_back() -> None:
    schedule, first = turns(Schedule(), server(1, 2, persistent=100), 1)
    schedule, second = turns(schedule, server(2, persistent=100), 1)
    _, third = turns(schedule, server(1, 2, persistent=100), 1)
    assert (first, second, third) == (["10.61.0.1"], ["10.61.0.2"], ["10.61.0.2"])
