"""A progress bar for work that takes more than a moment: tqdm's, in a terminal as in a notebook."""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kdisco.meter import Count

__all__ = ["PATIENCE", "bar"]

PATIENCE = 1.0  # seconds after which somebody wants to know


@contextmanager
def bar(task: str, total: int | None = None, *, clock: Callable[[], float] = monotonic) -> Iterator[Count]:
    """A bar that appears when the work has taken a second, and goes when it is over or interrupted."""
    began, done = clock(), 0
    shown: Any = None

    def count(more: int) -> None:
        nonlocal done, shown
        done += more
        if shown is not None:
            shown.update(more)
        elif clock() - began > PATIENCE:
            from tqdm.auto import tqdm  # noqa: PLC0415 - a tenth of a second, for those who wait anyway

            tqdm.monitor_interval = 0  # no thread that watches bars
            shown = tqdm(desc=task, total=total, initial=done, leave=False)

    try:
        yield count
    finally:
        if shown is not None:
            shown.close()
