"""Large texts read quickly: JSON as JSON, plain YAML straight from the parser's events, without a tree of nodes.

What is not plain (anchors, tags, merge keys, keys that stand twice or are no text, mistakes) is left to the reader
that knows it all and has words for it; what is read here is read as that one reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import yaml

__all__ = ["LARGE", "quick"]

LARGE = 1 << 16  # characters from which on it is worth it
MOST_KNOWN = 1 << 16  # plain scalars of which it is known what they are
Resolve = Callable[[str], Any]


class _Unusual(Exception):  # noqa: N818 - no error: it says that this is another's work
    """Something that is not plain."""


def quick(text: str, loader: type, resolve: Resolve, numbers: Mapping[str, Callable[[str], Any]]) -> list[Any] | None:
    """The documents of a text, None where it is not plain.

    ``resolve`` says what a plain scalar is, ``numbers`` what json's ``parse_int`` and ``parse_float`` make.
    """
    try:
        if text.lstrip()[:1] == "{":
            return [json.loads(text, object_pairs_hook=_pairs, parse_constant=_refuse, **numbers)]
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
    for event in yaml.parse(text, loader):
        kind = type(event)
        if kind is yaml.ScalarEvent:
            if event.anchor is not None or event.tag is not None:
                raise _Unusual
            value = event.value
            if event.style is None or not event.style:
                value = known[value] if value in known else _learnt(known, value, resolve)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            if event.anchor is not None or event.tag is not None or (type(home) is dict and key is None):
                raise _Unusual
            around.append((home, key))
            home, key = ({} if kind is yaml.MappingStartEvent else []), None
            continue
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            value = home
            home, key = around.pop()
        elif kind is yaml.AliasEvent:
            raise _Unusual
        else:
            continue
        if type(home) is list:
            home.append(value)
        elif key is None:
            key = _key(home, value)
        else:
            home[key], key = value, None
    return [each for each in found if each is not None]


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
