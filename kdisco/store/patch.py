"""Patches: merge (RFC 7386), JSON (RFC 6902), strategic merge, and the three-way merge of ``kubectl apply``.

Upstream: apimachinery pkg/util/strategicpatch, kubectl pkg/util/apply.go.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from kdisco.errors import BadRequest

__all__ = ["LAST_APPLIED", "json_patch", "last_applied", "merge_patch", "patched", "strategic_patch", "three_way"]

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
MERGE_KEYS: Mapping[str, str] = {
    "spec.ports": "port",
    "containers": "name",
    "initContainers": "name",
    "containers.ports": "containerPort",
    "initContainers.ports": "containerPort",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "conditions": "type",
    "ownerReferences": "uid",
    "addresses": "type",
    "imagePullSecrets": "name",
    "podIPs": "ip",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
    "taints": "key",
}
ATOMIC_KINDS = ("EndpointSlice", "Endpoints")  # their lists are replaced as a whole


def patched(document: Mapping[str, Any], patch: Any, kind: str) -> dict[str, Any]:
    """A document after a patch of ``kind`` merge, strategic or json; raises BadRequest for one that is none."""
    if kind == "json":
        if not isinstance(patch, list | tuple):
            msg = "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch"
            raise BadRequest(msg)
        result: dict[str, Any] = json_patch(document, patch)
        return result
    if not isinstance(patch, Mapping):
        msg = "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
        raise BadRequest(msg)
    merged: dict[str, Any] = (strategic_patch if kind == "strategic" else merge_patch)(document, patch)
    return merged


def merge_patch(document: Any, patch: Any) -> Any:
    """RFC 7386: null removes, objects merge, all else replaces."""
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    out = dict(document) if isinstance(document, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merge_patch(out.get(key), value)
    return out


def strategic_patch(document: Any, patch: Any, path: tuple[str, ...] = ()) -> Any:
    """Like a merge patch, but lists of things with a name merge by that name."""
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    if patch.get("$patch") == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    out = dict(document) if isinstance(document, Mapping) else {}
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            out.pop(key, None)
        elif isinstance(value, list | tuple):
            merged = _merged_list(out.get(key), value, (*path, key), out.get("kind", ""))
            out[key] = _ordered(merged, patch.get(f"$setElementOrder/{key}"), (*path, key))
        else:
            out[key] = strategic_patch(out.get(key), value, (*path, key))
    return out


def _merge_key(path: tuple[str, ...]) -> str | None:
    return MERGE_KEYS.get(".".join(path[-2:])) or MERGE_KEYS.get(path[-1]) if path else None


def _merged_list(old: Any, patch: Any, path: tuple[str, ...], kind: str) -> list[Any]:
    key = _merge_key(path)
    if key is None or kind in ATOMIC_KINDS:
        if path[-1] == "finalizers":
            return [*(old or []), *(item for item in patch if item not in (old or []))]
        return [copy.deepcopy(item) for item in patch]
    replace = any(item.get("$patch") == "replace" for item in patch)
    out = [] if replace else [dict(item) for item in old or []]
    for item in patch:
        at = next((i for i, each in enumerate(out) if each.get(key) == item.get(key)), None)
        if item.get("$patch") == "delete":
            out = [each for each in out if each.get(key) != item.get(key)]
        elif item.get("$patch") == "replace":
            continue
        elif at is None:
            out.append(strategic_patch({}, item, path))
        else:
            out[at] = strategic_patch(out[at], item, path)
    return out


def _ordered(items: list[Any], order: Any, path: tuple[str, ...]) -> list[Any]:
    key = _merge_key(path)
    if not order or key is None:
        return items
    places = {item.get(key): i for i, item in enumerate(order)}
    return sorted(items, key=lambda item: places.get(item.get(key), len(places)))


def json_patch(document: Any, patch: Any) -> Any:
    """RFC 6902; raises BadRequest naming the operation that cannot be done."""
    out = copy.deepcopy(dict(document))
    for step in patch:
        try:
            _operate(out, dict(step))
        except (KeyError, IndexError, ValueError, TypeError) as problem:
            where = step.get("path", "") if isinstance(step, Mapping) else ""
            msg = f"the server rejected our request due to an error in our request: {where}: {problem}"
            raise BadRequest(msg) from None
    return out


def _operate(out: Any, step: dict[str, Any]) -> None:
    if step["op"] in ("move", "copy"):
        value = copy.deepcopy(_at(out, _parts(step["from"])))
        if step["op"] == "move":
            _operate(out, {"op": "remove", "path": step["from"]})
        step = {"op": "add", "path": step["path"], "value": value}
    *above, last = _parts(step["path"])
    parent = _at(out, above)
    if step["op"] == "test":
        if _at(parent, [last]) != step["value"]:
            msg = "testing value failed"
            raise ValueError(msg)
    elif step["op"] == "remove":
        parent.pop(int(last) if isinstance(parent, list) else last)
    elif isinstance(parent, list):
        at = len(parent) if last == "-" else int(last)
        parent[at : at + (step["op"] == "replace")] = [step["value"]]
    elif step["op"] == "replace" and last not in parent:
        raise KeyError(last)
    else:
        parent[last] = step["value"]


def _parts(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _at(value: Any, parts: list[str]) -> Any:
    for part in parts:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def three_way(original: Mapping[str, Any], modified: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """The strategic patch that ``kubectl apply`` sends: what is new or changed, and what was taken out."""
    patch: dict[str, Any] = _difference(original, modified, current, ())
    return patch


def _difference(original: Any, modified: Any, current: Any, path: tuple[str, ...]) -> dict[str, Any]:
    patch: dict[str, Any] = {}
    for key, value in modified.items():
        old, now = (original or {}).get(key), (current or {}).get(key)
        if isinstance(value, Mapping):
            inner = _difference(
                old if isinstance(old, Mapping) else {}, value, now if isinstance(now, Mapping) else {}, (*path, key)
            )
            if inner or now is None:
                patch[key] = inner
        elif isinstance(value, list) and _merge_key((*path, key)) and all(isinstance(item, Mapping) for item in value):
            listed = _list_difference(old or [], value, now or [], (*path, key))
            if listed:
                patch[key] = listed
        elif value is not None and value != now:
            patch[key] = value
    patch |= {key: None for key in original or {} if key not in modified and key in (current or {})}
    return patch


def _list_difference(original: list[Any], modified: list[Any], current: list[Any], path: tuple[str, ...]) -> list[Any]:
    key = str(_merge_key(path))
    before = {item.get(key): item for item in original}
    now = {item.get(key): item for item in current}
    out = []
    for item in modified:
        name = item.get(key)
        inner = _difference(before.get(name, {}), item, now.get(name, {}), path)
        if inner or name not in now:
            out.append({**inner, key: name})
    wanted = {item.get(key) for item in modified}
    out += [{"$patch": "delete", key: name} for name in before if name not in wanted and name in now]
    return out


def last_applied(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the annotation of an earlier ``apply`` holds, {} where there is none."""
    text = ((document.get("metadata") or {}).get("annotations") or {}).get(LAST_APPLIED)
    loaded: dict[str, Any] = json.loads(text) if text else {}
    return loaded
