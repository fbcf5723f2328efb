"""Boxes on a page and the curves between them: points, y upwards, as Graphviz counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Box", "across", "down", "spline"]

TIP = 5.0  # points: the length of an arrowhead


@frozen
class Box:
    """A rectangle: its centre and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def place(self) -> dict[str, object]:
        """The box as DOT attributes: points for the place, inches for the size."""
        size = {"width": f"{self.width / 72:.4f}", "height": f"{self.height / 72:.4f}", "fixedsize": "true"}
        return {"pos": f"{self.x:g},{self.y:g}", **size}

    @property
    def top(self) -> float:
        """The height of the upper side."""
        return self.y + self.height / 2

    @property
    def bottom(self) -> float:
        """The height of the lower side."""
        return self.y - self.height / 2

    @property
    def left(self) -> float:
        """Where the left side is."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """Where the right side is."""
        return self.x + self.width / 2


def across(tail: Box, head: Box, *, arrow: bool = True) -> str:
    """A curve from the right side of ``tail`` to the left side of ``head``, or the other way round."""
    start, end = (tail.right, head.left) if head.x >= tail.x else (tail.left, head.right)
    tip = TIP if head.x >= tail.x else -TIP
    middle = (start + end) / 2
    points = [(start, tail.y), (middle, tail.y), (middle, head.y), (end - tip if arrow else end, head.y)]
    return spline(points, (end, head.y) if arrow else None)


def down(tail: Box, head: Box, *, arrow: bool = True) -> str:
    """A curve from the lower side of ``tail`` to the upper side of ``head``, or upwards."""
    start, end = (tail.bottom, head.top) if head.y <= tail.y else (tail.top, head.bottom)
    tip = -TIP if head.y <= tail.y else TIP
    middle = (start + end) / 2
    points = [(tail.x, start), (tail.x, middle), (head.x, middle), (head.x, end - tip if arrow else end)]
    return spline(points, (head.x, end) if arrow else None)


def spline(points: Iterable[tuple[float, float]], tip: tuple[float, float] | None = None) -> str:
    """Bezier points (1 + 3n of them) as DOT's ``pos`` of an edge, with the place of the arrow's tip."""
    listed = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f"e,{tip[0]:g},{tip[1]:g} {listed}" if tip else listed
