"""Who may do what, in RBAC's words."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, service

from kdisco.errors import Forbidden, Unauthorized
from kdisco.model.kinds import RESOURCES
from kdisco.store.authorize import authenticate, authorize
from kdisco.store.events import Request

ASKED: list[tuple[dict[str, Any], str]] = [
    (
        {"verb": "create", "resource": "services", "namespace": "n"},
        'services is forbidden: User "u" cannot create resource "services" in API group "" in the namespace "n"',
    ),
    (
        {"verb": "delete", "resource": "deployments", "namespace": "n", "name": "web"},
        (
            'deployments.apps "web" is forbidden: User "u" cannot delete resource "deployments" in API group "apps" '
            'in the namespace "n"'
        ),
    ),
    (
        {"verb": "patch", "resource": "pods", "namespace": "n", "name": "web", "subresource": "status"},
        'pods "web" is forbidden: User "u" cannot patch resource "pods/status" in API group "" in the namespace "n"',
    ),
    (
        {"verb": "delete", "resource": "nodes", "name": "node-1"},
        'nodes "node-1" is forbidden: User "u" cannot delete resource "nodes" in API group "" at the cluster scope',
    ),
]


@pytest.mark.parametrize(("asked", "words"), ASKED)
def test_a_stranger_is_told_what_is_not_allowed(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(Forbidden) as caught:
        authorize(RESOURCES[asked["resource"]], Request(user="u", **asked))
    assert caught.value.message == words
    assert str(caught.value) == f"Error from server (Forbidden): {words}"


@pytest.mark.parametrize("user", ["kubernetes-admin", "system:kube-scheduler"])
def test_the_administrator_and_components_may(user: str) -> None:
    assert Api.made().create(service(), user=user).name == "web"


def test_nobody_is_not_known() -> None:
    with pytest.raises(Unauthorized) as caught:
        authenticate("")
    assert str(caught.value) == "error: You must be logged in to the server (Unauthorized)"
    assert caught.value.status == 401
