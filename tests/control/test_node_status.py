"""What a kubelet posts of its node."""

from __future__ import annotations

from control_scenes import running

NODE = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-9"}}


def test_nodes_begin_well() -> None:
    found = running().get("node", "node-1").to_dict()["status"]["conditions"]
    assert [(each["type"], each["status"], each["reason"]) for each in found] == [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID"),
        ("Ready", "True", "KubeletReady"),
    ]
    assert {each["lastHeartbeatTime"] for each in found} == {"2026-01-01T00:00:00Z"}


def test_of_a_node_that_nobody_has_told_of_its_kubelet_does() -> None:
    cluster = running(NODE)
    assert cluster.get("node", "node-9").ready
    assert [e.message for e in cluster.list("events") if e.involved_object.name == "node-9"] == [
        "Node node-9 status is now: NodeReady"
    ]


def test_without_kubelets_nobody_does() -> None:
    assert running(NODE, kubelets=False).get("node", "node-9").status.conditions == ()
