"""RBAC: what a rule allows, which rules a user has, and what it would give away."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api
from hypothesis import given
from hypothesis import strategies as st
from roles import bind, role, rule

from kdisco.model.rbac import PolicyRule, RoleRef
from kdisco.store.authorize import authenticate
from kdisco.store.rbac import FULL_AUTHORITY, Asked, aggregated, allows, grants, missing, role_rules

PODS = PolicyRule(verbs=("get", "list"), api_groups=("",), resources=("pods",))
MATCHES: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({}, {}, True),
    ({}, {"verb": "delete"}, False),
    ({"verbs": ("*",)}, {"verb": "delete"}, True),
    ({}, {"group": "apps"}, False),
    ({"api_groups": ("*",)}, {"group": "apps"}, True),
    ({"api_groups": ()}, {}, False),
    ({}, {"resource": "services"}, False),
    ({"resources": ("*",)}, {"resource": "services"}, True),
    ({"resources": ("*",)}, {"subresource": "status"}, True),
    ({}, {"subresource": "status"}, False),
    ({"resources": ("pods/status",)}, {"subresource": "status"}, True),
    ({"resources": ("pods/status",)}, {}, False),
    ({"resources": ("*/status",)}, {"subresource": "status"}, True),
    ({"resources": ("*/scale",)}, {"subresource": "status"}, False),
    ({"resources": ("*/status",)}, {}, False),
    ({"resources": ("pods/*",)}, {"subresource": "status"}, False),
    ({"resource_names": ("web",)}, {"name": "web"}, True),
    ({"resource_names": ("web",)}, {"name": "other"}, False),
    ({"resource_names": ("web",)}, {"name": ""}, False),
    ({"resource_names": ("a", "web")}, {"name": "web"}, True),
]


@pytest.mark.parametrize(("changed", "wish", "answer"), MATCHES)
def test_a_rule_allows_what_fits_it_in_every_part(changed: dict[str, Any], wish: dict[str, Any], answer: bool) -> None:  # noqa: FBT001 - a row
    there = {"verbs": PODS.verbs, "api_groups": PODS.api_groups, "resources": PODS.resources} | changed
    assert allows(PolicyRule(**there), Asked(**{"verb": "get", "resource": "pods"} | wish)) is answer


def shop(*documents: dict[str, Any]) -> Api:
    """A server with these roles and bindings."""
    api = Api.made()
    for document in documents:
        api.create(document)
    return api


def rules_of(api: Api, name: str, namespace: str, *groups: str) -> list[str]:
    """The rules that a user has of these roles and bindings."""
    found = grants(api.state.view, authenticate(name, groups), namespace)
    return [str(each.rule) for each in found if each.binding.name.startswith("my-")]


READ_PODS = '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'
BOUND: dict[str, tuple[list[dict[str, Any]], dict[str, list[str]]]] = {
    "a role in its namespace": (
        [role("r", rule("get", "pods"), namespace="other"), bind("my-b", "Role/r", "User/jane", namespace="other")],
        {"jane other": [READ_PODS], "jane default": [], "jane ": [], "joe other": []},
    ),
    "a cluster role in one namespace": (
        [role("r", rule("get", "pods")), bind("my-b", "ClusterRole/r", "User/jane", namespace="other")],
        {"jane other": [READ_PODS], "jane default": [], "jane ": []},
    ),
    "a cluster role everywhere": (
        [role("r", rule("get", "pods")), bind("my-b", "ClusterRole/r", "User/jane")],
        {"jane other": [READ_PODS], "jane default": [READ_PODS], "jane ": [READ_PODS]},
    ),
    "a group": (
        [role("r", rule("get", "pods")), bind("my-b", "ClusterRole/r", "Group/system:authenticated")],
        {"jane other": [READ_PODS], "system:anonymous other": []},
    ),
    "a service account": (
        [role("r", rule("get", "pods")), bind("my-b", "ClusterRole/r", "ServiceAccount/other/web")],
        {"system:serviceaccount:other:web default": [READ_PODS], "system:serviceaccount:default:web default": []},
    ),
    "a service account of the binding's own namespace": (
        [role("r", rule("get", "pods")), bind("my-b", "ClusterRole/r", "ServiceAccount/web", namespace="other")],
        {"system:serviceaccount:other:web other": [READ_PODS], "web other": []},
    ),
    "all service accounts of a namespace": (
        [role("r", rule("get", "pods")), bind("my-b", "ClusterRole/r", "Group/system:serviceaccounts:other")],
        {"system:serviceaccount:other:web ": [READ_PODS], "system:serviceaccount:default:web ": []},
    ),
    "two bindings, in the order of their names": (
        [
            role("r", rule("get", "pods")),
            role("s", rule("get", "services")),
            bind("my-b", "ClusterRole/r", "User/jane"),
            bind("my-a", "ClusterRole/s", "User/jane"),
        ],
        {"jane ": ['{APIGroups:[""], Resources:["services"], Verbs:["get"]}', READ_PODS]},
    ),
    "one binding that fits twice counts once": (
        [role("r", rule("get", "pods")), bind("my-b", "ClusterRole/r", "User/jane", "Group/system:authenticated")],
        {"jane ": [READ_PODS]},
    ),
    "a role that is not there": ([bind("my-b", "ClusterRole/r", "User/jane")], {"jane other": []}),
}


@pytest.mark.parametrize(("documents", "wanted"), BOUND.values(), ids=BOUND)
def test_a_binding_gives_a_role_to_its_subjects(
    documents: list[dict[str, Any]], wanted: dict[str, list[str]]
) -> None:
    api = shop(*documents)
    assert {who: rules_of(api, *who.split(" ")) for who in wanted} == wanted


def test_a_right_ends_with_its_binding() -> None:
    api = shop(role("r", rule("get", "pods")), bind("my-b", "ClusterRole/r", "User/jane", "Group/dev"))
    assert rules_of(api, "joe", "", "dev") == [READ_PODS]
    api.patch("clusterrolebinding", "my-b", {"subjects": [{"kind": "User", "name": "joe"}]})
    assert rules_of(api, "jane", "") == rules_of(api, "jane", "", "dev") == []
    assert rules_of(api, "joe", "") == [READ_PODS]
    api.delete("clusterrolebinding", "my-b")
    assert rules_of(api, "joe", "") == []


def test_a_grant_names_its_way() -> None:
    api = shop(
        role("r", rule("get", "pods"), namespace="other"),
        bind("b", "Role/r", "ServiceAccount/web", namespace="other"),
    )
    found = [
        str(grant)
        for grant in grants(api.state.view, authenticate("system:serviceaccount:other:web"), "other")
        if grant.binding.name == "b"
    ]
    assert found == ['RoleBinding "b/other" of Role "r" to ServiceAccount "web/other"']


def test_the_rules_of_a_role_reference() -> None:
    view = shop(role("r", rule("get", "pods"), namespace="other")).state.view
    assert role_rules(view, RoleRef(kind="Role", name="r"), "other")
    assert role_rules(view, RoleRef(kind="Role", name="r"), "default") is None
    assert role_rules(view, RoleRef(kind="ClusterRole", name="r"), "other") is None


def test_a_cluster_role_may_take_over_the_rules_of_others() -> None:
    api = shop(
        role("b", rule("get", "pods"), labels={"to": "all"}),
        role("a", rule("list", "pods"), rule("get", "pods"), labels={"to": "all"}),
        role("c", rule("watch", "pods"), labels={"to": "nobody"}),
        role("d") | {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "all"}}]}},
    )
    rules = aggregated(api.get("clusterrole", "d"), api.state.view.list("clusterroles"))
    assert [each.verbs for each in rules] == [("list",), ("get",)]


LACKING: list[tuple[list[PolicyRule], PolicyRule, list[str]]] = [
    ([PODS], PODS, []),
    ([], PODS, ['{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}']),
    (
        [PODS],
        PolicyRule(verbs=("get", "watch"), api_groups=("", "apps"), resources=("pods",)),
        [
            '{APIGroups:[""], Resources:["pods"], Verbs:["watch"]}',
            '{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "watch"]}',
        ],
    ),
    (
        [PODS],
        PolicyRule(verbs=("*",), api_groups=("",), resources=("pods",)),
        ['{APIGroups:[""], Resources:["pods"], Verbs:["*"]}'],
    ),
    (
        [PODS],
        PolicyRule(verbs=("get",), api_groups=("",), resources=("pods",), resource_names=("web",)),
        [],
    ),
    (
        [PolicyRule(verbs=("get",), api_groups=("",), resources=("pods",), resource_names=("web",))],
        PODS,
        ['{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}'],
    ),
    (
        [],
        PolicyRule(verbs=("get", "list"), api_groups=("",), resources=("pods",), resource_names=("web",)),
        [
            '{APIGroups:[""], Resources:["pods"], ResourceNames:["web"], Verbs:["get"]}',
            '{APIGroups:[""], Resources:["pods"], ResourceNames:["web"], Verbs:["list"]}',
        ],
    ),
    (
        [PolicyRule(verbs=("patch",), api_groups=("*",), resources=("*/scale",))],
        PolicyRule(verbs=("patch",), api_groups=("apps",), resources=("deployments/scale",)),
        [],
    ),
    (
        [PolicyRule(verbs=("get",), non_resource_urls=("/api/*",))],
        PolicyRule(verbs=("get",), non_resource_urls=("/api/v1", "/apis")),
        ['{NonResourceURLs:["/apis"], Verbs:["get"]}'],
    ),
]


@pytest.mark.parametrize(("held", "wanted", "words"), LACKING)
def test_what_is_lacking_is_put_together_by_resource(
    held: list[PolicyRule], wanted: PolicyRule, words: list[str]
) -> None:
    assert missing(held, [wanted]) == words


VERBS, RESOURCES, KINDS = st.sampled_from(["*", "get", "list"]), st.sampled_from(["*", "pods", "a/b", "*/b"]), ("", "*")
RULES = st.builds(
    PolicyRule,
    verbs=st.lists(VERBS, min_size=1, max_size=2).map(tuple),
    api_groups=st.lists(st.sampled_from(KINDS), min_size=1, max_size=2).map(tuple),
    resources=st.lists(RESOURCES, min_size=1, max_size=2).map(tuple),
    resource_names=st.sampled_from([(), ("x",)]),
)
WISHES = [
    Asked(verb=verb, group=group, resource=resource, subresource=subresource, name=name)
    for verb in ("get", "list", "delete")
    for group in ("", "apps")
    for resource, subresource in (("pods", ""), ("a", "b"), ("pods", "b"))
    for name in ("", "x")
]


@given(st.lists(RULES, max_size=3), st.lists(RULES, max_size=2))
def test_who_lacks_nothing_may_do_all_that_is_given(held: list[PolicyRule], wanted: list[PolicyRule]) -> None:
    assert missing(FULL_AUTHORITY, wanted) == []
    assert missing(wanted, wanted) == []
    if not missing(held, wanted):
        for wish in WISHES:
            if any(allows(each, wish) for each in wanted):
                assert any(allows(each, wish) for each in held)
