"""One Service in the three modes of kube-proxy, side by side: how each gets from the address to an endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from kdisco.view import dot
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.jumps import HOOKS, Jump
from kdisco.view.sheet import arrow, card, frame, note
from kdisco.view.words import words

__all__ = ["ModeOf", "modes"]

Words = Mapping[str, str]
CARD, ROOM, STEP, DOWN = (204.0, 36.0), 232.0, 40.0, 64.0  # points
BETWEEN, TITLE = 16.0, 40.0
MOST = 6  # endpoints drawn in each mode


@frozen(kw_only=True)
class ModeOf:
    """One mode: its jumps for the Service, and how many rules a first packet's kernel looks at (``visited``)."""

    mode: str
    jumps: Sequence[Jump]
    visited: int | None


def modes(found: Sequence[ModeOf], service: str, services: int, lang: str | None = None) -> Diagram:
    """Columns for the modes; ``services`` is how many the cluster has. Raises UsageError for an unknown ``lang``."""
    say = words(lang)
    title = say["modes title"].format(name=service)
    told = [line for each in found for line in _told(each, services, say)]
    lines = [line for at, each in enumerate(found) for line in _column(each, at, services, say)]
    return Diagram(dot.graph(title, lines, layout="nop2"), "\n".join([title, *told]))


def _column(each: ModeOf, at: int, services: int, say: Words) -> Iterator[str]:
    x = at * (ROOM + BETWEEN)
    first = next((jump for jump in each.jumps if jump.chain in HOOKS), None)
    ends = _ends(each)[:MOST]
    deep = TITLE + 2 * DOWN + max(len(ends), 1) * STEP + 44
    hull = Box(x, 34 - deep / 2, ROOM, deep)
    yield frame(f"mode/{each.mode}", hull, (each.mode, say[f"mode {each.mode}"]), "frame", each.mode)
    if first is None:
        yield note(f"none.{each.mode}", x, -60, say["no endpoints"])
        return
    hook, chain = Box(x, -30.0, *CARD), Box(x, -30.0 - DOWN, *CARD)
    yield card(f"{each.mode} hook", hook, (first.chain, say[f"find {each.mode}"]), "rule", each.mode, first.chain)
    yield card(f"{each.mode} chain", chain, (_short(first), say[f"pick {each.mode}"]), "rule", each.mode, "service")
    yield arrow(
        f"{each.mode} hook", f"{each.mode} chain", (hook, chain), f"{each.mode}.hook", upright=True,
        tooltip=first.match or None,
    )  # fmt: skip
    for row, (target, chance) in enumerate(ends):
        box = Box(x, chain.y - DOWN - row * STEP, CARD[0] - 50, 32.0)
        name = f"{each.mode} {target}"
        yield card(name, box, (target, chance), "pod", each.mode, target, states=("ready",), size=9.5)
    if ends:
        top = Box(x, chain.y - DOWN, CARD[0] - 50, 32.0)
        yield arrow(f"{each.mode} chain", f"{each.mode} {ends[0][0]}", (chain, top), f"{each.mode}.pick", upright=True)
    words_ = _visited(each, services, say)
    yield note(f"visited.{each.mode}", x, hull.bottom + 16, words_, 9.0)


def _short(first: Jump) -> str:
    return first.to if first.chain in ("KUBE-SERVICES", "IPVS") else first.to.partition("-")[0] + " " + first.comment


def _ends(each: ModeOf) -> list[tuple[str, str]]:
    """The endpoints of a mode with the chance of each."""
    chances = {jump.to: jump.probability for jump in each.jumps}
    tails = {jump.chain for jump in each.jumps}
    last = [jump for jump in each.jumps if jump.to not in tails and jump.chain not in HOOKS]
    found = {jump.to: chances.get(jump.chain, jump.probability) for jump in last}
    return [(name, f"{chance}" if chance is not None else "rr") for name, chance in found.items()]


def _visited(each: ModeOf, services: int, say: Words) -> str:
    if each.visited is None:
        return ""
    return say["visited"].format(count=each.visited, services=services)


def _told(each: ModeOf, services: int, say: Words) -> Iterator[str]:
    yield f"{each.mode}: {say[f'mode {each.mode}']}"
    yield f"  {say[f'find {each.mode}']}; {say[f'pick {each.mode}']}; {_visited(each, services, say)}".rstrip("; ")
    yield from (f"  {name} {chance}" for name, chance in _ends(each))
