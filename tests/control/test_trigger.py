"""When the change happened that is being told."""

from __future__ import annotations

import pytest
from control_scenes import pod, service

from kdisco.control.trigger import TRIGGER, marked, trigger_time
from kdisco.model.frozen import FrozenMap

EARLY, LATE = "2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"
FRONT = service(meta={"creationTimestamp": "2026-01-01T00:00:00Z"})


@pytest.mark.parametrize(
    ("listed", "time"),
    [
        (None, "2026-01-01T00:00:00Z"),
        ({}, EARLY),
        ({"a": ("p-a", True)}, LATE),
        ({"a": ("p-a", True), "b": ("p-b", True)}, ""),
        ({"a": ("p-a", True), "b": ("p-b", False)}, LATE),
        ({"a": ("former", True), "b": ("p-b", True)}, EARLY),
        ({"a": ("p-a", True), "b": ("p-b", True), "gone": ("p-gone", True)}, ""),
    ],
)
def test_the_first_pod_that_turned_since_counts(listed: dict[str, tuple[str, bool]] | None, time: str) -> None:
    assert trigger_time(FRONT, listed, [pod("a", since=EARLY), pod("b", since=LATE)]) == time


def test_a_pod_of_which_no_time_is_known_does_not_count() -> None:
    assert trigger_time(FRONT, {}, [pod("a")]) == ""


def test_without_a_time_nothing_is_said_of_it() -> None:
    assert marked(FrozenMap({"x": "y"}), EARLY) == {"x": "y", TRIGGER: EARLY}
    assert marked(FrozenMap({"x": "y", TRIGGER: EARLY}), "") == {"x": "y"}
