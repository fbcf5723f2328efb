"""What a Deployment says of its rollout. Upstream: pkg/controller/deployment/sync.go calculateStatus, progress.go."""

from __future__ import annotations

from attrs import evolve

from kdisco.control.controller import Context
from kdisco.control.rollout import count, limits
from kdisco.model.workload import Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet

__all__ = ["complete", "status_of"]

CREATED, UPDATED, AVAILABLE = "NewReplicaSetCreated", "ReplicaSetUpdated", "NewReplicaSetAvailable"
PAUSED, RESUMED = "DeploymentPaused", "DeploymentResumed"


def complete(deployment: Deployment, status: DeploymentStatus) -> bool:
    """Whether all Pods are of the newest template, available, and no more than wanted."""
    return (
        status.updated_replicas == status.replicas == status.available_replicas == deployment.spec.replicas
        and status.observed_generation >= deployment.metadata.generation
    )


def status_of(
    context: Context, deployment: Deployment, new: ReplicaSet | None, owned: list[ReplicaSet], *, scaling: bool
) -> DeploymentStatus:
    """The counts over all ReplicaSets, and the conditions Available and Progressing.

    While only the size changes or the Deployment is paused (``scaling``) no progress is told.
    """
    available = sum(each.status.available_replicas for each in owned)
    status = evolve(
        deployment.status,
        observed_generation=deployment.metadata.generation,
        replicas=sum(each.status.replicas for each in owned),
        updated_replicas=new.status.replicas if new else 0,
        ready_replicas=sum(each.status.ready_replicas for each in owned),
        available_replicas=available,
        unavailable_replicas=max(0, sum(count(each) for each in owned) - available),
    )
    enough = available >= (deployment.spec.replicas or 0) - limits(deployment.spec).unavailable
    before = {each.type: each for each in deployment.status.conditions}
    told = (
        _timed(context, before.get("Available"), _available(enough=enough)),
        _progress(context, deployment, status, new, before.get("Progressing"), scaling=scaling),
    )
    return evolve(status, conditions=tuple(each for each in told if each is not None))


def _available(*, enough: bool) -> DeploymentCondition:
    words = "has" if enough else "does not have"
    return DeploymentCondition(
        type="Available",
        status="True" if enough else "False",
        reason="MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        message=f"Deployment {words} minimum availability.",
    )


def _progress(
    context: Context,
    deployment: Deployment,
    status: DeploymentStatus,
    new: ReplicaSet | None,
    before: DeploymentCondition | None,
    *,
    scaling: bool,
) -> DeploymentCondition | None:
    """The condition Progressing: what has just happened to the rollout, else what was said before."""
    reason = before.reason if before is not None else ""
    if deployment.spec.paused or reason == PAUSED:
        words = (PAUSED, "Deployment is paused") if deployment.spec.paused else (RESUMED, "Deployment is resumed")
        return _timed(context, before, _progressing("Unknown", *words))
    told_before = reason == AVAILABLE and status.updated_replicas == status.replicas
    if new is None or scaling or told_before:
        return before
    if complete(deployment, status):
        told = _progressing("True", AVAILABLE, f'ReplicaSet "{new.name}" has successfully progressed.')
    elif _advanced(deployment.status, status):
        told = _progressing("True", UPDATED, f'ReplicaSet "{new.name}" is progressing.')
        return _timed(context, before, told, anew=True)
    elif before is None or (new.metadata.generation == 1 and f'"{new.name}"' not in before.message):
        told = _progressing("True", CREATED, f'Created new replica set "{new.name}"')
    else:
        return before
    return _timed(context, before, told)


def _advanced(old: DeploymentStatus, new: DeploymentStatus) -> bool:
    """Whether there are more new Pods, fewer old ones, or more that are ready or available."""
    return (
        new.updated_replicas > old.updated_replicas
        or new.replicas - new.updated_replicas < old.replicas - old.updated_replicas
        or new.ready_replicas > old.ready_replicas
        or new.available_replicas > old.available_replicas
    )


def _progressing(status: str, reason: str, message: str) -> DeploymentCondition:
    return DeploymentCondition(type="Progressing", status=status, reason=reason, message=message)


def _timed(
    context: Context, old: DeploymentCondition | None, new: DeploymentCondition, *, anew: bool = False
) -> DeploymentCondition:
    """A condition with its times: transition when the status turned, update when it was told ``anew`` or otherwise."""
    if old is not None and (old.status, old.reason) == (new.status, new.reason) and not anew:
        return old
    now = context.time()
    turned = old.last_transition_time if old is not None and old.status == new.status else now
    return evolve(new, last_update_time=now, last_transition_time=turned)
