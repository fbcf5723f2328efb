"""The chapters on disk: where they come from, and the learner's own copy of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import kdisco
from kdisco.errors import UsageError

__all__ = ["FIRST", "FOLDER", "LANGUAGES", "chosen", "copied", "listed", "source"]

FOLDER = "kdisco-chapters"
FIRST = "en/00-welcome.ipynb"
LANGUAGES = ("en", "zh")


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
            own = each.name.startswith(".kdisco-progress") or ".ipynb_checkpoints" in each.parts
            if each.is_file() and not own and not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(each, place)
    except OSError as problem:
        msg = f"cannot write the chapters to {target}: {problem.strerror}"
        raise UsageError(msg) from None
    return target


def listed(folder: Path, lang: str) -> list[str]:
    """The chapters of a language in their order, as ``en/00-welcome.ipynb``."""
    return sorted(each.relative_to(folder).as_posix() for each in (folder / lang).glob("*.ipynb"))


def chosen(folder: Path, lang: str, chapter: str) -> str:
    """The chapter that a number or a name means: ``3``, ``03``, ``registration``. Raises UsageError."""
    names = listed(folder, lang)
    wanted = chapter.removesuffix(".ipynb")
    found = [name for name in names if wanted.zfill(2) == Path(name).stem[:2] or wanted in Path(name).stem[2:]]
    if len(found) != 1:
        there = ", ".join(Path(name).stem for name in names)
        msg = f"--chapter {chapter}: not one of {there}"
        raise UsageError(msg)
    return found[0]
