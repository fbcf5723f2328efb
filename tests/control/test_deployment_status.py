"""What a Deployment says of its rollout."""

from __future__ import annotations

import pytest
from attrs import evolve
from control_scenes import context_of, deployment, made, new_image, running, sets

from kdisco import Cluster
from kdisco.control.deployment_status import complete, counted, rollout_status

PROBE = {"readinessProbe": {"tcpSocket": {"port": 9999}}}


def told(cluster: Cluster) -> dict[str, tuple[str, str]]:
    """Status and reason of each condition."""
    found = cluster.get("deployment", "web").status.conditions
    return {each.type: (each.status, each.reason) for each in found}


def reasons(cluster: Cluster, since: int) -> list[str]:
    """The reasons that Progressing has had, without repeats."""
    listed: list[str] = []
    for event in cluster.watch("deployment", since=since):
        for each in event.object.to_dict()["status"].get("conditions", ()):
            if each["type"] == "Progressing" and [each["reason"]] != listed[-1:]:
                listed.append(each["reason"])
    return listed


def test_a_deployment_that_is_rolled_out_says_so() -> None:
    cluster = running(deployment(replicas=3))
    found = cluster.get("deployment", "web").status
    assert (found.replicas, found.updated_replicas, found.ready_replicas, found.available_replicas) == (3, 3, 3, 3)
    assert found.unavailable_replicas == 0
    assert found.observed_generation == cluster.get("deployment", "web").metadata.generation
    assert told(cluster) == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }


def test_the_messages_are_upstreams() -> None:
    cluster = running(deployment())
    messages = [each.message for each in cluster.get("deployment", "web").status.conditions]
    (only,) = sets(cluster)
    assert messages == [
        "Deployment has minimum availability.",
        f'ReplicaSet "{only.name}" has successfully progressed.',
    ]


def test_a_deployment_without_ready_pods_is_not_available() -> None:
    cluster = running(deployment(template=PROBE))
    assert told(cluster)["Available"] == ("False", "MinimumReplicasUnavailable")
    assert cluster.get("deployment", "web").status.unavailable_replicas == 2


def test_progressing_goes_from_created_over_updated_to_available() -> None:
    cluster = running()
    since = cluster.revision
    cluster.create(deployment())
    cluster.settle()
    assert reasons(cluster, since) == ["NewReplicaSetCreated", "ReplicaSetUpdated", "NewReplicaSetAvailable"]
    since = cluster.revision
    new_image(cluster, "registry.test/web:2")
    cluster.settle()
    expected = ["NewReplicaSetAvailable", "NewReplicaSetCreated", "ReplicaSetUpdated", "NewReplicaSetAvailable"]
    assert reasons(cluster, since) == expected


def test_scaling_is_no_progress_of_a_rollout() -> None:
    cluster = running(deployment())
    since = cluster.revision
    cluster.scale("deployment/web", 5)
    cluster.settle()
    assert reasons(cluster, since) == ["NewReplicaSetAvailable"]


def test_a_paused_deployment_makes_no_promise_and_a_resumed_one_goes_on() -> None:
    cluster = running(deployment())
    cluster.patch("deployment", "web", {"spec": {"paused": True}})
    cluster.settle()
    assert told(cluster)["Progressing"] == ("Unknown", "DeploymentPaused")
    since = cluster.revision
    cluster.patch("deployment", "web", {"spec": {"paused": False}})
    cluster.settle()
    assert reasons(cluster, since) == ["DeploymentPaused", "DeploymentResumed", "NewReplicaSetAvailable"]


def test_a_condition_keeps_its_transition_time_while_its_status_stays() -> None:
    cluster = running(deployment())
    first = {each.type: each for each in cluster.get("deployment", "web").status.conditions}
    cluster.run(100)
    new_image(cluster, "registry.test/web:2")
    cluster.settle()
    then = {each.type: each for each in cluster.get("deployment", "web").status.conditions}
    assert then["Progressing"].last_transition_time == first["Progressing"].last_transition_time
    assert (then["Progressing"].last_update_time or "") > (first["Progressing"].last_update_time or "")
    assert then["Available"] == first["Available"]


def test_complete_means_all_new_all_available_and_seen() -> None:
    whole = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "observedGeneration": 3}
    found = made("Deployment", "web", {"replicas": 2}, status=whole, generation=3)
    assert complete(found, found.status)
    for missing in ({"replicas": 3}, {"updatedReplicas": 1}, {"availableReplicas": 1}, {"observedGeneration": 2}):
        other = made("Deployment", "web", {"replicas": 2}, status={**whole, **missing}, generation=3)
        assert not complete(other, other.status)


