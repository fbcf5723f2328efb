"""A packet within a packet: the headers that VXLAN puts around it between two nodes, outermost first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from kdisco.net.vxlan import HEADERS
from kdisco.view import dot
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.sheet import arrow, card, note, nothing
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.net.trace import Trace
    from kdisco.net.vxlan import Outer

__all__ = ["layers", "vxlan"]

Words = Mapping[str, str]
WIDE, HIGH, STEP, NARROWER = 372.0, 32.0, 38.0, 34.0  # points: the outermost header, and how each within shrinks
END, SIDE = (138.0, 46.0), 312.0  # a node, and how far from the middle it stands
OUTER = ("outer ethernet", "outer ip", "udp", "vxlan", "inner ethernet")
ARROW = "\u2192"


def layers(trace: Trace, outer: Outer) -> list[tuple[str, str]]:
    """The headers on the wire between two nodes, outermost first: (name, from and to)."""
    hop = next(hop for hop in trace.hops if hop.kind == "vxlan")
    packet = hop.before
    (left, right), (first, last) = outer.ethernet, outer.inner_ethernet
    return [
        ("outer ethernet", f"{left} {ARROW} {right}"),
        ("outer ip", f"{outer.source} {ARROW} {outer.destination}"),
        ("udp", f"{outer.sport} {ARROW} {outer.dport}"),
        ("vxlan", f"VNI {outer.vni}"),
        ("inner ethernet", f"{first} {ARROW} {last}"),
        ("inner ip", f"{packet.source} {ARROW} {packet.destination}"),
        (packet.protocol.upper(), f"{packet.sport} {ARROW} {packet.dport}"),
    ]


def vxlan(trace: Trace, lang: str | None = None) -> Diagram:
    """The packet of a trace as it travels from node to node; one that stays on its node gives a picture that says so.

    Raises UsageError for an unknown ``lang``.
    """
    say = words(lang)
    outer, places = trace.outer, [hop.where for hop in trace.hops]
    nodes = list(dict.fromkeys(where.removeprefix("node/") for where in places if where.startswith("node/")))
    if outer is None:
        title = say["vxlan none"]
        return Diagram(dot.graph(title, [nothing(title)]), f"{trace.packet}\n{title}")
    title = say["vxlan title"].format(tail=nodes[0], head=nodes[-1])
    found = layers(trace, outer)
    told = (f"{'  ' * at}{say.get(f'frame {name}', name)} {ends}" for at, (name, ends) in enumerate(found))
    text = "\n".join([title, *told])
    return Diagram(dot.graph(title, _drawn(trace, outer, (nodes[0], nodes[-1]), say), layout="nop2"), text)


def _drawn(trace: Trace, outer: Outer, nodes: tuple[str, str], say: Words) -> Iterator[str]:
    found = layers(trace, outer)
    middle = -(len(found) - 1) * STEP / 2
    sides = [Box(-SIDE, middle, *END), Box(SIDE, middle, *END)]
    words_ = ("wraps", "unwraps")
    addresses = (outer.source, outer.destination)
    for name, box, word, address in zip(nodes, sides, words_, addresses, strict=True):
        yield card(f"node/{name}", box, (name, address, f"flannel.1: {say[word]}"), "k8s-node", name)
    inner = len(OUTER)
    for at, (name, ends) in enumerate(found):
        box = Box(0, -at * STEP, WIDE - at * NARROWER / 2, HIGH)
        around = name in OUTER
        yield card(
            name, box, (say.get(f"frame {name}", name), ends), "packet", name.replace(" ", "-"),
            states=() if around else ("ready",), outline={"style": "filled" if around else "filled,bold"},
        )  # fmt: skip
    first, last = Box(0, middle, WIDE, HIGH), Box(0, middle, WIDE, HIGH)
    yield arrow(f"node/{nodes[0]}", found[3][0], (sides[0], _shrunk(first)), "wrap", lane=0)
    yield arrow(found[3][0], f"node/{nodes[1]}", (_shrunk(last), sides[1]), "unwrap", lane=0)
    bytes_ = HEADERS[trace.packet.family]
    yield note("outer", 0, 30, say["outer"].format(bytes=bytes_))
    yield note("inner", 0, -(inner + 2) * STEP + 8, say["inner"])


def _shrunk(box: Box) -> Box:
    """Where an arrow meets the headers in the middle of their pile."""
    return Box(box.x, box.y, box.width - 3 * NARROWER / 2, box.height)
