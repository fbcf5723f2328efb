"""Taint eviction: Pods that do not put up with a node's NoExecute taints go, others when their time is over.

Upstream: pkg/controller/tainteviction/taint_eviction.go.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Later, Tell, Write, delete, own_key, update_status
from kdisco.model.meta import Key, seconds
from kdisco.model.node import Node
from kdisco.model.pod import Pod, PodCondition
from kdisco.model.taint import Taint, untolerated

__all__ = ["CONTROLLER", "disrupted"]

PRECISION = 1e-6


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Evict the Pods of one node that are due, and come back for the next one.

    The key is a node's; where a taint does not say when it came, the time at which it was first seen goes
    before the node's name when the controller comes back.
    """
    seen, name = key
    since = float(seen) if seen else context.now
    node: Node | None = context.view.get("nodes", ("", name))
    taints = [each for each in node.spec.taints if each.effect == "NoExecute"] if node is not None else []
    if node is None or not taints:
        return
    following = math.inf
    for pod in list(context.stored.table("pods").find("node", node.name)):
        if pod.deleting or pod.finished:
            continue
        due = _due(context, pod, taints, since)
        if due <= context.now + PRECISION:
            yield from _evict(context, pod)
        else:
            following = min(following, due)
    if following != math.inf:
        dated = all(each.time_added for each in taints)
        yield Later(following - context.now, key=("", name) if dated else (repr(since), name))


def _due(context: Context, pod: Pod, taints: list[Taint], since: float) -> float:
    """When a Pod has to go, in cluster time; infinite when it may stay. ``since`` is when the taints were seen."""
    if any(untolerated(taints, pod.spec.tolerations, "NoExecute")):
        return context.now
    waits = []
    for taint in taints:
        used = next(each for each in pod.spec.tolerations if each.tolerates(taint))
        if used.toleration_seconds is not None:
            waits.append(max(0, used.toleration_seconds))
        if taint.time_added:
            since = min(since, seconds(taint.time_added) - context.epoch)
    return since + min(waits) if waits else math.inf


def _evict(context: Context, pod: Pod) -> Iterator[Write]:
    yield Tell(
        about=pod, reason="TaintManagerEviction", message=f"Marking for deletion Pod {pod.namespace}/{pod.name}"
    )
    why = ("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint")
    yield update_status(disrupted(context, pod, *why))
    yield delete(pod)


def disrupted(context: Context, pod: Pod, reason: str, message: str) -> Pod:
    """The Pod with the condition that somebody else, not its owner, is about to end it."""
    condition = PodCondition(
        type="DisruptionTarget",
        status="True",
        reason=reason,
        message=message,
        last_transition_time=context.time(),
        observed_generation=pod.metadata.generation,
    )
    others = tuple(each for each in pod.status.conditions if each.type != "DisruptionTarget")
    found: Pod = evolve(pod, status=evolve(pod.status, conditions=(*others, condition)))
    return found.with_meta(resource_version="")


CONTROLLER = Controller("tainteviction", {"nodes": own_key}, reconcile, source="taint-eviction-controller")
