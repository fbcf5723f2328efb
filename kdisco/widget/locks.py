"""The lock of a cluster, for all who come to it in threads: widgets' callbacks, servers."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from threading import RLock
from typing import Any, Protocol

__all__ = ["lock_of"]


class Guarded(Protocol):
    """What may be locked: a timeline."""

    guard: AbstractContextManager[Any]


class Lockable(Protocol):
    """What has a timeline: a cluster."""

    @property
    def history(self) -> Guarded:
        """Its past, which goes on."""


def lock_of(cluster: Lockable) -> AbstractContextManager[Any]:
    """The one lock of a cluster in all hands; from its first use on the cluster itself holds it at every step."""
    timeline = cluster.history
    if isinstance(timeline.guard, nullcontext):
        timeline.guard = RLock()
    return timeline.guard
