"""Go's own sort: where the order of equal things is seen, it is that of pattern-defeating quicksort.

``kubectl get --sort-by`` compares such that nothing with a value comes before what has none, not even its like; what
comes out depends on the way. Upstream: Go sort/zsortinterface.go (1.19 and later).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import define

__all__ = ["go_sorted"]

INSERTION, NINTHER, SHIFTING = 12, 50, 50  # up to and from which lengths another way is taken
MOST_SWAPS, MOST_STEPS, SMALL = 12, 5, 8
WORD = (1 << 64) - 1
Less = Callable[[Any, Any], bool]


def go_sorted(items: Sequence[Any], less: Less) -> list[Any]:
    """The items as ``sort.Sort`` leaves them."""
    sorting = Sorting(list(items), less)
    sorting.sort(0, len(items), len(items).bit_length())
    return sorting.items


@define
class Sorting:
    """Items on their way into order. Ends are exclusive."""

    items: list[Any]
    comes_before: Less

    def sort(self, start: int, end: int, limit: int) -> None:
        """Sort a part; ``limit`` is how many bad pivots are borne."""
        balanced = partitioned = True
        while True:
            length = end - start
            if length <= INSERTION:
                return self._insertion(start, end)
            if not limit:
                return self._heap(start, end)
            if not balanced:
                self._shake(start, end)
                limit -= 1
            pivot, swaps = self._pivot(start, end)
            if swaps == MOST_SWAPS:
                self.items[start:end] = self.items[start:end][::-1]
                pivot, swaps = end - 1 - (pivot - start), 0
            if balanced and partitioned and not swaps and self._nearly(start, end):
                return None
            if start > 0 and not self._less(start - 1, pivot):
                start = self._equals(start, end, pivot)
                continue
            middle, partitioned = self._partition(start, end, pivot)
            left, right = middle - start, end - middle
            balanced = min(left, right) >= length // 8
            if left < right:
                self.sort(start, middle, limit)
                start = middle + 1
            else:
                self.sort(middle + 1, end, limit)
                end = middle

    def _less(self, left: int, right: int) -> bool:
        return self.comes_before(self.items[left], self.items[right])

    def _swap(self, left: int, right: int) -> None:
        self.items[left], self.items[right] = self.items[right], self.items[left]

    def _insertion(self, start: int, end: int) -> None:
        for at in range(start + 1, end):
            self._sink(at, start)

    def _sink(self, at: int, start: int) -> None:
        """Move an item left as long as it comes before its neighbour."""
        while at > start and self._less(at, at - 1):
            self._swap(at, at - 1)
            at -= 1

    def _heap(self, start: int, end: int) -> None:
        size = end - start
        for root in range((size - 1) // 2, -1, -1):
            self._sift(root, size, start)
        for last in range(size - 1, -1, -1):
            self._swap(start, start + last)
            self._sift(0, last, start)

    def _sift(self, root: int, size: int, start: int) -> None:
        while (child := 2 * root + 1) < size:
            if child + 1 < size and self._less(start + child, start + child + 1):
                child += 1
            if not self._less(start + root, start + child):
                return
            self._swap(start + root, start + child)
            root = child

    def _shake(self, start: int, end: int) -> None:
        """Scatter a few items, so that a pattern does not come again."""
        length = end - start
        if length < SMALL:
            return
        random, mask = length, (1 << length.bit_length()) - 1
        place = start + length // 4 * 2 - 1
        for step in range(3):
            random ^= random << 13 & WORD
            random ^= random >> 7
            random ^= random << 17 & WORD
            other = random & mask
            self._swap(place - 1 + step, start + (other - length if other >= length else other))

    def _pivot(self, start: int, end: int) -> tuple[int, int]:
        """The place of a middling item, and how many swaps it took to find."""
        length, swaps = end - start, 0
        places = [start + length // 4 * part for part in (1, 2, 3)]
        if length >= NINTHER:
            for index, place in enumerate(places):
                places[index], swaps = self._median((place - 1, place, place + 1), swaps)
        return self._median((places[0], places[1], places[2]), swaps) if length >= SMALL else (places[1], swaps)

    def _median(self, places: tuple[int, int, int], swaps: int) -> tuple[int, int]:
        found = list(places)
        for left in (0, 1, 0):
            if self._less(found[left + 1], found[left]):
                found[left], found[left + 1] = found[left + 1], found[left]
                swaps += 1
        return found[1], swaps

    def _nearly(self, start: int, end: int) -> bool:
        """Sort what is sorted but for a few items; whether that was so."""
        at = start + 1
        for _ in range(MOST_STEPS):
            while at < end and not self._less(at, at - 1):
                at += 1
            if at == end:
                return True
            if end - start < SHIFTING:
                return False
            self._swap(at, at - 1)
            if at - start >= 2:  # noqa: PLR2004 - there is something to the left
                self._sink(at - 1, 0)
            for later in range(at + 1, end):
                if not self._less(later, later - 1):
                    break
                self._swap(later, later - 1)
        return False

    def _equals(self, start: int, end: int, pivot: int) -> int:
        """Gather at the left what equals the pivot; gives where the rest begins."""
        self._swap(start, pivot)
        left, right = start + 1, end - 1
        while True:
            while left <= right and not self._less(start, left):
                left += 1
            while left <= right and self._less(start, right):
                right -= 1
            if left > right:
                return left
            self._swap(left, right)
            left, right = left + 1, right - 1

    def _partition(self, start: int, end: int, pivot: int) -> tuple[int, bool]:
        """Part what comes before the pivot from the rest; gives its place, and whether it was so already."""
        self._swap(start, pivot)
        left, right, moved = start + 1, end - 1, False
        while True:
            while left <= right and self._less(left, start):
                left += 1
            while left <= right and not self._less(right, start):
                right -= 1
            if left > right:
                self._swap(right, start)
                return right, not moved
            self._swap(left, right)
            left, right, moved = left + 1, right - 1, True
