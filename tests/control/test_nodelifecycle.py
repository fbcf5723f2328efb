"""A node whose kubelet falls silent, and one that is cordoned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front, running

from kdisco.control.nodelifecycle import GRACE

if TYPE_CHECKING:
    from kdisco import Cluster

UNREACHABLE = "node.kubernetes.io/unreachable"


def conditions(cluster: Cluster, name: str = "node-2") -> dict[str, tuple[str, str, str]]:
    """Status, reason and message of each condition of a node."""
    return {each.type: (each.status, each.reason, each.message) for each in cluster.get("node", name).status.conditions}


def taints(cluster: Cluster, name: str = "node-2") -> set[tuple[str, str]]:
    """Key and effect of each taint of a node."""
    return {(each.key, each.effect) for each in cluster.get("node", name).spec.taints}


def on(cluster: Cluster, node: str) -> list[Any]:
    """The Pods of a node."""
    return [pod for pod in cluster.list("pods") if pod.spec.node_name == node]


def ends(cluster: Cluster) -> list[tuple[bool | None, ...]]:
    """ready, serving and terminating of each endpoint."""
    slices = cluster.list("endpointslices", selector={"kubernetes.io/service-name": "web"})
    return sorted((each.ready, each.serving, each.terminating) for found in slices for each in found.endpoints or ())


def test_after_forty_seconds_of_silence_nobody_knows_how_a_node_is() -> None:
    cluster = running(deployment(replicas=2), front())
    cluster.hold("kubelet@node-2")
    cluster.run(GRACE - 1)
    assert conditions(cluster)["Ready"][0] == "True"
    cluster.run(2)
    unknown = ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
    assert set(conditions(cluster).values()) == {unknown}
    assert taints(cluster) == {(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")}
    (pod,) = on(cluster, "node-2")
    assert (pod.ready, pod.condition("ContainersReady"), pod.status.phase) == (False, "True", "Running")
    assert ends(cluster) == [(False, False, False), (True, True, False)]
    told = {(each.involved_object.kind, each.type, each.reason, each.message) for each in cluster.list("events")}
    assert ("Node", "Normal", "NodeNotReady", "Node node-2 status is now: NodeNotReady") in told
    assert ("Pod", "Warning", "NodeNotReady", "Node is not ready") in told


def test_its_pods_are_evicted_after_their_time_and_wait_for_somebody_to_confirm() -> None:
    cluster = running(deployment(replicas=2), front())
    cluster.hold("kubelet@node-2").settle()
    assert [pod.deleting for pod in on(cluster, "node-2")] == [True]
    assert [pod.ready for pod in on(cluster, "node-1")] == [True, True]
    assert ends(cluster) == [(False, False, True), (True, True, False), (True, True, False)]
    assert cluster.state.sandboxes[on(cluster, "node-2")[0].key].running
    (event,) = [each for each in cluster.list("events") if each.reason == "TaintManagerEviction"]
    assert event.message == f"Marking for deletion Pod default/{on(cluster, 'node-2')[0].name}"
    assert 340 <= cluster.now < 345
    revision = cluster.revision
    assert cluster.settle().revision == revision


def test_a_node_that_comes_back_is_well_again() -> None:
    cluster = running(deployment(replicas=2), front())
    cluster.hold("kubelet@node-2").settle()
    cluster.release("kubelet@node-2").settle()
    assert conditions(cluster)["Ready"] == ("True", "KubeletReady", "kubelet is posting ready status")
    assert taints(cluster) == set()
    assert on(cluster, "node-2") == []
    assert ends(cluster) == [(True, True, False)] * 2
    told = {(each.reason, each.message, each.source.component) for each in cluster.list("events")}
    assert ("NodeReady", "Node node-2 status is now: NodeReady", "kubelet") in told


def test_pods_that_were_not_evicted_in_time_stay() -> None:
    cluster = running(deployment(replicas=2), front())
    before = [pod.metadata.uid for pod in cluster.list("pods")]
    cluster.hold("kubelet@node-2")
    cluster.run(100)
    cluster.release("kubelet@node-2").settle()
    assert [pod.metadata.uid for pod in cluster.list("pods")] == before
    assert ends(cluster) == [(True, True, False)] * 2


def test_a_short_silence_is_none() -> None:
    cluster = running()
    cluster.hold("kubelet@node-2")
    cluster.run(30)
    cluster.release("kubelet@node-2")
    cluster.run(60)
    assert conditions(cluster)["Ready"][0] == "True"
    cluster.hold("kubelet@node-2")
    cluster.run(30)
    assert conditions(cluster)["Ready"][0] == "True"


def test_when_all_nodes_are_silent_nobody_is_evicted() -> None:
    cluster = running(deployment(replicas=2))
    for name in ("node-1", "node-2"):
        cluster.hold(f"kubelet@{name}")
    cluster.settle()
    assert conditions(cluster, "node-1")["Ready"][0] == conditions(cluster)["Ready"][0] == "Unknown"
    assert taints(cluster) >= {(UNREACHABLE, "NoSchedule")}
    assert not any(pod.deleting for pod in on(cluster, "node-2"))


def test_a_cordoned_node_is_tainted_until_it_is_uncordoned() -> None:
    cluster = running()
    cluster.patch("node", "node-1", {"spec": {"unschedulable": True}})
    assert taints(cluster.settle(), "node-1") == {("node.kubernetes.io/unschedulable", "NoSchedule")}
    cluster.patch("node", "node-1", {"spec": {"unschedulable": None}})
    assert taints(cluster.settle(), "node-1") == set()


@pytest.mark.parametrize(
    ("kind", "status", "key"),
    [
        ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
        ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
        ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
    ],
)
def test_a_condition_is_a_taint(kind: str, status: str, key: str) -> None:
    cluster = running()
    listed = [
        {**each, "status": status} if each["type"] == kind else each
        for each in cluster.get("node", "node-1").to_dict()["status"]["conditions"]
    ]
    cluster.patch("node", "node-1", {"status": {"conditions": listed}}, subresource="status")
    assert taints(cluster.settle(), "node-1") == {(key, "NoSchedule")}


def test_taints_of_others_stay() -> None:
    cluster = running()
    cluster.patch("node", "node-1", {"spec": {"taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}]}})
    cluster.patch("node", "node-1", {"spec": {"unschedulable": True}})
    assert ("a", "NoSchedule") in taints(cluster.settle(), "node-1")
