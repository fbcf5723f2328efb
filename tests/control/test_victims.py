"""Which Pods go first when a ReplicaSet shrinks."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from control_scenes import pod
from hypothesis import given
from hypothesis import strategies as st

from kdisco.control.victims import deletion_cost, ready_since, victims
from kdisco.model.pod import Container, ContainerStatus

NOW = 1767225600.0 + 3600
COST = "controller.kubernetes.io/pod-deletion-cost"


def at(ago: float) -> str:
    """A time so many seconds ago."""
    minutes, seconds = divmod(3600 - int(ago), 60)
    return f"2026-01-01T00:{minutes:02}:{seconds:02}Z"


def order(*pods: Any, related: Any = ()) -> str:
    """The names in the order of going."""
    return "".join(each.name for each in victims(list(pods), list(related or pods), NOW))


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"node": ""}, {"node": "n1"}),
        ({"phase": "Pending"}, {"phase": "Unknown"}),
        ({"phase": "Unknown"}, {"phase": "Running"}),
        ({"ready": False}, {"ready": True}),
        ({"annotations": {COST: "-5"}}, {}),
        ({}, {"annotations": {COST: "5"}}),
        ({"annotations": {COST: "9"}}, {"annotations": {COST: "10"}}),
        ({"since": at(10)}, {"since": at(100)}),
        ({"creationTimestamp": at(10)}, {"creationTimestamp": at(100)}),
    ],
)
def test_what_is_least_missed_goes_first(first: dict[str, Any], then: dict[str, Any]) -> None:
    one, other = pod("a", **{"node": "n1", **first}), pod("b", **{"node": "n1", **then})
    assert order(one, other) == order(other, one) == "ab"
    swapped = pod("b", **{"node": "n1", **first}), pod("a", **{"node": "n1", **then})
    assert order(*swapped) == "ba"


def test_earlier_rules_outweigh_later_ones() -> None:
    assert order(pod("a", "", "n1", since=at(10)), pod("b", "", "n1", ready=False, annotations={COST: "99"})) == "ba"
    assert order(pod("a", node="", annotations={COST: "99"}), pod("b", "", "n1", phase="Pending")) == "ab"


def test_the_fuller_node_gives_first() -> None:
    pods = [pod("a", "", "n1"), pod("b", "", "n2"), pod("c", "", "n2")]
    assert order(*pods) in ("bca", "cba")
    assert order(pods[0], pods[1], related=[*pods[:2], pod("x", "", "n1"), pod("y", "", "n1")]) == "ab"


def test_ages_are_compared_by_powers_of_two_and_within_one_by_uid() -> None:
    older, younger = pod("a", "", "n1", since=at(60)), pod("b", "", "n1", since=at(50))
    assert order(older, younger) == "ab"  # both between 34 and 69 seconds: the uid decides
    assert order(older, pod("b", "", "n1", since=at(30))) == "ba"


def test_more_restarts_of_one_container_go_first() -> None:
    def restarted(name: str, *counts: int) -> Any:
        made = pod(name, "", "n1")
        statuses = tuple(ContainerStatus(name=f"c{i}", restart_count=count) for i, count in enumerate(counts))
        return evolve(made, status=evolve(made.status, container_statuses=statuses))

    assert order(restarted("a", 2, 2), restarted("b", 3, 0)) == "ba"


@pytest.mark.parametrize(("policy", "expected"), [("Always", "ba"), (None, "ab")])
def test_where_containers_restarted_as_often_sidecars_decide(policy: str | None, expected: str) -> None:
    def beside(name: str, count: int) -> Any:
        made = pod(name, "", "n1")
        helper, status = Container(name="h", restart_policy=policy), ContainerStatus(name="h", restart_count=count)
        spec = evolve(made.spec, init_containers=(helper,))
        return evolve(made, spec=spec, status=evolve(made.status, init_container_statuses=(status,)))

    assert order(beside("a", 1), beside("b", 2)) == expected


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("7", 7), ("-7", -7), ("0", 0), ("-07", -7), ("+7", 0), ("007", 0), ("--5", 0), ("", 0), ("x", 0), ("²", 0),
        ("2147483647", 2147483647), ("2147483648", 0), ("-2147483648", -2147483648), ("-2147483649", 0),
    ],
)  # fmt: skip
def test_a_cost_is_an_int32_as_go_reads_it(text: str, cost: int) -> None:
    assert deletion_cost(pod("a", annotations={COST: text})) == cost


@pytest.mark.parametrize(
    ("more", "moment"),
    [
        ({"since": "2026-01-01T00:00:00Z"}, 1767225600.0),
        ({"since": None}, None),
        ({"since": "2026-01-01T00:00:00Z", "ready": False}, None),
    ],
)
def test_since_when_a_pod_is_ready(more: dict[str, Any], moment: float | None) -> None:
    assert ready_since(pod("a", **more)) == moment


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 3000), st.integers(0, 2)), max_size=12))
def test_the_order_loses_nobody_and_puts_the_unready_first(rows: list[tuple[bool, int, int]]) -> None:
    pods = [pod(f"p{i}", "", f"n{node}", ready=ready, since=at(ago)) for i, (ready, ago, node) in enumerate(rows)]
    found = victims(pods, pods, NOW)
    assert sorted(each.name for each in found) == sorted(each.name for each in pods)
    assert [each.ready for each in found] == sorted(each.ready for each in pods)
