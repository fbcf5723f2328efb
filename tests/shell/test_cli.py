"""The command line without a server: its arguments, its copies, its errors."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

import kdisco
from kdisco.errors import UsageError
from kdisco.shell import chapters, cli

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """Two chapters as they are shipped."""
    folder = tmp_path / "shipped"
    for name in ("en/00-welcome.ipynb", "zh/00-welcome.ipynb"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("as shipped", encoding="utf-8")
    return folder


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: Path) -> list[list[str]]:
    """What JupyterLab would have been started with."""
    from jupyterlab.labapp import LabApp  # noqa: PLC0415 - slow, and only these tests need it

    seen: list[list[str]] = []
    monkeypatch.setattr(LabApp, "launch_instance", lambda argv: seen.append([*argv]))
    monkeypatch.setattr(cli, "source", lambda: origin)
    monkeypatch.chdir(tmp_path)
    return seen


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"kdisco {kdisco.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["nonsense"]])
def test_what_is_no_command_is_an_error_with_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: kdisco")


def test_lab_opens_the_first_chapter_with_the_users_own_options(launched: list[list[str]], tmp_path: Path) -> None:
    assert cli.main(["lab", "--no-browser", "--port", "8899", "--ServerApp.token=x"]) == 0
    [argv] = launched
    first = "--LabApp.default_url=/lab/tree/en/00-welcome.ipynb"
    assert argv[:2] == [f"--ServerApp.root_dir={tmp_path / chapters.FOLDER}", first]
    assert argv[-4:] == ["--no-browser", "--port", "8899", "--ServerApp.token=x"]


@pytest.mark.parametrize(("user", "expected"), [(0, 1), (1000, 0)])
def test_root_is_allowed_where_it_is_the_only_user(
    launched: list[list[str]], monkeypatch: pytest.MonkeyPatch, user: int, expected: int
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    cli.main(["lab"])
    assert launched[0].count("--allow-root") == expected


def test_copies_never_overwrite_what_a_learner_wrote(launched: list[list[str]], tmp_path: Path) -> None:
    cli.main(["lab"])
    mine = tmp_path / chapters.FOLDER / "en" / "00-welcome.ipynb"
    assert mine.read_text(encoding="utf-8") == "as shipped"
    mine.write_text("my own notes", encoding="utf-8")
    (tmp_path / chapters.FOLDER / "zh" / "00-welcome.ipynb").unlink()
    cli.main(["lab"])
    assert mine.read_text(encoding="utf-8") == "my own notes"
    assert (tmp_path / chapters.FOLDER / "zh" / "00-welcome.ipynb").read_text(encoding="utf-8") == "as shipped"
    assert len(launched) == 2


def test_a_folder_that_cannot_be_written_is_one_line(
    launched: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / chapters.FOLDER).write_text("a file in the way", encoding="utf-8")
    assert cli.main(["lab"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("kdisco lab: cannot write the chapters to ")
    assert message.count("\n") == 1
    assert not launched


def test_an_installation_without_chapters_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kdisco, "__file__", str(tmp_path / "kdisco" / "__init__.py"))
    with pytest.raises(UsageError, match="without its notebooks"):
        chapters.source()


def test_chapters_are_found_within_the_package_and_beside_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: Path
) -> None:  # fmt: skip
    monkeypatch.setattr(kdisco, "__file__", str(tmp_path / "site" / "kdisco" / "__init__.py"))
    (tmp_path / "site" / "kdisco").mkdir(parents=True)
    origin.rename(tmp_path / "site" / "notebooks")
    assert chapters.source() == tmp_path / "site" / "notebooks"
    (tmp_path / "site" / "notebooks").rename(tmp_path / "site" / "kdisco" / "notebooks")
    assert chapters.source() == tmp_path / "site" / "kdisco" / "notebooks"


def test_without_jupyterlab_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    assert cli.main(["lab"]) == 1
    assert capsys.readouterr().err == "kdisco lab: JupyterLab is not installed: pip install jupyterlab\n"


@pytest.mark.parametrize(
    ("options", "first"),
    [
        (["--lang", "zh"], "zh/00-welcome.ipynb"),
        (["--chapter", "00"], "en/00-welcome.ipynb"),
        (["--chapter", "welcome", "--lang=zh", "--no-browser"], "zh/00-welcome.ipynb"),
    ],
)
def test_lab_opens_the_chapter_that_is_asked_for(launched: list[list[str]], options: list[str], first: str) -> None:
    assert cli.main(["lab", *options]) == 0
    assert f"--LabApp.default_url=/lab/tree/{first}" in launched[0]
    assert not {"--lang", "--lang=zh", "--chapter"} & {*launched[0]}


def test_a_chapter_that_is_not_there_is_one_line(
    launched: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    assert cli.main(["lab", "--chapter", "77"]) == 1
    assert capsys.readouterr().err == "kdisco lab: --chapter 77: not one of 00-welcome\n"
    assert launched == []
