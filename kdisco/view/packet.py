"""A packet's way as a picture: a column for each place it passes, its headers rewritten in plain sight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from attrs import frozen

from kdisco.net.trace import Hop, Trace
from kdisco.phrase import said
from kdisco.view import dot
from kdisco.view.box import Box, across, down
from kdisco.view.diagram import Diagram
from kdisco.view.palette import LANES
from kdisco.view.words import words

__all__ = ["packet", "path_of"]

Words = Mapping[str, str]
HOP, WIDE, STEP = (156.0, 34.0), 184.0, 42.0  # points: a hop, from column to column, from row to row
TITLE, LETTERS = 34.0, 36  # points above the first row; letters of a reason that fit
END_KINDS = ("refuse", "reject", "drop", "unreachable")
FRAMES = {"pod": "pod", "node": "k8s-node"}
LANE = {"there": 0, "back": 1}


@frozen
class Stop:
    """A hop in its place: ``way`` is there or back, ``number`` counts from 1."""

    hop: Hop
    way: str
    number: int
    column: int
    row: int

    @property
    def name(self) -> str:
        """The stop's node in the picture."""
        return f"{self.way} {self.number}"

    @property
    def box(self) -> Box:
        """Its place on the page."""
        return Box(self.column * WIDE, -self.row * STEP, *HOP)


def packet(trace: Trace, lang: str | None = None) -> Diagram:
    """The way there and the way back, hop by hop. Raises UsageError for an unknown ``lang``."""
    say = words(lang)
    ended = f"{trace.verdict} {trace.endpoint or ''}".strip()
    title = f"{trace.packet}: {ended}"
    stops = _stops(trace)
    lines = [*_places(stops), *_hops(stops, say), *_ways(stops)]
    return Diagram(dot.graph(title, lines, layout="nop2"), "\n".join([*_told(trace, say), ended]))


def path_of(trace: Trace) -> list[str]:
    """The ids of the picture's edges in the packet's order, for ``DiagramWidget.path``."""
    return [_id(head) for _, head in _steps(_stops(trace))]


def _stops(trace: Trace) -> list[Stop]:
    """Every hop with its column (places in order of appearance) and row (the way back below the way there)."""
    columns = {where: at for at, where in enumerate(dict.fromkeys(hop.where for hop in (*trace.hops, *trace.reply)))}
    found: list[Stop] = []
    for way, hops in (("there", trace.hops), ("back", trace.reply)):
        start = max((stop.row for stop in found), default=-1) + 1 if way == "back" else 0
        rows = dict.fromkeys(columns, start)
        for number, hop in enumerate(hops, 1):
            found.append(Stop(hop, way, number, columns[hop.where], rows[hop.where]))
            rows[hop.where] += 1
    return found


def _steps(stops: Sequence[Stop]) -> Iterable[tuple[Stop, Stop]]:
    return pairwise(stops)


def _places(stops: Sequence[Stop]) -> Iterator[str]:
    """A frame for each Pod and node around the hops that happen there."""
    floor = max(stop.row for stop in stops)
    for column, where in enumerate(dict.fromkeys(stop.hop.where for stop in stops)):
        kind, _, name = where.partition("/")
        frame = Box(column * WIDE, TITLE / 2 - floor * STEP / 2, HOP[0] + 22, floor * STEP + HOP[1] + TITLE + 16)
        own = dot.cut(name.rpartition("/")[2] or where, 28)
        yield dot.node(
            where, label=dot.label(dot.muted("", 3), dot.strong(own, 10.5), dot.muted(kind)),
            labelloc="t", tooltip=where, style="rounded,filled" if kind == "node" else "rounded,filled,bold",
            **frame.place, **dot.thing(FRAMES.get(kind, "client"), *name.split("/")),
        )  # fmt: skip


def _hops(stops: Sequence[Stop], say: Words) -> Iterator[str]:
    for stop in stops:
        hop, last = stop.hop, stop.hop.kind in END_KINDS
        states = ("refused",) if last else ("changed",) if hop.rewritten else ()
        kind, name = "packet" if hop.rewritten else "rule", say[f"hop {hop.kind}"]
        yield dot.node(
            stop.name,
            label=dot.label(dot.strong(f"{stop.number}  {name}", 9.5), dot.muted(_line(stop, say), 8)),
            tooltip=f"{stop.number}. {name}. {hop.after}. {said(hop.why, say['lang'])}",
            style="filled,bold" if hop.rewritten or last else "rounded,filled",
            **stop.box.place,
            **dot.thing(kind, stop.way, str(stop.number), states=states),
        )


def _line(stop: Stop, say: Words) -> str:
    """What a hop shows beside its name: the header it wrote, else its reason."""
    hop = stop.hop
    if not hop.rewritten:
        return dot.trim(said(hop.why, say["lang"]), LETTERS)
    before, after = _ends(hop)
    return f"{before} \u2192 {after}"


def _ends(hop: Hop) -> tuple[str, str]:
    """The end that was rewritten, before and after."""
    old, new = str(hop.before).split(), str(hop.after).split()
    at = 0 if old[0] != new[0] else 2
    return (old[at], new[at]) if old[at] != new[at] else (" ".join(old[3:]), " ".join(new[3:]))


def _ways(stops: Sequence[Stop]) -> Iterator[str]:
    for tail, head in _steps(stops):
        lane = LANE[head.way]
        yield dot.edge(
            tail.name, head.name, id=_id(head), class_=f"lane-{lane}", color=LANES[lane], penwidth=1.4,
            style="dashed" if head.way == "back" else None, tooltip=str(head.hop.before),
            pos=(down if tail.column == head.column else across)(tail.box, head.box),
        )  # fmt: skip


def _id(head: Stop) -> str:
    return f"edge.{head.way}.{head.number}"


def _told(trace: Trace, say: Words) -> Iterator[str]:
    for way, hops in (("there", trace.hops), ("back", trace.reply)):
        for number, hop in enumerate(hops, 1):
            mark = "*" if hop.rewritten else " "
            yield f"{say[way]} {number:>2}{mark} {say[f'hop {hop.kind}']} @ {hop.where}: {hop.after}"
