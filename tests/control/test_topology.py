"""Hints by the zones' share of CPUs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from control_scenes import deployment, made, pod, running, service
from hypothesis import given
from hypothesis import strategies as st

from kdisco.control.slice_plan import Plan
from kdisco.control.slices import endpoint
from kdisco.control.topology import overloaded, shares, spread, zones_hinted
from kdisco.model.endpoints import EndpointSlice

ZONE = "topology.kubernetes.io/zone"
AUTO = {"service.kubernetes.io/topology-mode": "Auto"}
FEW = "Insufficient number of endpoints ({} endpoints, 3 zones)"
UNEVEN = "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold"
NO_ZONE = "One or more endpoints do not have a zone specified"
UNKNOWN = "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes"


def node(name: str, zone: str, cpu: Any = "4", *, ready: bool = True, role: str = "worker") -> Any:
    """A node as it reports itself."""
    status = {"conditions": [{"type": "Ready", "status": str(ready)}], "allocatable": {"cpu": cpu} if cpu else {}}
    labels = {f"node-role.kubernetes.io/{role}": ""} | ({ZONE: zone} if zone else {})
    return made("Node", name, status=status, labels=labels)


def slice_of(name: str, zones: str, *, ready: bool = True) -> EndpointSlice:
    """A slice with one endpoint in each of these zones."""
    found = (
        endpoint(service(), pod(f"{name}{i}", ready=ready), f"10.0.{ord(name)}.{i}", zone.strip())
        for i, zone in enumerate(zones)
    )
    return EndpointSlice(address_type="IPv4", endpoints=tuple(found)).with_meta(name=name)


def hinted(plan: Plan) -> Counter[str]:
    """How many hints name each zone."""
    return zones_hinted((*plan.create, *plan.update, *plan.unchanged))


@pytest.mark.parametrize(
    ("nodes", "parts"),
    [
        ([node("1", "a"), node("2", "b")], {"a": 0.5, "b": 0.5}),
        ([node("1", "a", "3920m"), node("2", "b", 1.96), node("3", "b", "1.96")], {"a": 0.5, "b": 0.5}),
        ([node("1", "a", "1"), node("2", "b", "3")], {"a": 0.25, "b": 0.75}),
        ([node("1", "a"), node("2", "b"), node("3", "c", ready=False)], {"a": 0.5, "b": 0.5}),
        ([node("1", "a"), node("2", "b"), node("3", "", role="control-plane")], {"a": 0.5, "b": 0.5}),
        ([node("1", "a"), node("2", "a")], {}),
        ([node("1", "a"), node("2", "b"), node("3", "")], {}),
        ([node("1", "a"), node("2", "b", None)], {}),
        ([node("1", "a"), node("2", "b", "many")], {}),
        ([], {}),
    ],
)
def test_a_zones_share_of_the_cpus(nodes: list[Any], parts: dict[str, float]) -> None:
    assert shares(nodes) == parts


@pytest.mark.parametrize(
    ("parts", "zones", "given_to"),
    [
        ({"a": 0.5, "b": 0.5}, "aabb", {"a": 2, "b": 2}),
        ({"a": 0.5, "b": 0.5}, "aaab", {"a": 2, "b": 2}),
        ({"a": 0.5, "b": 0.5}, "aaaa", {"a": 2, "b": 2}),
        ({"a": 0.4, "b": 0.6}, "aabbb", {"a": 2, "b": 3}),
        ({"a": 0.25, "b": 0.75}, "aaaabbbb", {"a": 2, "b": 6}),
        ({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}, "aaabbb", {"a": 2, "b": 2, "c": 2}),
    ],
)
def test_zones_give_to_zones_that_have_too_few(parts: dict[str, float], zones: str, given_to: dict[str, int]) -> None:
    plan, problem = spread(Plan(create=(slice_of("s", zones),)), parts)
    assert (problem, hinted(plan)) == ("", given_to)


@pytest.mark.parametrize(
    ("parts", "plan", "words"),
    [
        ({}, Plan(create=(slice_of("s", "ab"),)), UNKNOWN),
        ({"a": 0.4, "b": 0.3, "c": 0.3}, Plan(create=(slice_of("s", "ab"),)), FEW.format(2)),
        ({"a": 0.4, "b": 0.3, "c": 0.3}, Plan(update=(slice_of("s", "abc", ready=False),)), FEW.format(0)),
        ({"a": 0.9, "b": 0.1}, Plan(create=(slice_of("s", "ab"),)), f"{UNEVEN} (2 endpoints, 2 zones)"),
        ({"a": 0.5, "b": 0.5}, Plan(create=(slice_of("s", "abbab"),)), f"{UNEVEN} (5 endpoints, 2 zones)"),
        ({"a": 0.5, "b": 0.5}, Plan(create=(slice_of("s", "aab "),)), NO_ZONE),
    ],
)
def test_where_it_cannot_be_there_are_no_hints_and_a_reason(parts: dict[str, float], plan: Plan, words: str) -> None:
    found, problem = spread(plan, parts)
    assert (problem, hinted(found)) == (words, {})


def test_new_and_changed_slices_are_shared_out_together() -> None:
    plan = Plan(create=(slice_of("s", "ab"), slice_of("t", "cca")), update=(slice_of("u", "aa"), slice_of("v", "bca")))
    found, problem = spread(plan, {"a": 0.35, "b": 0.35, "c": 0.3})
    hints = [one.hints for each in (*found.create, *found.update) for one in each.endpoints or ()]
    assert ("".join(each.for_zones[0].name for each in hints if each), problem) == ("bbccaaabca", "")


def test_a_slice_whose_hints_still_fit_is_left_alone() -> None:
    plan, _ = spread(Plan(create=(slice_of("s", "aabb"),)), {"a": 0.5, "b": 0.5})
    (there,) = plan.create
    again, problem = spread(Plan(unchanged=(there,)), {"a": 0.5, "b": 0.5})
    assert (again, problem) == (Plan(unchanged=(there,)), "")
    more, _ = spread(Plan(unchanged=(there,), create=(slice_of("t", "aaaa"),)), {"a": 0.5, "b": 0.5})
    assert (more.unchanged, hinted(more)) == ((there,), {"a": 4, "b": 4})


def test_hints_for_a_zone_that_is_no_more_are_given_anew() -> None:
    plan, _ = spread(Plan(create=(slice_of("s", "aabb"),)), {"a": 0.5, "b": 0.5})
    again, problem = spread(Plan(unchanged=plan.create), {"a": 0.5, "c": 0.5})
    assert (problem, [each.name for each in again.update]) == ("", ["s"])


@pytest.mark.parametrize(
    ("hints", "parts", "over"),
    [
        ({"a": 2, "b": 2}, {"a": 0.5, "b": 0.5}, False),
        ({"a": 3, "b": 1}, {"a": 0.5, "b": 0.5}, True),
        ({"a": 4}, {"a": 0.5, "b": 0.5}, True),
        ({"a": 2, "b": 2}, {}, True),
        ({}, {}, False),
    ],
)
def test_a_service_is_overloaded_when_a_zone_lacks_its_part(
    hints: dict[str, int], parts: dict[str, float], over: bool  # noqa: FBT001 - a row of the table
) -> None:
    assert overloaded(Counter(hints), parts) == over


@given(st.lists(st.integers(1, 64), min_size=2, max_size=4), st.lists(st.integers(0, 3), min_size=1, max_size=80))
def test_every_ready_endpoint_has_one_hint_or_none_has(cpus: list[int], places: list[int]) -> None:
    parts = {"abcd"[i]: cpu / sum(cpus) for i, cpu in enumerate(cpus)}
    zones = "".join("abcd"[place % len(cpus)] for place in places)
    plan, problem = spread(Plan(create=(slice_of("s", zones),)), parts)
    assert hinted(plan).total() == (0 if problem else len(zones))
    assert set(hinted(plan)) <= set(parts)


def test_events_tell_of_hints_that_come_and_go() -> None:
    cluster = running()
    for number in (1, 2):
        name = f"node-{number}"
        cluster.patch("node", name, {"metadata": {"labels": {ZONE: f"z{number}"}}})
        cluster.patch("node", name, {"status": {"allocatable": {"cpu": "4"}}}, subresource="status")
    cluster.create(deployment(replicas=4))
    cluster.create({**service().to_dict(), "metadata": {"name": "web", "annotations": AUTO}})
    cluster.settle()

    def told() -> list[Any]:
        return [(each.reason, each.message) for each in cluster.list("event") if each.reason.startswith("Topology")]

    def zones() -> Counter[str]:
        return zones_hinted(cluster.list("endpointslice", selector={"kubernetes.io/service-name": "web"}))

    enabled = ("TopologyAwareHintsEnabled", "Topology Aware Hints has been enabled, addressType: IPv4")
    assert enabled in told()
    assert zones() == {"z1": 2, "z2": 2}
    cluster.patch("service", "web", {"metadata": {"annotations": {"service.kubernetes.io/topology-mode": None}}})
    cluster.settle()
    assert told()[-1] == ("TopologyAwareHintsDisabled", "Topology Aware Hints has been disabled, addressType: IPv4")
    assert zones() == {}
    count = len(told())
    cluster.patch("service", "web", {"metadata": {"labels": {"x": "y"}}})
    cluster.settle()
    assert len(told()) == count
