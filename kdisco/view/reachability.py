"""Who reaches which Service as a grid: a row for sources that fare alike, a column for each front, words in cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from kdisco.phrase import said
from kdisco.view import dot
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.matrix import Front, Reachability

__all__ = ["reachability"]

ROW, HEAD, CELL = (170.0, 28.0), (112.0, 34.0), (112.0, 28.0)  # points
STEP, RIGHT = 34.0, 120.0  # from one row, and from one column, to the next
MOST_ROWS, MOST_COLUMNS = 24, 12
STATES = {"yes": ("ready",), "partly": ("not-ready",), "-": ()}  # of a cell; all others are failures
KINDS = {"pod": "pod", "node": "k8s-node"}


def reachability(found: Reachability, lang: str | None = None) -> Diagram:
    """The grid of a table of verdicts. Raises UsageError for an unknown ``lang``."""
    say = words(lang)
    title = say["caption"].format(what=say["reachability"], told=said(found.caption, say["lang"]))
    groups = _alike(found)
    rows, fronts = dict(list(groups.items())[:MOST_ROWS]), found.fronts[:MOST_COLUMNS]
    lines = [*_heads(fronts)]
    for at, sources in enumerate(rows.values()):
        lines += _row(found, at, sources, fronts, say)
    left = len(groups) - len(rows) + len(found.fronts) - len(fronts)
    if left or not fronts:
        words_left = say["more rows"].format(count=left) if left else say["nothing"]
        place = Box(0, -(len(rows) + 1) * STEP, *ROW).place
        lines.append(dot.node("more", label=words_left, **{**dot.thing("network"), **place}))
    return Diagram(dot.graph(title, lines, layout="nop2"), f"{title}\n{found.text(lang)}")


def _alike(found: Reachability) -> Mapping[tuple[str, ...], list[str]]:
    """The sources of one kind, namespace and fate together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for source in found.sources:
        kind, _, rest = source.partition("/")
        space = rest.partition("/")[0] if kind == "pod" else kind if rest else "outside"
        fate = tuple(found.verdict(source, each) for each in found.fronts)
        groups.setdefault((kind if rest else "", space, *fate), []).append(source)
    return groups


def _heads(fronts: tuple[Front, ...]) -> Iterator[str]:
    for at, front in enumerate(fronts):
        port = str(front).rpartition(":")[2]
        body = dot.label(dot.strong(dot.cut(front.name, 18), 10), dot.muted(f"{dot.cut(front.namespace, 14)} :{port}"))
        place = Box(_column(at), 0, *HEAD).place
        thing = dot.thing("service", front.namespace, front.name, port)
        yield dot.node(f"front {front}", label=body, tooltip=str(front), **thing, **place)


def _row(
    found: Reachability, at: int, sources: list[str], fronts: tuple[Front, ...], say: Mapping[str, str]
) -> Iterator[str]:
    first, y = sources[0], -(at + 1) * STEP
    more = [dot.muted(say["more alike"].format(count=len(sources) - 1))] if len(sources) > 1 else []
    body = dot.label(dot.strong(dot.cut(first.removeprefix("pod/"), 28), 9), *more)
    thing = dot.thing(KINDS.get(first.partition("/")[0], "client"), *first.split("/")[1:] or [first])
    yield dot.node(first, label=body, tooltip="\n".join(sources), **thing, **Box(0, y, *ROW).place)
    for column, front in enumerate(fronts):
        verdict, cell = found.verdict(first, front), found.cells[first, front]
        told = "" if cell is None else said(cell.why, say["lang"])
        thing = dot.thing("rule", str(at), str(front), states=STATES.get(verdict, ("refused",)))
        label = say.get(f"verdict {verdict}", verdict)
        place = Box(_column(column), y, *CELL).place
        yield dot.node(f"{at} {front}", label=label, tooltip=told or verdict, **thing, **place)


def _column(at: int) -> float:
    return ROW[0] / 2 + 14 + HEAD[0] / 2 + at * RIGHT
