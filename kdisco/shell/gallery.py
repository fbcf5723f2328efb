"""All pictures as files: ``python -m kdisco.shell.gallery FOLDER --lang zh`` writes an SVG and its words for each."""

from __future__ import annotations

import argparse
from pathlib import Path

from kdisco.language import LANGUAGES
from kdisco.view.exhibition import exhibition

__all__ = ["main", "written"]


def written(folder: Path, lang: str | None = None) -> list[Path]:
    """Write ``KIND.svg`` and ``KIND.txt`` for every kind of picture into a folder, which is made where it is absent."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for kind, drawn in exhibition(lang).items():
        for suffix, text in (("svg", drawn.svg), ("txt", str(drawn))):
            path = folder / f"{kind}.{suffix}"
            path.write_text(f"{text}\n", encoding="utf-8")
            found.append(path)
    return found


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="kdisco.shell.gallery", description="Every kind of picture, as files.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lang", choices=LANGUAGES)
    given = parser.parse_args(arguments)
    for path in written(given.folder, given.lang):
        print(path)  # noqa: T201 - what a command line is for


if __name__ == "__main__":
    main()
