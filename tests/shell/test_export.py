"""``kdisco export``: pages that stand alone, or nothing at all."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest

import kdisco
from kdisco.shell import cli, export

SPEC = Path(kdisco.__file__).parent / "shell" / "kernelspec"
PICTURE = "from kdisco import Cluster\nCluster(nodes=1).scaler('deployment/coredns', namespace='kube-system')"


def chapter(path: Path, *cells: str) -> None:
    """Store a chapter of one text and some code."""
    text = nbformat.v4.new_markdown_cell("# First `steps`\n\n[Next](01-next.ipynb)")
    notebook = nbformat.v4.new_notebook(cells=[text, *(nbformat.v4.new_code_cell(cell) for cell in cells)])
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


@pytest.fixture
def origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for chapters, and the kernel to run them."""
    shutil.copytree(SPEC, tmp_path / "jupyter" / "kernels" / "kdisco")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    paths = [str(Path(kdisco.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    folder = tmp_path / "chapters"
    monkeypatch.setattr(export, "source", lambda: folder)
    return folder


def test_pages_show_their_pictures_without_a_script(origin: Path, tmp_path: Path) -> None:
    chapter(origin / "en" / "00-first.ipynb", "print(6 * 7)", PICTURE)
    chapter(origin / "zh" / "00-first.ipynb", "print('四十二')", "from ipywidgets import IntSlider\nIntSlider()")
    out = tmp_path / "pages"
    assert cli.main(["export", "--html", str(out)]) == 0
    page = (out / "en" / "00-first.html").read_text(encoding="utf-8")
    assert "42" in page
    assert re.search(r"<title>Pod kube-system/coredns-\w+", page)  # the widget's Pods, as a picture
    assert "<script" not in page
    assert 'href="01-next.html"' in page
    assert '<html lang="en"' in page
    translated = (out / "zh" / "00-first.html").read_text(encoding="utf-8")
    assert "四十二" in translated
    assert '<html lang="zh-Hans"' in translated
    assert "IntSlider(value" not in translated, "a page has no use for what Python calls a widget"
    assert export.NOTES["zh"] in translated
    assert '<a href="en/00-first.html">First steps</a>' in (out / "index.html").read_text(encoding="utf-8")


def test_a_cell_that_fails_leaves_nothing(
    origin: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    chapter(origin / "en" / "00-first.ipynb", "print(1)")
    chapter(origin / "en" / "01-second.ipynb", "1 / 0")
    assert cli.main(["export", "--html", str(tmp_path / "pages"), "--lang", "en"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "kdisco export: 01-second.ipynb: a cell failed: ZeroDivisionError: division by zero"
    )
    assert not (tmp_path / "pages").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert cli.main(["export", "--html", str(tmp_path)]) == 1
    assert "name a new or empty folder" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]
