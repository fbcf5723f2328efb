"""Strategic merge patches: items of lists are known by name, and directives say what else is meant."""

from __future__ import annotations

from typing import Any

import pytest

from kdisco.errors import BadRequest
from kdisco.store.strategic import merge_key, strategic_patch

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
    ({"$deleteFromPrimitiveList/finalizers": ["one"]}, {"finalizers": ["two"]}),
    ({"finalizers": ["three", "two"]}, {"finalizers": ["one", "two", "three"]}),
    ({"args": ["c"]}, {"args": ["c"]}),
]


@pytest.mark.parametrize(("patch", "result"), DIRECTIVES)
def test_strategic_directives(patch: dict[str, Any], result: dict[str, Any]) -> None:
    live: dict[str, Any] = {
        "containers": [{"name": "a"}, {"name": "b"}],
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
        "labels": {"a": "b"},
        "finalizers": ["one", "two"],
        "args": ["a", "b"],
    }
    assert strategic_patch(live, patch) == live | result


def test_an_item_without_its_name_is_refused() -> None:
    with pytest.raises(BadRequest) as caught:
        strategic_patch({}, {"spec": {"containers": [{"image": "x"}]}})
    assert caught.value.message == "map: map[image:x] does not contain declared merge key: name"
