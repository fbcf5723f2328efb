"""What is read quickly is read as the reader that knows it all reads it; what is unusual is left to that one."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kdisco.model import reader
from kdisco.model.quick import LARGE, quick
from kdisco.model.reader import NUMBERS, Loader, Unreadable, _resolved, read

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["yes", "on", "0o14", "014", "08", "1_000", "12:30", "1e3", "~", "null", "<<", "0x1F", "1.0"]),
)  # fmt: skip
KEYS = st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.sampled_from(["a", "b", "<<"]))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)


def slowly(text: str) -> list[Any]:
    """The documents of a text, read in the usual way."""
    return [found for found in yaml.load_all(text, Loader) if found is not None]


def quickly(text: str) -> list[Any] | None:
    """The documents of a text, read quickly."""
    return quick(text, Loader, _resolved, NUMBERS)


@given(VALUES)
def test_yaml_is_read_as_the_usual_reader_reads_it(value: Any) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)
    try:
        usual = slowly(text)
    except (Unreadable, yaml.YAMLError):
        usual = None
    found = quickly(text)
    assert found is None or found == usual


@given(st.dictionaries(st.text(max_size=5), VALUES.filter(lambda value: not isinstance(value, dict)), max_size=4))
def test_json_is_read_as_the_usual_reader_reads_it(value: dict[str, Any]) -> None:
    text = json.dumps(value)
    found = quickly(text)
    try:
        usual = slowly(text)
    except (Unreadable, yaml.YAMLError):  # surrogates, say: no YAML, but JSON
        return
    assert found is None or found == usual


@given(st.text(alphabet="yYnNoO0x1_.+-eE~<trueTRUEfalsenullin fab7", max_size=7))
def test_a_plain_scalar_is_what_the_loader_makes_of_it(word: str) -> None:
    try:
        [event] = [each for each in yaml.parse(word, Loader) if isinstance(each, yaml.ScalarEvent)]
    except (ValueError, yaml.YAMLError):
        return  # several, none, or no YAML
    if event.style or event.value == "<<":
        return
    usual = slowly(f"a: {event.value}") if event.value else [{"a": None}]
    assert _resolved(event.value) == usual[0]["a"]


@pytest.mark.parametrize(
    "text", ["a: &x 1\nb: *x\n", "a: !!str 1\n", "<<: {a: 1}\n", "a: 1\na: 2\n", "~: 1\n", "a: [1\n", "{? [1]: 2}\n"]
)
def test_the_unusual_is_left_to_the_usual_reader(text: str) -> None:
    assert quickly(text) is None


def test_a_key_that_stands_twice_in_json_is_left_too() -> None:
    assert quickly('{"a": 1, "a": 2}') is None


def test_large_texts_are_read_quickly_and_small_ones_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(reader, "quick", lambda part, *_: seen.append(len(part)))
    large = "a:\n" + "- b\n" * LARGE
    assert list(read(large)) == [{"a": ["b"] * LARGE}]
    assert list(read("a: 1\n")) == [{"a": 1}]
    assert seen == [len(large)]
