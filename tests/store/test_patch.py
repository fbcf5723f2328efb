"""Patches of three types: what each does to a document, and where they agree."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from api import Api, service
from hypothesis import given
from hypothesis import strategies as st

from kdisco.errors import BadRequest, Invalid, TooLarge
from kdisco.store.events import Warned
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


SHAPES: list[tuple[Any, str, str]] = [  # patch, type, words
    ([], "merge", "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"),
    ([], "strategic", "json: cannot unmarshal array into Go value of type map[string]interface {}"),
    ("x", "merge", "error decoding patch: json: cannot unmarshal string into Go value of type map[string]interface {}"),
    ({}, "json", "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
    (["x"], "json", "error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp"),
    (
        [{"op": "add", "path": 5}],
        "json",
        "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string",
    ),
]


@pytest.mark.parametrize(("patch", "kind", "words"), SHAPES)
def test_what_is_no_patch_is_refused_in_gos_words(patch: Any, kind: str, words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        patched({}, patch, kind)
    assert caught.value.message == words


def test_a_json_patch_has_ten_thousand_operations_at_most() -> None:
    with pytest.raises(TooLarge) as caught:
        patched({}, [{"op": "add", "path": "/a", "value": 1}] * 10_001, "json")
    words = "The allowed maximum operations in a JSON patch is 10000, got 10001"
    assert caught.value.message == f"Request entity is too large: {words}"
    assert caught.value.status == 413


MADE_UNFIT = [  # type, patch, Go's words for what it makes
    (
        "merge",
        {"spec": {"ports": 5}},
        "json: cannot unmarshal number into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort",
    ),
    ("strategic", {"spec": {"ports": 5}}, "cannot restore slice from int64"),
    ("strategic", {"spec": {"publishNotReadyAddresses": "x"}}, "unrecognized type: bool"),
    ("merge", {"kind": "Pod"}, "converting (v1.Pod) to (core.Service): unknown conversion"),
]


@pytest.mark.parametrize(("kind", "patch", "words"), MADE_UNFIT)
def test_a_patch_that_makes_no_service_is_invalid_and_shown(kind: str, patch: Any, words: str) -> None:
    api = Api.made()
    api.create(service())
    with pytest.raises(Invalid) as caught:
        api.patch("service", "web", patch, kind)
    assert caught.value.message.startswith(' "" is invalid: patch: Invalid value: "')
    assert caught.value.message.endswith(f'": {words}')
    assert str(caught.value).startswith('The request is invalid: patch: Invalid value: "')
    [cause] = caught.value.details["causes"]
    assert (cause["reason"], cause["field"], list(caught.value.details)) == ("FieldValueInvalid", "patch", ["causes"])


def test_a_strategic_patch_is_shown_as_go_prints_maps() -> None:
    api = Api.made()
    api.create(service())
    with pytest.raises(Invalid) as caught:
        api.patch("service", "web", {"spec": {"ports": 5, "externalName": None}, "a": [True, "b c"]}, "strategic")
    assert '"map[a:[true b c] spec:map[externalName:<nil> ports:5]]"' in caught.value.message


@pytest.mark.parametrize("kind", ["merge", "strategic"])
def test_an_unknown_field_is_warned_of_and_left_out(kind: str) -> None:
    api = Api.made()
    before = api.create(service())
    assert api.patch("service", "web", {"spec": {"selektor": {"a": "b"}}}, kind) == before
    assert [fact.text for fact in api.facts if isinstance(fact, Warned)] == ['unknown field "spec.selektor"']
    with pytest.raises(Invalid, match=r'strict decoding error: unknown field "spec\.selektor"'):
        api.patch("service", "web", {"spec": {"selektor": {"a": "b"}}}, kind, field_validation="Strict")
    api.patch("service", "web", {"spec": {"selektor": {"a": "b"}}}, kind, field_validation="Ignore")
    assert not [fact for fact in api.facts if isinstance(fact, Warned)]


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
