"""Objects and their time: read, write, let things happen, go back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front, running

from kdisco import ApiError, Cluster, KdiscoError, NotFound
from kdisco.errors import BadRequest, Conflict, Expired, Invalid, Timeout, UsageError
from kdisco.store.events import Deliver, Reconcile, Release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kdisco.store.state import State

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "a"},
    "spec": {"containers": [{"name": "w", "image": "i"}]},
}
DUMP = [
    {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "spec": {"podCIDR": "10.244.7.0/24"}},
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "namespace": "default", "labels": {"app": "web"}},
        "spec": {"nodeName": "n1", "containers": [{"name": "w", "image": "i"}]},
        "status": {"phase": "Running", "podIP": "10.244.7.9", "conditions": [{"type": "Ready", "status": "True"}]},
    },
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"clusterIP": "10.96.0.7", "selector": {"app": "web"}, "ports": [{"port": 80}]},
    },
    {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "agent"}},
]


def web() -> Cluster:
    """Two Pods behind a Service."""
    return running(deployment(), front())


BASE = web()
REFUSED: dict[str, Callable[[Cluster], object]] = {
    "an unknown kind": lambda c: c.get("widget", "a"),
    "a kind that is no text": lambda c: c.list(5),  # type: ignore[arg-type]  # wrong on purpose
    "a name that is no text": lambda c: c.get("pod", 5),  # type: ignore[arg-type]  # wrong on purpose
    "no name": lambda c: c.get("pod", None),  # type: ignore[arg-type]  # wrong on purpose
    "a namespace that is no text": lambda c: c.get("pod", "a", 5),  # type: ignore[arg-type]  # wrong on purpose
    "a list of a namespace that is no text": lambda c: c.list("pods", namespace=5),  # type: ignore[arg-type]  # wrong on purpose
    "a selector that is no text": lambda c: c.list("pods", selector=5),  # type: ignore[arg-type]  # wrong on purpose
    "a selector that does not parse": lambda c: c.list("pods", selector="a in ("),
    "a watch since a word": lambda c: c.watch("pods", since="x"),  # type: ignore[arg-type]  # wrong on purpose
    "a watch since before all": lambda c: c.watch("pods", since=-1),
    "a missing object": lambda c: c.get("pod", "nobody"),
    "nothing to create": lambda c: c.create(""),
    "a manifest that is no document": lambda c: c.create(5),  # type: ignore[arg-type]  # wrong on purpose
    "a text that is no manifest": lambda c: c.create("hello"),
    "a missing file": lambda c: c.create("missing.yaml"),
    "a namespace to create in that is no text": lambda c: c.create(POD, namespace=5),  # type: ignore[arg-type]  # wrong on purpose
    "a missing namespace": lambda c: c.create(POD, namespace="nowhere"),
    "an object twice": lambda c: c.create(deployment()),
    "a good and a bad one": lambda c: c.create([POD, {**POD, "metadata": {"name": "_"}}]),
    "a good one and one of an unknown kind": lambda c: c.create([POD, {"apiVersion": "v1", "kind": "X"}]),
    "a patch of an unknown type": lambda c: c.patch("deployment", "web", {}, type="apply"),
    "a patch of an unknown subresource": lambda c: c.patch("deployment", "web", {}, subresource="binding"),
    "a patch that is no patch": lambda c: c.patch("deployment", "web", 5),
    "a patch of nobody": lambda c: c.patch("deployment", "nobody", {}),
    "a patch of a name that is no text": lambda c: c.patch("deployment", 5, {}),  # type: ignore[arg-type]  # wrong on purpose
    "a patch that breaks a rule": lambda c: c.patch("deployment", "web", {"spec": {"replicas": -1}}),
    "a scale to a word": lambda c: c.scale("deployment/web", "3"),  # type: ignore[arg-type]  # wrong on purpose
    "a scale to true": lambda c: c.scale("deployment/web", True),  # noqa: FBT003 - what is refused
    "a scale below zero": lambda c: c.scale("deployment/web", -1),
    "a scale of a service": lambda c: c.scale("service/web", 1),
    "a scale of a bare name": lambda c: c.scale("web", 1),
    "a scale of nobody": lambda c: c.scale("deployment/nobody", 1),
    "a deletion of nobody": lambda c: c.delete("pod", "nobody"),
    "a deletion of a name that is no text": lambda c: c.delete("pod", 5),  # type: ignore[arg-type]  # wrong on purpose
    "a grace period that is a word": lambda c: c.delete("service", "web", grace_period="x"),  # type: ignore[arg-type]  # wrong on purpose
    "a grace period below zero": lambda c: c.delete("service", "web", grace_period=-1),
    "a run of a word": lambda c: c.run("x"),  # type: ignore[arg-type]  # wrong on purpose
    "a run back": lambda c: c.run(-1),
    "a run for ever": lambda c: c.run(math.inf),
    "a run of no number": lambda c: c.run(math.nan),
    "a revision below zero": lambda c: c.at(-1),
    "a revision to come": lambda c: c.at(10**9),
    "a revision that is a word": lambda c: c.at("x"),  # type: ignore[arg-type]  # wrong on purpose
    "a revision of before the beginning": lambda c: c.at(0),
    "a difference to a word": lambda c: c.diff("x", 1),  # type: ignore[arg-type]  # wrong on purpose
    "an unknown component": lambda c: c.hold("kube-prox"),
    "a component that is no text": lambda c: c.hold(5),  # type: ignore[arg-type]  # wrong on purpose
    "a component of a missing node": lambda c: c.hold("kube-proxy@node-9"),
    "one instance of a controller": lambda c: c.hold("deployment@node-1"),
    "the release of an unknown component": lambda c: c.release("x"),
    "an observer that cannot be called": lambda c: c.observe(5),  # type: ignore[arg-type]  # wrong on purpose
}


@pytest.mark.parametrize("ask", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_leaves_everything_unchanged(ask: Callable[[Cluster], object]) -> None:
    cluster = BASE.branch()
    tables, now, revision = cluster.state.tables, cluster.now, cluster.revision
    with pytest.raises(KdiscoError):
        ask(cluster)
    assert (cluster.now, cluster.revision) == (now, revision)
    assert cluster.state.tables == tables
    assert cluster.settle().revision == revision


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"node": 3}, "node: no such setting"),
        ({"nodes": -1}, "nodes: -1"),
        ({"nodes": "3"}, "nodes: '3'"),
        ({"pod_cidr": "x"}, "pod_cidr: 'x'"),
        ({"service_cidr": "10.96.0.0/33"}, "service_cidr"),
    ],
)
def test_a_cluster_that_cannot_be_is_a_usage_error(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Cluster(**settings)
    with pytest.raises(UsageError, match=words):
        Cluster.from_dump([], **settings)


@pytest.mark.parametrize(("command", "name"), [("create", "create"), ("apply", "apply"), ("replace", "replace")])
def test_a_command_without_objects_says_its_name(command: str, name: str) -> None:
    with pytest.raises(UsageError, match=f"^error: no objects passed to {name}$"):
        getattr(BASE.branch(), command)("---\n")


# Reading


def test_objects_are_found_by_any_name_of_their_kind() -> None:
    found = BASE.get("svc", "web")
    assert all(BASE.get(kind, "web") is found for kind in ("services", "service", "Service"))


def test_the_namespace_is_ignored_for_kinds_that_have_none() -> None:
    assert BASE.get("node", "node-1", namespace="elsewhere").name == "node-1"
    assert len(BASE.list("nodes", namespace="elsewhere")) == 2


@pytest.mark.parametrize("selector", ["app=web", {"app": "web"}, "app in (web, x)", "app,!tier"])
def test_a_list_is_of_one_namespace_or_all_and_of_these_labels(selector: Any) -> None:
    assert len(BASE.list("pods", selector=selector)) == 2
    assert BASE.list("pods", namespace="kube-system", selector=selector) == ()
    assert [each.key for each in BASE.list("pods")] == sorted(each.key for each in BASE.list("pods"))


def test_a_watch_is_of_what_came_after() -> None:
    cluster = web()
    since = cluster.revision
    assert cluster.watch("pods") == cluster.watch("pods", since=since) == ()
    cluster.scale("deployment/web", 3)
    cluster.settle()
    types = [event.type for event in cluster.watch("pods", since=since)]
    assert (types[0], {*types[1:]}) == ("ADDED", {"MODIFIED"})
    with pytest.raises(Expired) as caught:
        cluster.watch("pods", since=1)
    assert caught.value.message == f"too old resource version: 1 ({cluster.history.oldest})"


def test_a_watch_of_any_version_begins_with_what_there_is() -> None:
    cluster = web()
    pods = cluster.list("pods", namespace="default")
    for sent in (cluster.watch("pods", "default", since=0), cluster.watch("pods", "default", initial=True)):
        assert [(event.type, event.object) for event in sent] == [("ADDED", pod) for pod in pods]
    assert pods.resource_version == str(cluster.revision)
    *_, end = cluster.watch("pods", initial=True, bookmarks=True)
    assert (end.type, end.object.metadata.annotations) == ("BOOKMARK", {"k8s.io/initial-events-end": "true"})
    (mark,) = cluster.watch("pods", bookmarks=True)
    assert (mark.object.metadata.resource_version, mark.object.metadata.annotations) == (pods.resource_version, {})


def test_a_watch_of_the_future_times_out_and_one_of_the_forgotten_past_is_gone() -> None:
    cluster = web()
    with pytest.raises(Timeout, match=f"Too large resource version: 1000000, current: {cluster.revision}"):
        cluster.watch("pods", since=10**6)
    since = cluster.revision
    cluster.scale("deployment/web", 3)
    cluster.settle()
    cluster.compact(since + 1)
    with pytest.raises(Expired):
        cluster.watch("pods", since=since)
    assert cluster.watch("pods", since=since + 1)


def test_fields_select_too() -> None:
    cluster = web()
    pod = cluster.list("pods", namespace="default")[0]
    assert cluster.list("pods", field_selector=f"metadata.name={pod.name}") == (pod,)
    with pytest.raises(BadRequest, match=r"field label not supported: spec\.image"):
        cluster.list("pods", field_selector="spec.image=x")


def test_whoever_reads_or_writes_endpoints_is_warned() -> None:
    cluster = web()
    words = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
    cluster.list("pods")
    cluster.list("endpoints")
    assert cluster.warnings == (words,)
    cluster.create({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "mine"}})
    assert cluster.warnings == (words,)
    cluster.delete("service", "web")
    assert not cluster.warnings


# Writing


def test_one_document_gives_an_object_and_several_a_tuple() -> None:
    cluster = running()
    assert cluster.create(POD).name == "a"
    both = cluster.create([{**POD, "metadata": {"name": "b"}}, {**POD, "metadata": {"name": "c"}}])
    assert [each.name for each in both] == ["b", "c"]


def test_a_document_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(deployment(), encoding="utf-8")
    assert running(str(file)).create(POD).name == "a"


def test_a_later_document_may_build_on_an_earlier_one() -> None:
    cluster = running()
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    made = cluster.create([space, {**POD, "metadata": {"name": "a", "namespace": "shop"}}])
    assert [each.key for each in made] == [("", "shop"), ("shop", "a")]


def test_nothing_reacts_to_a_write_before_time_moves() -> None:
    cluster = running()
    cluster.create(deployment())
    assert cluster.list("replicasets") == ()
    assert cluster.now == cluster.at(cluster.revision).now


DRY: dict[str, Callable[[Cluster], Any]] = {
    "create": lambda c: c.create(POD, dry_run=True),
    "apply": lambda c: c.apply(deployment(replicas=9), dry_run=True),
    "replace": lambda c: c.replace(c.get("service", "web").to_dict() | {"metadata": {"name": "web"}}, dry_run=True),
    "patch": lambda c: c.patch("deployment", "web", {"spec": {"replicas": 9}}, dry_run=True),
    "scale": lambda c: c.scale("deployment/web", 9, dry_run=True),
    "delete": lambda c: c.delete("deployment", "web", dry_run=True),
}


@pytest.mark.parametrize("ask", DRY.values(), ids=DRY.keys())
def test_a_dry_run_answers_and_stores_nothing(ask: Callable[[Cluster], Any]) -> None:
    cluster = BASE.branch()
    tables = cluster.state.tables
    assert ask(cluster).name in ("a", "web")
    assert cluster.state.tables == tables
    assert cluster.settle().revision == BASE.revision


def test_a_stale_replace_is_a_conflict() -> None:
    cluster = web()
    old = cluster.get("deployment", "web").to_dict()
    cluster.scale("deployment/web", 3)
    with pytest.raises(Conflict):
        cluster.replace(old)


def test_the_status_has_a_door_of_its_own() -> None:
    cluster = web()
    cluster.patch("deployment", "web", {"status": {"replicas": 77}})
    assert cluster.get("deployment", "web").status.replicas == 2
    cluster.patch("deployment", "web", {"status": {"replicas": 77}, "spec": {"replicas": 9}}, subresource="status")
    found = cluster.get("deployment", "web")
    assert (found.status.replicas, found.spec.replicas) == (77, 2)
    assert cluster.settle().get("deployment", "web").status.replicas == 2


def test_an_error_has_a_status_and_words() -> None:
    with pytest.raises(ApiError) as caught:
        BASE.branch().create({**POD, "metadata": {"name": "Bad_Name"}})
    assert isinstance(caught.value, Invalid)
    assert caught.value.status == 422
    assert caught.value.details["kind"] == "Pod"


# Time


def test_settle_ends_when_nothing_can_change_and_steps_lead_there_too() -> None:
    one, other = running(), running()
    for cluster in (one, other):
        cluster.create(deployment())
    one.settle()
    while other.step() is not None:
        pass
    assert one.state.tables == other.state.tables
    assert one.now == other.now
    assert one.step() is None


def test_a_run_lasts_as_long_as_it_says() -> None:
    cluster = running()
    cluster.create(deployment())
    began = cluster.now
    for seconds in (0.5, 0, 2, 0.25):
        cluster.run(seconds)
    assert cluster.now == pytest.approx(began + 2.75)
    assert cluster.get("deployment", "web").status.ready_replicas == 2


def test_two_short_runs_are_one_long_run() -> None:
    one, other = running(), running()
    for cluster in (one, other):
        cluster.create(deployment())
    one.run(1.5)
    other.run(0.7).run(0.8)
    assert one.state.tables == other.state.tables


def test_a_step_says_what_happened() -> None:
    cluster = web()
    cluster.scale("deployment/web", 3)
    moments = [cluster.step(), cluster.step()]
    assert [moment.event for moment in moments if moment] == [Deliver("deployment"), Reconcile("deployment")]


# Dumps


def test_the_controllers_of_a_dump_rest_until_it_is_settled() -> None:
    cluster = Cluster.from_dump(DUMP)
    revision, tables = cluster.revision, cluster.state.tables
    cluster.run(100)
    assert cluster.step() is None
    assert (cluster.now, cluster.revision) == (100.0, revision)
    assert cluster.state.tables == tables
    cluster.settle()
    (found,) = cluster.list("endpointslice", selector="kubernetes.io/service-name=web")
    assert [each.addresses for each in found.endpoints] == [("10.244.7.9",)]


def test_a_write_to_a_dump_wakes_nobody_but_those_who_read() -> None:
    cluster = Cluster.from_dump(DUMP)
    cluster.create(front("other"))
    cluster.run(5)
    assert cluster.list("endpointslices") == ()
    assert cluster.state.seen_by("coredns").get("services", ("default", "other")) is not None
    assert cluster.branch().settle().list("endpoints") != ()
    assert cluster.at(cluster.revision).run(5).list("endpoints") == ()


def test_what_was_held_by_hand_stays_held_when_a_dump_settles() -> None:
    cluster = Cluster.from_dump(DUMP).hold("endpointslice")
    assert cluster.settle().list("endpointslices") == ()
    assert cluster.list("endpoints") != ()
    assert cluster.release("endpointslice").settle().list("endpointslices") != ()


def test_settling_a_dump_is_one_event_in_its_history() -> None:
    cluster = Cluster.from_dump(DUMP).settle()
    releases = [moment.event for moment in cluster.history if isinstance(moment.event, Release)]
    assert len(releases) == 1
    cluster.settle()
    assert len([moment for moment in cluster.history if isinstance(moment.event, Release)]) == 1


def test_kinds_that_the_model_lacks_are_named() -> None:
    cluster = Cluster.from_dump(DUMP)
    assert cluster.ignored == ("Job/agent",)
    assert cluster.branch().ignored == cluster.at(cluster.revision).ignored == cluster.ignored


@pytest.mark.parametrize(
    "source",
    [5, [5], "hello", "missing.yaml", [{"kind": "Pod"}], [{}], [{"apiVersion": "v1", "kind": "Pod", "spec": 5}]],
)
def test_what_is_no_dump_is_refused(source: Any) -> None:
    with pytest.raises(KdiscoError):
        Cluster.from_dump(source)


def test_an_empty_dump_is_an_empty_cluster() -> None:
    cluster = Cluster.from_dump([]).settle()
    assert cluster.list("pods") == cluster.list("services") == cluster.list("nodes") == ()


def test_without_kubelets_a_dumps_pods_stay_as_they_are() -> None:
    cluster = Cluster.from_dump(DUMP, kubelets=False).settle()
    cluster.delete("pod", "a")
    cluster.settle().run(1000)
    assert cluster.get("pod", "a").deleting
    (found,) = cluster.list("endpointslice", selector="kubernetes.io/service-name=web")
    (endpoint,) = found.endpoints
    assert (endpoint.ready, endpoint.serving, endpoint.terminating) == (False, True, True)


# The past


def test_undo_goes_back_to_before_the_last_write_and_all_that_followed() -> None:
    cluster = web()
    before = cluster.state
    cluster.scale("deployment/web", 5)
    cluster.settle().run(10)
    cluster.undo()
    assert cluster.state.tables == before.tables
    assert cluster.now == before.now


def test_undo_takes_back_one_write_after_the_other_and_then_has_none() -> None:
    cluster = web()
    for replicas in (3, 4):
        cluster.scale("deployment/web", replicas)
    sizes = []
    for _ in range(2):
        cluster.undo()
        sizes.append(cluster.get("deployment", "web").spec.replicas)
    assert sizes == [3, 2]
    cluster.undo().undo()  # the two manifests
    with pytest.raises(UsageError, match="nothing to undo"):
        cluster.undo()


def test_several_documents_are_taken_back_together() -> None:
    cluster = running()
    cluster.create([POD, {**POD, "metadata": {"name": "b"}}])
    assert cluster.undo().list("pods") == ()


@pytest.mark.parametrize("idle", [*DRY.values(), lambda c: c.apply(deployment()) and c.scale("deployment/web", 4)])
def test_what_stored_nothing_is_no_write_to_take_back(idle: Callable[[Cluster], Any]) -> None:
    cluster = web()
    cluster.apply(deployment())
    cluster.scale("deployment/web", 4)
    idle(cluster)
    assert cluster.undo().get("deployment", "web").spec.replicas == 2


def test_a_refused_write_is_no_write_to_take_back() -> None:
    cluster = web()
    cluster.scale("deployment/web", 4)
    with pytest.raises(NotFound):
        cluster.delete("pod", "nobody")
    assert cluster.undo().get("deployment", "web").spec.replicas == 2


def test_a_branch_goes_its_own_way() -> None:
    cluster = web()
    revision = cluster.revision
    other = cluster.branch()
    other.scale("deployment/web", 5)
    other.settle()
    assert cluster.revision == revision
    assert len(cluster.list("pods")) == 2
    cluster.delete("deployment", "web")
    cluster.settle()
    assert len(other.list("pods")) == 5
    assert other.undo().get("deployment", "web").spec.replicas == 2


def test_a_look_back_is_a_cluster_of_its_own() -> None:
    cluster = web()
    revision = cluster.revision
    cluster.scale("deployment/web", 5)
    cluster.settle()
    past = cluster.at(revision)
    assert (past.revision, len(past.list("pods"))) == (revision, 2)
    past.delete("service", "web")
    past.settle()
    assert cluster.get("service", "web").name == "web"
    assert cluster.revision > revision


def test_every_revision_can_be_returned_to_and_lived_on_from() -> None:
    cluster = web()
    since = cluster.history.oldest
    assert [cluster.at(revision).revision for revision in range(since, cluster.revision + 1)] == list(
        range(since, cluster.revision + 1)
    )
    middle = cluster.at((since + cluster.revision) // 2).settle()
    assert len(middle.list("pods")) == len(middle.list("deployments")) * 2


def test_a_difference_is_empty_between_equals() -> None:
    cluster = web()
    revision = cluster.revision
    assert not cluster.diff(revision, revision).objects
    cluster.scale("deployment/web", 3)
    assert cluster.diff(revision, cluster.revision).objects


# Components and company


def test_a_held_controller_catches_up_when_it_is_released() -> None:
    cluster = web().hold("deployment")
    cluster.scale("deployment/web", 5)
    assert len(cluster.settle().list("pods")) == 2
    assert len(cluster.release("deployment").settle().list("pods")) == 5


@pytest.mark.parametrize("component", ["coredns", "kube-proxy", "kube-proxy@node-1", "kubelet", "replicaset"])
def test_a_component_can_be_held_and_released(component: str) -> None:
    cluster = web().hold(component)
    assert component in cluster.state.held
    assert component not in cluster.release(component).state.held


def test_one_coredns_can_be_held() -> None:
    cluster = Cluster(nodes=1)
    name = next(pod.name for pod in cluster.list("pods", selector={"k8s-app": "kube-dns"}))
    assert cluster.hold(f"coredns@kube-system/{name}").state.held == {f"coredns@kube-system/{name}"}
    with pytest.raises(UsageError):
        cluster.hold("coredns@kube-system/nobody")


def test_observers_are_told_after_each_change_until_they_leave() -> None:
    cluster, told = web(), []
    leave = cluster.observe(lambda state: told.append(state.revision))
    cluster.scale("deployment/web", 3)
    cluster.settle()
    cluster.run(1)
    cluster.undo()
    assert told[-1] == cluster.revision
    count = len(told)
    assert count == 4
    leave()
    leave()
    cluster.scale("deployment/web", 1)
    assert len(told) == count


def test_an_observer_that_came_twice_leaves_once_at_a_time() -> None:
    cluster, told = running(), []

    def observer(state: State) -> None:
        told.append(state.now)

    first, _ = cluster.observe(observer), cluster.observe(observer)
    first()
    first()
    cluster.run(1)
    assert len(told) == 1


def test_an_observer_sees_neither_branches_nor_refusals() -> None:
    cluster, told = web(), []
    cluster.observe(lambda state: told.append(state.revision))
    cluster.branch().scale("deployment/web", 3)
    with pytest.raises(NotFound):
        cluster.delete("pod", "nobody")
    assert told == []
