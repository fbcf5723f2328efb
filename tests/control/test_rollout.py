"""The arithmetic of a rolling update."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import made
from hypothesis import given
from hypothesis import strategies as st

from kdisco.control.rollout import Limits, count, limits, new_replicas, old_replicas, proportional
from kdisco.model.workload import DeploymentSpec


def spec(
    replicas: int, surge: int | str = 1, unavailable: int | str = 0, kind: str = "RollingUpdate"
) -> DeploymentSpec:
    """A Deployment's spec with these limits."""
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    strategy = {"type": kind} | ({"rollingUpdate": rolling} if kind == "RollingUpdate" else {})
    found: DeploymentSpec = made("Deployment", "web", {"replicas": replicas, "strategy": strategy}).spec
    return found


def sized(name: str, replicas: int, available: int = 0, born: int = 0) -> Any:
    """A ReplicaSet of that size, of which so many Pods are available."""
    status = {"availableReplicas": available}
    time = f"2026-01-01T00:00:{born:02}Z"
    return made("ReplicaSet", name, {"replicas": replicas}, status=status, creationTimestamp=time)


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        (4, "25%", "25%", Limits(1, 1)),
        (10, "25%", "25%", Limits(3, 2)),
        (3, "25%", "25%", Limits(1, 0)),
        (1, "25%", "25%", Limits(1, 0)),
        (4, 0, 1, Limits(0, 1)),
        (3, 0, "10%", Limits(0, 1)),
        (3, "0%", "0%", Limits(0, 1)),
        (4, "100%", "100%", Limits(4, 4)),
        (2, 5, 5, Limits(5, 2)),
        (0, "25%", "25%", Limits(0, 0)),
        (5, "nonsense", 1, Limits(0, 1)),
    ],
)
def test_limits(replicas: int, surge: int | str, unavailable: int | str, expected: Limits) -> None:
    assert limits(spec(replicas, surge, unavailable)) == expected


def test_recreate_has_no_surge() -> None:
    assert limits(spec(4, kind="Recreate")) == Limits(0, 0)


@pytest.mark.parametrize(
    ("replicas", "surge", "new", "old", "size"),
    [
        (4, 1, 0, 4, 1),
        (4, 1, 1, 3, 2),
        (4, 1, 2, 3, 2),
        (4, 1, 2, 1, 4),
        (4, 0, 0, 4, 0),
        (4, 1, 6, 0, 4),
        (10, 3, 0, 10, 3),
    ],
)
def test_the_new_replica_set_grows_into_the_room_that_there_is(
    replicas: int, surge: int, new: int, old: int, size: int
) -> None:
    assert new_replicas(spec(replicas, surge, 1), [sized("new", new), sized("old", old)], new) == size


@pytest.mark.parametrize(
    ("replicas", "unavailable", "new", "old", "after"),
    [
        (4, 1, (1, 0), [(4, 4)], [3]),
        (4, 1, (2, 2), [(3, 3)], [1]),
        (4, 0, (1, 0), [(4, 4)], [4]),
        (4, 0, (1, 1), [(4, 4)], [3]),
        (10, 2, (3, 0), [(10, 10)], [8]),
        (4, 1, (1, 0), [(2, 2), (2, 2)], [1, 2]),
        (10, 2, (5, 0), [(8, 4)], [8]),  # the new Pods that are not available count as missing
        (10, 2, (0, 0), [(8, 8), (5, 0)], [8, 0]),  # unhealthy Pods of an abandoned rollout go first
        (10, 2, (8, 7), [(5, 0)], [1]),
        (4, 1, (3, 2), [(2, 3)], [2]),  # a status that is behind the spec allows nothing
        (0, 0, (0, 0), [(3, 3)], [0]),
    ],
)
def test_old_replica_sets_shrink_as_availability_allows(
    replicas: int, unavailable: int, new: tuple[int, int], old: list[tuple[int, int]], after: list[int]
) -> None:
    olds = [sized(f"old{i}", *each, born=i) for i, each in enumerate(old)]
    smaller = {each.name: size for each, size in old_replicas(spec(replicas, 3, unavailable), sized("new", *new), olds)}
    assert [smaller.get(each.name, count(each)) for each in olds] == after


@pytest.mark.parametrize(
    ("wanted", "there", "planned", "after"),
    [
        (10, {"a": 8, "b": 5}, 13, {}),
        (20, {"a": 8, "b": 5}, 13, {"a": 14, "b": 9}),  # 8 * 23/13 = 14.15, 5 * 23/13 = 8.8
        (5, {"a": 8, "b": 5}, 13, {"a": 5, "b": 3}),
        (0, {"a": 8, "b": 5}, 13, {"a": 0, "b": 0}),
        (3, {"a": 4, "b": 4}, 8, {"a": 3, "b": 3}),
        (2, {"a": 3, "b": 3}, 6, {"a": 2}),  # 2.5 is 3: halves go up, and the largest makes up for it
    ],
)
def test_a_change_of_size_is_shared_in_proportion(
    wanted: int, there: dict[str, int], planned: int, after: dict[str, int]
) -> None:
    active = [sized(name, size) for name, size in there.items()]
    found = proportional(spec(wanted, 3, 2), active, dict.fromkeys(there, planned))
    assert {each.name: size for each, size in found if size != count(each)} == after


@given(
    st.integers(0, 40),
    st.integers(1, 5),
    st.lists(st.integers(1, 20), min_size=2, max_size=5),
    st.integers(1, 60),
)
def test_shares_add_up_to_what_is_allowed(wanted: int, surge: int, there: list[int], planned: int) -> None:
    active = [sized(f"s{i}", size, born=i) for i, size in enumerate(there)]
    asked = spec(wanted, surge, 1)
    after = {each.name: count(each) for each in active}
    after |= {each.name: size for each, size in proportional(asked, active, dict.fromkeys(after, planned))}
    assert all(size >= 0 for size in after.values())
    allowed = wanted + surge if wanted else 0
    assert sum(after.values()) == allowed or (sum(after.values()) > allowed and after[_largest(active)] == 0)


def _largest(active: list[Any]) -> str:
    return str(max(active, key=count).name)


@given(st.integers(0, 20), st.integers(0, 6), st.integers(0, 6), st.data())
def test_no_step_leaves_the_limits(wanted: int, surge: int, unavailable: int, data: st.DataObject) -> None:
    asked = spec(wanted, surge, unavailable)
    allowed = limits(asked)
    new = data.draw(st.integers(0, wanted))
    old = data.draw(st.integers(0, max(0, wanted + allowed.surge - new)))
    ready_new, ready_old = data.draw(st.integers(0, new)), data.draw(st.integers(0, old))
    news, olds = sized("new", new, ready_new), sized("old", old, ready_old)
    assert new_replicas(asked, [news, olds], new) + old <= wanted + allowed.surge
    after = {each.name: size for each, size in old_replicas(asked, news, [olds] if old else [])}.get("old", old)
    healthy_after = min(ready_old, after)  # unhealthy Pods are taken first
    assert ready_new + healthy_after >= min(wanted - allowed.unavailable, ready_new + ready_old)
