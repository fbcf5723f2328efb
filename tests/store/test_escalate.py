"""Nobody gives away more than they have."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api
from roles import GROUP, bind, role, rule

from kdisco.errors import Forbidden, NotFound


def made() -> Api:
    """A server where bob may write roles and bindings and read Pods, and ann is admin of the namespace default."""
    api = Api.made()
    written = rule("create update patch", "roles rolebindings clusterroles clusterrolebindings", GROUP)
    api.create(role("roles", written, rule("get list", "pods")))
    api.create(bind("bob", "ClusterRole/roles", "User/bob"))
    api.create(bind("ann", "ClusterRole/admin", "User/ann", namespace="default"))
    return api


def words(name: str, *lacking: str, user: str = "bob") -> str:
    """The refusal."""
    who = f'user "{user}" (groups=["system:authenticated"])'
    head = f"{name} is forbidden: {who} is attempting to grant RBAC permissions not currently held:"
    return "\n".join([head, *lacking])


FINE: dict[str, dict[str, Any]] = {
    "a role with what bob has": role("x", rule("get", "pods"), namespace="default"),
    "a cluster role with what bob has": role("x", rule("list get", "pods")),
    "a role that allows less": role("x", rule("get", "pods", "", "web"), namespace="default"),
    "a role without rules": role("x"),
    "a binding of what bob has": bind("x", "ClusterRole/roles", "User/joe"),
}


@pytest.mark.parametrize("document", FINE.values(), ids=FINE)
def test_what_one_has_one_may_give(document: dict[str, Any]) -> None:
    made().create(document, user="bob")


REFUSED: dict[str, tuple[dict[str, Any], str, dict[str, str]]] = {
    "a role": (
        role("x", rule("get delete", "pods"), rule("get", "services"), namespace="default"),
        words(
            f'roles.{GROUP} "x"',
            '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
            '{APIGroups:[""], Resources:["services"], Verbs:["get"]}',
        ),
        {"name": "x", "group": GROUP, "kind": "roles"},
    ),
    "a cluster role": (
        role("x", rule("patch", "deployments/scale", "apps")),
        words(f'clusterroles.{GROUP} "x"', '{APIGroups:["apps"], Resources:["deployments/scale"], Verbs:["patch"]}'),
        {"name": "x", "group": GROUP, "kind": "clusterroles"},
    ),
    "a binding": (
        bind("x", "ClusterRole/cluster-admin", "User/bob"),
        words(
            f'clusterrolebindings.{GROUP} "x"',
            '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}',
            '{NonResourceURLs:["*"], Verbs:["*"]}',
        ),
        {"name": "x", "group": GROUP, "kind": "clusterrolebindings"},
    ),
}


@pytest.mark.parametrize(("document", "message", "details"), REFUSED.values(), ids=REFUSED)
def test_more_than_one_has_cannot_be_given(document: dict[str, Any], message: str, details: dict[str, str]) -> None:
    api = made()
    before = api.state
    with pytest.raises(Forbidden) as caught:
        api.create(document, user="bob")
    assert caught.value.message == message
    assert caught.value.details == details
    assert api.state is before


def test_an_update_is_judged_like_a_create() -> None:
    api = made()
    api.create(role("x", rule("get", "pods"), namespace="default"), user="bob")
    with pytest.raises(Forbidden, match="not currently held"):
        api.patch("role", "x", {"rules": [rule("delete", "pods")]}, user="bob")


def test_a_role_that_is_not_there_cannot_be_bound() -> None:
    with pytest.raises(NotFound) as caught:
        made().create(bind("x", "ClusterRole/nothing", "User/bob"), user="bob")
    assert caught.value.message == f'clusterroles.{GROUP} "nothing" not found'


@pytest.mark.parametrize(
    ("more", "document"),
    [
        (rule("escalate", "clusterroles", GROUP), role("x", rule("delete", "nodes"))),
        (rule("bind", "clusterroles", GROUP, "view"), bind("x", "ClusterRole/view", "User/joe")),
    ],
)
def test_who_may_escalate_or_bind_is_trusted(more: dict[str, Any], document: dict[str, Any]) -> None:
    api = made()
    with pytest.raises(Forbidden, match="not currently held"):
        api.create(document, user="bob")
    api.create(role("more", more))
    api.create(bind("more", "ClusterRole/more", "User/bob"))
    api.create(document, user="bob")


def test_an_admin_of_a_namespace_gives_what_an_admin_has_there() -> None:
    api = made()
    for name in ("admin", "edit", "view"):
        api.create(bind(f"x-{name}", f"ClusterRole/{name}", "User/joe", namespace="default"), user="ann")
    with pytest.raises(Forbidden, match="not currently held"):
        api.create(bind("x", "ClusterRole/cluster-admin", "User/joe", namespace="default"), user="ann")
    with pytest.raises(Forbidden, match='cannot create resource "rolebindings"'):
        api.create(bind("x", "ClusterRole/view", "User/joe", namespace="other"), user="ann")


def test_only_who_may_do_everything_may_gather_rules() -> None:
    gathering = role("x") | {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}
    with pytest.raises(Forbidden) as caught:
        made().create(gathering, user="bob")
    assert caught.value.message == (
        f'clusterroles.{GROUP} "x" is forbidden: must have cluster-admin privileges to use an aggregationRule'
    )
    assert made().create(gathering).gathers
