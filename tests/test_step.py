"""The machine itself: pure, repeatable, and true to its rules whatever is done to it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from control_scenes import deployment, front, running
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco import KdiscoError
from kdisco.control.controller import Controller
from kdisco.control.registry import CONTROLLERS
from kdisco.errors import UsageError
from kdisco.model.selector import matches
from kdisco.step import next_due, step, tick
from kdisco.store.events import (
    Change,
    Deliver,
    Elapse,
    Hold,
    Reconcile,
    Refused,
    Release,
    Request,
    Send,
    Travelled,
    Wake,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kdisco import Cluster
    from kdisco.store.state import State

BASE = running(deployment("web", 2), front("web"), front("headless", clusterIP="None", selector={"app": "web"}))
NAMES = ("web", "shop")
HELD = ("endpointslice", "replicaset", "kubelet", "coredns", "kube-proxy@node-1")

Act = tuple[Any, ...]
acts = st.one_of(
    st.tuples(st.just("create"), st.sampled_from(NAMES), st.integers(0, 3)),
    st.tuples(st.just("scale"), st.sampled_from(NAMES), st.integers(0, 5)),
    st.tuples(st.just("image"), st.sampled_from(NAMES), st.integers(1, 3)),
    st.tuples(st.just("label"), st.integers(0, 5), st.sampled_from(["web", "shop", "debug"])),
    st.tuples(st.just("unready"), st.integers(0, 5)),
    st.tuples(st.just("kill"), st.integers(0, 5), st.sampled_from([None, 0, 5])),
    st.tuples(st.just("delete"), st.sampled_from(["deployment", "service"]), st.sampled_from(NAMES)),
    st.tuples(st.just("drop"), st.sampled_from(["endpointslice", "replicaset", "endpoints"]), st.integers(0, 3)),
    st.tuples(st.just("hold"), st.sampled_from(HELD)),
    st.tuples(st.just("release"), st.sampled_from(HELD)),
    st.tuples(st.just("undo")),
    st.tuples(st.just("step"), st.integers(1, 30)),
    st.tuples(st.just("run"), st.floats(0, 3)),
    st.tuples(st.just("settle")),
)
scripts = st.lists(acts, max_size=10)


def chosen(cluster: Cluster, kind: str, number: int) -> Any:
    """One of the objects of a kind in namespace default."""
    found = cluster.list(kind, namespace="default")
    if not found:
        msg = f"no {kind}"
        raise UsageError(msg)
    return found[number % len(found)]


def do(cluster: Cluster, act: Act) -> None:  # noqa: C901 - a table of acts would say the same in more words
    """Carry out one act; what is refused changes nothing."""
    try:
        match act:
            case "create", name, replicas:
                cluster.create(f"{deployment(name, replicas)}\n---\n{front(name)}")
            case "scale", name, replicas:
                cluster.scale(f"deployment/{name}", replicas)
            case "image", name, number:
                change = {"containers": [{"name": "web", "image": f"registry.test/web:{number}"}]}
                cluster.patch("deployment", name, {"spec": {"template": {"spec": change}}}, type="strategic")
            case "label", number, app:
                pod = chosen(cluster, "pod", number)
                cluster.patch("pod", pod.name, {"metadata": {"labels": {"app": app}}})
            case "unready", number:
                pod = chosen(cluster, "pod", number)
                conditions = [{"type": "Ready", "status": "False"}]
                cluster.patch("pod", pod.name, {"status": {"conditions": conditions}}, subresource="status")
            case "kill", number, grace:
                cluster.delete("pod", chosen(cluster, "pod", number).name, grace_period=grace)
            case "delete", kind, name:
                cluster.delete(kind, name)
            case "drop", kind, number:
                cluster.delete(kind, chosen(cluster, kind, number).name)
            case "step", count:
                for _ in range(count):
                    cluster.step()
            case verb, *words:
                getattr(cluster, verb)(*words)
    except KdiscoError:
        return


def objects(state: State) -> dict[str, list[dict[str, Any]]]:
    """All that is stored, as JSON."""
    return {name: [each.to_dict() for each in table.objects.values()] for name, table in state.tables.items()}


def everything(state: State) -> tuple[Any, ...]:
    """A deep copy of what a state holds, to compare with later; an object that many have seen is copied once."""
    copies: dict[int, dict[str, Any]] = {}

    def copied(each: Any) -> dict[str, Any]:
        if id(each) not in copies:
            copies[id(each)] = each.to_dict()
        return copies[id(each)]

    seen = {
        name: {plural: [copied(each) for each in table.objects.values()] for plural, table in view.tables.items()}
        for name, view in state.seen.items()
    }
    queues = {name: list(queue.items()) for name, queue in state.queues.items()}
    rest = (state.now, state.revision, state.draws, state.ticket, state.held, state.due, dict(state.leases))
    return objects(state), seen, queues, list(state.agenda.items()), list(state.sandboxes.items()), rest


def backends(cluster: Cluster, service: Any) -> dict[str, bool]:
    """The Pods that should be in a Service's slices, and whether they should be ready there."""
    pods = cluster.list("pods", namespace="default")
    return {
        pod.name: pod.ready and not pod.deleting
        for pod in pods
        if matches(service.spec.selector, pod.labels) and pod.addresses and not pod.finished
    }