def test_a_rollout_without_progress_is_given_up_at_its_deadline() -> None:
    cluster = running(deployment(replicas=2, progressDeadlineSeconds=60))
    began = cluster.now
    change = {"spec": {"template": {"spec": {"containers": [{"name": "web", **PROBE}]}}}}
    cluster.patch("deployment", "web", change, type="strategic")
    cluster.run(50)
    assert told(cluster)["Progressing"] == ("True", "ReplicaSetUpdated")
    cluster.settle()
    assert told(cluster)["Progressing"] == ("False", "ProgressDeadlineExceeded")
    (found,) = [each for each in cluster.get("deployment", "web").status.conditions if each.type == "Progressing"]
    assert found.message == f'ReplicaSet "{sets(cluster)[-1].name}" has timed out progressing.'
    assert 60 <= cluster.now - began <= 70
    since = cluster.revision
    new_image(cluster, "registry.test/web:1")
    without = {"spec": {"template": {"spec": {"containers": [{"name": "web", "readinessProbe": None}]}}}}
    cluster.patch("deployment", "web", without, type="strategic")
    cluster.settle()
    assert reasons(cluster, since)[-1] == "NewReplicaSetAvailable"


@pytest.mark.parametrize("deadline", [2147483647, 600])
def test_without_a_deadline_nothing_is_told_of_progress(deadline: int) -> None:
    cluster = running(deployment(progressDeadlineSeconds=deadline))
    assert ("Progressing" in told(cluster)) == (deadline == 600)


def test_what_is_given_up_is_not_paused() -> None:
    cluster = running(deployment(progressDeadlineSeconds=5, template=PROBE))
    assert told(cluster)["Progressing"] == ("False", "ProgressDeadlineExceeded")
    cluster.patch("deployment", "web", {"spec": {"paused": True}})
    cluster.settle()
    assert told(cluster)["Progressing"] == ("False", "ProgressDeadlineExceeded")


def test_a_pod_that_is_lost_later_is_no_rollout_without_progress() -> None:
    cluster = running(deployment(progressDeadlineSeconds=60))
    name = cluster.list("pods")[0].name
    cluster.hold("kubelet")
    conditions = [{"type": "Ready", "status": "False"}]
    cluster.patch("pod", name, {"status": {"conditions": conditions}}, type="strategic", subresource="status")
    cluster.settle().run(1000)
    assert told(cluster)["Progressing"] == ("True", "NewReplicaSetAvailable")


def test_a_replica_set_that_fails_is_told_of() -> None:
    failing = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "no"}
    failing["lastTransitionTime"] = "2026-01-01T00:00:05Z"
    found = made("Deployment", "web", {"replicas": 2, "progressDeadlineSeconds": 600})
    new = made("ReplicaSet", "web-1", {"replicas": 2}, status={"replicas": 0, "conditions": [failing]})
    old = made("ReplicaSet", "web-0", {"replicas": 0}, status={"replicas": 0})
    context = context_of(found, new)
    status = rollout_status(context, found, new, [old, new])
    (failure,) = [each for each in status.conditions if each.type == "ReplicaFailure"]
    assert (failure.reason, failure.message) == ("FailedCreate", "no")
    assert failure.last_update_time == failure.last_transition_time == "2026-01-01T00:00:05Z"
    fine = rollout_status(context, evolve(found, status=status), old, [old])
    assert not [each for each in fine.conditions if each.type == "ReplicaFailure"]


@pytest.mark.parametrize(
    ("counts", "total"),
    [
        ([(1, 2), (1, 3)], 5),
        ([(1, 2), (0, None)], 2),
        ([(1, 2), (1, None)], None),
        ([(0, 4)], 4),
        ([], 0),
    ],
)
def test_terminating_pods_are_known_when_all_replica_sets_have_told(
    counts: list[tuple[int, int | None]], total: int | None
) -> None:
    found = made("Deployment", "web", {"replicas": 2})
    listed = [
        made("ReplicaSet", f"web-{i}", {}, status={"observedGeneration": seen, "terminatingReplicas": going})
        for i, (seen, going) in enumerate(counts)
    ]
    assert counted(context_of(found), found, None, listed).terminating_replicas == total


def test_an_adopted_replica_set_of_the_right_template_was_found() -> None:
    cluster = running(deployment())
    document = cluster.get("deployment", "web").to_dict()
    document["status"] = {"observedGeneration": 1}
    dumped = [document, *({**each.to_dict(), "status": {"replicas": 0}} for each in sets(cluster))]
    other = Cluster.from_dump(dumped, nodes=1)
    since = other.revision
    other.settle()
    assert reasons(other, since)[:1] == ["FoundNewReplicaSet"]
