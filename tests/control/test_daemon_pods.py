"""Where a daemon belongs, and what its Pod is."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from control_scenes import made, pod
from set_scenes import daemon, member, stored, template

from kdisco.control.daemon_pods import GENERATION, by_age, by_node, new_pod, should_run, tolerant
from kdisco.control.predicates import affine, named_nodes
from kdisco.model.codec import encode
from kdisco.model.frozen import FrozenMap

GOING = "2026-01-01T00:00:30Z"


def tainted(key: str, effect: str) -> dict[str, Any]:
    """A node's spec with one taint."""
    return {"taints": [{"key": key, "effect": effect}]}


def test_every_daemon_puts_up_with_a_node_that_is_not_well() -> None:
    spec = stored(daemon()).spec.template.spec
    rows = [(each.key, each.effect, each.toleration_seconds) for each in tolerant(spec).tolerations]
    assert rows == [
        ("node.kubernetes.io/not-ready", "NoExecute", None),
        ("node.kubernetes.io/unreachable", "NoExecute", None),
        ("node.kubernetes.io/disk-pressure", "NoSchedule", None),
        ("node.kubernetes.io/memory-pressure", "NoSchedule", None),
        ("node.kubernetes.io/pid-pressure", "NoSchedule", None),
        ("node.kubernetes.io/unschedulable", "NoSchedule", None),
    ]
    host = tolerant(evolve(spec, host_network=True)).tolerations
    assert host[-1].key == "node.kubernetes.io/network-unavailable"


def test_what_the_template_tolerates_itself_stays_and_is_not_doubled() -> None:
    own = [
        {"key": "dedicated", "operator": "Exists"},
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5},
    ]
    found = tolerant(stored(daemon(template=template(tolerations=own))).spec.template.spec).tolerations
    assert [each.key for each in found].count("node.kubernetes.io/not-ready") == 1
    assert found[0].key == "dedicated"
    assert all(each.toleration_seconds is None for each in found)


@pytest.mark.parametrize(
    ("spec", "labels", "runs", "stays"),
    [
        ({}, {}, True, True),
        ({"unschedulable": True}, {}, True, True),
        (tainted("node.kubernetes.io/unschedulable", "NoSchedule"), {}, True, True),
        (tainted("node.kubernetes.io/not-ready", "NoExecute"), {}, True, True),
        (tainted("dedicated", "PreferNoSchedule"), {}, True, True),
        (tainted("dedicated", "NoSchedule"), {}, False, True),
        (tainted("dedicated", "NoExecute"), {}, False, False),
        ({}, {"disk": "hdd"}, False, False),
    ],
)
def test_a_node_gets_a_daemon_and_may_keep_it(
    spec: dict[str, Any], labels: dict[str, str], runs: bool, stays: bool  # noqa: FBT001 - a row of the table
) -> None:
    owner = stored(daemon(template=template(nodeSelector={"disk": "ssd"})))
    node = made("Node", "n", spec, labels={"disk": "ssd", **labels})
    assert should_run(tolerant(owner.spec.template.spec), node) == (runs, stays)


def test_a_template_that_names_its_node_belongs_there_alone() -> None:
    spec = stored(daemon(template=template(nodeName="n"))).spec.template.spec
    assert should_run(spec, made("Node", "n", {}))[0]
    assert not should_run(spec, made("Node", "m", {}))[0]


def test_a_daemons_pod_may_go_to_its_node_alone() -> None:
    wish = {"weight": 1, "preference": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}
    node_affinity = {"preferredDuringSchedulingIgnoredDuringExecution": [wish]}
    affinity = {"podAffinity": {"x": 1}, "nodeAffinity": node_affinity}
    owner = stored(daemon(template=template(affinity=affinity)))
    made_for = new_pod(owner.with_meta(annotations=FrozenMap({GENERATION: "2"})), "n", "4567")
    assert named_nodes(made_for.spec) == {"n"}
    assert affine(made_for.spec, made("Node", "n", {}))
    assert not affine(made_for.spec, made("Node", "m", {}))
    kept = encode(made_for.spec)["affinity"]
    assert kept["podAffinity"] == {"x": 1}
    assert kept["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] == [wish]
    assert made_for.labels == {"app": "web", "controller-revision-hash": "4567", "pod-template-generation": "2"}
    assert (made_for.metadata.generate_name, made_for.spec.node_name) == ("agent-", "")
    assert made_for.owned_by(owner)


def test_pods_are_counted_where_they_are_or_are_to_be() -> None:
    owner = stored(daemon())
    bound = member(owner, "a", spec={"nodeName": "n"})
    waiting = new_pod(owner, "n", "4").with_meta(name="b")
    ended = member(owner, "c", spec={"nodeName": "n"}, phase="Failed", deletionTimestamp=GOING)
    assert by_node([bound, waiting, ended, pod("nowhere")]) == {"n": [bound, waiting]}


def test_those_with_a_node_come_before_those_without_then_by_age() -> None:
    young = pod("young", node="n", creationTimestamp="2026-01-01T00:00:09Z")
    old = pod("old", node="n", creationTimestamp="2026-01-01T00:00:01Z")
    waiting = pod("waiting", creationTimestamp="2026-01-01T00:00:00Z")
    assert sorted([waiting, young, old], key=by_age) == [old, young, waiting]
