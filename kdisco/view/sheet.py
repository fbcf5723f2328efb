"""What most pictures are made of: cards that hold their words, words on the page, arrows. All places in points."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from kdisco.view import dot
from kdisco.view.box import Box, across, down, spline
from kdisco.view.measure import fit, width
from kdisco.view.palette import LANES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["TITLE", "arrow", "card", "frame", "mark", "note", "nothing", "rail"]

TITLE, LINE, MARGIN = 10.0, 8.5, 10.0  # points: letters of a title and of a line, the margin of both sides
MARK = 15.0  # points: the circle of a number


def card(
    name: str,
    box: Box,
    words: Iterable[str],
    kind: str,
    *key: str,
    states: Iterable[str] = (),
    outline: Mapping[str, object] | None = None,
    tooltip: str = "",
    size: float = TITLE,
) -> str:
    """A box with a title and lines below it, each cut where the box ends; the tooltip holds them whole."""
    title, *lines = filter(None, words)
    room = box.width - MARGIN
    body = [dot.strong(fit(title, room, size, bold=True, middle=" " not in title), size)]
    body += [dot.muted(fit(line, room, LINE), LINE) for line in lines]
    told = tooltip or ", ".join([title, *lines])
    return dot.node(
        name, label=dot.label(*body), tooltip=told, **box.place, **(outline or {}),
        **dot.thing(kind, *key, states=states),
    )  # fmt: skip


def frame(name: str, box: Box, words: Iterable[str], kind: str, *key: str, states: Iterable[str] = ()) -> str:
    """A large box around others, its title on top."""
    title, *lines = filter(None, words)
    room = box.width - MARGIN
    body = [dot.muted("", 4), dot.strong(fit(title, room, TITLE, bold=True), TITLE)]
    body += [dot.muted(fit(line, room, LINE), LINE) for line in lines]
    told = ", ".join([title, *lines])
    return dot.node(
        name, label=dot.label(*body), labelloc="t", tooltip=told, **box.place, **dot.thing(kind, *key, states=states)
    )


def note(name: str, x: float, y: float, words: str, size: float = 9.0, *, left: bool = False) -> str:
    """Words on the page itself, their middle at ``x``, or with ``left`` their beginning."""
    wide = width(words, size) + 8
    box = Box(x + wide / 2 if left else x, y, wide, size + 6)
    return dot.node(
        f"note {name}", label=dot.label(dot.outside(words, size)), style="solid", color="transparent", margin=0,
        id=f"note.{name}", class_="note", tooltip=words, **box.place,
    )  # fmt: skip


def mark(number: int, x: float, y: float, *, way: str = "") -> str:
    """A number in a circle, on an arrow."""
    place = Box(x, y, MARK, MARK).place
    name = f"{way}{number}"
    return dot.node(
        f"mark {name}", label=dot.label(dot.strong(str(number), 8.5)), shape="circle", style="filled",
        tooltip=str(number), **place, **dot.thing("packet", f"mark-{name}"),
    )  # fmt: skip


def arrow(
    tail: str,
    head: str,
    ends: tuple[Box, Box],
    name: str,
    *,
    upright: bool = False,
    lane: int | None = None,
    dashed: bool = False,
    tooltip: str | None = None,
) -> str:
    """An arrow between two boxes: sideways, or ``upright``."""
    pos = (down if upright else across)(*ends)
    paint = {} if lane is None else {"class_": f"lane-{lane % len(LANES)}", "color": LANES[lane % len(LANES)]}
    return dot.edge(
        tail, head, id=f"edge.{name}", pos=pos, style="dashed" if dashed else None,
        tooltip=tooltip, **paint,
    )  # fmt: skip


def rail(tail: str, head: str, points: Iterable[tuple[float, float]], name: str, *, thick: float = 1.4) -> str:
    """A straight line through points, without a tip."""
    listed = list(points)
    curve = [listed[0]]
    for before, after in pairwise(listed):
        curve += [before, after, after]
    return dot.edge(tail, head, id=f"edge.{name}", pos=spline(curve), arrowhead="none", penwidth=thick)


def nothing(words: str, kind: str = "rule") -> str:
    """The only box of a picture of nothing: it says so."""
    return dot.node("none", label=dot.label(dot.strong(words, TITLE)), tooltip=words, **dot.thing(kind))
