"""ReplicaSets: so many Pods of one template."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from control_scenes import context_of, made, owned, pod, problems, running, told, view_of, writes_of

from kdisco import Cluster
from kdisco.control.controller import Later, Tell, Try
from kdisco.control.replicaset import CONTROLLER
from kdisco.errors import ApiError, Forbidden
from kdisco.store.events import Request


def replica_set(replicas: int = 2, name: str = "set", labels: dict[str, str] | None = None, **spec: Any) -> str:
    """A bare ReplicaSet's manifest."""
    wanted = labels or {"app": "web"}
    template = {
        "metadata": {"labels": wanted},
        "spec": {"containers": [{"name": "web", "image": "registry.test/web:1"}]},
    }
    full = {"replicas": replicas, "selector": {"matchLabels": wanted}, "template": template, **spec}
    return json.dumps({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name}, "spec": full})


def bare_pod(name: str, **meta: Any) -> str:
    """A Pod that nobody owns."""
    full = {"name": name, "labels": {"app": "web"}, **meta}
    spec = {"containers": [{"name": "web", "image": "registry.test/web:1"}]}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": full, "spec": spec})


def living(cluster: Cluster) -> list[Any]:
    """The Pods that are not on their way out."""
    return [each for each in cluster.list("pods") if not each.deleting]


@pytest.mark.parametrize("replicas", [0, 1, 7])
def test_there_are_as_many_pods_as_wanted(replicas: int) -> None:
    cluster = running(replica_set(replicas))
    found = cluster.get("replicaset", "set")
    assert len(living(cluster)) == found.status.replicas == found.status.ready_replicas == replicas
    assert found.status.available_replicas == found.status.fully_labeled_replicas == replicas
    assert all(each.name.startswith("set-") and len(each.name) == 9 for each in living(cluster))
    assert all(each.owned_by(found) for each in living(cluster))


def test_a_pod_that_goes_is_replaced_at_once() -> None:
    cluster = running(replica_set())
    gone = living(cluster)[0].name
    cluster.delete("pod", gone)
    cluster.run(0.2)
    assert cluster.get("pod", gone).deleting
    assert len(living(cluster)) == 2


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_finished_pod_does_not_count(phase: str) -> None:
    cluster = running(replica_set())
    cluster.patch("pod", living(cluster)[0].name, {"status": {"phase": phase}}, subresource="status")
    cluster.settle()
    assert len([each for each in living(cluster) if not each.finished]) == 2


def test_a_matching_orphan_is_adopted_and_keeps_its_other_owners() -> None:
    other = {"apiVersion": "v1", "kind": "Node", "name": "node-1", "uid": ""}
    cluster = running()
    other["uid"] = cluster.get("node", "node-1").metadata.uid
    cluster.create(bare_pod("orphan", ownerReferences=[other]))
    cluster.create(replica_set(1))
    cluster.settle()
    (only,) = living(cluster)
    assert only.name == "orphan"
    assert only.owned_by(cluster.get("replicaset", "set"))
    assert [ref.kind for ref in only.metadata.owner_references] == ["ReplicaSet", "Node"]  # as a patch adds it


def test_surplus_orphans_are_adopted_and_then_go() -> None:
    cluster = running(*(bare_pod(f"orphan-{i}") for i in range(3)), replica_set(1))
    assert len(living(cluster)) == 1


def test_a_pod_whose_label_changes_is_let_go_and_replaced() -> None:
    cluster = running(replica_set())
    freed = living(cluster)[0].name
    cluster.patch("pod", freed, {"metadata": {"labels": {"app": "debug"}}})
    cluster.settle()
    assert cluster.get("pod", freed).owner is None
    assert len(living(cluster)) == 3
    assert cluster.get("replicaset", "set").status.replicas == 2


def test_another_owners_pods_are_left_alone() -> None:
    cluster = running(replica_set(2, "one"), replica_set(3, "two"))
    counts = [
        len([each for each in living(cluster) if each.owned_by(cluster.get("rs", name))]) for name in ("one", "two")
    ]
    assert counts == [2, 3]


def test_more_than_five_hundred_are_made_in_several_goes() -> None:
    found = made("ReplicaSet", "set", {"replicas": 600, "selector": {"matchLabels": {"app": "web"}}})
    writes = writes_of(CONTROLLER, context_of(found), found.key)
    assert sum(isinstance(each, Request) and each.verb == "create" for each in writes) == 500


