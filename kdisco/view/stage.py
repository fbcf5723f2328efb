"""Who takes part in a story, and its numbered steps between them: arrows with numbers, and the steps in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.view import dot
from kdisco.view.box import Box, spline
from kdisco.view.palette import LANES
from kdisco.view.sheet import MARK, card, mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Actor", "Step", "steps_drawn", "steps_told"]

LIST, STEP = (372.0, 30.0), 36.0  # points: a step in words, from one to the next
BEND = 13.0  # points between two arrows of the same two


@frozen(kw_only=True)
class Actor:
    """One who takes part: its place, what is written on it, its class and id."""

    box: Box
    words: tuple[str, ...]
    kind: str
    key: tuple[str, ...] = ()
    states: tuple[str, ...] = ()


@frozen(kw_only=True)
class Step:
    """What one does (to another): names of actors, and the words for it."""

    tail: str
    head: str
    words: tuple[str, ...]
    states: tuple[str, ...] = ()
    dashed: bool = False


def steps_drawn(actors: Mapping[str, Actor], steps: Sequence[Step], top: float) -> Iterator[str]:
    """The actors, the arrows with their numbers, and from ``top`` downwards the steps in two columns of words."""
    for name, each in actors.items():
        yield card(name, each.box, each.words, each.kind, *each.key, states=each.states)
    for number, step in enumerate(steps, 1):
        if step.tail != step.head:
            yield from _arrow(actors, steps, number)
        else:
            box = actors[step.tail].box
            yield mark(number, box.left + MARK, box.top)
    middle = (min(each.box.left for each in actors.values()) + max(each.box.right for each in actors.values())) / 2
    half = -(-len(steps) // 2)
    for at, step in enumerate(steps):
        column, row = divmod(at, half)
        box = Box(middle + (column - 0.5) * (LIST[0] + 34) + 10, top - row * STEP, *LIST)
        yield mark(at + 1, box.left - MARK / 2 - 2, box.y, way="list-")
        yield card(f"step {at + 1}", box, step.words, "rule", f"step-{at + 1}", states=step.states, size=9.5)


def _arrow(actors: Mapping[str, Actor], steps: Sequence[Step], number: int) -> Iterator[str]:
    """One arrow, beside those that join the same two, its number a third of the way along."""
    step = steps[number - 1]
    ends = {step.tail, step.head}
    alike = [at for at, each in enumerate(steps, 1) if {each.tail, each.head} == ends]
    shift = (alike.index(number) - (len(alike) - 1) / 2) * BEND * 1.4
    tail, head = actors[step.tail].box, actors[step.head].box
    sideways = tail.right < head.left or head.right < tail.left
    if sideways:
        forth = head.x > tail.x
        start = (tail.right if forth else tail.left, tail.y + shift)
        end = (head.left if forth else head.right, head.y + shift)
        tip = (end[0] - (5.0 if forth else -5.0), end[1])
    else:
        down = head.y < tail.y
        start = (tail.x + shift, tail.bottom if down else tail.top)
        end = (head.x + shift, head.top if down else head.bottom)
        tip = (end[0], end[1] + (5.0 if down else -5.0))
    thirds = [
        ((start[0] * (3 - part) + tip[0] * part) / 3, (start[1] * (3 - part) + tip[1] * part) / 3) for part in (1, 2)
    ]
    yield dot.edge(
        step.tail, step.head, id=f"edge.{number}", class_="lane-0", color=LANES[0], tooltip=", ".join(step.words),
        style="dashed" if step.dashed else None, pos=spline([start, *thirds, tip], end),
    )  # fmt: skip
    part = 0.36 if alike.index(number) % 2 == 0 else 0.64
    yield mark(number, start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)


def steps_told(steps: Sequence[Step]) -> Iterator[str]:
    """The steps in words, a line each."""
    for number, step in enumerate(steps, 1):
        yield f"{number}. {step.tail}: {', '.join(filter(None, step.words))}"
