"""Hints of ``spec.trafficDistribution``: each ready endpoint is for its own zone, or for its own node as well.

Upstream: endpointslice/trafficdist/trafficdist.go.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from kdisco.control.slice_plan import Plan
from kdisco.model.endpoints import Endpoint, EndpointHints, EndpointSlice, ForNode, ForZone
from kdisco.model.service import Service

__all__ = ["by_annotation", "distributed", "distribution", "hinted", "near", "without_hints"]

TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints"  # the older one goes before
TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"
DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")


def by_annotation(service: Service) -> bool:
    """Whether an annotation asks for hints by the zones' share of CPUs; it wins over the field."""
    marks = service.metadata.annotations
    return marks.get(TOPOLOGY_HINTS, marks.get(TOPOLOGY_MODE)) in ("Auto", "auto")


def distribution(service: Service) -> str:
    """What the field asks for; "" when it is unset or the annotation wins."""
    asked = service.spec.traffic_distribution
    return asked if asked in DISTRIBUTIONS and not by_annotation(service) else ""


def near(found: Endpoint, asked: str) -> EndpointHints | None:
    """The hints of a ready endpoint: its zone, with PreferSameNode its node too; None when it has neither."""
    zones = (ForZone(name=found.zone),) if found.zone else ()
    nodes = (ForNode(name=found.node_name),) if asked == "PreferSameNode" and found.node_name else ()
    return EndpointHints(for_zones=zones, for_nodes=nodes) if zones or nodes else None


def distributed(plan: Plan, asked: str) -> Plan:
    """A plan whose ready endpoints have the hints that the field asks for; slices that have others change too."""

    def hints(found: Endpoint) -> EndpointHints | None:
        return near(found, asked) if found.conditions.ready else found.hints

    return _changed(plan, hints)


def without_hints(plan: Plan) -> Plan:
    """A plan in which no endpoint has hints."""
    return _changed(plan, lambda _found: None)


def _changed(plan: Plan, hints: Callable[[Endpoint], EndpointHints | None]) -> Plan:
    wrong = tuple(each for each in plan.unchanged if any(hints(one) != one.hints for one in each.endpoints or ()))
    names = {each.name for each in wrong}
    return evolve(
        plan,
        create=tuple(hinted(each, hints) for each in plan.create),
        update=tuple(hinted(each, hints) for each in (*plan.update, *wrong)),
        unchanged=tuple(each for each in plan.unchanged if each.name not in names),
    )


def hinted(found: EndpointSlice, hints: Callable[[Endpoint], EndpointHints | None]) -> EndpointSlice:
    """A slice whose endpoints have the hints that are said for each."""
    told = [(one, hints(one)) for one in found.endpoints or ()]
    if all(one.hints == new for one, new in told):
        return found
    return evolve(found, endpoints=tuple(one if one.hints == new else evolve(one, hints=new) for one, new in told))
