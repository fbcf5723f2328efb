"""What ReplicaSets, StatefulSets and DaemonSets ask of their Pods: whose they are, since when they are available."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kdisco.control.controller import Context, Keys
from kdisco.model.meta import Key, Object, seconds
from kdisco.model.pod import Pod
from kdisco.model.selector import LabelSelector
from kdisco.store.table import View

__all__ = ["RETRY", "UNSEEN", "available_at", "behind", "is_available", "keys_of_pods", "selection", "until_available"]

UNSEEN = 0.01  # seconds until the own writes have come back
RETRY = 15.0  # seconds until what was refused is tried again
LITTLE = 0.001  # seconds after which a moment has certainly passed


def selection(selector: LabelSelector | None) -> Callable[[Mapping[str, str]], bool]:
    """Whether labels fit a set's selector; a set without one has no Pods."""
    return selector.selects if selector is not None else lambda _labels: False


def keys_of_pods(kind: str, resource: str) -> Keys:
    """The set of ``kind`` that a changed Pod belongs to; if nobody's, the sets that may adopt it."""

    def keys(view: View, found: Object) -> Iterable[Key]:
        if found.owner is not None:
            return [(found.namespace, found.owner.name)] if found.owner.kind == kind else []
        sets = view.list(resource, found.namespace)
        return [each.key for each in sets if each.spec.selector and each.spec.selector.selects(found.labels)]

    return keys


def behind(context: Context, owner: Object) -> bool:
    """Whether what was done to the owner's Pods just now is still to be heard of: a timer may come in between.

    Upstream: pkg/controller ControllerExpectations.
    """
    seen, stored = (
        [(pod.key, pod.metadata.uid, pod.deleting) for pod in view.owned("pods", owner)]
        for view in (context.view, context.stored)
    )
    return seen != stored


def available_at(pod: Pod, min_ready_seconds: int) -> float | None:
    """When the Pod counts as available, in Unix seconds; None while it is not Ready."""
    if not pod.ready:
        return None
    if not min_ready_seconds:
        return 0.0
    since = next(each.last_transition_time for each in pod.status.conditions if each.type == "Ready")
    return seconds(since) + min_ready_seconds if since else None


def is_available(pod: Pod, min_ready_seconds: int, now: float) -> bool:
    """Whether the Pod has been Ready for long enough at ``now``, in Unix seconds."""
    at = available_at(pod, min_ready_seconds)
    return at is not None and (at < now or not min_ready_seconds)


def until_available(pods: Iterable[Pod], min_ready_seconds: int, now: float) -> float | None:
    """Seconds until the next of the Pods counts as available; None when there is none to wait for."""
    times = (available_at(pod, min_ready_seconds) for pod in pods if min_ready_seconds)
    waits = [at - now + LITTLE for at in times if at is not None and at >= now]
    return min(waits, default=None)
