"""How far a rollout has come, in words."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from kdisco.errors import UsageError
from kdisco.model.codec import decode
from kdisco.model.meta import ObjectMeta
from kdisco.model.sets import DaemonSet, StatefulSet
from kdisco.model.workload import Deployment
from kdisco.progress import Progress, daemon_progress, deployment_progress, stateful_progress

WAITING = 'Waiting for deployment "web" rollout to finish: '


def made(cls: Any, spec: dict[str, Any], status: dict[str, Any], generation: int = 2) -> Any:
    """An object named web that was looked at in its generation 2."""
    found = decode(cls, {"spec": spec, "status": {"observedGeneration": 2, **status}})
    return evolve(found, metadata=ObjectMeta(name="web", generation=generation))


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ({}, WAITING + "0 out of 3 new replicas have been updated..."),
        ({"updatedReplicas": 1, "replicas": 4}, WAITING + "1 out of 3 new replicas have been updated..."),
        ({"updatedReplicas": 3, "replicas": 4}, WAITING + "1 old replicas are pending termination..."),
        (
            {"updatedReplicas": 3, "replicas": 3, "availableReplicas": 2},
            WAITING + "2 of 3 updated replicas are available...",
        ),
        ({"updatedReplicas": 3, "replicas": 3, "availableReplicas": 3}, 'deployment "web" successfully rolled out'),
    ],
)
def test_a_deployments_rollout(status: dict[str, Any], message: str) -> None:
    found = deployment_progress(made(Deployment, {"replicas": 3}, status))
    assert (str(found), found.done) == (message, "success" in message)


def test_what_nobody_has_looked_at_waits() -> None:
    specs: tuple[tuple[Any, Any, str], ...] = (
        (deployment_progress, Deployment, "deployment spec"),
        (daemon_progress, DaemonSet, "daemon set spec"),
        (stateful_progress, StatefulSet, "statefulset spec"),
    )
    for say, cls, what in specs:
        spec = {} if cls is Deployment else {"updateStrategy": {"type": "RollingUpdate"}}
        found = made(cls, spec, {}, generation=3)
        assert say(found) == Progress(f"Waiting for {what} update to be observed...")


def test_a_rollout_that_was_given_up_is_an_error() -> None:
    condition = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    with pytest.raises(UsageError, match=r'^error: deployment "web" exceeded its progress deadline$'):
        deployment_progress(made(Deployment, {"replicas": 3}, {"conditions": [condition]}))


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ((1, 0), 'Waiting for daemon set "web" rollout to finish: 1 out of 3 new pods have been updated...'),
        ((3, 2), 'Waiting for daemon set "web" rollout to finish: 2 of 3 updated pods are available...'),
        ((3, 3), 'daemon set "web" successfully rolled out'),
    ],
)
def test_a_daemon_sets_rollout(status: tuple[int, int], message: str) -> None:
    counts = {"desiredNumberScheduled": 3, "updatedNumberScheduled": status[0], "numberAvailable": status[1]}
    spec = {"updateStrategy": {"type": "RollingUpdate"}}
    assert daemon_progress(made(DaemonSet, spec, counts)).message == message


@pytest.mark.parametrize(
    ("rolling", "status", "message"),
    [
        ({}, {"readyReplicas": 1}, "Waiting for 2 pods to be ready..."),
        (
            {"partition": 1},
            {"readyReplicas": 3, "updatedReplicas": 1},
            "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...",
        ),
        (
            {"partition": 1},
            {"readyReplicas": 3, "updatedReplicas": 2},
            "partitioned roll out complete: 2 new pods have been updated...",
        ),
        (
            None,
            {"readyReplicas": 3, "updatedReplicas": 1, "updateRevision": "web-b", "currentRevision": "web-a"},
            "waiting for statefulset rolling update to complete 1 pods at revision web-b...",
        ),
        (
            None,
            {"readyReplicas": 3, "currentReplicas": 3, "updateRevision": "web-b", "currentRevision": "web-b"},
            "statefulset rolling update complete 3 pods at revision web-b...",
        ),
    ],
)
def test_a_stateful_sets_rollout(rolling: dict[str, Any] | None, status: dict[str, Any], message: str) -> None:
    spec = {"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}
    assert stateful_progress(made(StatefulSet, spec, status)).message == message


def test_sets_that_wait_for_a_deletion_have_no_rollout() -> None:
    words = r"^error: rollout status is only available for RollingUpdate strategy type$"
    for say, cls in ((daemon_progress, DaemonSet), (stateful_progress, StatefulSet)):
        with pytest.raises(UsageError, match=words):
            say(made(cls, {"updateStrategy": {"type": "OnDelete"}}, {}))
