"""Every chapter runs from top to bottom, shows what it promises, and may be run again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

CHAPTERS = sorted((Path(__file__).parents[1] / "notebooks").glob("*/*.ipynb"))
NAMES = ["00-welcome", "01-pod-network", "02-service", "03-registration", "06-kernel-dnat"]
LONGEST_CELL = 12
WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURE = "image/svg+xml"


def cells(chapter: Path) -> list[str]:
    """The code of a chapter, cell by cell."""
    found = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]


def test_the_first_chapters_are_there() -> None:
    assert [chapter.stem for chapter in CHAPTERS if chapter.parent.name == "en"] == NAMES


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_is_made_of_small_cells_for_our_kernel(chapter: Path) -> None:
    stored = json.loads(chapter.read_text(encoding="utf-8"))
    assert stored["metadata"]["kernelspec"]["name"] == "kdisco"
    assert all(len(code.splitlines()) <= LONGEST_CELL for code in cells(chapter))
    assert any("assert " in code for code in cells(chapter))
    assert stored["cells"][0]["cell_type"] == "markdown"
    ids = [cell["id"] for cell in stored["cells"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_shows_a_widget_and_a_picture(chapter: Path) -> None:
    notebook = nbformat.read(chapter, as_version=4)
    done: Any = NotebookClient(notebook, timeout=120, kernel_name="kdisco").execute()
    shown = {kind for cell in done.cells for output in cell.get("outputs", ()) for kind in output.get("data", {})}
    assert {WIDGET, PICTURE} <= shown


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_bears_every_cell_twice(chapter: Path) -> None:
    shell = InteractiveShell()
    for code in cells(chapter):
        for _ in range(2):
            shell.run_cell(code).raise_error()
