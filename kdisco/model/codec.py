"""Objects to API JSON and back, from the attrs fields alone.

The rules are those of the API server's strict JSON decoder: a field it does not know and a value
of another type are errors that name the path; ``null`` means absent. On the way out an unset
optional field is left out, as Go's ``omitempty`` does; ``metadata={"keep": True}`` marks the fields
that upstream prints even when empty, ``metadata={"name": ...}`` an irregular spelling.

A class may list names in ``KEPT``: fields that the API has and the model does not act on. Their
JSON is carried in ``kept`` unchanged. Upstream: apimachinery pkg/runtime/serializer/json, sigs.k8s.io/json.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, Union

import attrs

from kdisco.model.frozen import FrozenMap, freeze, thaw
from kdisco.model.gotime import MICRO, SECOND, canonical_time
from kdisco.model.place import Mismatch, Where

__all__ = ["Mismatch", "Unknown", "camel", "decode", "encode"]

T = TypeVar("T")
Reader = Callable[[Any, Where, list[str]], Any]
Writer = Callable[[Any], Any]

SPELT = {"ip": "IP", "ips": "IPs", "cidr": "CIDR", "cidrs": "CIDRs", "id": "ID", "fqdn": "FQDN"}
GO_WORDS = {str: "string", bool: "bool", int: "int32", float: "float64"}
GO_STRUCTS = {"SlicePort": "EndpointPort"}  # classes that are not called as their Go structs are
NAMED_TEXT = {  # Go types of their own that are text
    ("ContainerPort", "protocol"): "v1.Protocol",
    ("NetworkPolicyPort", "protocol"): "v1.Protocol",
    ("EndpointPort", "protocol"): "v1.Protocol",
    ("ObjectMeta", "uid"): "types.UID",
    ("OwnerReference", "uid"): "types.UID",
    ("PodSpec", "dns_policy"): "v1.DNSPolicy",
    ("PodSpec", "restart_policy"): "v1.RestartPolicy",
    ("ServicePort", "protocol"): "v1.Protocol",
    ("ServiceSpec", "session_affinity"): "v1.ServiceAffinity",
    ("ServiceSpec", "type"): "v1.ServiceType",
}
LONG = (  # counts that Go keeps in 64 bits; all others have 32
    "active_deadline_seconds",
    "deletion_grace_period_seconds",
    "generation",
    "observed_generation",
    "revision",
    "termination_grace_period_seconds",
    "toleration_seconds",
)
TIMES = {"acquire_time": MICRO, "event_time": MICRO, "renew_time": MICRO}  # to the microsecond, others to the second
BASE64 = re.compile("[A-Za-z0-9+/]*={0,2}")
EMPTY = (None, "", (), 0, False)


class Unknown(ValueError):
    """Fields that the kind does not have; ``args`` are their paths."""


def camel(name: str) -> str:
    """The API's spelling of a Python field name: ``cluster_ips`` is ``clusterIPs``."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(SPELT.get(word, word.capitalize()) for word in rest)


def decode(cls: type[T], data: Any, *, strict: bool = True, unknown: list[str] | None = None) -> T:
    """Read an object of ``cls`` from JSON; fields that it does not have are left out and named in ``unknown``.

    Raises:
        Unknown: ``strict``, no ``unknown`` given, and such fields (all of them, in order).
        Mismatch: a value of another type, in Go's words.

    """
    met: list[str] = []
    hint: Any = cls
    value: T = _reader(hint)(data, Where(), met)
    if unknown is not None:
        unknown += met
    elif met and strict:
        raise Unknown(*met)
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
        name = GO_WORDS.get(args[0]) or f"v1.{GO_STRUCTS.get(args[0].__name__, args[0].__name__)}"
        return _list_reader(_reader(args[0]), name)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _map_reader(_reader(args[1]))
    if attrs.has(hint):
        return _object_reader(hint)
    return _frozen_json if hint is Any else _scalar_reader(hint)


def _scalar_reader(kind: type, wanted: str = "") -> Reader:
    wanted = wanted or GO_WORDS[kind]
    most = 2**63 if wanted == "int64" else 2**31

    def read(data: Any, where: Where, _unknown: list[str]) -> Any:
        if data is None:
            return kind()
        if type(data) is not kind:
            if kind is float and type(data) is int:
                return float(data)
            raise where.wrong(data, wanted)
        if isinstance(data, int) and not -most <= data < most:
            raise where.wrong(data, wanted)
        return data

    return read


def _time_reader(layout: str) -> Reader:
    def read(data: Any, where: Where, _unknown: list[str]) -> Any:
        if type(data) is not str:
            raise where.wrong(data, "string")
        try:
            return canonical_time(data, layout) if data else None
        except ValueError as words:
            raise Mismatch(str(words)) from None

    return read


def _base64(data: Any, where: Where, _unknown: list[str]) -> Any:
    """A map of bytes: base64 text, refused where Go's decoder stops."""
    if not isinstance(data, Mapping):
        raise where.wrong(data, "map[string][]uint8")
    for text in data.values():
        if not isinstance(text, str):
            raise where.wrong(text, "[]uint8")
        fits = BASE64.match(text)
        if fits is None or fits.end() < len(text) or len(text) % 4:
            at = fits.end() if fits and fits.end() < len(text) else len(text) // 4 * 4
            msg = f"illegal base64 data at input byte {at}"
            raise Mismatch(msg)
    return FrozenMap({str(key): text for key, text in data.items()})


def _field_reader(cls: type, name: str, hint: Any) -> Reader:
    """The reader of one field: some have a type in Go that Python has no word for."""
    if name.endswith(("_time", "_timestamp")):
        return _time_reader(TIMES.get(name, SECOND))
    if name in LONG:
        return _scalar_reader(int, "int64")
    if name == "binary_data":
        return _base64
    text = NAMED_TEXT.get((cls.__name__, name))
    return _scalar_reader(str, text) if text else _reader(hint)


def _int_or_string(data: Any, where: Where, _unknown: list[str]) -> Any:
    if type(data) not in (int, str) or (type(data) is int and not -(2**31) <= data < 2**31):
        raise where.wrong(data, "int32")
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
    struct = GO_STRUCTS.get(cls.__name__, cls.__name__)
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
                    readers[attribute] = _field_reader(cls, attribute, hints[attribute])
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
