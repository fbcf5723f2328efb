"""What a DaemonSet does next."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import made
from hypothesis import given
from hypothesis import strategies as st
from set_scenes import daemon, member, stored

from kdisco.control.daemon_plan import Fleet, Plan, count, manage, renew
from kdisco.control.set_history import REVISION_LABEL

GOING = "2026-01-01T00:00:30Z"
MARK = "new"


def node(name: str, **spec: Any) -> Any:
    """A node."""
    return made("Node", name, spec)


def on(owner: Any, where: str, name: str = "", *, mark: str = MARK, **more: Any) -> Any:
    """A Pod on a node."""
    labels = {"controller-revision-hash": mark}
    return member(owner, name or f"{mark}-{where}", labels=labels, spec={"nodeName": where}, **more)


def fleet(*pods: Any, nodes: str = "abc", tainted: str = "", **settings: Any) -> Fleet:
    """These Pods on the nodes a, b and c; some may be tainted."""
    owner = stored(daemon(**settings))
    taints = [{"key": "dedicated", "effect": "NoExecute"}]
    known = [node(name, **({"taints": taints} if name in tainted else {})) for name in nodes]
    return Fleet.of(owner, known, [each(owner) for each in pods], MARK, 0.0)


def at(where: str, **more: Any) -> Any:
    """A Pod to be on a node once there is a DaemonSet."""
    return lambda owner: on(owner, where, **more)


def rolling(**numbers: Any) -> dict[str, Any]:
    """An update strategy."""
    return {"updateStrategy": {"rollingUpdate": numbers}}


def steps(plan: Plan) -> tuple[list[str], list[str]]:
    """Nodes that need a Pod, and the names of Pods that go."""
    return list(plan.nodes), [pod.name for pod in plan.pods]


SURGE = rolling(maxSurge=1, maxUnavailable=0)


@pytest.mark.parametrize(
    ("found", "nodes", "pods"),
    [
        (fleet(), ["a", "b", "c"], []),
        (fleet(at("a"), at("b")), ["c"], []),
        (fleet(at("a"), at("b"), at("c")), [], []),
        (fleet(at("a"), at("b"), at("c", deletionTimestamp=GOING)), [], []),
        (fleet(at("a", phase="Failed", deletionTimestamp=GOING), at("b"), at("c")), ["a"], []),
        (fleet(at("a", phase="Failed"), at("b"), at("c", phase="Succeeded")), [], ["new-a", "new-c"]),
        (fleet(at("a", name="x"), at("a", name="y"), nodes="a"), [], ["y"]),
        (fleet(at("a"), nodes="ab", tainted="ab"), [], ["new-a"]),
        (fleet(at("z"), nodes="a"), ["a"], []),
        (fleet(at("a", deletionTimestamp=GOING), nodes="a", **SURGE), ["a"], []),
        (fleet(at("a"), at("a", mark="old"), nodes="a", **SURGE), [], ["old-a"]),
        (fleet(at("a", ready=False), at("a", mark="old"), nodes="a", **SURGE), [], []),
        (fleet(at("a", ready=False), at("a", mark="old", ready=False), nodes="a", **SURGE), [], ["old-a"]),
    ],
)
def test_one_pod_on_each_node_that_should_have_one(found: Fleet, nodes: list[str], pods: list[str]) -> None:
    assert steps(manage(found)) == (nodes, pods)


def test_a_pod_that_waits_for_a_node_that_has_gone_goes() -> None:
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["z"]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
    found = fleet(lambda owner: member(owner, "lost", spec={"affinity": affinity}), nodes="")
    assert steps(manage(found)) == ([], ["lost"])


@pytest.mark.parametrize(
    ("found", "nodes", "pods"),
    [
        (fleet(*(at(each, mark="old") for each in "abc")), [], ["old-a"]),
        (fleet(*(at(each, mark="old") for each in "abc"), **rolling(maxUnavailable=2)), [], ["old-a", "old-b"]),
        (fleet(*(at(each, mark="old") for each in "abc"), **rolling(maxUnavailable="34%")), [], ["old-a", "old-b"]),
        (fleet(at("a"), at("b", mark="old"), at("c", mark="old")), [], ["old-b"]),
        (fleet(at("a", ready=False), at("b", mark="old"), at("c", mark="old")), [], []),
        (fleet(at("a", ready=False), at("b", mark="old", ready=False), at("c", mark="old")), [], ["old-b"]),
        (fleet(at("a", deletionTimestamp=GOING), at("b", mark="old"), at("c", mark="old")), [], []),
        (fleet(*(at(each, mark="old") for each in "abc"), **SURGE), ["a"], []),
        (fleet(*(at(each, mark="old") for each in "abc"), **rolling(maxSurge="50%", maxUnavailable=0)), ["a", "b"], []),
        (fleet(at("a", ready=False), *(at(each, mark="old") for each in "abc"), **SURGE), [], []),
        (fleet(at("a"), *(at(each, mark="old") for each in "abc"), **SURGE), ["b"], ["old-a"]),
        (fleet(*(at(each, mark="old", ready=each != "c") for each in "abc"), **SURGE), ["c", "a"], []),
        (fleet(*(at(each, mark="old") for each in "ab"), nodes="ab", tainted="b", **SURGE), ["a"], ["old-b"]),
    ],
)
def test_a_rolling_update_keeps_within_what_is_allowed(found: Fleet, nodes: list[str], pods: list[str]) -> None:
    assert steps(renew(found)) == (nodes, pods)


def test_the_counts_are_of_nodes() -> None:
    found = fleet(
        at("a"), at("b", mark="old", ready=False), at("d"), nodes="abcd", tainted="d"
    )
    status = count(found)
    assert (status.desired_number_scheduled, status.current_number_scheduled, status.number_misscheduled) == (3, 2, 1)
    assert (status.number_ready, status.number_available, status.number_unavailable) == (1, 1, 2)
    assert (status.updated_number_scheduled, status.observed_generation) == (1, 1)


PODS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from([MARK, "old"]), st.booleans(), st.booleans()), max_size=8
)


@given(PODS, st.sampled_from(["", "a", "bc"]), st.sampled_from([{}, SURGE, rolling(maxUnavailable=2)]))
def test_managed_to_the_end_each_fitting_node_has_one_pod_and_no_other_has_any(
    found: list[tuple[str, str, bool, bool]], tainted: str, settings: dict[str, Any]
) -> None:
    pods = [
        at(where, name=f"p{i}", mark=mark, ready=ready, **({"deletionTimestamp": GOING} if going else {}))
        for i, (where, mark, ready, going) in enumerate(found)
    ]
    for turn in range(8):
        now = fleet(*pods, nodes="abcd", tainted=tainted, **settings)
        planned = manage(now)
        assert not set(planned.nodes) & set(tainted)
        assert len(set(planned.nodes)) == len(planned.nodes)
        if not planned.nodes and not planned.pods:
            planned = renew(now)
        gone = {pod.name for pod in planned.pods}
        kept = [pod for where in now.pods.values() for pod in where if pod.name not in gone and not pod.deleting]
        pods = [at(pod.spec.node_name, name=pod.name, mark=pod.labels[REVISION_LABEL]) for pod in kept]
        pods += [at(where, name=f"{where}{turn}") for where in planned.nodes]
    final = fleet(*pods, nodes="abcd", tainted=tainted, **settings)
    assert sorted(final.pods) == sorted(set("abcd") - set(tainted))
    assert all(len(there) == 1 and final.updated(there[0]) for there in final.pods.values())
