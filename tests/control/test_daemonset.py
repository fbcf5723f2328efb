"""DaemonSets in a cluster: a Pod on each node."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from control_scenes import problems, running
from hypothesis import given, settings
from hypothesis import strategies as st
from set_scenes import daemon, images, new_image, template, told

from kdisco import Cluster


def bare_pod() -> str:
    """A Pod that nobody owns."""
    meta = {"name": "stray", "labels": {"app": "web"}}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template()["spec"]})


def spread(cluster: Cluster) -> dict[str, int]:
    """How many living daemons each node has."""
    return dict(Counter(pod.spec.node_name for pod in cluster.list("pods", "default") if not pod.deleting))


def join(cluster: Cluster, name: str, **labels: str) -> None:
    """A node comes."""
    meta = {"name": name, "labels": labels}
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": meta})


def counts(cluster: Cluster) -> tuple[int, int, int, int]:
    """Desired, current, ready, available."""
    status = cluster.get("ds", "agent").status
    return (
        status.desired_number_scheduled,
        status.current_number_scheduled,
        status.number_ready,
        status.number_available,
    )


def test_each_node_has_one_bound_by_the_scheduler() -> None:
    cluster = running(daemon(), nodes=3)
    assert spread(cluster) == {"node-1": 1, "node-2": 1, "node-3": 1}
    assert counts(cluster) == (3, 3, 3, 3)
    status = cluster.get("ds", "agent").status
    assert (status.updated_number_scheduled, status.number_unavailable, status.number_misscheduled) == (3, 0, 0)
    assert {each.reason for each in cluster.list("events") if each.involved_object.kind == "Pod"} >= {"Scheduled"}
    assert problems(cluster) == []


def test_a_node_that_comes_gets_one_and_one_that_goes_takes_its_own_along() -> None:
    cluster = running(daemon())
    join(cluster, "late")
    cluster.settle()
    assert spread(cluster) == {"node-1": 1, "node-2": 1, "late": 1}
    cluster.delete("node", "late")
    cluster.settle()
    assert counts(cluster)[0] == 2


def test_labels_and_taints_decide() -> None:
    cluster = running(daemon(template=template(nodeSelector={"disk": "ssd"})), nodes=3)
    assert (spread(cluster), counts(cluster)) == ({}, (0, 0, 0, 0))
    for name in ("node-1", "node-2"):
        cluster.patch("node", name, {"metadata": {"labels": {"disk": "ssd"}}})
    cluster.settle()
    assert spread(cluster) == {"node-1": 1, "node-2": 1}
    cluster.patch("node", "node-1", {"metadata": {"labels": {"disk": "hdd"}}})
    cluster.patch("node", "node-2", {"spec": {"taints": [{"key": "x", "effect": "NoExecute"}]}})
    cluster.settle()
    assert spread(cluster) == {}


def test_a_cordoned_node_gets_one_all_the_same() -> None:
    cluster = running()
    cluster.patch("node", "node-1", {"spec": {"unschedulable": True}})
    cluster.create(daemon())
    cluster.settle()
    assert spread(cluster) == {"node-1": 1, "node-2": 1}


def test_a_taint_of_no_schedule_sends_nobody_away() -> None:
    cluster = running(daemon())
    cluster.patch("node", "node-1", {"spec": {"taints": [{"key": "x", "effect": "NoSchedule"}]}})
    cluster.settle()
    assert spread(cluster) == {"node-1": 1, "node-2": 1}
    assert cluster.get("ds", "agent").status.number_misscheduled == 1
    assert counts(cluster) == (1, 1, 1, 1)


def test_a_pod_that_is_deleted_comes_back_on_its_node() -> None:
    cluster = running(daemon())
    gone = next(pod for pod in cluster.list("pods") if pod.spec.node_name == "node-2")
    cluster.delete("pod", gone.name)
    cluster.settle()
    assert spread(cluster) == {"node-1": 1, "node-2": 1}
    assert gone.name not in {pod.name for pod in cluster.list("pods")}


def fewest(cluster: Cluster, since: int) -> tuple[int, int]:
    """The fewest Ready and the most living daemons there were since a revision."""
    pods: dict[str, Any] = {pod.name: pod for pod in cluster.at(since).list("pods", "default")}
    ready, alive = [], []
    for event in cluster.watch("pods", "default", since=since):
        pods[event.object.name] = event.object
        if event.type == "DELETED":
            del pods[event.object.name]
        living = [pod for pod in pods.values() if not pod.deleting]
        ready.append(sum(pod.ready for pod in living))
        alive.append(len(living))
    return min(ready), max(alive)


def test_an_update_goes_node_by_node() -> None:
    cluster = running(daemon(), nodes=3)
    since = cluster.revision
    new_image(cluster, "ds", "agent", "registry.test/web:2")
    cluster.settle()
    assert set(images(cluster).values()) == {"2"}
    assert fewest(cluster, since) == (2, 3)
    assert cluster.get("ds", "agent").metadata.annotations["deprecated.daemonset.template.generation"] == "2"
    assert sorted(each.revision for each in cluster.list("controllerrevisions")) == [1, 2]


def test_with_a_surge_the_new_one_comes_before_the_old_one_goes() -> None:
    cluster = running(daemon(updateStrategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}), nodes=3)
    since = cluster.revision
    new_image(cluster, "ds", "agent", "registry.test/web:2")
    cluster.settle()
    assert set(images(cluster).values()) == {"2"}
    assert spread(cluster) == {"node-1": 1, "node-2": 1, "node-3": 1}
    assert fewest(cluster, since) == (3, 4)


def test_on_delete_an_update_waits_for_people() -> None:
    cluster = running(daemon(updateStrategy={"type": "OnDelete"}))
    new_image(cluster, "ds", "agent", "registry.test/web:2")
    cluster.settle()
    assert set(images(cluster).values()) == {"1"}
    assert cluster.get("ds", "agent").status.updated_number_scheduled == 0
    cluster.delete("pod", cluster.list("pods")[0].name)
    cluster.settle()
    assert sorted(images(cluster).values()) == ["1", "2"]


def test_going_back_makes_the_old_revision_the_newest() -> None:
    cluster = running(daemon(revisionHistoryLimit=1))
    first = cluster.list("controllerrevisions")[0].name
    for number in (2, 3, 1, 4):
        new_image(cluster, "ds", "agent", f"registry.test/web:{number}")
        cluster.settle()
    kept = {each.name: each.revision for each in cluster.list("controllerrevisions")}
    assert sorted(kept.values()) == [kept[max(kept, key=kept.__getitem__)] - 1, max(kept.values())]
    assert first in kept or len(kept) == 2


def test_min_ready_seconds_put_availability_off() -> None:
    cluster = running()
    cluster.create(daemon(minReadySeconds=30))
    cluster.run(10)
    assert counts(cluster) == (2, 2, 2, 0)
    cluster.settle()
    assert counts(cluster) == (2, 2, 2, 2)


def test_what_is_done_is_told() -> None:
    cluster = running(daemon(), nodes=1)
    (first,) = [pod.name for pod in cluster.list("pods")]
    new_image(cluster, "ds", "agent", "registry.test/web:2")
    cluster.settle()
    (second,) = [pod.name for pod in cluster.list("pods")]
    assert told(cluster, "DaemonSet") == [
        ("SuccessfulCreate", f"Created pod: {first}"),
        ("SuccessfulDelete", f"Deleted pod: {first}"),
        ("SuccessfulCreate", f"Created pod: {second}"),
    ]


def test_a_pod_that_has_ended_is_told_and_replaced() -> None:
    cluster = running(daemon(), nodes=1)
    (name,) = [pod.name for pod in cluster.list("pods")]
    cluster.patch("pod", name, {"status": {"phase": "Failed"}}, subresource="status")
    cluster.settle()
    words = f"Found failed daemon pod default/{name} on node node-1, will try to kill it"
    assert ("FailedDaemonPod", words) in told(cluster, "DaemonSet")
    assert name not in {pod.name for pod in cluster.list("pods")}
    assert spread(cluster) == {"node-1": 1}


def test_pods_that_are_refused_are_told() -> None:
    broken = template()
    cluster = running()
    document = json.loads(daemon(template=broken))
    document["metadata"]["name"] = "a" * 250
    document["metadata"]["namespace"] = "default"
    cluster.create(document)
    cluster.settle()
    assert all(len(pod.name) <= 63 for pod in cluster.list("pods"))
    assert spread(cluster) == {"node-1": 1, "node-2": 1}


def test_orphans_are_adopted_and_others_released() -> None:
    cluster = running(daemon(), nodes=1)
    (name,) = [pod.name for pod in cluster.list("pods")]
    cluster.patch("pod", name, {"metadata": {"labels": {"app": "other"}}})
    cluster.settle()
    assert cluster.get("pod", name).owner is None
    assert spread(cluster) == {"node-1": 2}
    cluster.patch("pod", name, {"metadata": {"labels": {"app": "web"}}})
    cluster.settle()
    assert spread(cluster) == {"node-1": 1}
    assert cluster.list("pods")[0].owned_by(cluster.get("ds", "agent"))


def test_without_a_selector_nobody_is_taken_and_one_of_all_is_told() -> None:
    bare = json.loads(bare_pod())
    document: dict[str, Any] = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "uid": "u"}}
    rows: tuple[tuple[dict[str, Any], list[str]], ...] = (({}, []), ({"selector": {}}, ["SelectingAll"]))
    for spec, heard in rows:
        cluster = Cluster.from_dump([bare, {**document, "spec": spec}]).settle()
        assert cluster.get("pod", "stray").owner is None
        assert [reason for reason, _ in told(cluster, "DaemonSet")] == heard


def test_all_goes_with_the_set() -> None:
    cluster = running(daemon())
    cluster.delete("daemonset", "agent")
    cluster.settle()
    assert cluster.list("pods") == cluster.list("controllerrevisions") == ()


def test_settled_is_settled() -> None:
    cluster = running(daemon(), nodes=4)
    revision = cluster.revision
    assert cluster.settle().revision == revision


MOVES = st.one_of(
    st.tuples(st.sampled_from(["label", "unlabel", "taint", "untaint", "cordon", "kill"]), st.integers(1, 3)),
    st.tuples(st.just("image"), st.integers(1, 3)),
    st.tuples(st.just("run"), st.integers(1, 30)),
)
PATCHES: dict[str, Any] = {
    "label": {"metadata": {"labels": {"off": "yes"}}},
    "unlabel": {"metadata": {"labels": {"off": None}}},
    "taint": {"spec": {"taints": [{"key": "x", "effect": "NoExecute"}]}},
    "untaint": {"spec": {"taints": None}},
    "cordon": {"spec": {"unschedulable": True}},
}


def played(cluster: Cluster, what: str, number: int) -> None:
    """Make one move."""
    if what in PATCHES:
        cluster.patch("node", f"node-{number}", PATCHES[what])
    elif what == "image":
        new_image(cluster, "ds", "agent", f"registry.test/web:{number}")
    elif what == "run":
        cluster.run(number / 10)
    else:
        for pod in cluster.list("pods", "default")[:number]:
            cluster.delete("pod", pod.name)


@settings(max_examples=25)
@given(st.lists(MOVES, max_size=6), st.sampled_from([{}, {"maxSurge": 1, "maxUnavailable": 0}, {"maxUnavailable": 2}]))
def test_whatever_happens_every_fitting_node_has_exactly_one_in_the_end(
    moves: list[tuple[str, int]], numbers: dict[str, int]
) -> None:
    required = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "off", "operator": "DoesNotExist"}]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    strategy: dict[str, Any] = {"updateStrategy": {"rollingUpdate": numbers}} if numbers else {}
    cluster = running(daemon(template=template(affinity=affinity), **strategy), nodes=3)
    for move in moves:
        played(cluster, *move)
    cluster.settle()
    fitting = [
        node.name
        for node in cluster.list("nodes")
        if "off" not in node.labels and all(taint.key != "x" for taint in node.spec.taints)
    ]
    assert spread(cluster) == dict.fromkeys(fitting, 1)
    image = cluster.get("ds", "agent").spec.template.spec.containers[0].image.rpartition(":")[2]
    assert set(images(cluster).values()) <= {image}
    assert counts(cluster) == (len(fitting),) * 4
