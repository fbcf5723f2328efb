"""The arithmetic of a rolling update: how many Pods the new and the old ReplicaSets may have next.

Upstream: pkg/controller/deployment/util/deployment_util.go, rolling.go, sync.go.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from attrs import frozen

from kdisco.model.workload import DeploymentSpec, ReplicaSet

__all__ = ["Limits", "limits", "new_replicas", "old_replicas", "proportional"]


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
    return Limits(surge, min(unavailable, wanted) if wanted else unavailable)


def _share(value: int | str | None, total: int, rounded: Callable[[float], int]) -> int:
    if isinstance(value, str):
        exact = int(value.removesuffix("%")) * total / 100
        return rounded(exact)
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
    """What old ReplicaSets shrink to in this step: unhealthy Pods first, then as availability allows.

    ``old`` is in order of age, oldest first.
    """
    wanted = spec.replicas or 0
    minimum = wanted - limits(spec).unavailable
    total = count(new) + sum(count(each) for each in old)
    new_unavailable = count(new) - new.status.available_replicas
    most = total - minimum - new_unavailable
    if most <= 0:
        return
    sizes = {each.name: count(each) for each in old}
    cleaned = 0
    for each in old:
        unhealthy = count(each) - each.status.available_replicas
        take = min(most - cleaned, unhealthy)
        if take > 0:
            sizes[each.name] -= take
            cleaned += take
    available = new.status.available_replicas + sum(each.status.available_replicas for each in old)
    spare = available - minimum
    for each in old:
        take = min(sizes[each.name], spare)
        if take > 0:
            sizes[each.name] -= take
            spare -= take
    yield from ((each, sizes[each.name]) for each in old if sizes[each.name] != count(each))


def proportional(
    spec: DeploymentSpec, active: list[ReplicaSet], annotated: dict[str, int]
) -> Iterator[tuple[ReplicaSet, int]]:
    """Spread a change of the wanted number over the ReplicaSets of a rollout in progress, largest first.

    ``annotated`` is each ReplicaSet's max-replicas annotation: the size all were planned for.
    """
    allowed = (spec.replicas or 0) + limits(spec).surge if spec.replicas else 0
    total = sum(count(each) for each in active)
    to_add = allowed - total
    growing = to_add > 0
    ordered = sorted(active, key=lambda each: each.metadata.creation_timestamp or "", reverse=growing)
    ordered.sort(key=count, reverse=True)
    sizes, added = {}, 0
    for each in ordered:
        sizes[each.name] = count(each)
        if to_add:
            planned = annotated.get(each.name) or (spec.replicas or 0)
            fraction = round(count(each) * allowed / planned) - count(each)
            left = to_add - added
            share = min(fraction, left) if growing else max(fraction, left)
            sizes[each.name] += share
            added += share
    if ordered and to_add:
        first = ordered[0].name
        sizes[first] = max(0, sizes[first] + to_add - added)
    yield from ((each, sizes[each.name]) for each in ordered if sizes[each.name] != count(each))
