"""The arithmetic of a rolling update: how many Pods the new and the old ReplicaSets may have next.

Upstream: pkg/controller/deployment/util/deployment_util.go, rolling.go, sync.go.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping

from attrs import frozen

from kdisco.model.workload import DeploymentSpec, ReplicaSet

__all__ = ["Limits", "count", "limits", "new_replicas", "old_replicas", "proportional"]


PERCENTAGE = re.compile(r"([0-9]{1,9})%")


@frozen
class Limits:
    """Absolute numbers of Pods: above the wanted number, and missing from it."""

    surge: int
    unavailable: int


def limits(spec: DeploymentSpec) -> Limits:
    """Resolve percentages: surge rounds up, unavailable down; never both zero. Recreate allows no surge."""
    wanted = spec.replicas or 0
    rolling = spec.strategy.rolling_update
    if spec.strategy.type != "RollingUpdate" or rolling is None:
        return Limits(0, 0)
    surge = _share(rolling.max_surge, wanted, math.ceil)
    unavailable = _share(rolling.max_unavailable, wanted, math.floor)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Limits(surge, min(unavailable, wanted))


def _share(value: int | str | None, total: int, rounded: Callable[[float], int]) -> int:
    if isinstance(value, str):
        share = PERCENTAGE.fullmatch(value)
        return rounded(int(share[1]) * total / 100) if share else 0
    return value or 0


def count(found: ReplicaSet) -> int:
    """spec.replicas."""
    return found.spec.replicas or 0


def new_replicas(spec: DeploymentSpec, everything: list[ReplicaSet], new: int) -> int:
    """What the new ReplicaSet may have now: up to the wanted number, within the surge."""
    wanted = spec.replicas or 0
    if spec.strategy.type != "RollingUpdate" or new > wanted:
        return wanted
    room = wanted + limits(spec).surge - sum(count(each) for each in everything)
    return new if room <= 0 else new + min(room, wanted - new)


def old_replicas(spec: DeploymentSpec, new: ReplicaSet, old: list[ReplicaSet]) -> Iterator[tuple[ReplicaSet, int]]:
    """What old ReplicaSets shrink to, write by write: unhealthy Pods go first, then as availability allows.

    ``old`` is in order of age, oldest first; one of them may come up twice. One whose status still counts
    Pods that it is to lose already stops the step: by such a count too many would go.
    """
    minimum = (spec.replicas or 0) - limits(spec).unavailable
    total = count(new) + sum(count(each) for each in old)
    most = total - minimum - (count(new) - new.status.available_replicas)
    if most <= 0:
        return
    sizes = {each.name: count(each) for each in old}
    for each in old:
        unhealthy = count(each) - each.status.available_replicas
        if most and unhealthy < 0:
            return
        if take := min(most, unhealthy):
            most -= take
            sizes[each.name] -= take
            yield each, sizes[each.name]
    spare = sum(each.status.available_replicas for each in (new, *old)) - minimum
    for each in old:
        if (take := min(sizes[each.name], spare)) > 0:
            spare -= take
            sizes[each.name] -= take
            yield each, sizes[each.name]


def proportional(
    spec: DeploymentSpec, active: list[ReplicaSet], planned: Mapping[str, int]
) -> Iterator[tuple[ReplicaSet, int]]:
    """Spread a change of the wanted number over the ReplicaSets of a rollout in progress, largest first.

    ``active`` is in order of age: of two that are as large, the newer grows first and the older shrinks first.
    ``planned`` is the total that each ReplicaSet was sized for: its max-replicas annotation. Of what is
    left over after rounding, the largest takes all.
    """
    allowed = (spec.replicas or 0) + limits(spec).surge if spec.replicas else 0
    to_add = allowed - sum(count(each) for each in active)
    ordered = sorted(active[::-1] if to_add > 0 else active, key=count, reverse=True)
    sizes, left = {each.name: count(each) for each in ordered}, to_add
    for each in ordered:
        if left:
            fraction = _nearest(count(each) * allowed, planned.get(each.name, 0), count(each)) - count(each)
            share = min(fraction, left) if to_add > 0 else max(fraction, left)
            sizes[each.name] += share
            left -= share
    if ordered and left:
        first = ordered[0].name
        sizes[first] = max(0, sizes[first] + left)
    yield from ((each, sizes[each.name]) for each in ordered)


def _nearest(dividend: int, divisor: int, otherwise: int) -> int:
    """The nearest whole number; halves go up, as Go's rounding of what is not negative does."""
    return (2 * dividend + divisor) // (2 * divisor) if divisor else otherwise
