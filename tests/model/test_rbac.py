"""Roles and bindings as values."""

from __future__ import annotations

import pytest
from roles import bind, role, rule

from kdisco.errors import BadRequest
from kdisco.model.kinds import resource
from kdisco.model.manifest import to_object
from kdisco.model.rbac import ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject


@pytest.mark.parametrize(
    ("name", "cls", "namespaced"),
    [
        ("roles", Role, True),
        ("rolebindings", RoleBinding, True),
        ("clusterroles", ClusterRole, False),
        ("clusterrolebindings.rbac.authorization.k8s.io", ClusterRoleBinding, False),
    ],
)
def test_the_four_kinds(name: str, cls: type, namespaced: bool) -> None:  # noqa: FBT001 - a row
    row = resource(name)
    assert (row.cls, row.namespaced, row.short) == (cls, namespaced, ())
    assert (row.group, row.version) == ("rbac.authorization.k8s.io", "v1")


@pytest.mark.parametrize(
    "document",
    [
        role("r", rule("get list", "pods", "", "web"), namespace="shop"),
        role("r", {"verbs": ["get"], "nonResourceURLs": ["/api/*"]}),
        role("r") | {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}},
        bind("b", "Role/r", "User/jane", "ServiceAccount/shop/web", namespace="shop"),
    ],
)
def test_json_goes_in_and_comes_out(document: dict[str, object]) -> None:
    there = to_object(document).to_dict()
    for ref in ("roleRef",):
        if ref in there:
            assert there[ref].pop("apiGroup") == ""
    assert there == document


def test_only_cluster_roles_gather() -> None:
    gathering = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}
    found = to_object(role("r") | gathering)
    assert isinstance(found, ClusterRole)
    assert found.gathers == ({"matchLabels": {"a": "b"}},)
    assert ClusterRole().gathers == ()
    with pytest.raises(BadRequest, match='unknown field "aggregationRule"'):
        to_object(role("r", namespace="shop") | gathering)


def test_two_kinds_of_the_same_fields_are_not_equal() -> None:
    assert ClusterRole() == ClusterRole()
    assert Role() != ClusterRole()


def test_a_rule_reads_as_in_the_servers_messages() -> None:
    found = PolicyRule(verbs=("get", "list"), api_groups=("", "apps"), resources=("pods",), resource_names=("web",))
    assert str(found) == '{APIGroups:["" "apps"], Resources:["pods"], ResourceNames:["web"], Verbs:["get" "list"]}'
    assert str(PolicyRule(verbs=("get",), non_resource_urls=("/api",))) == '{NonResourceURLs:["/api"], Verbs:["get"]}'


@pytest.mark.parametrize(
    ("subject", "namespace", "principal"),
    [
        (Subject(kind="User", name="jane"), "shop", ("User", "jane")),
        (Subject(kind="Group", name="dev"), "", ("Group", "dev")),
        (Subject(kind="ServiceAccount", name="web", namespace="shop"), "", ("User", "system:serviceaccount:shop:web")),
        (Subject(kind="ServiceAccount", name="web"), "other", ("User", "system:serviceaccount:other:web")),
        (Subject(kind="ServiceAccount", name="web"), "", ("", "")),
    ],
)
def test_who_a_subject_is(subject: Subject, namespace: str, principal: tuple[str, str]) -> None:
    assert subject.principal(namespace) == principal
