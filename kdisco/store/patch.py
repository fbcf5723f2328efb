"""Patches of the three types that the server takes: merge (RFC 7386), JSON (RFC 6902) and strategic merge.

Upstream: apiserver pkg/endpoints/handlers/patch.go.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from kdisco.errors import BadRequest
from kdisco.store.jsonpatch import json_patch
from kdisco.store.strategic import strategic_patch

__all__ = ["merge_patch", "patched"]


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
