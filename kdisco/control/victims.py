"""Who goes first when a ReplicaSet shrinks. Upstream: pkg/controller/controller_utils.go ActivePodsWithRanks."""

from __future__ import annotations

import math
import re
from functools import cmp_to_key

from attrs import frozen

from kdisco.model.meta import seconds
from kdisco.model.pod import Pod

__all__ = ["deletion_cost", "ready_since", "victims"]

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
COST = re.compile(r"-[0-9]{1,10}|0|[1-9][0-9]{0,9}")  # no plus sign, no leading zeros
HIGHEST = 1 << 31  # of a cost, which is an int32
PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}
NANOSECONDS = 1e9


@frozen(kw_only=True)
class Rank:
    """What a Pod is compared by, in this order; times in Unix seconds, None while not Ready."""

    worth: tuple[bool, int, bool, int, int]
    ready: float | None
    restarts: tuple[int, int]  # of one container, of one sidecar
    created: float | None
    uid: str


def victims(pods: list[Pod], related: list[Pod], now: float) -> list[Pod]:
    """``pods`` in the order in which scaling down takes them: what is least missed goes first.

    ``related`` are the active Pods of all ReplicaSets of the same owner; ``now`` in Unix seconds.
    """
    neighbours: dict[str, int] = {}
    for pod in related:
        neighbours[pod.spec.node_name] = neighbours.get(pod.spec.node_name, 0) + 1
    ranked = [(_rank(pod, neighbours.get(pod.spec.node_name, 0)), pod) for pod in pods]

    def order(one: tuple[Rank, Pod], other: tuple[Rank, Pod]) -> int:
        return _order(one[0], other[0], now)

    return [pod for _, pod in sorted(ranked, key=cmp_to_key(order))]


def _rank(pod: Pod, neighbours: int) -> Rank:
    return Rank(
        worth=(
            bool(pod.spec.node_name),
            PHASES.get(pod.status.phase, 0),
            pod.ready,
            deletion_cost(pod),
            -neighbours,
        ),
        ready=ready_since(pod),
        restarts=_restarts(pod),
        created=_moment(pod.metadata.creation_timestamp),
        uid=pod.metadata.uid,
    )


def _restarts(pod: Pod) -> tuple[int, int]:
    sidecars = {each.name for each in pod.spec.init_containers if each.restart_policy == "Always"}
    helpers = [each for each in pod.status.init_container_statuses if each.name in sidecars]
    regular, beside = (
        max((each.restart_count for each in statuses), default=0)
        for statuses in (pod.status.container_statuses, helpers)
    )
    return regular, beside


def _order(one: Rank, other: Rank, now: float) -> int:
    return (
        _compared(one.worth, other.worth)
        or _younger(one.ready, other.ready, one, other, now)
        or _compared(other.restarts, one.restarts)
        or _younger(one.created, other.created, one, other, now)
    )


def _compared(one: tuple[int, ...] | int | str, other: tuple[int, ...] | int | str) -> int:
    return (one > other) - (one < other)  # type: ignore[operator]  # both of one type


def _younger(at: float | None, of_other: float | None, one: Rank, other: Rank, now: float) -> int:
    """Whoever has been so for a shorter time, in powers of two; within one power by uid, which is as good as a draw."""
    if at == of_other:
        return 0
    return _compared(_power(at, now), _power(of_other, now)) or _compared(one.uid, other.uid)


def _power(at: float | None, now: float) -> int:
    length = (now - at) * NANOSECONDS if at is not None else 0.0
    return int(math.log2(length)) if length > 0 else -1


def deletion_cost(pod: Pod) -> int:
    """What the Pod's annotation says; 0 without one, and for what is no int32."""
    text = pod.metadata.annotations.get(DELETION_COST, "0")
    cost = int(text) if COST.fullmatch(text) else 0
    return cost if -HIGHEST <= cost < HIGHEST else 0


def ready_since(pod: Pod) -> float | None:
    """When the Pod became Ready, in Unix seconds; None while it is not, or when nobody noted it."""
    found = next((each for each in pod.status.conditions if each.type == "Ready" and each.status == "True"), None)
    return _moment(found.last_transition_time) if found is not None else None


def _moment(text: str | None) -> float | None:
    return seconds(text) if text else None
