"""Objects to API JSON and back, from the attrs fields alone.

The rules are those of the API server's strict JSON decoder: a field it does not know and a value
of another type are errors that name the path; ``null`` means absent. On the way out an unset
optional field is left out, as Go's ``omitempty`` does; ``metadata={"keep": True}`` marks the fields
that upstream prints even when empty, ``metadata={"name": ...}`` an irregular spelling.

A class may list names in ``KEPT``: fields that the API has and the model does not act on. Their
JSON is carried in ``kept`` unchanged. Upstream: apimachinery pkg/runtime/serializer/json, sigs.k8s.io/json.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, Union

import attrs

from kdisco.model.frozen import FrozenMap, freeze, thaw

__all__ = ["Mismatch", "Unknown", "camel", "decode", "encode"]

T = TypeVar("T")
Reader = Callable[[Any, "Where", list[str]], Any]
Writer = Callable[[Any], Any]

SPELT = {"ip": "IP", "ips": "IPs", "cidr": "CIDR", "cidrs": "CIDRs", "id": "ID", "fqdn": "FQDN"}
JSON_WORDS = {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object"}
GO_WORDS = {str: "string", bool: "bool", int: "int32", float: "float64"}
EMPTY = (None, "", (), 0, False)


class Unknown(ValueError):
    """Fields that the kind does not have; ``args`` are their paths."""


class Mismatch(TypeError):
    """A value of another JSON type than the field's; the message is Go's."""


@attrs.frozen
class Where:
    """A place in a document: the path for people and the Go struct for the decoder's message."""

    path: str = ""
    fields: str = ""  # the path without indices, as Go prints it
    struct: str = ""

    def field(self, name: str, struct: str) -> Where:
        """The place of field ``name`` of ``struct``."""
        dot = "." if self.path else ""
        return Where(f"{self.path}{dot}{name}", f"{self.fields}{dot}{name}", struct)

    def item(self, index: int | str) -> Where:
        """The place of one item of a list."""
        return Where(f"{self.path}[{index}]", self.fields, self.struct)

    def wrong(self, value: Any, wanted: str) -> Mismatch:
        """The error for ``value`` where Go wanted ``wanted``."""
        got = JSON_WORDS.get(type(value), "object")
        if wanted == "int32" and isinstance(value, int | float) and not isinstance(value, bool):
            got = f"number {value}"
        at = f"Go struct field {self.struct}.{self.fields}" if self.struct else "Go value"
        return Mismatch(f"json: cannot unmarshal {got} into {at} of type {wanted}")


def camel(name: str) -> str:
    """The API's spelling of a Python field name: ``cluster_ips`` is ``clusterIPs``."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(SPELT.get(word, word.capitalize()) for word in rest)


def decode(cls: type[T], data: Any, *, strict: bool = True) -> T:
    """Read an object of ``cls`` from JSON.

    Raises:
        Unknown: ``strict`` and fields that the class does not have (all of them, in order).
        Mismatch: a value of another type, in Go's words.

    """
    unknown: list[str] = []
    hint: Any = cls
    value: T = _reader(hint)(data, Where(), unknown)
    if unknown and strict:
        raise Unknown(*unknown)
    return value


def encode(value: Any) -> dict[str, Any]:
    """The API JSON of an object: plain dicts and lists, unset fields left out."""
    result: dict[str, Any] = _writer(value.__class__)(value)
    return result


@cache
def _reader(hint: Any) -> Reader:
    """The function that reads a value of this type hint."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        some = [arg for arg in args if arg is not type(None)]
        return _int_or_string if set(some) == {int, str} else _reader(some[0])
    if origin is tuple:
        return _list_reader(_reader(args[0]), GO_WORDS.get(args[0]) or f"v1.{args[0].__name__}")
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _map_reader(_reader(args[1]))
    if attrs.has(hint):
        return _object_reader(hint)
    return _frozen_json if hint is Any else _scalar_reader(hint)


