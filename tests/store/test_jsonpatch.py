"""JSON patches: every operation, and every way in which it cannot be done."""

from __future__ import annotations

from typing import Any

import pytest

from kdisco.errors import Unprocessable
from kdisco.store.jsonpatch import json_patch

DOCUMENT: dict[str, Any] = {"a": {"b": [1, 2, 3]}, "x/y": {"m~n": 0}, "none": None}
DONE = [
    ({"op": "add", "path": "/a/c", "value": 5}, {"a": {"b": [1, 2, 3], "c": 5}}),
    ({"op": "add", "path": "/a/b/1", "value": 5}, {"a": {"b": [1, 5, 2, 3]}}),
    ({"op": "add", "path": "/a/b/3", "value": 5}, {"a": {"b": [1, 2, 3, 5]}}),
    ({"op": "add", "path": "/a/b/-", "value": 5}, {"a": {"b": [1, 2, 3, 5]}}),
    ({"op": "add", "path": "/a/b", "value": 5}, {"a": {"b": 5}}),
    ({"op": "remove", "path": "/a/b/0"}, {"a": {"b": [2, 3]}}),
    ({"op": "remove", "path": "/a/b"}, {"a": {}}),
    ({"op": "replace", "path": "/a/b/2", "value": None}, {"a": {"b": [1, 2, None]}}),
    ({"op": "replace", "path": "/x~1y/m~0n", "value": 9}, {"x/y": {"m~n": 9}}),
    ({"op": "move", "from": "/a/b", "path": "/a/c"}, {"a": {"c": [1, 2, 3]}}),
    ({"op": "move", "from": "/a/b/0", "path": "/a/b/2"}, {"a": {"b": [2, 3, 1]}}),
    ({"op": "copy", "from": "/a/b/0", "path": "/a/b/-"}, {"a": {"b": [1, 2, 3, 1]}}),
    ({"op": "test", "path": "/a/b", "value": [1, 2, 3]}, {}),
    ({"op": "test", "path": "/none", "value": None}, {}),
    ({"op": "test", "path": "/a/c", "value": None}, {}),
    ({"op": "replace", "path": "/a/c", "value": 5}, {"a": {"b": [1, 2, 3], "c": 5}}),
    ({"op": "add", "path": "/a/c"}, {"a": {"b": [1, 2, 3], "c": None}}),
    ({"op": "remove", "path": "/a/b/-1"}, {"a": {"b": [1, 2]}}),
    ({"op": "add", "path": "/a/b/-1", "value": 5}, {"a": {"b": [1, 2, 3, 5]}}),
    ({"op": "copy", "from": "/a/c", "path": "/a/d"}, {"a": {"b": [1, 2, 3], "d": None}}),
]


@pytest.mark.parametrize(("step", "changed"), DONE)
def test_an_operation(step: dict[str, Any], changed: dict[str, Any]) -> None:
    assert json_patch(DOCUMENT, [step]) == DOCUMENT | changed


IMPOSSIBLE: list[Any] = [
    {"op": "add", "path": "/a/b/4", "value": 5},
    {"op": "add", "path": "/nowhere/c", "value": 5},
    {"op": "add", "path": "/none/c", "value": 5},
    {"op": "remove", "path": "/a/c"},
    {"op": "remove", "path": "/a/b/-"},
    {"op": "remove", "path": "/a/b/3"},
    {"op": "replace", "path": "/a/b/3", "value": 5},
    {"op": "move", "from": "/a/c", "path": "/a/d"},
    {"op": "test", "path": "/a/b", "value": [1]},
    {"op": "test", "path": "/a/c", "value": 0},
    {"op": "test", "path": "/a/b/-4", "value": 1},
    {"op": "upsert", "path": "/a/c", "value": 5},
    {"op": "remove", "path": ""},
    {"op": "remove", "path": 5},
    {"path": "/a"},
    "remove",
]


@pytest.mark.parametrize("step", IMPOSSIBLE, ids=str)
def test_an_operation_that_cannot_be_done(step: Any) -> None:
    with pytest.raises(Unprocessable) as caught:
        json_patch(DOCUMENT, [{"op": "add", "path": "/a/z", "value": 1}, step])
    words = "the server rejected our request due to an error in our request"
    assert str(caught.value) == f"The request is invalid: {words}"
    assert (caught.value.status, caught.value.reason) == (422, "Invalid")
    assert "z" not in DOCUMENT["a"]
