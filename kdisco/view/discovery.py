"""How a name is looked up: the Pod's resolv.conf, each question in its order, and what DNS answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from kdisco.view import dot
from kdisco.view.box import Box, spline
from kdisco.view.diagram import Diagram
from kdisco.view.words import words

__all__ = ["Walk", "discovery"]

Words = Mapping[str, str]
HEAD, ROW = (150.0, 46.0), (292.0, 27.0)  # points
SPAN = 520.0  # points from the Pod's line to the line of DNS
STEP = 38.0  # points from one question to the next
MOST = 24  # questions drawn
STATES = {"NOERROR": "ready", "NODATA": "not-ready", "NXDOMAIN": "not-ready"}  # others: refused


class Walk(Protocol):
    """A lookup that was made: every question with its rcode, and what came of it."""

    @property
    def questions(self) -> Sequence[tuple[str, str, str]]:
        """(name, type, rcode) in order."""

    @property
    def addresses(self) -> Sequence[str]:
        """The addresses found."""

    @property
    def error(self) -> str | None:
        """``EAI_...`` when nothing was found."""


def discovery(
    walk: Walk, name: str, pod: str, resolv_conf: str = "", lang: str | None = None, server: str = "kube-dns"
) -> Diagram:  # fmt: skip
    """The lookup of ``name`` by the Pod ``ns/name``, as a sequence of questions between it and ``server``."""
    say = words(lang)
    asker = pod.removeprefix("pod/")
    title = say["discovery"].format(name=name, pod=asker)
    found = ", ".join(walk.addresses) or walk.error or "-"
    shown = walk.questions[:MOST]
    foot = -(len(shown) + 1) * STEP - 18
    heads = _heads(asker, f"{say['first question']} {name}", resolv_conf, server, foot)
    lines = [*heads, *_conf(resolv_conf), *_rows(shown), *_result(walk, found, foot)]
    told = [f"{at}. {qname} {qtype} -> {rcode}" for at, (qname, qtype, rcode) in enumerate(walk.questions, 1)]
    text = "\n".join([title, *_settings(resolv_conf), *told, f"= {found}"])
    return Diagram(dot.graph(title, lines, layout="nop2"), text)


def _settings(resolv_conf: str) -> list[str]:
    """The lines of resolv.conf that steer the walk."""
    return [line.strip() for line in resolv_conf.splitlines() if line.strip()]


def _heads(pod: str, asks: str, resolv_conf: str, server: str, foot: float) -> Iterator[str]:
    """The two who talk, each above a line that goes down to ``foot``."""
    left, right = Box(0, 0, *HEAD), Box(SPAN, 0, *HEAD)
    yield dot.node(
        "pod", label=dot.label(dot.strong(dot.cut(pod.rpartition("/")[2], 22), 10), dot.muted(dot.trim(asks, 30), 9)),
        tooltip=f"Pod {pod}, {asks}", **left.place, **dot.thing("pod", *pod.split("/"), states=("ready",)),
    )  # fmt: skip
    listed = [line.split() for line in _settings(resolv_conf)]
    address = next((words_[1] for words_ in listed if words_[0] == "nameserver" and len(words_) > 1), "")
    yield dot.node(
        "dns", label=dot.label(dot.strong(server, 11), dot.muted(address, 9)), tooltip=f"DNS {server} {address}",
        **right.place, **dot.thing("dns", "kube-system", server),
    )  # fmt: skip
    for name, box in (("pod", left), ("dns", right)):
        line = [(box.x, box.bottom)] * 2 + [(box.x, foot)] * 2
        yield dot.node(f"{name} end", shape="point", width=0.05, pos=f"{box.x:g},{foot:g}", **dot.paint("rule"))
        yield dot.edge(name, f"{name} end", style="dashed", arrowhead="none", id=f"line.{name}", pos=spline(line))


def _conf(resolv_conf: str) -> Iterator[str]:
    """The search list and the options, between the two."""
    settings = [line for line in _settings(resolv_conf) if not line.startswith("nameserver ")]
    if settings:
        lines = [dot.muted(dot.trim(line, 66), 8) for line in ("/etc/resolv.conf", *settings[:3])]
        place = Box(SPAN / 2, 2, 300.0, 44.0).place
        note = dot.thing("client", "resolv-conf")
        yield dot.node("resolv.conf", label=dot.label(*lines), shape="note", style="filled", **place, **note)


def _rows(questions: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    for at, (qname, qtype, rcode) in enumerate(questions, 1):
        box = Box(SPAN / 2, -at * STEP - 12, *ROW)
        state = STATES.get(rcode, "refused")
        name = qname.rstrip(".") or "."
        yield dot.node(
            f"question {at}",
            label=dot.label(f"{dot.strong(dot.cut(name, 44), 9.5)} {dot.muted(qtype, 9)}", dot.muted(rcode, 8.5)),
            tooltip=f"{at}. {name} {qtype}: {rcode}",
            style="rounded,filled" if state == "ready" else "rounded,filled,dashed",
            **box.place, **dot.thing("packet", f"question-{at}", states=(state,)),
        )  # fmt: skip
        there, back = box.y + 5, box.y - 5
        yield _arrow("pod", f"question {at}", f"ask.{at}", 0, box.left, there)
        yield _arrow(f"question {at}", "dns", f"asked.{at}", box.right, SPAN, there)
        yield _arrow("dns", f"question {at}", f"answer.{at}", SPAN, box.right, back, style="dashed")
        yield _arrow(f"question {at}", "pod", f"answered.{at}", box.left, 0, back, style="dashed")


def _arrow(tail: str, head: str, name: str, start: float, end: float, y: float, **more: object) -> str:
    tip = 5.0 if end > start else -5.0
    line = [(start, y), ((2 * start + end) / 3, y), ((start + 2 * end) / 3, y), (end - tip, y)]
    return dot.edge(tail, head, id=name, pos=spline(line, (end, y)), **more)


def _result(walk: Walk, found: str, foot: float) -> Iterator[str]:
    state = "ready" if walk.addresses else "refused"
    place = Box(0, foot, HEAD[0], 28.0).place
    body = dot.label(dot.strong(dot.trim(found, 24), 10))
    yield dot.node("result", label=body, tooltip=found, **place, **dot.thing("client", "result", states=(state,)))
