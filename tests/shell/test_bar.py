"""The progress bar: only for work that takes more than a moment, gone when it is over."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from kdisco.shell.bar import PATIENCE, bar

if TYPE_CHECKING:
    from collections.abc import Callable


def clock(*times: float) -> Callable[[], float]:
    """A clock that tells these times one after the other, then the last one."""
    told = list(times)
    return lambda: told.pop(0) if len(told) > 1 else told[0]


def test_short_work_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with bar("settle", clock=clock(0.0, PATIENCE / 2)) as count:
        for _ in range(5):
            count(1)
    assert capfd.readouterr() == ("", "")


def test_long_work_shows_how_far_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    with bar("check", 10, clock=clock(0.0, 0.5, PATIENCE + 1)) as count:
        for _ in range(6):
            count(1)
    told = capfd.readouterr().err
    assert "check" in told
    assert "/10" in told


def test_an_interrupt_takes_it_away(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        with bar("settle", clock=clock(0.0, PATIENCE + 1)) as count:
            count(1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    told = capfd.readouterr().err
    assert "settle" in told
    assert not told.split("\r")[-2].strip()  # written over with spaces


def test_the_library_is_loaded_for_those_who_wait_only() -> None:
    code = "import sys; from kdisco import Cluster; Cluster(nodes=1); "
    code += "print(sorted({'tqdm', 'matplotlib'} & {*sys.modules}))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
