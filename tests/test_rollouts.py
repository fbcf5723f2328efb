"""The rollout commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, new_image, running, sets

from kdisco.errors import NotFound, UsageError

if TYPE_CHECKING:
    from kdisco import Cluster

CAUSE = "kubernetes.io/change-cause"


def twice() -> Cluster:
    """A Deployment that has had two images."""
    cluster = running(deployment())
    new_image(cluster, "registry.test/web:2")
    return cluster.settle()


def image(cluster: Cluster) -> str:
    """What the Deployment's Pods run."""
    return str(cluster.get("deployment", "web").spec.template.spec.containers[0].image)


def test_the_history_lists_each_template_with_its_cause() -> None:
    cluster = running(deployment())
    cluster.patch("deployment", "web", {"metadata": {"annotations": {CAUSE: "second"}}})
    new_image(cluster, "registry.test/web:2")
    history = cluster.settle().rollout("deployment/web").history()
    assert [(each.number, each.change_cause) for each in history] == [(1, ""), (2, "second")]
    assert history[0].template.spec.containers[0].image == "registry.test/web:1"
    assert cluster.rollout("deploy/web").history(2) == history[1]


def test_undo_brings_back_the_template_before_with_its_annotations() -> None:
    cluster = running(deployment())
    cluster.patch("deployment", "web", {"metadata": {"annotations": {CAUSE: "first"}}})
    cluster.settle()
    cluster.patch("deployment", "web", {"metadata": {"annotations": {CAUSE: "second", "other": "x"}}})
    new_image(cluster, "registry.test/web:2")
    cluster.settle()
    rollout = cluster.rollout("deployment/web")
    assert rollout.undo() == "deployment.apps/web rolled back"
    found = cluster.get("deployment", "web")
    assert image(cluster) == "registry.test/web:1"
    assert "pod-template-hash" not in found.spec.template.metadata.labels
    assert found.metadata.annotations == {CAUSE: "first", "deployment.kubernetes.io/revision": "2"}
    cluster.settle()
    assert [each.number for each in rollout.history()] == [2, 3]
    assert [(each.spec.replicas, each.metadata.annotations.get(CAUSE)) for each in sets(cluster)] == [
        (0, "second"),
        (2, "first"),
    ]


def test_undo_goes_to_a_revision_of_the_past() -> None:
    cluster = twice()
    new_image(cluster, "registry.test/web:3")
    cluster.settle()
    cluster.rollout("deployment/web").undo(1)
    assert image(cluster) == "registry.test/web:1"
    assert len(sets(cluster.settle())) == 3


def test_undo_to_what_is_there_changes_nothing() -> None:
    cluster = twice()
    before = cluster.revision
    said = cluster.rollout("deployment/web").undo(2)
    assert said == "deployment.apps/web skipped rollback (current template already matches revision 2)"
    assert cluster.revision == before


def test_a_dry_run_of_undo_changes_nothing() -> None:
    cluster = twice()
    before = cluster.revision
    said = cluster.rollout("deployment/web").undo(dry_run=True)
    assert (said, cluster.revision) == ("deployment.apps/web rolled back (server dry run)", before)


def test_pause_and_resume() -> None:
    cluster = running(deployment())
    rollout = cluster.rollout("deployment/web")
    assert rollout.pause() == "deployment.apps/web paused"
    new_image(cluster, "registry.test/web:2")
    cluster.settle()
    assert len(sets(cluster)) == 1
    assert str(rollout.status()).endswith("0 out of 2 new replicas have been updated...")
    assert rollout.resume() == "deployment.apps/web resumed"
    assert rollout.status().message == "Waiting for deployment spec update to be observed..."
    cluster.settle()
    assert rollout.status().done
    assert [each.number for each in rollout.history()] == [1, 2]


def test_restart_replaces_all_pods() -> None:
    cluster = running(deployment())
    before = {pod.name for pod in cluster.list("pods")}
    assert cluster.rollout("deployment/web").restart() == "deployment.apps/web restarted"
    marks = cluster.get("deployment", "web").spec.template.metadata.annotations
    assert marks == {"kubectl.kubernetes.io/restartedAt": cluster.state.time()}
    cluster.settle()
    assert before.isdisjoint(pod.name for pod in cluster.list("pods"))
    assert [each.number for each in cluster.rollout("deployment/web").history()] == [1, 2]


def paused() -> Cluster:
    """A Deployment with a past that is paused."""
    cluster = twice()
    cluster.rollout("deployment/web").pause()
    return cluster


