"""A persistent ordered map: every change gives a new tree that shares all it can with the old one.

It is a B+tree of plain tuples. Keys are anything that sorts; iteration is in key order, so the same
content always prints alike, whatever PYTHONHASHSEED says. ``set`` and ``delete`` cost O(log n),
``diff`` of two neighbours costs what changed, because equal subtrees are the same object.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Tree"]

K = TypeVar("K")
V = TypeVar("V")
D = TypeVar("D")

WIDTH = 32  # entries a node may hold; measured best between 24 and 48
Node = tuple[tuple[Any, ...], tuple[Any, ...]]  # (keys, values) in a leaf, (first keys, children) above
EMPTY: Node = ((), ())
MISSING: Any = object()


class Tree(Generic[K, V]):
    """An immutable sorted mapping; ``Tree.of(pairs)`` loads many entries at once."""

    __slots__ = ("_height", "_root", "_size")

    def __init__(self, root: Node = EMPTY, height: int = 0, size: int = 0) -> None:
        self._root, self._height, self._size = root, height, size

    @classmethod
    def of(cls, pairs: Iterable[tuple[K, V]]) -> Tree[K, V]:
        """Build a tree from pairs in any order; of equal keys the last wins. O(n log n)."""
        entries = sorted(dict(pairs).items(), key=lambda pair: pair[0])  # type: ignore[arg-type,return-value]  # keys sort
        nodes = [_node(entries[i : i + WIDTH]) for i in range(0, len(entries), WIDTH)] or [EMPTY]
        height = 0
        while len(nodes) > 1:
            above = [(node[0][0], node) for node in nodes]
            nodes = [_node(above[i : i + WIDTH]) for i in range(0, len(above), WIDTH)]
            height += 1
        return cls(nodes[0], height, len(entries))

    @overload
    def get(self, key: K) -> V | None: ...
    @overload
    def get(self, key: K, default: D) -> V | D: ...
    def get(self, key: K, default: Any = None) -> Any:
        """The value at ``key``, or ``default``."""
        keys, values = self._root
        for _ in range(self._height):
            keys, values = values[max(bisect_right(keys, key) - 1, 0)]
        at = bisect_left(keys, key)
        return values[at] if at < len(keys) and keys[at] == key else default

    def set(self, key: K, value: V) -> Tree[K, V]:
        """A tree in which ``key`` holds ``value``; the same tree when it already does."""
        keys, values = self._root
        above: list[tuple[tuple[Any, ...], tuple[Any, ...], int]] = []
        for _ in range(self._height):
            at = max(bisect_right(keys, key) - 1, 0)
            above.append((keys, values, at))
            keys, values = values[at]
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            if values[at] is value:
                return self
            node: Node = keys, _with(values, at, (value,))
            for keys, values, at in reversed(above):  # no key moves
                node = keys, _with(values, at, (node,))
            return Tree(node, self._height, self._size)
        parts = _split((_with(keys, at, (key,), 0), _with(values, at, (value,), 0)))
        for keys, values, at in reversed(above):
            heads = tuple([part[0][0] for part in parts])
            parts = _split((_with(keys, at, heads), _with(values, at, parts)))
        if len(parts) == 1:
            return Tree(parts[0], self._height, self._size + 1)
        return Tree((tuple(part[0][0] for part in parts), parts), self._height + 1, self._size + 1)

    def delete(self, key: K) -> Tree[K, V]:
        """A tree without ``key``; the same tree when it is not there."""
        if key not in self:
            return self
        root, height = _delete(self._root, self._height, key), self._height
        while height and len(root[1]) == 1:
            root, height = root[1][0], height - 1
        return Tree(root if root[0] else EMPTY, height if root[0] else 0, self._size - 1)

    def range(self, low: K | None = None, high: K | None = None) -> Iterator[tuple[K, V]]:
        """The pairs with ``low <= key < high`` in key order; None leaves that side open."""
        keys, values = self._root
        for _ in range(self._height):
            keys, values = values[0 if low is None else max(bisect_right(keys, low) - 1, 0)]
        start = 0 if low is None else bisect_left(keys, low)
        end = len(keys) if high is None else bisect_left(keys, high, start)
        if end < len(keys):  # most ranges lie in one leaf
            return zip(keys[start:end], values[start:end], strict=True)
        return self._over_leaves(low, high)

    def _over_leaves(self, low: K | None, high: K | None) -> Iterator[tuple[K, V]]:
        for keys, values in _leaves(self._root, self._height, low):
            start = 0 if low is None else bisect_left(keys, low)
            end = len(keys) if high is None else bisect_left(keys, high, start)
            yield from zip(keys[start:end], values[start:end], strict=True)
            if end < len(keys):
                return

    def items(self) -> Iterator[tuple[K, V]]:
        """All pairs in key order."""
        return self.range()

    def values(self) -> Iterator[V]:
        """All values in key order."""
        for _, values in _leaves(self._root, self._height, None):
            yield from values

    def first(self) -> tuple[K, V] | None:
        """The pair with the smallest key, or None when empty."""
        node = self._root
        for _ in range(self._height):
            node = node[1][0]
        return (node[0][0], node[1][0]) if node[0] else None

    def diff(self, newer: Tree[K, V]) -> Iterator[tuple[K, V | None, V | None]]:
        """What changed from this tree to ``newer``: (key, old or None, new or None) in key order."""
        if self._root is newer._root:
            return
        old, new = _unshared(self, newer)
        for key in sorted(old.keys() | new.keys()):  # type: ignore[type-var]  # keys sort
            before, after = old.get(key), new.get(key)
            if before is not after:
                yield key, before, after

    def __len__(self) -> int:
        return self._size

    def __contains__(self, key: object) -> bool:
        return self.get(key, MISSING) is not MISSING  # type: ignore[arg-type]  # any object may be asked for

    def __iter__(self) -> Iterator[K]:
        for keys, _ in _leaves(self._root, self._height, None):
            yield from keys

    def __getitem__(self, key: K) -> V:
        value = self.get(key, MISSING)
        if value is MISSING:
            raise KeyError(key)
        return value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tree):
            return NotImplemented
        if self._root is other._root:
            return True
        return self._size == other._size and all(
            mine == theirs for mine, theirs in zip(self.items(), other.items(), strict=True)
        )

    __hash__ = None  # type: ignore[assignment]  # values may be unhashable

    def __repr__(self) -> str:
        return f"Tree({{{', '.join(f'{key!r}: {value!r}' for key, value in self.items())}}})"


def _node(pairs: list[tuple[Any, Any]]) -> Node:
    return tuple(key for key, _ in pairs), tuple(value for _, value in pairs)


def _with(items: tuple[Any, ...], at: int, new: tuple[Any, ...], instead: int = 1) -> tuple[Any, ...]:
    """A tuple with new items in the place of ``instead`` old ones; adding slices beats unpacking them."""
    return items[:at] + new + items[at + instead :]


def _split(node: Node) -> tuple[Node, ...]:
    keys, values = node
    if len(keys) <= WIDTH:
        return (node,)
    half = len(keys) // 2
    return (keys[:half], values[:half]), (keys[half:], values[half:])


def _delete(node: Node, height: int, key: Any) -> Node:
    keys, values = node
    if height == 0:
        at = bisect_left(keys, key)
        return (*keys[:at], *keys[at + 1 :]), (*values[:at], *values[at + 1 :])
    at = max(bisect_right(keys, key) - 1, 0)
    child = _delete(values[at], height - 1, key)
    low, high = at, at + 1
    if at > 0 and len(values[at - 1][0]) + len(child[0]) <= WIDTH // 2:  # too thin: join the left neighbour
        left = values[at - 1]
        low, child = at - 1, (left[0] + child[0], left[1] + child[1])
    parts = (child,) if child[0] else ()
    heads = tuple(part[0][0] for part in parts)
    return (*keys[:low], *heads, *keys[high:]), (*values[:low], *parts, *values[high:])


def _leaves(node: Node, height: int, low: Any) -> Iterator[Node]:
    if height == 0:
        yield node
        return
    keys, children = node
    start = 0 if low is None else max(bisect_right(keys, low) - 1, 0)
    for at in range(start, len(children)):
        yield from _leaves(children[at], height - 1, low if at == start else None)


def _unshared(old: Tree[K, V], new: Tree[K, V]) -> tuple[dict[K, V], dict[K, V]]:
    """The entries of the leaves that only one of two trees holds: walk down level by level."""
    left, right = [old._root], [new._root]  # noqa: SLF001 - same module, same class
    a, b = old._height, new._height  # noqa: SLF001 - of this class
    while True:
        if a == b:
            ours, theirs = {id(node) for node in left}, {id(node) for node in right}
            left = [node for node in left if id(node) not in theirs]
            right = [node for node in right if id(node) not in ours]
            if a == 0:
                return _entries(left), _entries(right)
        down_left, down_right = a >= b, b >= a
        if down_left:
            left, a = [child for node in left for child in node[1]], a - 1
        if down_right:
            right, b = [child for node in right for child in node[1]], b - 1


def _entries(leaves: list[Node]) -> dict[Any, Any]:
    return {key: value for keys, values in leaves for key, value in zip(keys, values, strict=True)}
