"""The roles and bindings that a cluster begins with."""

from __future__ import annotations

from itertools import pairwise

import pytest

from kdisco.model.rbac import ClusterRole, ClusterRoleBinding
from kdisco.store.rbac import Asked, allows, missing
from kdisco.store.roles import first_roles

FIRST = list(first_roles(1, addons=True))
ROLES = {found.name: found for found in FIRST if isinstance(found, ClusterRole)}
BINDINGS = {found.name: found for found in FIRST if isinstance(found, ClusterRoleBinding)}
MAY: dict[str, dict[str, str]] = {  # who may: the least of the roles for users that has it, "" when none has
    "get pods": {"": "view"},
    "get pods/log": {"": "view"},
    "create pods/exec": {"": "edit"},
    "get secrets": {"": "edit"},
    "create services": {"": "edit"},
    "get services/status": {"": "view"},
    "patch services/status": {"": "cluster-admin"},
    "get endpoints": {"": "view"},
    "create endpoints": {"": "cluster-admin"},
    "get namespaces": {"": "view"},
    "delete namespaces": {"": "cluster-admin"},
    "get nodes": {"": "cluster-admin"},
    "list endpointslices": {"discovery.k8s.io": "view"},
    "create endpointslices": {"discovery.k8s.io": "cluster-admin"},
    "delete deployments": {"apps": "edit"},
    "patch deployments/scale": {"apps": "edit"},
    "patch deployments/status": {"apps": "cluster-admin"},
    "get controllerrevisions": {"apps": "view"},
    "create rolebindings": {"rbac.authorization.k8s.io": "admin"},
    "get roles": {"rbac.authorization.k8s.io": "admin"},
    "create clusterroles": {"rbac.authorization.k8s.io": "cluster-admin"},
    "list servicecidrs": {"networking.k8s.io": "cluster-admin"},
    "get networkpolicies": {"networking.k8s.io": "view"},
    "create networkpolicies": {"networking.k8s.io": "edit"},
}


@pytest.mark.parametrize("wish", MAY)
def test_the_least_role_that_may(wish: str) -> None:
    verb, _, what = wish.partition(" ")
    resource, _, subresource = what.partition("/")
    ((group, least),) = MAY[wish].items()
    asked = Asked(verb=verb, group=group, resource=resource, subresource=subresource)
    able = [
        name
        for name in ("view", "edit", "admin", "cluster-admin")
        if any(allows(rule, asked) for rule in ROLES[name].rules)
    ]
    assert able[:1] == [least]


def test_each_role_for_users_has_all_of_the_one_before() -> None:
    for less, more in pairwise(("view", "edit", "admin", "cluster-admin")):
        assert missing(ROLES[more].rules, ROLES[less].rules) == []


def test_marks_that_the_api_server_keeps_them_up() -> None:
    assert ROLES["view"].labels == {
        "kubernetes.io/bootstrapping": "rbac-defaults",
        "rbac.authorization.k8s.io/aggregate-to-edit": "true",
    }
    assert ROLES["view"].metadata.annotations == {"rbac.authorization.kubernetes.io/autoupdate": "true"}
    assert ROLES["admin"].to_dict()["aggregationRule"] == {
        "clusterRoleSelectors": [{"matchLabels": {"rbac.authorization.k8s.io/aggregate-to-admin": "true"}}]
    }
    assert not BINDINGS["kubeadm:cluster-admins"].labels


def test_who_has_which_role() -> None:
    bound = {name: (each.role_ref.name, list(each.principals())) for name, each in BINDINGS.items()}
    assert bound["cluster-admin"] == ("cluster-admin", [("Group", "system:masters")])
    assert bound["kubeadm:cluster-admins"] == ("cluster-admin", [("Group", "kubeadm:cluster-admins")])
    assert bound["system:coredns"] == ("system:coredns", [("User", "system:serviceaccount:kube-system:coredns")])
    assert bound["kubeadm:node-proxier"][1] == [("User", "system:serviceaccount:kube-system:kube-proxy")]
    assert all(name in ROLES for name, _ in bound.values())


def test_without_add_ons_their_roles_are_not_there() -> None:
    names = {found.name for found in first_roles(1, addons=False)}
    assert names == {*ROLES, *BINDINGS} - {"system:coredns", "kubeadm:node-proxier"}


def test_uids_are_the_seeds() -> None:
    uids = [found.metadata.uid for found in FIRST]
    assert len(set(uids)) == len(uids)
    assert uids == [found.metadata.uid for found in first_roles(1, addons=True)]
    assert set(uids).isdisjoint(found.metadata.uid for found in first_roles(2, addons=True))
