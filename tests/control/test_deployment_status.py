"""What a Deployment says of its rollout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from control_scenes import deployment, made, new_image, running, sets

from kdisco.control.deployment_status import complete

if TYPE_CHECKING:
    from kdisco import Cluster

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
