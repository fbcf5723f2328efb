"""The Pods of a node that is gone."""

from __future__ import annotations

from typing import Any

from control_scenes import deployment, running

from kdisco.control.podgc import QUARANTINE


def test_the_pods_of_a_deleted_node_go_after_a_while() -> None:
    cluster = running(deployment(replicas=2))
    since = cluster.revision
    cluster.delete("node", "node-2")
    cluster.run(QUARANTINE - 1)
    assert len(cluster.list("pods")) == 2
    cluster.settle()
    assert [pod.spec.node_name for pod in cluster.list("pods")] == ["node-1", "node-1"]
    assert all(box.node == "node-1" for box in cluster.state.sandboxes.values())
    found: list[Any] = [each.object for each in cluster.watch("pods", since=since) if each.type == "DELETED"]
    (gone,) = found
    (target,) = [each for each in gone.status.conditions if each.type == "DisruptionTarget"]
    assert (gone.status.phase, target.reason, target.message) == (
        "Failed",
        "DeletionByPodGC",
        "PodGC: node no longer exists",
    )


def test_a_node_that_comes_back_in_time_keeps_its_pods() -> None:
    cluster = running(deployment(replicas=2))
    node = cluster.get("node", "node-2").to_dict()
    before = [pod.metadata.uid for pod in cluster.list("pods")]
    cluster.delete("node", "node-2")
    cluster.run(10)
    document = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-2"}, "spec": node["spec"]}
    cluster.create({**document, "status": node["status"]})
    cluster.settle()
    assert [pod.metadata.uid for pod in cluster.list("pods")] == before
