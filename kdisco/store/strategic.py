"""Strategic merge patches: like merge patches, but items of lists are known by name.

Upstream: apimachinery pkg/util/strategicpatch, the patchMergeKey tags of k8s.io/api.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from kdisco.errors import BadRequest

__all__ = ["UNITED", "merge_key", "strategic_patch"]

MERGE_KEYS: Mapping[str, str] = {  # lists whose items have a name; all others are replaced whole
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
    "hostIPs": "ip",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
}
UNITED = ("finalizers",)  # lists of words that are united instead of replaced
Names = Mapping[Any, int]


def strategic_patch(document: Any, patch: Any, path: tuple[str, ...] = ()) -> Any:
    """Like a merge patch, but lists of things with a name merge by that name; raises BadRequest where one has none."""
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    if "$patch" in patch:
        return {key: value for key, value in patch.items() if key != "$patch"} if patch["$patch"] == "replace" else {}
    out = _directed(document, patch, path)
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            out.pop(key, None)
        elif isinstance(value, list | tuple):
            order = patch.get(f"$setElementOrder/{key}")
            out[key] = _merged_list(out.get(key), value, (*path, key), order)
        else:
            out[key] = strategic_patch(out.get(key), value, (*path, key))
    return out


def _directed(document: Any, patch: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """A document after what a patch says of its fields: those that stay, words to take out, an order alone."""
    out = dict(document) if isinstance(document, Mapping) else {}
    if "$retainKeys" in patch:
        out = {key: value for key, value in out.items() if key in patch["$retainKeys"]}
    for key, value in patch.items():
        directive, _, name = key.partition("/")
        if directive == "$deleteFromPrimitiveList":
            out[name] = [each for each in out.get(name) or [] if each not in value]
        elif directive == "$setElementOrder" and name not in patch:
            out[name] = _merged_list(out.get(name), [], (*path, name), value)
    return out


def merge_key(path: tuple[str, ...]) -> str | None:
    """The field that names the items of the list at ``path``, None where they have no names."""
    return MERGE_KEYS.get(".".join(path[-2:])) or MERGE_KEYS.get(path[-1]) if path else None


def _merged_list(old: Any, patch: Any, path: tuple[str, ...], order: Any) -> list[Any]:
    key, live = merge_key(path), old if isinstance(old, list) else []
    if path[-1] in UNITED:
        return [*live, *(item for item in patch if item not in live)]
    if key is None or not all(isinstance(item, Mapping) for item in patch):
        return copy.deepcopy(list(patch))
    for item in patch:
        if not isinstance(item.get(key), str | int) and item.get("$patch") != "replace":
            shown = " ".join(f"{name}:{value}" for name, value in sorted(item.items()))
            msg = f"map: map[{shown}] does not contain declared merge key: {key}"
            raise BadRequest(msg)
    plain = [item for item in patch if "$patch" not in item]
    if any(item.get("$patch") == "replace" for item in patch):
        return copy.deepcopy(plain)
    gone = {item[key] for item in patch if item.get("$patch") == "delete"}
    out = [item for item in live if item.get(key) not in gone]
    for item in plain:
        at = next((i for i, each in enumerate(out) if each.get(key) == item[key]), len(out))
        out[at : at + 1] = [strategic_patch(out[at] if at < len(out) else {}, item, path)]
    wanted = order if isinstance(order, list | tuple) else plain
    return _interleaved(out, _places(wanted, key), _places(live, key), key)


def _places(items: Any, key: str) -> Names:
    """Where each name stands, the first place of those that stand there twice."""
    places: dict[Any, int] = {}
    for i, item in enumerate(items):
        if isinstance(item, Mapping) and isinstance(item.get(key), str | int):
            places.setdefault(item[key], i)
    return places


def _interleaved(items: list[Any], wanted: Names, live: Names, key: str) -> list[Any]:
    """The patch's items in its order, each other one before the first of them that it stood before."""
    named = sorted((item for item in items if item.get(key) in wanted), key=lambda item: wanted[item[key]])
    others = [item for item in items if item.get(key) not in wanted]
    out = []
    while named and others:
        left, right = live.get(others[0].get(key)), live.get(named[0][key])
        first = left is not None and right is not None and left < right
        out.append((others if first else named).pop(0))
    return out + others + named
