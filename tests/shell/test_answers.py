"""Where answers are kept: one file, whole or not at all, and nothing where nothing can be written."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from kdisco.course import record as records
from kdisco.course.quizzing import quiz
from kdisco.shell import answers


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's file, in a fresh kernel."""
    place = tmp_path / "progress.json"
    monkeypatch.setenv("KDISCO_PROGRESS", str(place))
    monkeypatch.setattr(records, "_ONE", [])
    return place


def restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a kernel forgets."""
    monkeypatch.setattr(records, "_ONE", [])


def test_an_answer_outlives_the_kernel(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quiz("04/readiness").answer("b")
    restart(monkeypatch)
    assert quiz("04/readiness").given == "b"
    assert [each.name for each in file.parent.iterdir()] == [file.name], "nothing is left beside it"
    quiz("04/readiness").reset()
    restart(monkeypatch)
    assert quiz("04/readiness").given == ""


def test_two_kernels_do_not_undo_each_other(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quiz("04/readiness").answer("b")
    answers.keep("quiz", "00/wish", {"answer": "c", "passed": True})  # another kernel
    quiz("04/selector").answer("c")
    assert json.loads(file.read_text(encoding="utf-8"))["quiz"].keys() == {"04/readiness", "00/wish", "04/selector"}
    restart(monkeypatch)
    assert quiz("00/wish").given == "c"


def test_a_folder_that_cannot_be_written_keeps_nothing_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KDISCO_PROGRESS", str(tmp_path / "nowhere" / "x.json"))
    restart(monkeypatch)
    assert quiz("04/readiness").answer("b")
    assert quiz("04/readiness").given == "b"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["{", "[]", "null", '"x"', '{"version": 7}', '{"version": 1, "quiz": {"x": 1}}'])
def test_a_file_that_cannot_be_read_is_set_aside(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    assert quiz("04/readiness").answer("b")
    assert json.loads(file.read_text(encoding="utf-8"))["quiz"].keys() == {"04/readiness"}
    assert file.with_name("progress.json.unreadable").read_text(encoding="utf-8") == text


def test_a_write_that_fails_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quiz("04/readiness").answer("b")
    before = file.read_text(encoding="utf-8")

    def fail(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(Path, "replace", fail)
    quiz("04/selector").answer("c")
    assert file.read_text(encoding="utf-8") == before
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_the_file_is_in_the_working_folder_of_a_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KDISCO_PROGRESS", raising=False)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert answers.place() is None, "a script keeps nothing"
    there = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", there)
    monkeypatch.chdir(tmp_path)
    assert answers.place() == tmp_path / ".kdisco-progress.json"
    (tmp_path / "zh").mkdir()
    monkeypatch.chdir(tmp_path / "zh")
    assert answers.place() == tmp_path / ".kdisco-progress.json", "both languages share it"
    monkeypatch.setenv("KDISCO_PROGRESS", "")
    assert answers.place() is None
