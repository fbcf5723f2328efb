"""Packing endpoints into slices: fill what is being changed, then what has room, never move the rest.

Upstream: endpointslice/reconciler.go reconcileByPortMapping, steps 2 and 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from attrs import field, frozen

__all__ = ["LIMIT", "Packing", "pack"]

T = TypeVar("T")
LIMIT = 100  # --max-endpoints-per-slice


@frozen
class Packing(Generic[T]):
    """What becomes of the slices: the new contents by slice name, and the contents of new ones."""

    changed: dict[str, tuple[T, ...]] = field(factory=dict)
    created: tuple[tuple[T, ...], ...] = ()


def pack(kept: dict[str, tuple[T, ...]], touched: set[str], new: Sequence[T], limit: int = LIMIT) -> Packing[T]:
    """Place ``new`` endpoints.

    ``kept`` are the endpoints that each slice which stays rightly has; ``touched`` names the slices that
    are to be written anyway. Sizes stay at or below ``limit``.
    """
    contents = dict(kept)
    changing, left = set(touched), list(new)
    for name in sorted(changing, key=lambda each: (-len(contents[each]), each)):
        room = max(0, limit - len(contents[name]))
        taken, left = left[:room], left[room:]
        contents[name] += tuple(taken)
    created: list[tuple[T, ...]] = []
    while left:
        if len(left) < limit:
            fitting = [name for name in contents if name not in changing and len(contents[name]) + len(left) <= limit]
            if fitting:
                best = max(fitting, key=lambda each: len(contents[each]))
                contents[best] += tuple(left)
                changing.add(best)
                break
        created.append(tuple(left[:limit]))
        left = left[limit:]
    return Packing({name: contents[name] for name in sorted(changing)}, tuple(created))
