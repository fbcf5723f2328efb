"""StatefulSets in a cluster: Pods with names that stay."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from control_scenes import problems, running
from hypothesis import given, settings
from hypothesis import strategies as st
from set_scenes import headless, images, new_image, stateful, template, told

from kdisco import Cluster
from kdisco.control.set_history import REVISION_LABEL


def names(cluster: Cluster) -> list[str]:
    """The Pods that are not on their way out."""
    return [pod.name for pod in cluster.list("pods") if not pod.deleting]


def births(cluster: Cluster) -> list[str]:
    """The Pods in the order in which they were made."""
    found = sorted(cluster.list("pods"), key=lambda pod: pod.metadata.creation_timestamp)
    return [pod.name for pod in found]


def history(cluster: Cluster, since: int) -> list[str]:
    """What happened to Pods since a revision: made and taken out."""
    return [f"{each.type} {each.object.name}" for each in cluster.watch("pods", since=since) if each.type != "MODIFIED"]


def test_pods_come_one_after_the_other_with_names_that_stay() -> None:
    cluster = running(headless(), stateful())
    assert births(cluster) == ["web-0", "web-1", "web-2"]
    times = [cluster.get("pod", name).metadata.creation_timestamp for name in births(cluster)]
    assert len(set(times)) == 3  # each waited for the one before
    found = cluster.get("sts", "web")
    assert (found.status.replicas, found.status.ready_replicas, found.status.available_replicas) == (3, 3, 3)
    assert found.status.current_revision == found.status.update_revision
    assert (found.status.current_replicas, found.status.updated_replicas) == (3, 3)
    assert (found.status.observed_generation, found.status.collision_count) == (1, 0)
    first = cluster.get("pod", "web-0")
    assert first.labels == {
        "app": "web",
        "apps.kubernetes.io/pod-index": "0",
        "statefulset.kubernetes.io/pod-name": "web-0",
        REVISION_LABEL: found.status.current_revision,
    }
    assert problems(cluster) == []


def test_each_pod_has_its_own_name_in_dns() -> None:
    cluster = running(headless(), stateful(replicas=2))
    for name in ("web-0", "web-1"):
        answer = cluster.dns.query(f"{name}.web.default.svc.cluster.local.", "A")
        assert [str(record) for record in answer.answer[0]] == list(cluster.get("pod", name).addresses)
    every = cluster.dns.query("web.default.svc.cluster.local.", "A").answer[0]
    assert {str(record) for record in every} == {ip for pod in cluster.list("pods") for ip in pod.addresses}
    assert cluster.dns.query("web-2.web.default.svc.cluster.local.", "A").rcode() == 3


def test_a_name_in_dns_outlives_its_pod() -> None:
    cluster = running(headless(), stateful(replicas=1))
    before = cluster.get("pod", "web-0")
    cluster.delete("pod", "web-0")
    cluster.settle()
    after = cluster.get("pod", "web-0")
    assert after.metadata.uid != before.metadata.uid
    answer = cluster.dns.query("web-0.web.default.svc.cluster.local.", "A")
    assert [str(record) for record in answer.answer[0]] == list(after.addresses)


def test_scaling_adds_at_the_end_and_takes_from_the_end_one_by_one() -> None:
    cluster = running(stateful(replicas=1))
    since = cluster.revision
    cluster.scale("statefulset/web", 4)
    cluster.settle()
    assert history(cluster, since) == ["ADDED web-1", "ADDED web-2", "ADDED web-3"]
    since = cluster.revision
    cluster.scale("sts/web", 0)
    cluster.settle()
    assert history(cluster, since) == ["DELETED web-3", "DELETED web-2", "DELETED web-1", "DELETED web-0"]
    assert cluster.get("sts", "web").status.replicas == 0


def test_in_parallel_nobody_waits() -> None:
    cluster = running(stateful(podManagementPolicy="Parallel"))
    assert len({pod.metadata.creation_timestamp for pod in cluster.list("pods")}) == 1
    cluster.scale("statefulset/web", 0)
    cluster.run(0.1)
    assert names(cluster) == []


def test_an_update_replaces_from_the_end_and_is_remembered() -> None:
    cluster = running(stateful())
    since, before = cluster.revision, cluster.get("sts", "web").status.current_revision
    new_image(cluster, "sts", "web", "registry.test/web:2")
    cluster.settle()
    assert history(cluster, since) == [
        f"{kind} web-{number}" for number in (2, 1, 0) for kind in ("DELETED", "ADDED")
    ]
    found = cluster.get("sts", "web")
    assert images(cluster) == {"web-0": "2", "web-1": "2", "web-2": "2"}
    assert found.metadata.generation == found.status.observed_generation == 2
    assert found.status.current_revision == found.status.update_revision != before
    revisions = {each.name: each.revision for each in cluster.list("controllerrevisions")}
    assert revisions == {before: 1, found.status.current_revision: 2}
    new_image(cluster, "sts", "web", "registry.test/web:1")
    cluster.settle()
    assert {each.name: each.revision for each in cluster.list("controllerrevisions")} == {**revisions, before: 3}
    assert images(cluster) == {"web-0": "1", "web-1": "1", "web-2": "1"}


def test_a_partition_is_where_an_update_stops() -> None:
    cluster = running(stateful(updateStrategy={"rollingUpdate": {"partition": 2}}))
    new_image(cluster, "sts", "web", "registry.test/web:2")
    cluster.settle()
    assert images(cluster) == {"web-0": "1", "web-1": "1", "web-2": "2"}
    found = cluster.get("sts", "web")
    assert (found.status.current_replicas, found.status.updated_replicas) == (2, 1)
    cluster.delete("pod", "web-0")
    cluster.settle()
    assert images(cluster)["web-0"] == "1"
    cluster.patch("sts", "web", {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}})
    cluster.settle()
    assert set(images(cluster).values()) == {"2"}


def test_on_delete_an_update_waits_for_people() -> None:
    cluster = running(stateful(updateStrategy={"type": "OnDelete"}))
    new_image(cluster, "sts", "web", "registry.test/web:2")
    cluster.settle()
    assert set(images(cluster).values()) == {"1"}
    cluster.delete("pod", "web-1")
    cluster.settle()
    assert images(cluster) == {"web-0": "1", "web-1": "2", "web-2": "1"}


def test_an_update_that_never_becomes_ready_stops_at_the_first() -> None:
    cluster = running(stateful())
    probe = {"readinessProbe": {"httpGet": {"port": 9999}}}
    broken = template("registry.test/web:2")
    broken["spec"]["containers"][0] |= probe
    cluster.patch("sts", "web", {"spec": {"template": broken}})
    cluster.settle()
    assert images(cluster) == {"web-0": "1", "web-1": "1", "web-2": "2"}
    assert cluster.get("sts", "web").status.ready_replicas == 2


def test_min_ready_seconds_pass_between_two_pods() -> None:
    cluster = running(stateful(replicas=2, minReadySeconds=20))
    assert names(cluster) == ["web-0", "web-1"]
    found = cluster.get("sts", "web")
    assert found.status.available_replicas == 2
    assert cluster.now > 40


def test_old_revisions_go_beyond_the_limit() -> None:
    cluster = running(stateful(replicas=1, revisionHistoryLimit=1))
    for number in range(2, 6):
        new_image(cluster, "sts", "web", f"registry.test/web:{number}")
        cluster.settle()
    assert sorted(each.revision for each in cluster.list("controllerrevisions")) == [4, 5]


def test_ordinals_may_begin_elsewhere() -> None:
    cluster = running(stateful(replicas=2, ordinals={"start": 3}))
    assert names(cluster) == ["web-3", "web-4"]
    cluster.patch("sts", "web", {"spec": {"ordinals": {"start": 2}}})
    cluster.settle()
    assert names(cluster) == ["web-2", "web-3"]


def bare(name: str, **labels: str) -> str:
    """A Pod that nobody owns."""
    meta = {"name": name, "labels": {"app": "web", **labels}}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template()["spec"]})


def test_a_pod_with_the_right_name_and_labels_is_adopted() -> None:
    cluster = running(bare("web-0"), bare("stray"), stateful(replicas=1, updateStrategy={"type": "OnDelete"}))
    owner = cluster.get("sts", "web")
    assert cluster.get("pod", "web-0").owned_by(owner)
    assert cluster.get("pod", "web-0").labels["statefulset.kubernetes.io/pod-name"] == "web-0"
    assert cluster.get("pod", "stray").owner is None


def test_a_pod_that_loses_its_labels_is_released_and_keeps_the_name_from_its_successor() -> None:
    cluster = running(stateful(replicas=1))
    cluster.patch("pod", "web-0", {"metadata": {"labels": {"app": "other"}}})
    cluster.settle()
    assert cluster.get("pod", "web-0").owner is None
    assert names(cluster) == ["web-0"]
    cluster.delete("pod", "web-0")
    cluster.settle().run(60)
    assert cluster.get("pod", "web-0").owned_by(cluster.get("sts", "web"))


def test_what_is_done_is_told() -> None:
    cluster = running(stateful(replicas=2))
    cluster.scale("sts/web", 1)
    cluster.settle()
    assert told(cluster, "StatefulSet") == [
        ("SuccessfulCreate", "create Pod web-0 in StatefulSet web successful"),
        ("SuccessfulCreate", "create Pod web-1 in StatefulSet web successful"),
        ("SuccessfulDelete", "delete Pod web-1 in StatefulSet web successful"),
    ]
    (source,) = {each.source.component for each in cluster.list("events") if each.reason.startswith("Successful")}
    assert source == "statefulset-controller"


def test_a_pod_that_is_refused_is_told_and_tried_again() -> None:
    name = "a" * 62
    cluster = running(stateful(name=name, replicas=1))
    ((reason, words),) = told(cluster, "StatefulSet")
    assert reason == "FailedCreate"
    assert words.startswith(f'create Pod {name}-0 in StatefulSet {name} failed error: Pod "{name}-0" is invalid: ')
    cluster.run(60)
    (event,) = [each for each in cluster.list("events") if each.reason == "FailedCreate"]
    assert event.count > 1


def test_all_goes_with_the_set_and_with_the_namespace() -> None:
    cluster = running(stateful())
    cluster.delete("sts", "web")
    cluster.settle()
    assert cluster.list("pods") == cluster.list("controllerrevisions") == ()
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "room"}})
    cluster.create(stateful(), namespace="room")
    cluster.settle()
    assert len(cluster.list("pods", "room")) == 3
    cluster.delete("namespace", "room")
    cluster.settle()
    assert [each.name for each in cluster.list("namespaces") if each.name == "room"] == []
    assert cluster.list("pods") == cluster.list("statefulsets") == cluster.list("controllerrevisions") == ()


def test_settled_is_settled() -> None:
    cluster = running(headless(), stateful())
    revision = cluster.revision
    assert cluster.settle().revision == revision


MOVES = st.one_of(
    st.tuples(st.just("scale"), st.integers(0, 4)),
    st.tuples(st.just("delete"), st.integers(0, 3)),
    st.tuples(st.just("image"), st.integers(1, 3)),
    st.tuples(st.just("run"), st.integers(1, 30)),
)


def played(cluster: Cluster, move: tuple[str, int]) -> None:
    """Make one move."""
    what, number = move
    if what == "scale":
        cluster.scale("sts/web", number)
    elif what == "image":
        new_image(cluster, "sts", "web", f"registry.test/web:{number}")
    elif what == "run":
        cluster.run(number / 10)
    elif any(pod.name == f"web-{number}" for pod in cluster.list("pods")):
        cluster.delete("pod", f"web-{number}")


@settings(max_examples=25)
@given(st.lists(MOVES, max_size=6), st.sampled_from(["OrderedReady", "Parallel"]))
def test_whatever_happens_the_wanted_pods_are_there_in_the_end_and_came_in_order(
    moves: list[tuple[str, int]], policy: str
) -> None:
    cluster = running(stateful(replicas=2, podManagementPolicy=policy))
    since = cluster.revision
    for move in moves:
        played(cluster, move)
    cluster.settle()
    found = cluster.get("sts", "web")
    wanted = [f"web-{number}" for number in range(found.spec.replicas)]
    assert [pod.name for pod in cluster.list("pods")] == wanted
    assert all(pod.ready and pod.spec.containers == found.spec.template.spec.containers for pod in cluster.list("pods"))
    status = found.status
    assert status.replicas == status.ready_replicas == status.updated_replicas == status.current_replicas == len(wanted)
    assert status.current_revision == status.update_revision
    if policy == "OrderedReady":
        _in_order(cluster, since)


def _in_order(cluster: Cluster, since: int) -> None:
    """Whoever was made found all before it there and Ready."""
    ready: dict[str, Any] = {pod.name: pod.ready for pod in cluster.at(since).list("pods")}
    for event in cluster.watch("pods", since=since):
        pod: Any = event.object
        if event.type == "ADDED":
            assert all(ready.get(f"web-{before}") for before in range(int(pod.name[4:])))
        ready[pod.name] = event.type != "DELETED" and pod.ready


def test_the_pairs_of_an_ordered_start_do_not_overlap() -> None:
    cluster = running(stateful(replicas=4))
    began = [cluster.get("pod", f"web-{number}") for number in range(4)]
    ready = [
        next(each.last_transition_time for each in pod.status.conditions if each.type == "Ready") for pod in began
    ]
    made = [pod.metadata.creation_timestamp for pod in began]
    assert all(earlier <= later for earlier, later in zip(ready, made[1:], strict=False))
    assert all(one < other for one, other in pairwise(made))


@pytest.mark.parametrize("names_taken", [1])
def test_another_ones_revision_of_the_same_name_is_counted_as_a_collision(names_taken: int) -> None:
    cluster = running(stateful(replicas=1))
    revision = cluster.list("controllerrevisions")[0]
    cluster.delete("sts", "web")
    cluster.settle()
    foreign = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": revision.name}}
    cluster.create({**foreign, "data": {"other": "data"}, "revision": 1})
    cluster.create(stateful(replicas=1))
    cluster.settle()
    assert cluster.get("sts", "web").status.collision_count == names_taken
    assert len(cluster.list("controllerrevisions")) == names_taken + 1


def test_the_pods_of_a_dump_without_revisions_are_left_as_they_are() -> None:
    cluster = running(headless(), stateful())
    kinds = ("nodes", "services", "statefulsets", "pods")
    dump = Cluster.from_dump([each.to_dict() for kind in kinds for each in cluster.list(kind)])
    before = [(pod.name, pod.metadata.uid) for pod in dump.list("pods")]
    dump.settle()
    assert [(pod.name, pod.metadata.uid) for pod in dump.list("pods")] == before
    (kept,) = dump.list("controllerrevisions")
    assert kept.name == dump.get("sts", "web").status.current_revision
    assert kept.owned_by(dump.get("sts", "web"))
    dump.scale("sts/web", 4)
    assert len(dump.settle().list("pods")) == 4
