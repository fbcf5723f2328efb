"""The faults panel: a box for each fault, ticked while it is in force; what explain finds."""

from __future__ import annotations

from typing import Any

import pytest

from kdisco import Cluster, KdiscoError


def test_every_fault_has_a_box(cluster: Cluster) -> None:
    made = cluster.faults_panel()
    assert list(made.toggles) == [each.code for each in cluster.faults.known]
    assert not any(each.value for each in made.toggles.values())


def test_a_box_breaks_and_heals_and_explain_says_so(cluster: Cluster) -> None:
    made = cluster.faults_panel(service="my-app-svc")
    assert made.explain().healthy
    made.toggles["wrong-selector"].value = True
    assert "wrong-selector" in cluster.state.faults
    assert [each.code for each in made.diagnosis.findings] == ["wrong-selector"]
    assert "wrong-selector" in made.shown.value
    made.toggles["wrong-selector"].value = False
    assert not cluster.state.faults
    assert made.diagnosis.healthy


def test_boxes_follow_what_is_done_elsewhere(cluster: Cluster) -> None:
    made = cluster.faults_panel(service="my-app-svc")
    cluster.inject("kube-proxy-stale", node="node-2")
    assert made.toggles["kube-proxy-stale"].value
    made.heal()
    assert not made.toggles["kube-proxy-stale"].value


def test_a_fault_that_cannot_be_injected_leaves_its_box_empty(cluster: Cluster) -> None:
    cluster.delete("service", "my-app-svc")
    cluster.settle()
    made = cluster.faults_panel()
    made.toggles["wrong-selector"].value = True
    assert not made.toggles["wrong-selector"].value
    assert not cluster.state.faults
    assert made.status.value
    with pytest.raises(KdiscoError, match="no fault 'nope'"):
        made.inject("nope")


def test_without_settling_nothing_reacts(cluster: Cluster) -> None:
    made = cluster.faults_panel(service="my-app-svc")
    made.at_once.value = False
    now = cluster.now
    made.inject("no-endpoints")
    assert cluster.now == now
    assert len(cluster.list("pods", "default")) == 2


def test_an_interrupted_fault_is_not_half_injected(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    patch = Cluster.patch
    done: list[object] = []

    def interrupted(self: Cluster, *args: Any, **kwargs: Any) -> object:
        if done:
            raise KeyboardInterrupt
        done.append(args)
        return patch(self, *args, **kwargs)

    monkeypatch.setattr(Cluster, "patch", interrupted)
    tables = cluster.state.tables
    with pytest.raises(KeyboardInterrupt):
        cluster.inject("external-traffic-policy-local-without-pod")
    assert len(done) == 1
    assert cluster.state.tables == tables
    assert not cluster.state.faults
