"""What a Deployment says of its rollout. Upstream: pkg/controller/deployment/sync.go calculateStatus, progress.go."""

from __future__ import annotations

from attrs import evolve

from kdisco.control.controller import Context
from kdisco.control.rollout import count, limits
from kdisco.model.workload import Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet

__all__ = ["status_of"]


def status_of(
    context: Context, deployment: Deployment, new: ReplicaSet | None, owned: list[ReplicaSet]
) -> DeploymentStatus:
    """The counts over all ReplicaSets, and the conditions Available and Progressing."""
    total = sum(each.status.replicas for each in owned)
    available = sum(each.status.available_replicas for each in owned)
    status = evolve(
        deployment.status,
        observed_generation=deployment.metadata.generation,
        replicas=total,
        updated_replicas=new.status.replicas if new else 0,
        ready_replicas=sum(each.status.ready_replicas for each in owned),
        available_replicas=available,
        unavailable_replicas=max(0, sum(count(each) for each in owned) - available),
    )
    enough = available >= (deployment.spec.replicas or 0) - limits(deployment.spec).unavailable
    conditions = [
        _available(enough=enough),
        _progressing(deployment, status, new),
    ]
    kept = tuple(_timed(context, deployment, each) for each in conditions if each is not None)
    return evolve(status, conditions=kept)


def _available(*, enough: bool) -> DeploymentCondition:
    words = "has" if enough else "does not have"
    return DeploymentCondition(
        type="Available",
        status="True" if enough else "False",
        reason="MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        message=f"Deployment {words} minimum availability.",
    )


def _progressing(
    deployment: Deployment, status: DeploymentStatus, new: ReplicaSet | None
) -> DeploymentCondition | None:
    if new is None:
        return None
    wanted = deployment.spec.replicas or 0
    complete = status.updated_replicas == status.replicas == status.available_replicas == wanted
    before = {each.type: each for each in deployment.status.conditions}.get("Progressing")
    if complete:
        reason, words = "NewReplicaSetAvailable", "has successfully progressed."
    elif before is None:
        reason, words = "NewReplicaSetCreated", ""
    elif before.reason == "NewReplicaSetAvailable" and status.updated_replicas == status.replicas:
        return before
    else:
        reason, words = "ReplicaSetUpdated", "is progressing."
    message = f'ReplicaSet "{new.name}" {words}' if words else f'Created new replica set "{new.name}"'
    return DeploymentCondition(type="Progressing", status="True", reason=reason, message=message)


def _timed(context: Context, deployment: Deployment, new: DeploymentCondition) -> DeploymentCondition:
    """A condition with its times: transition when the status turned, update when anything did."""
    old = next((each for each in deployment.status.conditions if each.type == new.type), None)
    if old is not None and (old.status, old.reason, old.message) == (new.status, new.reason, new.message):
        return old
    now = context.time()
    turned = old.last_transition_time if old is not None and old.status == new.status else now
    return evolve(new, last_update_time=now, last_transition_time=turned)
