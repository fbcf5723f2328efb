"""Results remembered by the identity of what they were made from: states share what did not change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["Memo"]

V = TypeVar("V")


class Memo(Generic[V]):
    """A bounded memory of one pure function; the oldest result goes first.

    The objects are kept alive with their result, so an id is never taken for another object's.
    """

    __slots__ = ("_kept", "_size")

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: dict[tuple[Hashable, ...], tuple[tuple[object, ...], V]] = {}

    def get(self, objects: tuple[object, ...], names: tuple[Hashable, ...], make: Callable[[], V]) -> V:
        """The result for these very objects and equal names, made by ``make`` when it is not known yet."""
        key = (*map(id, objects), *names)
        found = self._kept.get(key)
        if found is not None:
            return found[1]
        value = make()
        while len(self._kept) >= self._size:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[key] = objects, value
        return value
