"""The three-way merge of ``kubectl apply``: the last manifest, the new one and what is stored.

Upstream: kubectl pkg/util/apply.go, apimachinery pkg/util/strategicpatch CreateThreeWayMergePatch.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from kdisco.store.strategic import UNITED, merge_key, retained

__all__ = ["LAST_APPLIED", "last_applied", "three_way"]

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"  # where the last manifest is kept


def three_way(original: Mapping[str, Any], modified: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """The strategic patch that ``kubectl apply`` sends: what is new or changed, and what was taken out."""
    patch: dict[str, Any] = _difference(original, modified, current, ())
    return patch


def _difference(original: Any, modified: Any, current: Any, path: tuple[str, ...]) -> dict[str, Any]:
    patch: dict[str, Any] = {}
    for key, value in modified.items():
        old, now, at = original.get(key), current.get(key), (*path, key)
        if value is None:
            if key in current:
                patch[key] = None
        elif isinstance(value, Mapping):
            inner = _difference(_mapping(old), value, _mapping(now), at)
            if retained(at) and (inner or any(name not in value for name in _mapping(now))):
                inner["$retainKeys"] = sorted(value)
            if inner or now is None:
                patch[key] = inner
        elif isinstance(value, list) and now is not None and (merge_key(at) or _united(at)):
            patch |= _list_difference(_list(old), value, _list(now), at)
        elif value != now:
            patch[key] = value
    patch |= {key: None for key in original if key not in modified and key in current}
    return patch


def _list_difference(
    original: list[Any], modified: list[Any], current: list[Any], path: tuple[str, ...]
) -> dict[str, Any]:
    """The entries of a patch for a list whose items have names, or are words."""
    field, key = path[-1], merge_key(path)
    if key is None:
        more = [word for word in modified if word not in current]
        less = [word for word in original if word not in modified and word in current]
        return ({field: more} if more else {}) | ({f"$deleteFromPrimitiveList/{field}": less} if less else {})
    if not all(isinstance(item, Mapping) and isinstance(item.get(key), str | int) for item in modified):
        return {field: modified} if modified != current else {}
    before, now, wanted = (_numbered(items, key) for items in (original, current, modified))
    out: list[Any] = []
    for name, item in wanted.items():
        inner = _difference(before.get(name, {}), item, now.get(name, {}), path)
        if inner or name not in now:
            out.append({**inner, key: name[0]})
    out += [{"$patch": "delete", key: name[0]} for name in before if name not in wanted and name in now]
    if not out and [name for name in now if name in wanted] == list(wanted):
        return {}
    return {f"$setElementOrder/{field}": [{key: name[0]} for name in wanted]} | ({field: out} if out else {})


def _united(path: tuple[str, ...]) -> bool:
    """Whether the words of two such lists are united."""
    return ".".join(path[-2:]) in UNITED


def _numbered(items: list[Any], key: str) -> dict[tuple[Any, int], Any]:
    """Items by name; of those with the same name (port 53 of TCP and UDP) each by its turn."""
    turns: Counter[Any] = Counter()
    named = {}
    for item in items:
        name = item.get(key)
        named[name, turns[name]] = item
        turns[name] += 1
    return named


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def last_applied(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the annotation of an earlier ``apply`` holds, {} where there is none."""
    text = ((document.get("metadata") or {}).get("annotations") or {}).get(LAST_APPLIED)
    loaded: dict[str, Any] = json.loads(text) if text else {}
    return loaded
