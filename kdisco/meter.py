"""How far long work has come: it counts here, and who has a screen shows it. Nothing is shown unless somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from kdisco.errors import UsageError

__all__ = ["Count", "Meter", "counted", "set_meter"]

Count = Callable[[int], object]
Meter = Callable[[str, int | None], AbstractContextManager[Count]]


def _unseen(_done: int) -> None:
    """Count nothing."""


@contextmanager
def _silent(_task: str, _total: int | None) -> Iterator[Count]:
    yield _unseen


_meter: list[Meter] = [_silent]  # one for the whole process, as there is one screen


def counted(task: str, total: int | None = None) -> AbstractContextManager[Count]:
    """Begin a task of ``total`` parts, None where nobody knows; what is entered is called with each part done."""
    return _meter[0](task, total)


def set_meter(meter: Meter | None) -> None:
    """Show long work by ``meter`` from now on, None: not at all. Raises UsageError for what cannot be called."""
    if meter is not None and not callable(meter):
        msg = f"meter: {meter!r} cannot be called"
        raise UsageError(msg)
    _meter[0] = meter or _silent
