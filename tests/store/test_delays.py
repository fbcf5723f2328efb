"""How long news takes: adjustable for each component and instance, and kube-proxy bides its time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front, running
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco import Cluster, KdiscoError
from kdisco.store.delays import DELAYS, Delay, delay_of
from kdisco.store.events import Delivered

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = running(deployment(), front())


def heard(cluster: Cluster, component: str, since: float = 0.0) -> list[float]:
    """When a component took in news, after a time."""
    moments = ((moment.state.now, fact) for moment in cluster.history for fact in moment.facts)
    return [
        round(now, 6) for now, fact in moments
        if isinstance(fact, Delivered) and fact.component == component and now > since
    ]  # fmt: skip


def labelled(cluster: Cluster, value: str) -> None:
    """Write a Service."""
    cluster.patch("service", "web", {"metadata": {"labels": {"a": value}}})


def test_what_is_laid_over_what() -> None:
    own = {"kube-proxy": {"watch": 1.0}, "kube-proxy@node-2": {"min_sync": 9.0}}
    assert delay_of({}, "kube-proxy@node-2") == DELAYS["kube-proxy"] == Delay(watch=0.05, work=0, min_sync=1)
    assert delay_of(own, "kube-proxy@node-1") == Delay(watch=1, work=0, min_sync=1)
    assert delay_of(own, "kube-proxy@node-2") == Delay(watch=1, work=0, min_sync=9)
    assert delay_of({}, "replicaset") == Delay()
    assert str(Delay()) == "watch 0.01 s, work 0.001 s, min_sync 0 s"


def test_kube_proxy_takes_in_the_first_change_soon_and_the_next_after_its_time() -> None:
    cluster = BASE.branch().run(10)
    began = cluster.now
    for number in range(30):
        labelled(cluster, str(number))
        cluster.run(0.1)
    assert heard(cluster, "kube-proxy", began) == pytest.approx([began + 0.05, began + 1.05, began + 2.05])
    cluster.settle()
    assert heard(cluster, "kube-proxy", began)[3:] == pytest.approx([began + 3.05])


@settings(max_examples=25)
@given(
    st.floats(0, 3),
    st.floats(0, 3),
    st.lists(st.floats(0, 2), min_size=1, max_size=8),
    st.sampled_from(["", "@node-1"]),
)
def test_two_syncs_are_never_nearer_and_no_news_waits_longer(
    watch: float, least: float, pauses: list[float], instance: str
) -> None:
    cluster, name = BASE.branch().run(10), f"kube-proxy{instance}"
    cluster.delay(name, watch=watch, min_sync=least)
    cluster.run(10)
    began, writes = cluster.now, []
    for number, pause in enumerate(pauses):
        labelled(cluster, str(number))
        writes.append(cluster.now)
        cluster.run(pause)
    cluster.settle()
    times = heard(cluster, name, began - 1e-9)
    assert all(later - earlier >= least - 1e-5 for earlier, later in pairwise(times))
    for at in writes:
        assert min(time for time in times if time >= at - 1e-5) <= at + max(watch, least) + 1e-5
    assert cluster.state.seen_by(name).get("services", ("default", "web")).labels["a"] == str(len(pauses) - 1)


def test_one_instance_hears_later_than_the_others() -> None:
    cluster = BASE.branch()
    cluster.delay("kube-proxy@node-2", watch=5)
    labelled(cluster, "new")
    cluster.run(2)
    seen = [cluster.state.seen_by(f"kube-proxy@node-{n}").get("services", ("default", "web")).labels for n in (1, 2)]
    assert seen == [{"a": "new"}, {}]
    cluster.settle()
    assert cluster.state.seen_by("kube-proxy@node-2") == cluster.state.seen_by("kube-proxy@node-1")
    assert heard(cluster, "kube-proxy@node-2")[-1] == pytest.approx(heard(cluster, "kube-proxy")[-1] + 4.95, abs=1)


def test_one_kubelet_hears_later_of_its_pods() -> None:
    cluster = BASE.branch()
    cluster.delay("kubelet@node-1", watch=10)
    began = cluster.now
    cluster.scale("deployment/web", 6)
    cluster.settle()
    pods = cluster.list("pods", namespace="default")
    new = [pod for pod in pods if cluster.state.sandboxes[pod.key].created > began]
    late = {pod.spec.node_name: cluster.state.sandboxes[pod.key].created - began for pod in new}
    assert late["node-1"] > 10
    assert late["node-2"] < 2
    assert all(pod.ready for pod in pods)


def test_an_instance_goes_with_the_others_again() -> None:
    cluster = BASE.branch()
    cluster.delay("kube-proxy@node-2", watch=5, min_sync=0)
    labelled(cluster, "new")
    cluster.delay("kube-proxy@node-2", watch=None, min_sync=None)
    assert not cluster.state.delays
    cluster.settle()
    assert "kube-proxy@node-2" not in cluster.state.seen
    assert cluster.state.seen_by("kube-proxy@node-2") is cluster.state.seen_by("kube-proxy@node-1")


def test_one_that_is_held_and_slow_stays_held() -> None:
    cluster = BASE.branch()
    cluster.delay("kube-proxy@node-2", watch=1)
    cluster.hold("kube-proxy@node-2")
    labelled(cluster, "new")
    cluster.settle()
    assert cluster.state.seen_by("kube-proxy@node-2").get("services", ("default", "web")).labels == {}
    cluster.release("kube-proxy@node-2").settle()
    assert cluster.state.seen_by("kube-proxy@node-2").get("services", ("default", "web")).labels == {"a": "new"}


def test_a_hold_on_all_holds_the_slow_one_too() -> None:
    cluster = BASE.branch()
    cluster.delay("kube-proxy@node-2", watch=1)
    cluster.settle()
    cluster.hold("kube-proxy")
    labelled(cluster, "new")
    cluster.settle()
    assert cluster.state.seen_by("kube-proxy@node-2").get("services", ("default", "web")).labels == {}


def test_a_slow_coredns_answers_as_before() -> None:
    cluster = running(deployment(), front(clusterIP="10.96.0.70"), addons=True)
    pods = [f"kube-system/{pod.name}" for pod in cluster.list("pods", selector="k8s-app=kube-dns")]
    cluster.delay(f"coredns@{pods[1]}", watch=60)
    cluster.create(front("late"))
    cluster.run(5)
    told = [cluster.dns.ask("late.default.svc.cluster.local.", pod=pod).rcode for pod in pods]
    assert told == ["NOERROR", "NXDOMAIN"]


def test_what_holds_can_be_read() -> None:
    cluster = BASE.branch()
    assert cluster.delay("kube-proxy") == cluster.delays["kube-proxy"] == DELAYS["kube-proxy"]
    state = cluster.state
    assert cluster.delay("kubelet@node-1") == DELAYS["kubelet"]
    assert cluster.state is state
    assert cluster.delay("kubelet@node-1", work=0.5) == cluster.delays["kubelet@node-1"] == Delay(watch=0.02, work=0.5)
    assert {"coredns", "deployment", "scheduler"} <= cluster.delays.keys()


WRONG: dict[str, Callable[[Cluster], Any]] = {
    "an unknown component": lambda c: c.delay("kube-prox", watch=1),
    "an unknown node": lambda c: c.delay("kube-proxy@node-9", watch=1),
    "an unknown delay": lambda c: c.delay("kube-proxy", wach=1),
    "seconds below zero": lambda c: c.delay("kube-proxy", watch=-1),
    "a word": lambda c: c.delay("kube-proxy", watch="x"),  # type: ignore[arg-type]  # wrong on purpose
}


@pytest.mark.parametrize("ask", WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_changes_nothing(ask: Callable[[Cluster], Any]) -> None:
    state = BASE.state
    with pytest.raises(KdiscoError):
        ask(BASE)
    assert BASE.state is state
