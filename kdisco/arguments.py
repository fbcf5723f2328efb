"""What may be given to a cluster from Python, and the words for what may not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from inspect import signature
from typing import Any, TypeVar

from kdisco.errors import UsageError
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import seconds
from kdisco.model.selector import LabelSelector, parse_selector
from kdisco.net.packet import number
from kdisco.store.events import LookUp

__all__ = [
    "duration",
    "function",
    "is_address",
    "keywords",
    "look_up",
    "moment",
    "names",
    "one_of",
    "painter",
    "selected",
    "texts",
    "whole",
]

Drawn = TypeVar("Drawn")


def texts(**given: Any) -> None:
    """Raise UsageError unless all that is given (name=..., namespace=...) is text."""
    for name, value in given.items():
        if not isinstance(value, str):
            msg = f"{name}: {value!r} is not text"
            raise UsageError(msg)


def is_address(text: str) -> bool:
    """Whether a text is an IP address, so that nobody needs to look it up."""
    try:
        number(text)
    except ValueError:
        return False
    return True


def look_up(source: str, name: str, turn: int = 0) -> LookUp:
    """The lookup of a program at ``pod/ns/name`` or ``node/name``: a Pod has the cluster DNS, a node its own resolver.

    Raises UsageError for any other source: who is outside has resolvers that nobody knows of here.
    """
    kind, slash, where = source.partition("/")
    if not slash:
        msg = f"curl: (6) Could not resolve host: {name}; only Pods and nodes look names up here, give an address"
        raise UsageError(msg)
    if kind == "node" and "/" not in where:
        return LookUp(name=name, node=where, turn=turn)
    return LookUp(name=name, pod=source.removeprefix("pod/"), turn=turn)


def names(name: str, value: Any) -> tuple[str, ...]:
    """Several names; raises UsageError for anything else, one text too."""
    listed = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (None,)
    if not all(isinstance(each, str) for each in listed):
        msg = f"{name}: {value!r} is not a list of names"
        raise UsageError(msg)
    return listed


def one_of(name: str, value: Any, known: tuple[str | None, ...]) -> None:
    """Raise UsageError unless ``value`` is among the known ones."""
    if value not in known:
        msg = f"{name}: {value!r} is not one of {', '.join(map(repr, known))}"
        raise UsageError(msg)


def whole(name: str, value: Any, highest: float = math.inf) -> int:
    """A whole number from 0 to ``highest``; raises UsageError for anything else, True and False too."""
    if type(value) is not int or not 0 <= value <= highest:
        bound = "on" if highest == math.inf else f"to {highest}"
        msg = f"{name}: {value!r} is not a whole number from 0 {bound}"
        raise UsageError(msg)
    return value


def duration(name: str, value: Any) -> float:
    """A number of seconds from 0 on; raises UsageError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        msg = f"{name}: {value!r} is not a number of seconds from 0 on"
        raise UsageError(msg)
    return value


def moment(name: str, value: Any) -> float:
    """The Unix seconds of a time as the API writes it; raises UsageError for anything else."""
    try:
        return seconds(value)
    except (TypeError, ValueError):
        msg = f"{name}: {value!r} is not a time like 2026-01-15T12:00:00Z"
        raise UsageError(msg) from None


def function(name: str, value: Any) -> Callable[..., object]:
    """What can be called; raises UsageError for anything else."""
    if not callable(value):
        msg = f"{name}: {value!r} cannot be called"
        raise UsageError(msg)
    found: Callable[..., object] = value
    return found


def keywords(wanted: Callable[..., object], given: Mapping[str, Any], required: tuple[str, ...]) -> None:
    """Raise UsageError for a keyword that a function does not have, and for one that it needs."""
    known = [each.name for each in signature(wanted).parameters.values() if each.kind is each.KEYWORD_ONLY]
    for name in given:
        if name not in known:
            msg = f"{name}: no such keyword; there are {', '.join(known)}"
            raise UsageError(msg)
    for name in required:
        if name not in given:
            msg = f"{name}: is needed; there are {', '.join(known)}"
            raise UsageError(msg)


def painter(
    word: str, kinds: Mapping[str, Callable[..., Drawn]], kind: str, given: Iterable[str]
) -> Callable[..., Drawn]:
    """What draws a kind of picture from a cluster, a language and ``given`` keywords; ``word`` is what it is called.

    Raises UsageError for an unknown kind, with the nearest one, and for a keyword that this kind does not have.
    """
    found = kinds.get(kind)
    if found is None:
        near = get_close_matches(str(kind), kinds, 1)
        msg = f"{word}: {kind!r} is not one of {', '.join(kinds)}" + (f"; did you mean {near[0]}?" if near else "")
        raise UsageError(msg)
    known = [*signature(found).parameters][2:]
    for name in given:
        if name not in known:
            msg = f"{word} {kind}: no keyword {name}; there are {', '.join(['lang', *known])}"
            raise UsageError(msg)
    return found


def selected(selector: str | Mapping[str, str] | None) -> LabelSelector | None:
    """A label selector given as text or as labels; raises BadRequest or UsageError."""
    if selector is None:
        return None
    if isinstance(selector, Mapping):
        return LabelSelector(match_labels=FrozenMap(selector))
    texts(selector=selector)
    return parse_selector(selector)