def listed(cluster: Cluster, service: Any) -> Iterator[tuple[str, bool]]:
    """The Pods that are in a Service's slices, and whether they are ready there."""
    for found in cluster.list("endpointslices", namespace="default"):
        if found.owned_by(service):
            yield from ((each.target_ref.name, each.ready) for each in found.endpoints or ())


@settings(max_examples=25)
@given(scripts)
def test_a_step_never_changes_the_state_it_starts_from(script: list[Act]) -> None:
    cluster = BASE.branch()
    for act in script:
        before = cluster.state
        copy = everything(before)
        do(cluster, act)
        assert everything(before) == copy


@settings(max_examples=25)
@given(scripts)
def test_the_same_events_give_the_same_states(script: list[Act]) -> None:
    cluster = BASE.branch()
    start = len(cluster.history)
    for act in [each for each in script if each[0] != "undo"]:
        do(cluster, act)
    state = cluster.history[start - 1].state
    for index in range(start, len(cluster.history)):
        moment = cluster.history[index]
        assert moment.event is not None
        if isinstance(moment.event, Deliver | Reconcile | Wake):
            state, event, facts = tick(state)
            assert event == moment.event
        else:
            state, facts = step(state, moment.event)
        assert len(facts) == len(moment.facts)
        assert state.now == moment.state.now
    assert everything(state) == everything(cluster.state)


def settled(script: list[Act]) -> Cluster:
    """A cluster after a script, with nobody held back and everything at rest."""
    cluster = BASE.branch()
    for act in script:
        do(cluster, act)
    for component in cluster.state.held:
        cluster.release(component)
    return cluster.settle()


@settings(max_examples=40)
@given(scripts)
def test_after_all_has_settled_the_slices_list_just_the_pods_that_are_selected(script: list[Act]) -> None:
    cluster = settled(script)
    for service in cluster.list("services", namespace="default"):
        if service.spec.selector:
            found = list(listed(cluster, service))
            assert dict(found) == backends(cluster, service)
            assert len(dict(found)) == len(found)
            endpoints = cluster.get("endpoints", service.name)
            ready = [each.target_ref.name for subset in endpoints.subsets for each in subset.addresses]
            assert sorted(ready) == sorted(name for name, is_ready in found if is_ready)


@settings(max_examples=40)
@given(scripts)
def test_after_all_has_settled_everything_is_as_it_should_be_and_stays_so(script: list[Act]) -> None:
    cluster = settled(script)
    at_rest = cluster.revision
    assert next_due(cluster.state) is None
    for found in cluster.list("deployments", namespace="default"):
        pods = [
            pod
            for owner in cluster.list("replicasets")
            if owner.owned_by(found)
            for pod in cluster.list("pods")
            if pod.owned_by(owner) and not pod.finished
        ]
        assert len(pods) == found.spec.replicas == found.status.replicas == found.status.updated_replicas
        assert {pod.spec.containers[0].image for pod in pods} <= {found.spec.template.spec.containers[0].image}
    ips = [ip for box in cluster.state.sandboxes.values() for ip in box.ips]
    assert len(set(ips)) == len(ips)
    assert {key for key, _ in cluster.state.sandboxes.items()} == {pod.key for pod in cluster.list("pods")}
    cluster.settle().run(10_000)
    assert cluster.revision == at_rest


