"""From a Service to its Pods: the links in order, up to the first that is broken; then packets are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kdisco.explain.existence import address
from kdisco.explain.finding import Finding
from kdisco.explain.pods import readiness
from kdisco.explain.ports import ports
from kdisco.explain.probes import probes, succeeds
from kdisco.explain.proxies import rules
from kdisco.explain.scene import Scene
from kdisco.explain.selection import selection
from kdisco.explain.slices import by_hand, fresh
from kdisco.explain.way import way

__all__ = ["LINKS", "behind"]

LINKS: tuple[Callable[[Scene], Iterator[Finding]], ...] = (
    address, selection, readiness, ports, by_hand, fresh, rules,
)  # fmt: skip


def behind(scene: Scene) -> tuple[list[Finding], int | None]:
    """What is wrong behind a Service, and how many connections were tried, None where none was to be.

    It is the first broken link; where none is, what the packets that were sent ran into.
    """
    for link in LINKS:
        found = [*link(scene)]
        if found:
            return found, None
    if scene.partial and not scene.service.spec.selector:
        return [], None  # its endpoints were not in the dump
    listed = [*probes(scene)]
    return [*way(scene, (each for each in listed if not succeeds(scene, each)))], len(listed)
