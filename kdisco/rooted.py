"""A persistent map for what has one newest version: that one is a dict, every other tells how it differs from the next.

All versions stay as they were. Whoever asks an older one takes the dict there first, which costs what changed in
between; while time only goes on, everything costs what it costs in a dict. Threads that share versions need a lock, as
they do for a cluster. Source: H. G. Baker, "Shallow binding makes
functional arrays fast" (1991).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Rooted"]

K = TypeVar("K")
V = TypeVar("V")
D = TypeVar("D")

MISSING: Any = object()


class Rooted(Generic[K, V]):
    """An immutable mapping; ``set`` and ``delete`` give the next version. Keys can be hashed, and sort."""

    __slots__ = ("_kept",)

    _kept: dict[K, V] | tuple[K, V, Rooted[K, V]]  # the entries, or (key, its value here, a version nearer to them)

    def __init__(self, pairs: Iterable[tuple[K, V]] = ()) -> None:
        self._kept = dict(pairs)

    @overload
    def get(self, key: K) -> V | None: ...
    @overload
    def get(self, key: K, default: D) -> V | D: ...
    def get(self, key: K, default: Any = None) -> Any:
        """The value at ``key``, or ``default``."""
        return self._entries().get(key, default)

    def set(self, key: K, value: V) -> Rooted[K, V]:
        """A map in which ``key`` holds ``value``; the same map when it already does."""
        entries = self._entries()
        old = entries.get(key, MISSING)
        if old is value:
            return self
        entries[key] = value
        return self._followed(entries, key, old)

    def delete(self, key: K) -> Rooted[K, V]:
        """A map without ``key``; the same map when it is not there."""
        entries = self._entries()
        old = entries.pop(key, MISSING)
        return self if old is MISSING else self._followed(entries, key, old)

    def items(self) -> Iterator[tuple[K, V]]:
        """All pairs in key order."""
        return iter(sorted(self._entries().items(), key=lambda pair: pair[0]))  # type: ignore[arg-type,return-value]  # keys sort

    def values(self) -> Iterator[V]:
        """All values in key order."""
        return (value for _, value in self.items())

    def __len__(self) -> int:
        return len(self._entries())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rooted):
            return NotImplemented
        return self is other or list(self.items()) == list(other.items())

    __hash__ = None  # type: ignore[assignment]  # values may be unhashable

    def __repr__(self) -> str:
        return f"Rooted({{{', '.join(f'{key!r}: {value!r}' for key, value in self.items())}}})"

    def _followed(self, entries: dict[K, V], key: K, old: V) -> Rooted[K, V]:
        """The next version, which has the entries from now on; this one differs from it by a key."""
        newer: Rooted[K, V] = Rooted.__new__(Rooted)
        newer._kept = entries
        self._kept = key, old, newer
        return newer

    def _entries(self) -> dict[K, V]:
        """The entries, taken here from the version that has them; those in between turn around."""
        if isinstance(self._kept, dict):
            return self._kept
        way: list[Rooted[K, V]] = [self]
        while isinstance(kept := way[-1]._kept, tuple):  # noqa: SLF001 - same class
            way.append(kept[2])
        for newer, each in zip(way[::-1], way[-2::-1], strict=False):
            key, value, _ = cast("tuple[K, V, Rooted[K, V]]", each._kept)  # noqa: SLF001 - as above
            newer._kept = key, kept.get(key, MISSING), each  # noqa: SLF001 - as above
            if value is MISSING:
                del kept[key]
            else:
                kept[key] = value
        self._kept = kept
        return kept
