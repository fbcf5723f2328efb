"""Where everything stands on the map of a cluster: boxes in points, y upwards, as Graphviz counts.

A Pod's place follows from its age on its node, so that it keeps its place while others come and go.
"""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.model.node import Node
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.view.box import Box

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kdisco.model.meta import Key

__all__ = ["GAP", "ROAD", "Map", "Room", "plan"]

CELL = (98.0, 44.0)  # points: one Pod
SMALL = (46.0, 22.0)  # ... where there are many
SERVICE = (152.0, 46.0)
GAP = 13.0  # points between Pods: the lanes of the edges
BETWEEN = 18.0  # points between nodes, and between Services
ROOF = 14.0  # points above a node's first Pods
HEADER = 50.0  # points: that and a node's title, at its foot
ROAD = 66.0  # points from the Services down to the nodes
BAND = 24.0  # points: the height of the Pod network
LEAST = 166.0  # points: the narrowest node
MANY, MOST_PODS, MOST_NODES, ACROSS = 30, 240, 12, 6  # Pods drawn small; drawn at all; nodes; side by side
ASPECT = 0.9  # rows to columns of Pods within a node


@frozen
class Room:
    """A node on the map with its Pods; ``node`` None is where Pods wait for one. ``hidden`` Pods do not fit."""

    node: Node | None
    box: Box
    pods: tuple[tuple[Pod, Box], ...]
    hidden: int


@frozen(kw_only=True)
class Map:
    """What stands where; ``small`` when there are so many Pods that only their last letters fit."""

    services: tuple[tuple[Service, Box], ...]
    rooms: tuple[Room, ...]
    network: Box
    hidden_nodes: int
    small: bool


def plan(services: Sequence[Service], nodes: Sequence[Node], pods: Sequence[Pod]) -> Map:
    """The map of these Services, nodes and Pods; what is beyond its limits is counted, not drawn."""
    listed = _members(nodes[:MOST_NODES], pods)
    most = max(1, MOST_PODS // len(listed))
    fullest = min(max(map(len, listed.values())), most)
    small = fullest * len(listed) > MANY
    cell = SMALL if small else CELL
    columns = max(1, ceil(sqrt(fullest * cell[1] / cell[0] / ASPECT)))
    room = (max(columns * (cell[0] + GAP) + GAP, LEAST), HEADER + max(1, ceil(fullest / columns)) * (cell[1] + GAP))
    across = min(len(listed), ACROSS)
    span = max(_row(across, room[0]), _row(min(len(services), ACROSS), SERVICE[0]))
    found = {node.name: node for node in nodes}
    rooms = []
    for at, (name, members) in enumerate(listed.items()):
        row, column = divmod(at, across)
        box = Box(_x(span, across, column, room[0]), -ROAD - row * (room[1] + BETWEEN) - room[1] / 2, *room)
        ordered = sorted(members, key=_age)[:most]
        places = _cells(box, columns, cell, len(ordered))
        rooms.append(Room(found.get(name), box, tuple(zip(ordered, places, strict=True)), len(members) - len(ordered)))
    shelf = min(len(services), ACROSS)
    fronts = [
        (service, Box(_x(span, shelf, at % ACROSS, SERVICE[0]), _shelf(len(services), at), *SERVICE))
        for at, service in enumerate(services)
    ]
    floor = Box(span / 2, rooms[-1].box.bottom - BETWEEN - BAND / 2, span, BAND)
    hidden = max(0, len(nodes) - MOST_NODES)
    return Map(services=tuple(fronts), rooms=tuple(rooms), network=floor, hidden_nodes=hidden, small=small)


def _members(nodes: Sequence[Node], pods: Sequence[Pod]) -> Mapping[str, list[Pod]]:
    """The Pods of each node, those without a node under ""; never empty."""
    listed: dict[str, list[Pod]] = {node.name: [] for node in nodes}
    if not nodes or any(not pod.spec.node_name for pod in pods):
        listed[""] = []
    for pod in pods:
        if pod.spec.node_name in listed:
            listed[pod.spec.node_name].append(pod)
    return listed


def _age(pod: Pod) -> tuple[str, tuple[int, ...], Key]:
    """Oldest first; of the same second by address, as they were given."""
    address = pod.addresses[0] if pod.addresses else ""
    digits = tuple(int(part) for part in address.split(".") if part.isdigit()) or (256,)
    return pod.metadata.creation_timestamp or "", digits, pod.key


def _row(count: int, width: float) -> float:
    return max(0.0, count * (width + BETWEEN) - BETWEEN)


def _x(span: float, count: int, at: int, width: float) -> float:
    """The centre of one of ``count`` boxes that stand in the middle of ``span``."""
    return (span - _row(count, width)) / 2 + at * (width + BETWEEN) + width / 2


def _shelf(count: int, at: int) -> float:
    """The height of a Service's centre: the first row is the highest."""
    return SERVICE[1] / 2 + ((count - 1) // ACROSS - at // ACROSS) * (SERVICE[1] + BETWEEN)


def _cells(box: Box, columns: int, cell: tuple[float, float], count: int) -> list[Box]:
    """The places of Pods in a node's box, row by row."""
    left = box.x - (columns * (cell[0] + GAP) - GAP) / 2
    return [
        Box(
            left + column * (cell[0] + GAP) + cell[0] / 2,
            box.top - ROOF - row * (cell[1] + GAP) - cell[1] / 2,
            *cell,
        )
        for row, column in (divmod(at, columns) for at in range(count))
    ]
