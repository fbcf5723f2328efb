"""A node for every Pod."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, running

from kdisco.control.scheduler import unfit_words

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
    assert told(cluster)[2].startswith("0/1 nodes are available: 1 node(s) ")
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


def taint(cluster: Cluster, name: str, *keys: str, effect: str = "NoSchedule") -> None:
    """Taint a node."""
    taints = [{"key": key, "value": "x", "effect": effect} for key in keys]
    cluster.patch("node", name, {"spec": {"taints": taints}})


def events(cluster: Cluster, name: str = "a") -> list[tuple[str, str, str, str]]:
    """What was told of a Pod: type, reason, message, by whom."""
    found = [each for each in cluster.list("events") if each.involved_object.name == name]
    return [(each.type, each.reason, each.message, each.source.component) for each in found]


NOT_HELPFUL = "3 Preemption is not helpful for scheduling"
NO_HOPE = f"no new claims to deallocate, preemption: 0/3 nodes are available: {NOT_HELPFUL}."


def test_why_no_node_will_do_is_told_in_the_schedulers_words() -> None:
    cluster = running(nodes=3)
    taint(cluster, "node-1", "dedicated", "second")
    cluster.create(bare(nodeSelector={"disk": "ssd"}))
    cluster.settle()
    words = (
        "0/3 nodes are available: 1 node(s) had untolerated taint(s), "
        f"2 node(s) didn't match Pod's node affinity/selector. {NO_HOPE}"
    )
    assert told(cluster) == ("False", "Unschedulable", words)
    assert events(cluster) == [("Warning", "FailedScheduling", words, "default-scheduler")]


def test_an_answer_that_stays_the_same_is_told_once() -> None:
    cluster = running(bare(nodeSelector={"disk": "ssd"}))
    cluster.patch("node", "node-1", {"metadata": {"labels": {"other": "label"}}})
    cluster.settle()
    assert len(events(cluster)) == 1
    assert [each.count for each in cluster.list("events") if each.reason == "FailedScheduling"] == [1]
    cluster.patch("node", "node-1", {"spec": {"unschedulable": True}})
    cluster.settle()
    assert len(events(cluster)) == 2
    assert "1 node(s) were unschedulable" in told(cluster)[2]


def test_a_binding_is_told() -> None:
    cluster = running(bare())
    words = "Successfully assigned default/a to node-1"
    assert ("Normal", "Scheduled", words, "default-scheduler") in events(cluster)


@pytest.mark.parametrize("effect", ["NoSchedule", "NoExecute"])
def test_a_taint_keeps_away_whoever_does_not_tolerate_it(effect: str) -> None:
    cluster = running(nodes=1)
    taint(cluster, "node-1", "dedicated", effect=effect)
    cluster.create(bare())
    cluster.create(bare("b", tolerations=[{"key": "dedicated", "operator": "Exists"}]))
    cluster.settle()
    assert told(cluster)[0] == "False"
    assert cluster.get("pod", "b").spec.node_name == "node-1"
    cluster.patch("node", "node-1", {"spec": {"taints": None}})
    cluster.settle()
    assert cluster.get("pod", "a").spec.node_name == "node-1"


def test_a_node_that_is_rather_avoided_is_taken_last() -> None:
    cluster = running()
    taint(cluster, "node-1", "slow", effect="PreferNoSchedule")
    cluster.create(deployment(replicas=3))
    cluster.settle()
    assert {pod.spec.node_name for pod in cluster.list("pods")} == {"node-2"}


def affinity(*terms: dict[str, Any]) -> dict[str, Any]:
    """Required node affinity."""
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}
    return {"affinity": {"nodeAffinity": required}}


def by_name(*names: str) -> dict[str, Any]:
    """A term that names nodes."""
    return {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [name]} for name in names]}


def test_a_pod_that_may_go_to_one_node_alone_hears_of_the_others_too() -> None:
    cluster = running(bare(**affinity(by_name("node-2"))), nodes=3)
    assert cluster.get("pod", "a").spec.node_name == "node-2"
    cluster.patch("node", "node-2", {"spec": {"unschedulable": True}})
    cluster.create(bare("b", **affinity(by_name("node-2"))))
    cluster.create(bare("c", **affinity(by_name("node-9"))))
    cluster.create(bare("d", **affinity(by_name("node-1", "node-2"))))
    cluster.settle()
    absent = "node(s) didn't satisfy plugin(s) [NodeAffinity]"
    assert told(cluster, "b")[2] == (
        f"0/3 nodes are available: 1 node(s) were unschedulable, 2 {absent}. {NO_HOPE}"
    )
    assert told(cluster, "c")[2] == f"0/3 nodes are available: 3 {absent}. {NO_HOPE}"
    assert told(cluster, "d")[2] == f"0/3 nodes are available: pod affinity terms conflict. {NO_HOPE}"


def test_a_full_node_takes_no_more_until_a_pod_goes() -> None:
    cluster = running(nodes=1)
    cluster.patch("node", "node-1", {"status": {"allocatable": {"pods": "1"}}}, subresource="status")
    cluster.create(bare())
    cluster.settle()
    cluster.create(bare("b"))
    cluster.settle()
    assert told(cluster, "b")[2] == (
        "0/1 nodes are available: 1 Too many pods. no new claims to deallocate, preemption: "
        "0/1 nodes are available: 1 No preemption victims found for incoming pod."
    )
    cluster.delete("pod", "a")
    cluster.settle()
    assert cluster.get("pod", "b").spec.node_name == "node-1"


def test_two_pods_do_not_share_a_host_port_of_a_node() -> None:
    ports = [{"containerPort": 80, "hostPort": 80}]
    containers = [{"name": "web", "image": "registry.test/web:1", "ports": ports}]
    cluster = running(*(bare(name, containers=containers) for name in "abc"))
    assert [cluster.get("pod", name).spec.node_name for name in "abc"] == ["node-1", "node-2", ""]
    assert "2 node(s) didn't have free ports for the requested pod ports" in told(cluster, "c")[2]


def test_whoever_never_preempts_is_told_so() -> None:
    words = unfit_words(1, ["node(s) were unschedulable"], preempts=False)
    assert words.endswith("no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never..")


@pytest.mark.parametrize("spec", [{"schedulerName": "mine"}, {"schedulingGates": [{"name": "later"}]}])
def test_a_pod_of_another_scheduler_or_behind_a_gate_is_left_alone(spec: dict[str, Any]) -> None:
    cluster = running(bare(**spec))
    assert cluster.get("pod", "a").spec.node_name == ""
    assert events(cluster) == []
