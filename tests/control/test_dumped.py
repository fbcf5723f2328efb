"""What runs of the Pods of a dump."""

from __future__ import annotations

from typing import Any

from control_scenes import pod

from kdisco import Cluster
from kdisco.control.dumped import sandbox_of
from kdisco.model.manifest import to_object


def crashed() -> dict[str, Any]:
    """A Pod in a crash loop, as ``kubectl get -o yaml`` gives it."""
    status = {
        "phase": "Running",
        "podIP": "10.0.0.5",
        "conditions": [{"type": "Ready", "status": "False"}],
        "containerStatuses": [
            {
                "name": "web",
                "ready": False,
                "restartCount": 7,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
            }
        ],
    }
    spec = {"nodeName": "n1", "containers": [{"name": "web", "image": "i", "ports": [{"containerPort": 80}]}]}
    meta = {"name": "a", "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status}


def test_what_runs_is_what_the_status_says() -> None:
    box = sandbox_of(pod("a", "10.0.0.5", "n1"))
    assert box is not None
    assert (box.running, box.processes[0].ready) == (True, True)
    assert sandbox_of(pod("a", "", "n1")) is None
    assert sandbox_of(pod("a", "10.0.0.5", "n1", phase="Failed")) is None
    waiting = sandbox_of(pod("a", "10.0.0.5", "n1", phase="Pending", ready=False))
    assert waiting is not None
    assert not waiting.running


def test_a_crash_that_nobody_can_explain_stays_one() -> None:
    found: Any = to_object(crashed())
    box = sandbox_of(found)
    assert box is not None
    assert (box.running, box.processes[0].restarts) == (False, 7)
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}
    cluster = Cluster.from_dump([node, crashed()]).settle()
    cluster.run(1000)
    found = cluster.get("pod", "a")
    assert (found.ready, found.status.container_statuses[0].restart_count) == (False, 7)
    assert found.to_dict()["status"]["containerStatuses"][0]["state"] == {
        "waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}
    }