def test_surplus_pods_go_in_the_order_of_the_victims() -> None:
    found = made("ReplicaSet", "set", {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}})
    pods = [pod(name, node="n1", ready=name == "b", ownerReferences=owned(found)) for name in "abc"]
    writes = writes_of(CONTROLLER, context_of(found, *pods), found.key)
    deleted = [each.name for each in writes if isinstance(each, Request) and each.verb == "delete"]
    assert deleted == ["a", "c"]


def test_a_pod_is_available_after_so_many_seconds_of_being_ready() -> None:
    cluster = running(replica_set(minReadySeconds=30))
    found = cluster.get("replicaset", "set")
    assert found.status.available_replicas == 2
    (ready, available) = _moments(cluster)
    assert 29 <= available - ready <= 31.1


def _moments(cluster: Cluster) -> tuple[float, float]:
    """When the ReplicaSet was first ready and first available."""
    times: dict[str, float] = {}
    for moment in cluster.history:
        found = moment.state.view.get("replicasets", ("default", "set"))
        for name in ("ready_replicas", "available_replicas"):
            if found is not None and getattr(found.status, name) == 2:
                times.setdefault(name, moment.state.now)
    return times["ready_replicas"], times["available_replicas"]


def test_a_timer_in_the_midst_of_own_writes_makes_nothing_twice() -> None:
    found = made(
        "ReplicaSet", "set", {"replicas": 2, "minReadySeconds": 5, "selector": {"matchLabels": {"app": "web"}}}
    )
    seen = context_of(found)
    behind = evolve(seen, stored=view_of(found, pod("a", ownerReferences=owned(found))))
    assert [type(each) for each in writes_of(CONTROLLER, behind, found.key)] == [Later]
    assert len([each for each in writes_of(CONTROLLER, seen, found.key) if isinstance(each, Request)]) == 3


def test_pods_without_the_templates_other_labels_are_not_fully_labelled() -> None:
    cluster = running(bare_pod("orphan"))
    template = {
        "metadata": {"labels": {"app": "web", "tier": "x"}},
        "spec": {"containers": [{"name": "w", "image": "i"}]},
    }
    cluster.create(replica_set(2, template=template))
    cluster.settle()
    status = cluster.get("replicaset", "set").status
    assert (status.replicas, status.fully_labeled_replicas) == (2, 1)


def test_a_deletion_that_comes_too_late_is_no_problem() -> None:
    cluster = running(replica_set(3))
    cluster.hold("replicaset")
    for each in living(cluster)[:2]:
        cluster.delete("pod", each.name, grace_period=0)
    cluster.scale("replicaset/set", 0)
    cluster.release("replicaset").settle()
    assert living(cluster) == []
    assert problems(cluster) == []


def test_pods_that_are_made_and_deleted_are_told_of() -> None:
    cluster = running(replica_set(2))
    made_now = [f"Created pod: {each.name}" for each in living(cluster)]
    assert sorted(told(cluster, "ReplicaSet")) == sorted(("SuccessfulCreate", words) for words in made_now)
    cluster.scale("replicaset/set", 0)
    gone = [("SuccessfulDelete", f"Deleted pod: {each.name}") for each in living(cluster)]
    cluster.settle()
    assert sorted(told(cluster, "ReplicaSet")[2:]) == sorted(gone)
    assert {each.source.component for each in cluster.list("events") if each.involved_object.kind == "ReplicaSet"} == {
        "replicaset-controller"
    }


def refusing(found: Any, refusal: ApiError, after: int) -> tuple[int, list[Any]]:
    """How often a Pod is asked for when all but the first ``after`` are refused, and what else is asked for."""
    work: Any = CONTROLLER.reconcile(context_of(found), found.key)
    tries, others = 0, []
    asked = next(work, None)
    while asked is not None:
        try:
            if isinstance(asked, Try):
                tries += 1
                asked = work.send(asked.request.body) if tries <= after else work.throw(refusal)
            else:
                others.append(asked)
                asked = next(work)
        except StopIteration:
            break
    return tries, others


