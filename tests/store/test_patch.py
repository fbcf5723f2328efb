"""Patches of three types: what each does to a document, and where they agree."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from api import Api, service
from hypothesis import given
from hypothesis import strategies as st

from kdisco.errors import BadRequest, Invalid
from kdisco.store.patch import merge_patch, patched

RFC_7386 = [  # the appendix of the RFC, where document and patch are objects
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("document", "patch", "result"), RFC_7386)
def test_a_merge_patch_is_that_of_the_rfc(document: Any, patch: Any, result: Any) -> None:
    assert merge_patch(document, patch) == result


FLAT = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.dictionaries(st.sampled_from(["spec", "x", "replicas", "labels"]), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.sampled_from(["spec", "metadata", "x"]), FLAT, max_size=3)


@given(DOCUMENTS, DOCUMENTS)
def test_without_lists_merge_and_strategic_agree_and_change_nothing_in_place(
    document: dict[str, Any], patch: dict[str, Any]
) -> None:
    before = copy.deepcopy((document, patch))
    merged = patched(document, patch, "merge")
    assert merged == patched(document, patch, "strategic")
    assert (document, patch) == before
    assert patched(merged, patch, "merge") == merged


@given(DOCUMENTS, DOCUMENTS)
def test_a_json_patch_of_whole_fields_does_what_a_merge_patch_of_new_fields_does(
    document: dict[str, Any], patch: dict[str, Any]
) -> None:
    fresh = {key: value for key, value in patch.items() if key not in document}
    wanted = document | fresh
    assert patched(document, [{"op": "add", "path": f"/{key}", "value": fresh[key]} for key in fresh], "json") == wanted


@pytest.mark.parametrize("kind", ["merge", "strategic"])
def test_a_list_is_no_merge_patch(kind: str) -> None:
    with pytest.raises(BadRequest, match="error decoding patch: json: cannot unmarshal array"):
        patched({}, [], kind)


def test_a_dict_is_no_json_patch() -> None:
    with pytest.raises(BadRequest, match="error decoding patch: json: cannot unmarshal object"):
        patched({}, {}, "json")


THREE = [
    ("merge", {"spec": {"selector": {"app": "other"}}}),
    ("strategic", {"spec": {"selector": {"app": "other"}}}),
    ("json", [{"op": "replace", "path": "/spec/selector/app", "value": "other"}]),
]


@pytest.mark.parametrize(("kind", "patch"), THREE)
def test_the_three_types_do_the_same_to_a_stored_object(kind: str, patch: Any) -> None:
    api = Api.made()
    before = api.create(service(selector={"app": "web"})).to_dict()
    after = api.patch("service", "web", patch, kind).to_dict()
    assert after["spec"] == before["spec"] | {"selector": {"app": "other"}}


@pytest.mark.parametrize(
    "patch", [{"spec": {"ports": ["x"]}}, {"spec": {"ports": 5}}, {"metadata": []}, {"spec": None}]
)
def test_a_patch_that_makes_no_object_is_refused(patch: dict[str, Any]) -> None:
    api = Api.made()
    api.create(service())
    before = api.state
    for kind in ("merge", "strategic"):
        with pytest.raises((BadRequest, Invalid)):
            api.patch("service", "web", patch, kind)
    assert api.state is before