LATER = "if restart has already been triggered within the past second, please wait before attempting to trigger another"
RESUME = "'kubectl rollout resume'"
REFUSED: list[tuple[Any, str, str, dict[str, Any], str]] = [
    (twice, "undo", "deployment/web", {"to_revision": 9}, "unable to find specified revision 9 in history"),
    (twice, "undo", "deployment/web", {"to_revision": -1}, "unable to find specified revision -1 in history"),
    (lambda: running(deployment()), "undo", "deployment/web", {}, 'no rollout history found for deployment "web"'),
    (
        paused,
        "undo",
        "deployment/web",
        {},
        f"you cannot rollback a paused deployment; resume it first with {RESUME} and try again",
    ),
    (paused, "pause", "deployment/web", {}, 'deployments.apps "web" is already paused'),
    (twice, "resume", "deployment/web", {}, 'deployments.apps "web" is not paused'),
    (
        paused,
        "restart",
        "deployment/web",
        {},
        'deployments.apps "web" can\'t restart paused deployment (run rollout resume first)',
    ),
    (twice, "history", "deployment/web", {"revision": 9}, "unable to find the specified revision"),
    (twice, "history", "deployment/web", {"revision": -1}, "revision must be a positive integer: -1"),
    (
        twice,
        "status",
        "deployment/web",
        {"revision": 3},
        "desired revision (3) is different from the running revision (2)",
    ),
    (twice, "undo", "service/kubernetes", {}, 'no rollbacker has been implemented for "Service"'),
    (twice, "history", "rs/web", {}, 'no history viewer has been implemented for "ReplicaSet.apps"'),
    (twice, "status", "rs/web", {}, "no status viewer has been implemented for ReplicaSet.apps"),
    (twice, "pause", "service/kubernetes", {}, 'services "kubernetes" pausing is not supported'),
    (twice, "resume", "service/kubernetes", {}, 'services "kubernetes" resuming is not supported'),
    (twice, "restart", "service/kubernetes", {}, 'services "kubernetes" restarting is not supported'),
]


@pytest.mark.parametrize(("begin", "command", "target", "arguments", "words"), REFUSED)
def test_what_cannot_be_done_is_said_in_kubectls_words(
    begin: Any, command: str, target: str, arguments: dict[str, Any], words: str
) -> None:
    cluster = begin()
    before = cluster.revision
    with pytest.raises(UsageError) as error:
        getattr(cluster.rollout(target), command)(**arguments)
    assert str(error.value) == f"error: {words}"
    assert cluster.revision == before


def test_a_restart_takes_a_second() -> None:
    cluster = running(deployment())
    rollout = cluster.rollout("deployment/web")
    rollout.restart()
    with pytest.raises(UsageError) as error:
        rollout.restart()
    assert str(error.value) == f"error: failed to create patch for web: {LATER}"
    cluster.run(1)
    rollout.restart()


def test_a_workload_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        running().rollout("deployment/web").status()
    with pytest.raises(UsageError):
        running().rollout("web")


def test_what_is_no_number_is_no_revision() -> None:
    with pytest.raises(UsageError):
        twice().rollout("deployment/web").undo("1")  # type: ignore[arg-type]  # on purpose


def workload(kind: str) -> dict[str, Any]:
    """A StatefulSet's or DaemonSet's manifest."""
    document: dict[str, Any] = {**json.loads(deployment()), "kind": kind}
    if kind == "DaemonSet":
        del document["spec"]["replicas"]
    return document


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_sets_keep_their_past_in_controller_revisions(kind: str) -> None:
    cluster = running(workload(kind))
    rollout = cluster.rollout(f"{kind.lower()}/web")
    with pytest.raises(UsageError, match=r"^error: no last revision to roll back to$"):
        rollout.undo()
    new = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "registry.test/web:2"}]}}}}
    cluster.patch(kind, "web", new, type="strategic")
    assert not rollout.status().done
    cluster.settle()
    images = [(each.number, each.template.spec.containers[0].image) for each in rollout.history()]
    assert images == [(1, "registry.test/web:1"), (2, "registry.test/web:2")]
    assert rollout.undo() == f"{kind.lower()}.apps/web rolled back"
    cluster.settle()
    assert cluster.get(kind, "web").spec.template.spec.containers[0].image == "registry.test/web:1"
    assert [each.number for each in rollout.history()] == [2, 3]
    assert rollout.undo(3).endswith("skipped rollback (current template already matches revision 3)")
    assert rollout.restart() == f"{kind.lower()}.apps/web restarted"
    assert rollout.status().done is False
    assert cluster.settle().rollout(f"{kind.lower()}/web").status().done
