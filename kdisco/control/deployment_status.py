"""What a Deployment says of its rollout. Upstream: pkg/controller/deployment/{sync,progress}.go, deployment_util.go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import evolve

from kdisco.control.controller import Context, Later
from kdisco.control.retry import retry
from kdisco.control.rollout import count, limits
from kdisco.model.meta import seconds
from kdisco.model.workload import Deployment, DeploymentCondition, DeploymentSpec, DeploymentStatus, ReplicaSet

__all__ = [
    "CREATED",
    "FAILED_CREATE",
    "FOUND",
    "complete",
    "counted",
    "has_deadline",
    "patience",
    "pause_noted",
    "progress_noted",
    "progressing",
    "rollout_status",
]

AVAILABLE: Final = "Available"
PROGRESSING: Final = "Progressing"
FAILURE: Final = "ReplicaFailure"
CREATED, FOUND, FAILED_CREATE = "NewReplicaSetCreated", "FoundNewReplicaSet", "ReplicaSetCreateError"
UPDATED, DONE, TIMED_OUT = "ReplicaSetUpdated", "NewReplicaSetAvailable", "ProgressDeadlineExceeded"
PAUSED, RESUMED = "DeploymentPaused", "DeploymentResumed"
TRIED = 164.0  # seconds for which making a new ReplicaSet is tried: 15 times, from 5 ms on each twice as late
NO_LIMIT = (1 << 31) - 1  # the largest int32 stands for none


def has_deadline(spec: DeploymentSpec) -> bool:
    """Whether a rollout without progress is given up some time."""
    return spec.progress_deadline_seconds not in (None, NO_LIMIT)


def complete(deployment: Deployment, status: DeploymentStatus) -> bool:
    """Whether all Pods are of the newest template, available, and no more than wanted."""
    return (
        status.updated_replicas == status.replicas == status.available_replicas == (deployment.spec.replicas or 0)
        and status.observed_generation >= deployment.metadata.generation
    )


def progressing(status: DeploymentStatus) -> DeploymentCondition | None:
    """The condition Progressing, if there is one."""
    return next((each for each in status.conditions if each.type == PROGRESSING), None)


def progress_noted(
    context: Context, status: DeploymentStatus, value: str, reason: str, message: str
) -> DeploymentStatus:
    """A status that tells of progress; of the same with the same reason was told before, it stays as it was."""
    told = DeploymentCondition(type=PROGRESSING, status=value, reason=reason, message=message)
    return _noted(context, status, told)


def pause_noted(context: Context, deployment: Deployment) -> Deployment:
    """A Deployment that says that it is paused, or no more: so long nobody expects progress of it."""
    before = progressing(deployment.status)
    reason = before.reason if before is not None else ""
    paused = deployment.spec.paused
    if not has_deadline(deployment.spec) or reason == TIMED_OUT or paused == (reason == PAUSED):
        return deployment
    words = (PAUSED, "Deployment is paused") if paused else (RESUMED, "Deployment is resumed")
    return evolve(deployment, status=progress_noted(context, deployment.status, "Unknown", *words))


def counted(
    context: Context, deployment: Deployment, new: ReplicaSet | None, everything: Iterable[ReplicaSet]
) -> DeploymentStatus:
    """The counts over all ReplicaSets, and whether enough Pods are available."""
    listed = list(everything)
    available = sum(each.status.available_replicas for each in listed)
    status = evolve(
        deployment.status,
        observed_generation=deployment.metadata.generation,
        replicas=sum(each.status.replicas for each in listed),
        updated_replicas=new.status.replicas if new is not None else 0,
        ready_replicas=sum(each.status.ready_replicas for each in listed),
        available_replicas=available,
        unavailable_replicas=max(0, sum(count(each) for each in listed) - available),
        terminating_replicas=_terminating(listed),
    )
    enough = available >= (deployment.spec.replicas or 0) - limits(deployment.spec).unavailable
    told = DeploymentCondition(
        type=AVAILABLE,
        status="True" if enough else "False",
        reason="MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        message=f"Deployment {'has' if enough else 'does not have'} minimum availability.",
    )
    return _noted(context, status, told)


def _terminating(listed: list[ReplicaSet]) -> int | None:
    """How many Pods are on their way out; None while a ReplicaSet that is known of has not told."""
    known = [each.status for each in listed if each.status.observed_generation or _has_told(each)]
    counts = [status.terminating_replicas for status in known]
    return None if None in counts else sum(each or 0 for each in counts)


def _has_told(found: ReplicaSet) -> bool:
    return found.status.terminating_replicas is not None


def rollout_status(
    context: Context, deployment: Deployment, new: ReplicaSet | None, everything: Iterable[ReplicaSet]
) -> DeploymentStatus:
    """The status during a rollout: the counts, how it goes on, and what hinders ReplicaSets."""
    listed = list(everything)
    status = counted(context, deployment, new, listed)
    before = progressing(deployment.status)
    if not has_deadline(deployment.spec):
        status = _without(status, PROGRESSING)
    elif before is None or before.reason != DONE or status.replicas != status.updated_replicas:
        status = _progress(context, deployment, status, new, before)
    failures = [each for found in (new, *listed) if found is not None for each in found.status.conditions]
    failure = next((each for each in failures if each.type == FAILURE), None)
    if failure is None:
        return _without(status, FAILURE)
    told = DeploymentCondition(
        type=FAILURE,
        status=failure.status,
        last_update_time=failure.last_transition_time,
        last_transition_time=failure.last_transition_time,
        reason=failure.reason,
        message=failure.message,
    )
    return _noted(context, status, told)


def _progress(
    context: Context,
    deployment: Deployment,
    status: DeploymentStatus,
    new: ReplicaSet | None,
    before: DeploymentCondition | None,
) -> DeploymentStatus:
    """The status with what has just happened to the rollout: it is done, goes on, or takes too long."""
    who = f'ReplicaSet "{new.name}"' if new is not None else f'Deployment "{deployment.name}"'
    if complete(deployment, status):
        return progress_noted(context, status, "True", DONE, f"{who} has successfully progressed.")
    if _advanced(deployment.status, status):
        since = before.last_transition_time if before is not None and before.status == "True" else None
        told = DeploymentCondition(
            type=PROGRESSING,
            status="True",
            last_transition_time=since,
            reason=UPDATED,
            message=f"{who} is progressing.",
        )
        return _noted(context, _without(status, PROGRESSING), told)
    if _timed_out(context, deployment, progressing(status)):
        return progress_noted(context, status, "False", TIMED_OUT, f"{who} has timed out progressing.")
    return status


def _advanced(old: DeploymentStatus, new: DeploymentStatus) -> bool:
    """Whether there are more new Pods, fewer old ones, or more that are ready or available."""
    return (
        new.updated_replicas > old.updated_replicas
        or new.replicas - new.updated_replicas < old.replicas - old.updated_replicas
        or new.ready_replicas > old.ready_replicas
        or new.available_replicas > old.available_replicas
    )


def _timed_out(context: Context, deployment: Deployment, before: DeploymentCondition | None) -> bool:
    if before is None or before.reason == DONE:
        return False
    return before.reason == TIMED_OUT or _since(context, before) > (deployment.spec.progress_deadline_seconds or 0)


def _since(context: Context, told: DeploymentCondition) -> float:
    """Seconds since progress was last told."""
    return context.epoch + context.now - (seconds(told.last_update_time) if told.last_update_time else 0.0)


def patience(context: Context, deployment: Deployment) -> Later | None:
    """When to look again whether a rollout has gone on; None when it is over, or nobody waits for it."""
    before = progressing(deployment.status)
    if not has_deadline(deployment.spec) or before is None or before.reason in (DONE, TIMED_OUT):
        return None
    waited = _since(context, before)
    if before.reason == FAILED_CREATE:
        return retry(context, before.last_update_time) if waited < TRIED else None
    left = (deployment.spec.progress_deadline_seconds or 0) - waited
    return Later(left + 1 if left >= 1 else max(left, 0.0) + 0.01)


def _noted(context: Context, status: DeploymentStatus, told: DeploymentCondition) -> DeploymentStatus:
    """A status with a condition, and its times; what was told before with the same reason stays as it was."""
    before = next((each for each in status.conditions if each.type == told.type), None)
    if before is not None and (before.status, before.reason) == (told.status, told.reason):
        return status
    now = context.time()
    turned = before.last_transition_time if before is not None and before.status == told.status else None
    timed = evolve(
        told,
        last_update_time=told.last_update_time or now,
        last_transition_time=turned or told.last_transition_time or now,
    )
    return evolve(status, conditions=(*_without(status, told.type).conditions, timed))


def _without(status: DeploymentStatus, kind: str) -> DeploymentStatus:
    return evolve(status, conditions=tuple(each for each in status.conditions if each.type != kind))
