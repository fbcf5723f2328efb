"""A label selector at work: matching labels marked, and for every Pod that it passes over the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kdisco.view import dot
from kdisco.view.backends import OUTLINES, pod_state, short
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.nearness import Match, judged
from kdisco.view.sheet import arrow, card, note, nothing
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.model.meta import Key
    from kdisco.model.service import Service
    from kdisco.store.state import State

__all__ = ["selector"]

Words = Mapping[str, str]
SERVICE, POD, CHIP, STEP = (160.0, 44.0), (168.0, 34.0), (132.0, 22.0), 44.0  # points
WANTED = (160.0, 22.0)  # one pair of the selector
COLUMNS = (0.0, 244.0, 412.0)  # the Service, the Pods, their labels
MOST, MOST_CHIPS = 16, 3  # Pods drawn, labels of each
OF_A_REVISION = ("pod-template-hash", "controller-revision-hash", "pod-template-generation")


def selector(state: State, key: Key, lang: str | None = None) -> Diagram:
    """The selector of one Service beside all Pods that it finds, nearly finds or passes over.

    Raises UsageError for an unknown ``lang``.
    """
    say = words(lang)
    found: Service | None = state.view.get("services", key)
    title = say["selector title"].format(name=key[1])
    if found is None:
        return Diagram(dot.graph(title, [nothing(say["nothing"], "service")]), f"{title}: {say['nothing']}")
    matched = judged(state.view, found)
    text = "\n".join([title, *_told(found, matched, say)])
    return Diagram(dot.graph(title, _drawn(found, matched, say), layout="nop2"), text)


def _drawn(found: Service, matched: Sequence[Match], say: Words) -> Iterator[str]:
    shown = matched[:MOST]
    middle = -(len(shown) - 1) * STEP / 2 if shown else 0.0
    front = Box(COLUMNS[0], middle + len(found.spec.selector) * 13, *SERVICE)
    yield card("service", front, (found.name, f"{say['namespace']} {found.namespace}"), "service", *found.key)
    foot = front
    for pair in sorted(found.spec.selector.items()):
        foot = Box(front.x, foot.bottom - 3 - WANTED[1] / 2, *WANTED)
        yield card(f"wanted {pair[0]}", foot, ("=".join(pair),), "label", "wanted", pair[0], size=9.5)
    if not found.spec.selector:
        yield note("empty", front.x, front.bottom - 14, say["no selector"])
    for at, each in enumerate(shown):
        yield from _row(found, each, at, front, say)
    if len(matched) > MOST:
        yield note("more", COLUMNS[1], -MOST * STEP + 10, say["more pods"].format(count=len(matched) - MOST))


def _row(found: Service, each: Match, at: int, front: Box, say: Words) -> Iterator[str]:
    """A Pod with its labels, and in words why it is found or not."""
    pod, (state, word) = each.pod, pod_state(each.pod)
    box, name = Box(COLUMNS[1], -at * STEP, *POD), "/".join(("pod", *each.pod.key))
    where = "" if pod.namespace == found.namespace else f"{say['namespace']} {pod.namespace}"
    yield card(
        name, box, (short(pod, 26), " ".join(filter(None, (*pod.addresses[:1], say[word], where)))),
        "pod", *pod.key, states=(state,), outline=OUTLINES[state],
        tooltip=f"Pod {'/'.join(pod.key)}: {_why(each, say)}",
    )  # fmt: skip
    if each.chosen:
        yield arrow("service", name, (front, box), pod.name, lane=0, dashed=each.rank > 0)
    chips = _chips(found, each)
    for place, (key, value, right) in enumerate(chips):
        chip = Box(COLUMNS[2] + place * (CHIP[0] + 6), box.y + 7, *CHIP)
        yield card(
            f"{name} {key}", chip, (f"{key}={value}",), "label", *pod.key, key,
            states=("ready",) if right else (), size=9.0,
            outline={"style": "filled,bold" if right else "filled,dashed"},
        )  # fmt: skip
    told = _why(each, say)
    yield note(f"why.{at}", COLUMNS[2] - CHIP[0] / 2, box.y - 13, told, 8.5, left=True)


def _chips(found: Service, each: Match) -> list[tuple[str, str, bool]]:
    """The labels drawn beside a Pod: those asked for first, each with whether it is right."""
    wanted, labels = found.spec.selector, each.pod.labels
    own = [(key, labels[key], labels[key] == value) for key, value in sorted(wanted.items()) if key in labels]
    rest = [(key, value, False) for key, value in sorted(labels.items()) if key not in wanted]
    return [*own, *(row for row in rest if row[0] not in OF_A_REVISION)][:MOST_CHIPS]


def _why(each: Match, say: Words) -> str:
    return "; ".join(say[word].format(**what) for word, what in each.why) or say["no match"]


def _told(found: Service, matched: Sequence[Match], say: Words) -> Iterator[str]:
    pairs = ",".join(f"{key}={value}" for key, value in sorted(found.spec.selector.items()))
    yield f"{say['selector']}: {pairs or say['no selector']}"
    for each in matched:
        shown = sorted(pair for pair in each.pod.labels.items() if pair[0] not in OF_A_REVISION)
        labels = ",".join(f"{key}={value}" for key, value in shown)
        yield f"  {'+' if each.chosen else '-'} Pod {'/'.join(each.pod.key)} ({labels or '-'}): {_why(each, say)}"
