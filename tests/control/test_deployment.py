"""Deployments: from a template to ReplicaSets, and from one template to the next."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import deployment, front, new_image, problems, running, sets, told
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco import Cluster
from kdisco.control.revision import HASH_LABEL
from kdisco.store.events import Change

REVISION = "deployment.kubernetes.io/revision"
RECREATE: dict[str, Any] = {"strategy": {"type": "Recreate"}}


def shape(cluster: Cluster) -> list[tuple[str, int, int]]:
    """(revision, wanted, available) of each ReplicaSet."""
    return [
        (each.metadata.annotations[REVISION], each.spec.replicas, each.status.available_replicas)
        for each in sets(cluster)
    ]


def alive(cluster: Cluster) -> list[Any]:
    """The Pods that are not on their way out."""
    return [pod for pod in cluster.list("pods") if not pod.deleting]


def rollout(cluster: Cluster) -> list[tuple[int, int]]:
    """(Pods that live, Pods that are ready and live) after each step of settling."""
    counts = []
    while cluster.step() is not None:
        counts.append((len(alive(cluster)), sum(pod.ready for pod in alive(cluster))))
    return counts


def test_a_deployment_makes_one_replica_set_and_that_its_pods() -> None:
    cluster = running(deployment(replicas=3))
    assert shape(cluster) == [("1", 3, 3)]
    (only,) = sets(cluster)
    assert all(pod.owned_by(only) and pod.labels[HASH_LABEL] in pod.name for pod in alive(cluster))
    assert cluster.get("deployment", "web").metadata.annotations[REVISION] == "1"


@pytest.mark.parametrize(
    "change", [{"replicas": 1}, {"paused": True}, {"revisionHistoryLimit": 3}, {"minReadySeconds": 1}]
)
def test_only_a_new_template_makes_a_new_replica_set(change: dict[str, Any]) -> None:
    cluster = running(deployment())
    cluster.patch("deployment", "web", {"spec": change})
    assert len(sets(cluster.settle())) == 1


def test_a_new_template_makes_a_second_revision() -> None:
    cluster = running(deployment(replicas=3))
    new_image(cluster, "registry.test/web:2")
    cluster.settle()
    assert shape(cluster) == [("1", 0, 0), ("2", 3, 3)]
    assert {pod.spec.containers[0].image for pod in alive(cluster)} == {"registry.test/web:2"}


def test_going_back_uses_the_old_replica_set_as_the_newest_revision() -> None:
    cluster = running(deployment())
    names = [each.name for each in sets(cluster)]
    for image in ("registry.test/web:2", "registry.test/web:1"):
        new_image(cluster, image)
        cluster.settle()
    assert shape(cluster) == [("2", 0, 0), ("3", 2, 2)]
    assert sets(cluster)[-1].name == names[0]
    assert sets(cluster)[-1].metadata.annotations["deployment.kubernetes.io/revision-history"] == "1"
    assert cluster.get("deployment", "web").metadata.annotations[REVISION] == "3"


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable"), [(4, "25%", "25%"), (3, 0, 1), (3, 2, 0), (5, "100%", "0%"), (1, 1, 0)]
)
def test_a_rolling_update_keeps_within_its_limits_at_every_step(
    replicas: int, surge: int | str, unavailable: int | str
) -> None:
    limits = {"maxSurge": surge, "maxUnavailable": unavailable}
    cluster = running(deployment(replicas=replicas, strategy={"type": "RollingUpdate", "rollingUpdate": limits}))
    most, least = _bounds(replicas, surge, unavailable)
    new_image(cluster, "registry.test/web:2")
    counts = rollout(cluster)
    assert max(living for living, _ in counts) <= most
    assert min(ready for _, ready in counts) >= least
    assert shape(cluster)[-1] == ("2", replicas, replicas)


def _bounds(replicas: int, surge: int | str, unavailable: int | str) -> tuple[int, int]:
    over = surge if isinstance(surge, int) else -(-replicas * int(surge[:-1]) // 100)
    under = unavailable if isinstance(unavailable, int) else replicas * int(unavailable[:-1]) // 100
    return replicas + over, replicas - under


def test_recreate_waits_until_the_last_old_pod_is_gone() -> None:
    cluster = running(deployment(**RECREATE))
    new_image(cluster, "registry.test/web:2")
    images = []
    while cluster.step() is not None:
        images.append({pod.spec.containers[0].image for pod in cluster.list("pods")})
    assert all(len(each) <= 1 for each in images)
    assert images[-1] == {"registry.test/web:2"}
    assert shape(cluster) == [("1", 0, 0), ("2", 2, 2)]


def test_recreate_does_not_wait_for_a_pod_that_has_ended_though_its_object_is_there() -> None:
    cluster = running(deployment(replicas=1, **RECREATE))
    (pod,) = alive(cluster)
    cluster.patch("pod", pod.name, {"metadata": {"finalizers": ["example.test/wait"]}})
    new_image(cluster, "registry.test/web:2")
    cluster.settle()
    assert cluster.get("pod", pod.name).finished
    assert shape(cluster)[-1] == ("2", 1, 1)


def test_a_broken_new_template_stops_the_rollout_and_keeps_the_old_pods() -> None:
    probe = {"readinessProbe": {"tcpSocket": {"port": 9999}}}
    cluster = running(deployment(replicas=4))
    cluster.patch(
        "deployment",
        "web",
        {"spec": {"template": {"spec": {"containers": [{"name": "web", **probe}]}}}},
        type="strategic",
    )
    cluster.settle()
    assert shape(cluster) == [("1", 3, 3), ("2", 2, 0)]


def test_a_change_during_a_rollout_is_shared_out() -> None:
    probe = {"readinessProbe": {"tcpSocket": {"port": 9999}}}
    cluster = running(deployment(replicas=4))
    cluster.patch(
        "deployment",
        "web",
        {"spec": {"template": {"spec": {"containers": [{"name": "web", **probe}]}}}},
        type="strategic",
    )
    cluster.settle()
    cluster.scale("deployment/web", 8)
    cluster.settle()
    wanted = [size for _, size, _ in shape(cluster)]
    assert sum(wanted) == 10
    assert wanted[0] >= 6


def test_a_paused_deployment_scales_but_does_not_roll() -> None:
    cluster = running(deployment())
    cluster.patch("deployment", "web", {"spec": {"paused": True, "replicas": 3}})
    new_image(cluster, "registry.test/web:2")
    cluster.settle()
    assert shape(cluster) == [("1", 3, 3)]
    cluster.patch("deployment", "web", {"spec": {"paused": False}})
    cluster.settle()
    assert shape(cluster) == [("1", 0, 0), ("2", 3, 3)]


@pytest.mark.parametrize(("limit", "left"), [(0, ["4"]), (1, ["3", "4"]), (10, ["1", "2", "3", "4"])])
def test_old_revisions_beyond_the_history_limit_go(limit: int, left: list[str]) -> None:
    cluster = running(deployment(revisionHistoryLimit=limit))
    for number in (2, 3, 4):
        new_image(cluster, f"registry.test/web:{number}")
        cluster.settle()
    assert [revision for revision, _, _ in shape(cluster)] == left


def test_what_was_gone_back_to_is_not_the_oldest_of_the_history() -> None:
    cluster = running(deployment(revisionHistoryLimit=1))
    for number in (2, 1, 3):
        new_image(cluster, f"registry.test/web:{number}")
        cluster.settle()
    assert [revision for revision, _, _ in shape(cluster)] == ["3", "4"]


def test_a_deployments_annotation_reaches_its_replica_set() -> None:
    cluster = running(deployment())
    cluster.patch("deployment", "web", {"metadata": {"annotations": {"kubernetes.io/change-cause": "because"}}})
    (only,) = sets(cluster.settle())
    assert only.metadata.annotations["kubernetes.io/change-cause"] == "because"


def test_a_name_that_is_taken_counts_as_a_collision() -> None:
    cluster = running(deployment())
    (old,) = sets(cluster)
    cluster.delete("deployment", "web")
    cluster.create(deployment())
    cluster.settle()
    (new,) = sets(cluster)
    assert new.name != old.name
    assert cluster.get("deployment", "web").status.collision_count == 1
    assert problems(cluster) == []
    assert [pod.owned_by(new) for pod in alive(cluster)] == [True, True]


def test_deleting_a_deployment_takes_everything_along() -> None:
    cluster = running(deployment(), front())
    cluster.delete("deployment", "web")
    cluster.settle()
    assert cluster.list("replicasets") == cluster.list("pods") == ()
    assert cluster.get("endpoints", "web").subsets == ()


def test_a_settled_deployment_writes_no_more() -> None:
    cluster = running(deployment(), front())
    before = cluster.revision
    cluster.run(3600)
    assert cluster.revision == before


@pytest.mark.parametrize("text", ["zz", "²", "-1", ""])
def test_an_annotation_that_is_no_number_stops_nothing(text: str) -> None:
    cluster = running(deployment())
    marks = {REVISION: text, "deployment.kubernetes.io/max-replicas": text}
    cluster.patch("replicaset", sets(cluster)[0].name, {"metadata": {"annotations": marks}})
    cluster.scale("deployment/web", 3)
    new_image(cluster, "registry.test/web:2")
    cluster.settle()
    assert len(alive(cluster)) == 3
    assert problems(cluster) == []


@settings(max_examples=15)
@given(
    st.integers(1, 5),
    st.integers(0, 3),
    st.integers(0, 3),
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 60)), min_size=1, max_size=3),
)
def test_rollouts_that_overtake_one_another_end_where_they_should(
    replicas: int, surge: int, unavailable: int, changes: list[tuple[int, int]]
) -> None:
    limits = {"maxSurge": surge, "maxUnavailable": unavailable or int(not surge)}
    cluster = running(deployment(replicas=replicas, strategy={"type": "RollingUpdate", "rollingUpdate": limits}))
    for number, steps in changes:
        new_image(cluster, f"registry.test/web:{number}")
        for _ in range(steps):
            cluster.step()
            assert len(alive(cluster)) <= replicas + surge
            assert sum(pod.ready for pod in alive(cluster)) >= replicas - limits["maxUnavailable"]
    cluster.settle()
    assert {pod.spec.containers[0].image for pod in alive(cluster)} == {f"registry.test/web:{changes[-1][0]}"}
    assert [size for _, size, _ in shape(cluster) if size] == [replicas]


def test_a_revision_is_written_once() -> None:
    cluster = running(deployment())
    written = [
        fact
        for fact in cluster.history.facts()
        if isinstance(fact, Change) and fact.resource == "deployments" and fact.before is not None
        and fact.before.metadata.annotations.get(REVISION) != fact.object.metadata.annotations.get(REVISION)
    ]  # fmt: skip
    assert len(written) == 1


def test_every_change_of_size_is_told_of() -> None:
    cluster = running(deployment(replicas=2))
    (first,) = sets(cluster)
    assert told(cluster, "Deployment") == [("ScalingReplicaSet", f"Scaled up replica set {first.name} from 0 to 2")]
    cluster.scale("deployment/web", 5)
    cluster.settle()
    cluster.scale("deployment/web", 1)
    cluster.settle()
    words = [message for _, message in told(cluster, "Deployment")]
    assert words[1:] == [
        f"Scaled up replica set {first.name} from 2 to 5",
        f"Scaled down replica set {first.name} from 5 to 1",
    ]
    new_image(cluster, "registry.test/web:2")
    cluster.settle()
    second = sets(cluster)[-1].name
    words = [message for _, message in told(cluster, "Deployment")]
    assert words[3:] == [
        f"Scaled up replica set {second} from 0 to 1",
        f"Scaled down replica set {first.name} from 1 to 0",
    ]
    events = [each for each in cluster.list("events") if each.involved_object.kind == "Deployment"]
    assert {each.source.component for each in events} == {"deployment-controller"}


def test_a_deployment_that_selects_all_is_warned_and_left_alone() -> None:
    cluster = running(deployment())
    document = cluster.get("deployment", "web").to_dict()
    document["spec"]["selector"] = {}
    document["metadata"]["generation"] = 7
    other = Cluster.from_dump([document], nodes=1)
    other.settle()
    words = "This deployment is selecting all pods. A non-empty selector is required."
    assert told(other, "Deployment")[:1] == [("SelectingAll", words)]
    assert other.list("rs") == ()
    assert other.get("deployment", "web").status.observed_generation == 7


def test_a_replica_set_that_cannot_be_made_is_told_of_and_tried_for_some_minutes() -> None:
    cluster = running(deployment())
    document = cluster.get("deployment", "web").to_dict()
    document["spec"]["template"]["spec"]["containers"] = []
    document["status"] = {}
    other = Cluster.from_dump([document], nodes=1).settle()
    (event,) = [each for each in other.list("events") if each.involved_object.kind == "Deployment"]
    assert (event.type, event.reason) == ("Warning", "ReplicaSetCreateError")
    assert event.message.startswith('Failed to create new replica set "web-')
    assert 5 <= event.count <= 15
    (condition,) = [each for each in other.get("deployment", "web").status.conditions if each.type == "Progressing"]
    assert (condition.status, condition.reason) == ("False", "ReplicaSetCreateError")
    assert 150 <= other.now <= 400


def test_unhealthy_and_healthy_pods_of_an_old_set_go_in_two_writes() -> None:
    probe = {"readinessProbe": {"tcpSocket": {"port": 9999}}}
    limits = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 2}}
    cluster = running(deployment(replicas=4, strategy=limits))
    unready = cluster.list("pods", selector="app=web")[0].name
    conditions = [{"type": "Ready", "status": "False"}]
    cluster.hold("kubelet")
    cluster.patch("pod", unready, {"status": {"conditions": conditions}}, type="strategic", subresource="status")
    cluster.settle()
    since = cluster.revision
    change = {"spec": {"template": {"spec": {"containers": [{"name": "web", **probe}]}}}}
    cluster.patch("deployment", "web", change, type="strategic")
    cluster.run(2)
    first = sets(cluster)[0].name
    seen = [each.object.to_dict() for each in cluster.watch("rs", since=since)]
    steps = [each["spec"]["replicas"] for each in seen if each["metadata"]["name"] == first]
    assert list(dict.fromkeys(steps)) == [3, 2]


def test_a_paused_deployment_in_the_midst_of_a_rollout_shares_out_its_new_size() -> None:
    cluster = stuck(10)
    before = [size for _, size, _ in shape(cluster)]
    cluster.patch("deployment", "web", {"spec": {"paused": True, "replicas": 20}})
    cluster.settle()
    after = [size for _, size, _ in shape(cluster)]
    assert before == [8, 5]
    assert sum(after) == 25  # as many as wanted, and the surge
    assert after == [15, 10]  # 8 * 25 / 13 = 15.4, 5 * 25 / 13 = 9.6
    names = ("deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas")
    assert {tuple(each.metadata.annotations[name] for name in names) for each in sets(cluster)} == {("20", "25")}


def stuck(replicas: int, **spec: Any) -> Cluster:
    """A Deployment whose new Pods never become ready."""
    probe = {"readinessProbe": {"tcpSocket": {"port": 9999}}}
    cluster = running(deployment(replicas=replicas, **spec))
    change = {"spec": {"template": {"spec": {"containers": [{"name": "web", **probe}]}}}}
    cluster.patch("deployment", "web", change, type="strategic")
    return cluster.settle()


def test_a_revision_history_is_no_longer_than_upstreams() -> None:
    cluster = running(deployment())
    (first,) = sets(cluster)
    past = ",".join(str(number) for number in range(1000, 1399))
    marks = {"deployment.kubernetes.io/revision-history": past}
    cluster.patch("rs", first.name, {"metadata": {"annotations": marks}})
    for image in ("registry.test/web:2", "registry.test/web:1"):
        new_image(cluster, image)
        cluster.settle()
    history = sets(cluster)[-1].metadata.annotations["deployment.kubernetes.io/revision-history"]
    assert len(history) <= 2000
    assert history.endswith(",1398,1")
    assert history.startswith("1000,")


@settings(max_examples=20)
@given(st.data())
def test_whatever_happens_in_between_a_rollout_keeps_its_limits_and_comes_to_its_end(data: st.DataObject) -> None:
    replicas, surge = data.draw(st.integers(0, 6)), data.draw(st.integers(0, 3))
    unavailable = data.draw(st.integers(0 if surge else 1, 3))
    limits = {"maxSurge": surge, "maxUnavailable": unavailable}
    minimum = data.draw(st.sampled_from([0, 0, 3]))
    strategy = {"type": "RollingUpdate", "rollingUpdate": limits}
    cluster = running(deployment(replicas=replicas, minReadySeconds=minimum, strategy=strategy))
    scales, wanted, newest = 0, replicas, 1
    revisions = [revision(cluster)]
    for act in data.draw(st.lists(st.sampled_from(["image", "image", "scale", "pause", "resume"]), max_size=4)):
        if act == "image":
            newest = data.draw(st.integers(1, 3))
            new_image(cluster, f"registry.test/web:{newest}")
        elif act == "scale":
            wanted, scales = data.draw(st.integers(0, 6)), scales + 1
            cluster.scale("deployment/web", wanted)
        else:
            cluster.patch("deployment", "web", {"spec": {"paused": act == "pause"}})
        for _ in range(data.draw(st.integers(0, 80))):
            cluster.step()
            if not scales:
                assert len(alive(cluster)) <= replicas + surge
                assert sum(pod.ready for pod in alive(cluster)) >= replicas - unavailable
        revisions.append(revision(cluster))
    cluster.patch("deployment", "web", {"spec": {"paused": False}})
    cluster.settle()
    assert revisions == sorted(revisions)
    assert [pod.spec.containers[0].image for pod in alive(cluster)] == [f"registry.test/web:{newest}"] * wanted
    assert sum(size for _, size, _ in shape(cluster)) == wanted
    status = cluster.get("deployment", "web").status
    assert status.replicas == status.updated_replicas == status.available_replicas == wanted
    assert (status.unavailable_replicas, status.terminating_replicas) == (0, 0)
    at_rest = cluster.revision
    cluster.settle().run(2000)
    assert cluster.revision == at_rest


def revision(cluster: Cluster) -> int:
    """The newest revision of the Deployment."""
    return int(cluster.get("deployment", "web").metadata.annotations[REVISION])
