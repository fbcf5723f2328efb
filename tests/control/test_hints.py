"""Hints of spec.trafficDistribution."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from control_scenes import deployment, front, pod, running, service

from kdisco.control.hints import by_annotation, distributed, distribution, near, without_hints
from kdisco.control.slice_plan import Plan
from kdisco.control.slices import endpoint
from kdisco.model.endpoints import Endpoint, EndpointHints, EndpointSlice, ForZone


def told(hints: EndpointHints | None) -> Any:
    """The names of zones and nodes."""
    return ([each.name for each in hints.for_zones], [each.name for each in hints.for_nodes]) if hints else None


def one(zone: str = "z1", node: str = "n1", *, ready: bool = True) -> Endpoint:
    """An endpoint without hints."""
    return endpoint(service(), pod("a", node=node, ready=ready), "10.0.0.1", zone)


def slice_of(*endpoints: Endpoint) -> EndpointSlice:
    """A slice that has them."""
    return EndpointSlice(address_type="IPv4", endpoints=endpoints).with_meta(name="s")


@pytest.mark.parametrize(
    ("asked", "zone", "node", "hints"),
    [
        ("PreferClose", "z1", "n1", (["z1"], [])),
        ("PreferSameZone", "z1", "n1", (["z1"], [])),
        ("PreferSameZone", "", "n1", None),
        ("PreferSameNode", "z1", "n1", (["z1"], ["n1"])),
        ("PreferSameNode", "", "n1", ([], ["n1"])),
        ("PreferSameNode", "", "", None),
    ],
)
def test_an_endpoint_is_for_its_own_zone_or_node(asked: str, zone: str, node: str, hints: Any) -> None:
    assert told(near(one(zone, node), asked)) == hints


def test_only_ready_endpoints_get_hints() -> None:
    plan = distributed(Plan(create=(slice_of(one(), one(ready=False)),)), "PreferSameZone")
    assert [told(each.hints) for each in plan.create[0].endpoints or ()] == [(["z1"], []), None]


def test_a_slice_with_other_hints_is_changed_and_one_that_is_right_is_not() -> None:
    wrong = slice_of(evolve(one(), hints=EndpointHints(for_zones=(ForZone(name="z9"),))))
    right = slice_of(evolve(one(), hints=EndpointHints(for_zones=(ForZone(name="z1"),)))).with_meta(name="t")
    plan = distributed(Plan(unchanged=(wrong, right)), "PreferClose")
    assert ([each.name for each in plan.update], plan.unchanged) == (["s"], (right,))
    assert [told(each.hints) for each in plan.update[0].endpoints or ()] == [(["z1"], [])]


def test_hints_that_nobody_asks_for_go() -> None:
    hinted = slice_of(evolve(one(), hints=EndpointHints(for_zones=(ForZone(name="z1"),))))
    plain = slice_of(one()).with_meta(name="t")
    plan = without_hints(Plan(create=(hinted,), unchanged=(hinted, plain)))
    assert plan.unchanged == (plain,)
    assert all(each.hints is None for found in (*plan.create, *plan.update) for each in found.endpoints or ())


@pytest.mark.parametrize(
    ("annotations", "wins"),
    [
        ({"service.kubernetes.io/topology-mode": "Auto"}, True),
        ({"service.kubernetes.io/topology-mode": "auto"}, True),
        ({"service.kubernetes.io/topology-mode": "Disabled"}, False),
        ({"service.kubernetes.io/topology-aware-hints": "Auto"}, True),
        (
            {"service.kubernetes.io/topology-aware-hints": "Disabled", "service.kubernetes.io/topology-mode": "Auto"},
            False,
        ),
    ],
)
def test_the_topology_annotation_wins_over_the_field(annotations: dict[str, str], wins: bool) -> None:  # noqa: FBT001 - a row of the table
    asking = service(trafficDistribution="PreferClose", meta={"annotations": annotations})
    assert (by_annotation(asking), distribution(asking)) == (wins, "" if wins else "PreferClose")


def test_hints_come_and_go_with_the_field() -> None:
    cluster = running()
    for number in (1, 2):
        labels = {"metadata": {"labels": {"topology.kubernetes.io/zone": f"z{number}"}}}
        cluster.patch("node", f"node-{number}", labels)
    cluster.create(deployment())
    cluster.create(front(trafficDistribution="PreferSameNode"))
    cluster.settle()

    def hints() -> set[Any]:
        found = cluster.list("endpointslice", selector={"kubernetes.io/service-name": "web"})
        return {str(told(each.hints)) for part in found for each in part.endpoints or ()}

    assert hints() == {"(['z1'], ['node-1'])", "(['z2'], ['node-2'])"}
    cluster.patch("service", "web", {"spec": {"trafficDistribution": "PreferSameZone"}})
    assert (cluster.settle(), hints())[1] == {"(['z1'], [])", "(['z2'], [])"}
    cluster.patch("service", "web", {"spec": {"trafficDistribution": None}})
    assert (cluster.settle(), hints())[1] == {"None"}
