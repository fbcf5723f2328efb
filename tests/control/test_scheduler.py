"""A node for every Pod."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, running

if TYPE_CHECKING:
    from kdisco import Cluster


def bare(name: str = "a", **spec: Any) -> str:
    """A Pod's manifest."""
    full = {"containers": [{"name": "web", "image": "registry.test/web:1"}], **spec}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": full})


def told(cluster: Cluster, name: str = "a") -> tuple[str, str, str]:
    """Status, reason and message of PodScheduled."""
    (found,) = [each for each in cluster.get("pod", name).status.conditions if each.type == "PodScheduled"]
    return found.status, found.reason, found.message


def test_a_pod_is_bound_and_says_so() -> None:
    cluster = running(bare())
    assert cluster.get("pod", "a").spec.node_name == "node-1"
    assert told(cluster) == ("True", "", "")


@pytest.mark.parametrize("nodes", [1, 2, 3, 4])
def test_the_pods_of_one_owner_are_spread_evenly(nodes: int) -> None:
    cluster = running(deployment(replicas=7), nodes=nodes)
    counts = Counter(pod.spec.node_name for pod in cluster.list("pods"))
    assert max(counts.values()) - min(counts.values()) <= 1
    assert len(counts) == nodes


def test_without_nodes_a_pod_waits() -> None:
    cluster = running(bare(), nodes=0)
    assert told(cluster) == ("False", "Unschedulable", "no nodes available to schedule pods")
    assert cluster.get("pod", "a").status.phase == "Pending"


@pytest.mark.parametrize(
    "hindrance",
    [
        {"spec": {"unschedulable": True}},
        {"metadata": {"labels": {"disk": "hdd"}}},
    ],
)
def test_a_node_that_does_not_fit_is_passed_over_until_it_does(hindrance: dict[str, Any]) -> None:
    cluster = running(nodes=1)
    cluster.patch("node", "node-1", {"metadata": {"labels": {"disk": "ssd"}}})
    cluster.patch("node", "node-1", hindrance)
    cluster.create(bare(nodeSelector={"disk": "ssd"}))
    cluster.settle()
    assert told(cluster)[:2] == ("False", "Unschedulable")
    assert told(cluster)[2].startswith("0/1 nodes are available")
    cluster.patch("node", "node-1", {"spec": {"unschedulable": None}, "metadata": {"labels": {"disk": "ssd"}}})
    cluster.settle()
    assert cluster.get("pod", "a").spec.node_name == "node-1"
    assert told(cluster)[0] == "True"


def test_a_node_that_is_not_ready_gets_no_pods() -> None:
    cluster = running()
    conditions = [{"type": "Ready", "status": "False"}]
    cluster.patch("node", "node-1", {"status": {"conditions": conditions}}, subresource="status")
    cluster.create(deployment(replicas=3))
    cluster.settle()
    assert {pod.spec.node_name for pod in cluster.list("pods")} == {"node-2"}


def test_a_pod_that_names_its_node_is_not_asked_about() -> None:
    cluster = running(bare(nodeName="node-2"))
    assert cluster.get("pod", "a").spec.node_name == "node-2"
    assert cluster.get("pod", "a").ready


def test_a_node_that_comes_takes_the_waiting_pods() -> None:
    cluster = running(deployment(replicas=2), nodes=0)
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "late"}})
    cluster.settle()
    assert {pod.spec.node_name for pod in cluster.list("pods")} == {"late"}
    assert all(pod.ready for pod in cluster.list("pods"))
