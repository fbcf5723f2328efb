"""What goes with its owner, and with its namespace."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front, owned, problems, running

from kdisco import Cluster, Forbidden, NotFound

if TYPE_CHECKING:
    from kdisco.model.meta import Object

DUMP_NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "uid": "n1"}}


def pod_of(owner: dict[str, Any], name: str = "a") -> dict[str, Any]:
    """A Pod of a dump with that owner."""
    meta = {"name": name, "namespace": "default", "uid": f"u-{name}", "ownerReferences": [owner]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"nodeName": "n1", "containers": []}}


def survivors(*documents: dict[str, Any]) -> list[str]:
    """The Pods of a dump that are left when it has settled."""
    cluster = Cluster.from_dump(list(documents), kubelets=False)
    cluster.settle()
    return [each.name for each in cluster.list("pods") if not each.deleting]


@pytest.mark.parametrize(
    ("owner", "left"),
    [
        ({"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "kube-proxy", "uid": "x"}, False),
        ({"apiVersion": "batch/v1", "kind": "Job", "name": "once", "uid": "x"}, True),
        ({"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "n1"}, True),
        ({"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "other"}, False),
        ({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "gone", "uid": "x"}, False),
    ],
)
def test_an_owner_of_an_unknown_kind_may_well_be_there(owner: dict[str, Any], left: bool) -> None:  # noqa: FBT001 - a row of the table
    assert survivors(DUMP_NODE, pod_of({**owner, "controller": True})) == (["a"] if left else [])


def test_one_owner_that_is_left_is_enough() -> None:
    gone = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "gone", "uid": "x"}
    document = pod_of(gone)
    document["metadata"]["ownerReferences"].append({"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "n1"})
    assert survivors(DUMP_NODE, document) == ["a"]


def test_everything_below_a_deployment_goes_step_by_step() -> None:
    cluster = running(deployment(replicas=3))
    cluster.delete("deployment", "web")
    assert len(cluster.list("replicasets")) == 1
    cluster.settle()
    assert cluster.list("replicasets") == cluster.list("pods") == ()


def test_a_replica_set_alone_takes_its_pods_and_the_deployment_makes_another() -> None:
    cluster = running(deployment())
    (old,) = cluster.list("replicasets")
    cluster.delete("replicaset", old.name)
    cluster.settle()
    (new,) = cluster.list("replicasets")
    assert new.metadata.uid != old.metadata.uid
    assert {pod.owned_by(new) for pod in cluster.list("pods")} == {True}


def test_a_dependent_made_for_an_owner_that_is_gone_goes_too() -> None:
    cluster = running(deployment(replicas=1))
    (old,) = cluster.list("replicasets")
    cluster.delete("deployment", "web")
    cluster.settle()
    cluster.create(_pod(old))
    cluster.settle()
    assert cluster.list("pods") == ()


def _pod(owner: Object) -> str:
    meta = {"name": "late", "ownerReferences": owned(owner)}
    return json.dumps(
        {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [{"name": "w", "image": "i"}]}}
    )


def test_a_service_of_the_same_name_does_not_inherit() -> None:
    cluster = running(front())
    (old,) = cluster.list("endpointslice", selector={"kubernetes.io/service-name": "web"})
    cluster.delete("service", "web")
    cluster.create(front())
    cluster.settle()
    assert old.metadata.uid not in [each.metadata.uid for each in cluster.list("endpointslices")]


def test_a_namespace_takes_all_its_content_along() -> None:
    cluster = running({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    cluster.create(deployment(replicas=2), namespace="shop")
    cluster.create(front(), namespace="shop")
    cluster.create(front("other"), namespace="shop")
    cluster.settle()
    cluster.delete("namespace", "shop")
    assert cluster.get("namespace", "shop").status.phase == "Terminating"
    cluster.settle()
    with pytest.raises(NotFound):
        cluster.get("namespace", "shop")
    kinds = ("deployments", "replicasets", "pods", "services", "endpoints", "endpointslices")
    assert [len(cluster.list(kind, namespace="shop")) for kind in kinds] == [0] * 6
    assert [each for each in problems(cluster) if "not found" in each] == []


def test_a_namespace_that_is_going_takes_nothing_new() -> None:
    cluster = running({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    cluster.create(deployment(replicas=1), namespace="shop")
    cluster.settle()
    cluster.delete("namespace", "shop")
    with pytest.raises(Forbidden, match="because it is being terminated"):
        cluster.create(front(), namespace="shop")


def test_a_namespace_stays_while_something_in_it_does_not_end() -> None:
    cluster = running({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}, kubelets=False)
    cluster.create(deployment(replicas=1), namespace="shop")
    cluster.settle()
    cluster.delete("namespace", "shop")
    cluster.settle()
    assert cluster.get("namespace", "shop").deleting
    (pod,) = cluster.list("pods", namespace="shop")
    cluster.delete("pod", pod.name, namespace="shop", grace_period=0)
    cluster.settle()
    assert "shop" not in [each.name for each in cluster.list("namespaces")]


def test_an_empty_namespace_goes_and_may_come_again() -> None:
    shop = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    cluster = running(shop)
    cluster.delete("namespace", "shop")
    cluster.settle()
    cluster.create(shop)
    assert not cluster.get("namespace", "shop").deleting


def standing(cluster: Cluster) -> list[str]:
    """The ReplicaSets and Pods of a cluster, and what is on its way out."""
    found = [*cluster.list("deployments"), *cluster.list("replicasets"), *cluster.list("pods")]
    return [f"{each.KIND}{'!' * each.deleting}" for each in found]


def test_in_the_foreground_dependents_go_first() -> None:
    cluster = running(deployment(replicas=2))
    since = cluster.revision
    cluster.delete("deployment", "web", propagation_policy="Foreground")
    assert cluster.get("deployment", "web").metadata.finalizers == ("foregroundDeletion",)
    assert standing(cluster) == ["Deployment!", "ReplicaSet", "Pod", "Pod"]
    cluster.settle()
    assert standing(cluster) == []
    gone = [change.resource for change in cluster.history.changes(since) if change.type == "DELETED"]
    assert [name for name in gone if name in ("deployments", "replicasets", "pods")] == [
        "pods", "pods", "replicasets", "deployments"
    ]


def test_what_is_orphaned_stays_without_its_owner() -> None:
    cluster = running(deployment(replicas=2))
    cluster.delete("deployment", "web", propagation_policy="Orphan")
    assert cluster.get("deployment", "web").metadata.finalizers == ("orphan",)
    cluster.settle()
    assert standing(cluster) == ["ReplicaSet", "Pod", "Pod"]
    (found,) = cluster.list("replicasets")
    assert found.metadata.owner_references == ()
    cluster.create(deployment(replicas=2))
    cluster.settle()
    (adopted,) = cluster.list("replicasets")
    assert (adopted.name, adopted.owned_by(cluster.get("deployment", "web"))) == (found.name, True)


def test_a_pod_that_owns_nothing_goes_in_the_foreground_too() -> None:
    cluster = running(deployment(replicas=1))
    pod = cluster.list("pods", namespace="default")[0]
    cluster.delete("pod", pod.name, propagation_policy="Foreground")
    cluster.settle()
    assert pod.name not in [each.name for each in cluster.list("pods")]


def test_owners_that_are_gone_are_forgotten_where_another_is_left() -> None:
    gone = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "gone", "uid": "x"}
    document = pod_of(gone)
    document["metadata"]["ownerReferences"].append({"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "n1"})
    container = {"name": "a", "image": "a:1"}
    document["spec"] |= {"containers": [container], "restartPolicy": "Always", "dnsPolicy": "ClusterFirst"}
    cluster = Cluster.from_dump([DUMP_NODE, document], kubelets=False)
    cluster.settle()
    assert [ref.uid for ref in cluster.get("pod", "a").metadata.owner_references] == ["n1"]
