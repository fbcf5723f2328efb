"""The requests that controllers make, and which keys a change concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import context_of, made, owned, view_of

from kdisco.control.controller import (
    Controller,
    create,
    delete,
    delete_now,
    own_key,
    owner_key,
    update,
    update_status,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.events import Request

FOUND = made("ReplicaSet", "set", {"replicas": 1}, resourceVersion="7")


@pytest.mark.parametrize(
    ("ask", "verb", "name", "subresource", "body", "grace"),
    [
        (create, "create", "", "", FOUND, None),
        (update, "update", "set", "", FOUND, None),
        (update_status, "update", "set", "status", FOUND, None),
        (delete, "delete", "set", "", None, None),
        (delete_now, "delete", "set", "", None, 0),
    ],
)
def test_a_request_names_the_object_and_where_it_is(
    ask: Callable[[Any], Request], verb: str, name: str, subresource: str, body: Any, grace: int | None
) -> None:
    request = ask(FOUND)
    assert (request.verb, request.resource, request.namespace) == (verb, "replicasets", "default")
    assert (request.name, request.subresource, request.grace_period) == (name, subresource, grace)
    assert request.body is body


def test_a_binding_is_an_update_of_a_subresource() -> None:
    assert update(FOUND, "binding").subresource == "binding"


def test_a_controller_writes_under_a_name_of_its_own() -> None:
    assert Controller("sample", {}, lambda _, __: iter(())).user == "system:controller:sample"


def test_an_object_concerns_itself() -> None:
    assert list(own_key(view_of(), FOUND)) == [("default", "set")]


@pytest.mark.parametrize(("kind", "keys"), [("ReplicaSet", [("default", "set")]), ("Deployment", [])])
def test_a_dependent_concerns_its_controller_of_one_kind(kind: str, keys: list[tuple[str, str]]) -> None:
    dependent = made("Pod", "a", {}, ownerReferences=owned(FOUND))
    assert list(owner_key(kind)(view_of(), dependent)) == keys


def test_an_owner_that_does_not_control_is_not_asked() -> None:
    loose = made("Pod", "a", {}, ownerReferences=[{**owned(FOUND)[0], "controller": False}])
    assert list(owner_key("ReplicaSet")(view_of(), loose)) == []


def test_a_context_writes_times_as_the_api_does() -> None:
    assert context_of(now=61.9).time() == "2026-01-01T00:01:01Z"
    assert context_of(now=1.0).time(30) == "2026-01-01T00:00:31Z"
