"""How far a rollout has come, in the words of ``kubectl rollout status``.

Upstream: kubectl pkg/polymorphichelpers/rollout_status.go.
"""

from __future__ import annotations

from attrs import frozen

from kdisco.errors import UsageError
from kdisco.model.meta import Object
from kdisco.model.sets import DaemonSet, StatefulSet
from kdisco.model.workload import Deployment

__all__ = ["Progress", "daemon_progress", "deployment_progress", "stateful_progress"]

ROLLING = "RollingUpdate"


@frozen
class Progress:
    """How far a rollout has come: a sentence, and whether it is over."""

    message: str
    done: bool = False

    def __str__(self) -> str:
        """The sentence alone."""
        return self.message


def deployment_progress(found: Deployment) -> Progress:
    """What ``rollout status`` says of a Deployment; raises UsageError when its deadline has passed."""
    status, wanted = found.status, found.spec.replicas or 0
    if found.metadata.generation > status.observed_generation:
        return Progress("Waiting for deployment spec update to be observed...")
    if any(each.type == "Progressing" and each.reason == "ProgressDeadlineExceeded" for each in status.conditions):
        msg = f'error: deployment "{found.name}" exceeded its progress deadline'
        raise UsageError(msg)
    left = ""
    if status.updated_replicas < wanted:
        left = f"{status.updated_replicas} out of {wanted} new replicas have been updated"
    elif status.replicas > status.updated_replicas:
        left = f"{status.replicas - status.updated_replicas} old replicas are pending termination"
    elif status.available_replicas < status.updated_replicas:
        left = f"{status.available_replicas} of {status.updated_replicas} updated replicas are available"
    return _rolling("deployment", found, left)


def _rolling(kind: str, found: Object, left: str) -> Progress:
    if left:
        return Progress(f'Waiting for {kind} "{found.name}" rollout to finish: {left}...')
    return Progress(f'{kind} "{found.name}" successfully rolled out', done=True)


def _rolls(found: StatefulSet | DaemonSet) -> None:
    if found.spec.update_strategy.type != ROLLING:
        msg = f"error: rollout status is only available for {ROLLING} strategy type"
        raise UsageError(msg)


def daemon_progress(found: DaemonSet) -> Progress:
    """What ``rollout status`` says of a DaemonSet; raises UsageError for one that does not roll."""
    _rolls(found)
    status, left = found.status, ""
    if found.metadata.generation > status.observed_generation:
        return Progress("Waiting for daemon set spec update to be observed...")
    wanted = status.desired_number_scheduled
    if status.updated_number_scheduled < wanted:
        left = f"{status.updated_number_scheduled} out of {wanted} new pods have been updated"
    elif status.number_available < wanted:
        left = f"{status.number_available} of {wanted} updated pods are available"
    return _rolling("daemon set", found, left)


def stateful_progress(found: StatefulSet) -> Progress:
    """What ``rollout status`` says of a StatefulSet; raises UsageError for one that does not roll."""
    _rolls(found)
    status, wanted = found.status, found.spec.replicas or 0
    if not status.observed_generation or found.metadata.generation > status.observed_generation:
        return Progress("Waiting for statefulset spec update to be observed...")
    if status.ready_replicas < wanted:
        return Progress(f"Waiting for {wanted - status.ready_replicas} pods to be ready...")
    rolling, updated = found.spec.update_strategy.rolling_update, status.updated_replicas
    if rolling is not None:
        above = wanted - (rolling.partition or 0)
        if rolling.partition is not None and updated < above:
            counts = f"{updated} out of {above} new pods have been updated"
            return Progress(f"Waiting for partitioned roll out to finish: {counts}...")
        return Progress(f"partitioned roll out complete: {updated} new pods have been updated...", done=True)
    if status.update_revision != status.current_revision:
        words = f"{updated} pods at revision {status.update_revision}"
        return Progress(f"waiting for statefulset rolling update to complete {words}...")
    words = f"{status.current_replicas} pods at revision {status.current_revision}"
    return Progress(f"statefulset rolling update complete {words}...", done=True)
