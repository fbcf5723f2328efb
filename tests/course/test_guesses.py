"""Predictions: kept until the truth is known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.course import guess
from kdisco.errors import UsageError


def test_a_guess_is_kept_and_met_by_the_truth() -> None:
    assert str(guess("04/how-many", 4)) == "Your guess: 4. It is kept until the truth is known."
    verdict = guess("04/how-many").truth(5)
    assert not verdict
    assert verdict.word == "You guessed 4; it is 5."
    assert str(guess("04/how-many")) == "Your guess was 4; it is 5."


def test_a_right_guess_passes() -> None:
    guess("04/who", ["node-1", "node-2"])
    assert guess("04/who").truth(("node-1", "node-2"))


def test_without_a_guess_the_truth_is_told_all_the_same() -> None:
    assert str(guess("04/how-many")) == "04/how-many: no guess yet"
    assert guess("04/how-many").truth(5).word == "It is 5. Nobody had guessed."
    assert not guess("04/how-many").made


def test_a_new_guess_begins_anew() -> None:
    guess("x/y", 1)
    guess("x/y").truth(2)
    assert str(guess("x/y", None, lang="zh")) == "你的猜测：null。已记下，等答案揭晓。"  # noqa: RUF001 - Chinese colon and comma
    assert guess("x/y").made
    assert not guess("x/y").reset().made


def test_a_guess_needs_a_name() -> None:
    with pytest.raises(UsageError, match="is no name"):
        guess(" ", 1)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False), st.lists))
def test_whoever_guesses_the_truth_is_right(value: Any) -> None:
    guess("any/thing", value)
    assert guess("any/thing").truth(value)


def test_what_json_has_not_is_kept_as_its_text() -> None:
    guess("x/set", {"b", "a"})
    assert guess("x/set").value == ["a", "b"]
    guess("x/object", 1j)
    assert guess("x/object").value == "1j"
