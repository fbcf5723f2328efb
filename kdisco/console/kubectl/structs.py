"""Objects as kubectl's own Go structs write them: fields in their order, those it does not know left out.

Commands that know a kind (create KIND, run, expose, set image, rollout, taint, events) print it so; all others print
what the server sent. ``tests/support/make_structs.py`` takes the table from a real kubectl 1.32.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["as_struct"]


@cache
def _table() -> Mapping[str, Any]:
    data = (files("kdisco.console.kubectl.data") / "structs.json.gz").read_bytes()
    found: Mapping[str, Any] = json.loads(gzip.decompress(data))
    return found


@cache
def _root(kind: str, group: str) -> str:
    """The type of a kind, "" where it is not known as a struct."""
    roots: Mapping[str, str] = _table()["roots"]
    return next((
        name for resource, name in roots.items()
        if name.rpartition(".")[2] == kind and resource.partition(".")[2] == group
    ), "")


def as_struct(document: Mapping[str, Any]) -> dict[str, Any]:
    """An object with its fields as a struct has them, also those that are always written though they are empty."""
    group = str(document.get("apiVersion", "")).rpartition("/")[0]
    root = _root(str(document.get("kind", "")), group)
    found: dict[str, Any] = _struct(f"#{root}", document) if root else dict(document)
    return found


def _struct(kind: str, value: Any) -> Any:
    if kind.startswith("[]") and isinstance(value, list | tuple):
        return [_struct(kind[2:], each) for each in value]
    if not isinstance(value, Mapping):
        return value
    if kind.startswith("map[string]"):
        return {key: _struct(kind.removeprefix("map[string]"), value[key]) for key in sorted(value)}
    known = _table()["types"].get(kind[1:])
    if known is None:  # a map of words, or JSON as it is
        return {key: _struct("", value[key]) for key in sorted(value)}
    return {
        name: _struct(sort, value[name]) if name in value else known["always"][name]
        for name, sort in known["fields"].items()
        if name in value or name in known["always"]
    }
