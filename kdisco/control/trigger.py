"""When the change happened that a slice or Endpoints was written for: consumers measure their delay by it.

The controllers upstream remember the times of the sync before; here what they wrote then tells which Pods
have changed since. Upstream: endpointslice/util/trigger_time_tracker.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kdisco.model.meta import Labels
from kdisco.model.pod import Pod
from kdisco.model.service import Service

__all__ = ["TRIGGER", "marked", "trigger_time"]

TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
Listed = Mapping[str, tuple[str, bool]]  # of each Pod's name: its uid, and whether it was ready


def trigger_time(service: Service, listed: Listed | None, pods: Iterable[Pod]) -> str:
    """The time of the first change since the last sync; "" when no Pod became ready or unready.

    ``listed`` is what was written of each Pod in the sync before, None when this is the first: then it is
    the Service's creation that counts.
    """
    if listed is None:
        return service.metadata.creation_timestamp or ""
    changed = (pod for pod in pods if listed.get(pod.name) != (pod.metadata.uid, pod.ready))
    return min((time for pod in changed if (time := _turned(pod))), default="")


def marked(annotations: Labels, time: str) -> Labels:
    """Annotations that say so; without a time they say nothing of it."""
    return annotations.merged({TRIGGER: time}) if time else annotations.without(TRIGGER)


def _turned(pod: Pod) -> str | None:
    """When the condition Ready last changed."""
    return next((each.last_transition_time for each in pod.status.conditions if each.type == "Ready"), None)
