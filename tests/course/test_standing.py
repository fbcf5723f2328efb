"""How far a learner is, and how it travels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kdisco.course import guess, progress, quiz, record, task
from kdisco.course.question import questions
from kdisco.course.workbook import exercises
from kdisco.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_the_course_is_all_questions_and_exercises() -> None:
    whole = progress()
    assert whole.total == len(list(questions())) + len(list(exercises()))
    assert whole.done == 0
    assert len(whole.stands) == 10
    assert {*whole.left} == {each.name for each in questions()} | {each.name for each in exercises()}


def test_a_chapter_counts_what_is_done() -> None:
    quiz("04/readiness").answer("b")
    quiz("04/selector").answer("a")
    task("04/lost-pod").solve().check()
    found = progress("04")
    assert found.stands[0].quizzes == (1, 7)
    assert found.stands[0].tasks == (1, 3)
    assert str(found) == "04 Endpoints  ████░░░░░░░░░░░░░░░░  2 of 10  (questions 1 of 7, exercises 1 of 3)"
    assert "<caption>2 of 10 questions and exercises</caption>" in found._repr_html_()
    assert str(progress("04-endpoints")) == str(found)


def test_all_of_it_travels_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quiz("04/readiness").answer("b")
    guess("04/how-many", [1, "ü"])
    task("04/lost-pod").hint()
    before = record.record().to_dict()
    progress.export(tmp_path / "me.json")
    assert json.loads((tmp_path / "me.json").read_text(encoding="utf-8")) == before
    monkeypatch.setattr(record, "_ONE", [])
    quiz("00/wish").answer("c")
    assert progress.load(tmp_path / "me.json").done == 2, "what was there stays"
    assert guess("04/how-many").value == [1, "ü"]
    assert len(task("04/lost-pod").hints) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [("{}", "no record"), ("[1]", "no record"), ('{"version": 1, "quiz": [1]}', "should each map"), ("{", "no JSON")],
)
def test_what_is_no_record_is_refused_whole(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        progress.load(tmp_path / "x.json")
    assert list(record.record().entries()) == []


def test_a_file_that_is_not_there_and_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read .*none.json: No such file"):
        progress.load(tmp_path / "none.json")
    with pytest.raises(UsageError, match="cannot write"):
        progress.export(tmp_path / "none" / "x.json")


def test_a_chapter_can_be_forgotten_and_all() -> None:
    quiz("04/readiness").answer("b")
    quiz("00/wish").answer("c")
    assert progress.reset("04").done == 0
    assert progress().done == 1
    assert progress.reset().done == 0


def test_there_is_no_eleventh_chapter() -> None:
    with pytest.raises(UsageError, match="there is no chapter '11'"):
        progress("11")


def test_it_is_told_in_chinese_too() -> None:
    assert str(progress("04", lang="zh")).startswith("04 端点  ░")
    assert "问题与练习共完成 0/10" in progress("04", lang="zh")._repr_html_()
