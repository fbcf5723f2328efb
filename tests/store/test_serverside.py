"""Server-side apply: fields have owners, and nobody takes them by accident."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from api import Api, deployment, service
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.errors import ApiError, BadRequest, Conflict, Invalid, ServerError


def apply(api: Api, body: dict[str, Any], manager: str = "kubectl", **more: Any) -> Any:
    """A server-side apply."""
    return api.patch(body["kind"], body["metadata"]["name"], body, "apply", manager=manager, **more)


def owners(found: Any) -> list[tuple[str, str]]:
    """Who is named in managedFields, and how."""
    entries = found.to_dict()["metadata"].get("managedFields", [])
    return [(entry["manager"], entry["operation"]) for entry in entries]


def labelled(**labels: str) -> dict[str, Any]:
    """A Service of which only labels and a port are wanted."""
    body = service()
    body["metadata"]["labels"] = labels
    return body


def test_what_is_not_there_is_created() -> None:
    api = Api.made()
    made = apply(api, deployment())
    assert made.metadata.uid
    assert made.spec.replicas == 1
    assert owners(made) == [("kubectl", "Apply")]
    (entry,) = made.to_dict()["metadata"]["managedFields"]
    assert (entry["apiVersion"], entry["fieldsType"], entry["time"]) == ("apps/v1", "FieldsV1", "2026-01-01T00:00:00Z")
    assert "f:replicas" not in entry["fieldsV1"]["f:spec"]


def test_nobody_owns_anything_where_nothing_was_applied_so() -> None:
    api = Api.made()
    api.create(service())
    assert owners(api.patch("service", "web", {"metadata": {"labels": {"a": "b"}}})) == []


def test_the_same_again_is_not_written() -> None:
    api = Api.made()
    first = apply(api, deployment(replicas=2))
    api.wait(60)
    assert apply(api, deployment(replicas=2)) == first


def test_what_is_no_longer_applied_goes_and_what_others_want_stays() -> None:
    api = Api.made()
    apply(api, labelled(a="1", b="2"), "one")
    apply(api, labelled(b="2", c="3"), "two")
    assert apply(api, labelled(), "one").labels == {"b": "2", "c": "3"}
    assert apply(api, labelled(), "two").labels == {}


def test_a_field_of_another_is_a_conflict_unless_forced() -> None:
    api = Api.made()
    apply(api, deployment(replicas=2), "one")
    with pytest.raises(Conflict) as caught:
        apply(api, deployment(replicas=3), "two")
    assert caught.value.message == 'Apply failed with 1 conflict: conflict with "one": .spec.replicas'
    assert caught.value.details["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".spec.replicas"}
    ]
    assert apply(api, deployment(replicas=3), "two", force=True).spec.replicas == 3
    with pytest.raises(Conflict):
        apply(api, deployment(replicas=2), "one")
    assert apply(api, deployment(), "one").spec.replicas == 3


def test_several_conflicts_are_listed_by_manager() -> None:
    api = Api.made()
    apply(api, labelled(a="1", b="2"), "one")
    with pytest.raises(Conflict) as caught:
        apply(api, labelled(a="x", b="x"), "two")
    words = 'Apply failed with 2 conflicts: conflicts with "one":\n- .metadata.labels.a\n- .metadata.labels.b'
    assert caught.value.message == words


def test_any_other_write_takes_the_fields_that_it_changes() -> None:
    api = Api.made()
    apply(api, deployment(replicas=2))
    after = api.patch("deployment", "web", {"spec": {"replicas": 5}})
    assert owners(after) == [("kubectl", "Apply"), ("kubectl-patch", "Update")]
    with pytest.raises(Conflict) as caught:
        apply(api, deployment(replicas=2))
    words = 'conflict with "kubectl-patch" using apps/v1: .spec.replicas'
    assert caught.value.message == f"Apply failed with 1 conflict: {words}"
    same = deployment(replicas=5)
    assert apply(api, same).spec.replicas == 5


def test_what_was_there_before_belongs_to_a_manager_of_its_own() -> None:
    api = Api.made()
    api.create(deployment(replicas=2))
    with pytest.raises(Conflict, match=r'conflict with "before-first-apply" using apps/v1: \.spec\.replicas'):
        apply(api, deployment(replicas=3))
    assert owners(apply(api, deployment(replicas=2))) == [("kubectl", "Apply"), ("before-first-apply", "Update")]


def test_items_of_lists_are_owned_one_by_one() -> None:
    api = Api.made()
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 443}]
    apply(api, service(ports=ports[:1]), "one")
    after = apply(api, service(ports=ports[1:]), "two")
    assert [port.name for port in after.spec.ports] == ["a", "b"]
    assert [port.name for port in apply(api, service(ports=[]), "one").spec.ports] == ["b"]


def test_an_empty_entry_forgets_all_owners() -> None:
    api = Api.made()
    apply(api, labelled(a="1"))
    assert owners(api.patch("service", "web", {"metadata": {"managedFields": [{}]}})) == []


REFUSED: list[tuple[dict[str, Any], dict[str, Any], type[ApiError], str]] = [
    (service(), {"manager": ""}, Invalid, "fieldManager: Required value: is required for apply patch"),
    (
        service() | {"metadata": {"name": "web", "managedFields": [{"manager": "x"}]}},
        {},
        BadRequest,
        "metadata.managedFields must be nil",
    ),
    (
        service(selektor={}),
        {},
        ServerError,
        (
            "failed to create typed patch object (default/web; v1, Kind=Service): "
            ".spec.selektor: field not declared in schema"
        ),
    ),
]


@pytest.mark.parametrize(("body", "more", "error", "words"), REFUSED, ids=[words for *_, words in REFUSED])
def test_what_is_no_configuration(
    body: dict[str, Any], more: dict[str, Any], error: type[ApiError], words: str
) -> None:
    with pytest.raises(error) as caught:
        apply(Api.made(), body, **more)
    assert caught.value.message.endswith(words)


LABELS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy"), max_size=3)


@given(st.lists(st.tuples(st.sampled_from(["one", "two"]), LABELS), max_size=6))
@settings(max_examples=40)
def test_each_manager_has_what_it_applied_last(doings: list[tuple[str, dict[str, str]]]) -> None:
    api = Api.made()
    wanted: dict[str, dict[str, str]] = {}
    for manager, labels in doings:
        body = labelled(**labels)
        before = copy.deepcopy(body)
        apply(api, body, manager, force=True)
        assert body == before
        others = {name: {key: value for key, value in had.items() if labels.get(key, value) == value}
                  for name, had in wanted.items() if name != manager}
        wanted = {**others, manager: labels}
        found = api.get("service", "web")
        assert found.labels == {key: value for had in wanted.values() for key, value in had.items()}
        assert apply(api, body, manager) == found
