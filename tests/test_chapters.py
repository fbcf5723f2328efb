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
MOST_MEMORY = 400  # MiB for a learner's kernel, whatever was run in it
PEAK = r"""
import re, resource
from pathlib import Path
status = Path("/proc/self/status")  # getrusage also counts what the process was before it became a kernel
found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1] if status.exists() else None
print("peak", int(found) >> 10 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20)"""
CORRECTIONS = {
    1: ("01-31", "eBPF"), 2: ("01-15", "CNI"), 3: ("02-41", "IPVS"), 4: ("02-20", "ClusterIP"), 5: ("02-26", "TTL"),
    6: ("03-20", "CoreDNS"), 7: ("03-25", "kubeadm"), 8: ("03-31", "SRV"), 9: ("03-31", "metadata.name"),
    10: ("03-34", "ExternalName"), 11: ("04-16", "EndpointSlice"), 12: ("04-31", "publishNotReadyAddresses"),
    13: ("05-29", "dnsPolicy"), 14: ("05-12", "AAAA"), 15: ("06-24", "PREROUTING"), 16: ("01-33", "cbr0"),
    17: ("06-33", "conntrack"), 18: ("06-19", "EndpointSlice"), 19: ("06-13", "DaemonSet"), 20: ("06-52", "nftables"),
    21: ("06-13", "v1.26"), 22: ("06-52", "kernelspace"), 23: ("01-38", "NetworkPolicy"), 24: ("06-65", "nftables"),
}  # fmt: skip
"""What the article says and a product of today must qualify: the cell that does, and a word of it in any language."""
BOX = re.compile(r"\*\*(?:The article says|原文说)\*\*")
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


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_one_kernel_bears_the_whole_course(lang: str) -> None:
    codes = [code for chapter in CHAPTERS if chapter.parent.name == lang for code in cells(chapter)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in (*codes, PEAK)])
    done: Any = NotebookClient(notebook, timeout=120, kernel_name="kdisco").execute()
    peak = int(re.fullmatch(r"peak (\d+)\n", done.cells[-1].outputs[0].text)[1])  # type: ignore[index]
    print(f"\n{peak} MiB after all chapters in {lang}")  # noqa: T201 - a measure
    assert 30 < peak < MOST_MEMORY


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


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_correction_stands_in_its_chapter_with_its_source(lang: str) -> None:
    texts = {cell["id"]: "".join(cell["source"]) for each in CHAPTERS if each.parent.name == lang
             for cell in stored(each)["cells"]}  # fmt: skip
    assert [*CORRECTIONS] == [*range(1, 25)]
    for number, (cell, word) in CORRECTIONS.items():
        assert word in texts[cell], f"{number}: {cell} does not speak of {word}"
        assert "https://" in texts[cell], f"{number}: {cell} has no source"
    boxes = [box for text in texts.values() for box in re.split(r"\n>?[ ]*\n", text) if BOX.search(box)]
    assert len(boxes) > len(CORRECTIONS)
    assert [box for box in boxes if "](https://" not in box] == []


@pytest.mark.parametrize("chapter", ENGLISH, ids=lambda path: path.stem)
def test_a_chapter_ends_with_exercises_and_a_bar(chapter: Path) -> None:
    code = "\n".join(cells(chapter))
    number = chapter.stem[:2]
    assert len(set(re.findall(rf'task\("({number}/[\w-]+)"', code))) >= 3
    assert re.search(rf'quiz\("{number}/[\w-]+"', code)
    assert f'progress("{number}")' in code
