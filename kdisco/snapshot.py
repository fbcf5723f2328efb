"""Frozen values as plain JSON and back: what is one object in several places stays one.

A value becomes a list of parts, each written once; what holds a part names it by its place: ``{"=": 7}``. A part
comes after all that it holds, so there are no circles and reading is one way through. An object of a class is
``{"@": "model.pod.Pod", ...}`` with the fields that differ from their defaults. Numbers, texts and tuples of them
stand where they are; nothing but the model's own attrs classes is ever made, whatever a text names.
"""

from __future__ import annotations

import math
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from importlib import import_module
from operator import attrgetter
from typing import Any

import attrs

from kdisco.errors import UsageError
from kdisco.model.frozen import FrozenMap
from kdisco.rooted import Rooted
from kdisco.tree import Tree

__all__ = ["Reader", "Writer"]

KIND, PLACE = "@", "="  # of a part; of a reference to one
NAME = re.compile(r"(config|(model|store|control|net|dns|faults)(\.[a-z][a-z0-9_]*)+)\._?[A-Z][A-Za-z0-9]*")
PLAIN = (type(None), bool, int, str)


def _pairs(found: Mapping[Any, Any] | Tree[Any, Any] | Rooted[Any, Any]) -> Iterator[Any]:
    """Keys and values in turn."""
    return (each for pair in found.items() for each in pair)


def _paired(listed: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    return zip(listed[::2], listed[1::2], strict=True)


Apart = Callable[[Any], Iterable[Any]]  # a value as a row of values
Make = Callable[[tuple[Any, ...]], Any]  # and of a row the value again
KINDS: Mapping[type, tuple[str, Apart, Make]] = {
    FrozenMap: ("map", _pairs, lambda row: FrozenMap(_paired(row))),
    Tree: ("tree", _pairs, lambda row: Tree.of(_paired(row))),
    Rooted: ("rooted", _pairs, lambda row: Rooted(_paired(row))),
    dict: ("dict", _pairs, lambda row: dict(_paired(row))),
    list: ("list", iter, list),
    frozenset: ("set", sorted, frozenset),
    bytes: ("bytes", lambda found: [b64encode(found).decode()], lambda row: b64decode(row[0], validate=True)),
}
NAMED = {name: make for name, _, make in KINDS.values()}


@cache
def _fields(cls: type) -> tuple[tuple[str, str, Any], ...]:
    """The fields of a class: attribute, keyword, and what it is when nothing is said."""
    return tuple((each.name, each.alias or each.name, each.default) for each in attrs.fields(cls) if each.init)


class Writer:
    """Takes values apart; ``parts`` is what they are made of."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self._places: dict[int, int] = {}
        self._kept: list[Any] = []  # an id is an object's own as long as that lives

    def write(self, value: Any) -> Any:
        """The JSON that stands for a value; raises UsageError for what is no value of the model."""
        kind = type(value)
        if kind in PLAIN:
            return value
        if isinstance(value, int):  # a number with a name: an rcode
            return int(value)
        if isinstance(value, str):  # a text that knows its words
            return str(value)
        if kind is float:
            return value if math.isfinite(value) else {KIND: repr(value)}
        if kind is tuple:
            return [self.write(each) for each in value]
        place = self._places.get(id(value))
        if place is None:
            part = self._part(value)
            place = self._places[id(value)] = len(self.parts)
            self.parts.append(part)
            self._kept.append(value)
        return {PLACE: place}

    def _part(self, value: Any) -> Any:
        kind = type(value)
        row = KINDS.get(kind)
        if row is not None:
            return {KIND: row[0], "of": [self.write(each) for each in row[1](value)]}
        if attrs.has(kind) and NAME.fullmatch(_name(kind)):
            said = ((name, word, getattr(value, name), default) for name, word, default in _fields(kind))
            return {KIND: _name(kind)} | {
                word: self.write(found) for _, word, found, default in said if not _same(found, default)
            }
        for name, (cls, apart, _) in _others().items():
            if isinstance(value, cls):
                return {KIND: name, "of": [self.write(each) for each in apart(value)]}
        msg = f"cannot be saved: a {kind.__module__}.{kind.__qualname__} is no value of the model"
        raise UsageError(msg)


class Reader:
    """Makes values of their parts; raises UsageError for parts that no Writer wrote."""

    def __init__(self, parts: Iterable[Any]) -> None:
        self._made: list[Any] = []
        for place, part in enumerate(parts):
            try:
                self._made.append(self._make(part))
            except (AttributeError, ImportError, IndexError, KeyError, TypeError, ValueError) as problem:
                msg = f"part {place} does not fit: {problem}"
                raise UsageError(msg) from None

    def read(self, written: Any) -> Any:
        """The value that a JSON stands for."""
        if isinstance(written, list):
            return tuple([self.read(each) for each in written])
        if isinstance(written, dict):
            return self._made[written[PLACE]] if PLACE in written else float(written[KIND])
        return written

    def _make(self, part: Any) -> Any:
        name = part[KIND]
        if name in NAMED:
            return NAMED[name](self.read(part["of"]))
        if name in _others():
            return _others()[name][2](self.read(part["of"]))
        return _class(name)(**{word: self.read(found) for word, found in part.items() if word != KIND})


def _same(found: Any, default: Any) -> bool:
    """Whether a value need not be written: it is its default. 1 is not True, and 1.0 is neither."""
    return found is default or (type(found) is type(default) and type(found) in (*PLAIN, float) and found == default)


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}".removeprefix("kdisco.")


@cache
def _class(name: str) -> Callable[..., Any]:
    """The class of a name; raises ValueError for what is no class of the model."""
    module, _, cls = name.rpartition(".")
    found = getattr(import_module(f"kdisco.{module}"), cls, None) if NAME.fullmatch(name) else None
    if not (isinstance(found, type) and attrs.has(found) and _name(found) == name):
        msg = f"{name!r} is no class of the model"
        raise ValueError(msg)
    return found


def _called(cls: Callable[..., Any], row: tuple[Any, ...]) -> Any:
    return cls(*row)


@cache
def _others() -> Mapping[str, tuple[type, Apart, Make]]:
    """What is no attrs class: dnspython's names (with their letter case) and record data, and rules in force.

    Rules are written as what they were made from.
    """
    name, rdata = (import_module(f"dns.{each}") for each in ("name", "rdata"))
    fates = import_module("kdisco.net.fates")

    def record(row: tuple[Any, ...]) -> Any:
        try:
            return rdata.from_wire(row[0], row[1], row[2], 0, len(row[2]))
        except import_module("dns.exception").DNSException as problem:
            raise ValueError(str(problem)) from None

    return {
        "name": (name.Name, lambda found: found.labels, name.Name),
        "rdata": (rdata.Rdata, lambda found: (int(found.rdclass), int(found.rdtype), found.to_wire()), record),
        **{
            f"rules {mode}": (cls, attrgetter("view", "node", "settings"), partial(_called, cls))
            for mode, cls in fates.MODES.items()
        },
    }
