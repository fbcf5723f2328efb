"""What differs between two moments: objects, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from kdisco.phrase import Phrase, said
from kdisco.store.state import State

__all__ = ["ObjectDifference", "object_differences", "word"]

NONE = Phrase("(none)")
NOISE = ("metadata.resourceVersion",)


@frozen(kw_only=True)
class ObjectDifference:
    """One object that came, went or changed; ``fields`` are (path, old, new) with None for absent."""

    name: str
    type: str
    fields: tuple[tuple[str, Any, Any], ...] = ()

    def __str__(self) -> str:
        return self.text()

    def text(self, lang: str | None = None) -> str:
        """The object and its fields in lines."""
        signs = {"ADDED": "+", "DELETED": "-", "MODIFIED": "~"}
        lines = [f"  {path}: {said(word(old), lang)} -> {said(word(new), lang)}" for path, old, new in self.fields]
        return "\n".join([f"{signs[self.type]} {self.name}", *lines])


def object_differences(old: State, new: State) -> tuple[ObjectDifference, ...]:
    """What differs from ``old`` to ``new``; costs what changed, not what there is."""
    found = []
    for resource in sorted({*old.tables, *new.tables}):
        before, after = old.view.table(resource).objects, new.view.table(resource).objects
        for _, gone, come in before.diff(after):
            kind = "ADDED" if gone is None else "DELETED" if come is None else "MODIFIED"
            fields = tuple(_fields(gone.to_dict(), come.to_dict())) if gone and come else ()
            if kind != "MODIFIED" or fields:
                found.append(ObjectDifference(name=str(come or gone), type=kind, fields=fields))
    return tuple(found)


def _fields(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if old == new or path in NOISE:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _fields(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _fields(before, after, f"{path}[{i}]")
    else:
        yield path, old, new


def word(value: Any) -> str:
    """A field's value as it is told: ``(none)`` where there is no such field."""
    return NONE if value is None else str(value)
