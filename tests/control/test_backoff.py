"""Back-off: doubled up to five minutes."""

from __future__ import annotations

import pytest

from kdisco.control.backoff import FIRST, MOST, doubled, duration


def test_it_doubles_from_ten_seconds_to_five_minutes() -> None:
    waits = [FIRST]
    for _ in range(6):
        waits.append(doubled(waits[-1]))
    assert waits == [10, 20, 40, 80, 160, 300, 300]
    assert doubled(FIRST, 0) == FIRST
    assert doubled(FIRST, 1000) == MOST


@pytest.mark.parametrize(("seconds", "text"), [(10, "10s"), (40, "40s"), (80, "1m20s"), (160, "2m40s"), (300, "5m0s")])
def test_as_go_prints_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text
