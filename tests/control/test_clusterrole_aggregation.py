"""Roles that take over the rules of others."""

from __future__ import annotations

from roles import bind, role, rule

from kdisco import Cluster

TO_VIEW = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}


def test_a_label_brings_rules_into_view_and_from_there_into_edit_and_admin() -> None:
    cluster = Cluster(nodes=0, addons=False)
    cluster.create(role("nodes", rule("get", "nodes"), labels=TO_VIEW))
    cluster.create([bind(f"b-{name}", f"ClusterRole/{name}", f"User/{name}") for name in ("view", "edit", "admin")])
    users = [cluster.as_user(name) for name in ("view", "edit", "admin")]
    assert not any(user.can_i("get", "nodes") for user in users)
    cluster.settle()
    assert all(user.can_i("get", "nodes") for user in users)
    assert not any(user.can_i("delete", "nodes") for user in users)


def test_rules_go_with_the_role_that_brought_them() -> None:
    cluster = Cluster(nodes=0, addons=False)
    before = cluster.get("clusterrole", "admin").rules
    cluster.create(role("nodes", rule("get", "nodes"), labels=TO_VIEW))
    assert set(cluster.settle().get("clusterrole", "admin").rules) > set(before)
    cluster.delete("clusterrole", "nodes")
    assert cluster.settle().get("clusterrole", "admin").rules == before


def test_a_cluster_begins_with_nothing_to_aggregate() -> None:
    cluster = Cluster(nodes=0, addons=False)
    assert not cluster.watch("clusterroles", since=cluster.history.oldest)
