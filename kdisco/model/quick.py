"""Large texts read quickly: JSON as JSON, plain YAML straight from the parser's events, without a tree of nodes.

What is not plain (anchors, tags, merge keys, keys that stand twice or are no text, mistakes) is left to the reader
that knows it all and has words for it; what is read here is read as that one reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml

__all__ = ["LARGE", "quick"]

LARGE = 1 << 16  # characters from which on it is worth it
MOST_KNOWN = 1 << 16  # plain scalars of which it is known what they are
Resolve = Callable[[str], Any]


class _Unusual(Exception):
    """Something that is not plain."""


def quick(text: str, loader: type, resolve: Resolve, numbers: tuple[Resolve, Resolve]) -> list[Any] | None:
    """The documents of a text, None where it is not plain.

    ``resolve`` says what a plain scalar is, ``numbers`` what JSON's whole numbers and its others are.
    """
    try:
        if text.lstrip()[:1] == "{":
            whole, other = numbers
            found = json.loads(
                text, object_pairs_hook=_pairs, parse_constant=_refuse, parse_int=whole, parse_float=other
            )
            return [found]
        return _documents(text, loader, resolve)
    except (_Unusual, ValueError, RecursionError, yaml.YAMLError):
        return None


def _refuse(_word: str) -> Any:
    raise _Unusual


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unusual
    return found


def _documents(text: str, loader: type, resolve: Resolve) -> list[Any]:
    """Build values as events come: ``home`` is the list or mapping that is open, ``key`` what waits for its value."""
    known: dict[str, Any] = {}
    found: list[Any] = []
    home: Any = found
    key: str | None = None
    around: list[tuple[Any, str | None]] = []
    event: Any
    for event in yaml.parse(text, loader):
        kind = type(event)
        if kind is yaml.ScalarEvent:
            value = _scalar(event, known, resolve)
        elif kind in STARTS:
            if event.anchor is not None or event.tag is not None or (type(home) is dict and key is None):
                raise _Unusual
            around.append((home, key))
            home, key = STARTS[kind](), None
            continue
        elif kind in ENDS:
            value = home
            home, key = around.pop()
        elif kind is yaml.AliasEvent:
            raise _Unusual
        else:
            continue
        key = _put(home, key, value)
    return [each for each in found if each is not None]


STARTS: dict[Any, type] = {yaml.MappingStartEvent: dict, yaml.SequenceStartEvent: list}
ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def _put(home: Any, key: str | None, value: Any) -> str | None:
    """Put a value where it belongs; gives the key that waits for its value from now on."""
    if type(home) is list:
        home.append(value)
    elif key is None:
        return _key(home, value)
    else:
        home[key] = value
    return None


def _scalar(event: Any, known: dict[str, Any], resolve: Resolve) -> Any:
    if event.anchor is not None or event.tag is not None:
        raise _Unusual
    if event.style:
        return event.value
    return known[event.value] if event.value in known else _learnt(known, event.value, resolve)


def _learnt(known: dict[str, Any], text: str, resolve: Resolve) -> Any:
    """What a plain scalar is; remembered, because most stand in a dump again and again."""
    value = resolve(text)
    if len(known) < MOST_KNOWN:
        known[text] = value
    return value


def _key(home: dict[str, Any], value: Any) -> str:
    name = str(value).lower() if isinstance(value, bool) else str(value)
    if value is None or name == "<<" or name in home:
        raise _Unusual
    return name
