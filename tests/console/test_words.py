"""A line's words: quotes, comments, variables."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.console.words import Several, Unclosed, words_of


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []), ("  a  b\t", ["a", "b"]), ("a 'b c' \"d e\"", ["a", "b c", "d e"]), ("a''b", ["ab"]), ("''", [""]),
        ("curl x # the rest", ["curl", "x"]), ("# all of it", []), ("a#b", ["a#b"]), ("'#'a", ["#a"]),
        ("a'b'#c", ["ab#c"]),
        (r"a\ b \# \$X", ["a b", "#", "$X"]), (r'"a\"b\c"', [r'a"b\c']), ("a\\\nb", ["ab"]),
        ("$X ${X}y '$X' \"$X z\"", ["1", "1y", "$X", "1 z"]), ("a $NO b", ["a", "b"]),
        ('a "$NO" b', ["a", "", "b"]), ("$", ["$"]),
    ],
)
def test_words(line: str, words: list[str]) -> None:
    assert words_of(line, {"X": "1"}) == words


@pytest.mark.parametrize("line", ["a | b", "a; b", "a && b", "a > b", "a 2>&1", "(a)", "a&"])
def test_more_than_one_command(line: str) -> None:
    with pytest.raises(Several):
        words_of(line, {})


@pytest.mark.parametrize("line", ["a 'b", 'a "b', '"', "'a\"b"])
def test_an_open_quote(line: str) -> None:
    with pytest.raises(Unclosed):
        words_of(line, {})


@given(st.lists(st.text(max_size=8)))
def test_what_is_quoted_comes_back(words: list[str]) -> None:
    assert words_of(shlex.join(words), {}) == words
