"""The manifests that ``-f`` names: files, folders and the standard input, all read before any is used.

What is no manifest is refused without a word of what it holds. Upstream: cli-runtime pkg/resource (builder, visitor).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kdisco.console.kubectl.call import Call, refuse
from kdisco.model.manifest import documents
from kdisco.source import read

__all__ = ["manifests"]

ENDINGS = (".json", ".yaml", ".yml")


def manifests(call: Call) -> list[dict[str, Any]]:
    """The documents; raises UsageError in kubectl's words."""
    if call.flag("kustomize"):
        msg = "kustomizations are not built here: give the manifests themselves with -f"
        raise refuse(msg)
    found: list[dict[str, Any]] = []
    for name in call.flag("filename") or ():
        found += _of(name, call)
    if call.flag("filename") and not found:
        msg = f"no objects passed to {call.verb.split()[0]}"
        raise refuse(msg)
    return found


def _of(name: str, call: Call) -> list[dict[str, Any]]:
    if name == "-":
        return documents(call.stdin or "")
    if name.startswith(("http://", "https://")):
        msg = f"unable to read URL {name!r}: there is no network here"
        raise refuse(msg)
    path = Path(name)
    if not path.is_dir():
        return read(path)
    inside = path.rglob("*") if call.flag("recursive") else path.iterdir()
    files = sorted(each for each in inside if each.suffix in ENDINGS and each.is_file())
    if not files:
        msg = f"error reading {ENDINGS}: recognized file extensions are [.json .yaml .yml]"
        raise refuse(msg.replace(f"{ENDINGS}", f"[{name}]"))
    return [document for file in files for document in read(file)]
