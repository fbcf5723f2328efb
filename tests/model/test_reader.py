"""YAML as kubectl reads it. The rows were taken from kubectl 1.32 (``kubectl annotate --local -f - -o json``)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.model.reader import Unreadable, read

SCALARS = {
    "2020-01-01": "2020-01-01",
    "12:30": "12:30",
    "on": True,
    "y": True,
    "N": False,
    '"on"': "on",
    "~": None,
    "": None,
    "0o14": 12,
    "014": 12,
    "08": 8,
    "0x1f": 31,
    "0x_1": 1,
    "0b11": 3,
    "+1": 1,
    "-0": 0,
    "1_000": 1000,
    "1e3": 1000,
    "5e+3": 5000,
    "1.": 1,
    "1.0": 1,
    "1.5": 1.5,
    ".5": 0.5,
    "1_0.5": 10.5,
    "1e400": "1e400",
    "1e-7": 1e-07,
    "12345678901234567890123": 1.2345678901234568e22,
    "1.2.3.4": "1.2.3.4",
    "fd00::1": "fd00::1",
    "!!str 1": "1",
    '!!int "3"': 3,
    "!!float 3": 3,
    "!foo 1": "1",
    "!!python/object:os.system {}": {},
    "!!set {x, y}": {"x": None, "true": None},
}
KEYS = {"1": "1", "true": "true", "on": "true", "1.5": "1.5", "1e3": "1000", "0x10": "16", "2020-01-01": "2020-01-01"}
WORDS = {
    "a: [": "yaml: line 1: did not find expected node content",
    "a: b: c": "yaml: mapping values are not allowed in this context",
    "\ta: 1": "yaml: found character that cannot start any token",
    "a: 1\n b: 2\n": "yaml: line 2: mapping values are not allowed in this context",
    "a: 1\nb: c: d\n": "yaml: line 2: mapping values are not allowed in this context",
    "b: [1, 2\nc: 3": "yaml: line 1: did not find expected ',' or ']'",
    "- a\nb: 1\n": "yaml: line 1: did not find expected '-' indicator",
    "a:\n  - b\n c: 1\n": "yaml: line 2: did not find expected key",
    "a: @x": "yaml: found character that cannot start any token",
    "%x": "yaml: found unknown directive name",
    "a: *x": "yaml: unknown anchor 'x' referenced",
    "a: 1\nb: *x": "yaml: unknown anchor 'x' referenced",
    "a: &a [*a]\n": "yaml: anchor 'a' value contains itself",
    "a: 1\nb: [1, 2\nc: 3": "yaml: line 2: did not find expected ',' or ']'",
    "a: 1\n---\nb: [\n": "yaml: line 1: did not find expected node content",
    "a: 'x": "yaml: line 2: found unexpected end of stream",
    'a: "x\n': "yaml: line 2: found unexpected end of stream",
    "a: 1\nkey\n": "yaml: line 3: could not find expected ':'",
    "[[[": "yaml: line 1: did not find expected node content",
    "}": "yaml: did not find expected node content",
    '"\\q"': "yaml: found unknown escape character",
    'a: 1\nx: "\\q"\n': "yaml: line 2: found unknown escape character",
    "a: \x00": "yaml: control characters are not allowed",
    "a: .inf": "json: unsupported value: +Inf",
    "a: -.inf": "json: unsupported value: -Inf",
    "a: .nan": "json: unsupported value: NaN",
}
REFUSED = {  # kubectl takes these; kdisco does not, and says where
    "a: 1\na: 2\n": 'yaml: unmarshal errors:  line 2: key "a" already set in map',
    "x:\n  a: 1\n  b: 2\n  a: 3\n": 'yaml: unmarshal errors:  line 4: key "a" already set in map',
    '{"a": 1, "a": 2}': 'yaml: unmarshal errors:  line 1: key "a" already set in map',
    'a: {1: x, "1": y}': 'yaml: unmarshal errors:  line 1: key "1" already set in map',
}


@pytest.mark.parametrize("text", SCALARS)
def test_a_plain_scalar_becomes_what_go_makes_of_it(text: str) -> None:
    (found,) = read(f"a: {text}\n")
    assert found == {"a": SCALARS[text]}
    assert type(found["a"]) is type(SCALARS[text])


@pytest.mark.parametrize("text", KEYS)
def test_a_key_becomes_text(text: str) -> None:
    assert list(read(f"{text}: 2\n")) == [{KEYS[text]: 2}]


@pytest.mark.parametrize("text", WORDS, ids=ascii)
def test_what_is_no_yaml_is_told_in_the_same_words(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        list(read(text))
    assert str(caught.value) == WORDS[text]


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_a_key_may_stand_once(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        list(read(text))
    assert str(caught.value) == REFUSED[text]


@pytest.mark.parametrize("text", ["? [1, 2]\n: 3\n", "{a: 1}: 2", "~: 1\n"])
def test_a_key_must_be_a_scalar(text: str) -> None:
    with pytest.raises(Unreadable, match="invalid map key"):
        list(read(text))


@pytest.mark.parametrize("text", ["[" * 20_000, "a: \ud800"])
def test_hostile_text_is_refused_like_any_other(text: str) -> None:
    with pytest.raises(Unreadable):
        list(read(text))


def test_documents_are_cut_at_their_separators() -> None:
    assert list(read("---\n---\na: 1\n--- # a comment\nb: 2\n---\n")) == [{"a": 1}, {"b": 2}]
    assert list(read("")) == []


def test_a_merge_key_lays_one_mapping_under_another() -> None:
    (found,) = read("a: &x {b: 1, c: 1}\nd: {<<: *x, b: 2}\n")
    assert found["d"] == {"b": 2, "c": 1}


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]))
JSON = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner | st.none(), max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_json_is_yaml(value: Any) -> None:
    assert list(read(json.dumps(value, ensure_ascii=False))) == [value]
