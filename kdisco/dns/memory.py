"""What one CoreDNS remembers: the answers in its cache, the Corefile that it runs with, the lines of its log."""

from __future__ import annotations

from attrs import define, evolve, field, frozen

from kdisco.dns.response import Response
from kdisco.tree import Tree

__all__ = ["CAPACITY", "Item", "Key", "Memory", "Recall"]

CAPACITY = 9984  # answers of one kind: the plugin's default
Key = tuple[tuple[str, ...], int, int, bool, bool]  # labels in lower case, type, class, DO, CD


@frozen
class Item:
    """An answer in the cache: kept ``ttl`` seconds from ``stored`` (Unix seconds) on."""

    response: Response
    ttl: int
    stored: float

    def left(self, now: float) -> int:
        """Seconds that it still has; what has none left is not given any more."""
        return self.ttl - int(round(now - self.stored, 3))


@frozen(kw_only=True)
class Memory:
    """What a CoreDNS process remembers.

    ``life`` tells the process from the one before it; ``corefile`` is the text it runs with, None where it
    is still the one of the ConfigMap. ``positive`` and ``negative`` are the two halves of its cache.
    """

    life: float = 0.0
    corefile: str | None = None
    log: tuple[str, ...] = ()
    positive: Tree[Key, Item] = field(factory=Tree)
    negative: Tree[Key, Item] = field(factory=Tree)

    def keep(self, key: Key, item: Item, *, denial: bool) -> Memory:
        """This memory with one more answer; where it is full, what has run out makes room."""
        tree = self.negative if denial else self.positive
        if len(tree) >= CAPACITY and key not in tree:
            alive = [(each, kept) for each, kept in tree.items() if kept.left(item.stored) > 0]
            tree = Tree.of(alive[len(alive) // 2 :] if len(alive) >= CAPACITY else alive)
        tree = tree.set(key, item)
        return evolve(self, negative=tree) if denial else evolve(self, positive=tree)


@define
class Recall:
    """The memory that one question works on: what it leaves there is what is remembered next."""

    memory: Memory
