"""Hints by the annotation ``service.kubernetes.io/topology-mode: Auto``: zones get endpoints by their share of CPUs.

Upstream: endpointslice/topologycache (topologycache.go, sliceinfo.go, utils.go, event.go). Where Go goes
through a map in any order, zones are taken by name here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from attrs import evolve

from kdisco.control.hints import hinted, without_hints
from kdisco.control.slice_plan import Plan
from kdisco.model.endpoints import Endpoint, EndpointHints, EndpointSlice, ForZone
from kdisco.model.node import Node

__all__ = ["overloaded", "shares", "spread", "zones_hinted"]

OVERLOAD = 0.2  # how much more than its share an endpoint may get
EXCLUDED = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
NO_NODE_INFO = "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes"
TOO_FEW = "Insufficient number of endpoints"
TOO_UNEVEN = "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold"
NO_ZONE = "One or more endpoints do not have a zone specified"
SUFFIXES = {"n": 1e-6, "u": 1e-3, "m": 1.0, "": 1e3, "k": 1e6, "M": 1e9, "Ki": 1e3 * 2**10, "Mi": 1e3 * 2**20}
Room = tuple[int, float]  # the most endpoints that a zone may get, and how many it should


def shares(nodes: Iterable[Node]) -> dict[str, float]:
    """Each zone's part of all CPUs that Pods may use; empty when it is not known of every node, or for one zone."""
    cpus: Counter[str] = Counter()
    for node in nodes:
        if not node.ready or any(label in node.labels for label in EXCLUDED):
            continue
        cpu = _millis((node.status.kept.get("allocatable") or {}).get("cpu"))
        if not node.zone or not cpu:
            return {}
        cpus[node.zone] += cpu
    total = sum(cpus.values())
    return {zone: cpus[zone] / total for zone in sorted(cpus)} if len(cpus) > 1 else {}


def _millis(quantity: object) -> int:
    """A quantity ("4", "3920m") in thousandths; 0 for none."""
    text = str(quantity or 0)
    number = text.rstrip("numkMGTPEi")
    try:
        return math.ceil(float(number) * SUFFIXES.get(text[len(number) :], 1e3))
    except ValueError:
        return 0


def spread(plan: Plan, parts: Mapping[str, float]) -> tuple[Plan, str]:
    """A plan with hints by the zones' ``parts``; without any, and why, where that is impossible."""
    everywhere = (*plan.create, *plan.update, *plan.unchanged)
    room = _room(parts, sum(one.conditions.ready is True for each in everywhere for one in each.endpoints or ()))
    if isinstance(room, str):
        return without_hints(plan), room
    given: Counter[str] = Counter()
    kept, wrong = [], []
    for each in plan.unchanged:
        zones = _hinted_zones(each, given, room)
        if zones is None:
            wrong.append(each)
        else:
            kept.append(each)
            given += zones
    plan = evolve(plan, update=(*plan.update, *wrong), unchanged=tuple(kept))
    ready = [
        one for each in (*plan.create, *plan.update) for one in each.endpoints or () if one.conditions.ready is True
    ]
    if not all(one.zone for one in ready):
        return without_hints(plan), NO_ZONE
    given.update(one.zone or "" for one in ready)
    hints = _Hints(*_exchange(room, given))
    return evolve(
        plan,
        create=tuple(hinted(each, hints.of) for each in plan.create),
        update=tuple(hinted(each, hints.of) for each in plan.update),
    ), ""


def _room(parts: Mapping[str, float], number: int) -> dict[str, Room] | str:
    """How many of the ready endpoints each zone should and may have; or why that cannot be."""
    if not parts:
        return NO_NODE_INFO
    counted = f" ({number} endpoints, {len(parts)} zones)"
    if len(parts) > number:
        return TOO_FEW + counted
    least = {zone: math.ceil(part * number * (1 / (1 + OVERLOAD))) for zone, part in parts.items()}
    over = number - sum(least.values())
    if over < 0:
        return TOO_UNEVEN + counted
    return {zone: (least[zone] + over, max(part * number, float(least[zone]))) for zone, part in parts.items()}


def _hinted_zones(found: EndpointSlice, given: Counter[str], room: Mapping[str, Room]) -> Counter[str] | None:
    """The zones that a slice's hints name; None when an endpoint has none, or a zone would get too many."""
    zones: Counter[str] = Counter()
    for one in found.endpoints or ():
        if one.conditions.ready is True:
            if one.hints is None or not one.hints.for_zones:
                return None
            zones.update(each.name for each in one.hints.for_zones)
    if any(zone not in room or number + given[zone] > room[zone][0] for zone, number in zones.items()):
        return None
    return zones


def _exchange(room: Mapping[str, Room], given: Counter[str]) -> tuple[Counter[str], Counter[str]]:
    """How many endpoints zones that have too many give away, and how many the others get."""
    over = {zone: given[zone] - wanted for zone, (_, wanted) in room.items() if given[zone] > wanted}
    under = {zone: wanted - given[zone] for zone, (_, wanted) in room.items() if given[zone] < wanted}
    gives: Counter[str] = Counter()
    gets: Counter[str] = Counter()
    while over and under:
        giver, getter = max(over, key=over.__getitem__), max(under, key=under.__getitem__)
        most, least = max(over[giver], under[getter]), min(over[giver], under[getter])
        if most < 1.0 or least < 0.5:  # noqa: PLR2004 - a whole endpoint for one, half of one for the other
            break
        gives[giver] += 1
        over[giver] -= 1
        gets[getter] += 1
        under[getter] -= 1
    return gives, gets


class _Hints:
    """The hints of one endpoint after the other: its own zone, until its zone has to give some away."""

    def __init__(self, gives: Counter[str], gets: Counter[str]) -> None:
        self.gives, self.gets = gives, gets

    def of(self, found: Endpoint) -> EndpointHints | None:
        """The hints of the next endpoint."""
        if found.conditions.ready is not True:
            return found.hints
        zone = found.zone or ""
        getter = next((name for name in sorted(self.gets) if self.gets[name]), "")
        if getter and self.gives[zone]:
            self.gives[zone] -= 1
            self.gets[getter] -= 1
            zone = getter
        return EndpointHints(for_zones=(ForZone(name=zone),))


def zones_hinted(found: Iterable[EndpointSlice]) -> Counter[str]:
    """How many endpoints the hints of a Service's slices give to each zone."""
    endpoints = (one for each in found for one in each.endpoints or () if one.hints is not None)
    return Counter(zone.name for one in endpoints for zone in (one.hints.for_zones if one.hints else ()))


def overloaded(given: Counter[str], parts: Mapping[str, float]) -> bool:
    """Whether a zone has too few endpoints for its part of the CPUs, so that the Service is looked at again."""
    if not given:
        return False
    total = given.total()
    return not parts or any(
        given[zone] < math.ceil(total * part * (1 / (1 + OVERLOAD))) for zone, part in parts.items()
    )
