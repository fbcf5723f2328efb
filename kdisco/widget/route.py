"""The way of a packet through a picture: along the edges of its own hops, or from place to place on a map."""

from __future__ import annotations

import re
from html import unescape
from itertools import groupby
from typing import TYPE_CHECKING

from kdisco.view.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kdisco.net.trace import Hop, Trace

__all__ = ["route", "stops"]

STOP = re.compile(r'<g id="\w+\.(there|back)\.(\d+)" class="node [^"]*">\n<title>([^<]*)</title>')
EDGE = re.compile(r'<g id="(edge\.(there|back)\.(\d+))"')
WAYS = ("there", "back")
KINDS = {"pod": "pod", "node": "k8s-node"}

Route = tuple[list[str], list[str]]  # ids in the packet's order, and a word at each


def stops(svg: str) -> Route:
    """The way through a picture that shows the hops themselves; empty where it shows none."""
    told = {(way, int(number)): unescape(title) for way, number, title in STOP.findall(svg)}
    edges = sorted((WAYS.index(way), int(number), name) for name, way, number in EDGE.findall(svg))
    return [name for *_, name in edges], [told.get((WAYS[way], number), "") for way, number, _ in edges]


def route(svg: str, trace: Trace, lang: str | None = None) -> Route:
    """The way of a trace through a picture: its hops where they are drawn, else the Pods and nodes that it passes."""
    path, notes = stops(svg)
    if path:
        return path, notes
    found = [(place, told) for place, told in _places(trace, lang) if f'id="{place}"' in svg]
    return [place for place, _ in found], [told for _, told in found]


def _places(trace: Trace, lang: str | None) -> Iterator[tuple[str, str]]:
    """Each place that is passed, with what happens there."""
    say = words(lang)
    for hops in (trace.hops, trace.reply):
        for where, own in groupby(hops, key=lambda hop: hop.where):
            kind, _, name = where.partition("/")
            if kind in KINDS:
                yield ".".join((KINDS[kind], *name.split("/"))), _told(where, list(own), say)


def _told(where: str, hops: list[Hop], say: Mapping[str, str]) -> str:
    return f"{where}: {', '.join(say.get(f'hop {hop.kind}', hop.kind) for hop in hops)}. {hops[-1].after}"
