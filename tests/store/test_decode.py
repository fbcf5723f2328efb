"""From a request to the object that it wants stored."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, deployment, service

from kdisco.errors import BadRequest, NotFound
from kdisco.model.kinds import RESOURCES
from kdisco.store.decode import decoded, details, not_found
from kdisco.store.events import Request
from kdisco.store.transaction import Transaction


def read(api: Api, resource: str, **request: Any) -> Any:
    """(request, old, new, note) of a request in the namespace default."""
    asked = Request(resource=resource, namespace="default", **request)
    return decoded(Transaction(api.state), RESOURCES[resource], asked)


def test_a_create_has_nothing_before_it() -> None:
    request, old, new, note = read(Api.made(), "services", verb="create", body=service())
    assert (request.verb, old, new.namespace, new.spec.type) == ("create", None, "default", "ClusterIP")
    assert note == "read as Service, defaults filled in"


def test_a_put_of_what_is_missing_turns_into_a_create() -> None:
    request, old, new, _ = read(Api.made(), "services", verb="update", name="web", body=service())
    assert (request.verb, request.name, old, new.name) == ("create", "web", None, "web")
    with pytest.raises(NotFound, match=r'deployments\.apps "web" not found'):
        read(Api.made(), "deployments", verb="update", name="web", body=deployment())


def test_a_patch_is_laid_over_what_is_stored() -> None:
    api = Api.made()
    stored = api.create(service())
    body = {"metadata": {"labels": {"a": "b"}}}
    _, old, new, note = read(api, "services", verb="patch", name="web", body=body)
    assert old is stored
    assert new.labels == {"a": "b"}
    assert new.spec == stored.spec
    assert note == "read as Service"


def test_the_namespace_of_the_url_holds() -> None:
    elsewhere = service() | {"metadata": {"name": "web", "namespace": "other"}}
    with pytest.raises(BadRequest) as caught:
        read(Api.made(), "services", verb="create", body=elsewhere)
    words = "the namespace of the provided object does not match the namespace sent on the request"
    assert caught.value.message == words
    node = {"metadata": {"name": "n", "namespace": "other"}}
    assert read(Api.made(), "nodes", verb="create", body=node)[2].namespace == ""


def test_errors_name_what_they_are_about() -> None:
    row = RESOURCES["deployments"]
    assert not_found(row, "web").message == 'deployments.apps "web" not found'
    assert details(row, "web") == {"name": "web", "group": "apps", "kind": "deployments"}
    assert details(RESOURCES["pods"], "") == {"kind": "pods"}
