"""The chapters on disk: where they come from, and the learner's own copy of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import kdisco
from kdisco.errors import UsageError

__all__ = ["FIRST", "FOLDER", "copied", "source"]

FOLDER = "kdisco-chapters"
FIRST = "en/00-welcome.ipynb"


def source() -> Path:
    """The chapters as they were shipped: within the package, or beside it in a checkout. Raises UsageError."""
    package = Path(kdisco.__file__).parent
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if (folder / FIRST).is_file():
            return folder
    msg = "no chapters: this installation of kdisco came without its notebooks"
    raise UsageError(msg)


def copied(target: Path, origin: Path) -> Path:
    """Copy every chapter that ``target`` does not hold yet; what is there stays as the learner left it.

    Raises UsageError when the folder cannot be written.
    """
    try:
        for each in sorted(origin.rglob("*")):
            place = target / each.relative_to(origin)
            if each.is_file() and not place.exists() and ".ipynb_checkpoints" not in each.parts:
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(each, place)
    except OSError as problem:
        msg = f"cannot write the chapters to {target}: {problem.strerror}"
        raise UsageError(msg) from None
    return target
