"""Strategic merge patches: items of lists are known by name, and directives say what else is meant."""

from __future__ import annotations

from typing import Any

import pytest

from kdisco.errors import ApiError, BadRequest, ServerError, Unprocessable
from kdisco.store.strategic import go_words, merge_key, strategic_patch

KEYS = [
    (("spec", "ports"), "port"),
    (("spec", "template", "spec", "containers"), "name"),
    (("spec", "containers", "ports"), "containerPort"),
    (("ports",), None),
    (("spec", "containers", "args"), None),
    (("metadata", "ownerReferences"), "uid"),
    ((), None),
]


@pytest.mark.parametrize(("path", "key"), KEYS)
def test_items_have_names_where_the_api_says_so(path: tuple[str, ...], key: str | None) -> None:
    assert merge_key(path) == key


def names(items: Any) -> list[Any]:
    """The names of containers."""
    return [item["name"] for item in items]


def test_strategic_items_are_merged_by_name_and_new_ones_come_first() -> None:
    live = {"spec": {"containers": [{"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "1"}]}}
    patch = {"spec": {"containers": [{"name": "c", "image": "1"}, {"name": "a", "image": "2"}]}}
    found = strategic_patch(live, patch)["spec"]["containers"]
    assert names(found) == ["c", "a", "b"]
    assert found[1] == {"name": "a", "image": "2", "args": ["x"]}


ORDERS = [  # live, patch, order asked for, result
    ("ab", "b", "ba", "ba"),
    ("ab", "", "ba", "ba"),
    ("abx", "b", "ba", "bax"),
    ("xab", "c", "abc", "xabc"),
    ("axb", "c", "cab", "caxb"),
]


@pytest.mark.parametrize(("live", "patch", "order", "result"), ORDERS)
def test_strategic_items_stand_in_the_order_asked_for(live: str, patch: str, order: str, result: str) -> None:
    change = {"containers": [{"name": name} for name in patch]} if patch else {}
    found = strategic_patch(
        {"containers": [{"name": name} for name in live]},
        change | {"$setElementOrder/containers": [{"name": name} for name in order]},
    )
    assert "".join(names(found["containers"])) == result


DIRECTIVES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"containers": [{"$patch": "delete", "name": "a"}]}, {"containers": [{"name": "b"}]}),
    ({"containers": [{"name": "c"}, {"$patch": "replace"}]}, {"containers": [{"name": "c"}]}),
    ({"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}, {"strategy": {"type": "Recreate"}}),
    ({"labels": {"$patch": "replace", "x": "y"}}, {"labels": {"x": "y"}}),
    ({"labels": {"$patch": "delete"}}, {"labels": {}}),
    (
        {"metadata": {"$deleteFromPrimitiveList/finalizers": ["one"]}},
        {"metadata": {"finalizers": ["two"]}},
    ),
    ({"metadata": {"finalizers": ["three", "two"]}}, {"metadata": {"finalizers": ["one", "two", "three"]}}),
    ({"$setElementOrder/volumes": [{"name": "a"}]}, {}),
    ({"volumes": [{"name": "a", "x": None, "y": {"z": None}}]}, {"volumes": [{"name": "a", "y": {}}]}),
    ({"args": ["c"]}, {"args": ["c"]}),
]


@pytest.mark.parametrize(("patch", "result"), DIRECTIVES)
def test_strategic_directives(patch: dict[str, Any], result: dict[str, Any]) -> None:
    live: dict[str, Any] = {
        "containers": [{"name": "a"}, {"name": "b"}],
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
        "labels": {"a": "b"},
        "metadata": {"finalizers": ["one", "two"]},
        "args": ["a", "b"],
    }
    assert strategic_patch(live, patch) == live | result


REFUSED: list[tuple[dict[str, Any], type[ApiError], str]] = [
    ({"containers": [{"image": "x"}]}, ServerError, "map: map[image:x] does not contain declared merge key: name"),
    (
        {"containers": [{"$patch": "drop", "name": "a"}]},
        ServerError,
        "unknown patch type: drop in map: map[$patch:drop name:a]",
    ),
    ({"containers": [{"$patch": "merge"}]}, ServerError, "merging lists cannot yet be specified in the patch"),
    ({"strategy": {"$patch": "x"}}, ServerError, "unknown patch type: x in map: map[$patch:x]"),
    ({"strategy": {"$retainKeys": "type"}}, BadRequest, "invalid patch format of retainKeys"),
    (
        {"strategy": {"$retainKeys": ["type"], "rollingUpdate": {}}},
        Unprocessable,
        "the server rejected our request due to an error in our request",
    ),
    ({"$deleteFromPrimitiveList/args": "a"}, BadRequest, "invalid patch format of primitive list"),
    ({"$setElementOrder/containers": {}}, BadRequest, "invalid patch format of setElementOrder list"),
    (
        {"$setElementOrder/containers": [{"name": "b"}], "containers": [{"name": "a"}]},
        ServerError,
        "The order in patch list:\n[map[name:a]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n",
    ),
]


@pytest.mark.parametrize(("patch", "error", "words"), REFUSED, ids=[words for _, _, words in REFUSED])
def test_directives_that_cannot_be_understood(patch: dict[str, Any], error: type[ApiError], words: str) -> None:
    live = {"containers": [{"name": "a"}], "strategy": {"type": "Recreate"}, "args": ["a"]}
    with pytest.raises(error) as caught:
        strategic_patch(live, patch)
    assert caught.value.message == words


def test_an_error_without_a_reason_is_printed_bare() -> None:
    assert str(ServerError("words")) == "Error from server: words"


GO = [
    (None, "<nil>"),
    (True, "true"),
    (3, "3"),
    ("a b", "a b"),
    ([1, "x"], "[1 x]"),
    ({"b": 1, "a": {}}, "map[a:map[] b:1]"),
]


@pytest.mark.parametrize(("value", "words"), GO)
def test_values_are_printed_as_go_prints_them(value: Any, words: str) -> None:
    assert go_words(value) == words
