"""A question as a learner meets it: answered, judged, kept."""

from __future__ import annotations

import pytest

from kdisco import set_language
from kdisco.course import progress, quiz
from kdisco.course.record import record
from kdisco.errors import UsageError


def test_a_wrong_answer_gets_a_clue_and_not_the_answer() -> None:
    asked = quiz("04/readiness")
    verdict = asked.answer("a")
    assert not verdict
    assert str(verdict) == f"✗ Not this one. {asked.question.words()['clue']}"
    assert asked.question.words()["why"] not in verdict.word


def test_the_right_answer_gets_the_reason_and_the_source() -> None:
    verdict = quiz("04/readiness").answer(" B ")
    assert verdict.passed
    assert "Only what is ready gets connections." in verdict.word
    assert verdict.word.endswith(quiz("04/readiness").question.source)


def test_an_answer_is_kept_and_shown_again_until_it_is_forgotten() -> None:
    quiz("04/readiness").answer("b")
    again = quiz("04/readiness")
    assert again.given == "b"
    assert "  > b  Nobody answers." in str(again)
    assert "✓ Right." in str(again)
    assert again.reset().verdict is None
    assert ">" not in str(again)


def test_who_knew_it_once_has_it() -> None:
    quiz("04/readiness").answer("b")
    assert not quiz("04/readiness").answer("c")
    assert record().get("quiz", "04/readiness") == {"answer": "c", "passed": True, "tries": 2}
    assert "04/readiness" not in progress("04").left


@pytest.mark.parametrize("letter", ["z", "", "ab", "1"])
def test_what_is_no_choice_is_refused_and_not_kept(letter: str) -> None:
    with pytest.raises(UsageError, match="none of the choices a, b, c"):
        quiz("04/readiness").answer(letter)
    assert not record().get("quiz", "04/readiness")


def test_a_name_that_is_not_there_brings_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"there is no question '04/redyness'; did you mean 04/readiness\?"):
        quiz("04/redyness")
    with pytest.raises(UsageError, match="there is no question"):
        quiz("zzz")


def test_the_language_is_the_one_that_was_set_or_asked_for() -> None:
    assert "Running" in str(quiz("04/readiness"))
    assert "谁" not in str(quiz("04/readiness"))
    assert "没人应答" in str(quiz("04/readiness", lang="zh"))
    set_language("zh")
    assert quiz("04/readiness").answer("b").word.startswith("正确。")
    assert quiz("04/readiness", lang="en").answer("b").word.startswith("Right.")
    with pytest.raises(UsageError, match="'fr' is not one of en, zh"):
        quiz("04/readiness", lang="fr")


def test_it_is_shown_as_text_and_html_too() -> None:
    quiz("04/readiness").answer("b")
    data, _ = quiz("04/readiness")._repr_mimebundle_()
    assert data["text/plain"] == str(quiz("04/readiness"))
    assert '<ol style="list-style-type: lower-alpha"><li><p>' in data["text/html"], "letters, not numbers"
    assert "application/vnd.jupyter.widget-view+json" in data
