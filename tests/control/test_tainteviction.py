"""Who has to leave a tainted node, and when."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import running


def pod(*tolerations: dict[str, Any]) -> dict[str, Any]:
    """A Pod of node-1 with these tolerations."""
    spec = {"containers": [{"name": "web", "image": "i"}], "nodeName": "node-1", "tolerations": list(tolerations)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}


def seconds(*tolerations: dict[str, Any]) -> float | None:
    """Seconds from the taint to the Pod's deletion; None when it stays."""
    cluster = running(pod(*tolerations))
    began, since = cluster.now, cluster.revision
    cluster.patch("node", "node-1", {"spec": {"taints": [{"key": "x", "value": "y", "effect": "NoExecute"}]}})
    cluster.settle()
    going: list[Any] = [each.object for each in cluster.watch("pods", since=since) if each.object.deleting]
    if not going:
        assert cluster.get("pod", "a").ready
        return None
    (target,) = [each for each in going[0].status.conditions if each.type == "DisruptionTarget"]
    assert (target.reason, target.message) == (
        "DeletionByTaintManager",
        "Taint manager: deleting due to NoExecute taint",
    )
    return cluster.now - began


@pytest.mark.parametrize(
    ("tolerations", "least", "most"),
    [
        ([], 0, 2),
        ([{"key": "x", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}], 59, 62),
        ([{"key": "x", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 0}], 0, 2),
        ([{"operator": "Equal", "key": "x", "value": "z"}], 0, 2),
    ],
)
def test_a_pod_goes_when_its_time_is_over(tolerations: list[dict[str, Any]], least: float, most: float) -> None:
    took = seconds(*tolerations)
    assert took is not None
    assert least <= took <= most


def test_a_pod_that_puts_up_with_the_taint_stays() -> None:
    assert seconds({"key": "x", "operator": "Exists"}) is None
    assert seconds({"key": "x", "operator": "Equal", "value": "y", "effect": "NoExecute"}) is None
    assert seconds({"operator": "Exists"}) is None


def test_a_taint_that_goes_in_time_evicts_nobody() -> None:
    cluster = running(pod({"key": "x", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}))
    cluster.patch("node", "node-1", {"spec": {"taints": [{"key": "x", "effect": "NoExecute"}]}})
    cluster.run(30)
    cluster.patch("node", "node-1", {"spec": {"taints": None}})
    cluster.settle()
    cluster.run(100)
    assert cluster.get("pod", "a").ready
