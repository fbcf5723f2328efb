"""What Go's decoder says of text that is no JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.console.kubectl.syntax import broken

BROKEN = {
    "{bad": "invalid character 'b' looking for beginning of object key string",
    '{"a" 1}': "invalid character '1' after object key",
    '{"a":1,}': "invalid character '}' looking for beginning of object key string",
    "[1,]": "invalid character ']' looking for beginning of value",
    '{"a":x}': "invalid character 'x' looking for beginning of value",
    '{"a":1': "unexpected end of JSON input",
    '{"a":"x}': "unexpected end of JSON input",
    '{"a":[1 2]}': "invalid character '2' after array element",
    '{"a":{"[":1 "c":2}}': "invalid character '\"' after object key:value pair",
    '{"a":1} x': "invalid character 'x' after top-level value",
    "{'a':1}": r"invalid character '\'' looking for beginning of object key string",
    "": "unexpected end of JSON input",
}


@pytest.mark.parametrize("text", BROKEN)
def test_broken(text: str) -> None:
    assert broken(text) == BROKEN[text]


LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_is_not_broken(value: object) -> None:
    assert broken(json.dumps(value)) == ""
