"""Where documents come from: YAML or JSON text, a path, a dict or a list of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kdisco.errors import UsageError
from kdisco.model.manifest import documents

__all__ = ["Source", "read"]

Source = str | Path | Mapping[str, Any] | Sequence[Mapping[str, Any]]
ENDINGS = (".yaml", ".yml", ".json")


def read(source: Source) -> list[dict[str, Any]]:
    """All documents of a source, parsed whole; Lists are taken apart.

    Raises UsageError for a path that is not there and ManifestError for text that is no manifest,
    both in kubectl's words.
    """
    if isinstance(source, Mapping):
        return _listed([source])
    if isinstance(source, Path) or (isinstance(source, str) and "\n" not in source and source.endswith(ENDINGS)):
        return _of_file(Path(source))
    if isinstance(source, str):
        return documents(source)
    return _listed(source if isinstance(source, list | tuple) else [source])


def _of_file(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        msg = f'error: the path "{path}" does not exist'
        raise UsageError(msg) from None
    except OSError as problem:
        msg = f"error: error reading {path}: {problem.strerror or problem}"
        raise UsageError(msg) from None
    except UnicodeDecodeError as problem:
        msg = f"error: error reading {path}: not UTF-8 text at byte {problem.start}"
        raise UsageError(msg) from None
    return documents(text, str(path))


def _listed(items: Sequence[Any]) -> list[dict[str, Any]]:
    """Documents one by one; the items of a List in its place."""
    found: list[dict[str, Any]] = []
    for item in items:
        if not isinstance(item, Mapping):
            msg = f"a manifest is YAML or JSON text, a path, a dict or a list of dicts, not {type(item).__name__}"
            raise UsageError(msg)
        inner = item.get("items")
        if str(item.get("kind", "")).endswith("List") and isinstance(inner, list | tuple):
            found += _listed(inner)
        else:
            found.append(dict(item))
    return found
