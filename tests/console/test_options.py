"""Options are read as getopt_long() reads them."""

from __future__ import annotations

import pytest

from kdisco.console.options import Option, WrongOption, amount, read, wrong

TABLE = (Option("a all"), Option("n name", value=True), Option("number", value=True), Option("l"))


@pytest.mark.parametrize(
    ("words", "values", "rest"),
    [
        ("-a x --all", {"a": ["", ""]}, ["x"]), ("-anx y", {"a": [""], "n": ["x"]}, ["y"]),
        ("-n x --name=y", {"n": ["x", "y"]}, []), ("--num 3", {"number": ["3"]}, []), ("--al", {"a": [""]}, []),
        ("-- -a", {}, ["-a"]), ("- -l", {"l": [""]}, ["-"]),
    ],
)
def test_what_is_given(words: str, values: dict[str, list[str]], rest: list[str]) -> None:
    found = read(words.split(), TABLE)
    assert (found.values, found.words) == (values, rest)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("-x", "invalid option -- 'x'"), ("-ax", "invalid option -- 'x'"), ("--foo", "unrecognized option '--foo'"),
        ("-n", "option requires an argument -- 'n'"), ("--name", "option '--name' requires an argument"),
        ("--n", "option '--n' is ambiguous"), ("--all=1", "option '--all' doesn't allow an argument"),
        ("--l", "unrecognized option '--l'"),
    ],
)
def test_what_is_wrong(words: str, said: str) -> None:
    with pytest.raises(WrongOption) as caught:
        read(words.split(), TABLE)
    assert wrong(caught.value) == said


def test_options_may_end_at_the_first_word_and_have_no_equals_sign() -> None:
    assert read(["-a", "x", "-l"], TABLE, first=True).words == ["x", "-l"]
    with pytest.raises(WrongOption):
        read(["--name=x"], TABLE, equals=False)


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0.0), ("1.5", 1.5), ("-1", None), ("inf", None), ("nan", None), ("x", None), ("", None)]
)
def test_a_value_that_is_a_number_from_0_on(text: str, value: float | None) -> None:
    assert amount(text) == value
