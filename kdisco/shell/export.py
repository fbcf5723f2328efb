"""``kdisco export``: the executed course as pages that need no kernel and no network."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from base64 import b64decode
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

from kdisco.errors import UsageError
from kdisco.shell.chapters import LANGUAGES, listed, source

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["export"]

TIMEOUT = 120  # seconds for one cell
SHOWN = ["image/svg+xml", "image/png", "text/html", "text/markdown", "text/plain"]  # of a widget, its picture
WIDGET = "application/vnd.jupyter.widget-view+json"
NOTES = {"en": "A widget: it can be used in the notebook.", "zh": "这是一个交互组件，可以在笔记本里使用。"}  # noqa: RUF001 - the Chinese comma
TAGS = {"en": "en", "zh": "zh-Hans"}  # how a page says which language it is in
MARKS = re.compile(r"[`*]")
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)  # mathematics, diagrams, widgets: none is needed
LINK = re.compile(r'(href="[^":]+)\.ipynb([#"])')
SVG = re.compile(r'<img(?=[^>]*src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")[^>]*>')  # as nbconvert hides it
PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>kdisco</title>
<style>
body {{ font: 1.1rem/1.6 Helvetica, Arial, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem }}
</style>
</head>
<body><h1>kdisco</h1>
{lists}
</body>
</html>
"""


def export(options: Sequence[str]) -> int:
    """Run every chapter and write it as a page; nothing is written unless all of them run. Raises UsageError."""
    about = "Run the chapters and write them as web pages, pictures included."
    parser = argparse.ArgumentParser(prog="kdisco export", description=about, allow_abbrev=False)
    parser.add_argument("--html", metavar="FOLDER", required=True, type=Path, help="where the pages go")
    parser.add_argument("--lang", choices=LANGUAGES, action="append", help="one language only")
    given = parser.parse_args(options)
    target: Path = given.html
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        msg = f"--html {target}: is there already; name a new or empty folder"
        raise UsageError(msg)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "pages")
        made.mkdir()
        pages = {lang: _language(source(), lang, made) for lang in given.lang or LANGUAGES}
        (made / "index.html").write_text(_index(pages), encoding="utf-8")
        try:
            shutil.copytree(made, target, dirs_exist_ok=True)
        except OSError as problem:
            msg = f"cannot write to {target}: {problem.strerror}"
            raise UsageError(msg) from None
    return 0


def _language(origin: Path, lang: str, target: Path) -> list[tuple[str, str]]:
    """Write a language's chapters below ``target``; gives each page's place and title."""
    exporter: Any = HTMLExporter(embed_images=True)  # type: ignore[no-untyped-call]  # nbconvert is not annotated
    exporter.display_data_priority = SHOWN
    exporter.language_code = TAGS[lang]
    written = []
    for name in listed(origin, lang):
        sys.stderr.write(f"running {name}\n")
        notebook = nbformat.read(origin / name, as_version=4)
        title = MARKS.sub("", notebook.cells[0].source.lstrip("# ").splitlines()[0])
        _run(notebook, origin / name)
        _noted(notebook, NOTES[lang])
        body, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": title}})
        place = Path(name).with_suffix(".html")
        (target / place).parent.mkdir(exist_ok=True)
        (target / place).write_text(_alone(body), encoding="utf-8")
        written.append((place.as_posix(), title))
    return written


def _alone(page: str) -> str:
    """A page without scripts, whose pictures can be read and whose links lead to pages."""
    drawn = SVG.sub(lambda found: b64decode(found[1]).decode(), SCRIPT.sub("", page))
    return LINK.sub(r"\1.html\2", drawn)


def _run(notebook: Any, origin: Path) -> None:
    client = NotebookClient(
        notebook, timeout=TIMEOUT, kernel_name="kdisco", resources={"metadata": {"path": str(origin.parent)}}
    )
    try:
        client.execute(stderr=subprocess.DEVNULL)  # the kernel's own log
    except CellExecutionError as problem:
        msg = f"{origin.name}: a cell failed: {problem.ename}: {problem.evalue}"
        raise UsageError(msg) from None
    notebook.metadata.pop("widgets", None)  # without a kernel they are their pictures


def _noted(notebook: Any, note: str) -> None:
    """Say so where a widget has nothing that a page could show."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            shown = output.get("data", {})
            if WIDGET in shown and not any(kind in shown for kind in SHOWN[:-1]):
                shown["text/plain"] = note


def _index(pages: dict[str, list[tuple[str, str]]]) -> str:
    lists = [
        f'<ul lang="{TAGS[lang]}">\n'
        + "\n".join(f'<li><a href="{escape(place)}">{escape(title)}</a></li>' for place, title in found)
        + "\n</ul>"
        for lang, found in pages.items()
    ]
    return PAGE.format(lists="\n".join(lists))
