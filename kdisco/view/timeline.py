"""When each component heard of each change: a column for a change, a row for a component, delays in the cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.store.events import Change, Delivered
from kdisco.view import dot
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.sheet import card, nothing
from kdisco.view.watch import KINDS, RESOURCES, watchers
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.store.history import Moment
    from kdisco.store.state import State

__all__ = ["Heard", "heard", "timeline"]

Words = Mapping[str, str]
ROW, HEAD, CELL, STEP = (166.0, 30.0), (112.0, 46.0), (112.0, 30.0), 36.0  # points
RIGHT, MOST = 118.0, 8  # points from one column to the next; changes drawn
SHOWN = RESOURCES[:2]  # of Services and EndpointSlices names and rules are made


@frozen(kw_only=True)
class Heard:
    """One change, when it was written, and when each component heard of it (cluster time; None: not yet).

    A component that does not watch the resource is not among them.
    """

    change: Change
    written: float
    when: Mapping[str, float | None]


def heard(state: State, moments: Iterable[Moment], most: int = MOST) -> list[Heard]:
    """The newest changes of Services and EndpointSlices, and who heard of them when; oldest first."""
    listed = list(moments)
    changes = [
        (each.state.now, fact)
        for each in listed
        for fact in each.facts
        if isinstance(fact, Change) and fact.resource in SHOWN
    ][-most:]
    names = [(each.name, each.watched) for each in watchers(state)]
    told = [
        (fact.component, fact.revision, each.state.now)
        for each in listed
        for fact in each.facts
        if isinstance(fact, Delivered)
    ]
    return [
        Heard(
            change=change,
            written=now,
            when={name: _when(state, name, change, told) for name, watched in names if change.resource in watched},
        )
        for now, change in changes
    ]


def _when(state: State, name: str, change: Change, told: Iterable[tuple[str, int, float]]) -> float | None:
    """When a component's view reached a change: by a delivery of its own, else by that of all of its kind."""
    if state.seen_by(name).revision < change.revision:
        return None
    base = name.partition("@")[0]
    own = next((at for who, revision, at in told if who == name and revision >= change.revision), None)
    all_ = next((at for who, revision, at in told if who == base and revision >= change.revision), None)
    return own if own is not None else all_


def timeline(state: State, moments: Iterable[Moment], lang: str | None = None) -> Diagram:
    """The newest changes from left to right, and below each who heard of it and how much later.

    Raises UsageError for an unknown ``lang``.
    """
    say = words(lang)
    found, title = heard(state, moments), say["timeline title"]
    names = list(dict.fromkeys(name for each in found for name in each.when))
    text = "\n".join([title, *_told(found, say)])
    if not found:
        return Diagram(dot.graph(title, [nothing(say["nothing"])]), f"{title}: {say['nothing']}")
    return Diagram(dot.graph(title, _drawn(found, names, say), layout="nop2"), text)


def _drawn(found: Sequence[Heard], names: Sequence[str], say: Words) -> Iterator[str]:
    for row, name in enumerate(names, 1):
        kind = KINDS.get(name.partition("@")[0], "controller")
        yield card(name, Box(0, -row * STEP - 8, *ROW), (name,), kind, name)
    for at, each in enumerate(found):
        change, x = each.change, (ROW[0] + HEAD[0]) / 2 + 10 + at * RIGHT
        kind = "service" if change.resource == "services" else "endpointslice"
        told = (change.key[1], f"{change.object.KIND} {change.type}", _moment(each, say))
        yield card(f"change {at}", Box(x, 0, *HEAD), told, kind, "revision", str(change.revision))
        for row, name in enumerate(names, 1):
            if name in each.when:
                yield _cell(each, name, Box(x, -row * STEP - 8, *CELL), say)


def _cell(each: Heard, name: str, box: Box, say: Words) -> str:
    when, number = each.when[name], each.change.revision
    state = "not-ready" if when is None else "ready"
    style = "rounded,filled" if when is not None else "rounded,filled,dashed"
    return card(
        f"{name} {number}", box, (_delay(each, name, say),), "rule", name, str(number), states=(state,),
        outline={"style": style}, size=9.0, tooltip=f"{name}, {each.change.object}: {_delay(each, name, say)}",
    )  # fmt: skip


def _delay(each: Heard, name: str, say: Words) -> str:
    when = each.when[name]
    return say["waits"] if when is None else say["later"].format(seconds=f"{when - each.written:.3g}")


def _moment(each: Heard, say: Words) -> str:
    revision = say["revision"].format(revision=each.change.revision)
    return say["at"].format(what=revision, seconds=f"{each.written:.2f}")


def _told(found: Sequence[Heard], say: Words) -> Iterator[str]:
    for each in found:
        yield f"{each.change.type} {each.change.object}, {_moment(each, say)}"
        yield from (f"  {name}: {_delay(each, name, say)}" for name in each.when)
