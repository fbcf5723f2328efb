"""Flags as pflag reads them."""

from __future__ import annotations

import pytest

from kdisco.console.kubectl.args import Flag, Given, WrongFlag, parse, seconds_of

FLAGS = (
    Flag("output", "o"), Flag("watch", "w", "bool", default=False), Flag("replicas", "", "int", 1),
    Flag("filename", "f", "list", ()), Flag("env", "e", "many", ()), Flag("timeout", "", "time", 0.0),
    Flag("dry-run", "", "text", "none", alone="unchanged"), Flag("all", "A", "bool", default=False),
)


def given(*words: str) -> Given:
    return parse(words, FLAGS)


@pytest.mark.parametrize("words", [("-o", "yaml"), ("-oyaml",), ("-o=yaml",), ("--output", "yaml"), ("--output=yaml",)])
def test_a_value_is_taken_in_every_form(words: tuple[str, ...]) -> None:
    assert given("pods", *words, "web")["output"] == "yaml"
    assert given("pods", *words, "web").words == ("pods", "web")


def test_letters_stand_together_and_the_last_takes_the_rest() -> None:
    found = given("-wAoname", "x")
    assert (found["watch"], found["all"], found["output"], found.words) == (True, True, "name", ("x",))


def test_yes_and_no_take_a_value_only_after_the_sign() -> None:
    assert given("--watch", "false").words == ("false",)
    assert given("--watch=false")["watch"] is False
    assert given("--dry-run", "x").words == ("x",)
    assert given("--dry-run", "x")["dry-run"] == "unchanged"


def test_lists_part_at_commas_and_repeated_ones_do_not() -> None:
    found = given("-f", "a,b", "-f", "c", "-e", "X=1,2", "-e", "Y=3")
    assert (found["filename"], found["env"]) == (("a", "b", "c"), ("X=1,2", "Y=3"))


def test_two_dashes_end_the_flags() -> None:
    found = given("pod", "--", "ls", "-l")
    assert (found.before, found.after, found.dash) == (("pod",), ("ls", "-l"), 1)
    assert given("pod").after == ()


def test_what_was_not_given_has_its_default() -> None:
    found = given()
    assert (found["replicas"], found["output"], found["nosuch"], found.changed) == (1, "", None, frozenset())


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--foo",), "unknown flag: --foo"),
        (("-z",), "unknown shorthand flag: 'z' in -z"),
        (("-wz",), "unknown shorthand flag: 'z' in -z"),
        (("--output",), "flag needs an argument: --output"),
        (("-o",), "flag needs an argument: 'o' in -o"),
        (("---x",), "bad flag syntax: ---x"),
        (
            ("--replicas=x",),
            'invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax',
        ),
        (
            ("--watch=maybe",),
            'invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
        ),
        (("--timeout=x",), 'invalid argument "x" for "--timeout" flag: time: invalid duration "x"'),
        (("--timeout=5",), 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"'),
    ],
)
def test_what_is_wrong_is_said_as_pflag_says_it(words: tuple[str, ...], problem: str) -> None:
    with pytest.raises(WrongFlag) as caught:
        given(*words)
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("text", "length"), [("90s", 90), ("1m30s", 90), ("1.5h", 5400), ("0", 0), ("-2s", -2), ("5ms", 0.005)]
)
def test_durations_are_gos(text: str, length: float) -> None:
    assert seconds_of(text) == length
