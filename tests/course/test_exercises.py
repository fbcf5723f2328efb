"""Every exercise: it starts undone, time alone does not do it, its solution does, wrong attempts are told why not."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from kdisco.course.catalogue import CHAPTERS, texts
from kdisco.course.cell import run
from kdisco.course.tasks import Task
from kdisco.course.workbook import Exercise, exercises
from kdisco.errors import KdiscoError
from kdisco.language import LANGUAGES

ALL = list(exercises())
WRONG = [(each, cell) for each in ALL for cell in each.wrong]
PLACEHOLDER = re.compile(r"\{\w+\}")


def fresh(exercise: Exercise) -> Task:
    """The exercise as a learner gets it."""
    return Task(exercise, None, "en")


def test_there_are_enough_and_in_every_chapter() -> None:
    counts = Counter(each.chapter for each in ALL)
    assert len(ALL) >= 40
    assert len({each.name for each in ALL}) == len(ALL)
    assert counts["08"] == 20
    assert all(counts[chapter] >= 3 for chapter in CHAPTERS)


@pytest.mark.parametrize("exercise", ALL, ids=lambda each: each.name)
def test_it_starts_undone_and_time_does_not_do_it(exercise: Exercise) -> None:
    work = fresh(exercise)
    first = work.check()
    assert not first
    work.cluster.settle().run(60)
    later = work.check()
    assert not later
    assert not work.done
    assert len(first.word) > 15
    assert not PLACEHOLDER.search(later.word)


@pytest.mark.parametrize("exercise", ALL, ids=lambda each: each.name)
def test_its_solution_does_it(exercise: Exercise) -> None:
    work = fresh(exercise)
    assert work.solve().check()
    assert work.done


@pytest.mark.parametrize(
    ("exercise", "cell"), WRONG, ids=[f"{each.name}-{each.wrong.index(cell)}" for each, cell in WRONG]
)
def test_a_wrong_attempt_is_told_why_not(exercise: Exercise, cell: str) -> None:
    work = fresh(exercise)
    try:
        run(cell, work.cluster)
    except KdiscoError as refusal:
        pytest.fail(f"a wrong attempt is one that can be made: {refusal}")
    work.cluster.settle()
    verdict = work.check()
    assert not verdict
    assert len(verdict.word) > 15
    assert verdict.word != texts("common", "en")["not yet"]


@pytest.mark.parametrize("exercise", ALL, ids=lambda each: each.name)
def test_each_has_a_wrong_attempt_and_steps_to_help(exercise: Exercise) -> None:
    assert exercise.wrong
    for lang in LANGUAGES:
        words: Any = exercise.words(lang)
        assert words.keys() - {"words"} == {"title", "text", "hints", "after"}
        assert len(words["hints"]) >= 2
        assert all(isinstance(hint, str) and hint.strip() for hint in words["hints"])


@pytest.mark.parametrize("exercise", ALL, ids=lambda each: each.name)
def test_both_languages_have_the_same_words(exercise: Exercise) -> None:
    en, zh = exercise.words("en"), exercise.words("zh")
    assert en.keys() == zh.keys()
    assert len(en["hints"]) == len(zh["hints"])
    mine, theirs = en.get("words", {}), zh.get("words", {})
    assert mine.keys() == theirs.keys()
    for key, text in mine.items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(theirs[key]))


@pytest.mark.parametrize("exercise", [each for each in ALL if each.chapter == "08"], ids=lambda each: each.name)
def test_a_broken_cluster_does_not_tell_what_was_done_to_it(exercise: Exercise) -> None:
    work = fresh(exercise)
    assert not work.cluster.faults.injected
    assert len(list(work.cluster.history)) == 1, "nothing to undo"
    codes = [code for code, _ in exercise.faults]
    shown = str(work) + work.check().word
    assert codes
    assert not [code for code in codes if code in shown]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_words_without_an_exercise(chapter: str) -> None:
    names = {each.name.partition("/")[2] for each in exercises(chapter)}
    for lang in LANGUAGES:
        assert texts(chapter, lang)["task"].keys() == names


def test_the_common_words_are_the_same_in_both_languages() -> None:
    en, zh = texts("common", "en"), texts("common", "zh")
    assert en.keys() == zh.keys()
    for key, text in en.items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(zh[key])), key
