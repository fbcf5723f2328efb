"""Whose a Pod is, and since when it is available."""

from __future__ import annotations

import pytest
from attrs import evolve
from control_scenes import context_of, pod, view_of
from set_scenes import member, stateful, stored

from kdisco.control.owned_pods import available_at, behind, is_available, keys_of_pods, until_available
from kdisco.model.meta import seconds

READY = "2026-01-01T00:00:10Z"
AT = seconds(READY)
KEYS = keys_of_pods("StatefulSet", "statefulsets")


def test_a_pod_concerns_its_owner_and_one_without_whoever_selects_it() -> None:
    owner = stored(stateful())
    view = view_of(owner, stored(stateful(name="other")))
    assert list(KEYS(view, member(owner, "web-0"))) == [("default", "web")]
    assert list(KEYS(view, pod("x"))) == [("default", "other"), ("default", "web")]
    assert list(KEYS(view, pod("x", labels={"app": "b"}))) == []
    assert list(keys_of_pods("DaemonSet", "daemonsets")(view, member(owner, "web-0"))) == []


@pytest.mark.parametrize(
    ("ready", "since", "minimum", "at"),
    [(True, READY, 5, AT + 5), (True, READY, 0, 0.0), (False, READY, 0, None), (True, None, 5, None)],
)
def test_a_pod_is_available_once_it_has_been_ready_for_long_enough(
    ready: bool, since: str | None, minimum: int, at: float | None  # noqa: FBT001 - a row of the table
) -> None:
    assert available_at(pod("p", ready=ready, since=since), minimum) == at


def test_there_is_something_to_wait_for_until_then() -> None:
    waiting = pod("p", since=READY)
    assert not is_available(waiting, 5, AT + 5)
    assert is_available(waiting, 5, AT + 5.1)
    assert until_available([waiting], 5, AT + 2) == pytest.approx(3.001)
    assert until_available([waiting], 5, AT + 6) is None
    assert until_available([waiting], 0, AT) is None
    assert until_available([pod("p", ready=False)], 5, AT) is None


def test_what_was_just_done_is_waited_for() -> None:
    owner = stored(stateful())
    seen = context_of(owner, member(owner, "web-0"))
    assert not behind(seen, owner)
    assert behind(evolve(seen, stored=view_of(owner)), owner)
    going = member(owner, "web-0", deletionTimestamp=READY)
    assert behind(evolve(seen, stored=view_of(owner, going)), owner)
