"""Strategic merge patches: like merge patches, but items of lists are known by name.

Upstream: apimachinery pkg/util/strategicpatch, the patchMergeKey tags of k8s.io/api.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from kdisco.errors import BadRequest, ServerError, Unprocessable

__all__ = ["UNITED", "go_words", "merge_key", "retained", "strategic_patch"]

MERGE_KEYS: Mapping[str, str] = {  # lists whose items have a name; all others are replaced whole
    "spec.ports": "port",
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "containers.ports": "containerPort",
    "initContainers.ports": "containerPort",
    "ephemeralContainers.ports": "containerPort",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "conditions": "type",
    "ownerReferences": "uid",
    "status.addresses": "type",
    "imagePullSecrets": "name",
    "secrets": "name",
    "schedulingGates": "name",
    "resourceClaims": "name",
    "podIPs": "ip",
    "hostIPs": "ip",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
}
UNITED = ("metadata.finalizers",)  # lists of words that are united instead of replaced
RETAINED = ("strategy",)  # alternatives: a patch names all fields that stay
Names = Mapping[Any, int]
Path = tuple[str, ...]


def strategic_patch(document: Any, patch: Any, path: Path = ()) -> Any:
    """Like a merge patch, but lists of things with a name merge by that name.

    Raises BadRequest, Unprocessable or ServerError for directives and items that cannot be understood.
    """
    if not isinstance(patch, Mapping):
        return _plain(patch)
    if "$patch" in patch:
        if patch["$patch"] not in ("replace", "delete"):
            msg = f"unknown patch type: {go_words(patch['$patch'])} in map: {go_words(patch)}"
            raise ServerError(msg)
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


def _directed(document: Any, patch: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """A document after what a patch says of its fields: those that stay, words to take out, an order alone."""
    out = dict(document) if isinstance(document, Mapping) else {}
    if "$retainKeys" in patch:
        out = _retaining(out, patch)
    for key, value in patch.items():
        directive, _, name = key.partition("/")
        if directive in ("$deleteFromPrimitiveList", "$setElementOrder") and not isinstance(value, list | tuple):
            which = "primitive list" if directive == "$deleteFromPrimitiveList" else "setElementOrder list"
            msg = f"invalid patch format of {which}"
            raise BadRequest(msg)
        if directive == "$deleteFromPrimitiveList":
            out[name] = [each for each in out.get(name) or [] if each not in value]
        elif directive == "$setElementOrder" and name in out and name not in patch:
            out[name] = _merged_list(out.get(name), [], (*path, name), value)
    return out


def _retaining(found: dict[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """A map with only the fields that a patch retains, and it must retain what it sets."""
    kept = patch["$retainKeys"]
    if not isinstance(kept, list | tuple):
        msg = "invalid patch format of retainKeys"
        raise BadRequest(msg)
    if any(value is not None and not key.startswith("$") and key not in kept for key, value in patch.items()):
        msg = "the server rejected our request due to an error in our request"
        raise Unprocessable(msg)
    return {key: value for key, value in found.items() if key in kept}


def _plain(value: Any) -> Any:
    """A patch's value where nothing was: without its directives and the nulls that take nothing out."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None and not key.startswith("$")}
    if isinstance(value, list | tuple):
        removed = [isinstance(item, Mapping) and "$patch" in item for item in value]
        return [_plain(item) for item, gone in zip(value, removed, strict=True) if not gone]
    return value


def retained(path: Path) -> bool:
    """Whether the fields at ``path`` are alternatives, so that a patch must name those that stay."""
    return bool(path) and path[-1] in RETAINED


def go_words(value: Any) -> str:
    """A value as Go prints it (``%v``): maps by key, nothing quoted."""
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{key}:{go_words(item)}" for key, item in sorted(value.items())) + "]"
    if isinstance(value, list | tuple):
        return "[" + " ".join(go_words(item) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return "<nil>" if value is None else str(value).lower()
    return str(value)


def merge_key(path: tuple[str, ...]) -> str | None:
    """The field that names the items of the list at ``path``, None where they have no names."""
    return MERGE_KEYS.get(".".join(path[-2:])) or MERGE_KEYS.get(path[-1]) if path else None


def _merged_list(old: Any, patch: Any, path: Path, order: Any) -> list[Any]:
    """A list after a patch of it; of one that is not there the patch is all there is."""
    key = merge_key(path)
    if not isinstance(old, list):
        return _ordered(_plain(patch), order, key)
    live: list[Any] = old
    if ".".join(path[-2:]) in UNITED:
        return [*live, *(item for item in patch if item not in live)]
    if key is None or not all(isinstance(item, Mapping) for item in patch):
        return list(copy.deepcopy(patch))
    plain, gone, replaced = _directives(patch, key)
    if isinstance(order, list | tuple):
        _agree(plain, order, key)
    if replaced:
        return copy.deepcopy(plain)
    out = [item for item in live if item.get(key) not in gone]
    for item in plain:
        at = next((i for i, each in enumerate(out) if each.get(key) == item[key]), len(out))
        out[at : at + 1] = [strategic_patch(out[at] if at < len(out) else {}, item, path)]
    wanted = order if isinstance(order, list | tuple) else plain
    return _interleaved(out, _places(wanted, key), _places(live, key), key)


def _directives(patch: Any, key: str) -> tuple[list[Any], set[Any], bool]:
    """The items of a list's patch, the names to delete, and whether the list is replaced."""
    plain, gone, replaced = [], set(), False
    for item in patch:
        kind = item.get("$patch")
        if kind not in (None, "delete", "replace"):
            words = {"merge": "merging lists cannot yet be specified in the patch"}
            raise ServerError(words.get(kind) or f"unknown patch type: {go_words(kind)} in map: {go_words(item)}")
        if kind != "replace" and not isinstance(item.get(key), str | int):
            msg = f"map: {go_words(item)} does not contain declared merge key: {key}"
            raise ServerError(msg)
        replaced = replaced or kind == "replace"
        if kind == "delete":
            gone.add(item[key])
        elif kind is None:
            plain.append(item)
    return plain, gone, replaced


def _agree(plain: list[Any], order: Any, key: str) -> None:
    """Raise ServerError unless the items stand in the order that their patch asks for."""
    left = iter(item.get(key) for item in order if isinstance(item, Mapping))
    if not all(item[key] in left for item in plain):
        msg = f"The order in patch list:\n{go_words(plain)}\n doesn't match $setElementOrder list:\n{go_words(order)}\n"
        raise ServerError(msg)


def _ordered(items: list[Any], order: Any, key: str | None) -> list[Any]:
    """New items in the order asked for, those that it does not name behind."""
    if key is None or not isinstance(order, list | tuple) or not all(isinstance(item, Mapping) for item in items):
        return items
    places = _places(order, key)
    return sorted(items, key=lambda item: places.get(item.get(key), len(places)))


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
