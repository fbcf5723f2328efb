"""Patches of the three types that the server takes: merge (RFC 7386), JSON (RFC 6902) and strategic merge.

Upstream: apiserver pkg/endpoints/handlers/patch.go.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from kdisco.errors import BadRequest, TooLarge
from kdisco.store.jsonpatch import json_patch
from kdisco.store.strategic import strategic_patch

__all__ = ["merge_patch", "patched"]

MOST_OPERATIONS = 10_000
JSON_WORDS = {str: "string", bool: "bool", int: "number", float: "number", list: "array", tuple: "array"}


def patched(document: Mapping[str, Any], patch: Any, kind: str) -> dict[str, Any]:
    """A document after a patch of ``kind`` merge, strategic or json; raises BadRequest for one that is none."""
    if kind == "json":
        result: dict[str, Any] = json_patch(document, _operations(patch))
        return result
    if not isinstance(patch, Mapping):
        head = "" if kind == "strategic" else "error decoding patch: "
        msg = f"{head}json: cannot unmarshal {_word(patch)} into Go value of type map[string]interface {{}}"
        raise BadRequest(msg)
    merged: dict[str, Any] = (strategic_patch if kind == "strategic" else merge_patch)(document, patch)
    return merged


def _operations(patch: Any) -> list[Mapping[str, Any]]:
    """The steps of a JSON patch; raises BadRequest where it has another shape, TooLarge where it is too long."""
    head = "error decoding patch: json: cannot unmarshal"
    if not isinstance(patch, list | tuple):
        msg = f"{head} {_word(patch)} into Go value of type []handlers.jsonPatchOp"
        raise BadRequest(msg)
    for step in patch:
        if not isinstance(step, Mapping):
            msg = f"{head} {_word(step)} into Go value of type handlers.jsonPatchOp"
            raise BadRequest(msg)
        for name in ("op", "path", "from"):
            if not isinstance(step.get(name, ""), str):
                msg = f"{head} {_word(step[name])} into Go struct field jsonPatchOp.{name} of type string"
                raise BadRequest(msg)
    if len(patch) > MOST_OPERATIONS:
        msg = f"The allowed maximum operations in a JSON patch is {MOST_OPERATIONS}, got {len(patch)}"
        raise TooLarge(msg)
    return list(patch)


def _word(value: Any) -> str:
    return JSON_WORDS.get(type(value), "object")


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
