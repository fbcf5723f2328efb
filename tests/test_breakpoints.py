"""Time stops where a condition says so, at the very moment at which it begins to hold."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from control_scenes import deployment, front, running

import kdisco
from kdisco import Cluster, KdiscoError, breakpoints
from kdisco.reach import reach

if TYPE_CHECKING:
    from collections.abc import Callable

IP = "10.96.0.77"
BASE = running(deployment(), front(clusterIP=IP), addons=True)


@pytest.fixture
def cluster() -> Cluster:
    """Two Pods and a Service."""
    return BASE.branch()


def test_it_stops_when_the_first_packet_fails(cluster: Cluster) -> None:
    cluster.rollout("deployment/web").restart()
    moment = cluster.run_until(breakpoints.packet_fails("node/node-1", IP))
    assert moment is not None
    assert moment is cluster.history[-1]
    assert not reach(cluster.state, "node/node-1", IP)
    assert reach(cluster.history[-2].state, "node/node-1", IP)
    assert cluster.run_until(breakpoints.packet_arrives("node/node-1", IP)) is not None
    assert reach(cluster.state, "node/node-1", IP)


def test_it_stops_when_a_service_has_so_many_endpoints(cluster: Cluster) -> None:
    cluster.scale("deployment/web", 4)
    assert "endpointslice works on default/web" in str(cluster.run_until(breakpoints.endpoints("web", 4)))
    assert cluster.run_until(breakpoints.endpoints("web", 9), limit=20) is None


def test_it_stops_when_a_name_has_an_address(cluster: Cluster) -> None:
    pod = f"pod/default/{cluster.list('pods', namespace='default')[0].name}"
    until = breakpoints.resolves(pod, "late")
    assert cluster.run_until(until, limit=5) is None
    cluster.create(front("late"))
    moment = cluster.run_until(until)
    assert "coredns hears of" in str(moment)


def test_what_happened_before_does_not_count(cluster: Cluster) -> None:
    cluster.scale("deployment/web", 3)
    assert cluster.run_until(breakpoints.changes("service", "web"), limit=1) is None
    cluster.scale("deployment/web", 2)
    moment = cluster.run_until(breakpoints.changes("deploy", "web"))
    assert "deployment works on default/web" in str(moment)


@pytest.mark.parametrize("name", ["replicaset", "endpointslice", "scheduler", "kubelet"])
def test_it_stops_when_a_controller_writes(cluster: Cluster, name: str) -> None:
    cluster.scale("deployment/web", 3)
    assert f"{name} works on" in str(cluster.run_until(breakpoints.works(name)))


@pytest.mark.parametrize("name", ["coredns", "kube-proxy", "kube-proxy@node-2"])
def test_it_stops_when_a_component_hears(cluster: Cluster, name: str) -> None:
    cluster.delay("kube-proxy@node-2", watch=2)
    cluster.scale("deployment/web", 3)
    assert f"{name} hears of" in str(cluster.run_until(breakpoints.hears(name)))


def test_a_condition_is_any_function_of_the_cluster(cluster: Cluster) -> None:
    cluster.scale("deployment/web", 3)
    moment = cluster.run_until(lambda c: c.get("deployment", "web").status.ready_replicas == 3)
    assert moment is cluster.history[-1]
    state = cluster.state
    assert cluster.run_until(lambda c: c.now > 0) is not None
    assert cluster.state is state
    assert cluster.run_until(lambda _: False, limit=7.5) is None
    assert cluster.now == state.now + 7.5


def test_observers_hear_of_it_even_when_a_condition_fails(cluster: Cluster) -> None:
    heard: list[float] = []
    cluster.observe(lambda state: heard.append(state.now))
    cluster.scale("deployment/web", 3)

    def wrong(c: Cluster) -> bool:
        if c.now > BASE.now:
            c.get("pod", "nobody")
        return False

    with pytest.raises(KdiscoError):
        cluster.run_until(wrong)
    assert heard[-1] == cluster.now


WRONG: dict[str, Callable[[Cluster], object]] = {
    "no function": lambda c: c.run_until(5),  # type: ignore[arg-type]  # wrong on purpose
    "a limit below zero": lambda c: c.run_until(lambda _: True, limit=-1),
    "an unknown kind": lambda _: breakpoints.changes("widget", "a"),
    "no text": lambda _: breakpoints.hears(5),  # type: ignore[arg-type]  # wrong on purpose
}


@pytest.mark.parametrize("ask", WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_is_said(cluster: Cluster, ask: Callable[[Cluster], object]) -> None:
    state = cluster.state
    with pytest.raises(KdiscoError):
        ask(cluster)
    assert cluster.state is state


def test_each_says_what_it_waits_for() -> None:
    told = breakpoints.packet_fails("node/node-1", IP), breakpoints.works("kubelet"), breakpoints.endpoints("web", 2)
    assert [*map(str, told)] == [
        f"until a packet from node/node-1 to {IP} port 80 fails",
        "until kubelet writes",
        "until service/web has 2 ready endpoints",
    ]


def test_the_package_knows_them_without_an_import_of_their_own() -> None:
    assert kdisco.breakpoints is breakpoints
    code = "import kdisco, sys; assert 'kdisco.breakpoints' not in sys.modules; print(kdisco.breakpoints.works('x'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "until x writes\n"
