"""ReplicaSets: so many Pods of one template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from control_scenes import context_of, made, owned, pod, problems, running, view_of

from kdisco.control.controller import Later
from kdisco.control.replicaset import CONTROLLER, available_since
from kdisco.store.events import Request

if TYPE_CHECKING:
    from kdisco import Cluster


def replica_set(replicas: int = 2, name: str = "set", labels: dict[str, str] | None = None, **spec: Any) -> str:
    """A bare ReplicaSet's manifest."""
    wanted = labels or {"app": "web"}
    template = {
        "metadata": {"labels": wanted},
        "spec": {"containers": [{"name": "web", "image": "registry.test/web:1"}]},
    }
    full = {"replicas": replicas, "selector": {"matchLabels": wanted}, "template": template, **spec}
    return json.dumps({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name}, "spec": full})


def bare_pod(name: str, **meta: Any) -> str:
    """A Pod that nobody owns."""
    full = {"name": name, "labels": {"app": "web"}, **meta}
    spec = {"containers": [{"name": "web", "image": "registry.test/web:1"}]}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": full, "spec": spec})


def living(cluster: Cluster) -> list[Any]:
    """The Pods that are not on their way out."""
    return [each for each in cluster.list("pods") if not each.deleting]


@pytest.mark.parametrize("replicas", [0, 1, 7])
def test_there_are_as_many_pods_as_wanted(replicas: int) -> None:
    cluster = running(replica_set(replicas))
    found = cluster.get("replicaset", "set")
    assert len(living(cluster)) == found.status.replicas == found.status.ready_replicas == replicas
    assert found.status.available_replicas == found.status.fully_labeled_replicas == replicas
    assert all(each.name.startswith("set-") and len(each.name) == 9 for each in living(cluster))
    assert all(each.owned_by(found) for each in living(cluster))


def test_a_pod_that_goes_is_replaced_at_once() -> None:
    cluster = running(replica_set())
    gone = living(cluster)[0].name
    cluster.delete("pod", gone)
    cluster.run(0.2)
    assert cluster.get("pod", gone).deleting
    assert len(living(cluster)) == 2


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_finished_pod_does_not_count(phase: str) -> None:
    cluster = running(replica_set())
    cluster.patch("pod", living(cluster)[0].name, {"status": {"phase": phase}}, subresource="status")
    cluster.settle()
    assert len([each for each in living(cluster) if not each.finished]) == 2


def test_a_matching_orphan_is_adopted_and_keeps_its_other_owners() -> None:
    other = {"apiVersion": "v1", "kind": "Node", "name": "node-1", "uid": ""}
    cluster = running()
    other["uid"] = cluster.get("node", "node-1").metadata.uid
    cluster.create(bare_pod("orphan", ownerReferences=[other]))
    cluster.create(replica_set(1))
    cluster.settle()
    (only,) = living(cluster)
    assert only.name == "orphan"
    assert only.owned_by(cluster.get("replicaset", "set"))
    assert [ref.kind for ref in only.metadata.owner_references] == ["Node", "ReplicaSet"]


def test_surplus_orphans_are_adopted_and_then_go() -> None:
    cluster = running(*(bare_pod(f"orphan-{i}") for i in range(3)), replica_set(1))
    assert len(living(cluster)) == 1


def test_a_pod_whose_label_changes_is_let_go_and_replaced() -> None:
    cluster = running(replica_set())
    freed = living(cluster)[0].name
    cluster.patch("pod", freed, {"metadata": {"labels": {"app": "debug"}}})
    cluster.settle()
    assert cluster.get("pod", freed).owner is None
    assert len(living(cluster)) == 3
    assert cluster.get("replicaset", "set").status.replicas == 2


def test_another_owners_pods_are_left_alone() -> None:
    cluster = running(replica_set(2, "one"), replica_set(3, "two"))
    counts = [
        len([each for each in living(cluster) if each.owned_by(cluster.get("rs", name))]) for name in ("one", "two")
    ]
    assert counts == [2, 3]


def test_more_than_five_hundred_are_made_in_several_goes() -> None:
    found = made("ReplicaSet", "set", {"replicas": 600, "selector": {"matchLabels": {"app": "web"}}})
    writes = list(CONTROLLER.reconcile(context_of(found), found.key))
    assert sum(isinstance(each, Request) and each.verb == "create" for each in writes) == 500


def test_surplus_pods_go_in_the_order_of_the_victims() -> None:
    found = made("ReplicaSet", "set", {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}})
    pods = [pod(name, node="n1", ready=name == "b", ownerReferences=owned(found)) for name in "abc"]
    writes = list(CONTROLLER.reconcile(context_of(found, *pods), found.key))
    deleted = [each.name for each in writes if isinstance(each, Request) and each.verb == "delete"]
    assert deleted == ["a", "c"]


def test_a_pod_is_available_after_so_many_seconds_of_being_ready() -> None:
    cluster = running(replica_set(minReadySeconds=30))
    found = cluster.get("replicaset", "set")
    assert found.status.available_replicas == 2
    (ready, available) = _moments(cluster)
    assert 29 <= available - ready <= 31.1


def _moments(cluster: Cluster) -> tuple[float, float]:
    """When the ReplicaSet was first ready and first available."""
    times: dict[str, float] = {}
    for moment in cluster.history:
        found = moment.state.view.get("replicasets", ("default", "set"))
        for name in ("ready_replicas", "available_replicas"):
            if found is not None and getattr(found.status, name) == 2:
                times.setdefault(name, moment.state.now)
    return times["ready_replicas"], times["available_replicas"]


def test_a_timer_in_the_midst_of_own_writes_makes_nothing_twice() -> None:
    found = made(
        "ReplicaSet", "set", {"replicas": 2, "minReadySeconds": 5, "selector": {"matchLabels": {"app": "web"}}}
    )
    seen = context_of(found)
    behind = evolve(seen, stored=view_of(found, pod("a", ownerReferences=owned(found))))
    assert [type(each) for each in CONTROLLER.reconcile(behind, found.key)] == [Later]
    assert len(list(CONTROLLER.reconcile(seen, found.key))) == 2


@pytest.mark.parametrize(
    ("more", "minimum", "since"),
    [
        ({"since": "2026-01-01T00:00:00Z"}, 0, 1767225600.0),
        ({"since": "2026-01-01T00:00:00Z"}, 10, 1767225610.0),
        ({"ready": False}, 0, None),
        ({"since": None}, 0, 0.0),
        ({"since": None}, 10, None),
    ],
)
def test_since_when_a_pod_is_available(more: dict[str, Any], minimum: int, since: float | None) -> None:
    assert available_since(pod("a", **more), minimum) == since


def test_pods_without_the_templates_other_labels_are_not_fully_labelled() -> None:
    cluster = running(bare_pod("orphan"))
    template = {
        "metadata": {"labels": {"app": "web", "tier": "x"}},
        "spec": {"containers": [{"name": "w", "image": "i"}]},
    }
    cluster.create(replica_set(2, template=template))
    cluster.settle()
    status = cluster.get("replicaset", "set").status
    assert (status.replicas, status.fully_labeled_replicas) == (2, 1)


def test_a_deletion_that_comes_too_late_is_no_problem() -> None:
    cluster = running(replica_set(3))
    cluster.hold("replicaset")
    for each in living(cluster)[:2]:
        cluster.delete("pod", each.name, grace_period=0)
    cluster.scale("replicaset/set", 0)
    cluster.release("replicaset").settle()
    assert living(cluster) == []
    assert problems(cluster) == []
