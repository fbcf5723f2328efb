"""What a kubelet writes into a Pod's status."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import context_of, made, pod

from kdisco.control.pod_status import gates_open, ready, reported
from kdisco.store.state import Process, Sandbox

NODE = made("Node", "n1", status={"addresses": [{"type": "InternalIP", "address": "172.18.0.3"}]})
GATES = {"readinessGates": [{"conditionType": "example.test/lb"}]}


def box(*processes: Process) -> Sandbox:
    """A sandbox with two addresses; in it, unless others are given, one container that has yet to start."""
    ips = ("10.0.0.5", "fd00::5")
    listed = processes or (Process(),)
    return Sandbox(pod=("default", "a"), uid="p-a", node="n1", ips=ips, created=2.0, processes=listed)


UP = Process(started=3.0, up=3.0, ready=True)
UNPROVEN = Process(started=3.0, up=3.0)


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
    found = reported(context_of(now=2.0), fresh(), box(), NODE)
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
    found = reported(context_of(), fresh(), box(), NODE)
    order = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
    assert [each.type for each in found.status.conditions] == order


def state(found: Any, index: int = 0) -> Any:
    """The state of a container in API form."""
    return found.to_dict()["status"]["containerStatuses"][index]


def test_running_containers_are_ready_when_their_probes_say_so() -> None:
    found = reported(context_of(now=4.0), fresh(), box(UP), NODE)
    assert found.status.phase == "Running"
    assert found.ready
    assert state(found)["state"] == {"running": {"startedAt": "2026-01-01T00:00:03Z"}}
    assert (state(found)["ready"], state(found)["started"]) == (True, True)
    assert state(found)["containerID"].startswith("containerd://")


def test_all_unready_containers_are_named() -> None:
    three = fresh({"name": "a"}, {"name": "b"}, {"name": "c"})
    found = reported(context_of(), three, box(UNPROVEN, UP, UNPROVEN), NODE)
    words = "containers with unready status: [a c]"
    assert told(found)["Ready"] == told(found)["ContainersReady"] == ("False", "ContainersNotReady", words)


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
    found = reported(context_of(), gated, box(UP), NODE)
    assert told(found)["Ready"] == (("False", "ReadinessGatesNotReady", words) if words else ("True", "", ""))
    assert told(found)["ContainersReady"] == ("True", "", "")
    assert gates_open(gated) == ready(gated, box(UP)) == (status == "True")


@pytest.mark.parametrize(
    ("policy", "codes", "over", "phase"),
    [
        ("Always", (0,), False, "Running"),
        ("Always", (0,), True, "Succeeded"),
        ("Always", (1, 0), True, "Failed"),
        ("OnFailure", (0, 0), False, "Succeeded"),
        ("OnFailure", (0, 2), False, "Running"),
        ("Never", (0, 2), False, "Failed"),
        ("Never", (0, None), False, "Running"),
    ],
)
def test_the_phase_of_containers_that_have_ended(
    policy: str, codes: tuple[int | None, ...], over: bool, phase: str  # noqa: FBT001 - a row of the table
) -> None:
    listed = [{"name": f"c{number}"} for number, _ in enumerate(codes)]
    processes = [UP if code is None else Process(started=0.0, ended=1.0, code=code) for code in codes]
    found = reported(context_of(), fresh(*listed, restartPolicy=policy), box(*processes), NODE, over=over)
    assert found.status.phase == phase
    reason = {"Succeeded": "PodCompleted", "Failed": "PodFailed", "Running": "ContainersNotReady"}[phase]
    assert told(found)["Ready"][:2] == ("False", reason)


def test_a_run_that_has_ended_says_how() -> None:
    over = Process(started=3.0, ended=9.0, code=137, restarts=1, last=Process(started=1.0, ended=2.0, code=0))
    found = state(reported(context_of(now=9.0), fresh(), box(over), NODE))
    assert found["restartCount"] == 1
    now, before = found["state"]["terminated"], found["lastState"]["terminated"]
    assert (now["reason"], now["exitCode"], now["finishedAt"]) == ("Error", 137, "2026-01-01T00:00:09Z")
    assert (before["reason"], before["exitCode"], before["startedAt"]) == ("Completed", 0, "2026-01-01T00:00:01Z")
    assert now["containerID"] != before["containerID"]


def test_a_crash_loop_is_told_with_its_delay() -> None:
    waiting = Process(started=3.0, ended=9.0, code=1, restarts=4, waiting=True, delay=80.0)
    found = state(reported(context_of(now=10.0), fresh(), box(waiting), NODE))
    words = "back-off 1m20s restarting failed container=web pod=a_default(p-a)"
    assert found["state"] == {"waiting": {"reason": "CrashLoopBackOff", "message": words}}
    assert found["lastState"]["terminated"]["exitCode"] == 1
    assert found["ready"] is False


@pytest.mark.parametrize(("waiting", "reason"), [(False, "ErrImagePull"), (True, "ImagePullBackOff")])
def test_an_image_that_cannot_be_pulled(waiting: bool, reason: str) -> None:  # noqa: FBT001 - a row of the table
    broken = fresh({"name": "web", "image": "registry.invalid/web:2"})
    found = reported(context_of(), broken, box(Process(pulls=1, ended=1.0, waiting=waiting)), NODE)
    assert found.status.phase == "Pending"
    assert state(found)["state"]["waiting"]["reason"] == reason
    assert state(found)["state"]["waiting"]["message"].endswith("dial tcp: lookup registry.invalid: no such host")
    assert (state(found)["imageID"], "containerID" in state(found)) == ("", False)


def test_init_containers_come_first() -> None:
    spec = fresh(initContainers=[{"name": "one"}, {"name": "two"}])
    done = Process(started=1.0, ended=2.0)
    found = reported(context_of(), spec, box(done, UP, Process()), NODE)
    assert found.status.phase == "Pending"
    assert [each.ready for each in found.status.init_container_statuses] == [True, False]
    assert state(found)["state"] == {"waiting": {"reason": "PodInitializing"}}
    words = "containers with incomplete status: [two]"
    assert told(found)["Initialized"] == ("False", "ContainersNotInitialized", words)
    after = reported(context_of(), spec, box(done, done, UP), NODE)
    assert (after.status.phase, told(after)["Initialized"]) == ("Running", ("True", "", ""))


def test_after_the_end_nothing_is_ready() -> None:
    before = reported(context_of(), fresh(), box(UP), NODE)
    over = box(Process(started=3.0, ended=60.0))
    found = reported(context_of(now=60.0), before, over, NODE, over=True)
    assert found.status.phase == "Succeeded"
    assert told(found)["Ready"] == told(found)["ContainersReady"] == ("False", "PodCompleted", "")
    assert told(found)["Initialized"] == ("True", "PodCompleted", "")
    assert told(found)["PodReadyToStartContainers"][0] == "False"
    assert found.addresses == before.addresses


def test_a_conditions_time_changes_only_with_its_status() -> None:
    first = reported(context_of(now=1.0), fresh(), box(UP), NODE)
    again = reported(context_of(now=50.0), first, box(UP), NODE)
    then = reported(context_of(now=90.0), again, box(UNPROVEN), NODE)
    times = [
        next(each.last_transition_time for each in found.status.conditions if each.type == "Ready")
        for found in (first, again, then)
    ]
    assert times == ["2026-01-01T00:00:01Z", "2026-01-01T00:00:01Z", "2026-01-01T00:01:30Z"]


def test_status_and_conditions_say_which_generation_they_are_of() -> None:
    newer = fresh().with_meta(generation=3)
    found = reported(context_of(), newer, box(UP), NODE)
    assert found.status.observed_generation == 3
    assert {each.observed_generation for each in found.status.conditions if each.type != "PodScheduled"} == {3}


def test_conditions_of_others_are_kept() -> None:
    other = pod("a", ready=False)
    extra = made("Pod", "a", {"containers": []}, status={"conditions": [{"type": "example.test/x", "status": "True"}]})
    assert told(reported(context_of(), extra, box(UP), NODE))["example.test/x"] == ("True", "", "")
    assert "example.test/x" not in told(reported(context_of(), other, box(UP), NODE))
