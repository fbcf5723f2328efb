"""Who may do what, in the API server's words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from api import Api, service

from kdisco.errors import Forbidden, Unauthorized
from kdisco.model.kinds import RESOURCES
from kdisco.store.authorize import access, asked, authenticate, authorize, known_as
from kdisco.store.events import StagePassed

ASKED: list[tuple[tuple[str, str], dict[str, str], str]] = [
    (
        ("create", "services"),
        {"namespace": "n"},
        'services is forbidden: User "u" cannot create resource "services" in API group "" in the namespace "n"',
    ),
    (
        ("delete", "deployments"),
        {"namespace": "n", "name": "web"},
        (
            'deployments.apps "web" is forbidden: User "u" cannot delete resource "deployments" in API group "apps" '
            'in the namespace "n"'
        ),
    ),
    (
        ("patch", "pods"),
        {"namespace": "n", "name": "web", "subresource": "status"},
        'pods "web" is forbidden: User "u" cannot patch resource "pods/status" in API group "" in the namespace "n"',
    ),
    (
        ("delete", "nodes"),
        {"namespace": "n", "name": "node-1"},
        'nodes "node-1" is forbidden: User "u" cannot delete resource "nodes" in API group "" at the cluster scope',
    ),
    (
        ("list", "endpointslices"),
        {"namespace": ""},
        (
            'endpointslices.discovery.k8s.io is forbidden: User "u" cannot list resource "endpointslices" '
            'in API group "discovery.k8s.io" at the cluster scope'
        ),
    ),
    (
        ("get", "namespaces"),
        {"namespace": "", "name": "shop"},
        (
            'namespaces "shop" is forbidden: User "u" cannot get resource "namespaces" in API group "" '
            'in the namespace "shop"'
        ),
    ),
    (
        ("create", "namespaces"),
        {"namespace": ""},
        'namespaces is forbidden: User "u" cannot create resource "namespaces" in API group "" at the cluster scope',
    ),
]


@pytest.mark.parametrize(("what", "where", "words"), ASKED)
def test_a_stranger_is_told_what_is_not_allowed(what: tuple[str, str], where: dict[str, str], words: str) -> None:
    verb, resource = what
    with pytest.raises(Forbidden) as caught:
        authorize(Api.made().state.view, authenticate("u"), asked(RESOURCES[resource], verb, **where))
    assert caught.value.message == words
    assert str(caught.value) == f"Error from server (Forbidden): {words}"
    assert caught.value.status == 403


def test_details_name_the_object_its_group_and_its_resource() -> None:
    wish = asked(RESOURCES["deployments"], "delete", "n", "web")
    with pytest.raises(Forbidden) as caught:
        authorize(Api.made().state.view, authenticate("u"), wish)
    assert caught.value.details == {"name": "web", "group": "apps", "kind": "deployments"}
    with pytest.raises(Forbidden) as caught:
        authorize(Api.made().state.view, authenticate("u"), asked(RESOURCES["services"], "list", "n"))
    assert caught.value.details == {"kind": "services"}


GROUPS: dict[str, tuple[str, ...]] = {
    "jane": ("system:authenticated",),
    "kubernetes-admin": ("kubeadm:cluster-admins", "system:authenticated"),
    "kubernetes-super-admin": ("system:masters", "system:authenticated"),
    "system:anonymous": ("system:unauthenticated",),
    "system:node:node-1": ("system:nodes", "system:authenticated"),
    "system:serviceaccount:shop:web": (
        "system:serviceaccounts",
        "system:serviceaccounts:shop",
        "system:authenticated",
    ),
    "system:serviceaccount:shop": ("system:authenticated",),
    "system:kube-scheduler": ("system:authenticated",),
}


@pytest.mark.parametrize(("name", "groups"), GROUPS.items())
def test_the_groups_that_come_with_a_user(name: str, groups: tuple[str, ...]) -> None:
    assert authenticate(name).groups == groups


def test_credentials_may_name_more_groups() -> None:
    user = authenticate("jane", ("dev", "ops", "dev"))
    assert user.groups == ("dev", "ops", "system:authenticated")
    assert known_as(user) == "user jane of dev, ops"
    assert known_as(authenticate("jane")) == "user jane of system:authenticated"


def test_nobody_is_not_known() -> None:
    with pytest.raises(Unauthorized) as caught:
        authenticate("")
    assert str(caught.value) == "error: You must be logged in to the server (Unauthorized)"
    assert (caught.value.status, caught.value.message, caught.value.details) == (401, "Unauthorized", {})


def test_masters_need_no_role() -> None:
    empty = Api.made().state.view.with_tables(0, {})
    found = access(empty, authenticate("x", ("system:masters",)), asked(RESOURCES["nodes"], "delete", "", "n"))
    assert found
    assert str(found) == "yes: system:masters may do everything"
    assert not access(empty, authenticate("kubernetes-admin"), asked(RESOURCES["nodes"], "get", "", "n"))


@pytest.mark.parametrize("who", [{}, {"user": "x", "groups": ("system:masters",)}, {"user": "system:apiserver"}])
def test_the_administrator_and_the_masters_may(who: dict[str, Any]) -> None:
    assert Api.made().create(service(), **who).name == "web"


@pytest.mark.parametrize("name", ["system:kube-scheduler", "system:controller:deployment", "system:masters"])
def test_a_name_alone_is_no_right(name: str) -> None:
    with pytest.raises(Forbidden):
        Api.made().create(service(), user=name)


def test_the_stage_says_which_rule_of_which_role_by_which_binding_allowed_it() -> None:
    api = Api.made()
    api.create(service())
    assert api.stages()["authentication"] == "user kubernetes-admin of kubeadm:cluster-admins"
    bound = "bound by ClusterRoleBinding kubeadm:cluster-admins to Group kubeadm:cluster-admins"
    assert api.stages()["authorization"] == f"RBAC: allowed by ClusterRole cluster-admin, {bound}"
    stage = next(fact for fact in api.facts if isinstance(fact, StagePassed) and fact.stage == "authorization")
    assert dict(stage.details) == {
        "rule": '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}',
        "role": "ClusterRole cluster-admin",
        "binding": (
            'ClusterRoleBinding "kubeadm:cluster-admins" of ClusterRole "cluster-admin" '
            'to Group "kubeadm:cluster-admins"'
        ),
    }


def test_authorization_comes_before_everything_that_looks_at_the_object() -> None:
    api = Api.made()
    with pytest.raises(Forbidden):
        api.create({"kind": "Service", "nonsense": 1}, user="jane", namespace="nowhere")
    assert list(api.stages()) == ["authentication", "authorization"]


def test_a_binding_to_a_role_that_is_not_there_is_told_with_the_refusal() -> None:
    api = Api.made()
    for name, kind in (("a", "ClusterRole"), ("b", "Role"), ("c", "Role")):
        api.create({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": name, "namespace": "default"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": "x"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"}],
        })  # fmt: skip
    view, jane = api.state.view, authenticate("jane")
    group = "rbac.authorization.k8s.io"
    told = f'RBAC: [clusterrole.{group} "x" not found, role.{group} "x" not found]'
    found = access(view, jane, asked(RESOURCES["pods"], "list", "default"))
    assert found.problem == told
    with pytest.raises(Forbidden, match=re.escape(f'in the namespace "default": {told}')):
        authorize(view, jane, asked(RESOURCES["pods"], "list", "default"))
    assert access(view, jane, asked(RESOURCES["nodes"], "list", "")).problem == ""
