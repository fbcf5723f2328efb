"""The file that keeps a learner's answers: ``.kdisco-progress.json`` in the working folder, never half-written.

Written where a notebook's kernel runs, or where the variable ``KDISCO_PROGRESS`` names a file (empty: nowhere).
A folder that cannot be written keeps nothing, and the course goes on.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kdisco.course.record import VERSION, Record, checked
from kdisco.errors import UsageError
from kdisco.language import LANGUAGES

__all__ = ["FILE", "export", "keep", "load", "place", "read"]

FILE = ".kdisco-progress.json"
VARIABLE = "KDISCO_PROGRESS"
BROKEN = ".unreadable"  # what cannot be read is moved here rather than lost


def place() -> Path | None:
    """Where answers are kept; None where they are not.

    Chapters of one language lie in a folder of that name: the file stands beside, so that both share it.
    """
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    if not _in_kernel():
        return None
    folder = Path.cwd()
    return (folder.parent if folder.name in LANGUAGES else folder) / FILE


def _in_kernel() -> bool:
    shell = sys.modules.get("IPython")
    return shell is not None and getattr(shell.get_ipython(), "kernel", None) is not None


def read() -> dict[str, Any] | None:
    """What was kept; None where nothing was, or nothing can be read."""
    file = place()
    return None if file is None else _read(file)


def _read(file: Path) -> dict[str, Any] | None:
    try:
        return {"version": VERSION, **checked(json.loads(file.read_text(encoding="utf-8")))}
    except OSError:
        return None
    except ValueError:  # no JSON, or no record
        with suppress(OSError):
            file.replace(file.with_name(file.name + BROKEN))
        return None


def keep(part: str, name: str, facts: Mapping[str, Any] | None) -> None:
    """Keep the facts of one, None to forget it; what another kernel has kept meanwhile stays."""
    file = place()
    if file is None:
        return
    document = _read(file) or Record().to_dict()
    names = document[part]
    if facts is None:
        names.pop(name, None)
    else:
        names[name] = dict(facts)
    with suppress(OSError):  # a folder that cannot be written: the record lives as long as the kernel
        _write(file, document)


def _write(file: Path, document: Mapping[str, Any]) -> None:
    """All or nothing: a neighbour file that takes the place of the old one."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name, suffix=".new")
    neighbour = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(document, out, ensure_ascii=False, indent=1)
        neighbour.replace(file)
    except BaseException:
        neighbour.unlink(missing_ok=True)
        raise


def export(document: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write a record to hand in, or to go on with elsewhere; raises UsageError where that cannot be."""
    try:
        _write(Path(path), document)
    except OSError as problem:
        msg = f"cannot write {os.fspath(path)}: {problem.strerror}"
        raise UsageError(msg) from None


def load(path: str | os.PathLike[str]) -> object:
    """Read an exported record; raises UsageError in one line."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as problem:
        msg = f"cannot read {os.fspath(path)}: {problem.strerror}"
        raise UsageError(msg) from None
    except ValueError:
        msg = f"{os.fspath(path)} is no JSON: is it what progress.export wrote?"
        raise UsageError(msg) from None
