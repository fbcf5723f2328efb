"""How Pods end: hooks, SIGTERM, and the endpoint beside it."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import front, running


def pod(grace: int = 30, **container: Any) -> dict[str, Any]:
    """A Pod behind Service web."""
    listed = [{"name": "web", "image": "i", "ports": [{"containerPort": 8080}], **container}]
    spec = {"containers": listed, "terminationGracePeriodSeconds": grace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"app": "web"}}, "spec": spec}


def hook(**handler: Any) -> dict[str, Any]:
    """A container's preStop hook."""
    return {"lifecycle": {"preStop": handler}}


@pytest.mark.parametrize(
    ("grace", "container", "seconds"),
    [
        (30, {}, 0.5),
        (30, hook(sleep={"seconds": 5}), 5.5),
        (30, hook(exec={"command": ["sh", "-c", "sleep 7"]}), 7.5),
        (3, hook(sleep={"seconds": 3}), 3.5),
        (3, hook(exec={"command": ["sleep", "60"]}), 3.5),
    ],
)
def test_containers_end_when_their_hooks_are_done_or_cut_off(
    grace: int, container: dict[str, Any], seconds: float
) -> None:
    cluster = running(pod(grace, **container))
    cluster.delete("pod", "a")
    cluster.run(seconds - 0.1)
    assert cluster.state.sandboxes[("default", "a")].running
    cluster.run(0.3)
    assert not list(cluster.state.sandboxes)
    assert cluster.list("pods") == ()


def test_the_endpoint_says_so_at_each_step() -> None:
    cluster = running(pod(**hook(sleep={"seconds": 5})), front())
    since = cluster.revision
    cluster.delete("pod", "a")
    cluster.settle()
    found: list[Any] = [each.object for each in cluster.watch("endpointslices", since=since)]
    told = [tuple((end.ready, end.serving, end.terminating) for end in each.endpoints or ()) for each in found]
    steps = [step for step, before in zip(told, [None, *told], strict=False) if step != before]
    assert steps[0] == ((False, True, True),)
    assert steps[-1] == ()


def test_a_container_that_had_crashed_leaves_a_failed_pod() -> None:
    cluster = running(pod(command=["false"]))
    since = cluster.revision
    cluster.delete("pod", "a")
    cluster.settle()
    last: Any = cluster.watch("pods", since=since)[-1].object
    assert last.status.phase == "Failed"