def _scalar_reader(kind: type) -> Reader:
    wanted = GO_WORDS[kind]

    def read(data: Any, where: Where, _unknown: list[str]) -> Any:
        if data is None:
            return kind()
        if type(data) is not kind:
            if kind is float and type(data) is int:
                return float(data)
            raise where.wrong(data, wanted)
        if isinstance(data, int) and not -(2**31) <= data < 2**63:
            raise where.wrong(data, wanted)
        return data

    return read


def _int_or_string(data: Any, where: Where, _unknown: list[str]) -> Any:
    if type(data) not in (int, str):
        raise where.wrong(data, "intstr.IntOrString")
    return data


def _frozen_json(data: Any, _where: Where, _unknown: list[str]) -> Any:
    return freeze(data)


def _list_reader(item: Reader, word: str) -> Reader:
    def read(data: Any, where: Where, unknown: list[str]) -> Any:
        if not isinstance(data, list | tuple):
            raise where.wrong(data, f"[]{word}")
        return tuple(item(each, where.item(i), unknown) for i, each in enumerate(data))

    return read


def _map_reader(item: Reader) -> Reader:
    def read(data: Any, where: Where, unknown: list[str]) -> Any:
        if not isinstance(data, Mapping):
            raise where.wrong(data, "map[string]string")
        return FrozenMap({str(key): item(each, where, unknown) for key, each in data.items()})

    return read


def _object_reader(cls: type) -> Reader:
    hints = typing.get_type_hints(cls)
    known = {_name(field): field.name for field in attrs.fields(cls) if field.name != "kept"}
    kept_names: frozenset[str] = getattr(cls, "KEPT", frozenset())
    struct = cls.__name__
    readers: dict[str, Reader] = {}

    def read(data: Any, where: Where, unknown: list[str]) -> Any:
        if data is None:
            return cls()
        if not isinstance(data, Mapping):
            raise where.wrong(data, f"v1.{struct}")
        values: dict[str, Any] = {}
        kept: dict[str, Any] = {}
        for name, item in data.items():
            attribute = known.get(name)
            if attribute is not None and item is not None:
                if attribute not in readers:
                    readers[attribute] = _reader(hints[attribute])
                values[attribute] = readers[attribute](item, where.field(name, struct), unknown)
            elif name in kept_names:
                kept[name] = freeze(item)
            elif attribute is None and not (name in ("kind", "apiVersion") and not where.path):
                unknown.append(where.field(str(name), struct).path)
        if kept:
            values["kept"] = FrozenMap(kept)
        return cls(**values)

    return read


@cache
def _writer(hint: Any) -> Writer:
    """The function that writes a value of this type."""
    if not attrs.has(hint):
        return _plain
    rows = [(field.name, _name(field), bool(field.metadata.get("keep"))) for field in attrs.fields(hint)]
    marks = (("API_VERSION", "apiVersion"), ("KIND", "kind"))
    head = {name: getattr(hint, mark) for mark, name in marks if hasattr(hint, mark)}
    defaults = {field.name: field.default for field in attrs.fields(hint)}

    def write(value: Any) -> dict[str, Any]:
        out: dict[str, Any] = dict(head)
        for attribute, name, keep in rows:
            item = getattr(value, attribute)
            if name == "kept":
                out.update(thaw(item))
            elif keep or not (item is None or (item == defaults[attribute] and _is_empty(item))):
                out[name] = _plain(item)
        return out

    return write


def _is_empty(item: Any) -> bool:
    return (isinstance(item, dict) and not item) or (not attrs.has(type(item)) and item in EMPTY)


def _plain(item: Any) -> Any:
    if isinstance(item, tuple):
        return [_plain(each) for each in item]
    if isinstance(item, dict):
        return {key: _plain(each) for key, each in item.items()}
    return _writer(item.__class__)(item) if attrs.has(type(item)) else item


def _name(field: attrs.Attribute[Any]) -> str:
    return str(field.metadata.get("name") or camel(field.name))
