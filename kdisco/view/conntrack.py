"""The connections that a node's kernel tracks: how each packet came, how its answer will come, and what NAT changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kdisco.net.conntrack import connections
from kdisco.net.packet import target
from kdisco.view import dot
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.sheet import arrow, card, note, nothing
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.net.conntrack import Entry, Flow
    from kdisco.store.state import State

__all__ = ["conntrack"]

Words = Mapping[str, str]
STATE, FLOW, STEP = (112.0, 34.0), (196.0, 34.0), 42.0  # points
COLUMNS = (0.0, 180.0, 404.0)
MOST = 14  # connections drawn


def conntrack(state: State, node: str, lang: str | None = None) -> Diagram:
    """A node's connection table, those that NAT rewrote first. Raises UsageError for an unknown ``lang``."""
    say = words(lang)
    found = sorted(connections(state, node), key=lambda entry: (not entry.rewritten, entry.original))
    title = say["conntrack title"].format(node=node, count=len(found))
    if not found:
        return Diagram(dot.graph(title, [nothing(say["no connections"])]), f"{title}\n{say['no connections']}")
    text = "\n".join([title, *(f"  {entry.line(state.now)}" for entry in found)])
    return Diagram(dot.graph(title, _drawn(state, found, say), layout="nop2"), text)


def _drawn(state: State, found: Sequence[Entry], say: Words) -> Iterator[str]:
    for at, key in enumerate(("state", "original", "reply")):
        yield note(key, COLUMNS[at], 30, say[f"conntrack {key}"])
    for at, entry in enumerate(found[:MOST]):
        name = _name(entry.original)
        boxes = [Box(x, -at * STEP, *(STATE if not column else FLOW)) for column, x in enumerate(COLUMNS)]
        left = say["seconds left"].format(seconds=max(int(entry.expires - state.now), 0))
        mood = entry.state or say["replied" if entry.replied else "unreplied"]
        yield card(
            f"state {at}", boxes[0], (f"{entry.protocol} {mood}", left), "rule", name,
            states=("ready",) if entry.replied else ("not-ready",),
            outline={"style": "rounded,filled" if entry.replied else "rounded,filled,dashed"},
        )  # fmt: skip
        yield card(f"original {at}", boxes[1], _ends(entry.original), "packet", "original", name, size=9.0)
        wrote = _rewritten(entry, say)
        states = ("changed",) if entry.rewritten else ()
        words_ = (_ends(entry.reply)[0], wrote)
        yield card(f"reply {at}", boxes[2], words_, "packet", "reply", name, states=states, size=9.0)
        yield arrow(f"original {at}", f"reply {at}", (boxes[1], boxes[2]), f"reply.{name}", dashed=not entry.rewritten)
    if len(found) > MOST:
        yield note("more", COLUMNS[1], -MOST * STEP + 12, say["more"].format(count=len(found) - MOST))


def _ends(flow: Flow) -> tuple[str]:
    _, source, sport, destination, dport = flow
    return (f"{target(source, sport)} \u2192 {target(destination, dport)}",)


def _rewritten(entry: Entry, say: Words) -> str:
    """What NAT did: the answer shows it, which comes from another end than was asked, or goes to another."""
    _, source, sport, destination, dport = entry.original
    _, answering, aport, asked, qport = entry.reply
    told = []
    if (destination, dport) != (answering, aport):
        told.append(say["dnat undone"].format(end=target(destination, dport)))
    if (source, sport) != (asked, qport):
        told.append(say["snat undone"].format(end=target(source, sport)))
    return ", ".join(told) or say["unchanged"]


def _name(flow: Flow) -> str:
    return "-".join(map(str, flow))
