"""Make ``schemas.json.gz``: what ``kubectl explain`` knows, from the OpenAPI definitions of Kubernetes.

    pip install kubernetes-validate
    python kdisco/console/kubectl/data/make.py

The descriptions are those of Kubernetes 1.36, Apache License 2.0, The Kubernetes Authors.
"""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from kdisco.model.kinds import RESOURCES

__all__ = ["main"]

VERSION = "v1.36.0-local"


def definitions() -> dict[str, Any]:
    """All definitions of one Kubernetes version by their full names."""
    place = files("kubernetes_validate") / "kubernetes-json-schema" / VERSION / "_definitions.json"
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))["$defs"]
    return found


def reference(schema: dict[str, Any]) -> str:
    """The definition that a schema points to, "" for none."""
    pointed = schema.get("$ref") or next((each["$ref"] for each in schema.get("allOf", ()) if "$ref" in each), "")
    return str(pointed).rpartition("/")[2]


def plain_type(schema: dict[str, Any]) -> str:
    """The type of a value that is no object of its own."""
    kind = schema.get("type", "")
    kinds = [each for each in kind if each != "null"] if isinstance(kind, list) else [kind]
    return str(kinds[0]) if kinds else ""


def typed(schema: dict[str, Any]) -> str:
    """A field's type: a simple one, or the name of a definition, with ``[]`` or ``map[string]`` before it."""
    if pointed := reference(schema):
        return f"#{pointed}"
    kind = plain_type(schema)
    if kind == "array":
        return f"[]{typed(schema['items'])}"
    if kind == "object" and "additionalProperties" in schema:
        return f"map[string]{typed(schema['additionalProperties'])}"
    return "Object" if kind == "object" else kind


def entry(schema: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a definition."""
    fields = {
        name: [typed(each), each.get("description", "")] for name, each in sorted(schema.get("properties", {}).items())
    }
    simple = {"t": plain_type(schema)} if plain_type(schema) in ("string", "integer", "number", "boolean") else {}
    return {"d": schema.get("description", ""), "f": fields, "r": sorted(schema.get("required", ())), **simple}


def main() -> None:
    """Write the file."""
    every = definitions()
    roots = {}
    for row in RESOURCES.values():
        group = row.group.partition(".")[0] or "core"
        wanted = f".{group}.{row.version}.{row.kind}"
        roots[row.qualified] = next(name for name in every if name.endswith(wanted) and ".api." in name)
    kept: dict[str, Any] = {}
    left = list(roots.values())
    while left:
        name = left.pop()
        if name not in kept:
            kept[name] = entry(every[name])
            left += [kind.rpartition("#")[2] for kind, _ in kept[name]["f"].values() if "#" in kind]
    text = json.dumps({"roots": roots, "types": kept}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    target = Path(__file__).with_name("schemas.json.gz")
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