@settings(max_examples=25)
@given(scripts, st.sampled_from([*CONTROLLERS, "coredns", "kube-proxy@node-2"]))
def test_a_held_component_does_not_move(script: list[Act], component: str) -> None:
    cluster = BASE.branch().hold(component)
    since, seen = cluster.revision, cluster.state.seen_by(component)
    for act in [each for each in script if each[0] not in ("undo", "release")]:
        do(cluster, act)
    cluster.settle()
    assert cluster.state.seen_by(component) == seen
    moments = [moment for moment in cluster.history if moment.state.revision > since]
    assert not [moment for moment in moments if moment.event == Reconcile(component)] or not [
        fact
        for moment in moments
        if moment.event == Reconcile(component)
        for fact in moment.facts
        if isinstance(fact, Change)
    ]


SCRIPT = """
import hashlib, json
from kdisco import Cluster
from kdisco.examples import ARTICLE
cluster = Cluster(nodes=3, seed={seed}, pod_cidr="10.244.0.0/16,fd00:10:244::/56")
cluster.create(ARTICLE)
cluster.settle()
for replicas in (5, 1, 4):
    cluster.scale("deployment/my-app", replicas)
    cluster.run(0.7)
cluster.settle()
stored = [[each.to_dict() for each in table.objects.values()] for _, table in sorted(cluster.state.tables.items())]
told = [str(moment) for moment in cluster.history]
print(hashlib.sha256(json.dumps([stored, told], sort_keys=False).encode()).hexdigest())
"""


def digest(seed: int, hashing: str) -> str:
    """What a fresh process makes of the script, as one number."""
    environment = {**os.environ, "PYTHONHASHSEED": hashing}
    command = [sys.executable, "-c", SCRIPT.format(seed=seed)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_the_same_seed_is_the_same_run_in_every_process_and_another_seed_another() -> None:
    assert digest(7, "1") == digest(7, "4242")
    assert digest(7, "1") != digest(8, "1")


def test_a_refused_request_gives_the_same_state_and_says_why() -> None:
    state = BASE.state
    after, facts = step(state, Request(verb="delete", resource="pods", namespace="default", name="nobody"))
    assert after is state
    refusal = facts[-1]
    assert isinstance(refusal, Refused)
    assert 'pods "nobody" not found' in str(refusal.error)


def test_each_event_has_its_effect() -> None:
    state = BASE.state
    key = ("default", "web")
    assert step(state, Elapse(state.now + 5))[0].now == state.now + 5
    held = step(state, Hold("coredns"))[0]
    assert held.held == {"coredns"}
    released = step(held, Release("coredns"))[0]
    assert released.held == frozenset()
    assert list(released.agenda.values()) == [Deliver("coredns")]
    woken = step(state, Wake("endpointslice", key))[0]
    assert list(woken.queues["endpointslice"]) == [key]
    worked = step(woken, Reconcile("endpointslice"))[0]
    assert not list(worked.queues["endpointslice"])


def test_a_packet_changes_nothing_that_is_stored() -> None:
    pod = BASE.list("pods")[0]
    address = BASE.get("service", "web").spec.cluster_ip
    after, facts = step(BASE.state, Send(source=f"pod/default/{pod.name}", destination=address))
    assert isinstance(facts[0], Travelled)
    assert objects(after) == objects(BASE.state)
    assert after.changes == ()


def test_nothing_is_due_when_all_is_quiet() -> None:
    assert next_due(BASE.state) is None
    with pytest.raises(IndexError, match="nothing is due"):
        tick(BASE.state)


def test_a_tick_takes_the_earliest_event_at_its_time() -> None:
    cluster = BASE.branch()
    cluster.scale("deployment/web", 3)
    due = next_due(cluster.state)
    assert due is not None
    after, event, _ = tick(cluster.state)
    assert (after.now, event) == due
    assert event not in list(after.agenda.values())


def _changes(cluster: Cluster) -> Iterator[Change]:
    return (fact for fact in cluster.history.facts() if isinstance(fact, Change))


def test_a_step_that_fails_repeats_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Iterator[Any]:
        yield from ()
        msg = "cannot be"
        raise UsageError(msg)

    monkeypatch.setitem(CONTROLLERS, "sample", Controller("sample", {}, broken))
    state = evolve(step(BASE.state, Wake("sample", ("", "a")))[0], changes=tuple(_changes(BASE)))
    assert state.changes
    after, event, facts = tick(state)
    assert event == Reconcile("sample")
    assert isinstance(facts[-1], Refused)
    assert after.changes == ()