@pytest.mark.parametrize(("fine", "tries"), [(0, 1), (1, 3), (2, 3), (3, 7), (6, 7), (7, 10), (10, 10)])
def test_pods_are_made_in_batches_that_grow_until_one_is_refused(fine: int, tries: int) -> None:
    found = made("ReplicaSet", "set", {"replicas": 10, "selector": {"matchLabels": {"app": "web"}}})
    asked, others = refusing(found, Forbidden("pods is forbidden: no"), fine)
    assert asked == tries
    reasons = [each.reason for each in others if isinstance(each, Tell)]
    assert reasons == ["SuccessfulCreate"] * fine + ["FailedCreate"] * (tries - fine)


def test_a_refusal_is_a_condition_that_is_tried_again_ever_more_seldom() -> None:
    found = made("ReplicaSet", "set", {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}})
    _, others = refusing(found, Forbidden("pods is forbidden: no"), 0)
    told_of, write, later = others
    assert (told_of.type, told_of.message) == ("Warning", "Error creating: pods is forbidden: no")
    (failure,) = write.body.status.conditions
    assert (failure.type, failure.status, failure.reason) == ("ReplicaFailure", "True", "FailedCreate")
    assert failure.message == "pods is forbidden: no"
    assert later == Later(1.0, background=True)
    failing = evolve(found, status=write.body.status)
    _, others = refusing(failing, Forbidden("another reason"), 0)
    assert [type(each) for each in others] == [Tell, Later]
    _, others = refusing(failing, Forbidden("none"), 9)
    assert others[-1].body.status.conditions == ()


def test_in_a_namespace_that_is_going_nobody_is_told() -> None:
    found = made("ReplicaSet", "set", {"replicas": 4, "selector": {"matchLabels": {"app": "web"}}})
    refusal = Forbidden("no", {"causes": [{"reason": "NamespaceTerminating", "message": "", "field": ""}]})
    tries, others = refusing(found, refusal, 0)
    assert tries == 4
    assert [each.body.status.conditions for each in others] == [()]


def test_what_cannot_be_made_is_made_once_it_can_be() -> None:
    cluster = running(replica_set(2))
    document = cluster.get("rs", "set").to_dict()
    document["spec"]["template"]["spec"]["containers"] = []
    broken = Cluster.from_dump([document], nodes=1).settle()
    found = broken.get("rs", "set")
    assert [each.reason for each in found.status.conditions] == ["FailedCreate"]
    (event, *_) = told(broken, "ReplicaSet")
    assert event[0] == "FailedCreate"
    assert event[1].startswith('Error creating: Pod "set-')
    assert broken.list("pods") == ()
    broken.run(100)
    assert 4 <= len(told(broken, "ReplicaSet")) <= 12
    good = cluster.get("rs", "set").to_dict()["spec"]["template"]["spec"]["containers"]
    broken.patch("rs", "set", {"spec": {"template": {"spec": {"containers": good}}}})
    broken.settle()
    assert len(living(broken)) == 2
    assert broken.get("rs", "set").status.conditions == ()


def test_pods_on_their_way_out_are_counted() -> None:
    cluster = running(replica_set(2))
    cluster.scale("replicaset/set", 1)
    cluster.run(0.1)
    status = cluster.get("rs", "set").status
    assert (status.replicas, status.terminating_replicas) == (1, 1)
    cluster.settle()
    assert cluster.get("rs", "set").to_dict()["status"]["terminatingReplicas"] == 0


def test_without_an_owner_neighbours_do_not_count() -> None:
    found = made("ReplicaSet", "set", {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}})
    owner = made("Deployment", "web")
    ranked = found.with_meta(owner_references=(owner.reference(),))
    times = {"a": "2026-01-01T00:00:03Z", "b": "2026-01-01T00:00:01Z", "c": "2026-01-01T00:00:01Z"}
    pods = [
        pod(name, node="n2" if name == "a" else "n1", since=since, ownerReferences=owned(found))
        for name, since in times.items()
    ]
    gone = []
    for each in (found, ranked):
        context = evolve(context_of(each, *pods), now=4.0)
        writes = writes_of(CONTROLLER, context, each.key)
        gone.append([one.name for one in writes if isinstance(one, Request) and one.verb == "delete"])
    assert gone[0] == ["a"]
    assert gone[1] == ["b"]
