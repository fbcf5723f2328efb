"""What a kubelet writes into a Pod's status."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import context_of, made, pod

from kdisco.control.pod_status import gates_open, running, starting, stopped
from kdisco.store.state import Sandbox

NODE = made("Node", "n1", status={"addresses": [{"type": "InternalIP", "address": "172.18.0.3"}]})
PROBE = {"readinessProbe": {"tcpSocket": {"port": 1}}}
GATES = {"readinessGates": [{"conditionType": "example.test/lb"}]}


def box(**more: Any) -> Sandbox:
    """A sandbox with two addresses."""
    return Sandbox(pod=("default", "a"), uid="p-a", node="n1", ips=("10.0.0.5", "fd00::5"), created=1.0, **more)


def fresh(*containers: dict[str, Any], **more: Any) -> Any:
    """A Pod that has just been bound."""
    listed = list(containers or [{"name": "web", "image": "i"}])
    spec = {"nodeName": "n1", "containers": listed, **more}
    conditions = [{"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]
    return made("Pod", "a", spec, status={"phase": "Pending", "conditions": conditions})


def told(found: Any) -> dict[str, tuple[str, str, str]]:
    """Status, reason and message of each condition."""
    return {each.type: (each.status, each.reason, each.message) for each in found.status.conditions}


UNREADY = ("False", "ContainersNotReady", "containers with unready status: [web]")


def test_when_the_sandbox_is_up_the_addresses_are_known() -> None:
    found = starting(context_of(now=2.0), fresh(), box(), NODE)
    assert (found.status.phase, found.status.pod_ip, found.status.host_ip) == ("Pending", "10.0.0.5", "172.18.0.3")
    assert found.addresses == ("10.0.0.5", "fd00::5")
    assert found.status.start_time == "2026-01-01T00:00:02Z"
    (status,) = found.status.container_statuses
    assert status.state.waiting == {"reason": "ContainerCreating"}
    assert (status.ready, status.started) == (False, False)
    assert told(found) == {
        "PodReadyToStartContainers": ("True", "", ""),
        "Initialized": ("True", "", ""),
        "Ready": UNREADY,
        "ContainersReady": UNREADY,
        "PodScheduled": ("True", "", ""),
    }


def test_conditions_stand_in_the_kubelets_order() -> None:
    found = starting(context_of(), fresh(), box(), NODE)
    order = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
    assert [each.type for each in found.status.conditions] == order


def test_running_containers_without_a_probe_are_ready() -> None:
    found = running(context_of(now=4.0), fresh(), box(started=3.0, ready=3.0))
    assert found.status.phase == "Running"
    assert found.ready
    (status,) = found.status.container_statuses
    assert status.state.running == {"startedAt": "2026-01-01T00:00:03Z"}
    assert (status.ready, status.started) == (True, True)


def test_a_container_that_waits_for_its_probe_keeps_the_pod_but_not_the_others_from_being_ready() -> None:
    found = running(context_of(), fresh({"name": "web", **PROBE}, {"name": "log"}), box(started=0.0))
    assert [each.ready for each in found.status.container_statuses] == [False, True]
    assert told(found)["Ready"] == told(found)["ContainersReady"] == UNREADY


def test_all_unready_containers_are_named() -> None:
    found = running(context_of(), fresh({"name": "a", **PROBE}, {"name": "b", **PROBE}), box(started=0.0))
    assert told(found)["Ready"][2] == "containers with unready status: [a b]"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("", 'corresponding condition of pod readiness gate "example.test/lb" does not exist.'),
        ("False", 'the status of pod readiness gate "example.test/lb" is not "True", but False'),
        ("True", ""),
    ],
)
def test_a_readiness_gate_must_be_open_too(status: str, words: str) -> None:
    gated = made(
        "Pod",
        "a",
        {"containers": [{"name": "web"}], **GATES},
        status={"conditions": [{"type": "example.test/lb", "status": status}] if status else []},
    )
    found = running(context_of(), gated, box(started=0.0, ready=0.0))
    assert told(found)["Ready"] == (("False", "ReadinessGatesNotReady", words) if words else ("True", "", ""))
    assert told(found)["ContainersReady"] == ("True", "", "")
    assert gates_open(gated) == (status == "True")


def test_after_the_end_nothing_is_ready() -> None:
    before = running(context_of(), fresh(), box(started=0.0, ready=0.0))
    found = stopped(context_of(now=60.0), before)
    assert found.status.phase == "Succeeded"
    assert told(found)["Ready"] == told(found)["ContainersReady"] == ("False", "PodCompleted", "")
    assert told(found)["PodReadyToStartContainers"][0] == "False"
    (status,) = found.status.container_statuses
    ended = {"exitCode": 0, "reason": "Completed", "finishedAt": "2026-01-01T00:01:00Z"}
    assert status.state.terminated == ended
    assert found.addresses == before.addresses


def test_a_conditions_time_changes_only_with_its_status() -> None:
    first = running(context_of(now=1.0), fresh(), box(started=0.0))
    again = running(context_of(now=50.0), first, box(started=0.0))
    then = running(context_of(now=90.0), fresh({"name": "web", **PROBE}), box(started=0.0))
    times = [
        next(each.last_transition_time for each in found.status.conditions if each.type == "Ready")
        for found in (first, again, then)
    ]
    assert times == ["2026-01-01T00:00:01Z", "2026-01-01T00:00:01Z", "2026-01-01T00:01:30Z"]


def test_conditions_of_others_are_kept() -> None:
    other = pod("a", ready=False)
    extra = made("Pod", "a", {"containers": []}, status={"conditions": [{"type": "example.test/x", "status": "True"}]})
    assert told(running(context_of(), extra, box(started=0.0)))["example.test/x"] == ("True", "", "")
    assert "example.test/x" not in told(running(context_of(), other, box(started=0.0)))
