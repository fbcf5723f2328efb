"""Documents merged field by field, as server-side apply merges them: items of lists by their keys.

Upstream: structured-merge-diff typed/merge.go, typed/remove.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kdisco.store.fieldset import Path, is_atomic, is_word_set, list_keys, name_of

__all__ = ["merged", "pruned", "value_at"]


def merged(live: Any, config: Any, names: tuple[str, ...]) -> Any:
    """``live`` with all that ``config`` says, ``names`` being where the two stand: the kind, then fields."""
    if isinstance(config, Mapping) and isinstance(live, Mapping) and not is_atomic(names):
        out = dict(live)
        for key, value in config.items():
            if value is not None:
                out[key] = merged(live.get(key), value, (*names, key))
        return out
    if isinstance(config, list | tuple) and isinstance(live, list):
        if is_word_set(names):
            return [*live, *(word for word in config if word not in live)]
        if keys := list_keys(names):
            return _merged_items(live, config, keys, names)
    return config


def _merged_items(live: list[Any], config: Any, keys: tuple[str, ...], names: tuple[str, ...]) -> list[Any]:
    """Items by their keys: those that are there in their places, new ones behind."""
    wanted = {name_of(item, keys): item for item in config}
    out = [merged(item, wanted.pop(name_of(item, keys), {}), names) for item in live]
    return out + list(wanted.values())


def value_at(document: Any, path: Path) -> Any:
    """What stands at a path; None where nothing does, or an empty map. An item of a list is only there or not."""
    found = document
    for step in path:
        found = _inner(found, step)
    if isinstance(found, Mapping) and not found:
        return None
    return True if path and path[-1][0] != "f" and found is not None else found


def _inner(value: Any, step: tuple[str, Any]) -> Any:
    kind, name = step
    if kind == "f":
        return value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(value, list | tuple):
        return None
    if kind == "v":
        return name if name in value else None
    keys = tuple(key for key, _ in name)
    return next((item for item in value if name_of(item, keys) == name), None)


def pruned(document: Any, paths: Iterable[Path]) -> Any:
    """A document without what stands at these paths, and without the maps that this leaves empty."""
    for path in sorted(paths, key=len):  # an item goes before the fields by which it is known
        document = _without(document, path)
    return document


def _without(value: Any, path: Path) -> Any:
    if value is None or not path:
        return None
    (kind, name), rest = path[0], path[1:]
    if isinstance(value, Mapping) and kind == "f":
        inner = _without(value.get(name), rest) if rest else None
        left = {key: item for key, item in value.items() if key != name}
        return {**left, name: inner} if inner not in (None, {}, []) else left
    if not isinstance(value, list):
        return value
    if kind == "v":
        return [word for word in value if word != name]
    keys = tuple(key for key, _ in name)
    return [
        kept
        for item in value
        if (kept := item if name_of(item, keys) != name else (_without(item, rest) if rest else None)) is not None
    ]
