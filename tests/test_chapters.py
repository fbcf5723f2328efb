"""Every chapter runs from top to bottom, shows what it promises, may be run again, and says the same in Chinese."""

from __future__ import annotations

import io
import json
import re
import token
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient

from kdisco import set_language
from kdisco.console.cells import in_python
from kdisco.shell import extension
from kdisco.shell.magics import NAMES as COMMANDS

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
CHAPTERS = sorted(NOTEBOOKS.glob("*/*.ipynb"))
ENGLISH = [chapter for chapter in CHAPTERS if chapter.parent.name == "en"]
NAMES = [
    "00-welcome", "01-pod-network", "02-service", "03-registration", "04-endpoints", "05-discovery", "06-kernel-dnat",
    "07-whole-journey", "08-broken-services", "09-your-own-cluster",
]  # fmt: skip
LONGEST_CELL = 12
WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURE = "image/svg+xml"
LINK = re.compile(r"\]\(([^)\s]+)\)")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
MADE_HERE = re.compile(r"/(?:home|root|tmp|work|Users)/")


@cache
def stored(chapter: Path) -> Any:
    """A chapter as it is on disk."""
    return json.loads(chapter.read_text(encoding="utf-8"))


def cells(chapter: Path, kind: str = "code") -> list[str]:
    """The cells of one kind."""
    return ["".join(cell["source"]) for cell in stored(chapter)["cells"] if cell["cell_type"] == kind]


def named(chapter: Path) -> str:
    """``en/00-welcome``."""
    return f"{chapter.parent.name}/{chapter.stem}"


every_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=named)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_chapters_are_there(lang: str) -> None:
    assert [chapter.stem for chapter in CHAPTERS if chapter.parent.name == lang] == NAMES


@every_chapter
def test_a_chapter_is_made_of_small_cells_for_our_kernel(chapter: Path) -> None:
    found = stored(chapter)
    assert found["metadata"]["kernelspec"]["name"] == "kdisco"
    assert all(len(code.splitlines()) <= LONGEST_CELL for code in cells(chapter))
    assert any("assert " in code for code in cells(chapter))
    assert found["cells"][0]["cell_type"] == "markdown"
    ids = [cell["id"] for cell in found["cells"]]
    assert len(ids) == len(set(ids))


@every_chapter
def test_a_chapter_is_stored_without_outputs_and_traces(chapter: Path) -> None:
    found = stored(chapter)
    for cell in found["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert not MADE_HERE.search(json.dumps(found, ensure_ascii=False))
    assert found["metadata"].keys() <= {"kernelspec", "language_info"}


@every_chapter
def test_links_lead_somewhere(chapter: Path) -> None:
    for text in cells(chapter, "markdown"):
        for link in LINK.findall(text):
            if not re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]+(?:/[\w./#%@:?=&,~+-]*)?", link):
                assert (chapter.parent / link.partition("#")[0]).exists(), link


@every_chapter
def test_a_chapter_shows_a_widget_and_a_picture(chapter: Path) -> None:
    notebook = nbformat.read(chapter, as_version=4)
    done: Any = NotebookClient(notebook, timeout=120, kernel_name="kdisco").execute()
    shown = {kind for cell in done.cells for output in cell.get("outputs", ()) for kind in output.get("data", {})}
    assert {WIDGET, PICTURE} <= shown
    told = [output for cell in done.cells for output in cell.get("outputs", ()) if output.get("name") == "stderr"]
    assert not [output.text for output in told if "Traceback" in output.text]


@pytest.fixture
def in_english() -> Iterator[None]:
    """Whatever a chapter speaks, the tests after it speak English."""
    yield
    set_language("en")


@every_chapter
@pytest.mark.usefixtures("in_english")
def test_a_chapter_bears_every_cell_twice(chapter: Path) -> None:
    shell = InteractiveShell()
    extension.load_ipython_extension(shell)
    for code in cells(chapter):
        for _ in range(2):
            shell.run_cell(code).raise_error()


def skeleton(chapter: Path) -> Iterator[list[str]]:
    """The code of a chapter without what is said in quotes and comments, cell by cell."""
    for code in cells(chapter):
        python = "".join(in_python(code.splitlines(keepends=True), COMMANDS, lambda _name: False))
        spoken = {token.STRING, token.COMMENT, token.NL, token.NEWLINE, getattr(token, "FSTRING_MIDDLE", -1)}
        source = io.StringIO("" if python.startswith("%") else python.replace("\n%", "\n#"))
        yield [each.string for each in tokenize.generate_tokens(source.readline) if each.type not in spoken]


@pytest.mark.parametrize("chapter", ENGLISH, ids=lambda path: path.stem)
def test_both_languages_are_in_step(chapter: Path) -> None:
    twin = NOTEBOOKS / "zh" / chapter.name
    shapes = [[(cell["id"], cell["cell_type"]) for cell in stored(each)["cells"]] for each in (chapter, twin)]
    assert shapes[0] == shapes[1]
    assert [*skeleton(chapter)] == [*skeleton(twin)]
    assert all(CHINESE.search(text) for text in cells(twin, "markdown"))
    assert not any(CHINESE.search(text) for text in cells(chapter, "markdown") + cells(chapter))


@pytest.mark.parametrize("chapter", ENGLISH, ids=lambda path: path.stem)
def test_a_chapter_ends_with_exercises_and_a_bar(chapter: Path) -> None:
    code = "\n".join(cells(chapter))
    number = chapter.stem[:2]
    assert len(set(re.findall(rf'task\("({number}/[\w-]+)"', code))) >= 3
    assert re.search(rf'quiz\("{number}/[\w-]+"', code)
    assert f'progress("{number}")' in code
