"""The course's cards, driven from Python as the page would drive them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kdisco.course import progress, quiz, task, tasks
from kdisco.course import record as records
from kdisco.widget.cards import Card, ProgressCard, QuizCard, TaskCard

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def new_learner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KDISCO_PROGRESS", "")
    monkeypatch.setattr(records, "_ONE", [])
    monkeypatch.setattr(tasks, "OPEN", {})


def press(card: Card, key: str, **more: str) -> None:
    """What the page sends when a button is pressed."""
    card._handle_custom_msg({"press": key, **more}, [])  # type: ignore[no-untyped-call]  # ipywidgets is not annotated


def test_a_question_is_answered_by_choosing_and_checking() -> None:
    card = quiz("04/readiness").card()
    assert isinstance(card, QuizCard)
    assert [key for key, _ in card.choices] == ["a", "b", "c"]
    press(card, "check")
    assert (card.mood, card.said) == ("open", "<p>Choose an answer first.</p>")
    card.chosen = "a"
    press(card, "check")
    assert card.mood == "open"
    assert card.said.startswith("<p>✗ Not this one.")
    card.chosen = "b"
    press(card, "check")
    assert card.mood == "passed"
    assert card.said.startswith("<p>✓ Right.")
    assert '<a href="https://kubernetes.io' in card.said


def test_the_choice_comes_along_with_the_press_should_its_own_message_be_late() -> None:
    card = quiz("04/readiness").card()
    card.chosen = "a"
    press(card, "check", chosen="b")
    assert (card.chosen, card.mood) == ("b", "passed")


def test_what_was_answered_stands_there_again() -> None:
    quiz("04/readiness").answer("b")
    card = quiz("04/readiness").card()
    assert (card.chosen, card.mood) == ("b", "passed")


def test_an_answer_that_cannot_be_is_said_and_not_raised() -> None:
    card = quiz("04/readiness").card()
    card.chosen = "x"
    press(card, "check")
    assert "none of the choices" in card.said
    press(card, "no such button")


def test_an_exercise_has_four_buttons() -> None:
    card = task("04/lost-pod").card()
    assert isinstance(card, TaskCard)
    assert [key for key, _ in card.buttons] == ["check", "hint", "solution", "anew"]
    press(card, "check")
    assert card.said == "<p>✗ shop has 0 ready endpoints; it should have 2.</p>"
    for _ in range(4):
        press(card, "hint")
    assert len(card.more) == 3
    assert "There are no more hints" in card.said
    press(card, "solution")
    press(card, "solution")
    assert card.more[3:] == [task("04/lost-pod").solution()._repr_html_()]
    task("04/lost-pod").solve()
    press(card, "check")
    assert card.mood == "passed"
    press(card, "anew")
    assert card.mood == ""
    assert not task("04/lost-pod").check()
    assert task("04/lost-pod").card().mood == "passed", "done once is done"


def test_progress_follows_every_answer_and_ends_with_its_card() -> None:
    card = progress("04").card()
    assert isinstance(card, ProgressCard)
    assert card.bars == [["04 Endpoints", 0, 10, "0 of 10"]]
    quiz("04/readiness").answer("b")
    assert card.bars == [["04 Endpoints", 1, 10, "1 of 10"]]
    assert card.legend == "<p>1 of 10 questions and exercises</p>"


@pytest.mark.parametrize("make", [lambda: quiz("04/readiness", lang="zh"), lambda: task("04/lost-pod", lang="zh"),
                                  lambda: progress(lang="zh")])  # fmt: skip
def test_cards_speak_chinese(make: Callable[[], object]) -> None:
    card = make().card()  # type: ignore[attr-defined]  # each has one
    assert card.lang == "zh"
    assert not {"Check", "Hint", "Welcome"} & {word for _, *words in (*card.buttons, *card.bars) for word in words}
