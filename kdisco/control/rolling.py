"""What a Deployment does to its ReplicaSets: make the new one, grow it, shrink and clean away old ones.

Each look at a Deployment grows or shrinks, never both. The functions give the Deployment as it is to be told then.
Upstream: pkg/controller/deployment/{sync,rolling,recreate}.go.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from attrs import evolve

from kdisco.control.controller import Context, Tell, Try, Write, create, delete, update
from kdisco.control.deployment_status import (
    CREATED,
    FAILED_CREATE,
    FOUND,
    NO_LIMIT,
    complete,
    has_deadline,
    progress_noted,
    progressing,
    rollout_status,
)
from kdisco.control.refusals import namespace_ends
from kdisco.control.revision import DESIRED, MAXIMUM, REVISION, new_replica_set, number, renewed, same_template, sizes
from kdisco.control.rollout import count, new_replicas, old_replicas, proportional
from kdisco.errors import AlreadyExists, ApiError
from kdisco.model.workload import Deployment, ReplicaSet

__all__ = ["Sync", "clean", "recreate", "renew", "roll", "scale"]

Sync = Generator[Write, Any, Deployment]
NewSet = Generator[Write, Any, tuple[Deployment, ReplicaSet | None]]


def scale(
    deployment: Deployment, new: ReplicaSet | None, old: list[ReplicaSet], everything: list[ReplicaSet]
) -> Iterator[Write]:
    """The wanted number changed: one ReplicaSet takes it all, several share it."""
    active = [each for each in everything if count(each) > 0]
    if len(active) <= 1:
        only = active[0] if active else new or (old[-1] if old else None)
        if only is not None:
            yield from _sized(deployment, only, deployment.spec.replicas or 0)
    elif new is not None and _saturated(deployment, new):
        for each in old:
            yield from _sized(deployment, each, 0)
    elif deployment.spec.strategy.type == "RollingUpdate":
        planned = {each.name: number(each, MAXIMUM) or deployment.status.replicas for each in active}
        for each, size in proportional(deployment.spec, active, planned):
            yield from _sized(deployment, each, size, noted=True)


def _saturated(deployment: Deployment, new: ReplicaSet) -> bool:
    """Whether the new ReplicaSet has all that is wanted, and all of it available."""
    return count(new) == number(new, DESIRED) == new.status.available_replicas == deployment.spec.replicas


def roll(context: Context, deployment: Deployment, new: ReplicaSet | None, old: list[ReplicaSet]) -> Sync:
    """More new Pods, as far as the surge allows; else fewer old ones, as far as availability does."""
    if new is None:
        deployment, new = yield from _made(context, deployment, old)
    if new is None:
        return deployment
    everything = [*old, new]
    size = new_replicas(deployment.spec, everything, count(new))
    if size != count(new):
        yield from _sized(deployment, new, size)
    else:
        latest = {each.name: each for each in old if count(each) > 0}
        shrinking = list(old_replicas(deployment.spec, new, [*latest.values()]))
        for each, smaller in shrinking:
            latest[each.name] = yield from _sized(deployment, latest[each.name], smaller)
        if not shrinking and complete(deployment, deployment.status):
            yield from clean(deployment, old)
    return evolve(deployment, status=rollout_status(context, deployment, new, everything))


def recreate(context: Context, deployment: Deployment, new: ReplicaSet | None, old: list[ReplicaSet]) -> Sync:
    """All old Pods must be gone before the first new one."""
    shrinking = [each for each in old if count(each) > 0]
    for each in shrinking:
        yield from _sized(deployment, each, 0)
    if not (shrinking or any(_has_pods(each) for each in old)):
        if new is None:
            deployment, new = yield from _made(context, deployment, old)
        if new is None:
            return deployment
        yield from _sized(deployment, new, deployment.spec.replicas or 0)
        if complete(deployment, deployment.status):
            yield from clean(deployment, old)
    everything = [*old, *([new] if new is not None else [])]
    return evolve(deployment, status=rollout_status(context, deployment, new, everything))


def _has_pods(found: ReplicaSet) -> bool:
    """Whether Pods of it run, or are still on their way out, or nobody has looked yet."""
    return found.status.replicas != 0 or found.status.terminating_replicas != 0


def renew(
    context: Context, deployment: Deployment, new: ReplicaSet, old: list[ReplicaSet]
) -> Generator[Write, Any, tuple[Deployment, ReplicaSet]]:
    """The new ReplicaSet with the annotations that it should have, and the Deployment that carries its revision."""
    wanted = renewed(deployment, new, old)
    if wanted != new:
        new = yield Try(update(wanted))
    present, status = _with_revision(deployment, new), deployment.status
    if has_deadline(deployment.spec) and progressing(status) is None:
        words = f'Found new replica set "{new.name}"'
        present = evolve(present, status=progress_noted(context, status, "True", FOUND, words))
    return present, new


def _with_revision(deployment: Deployment, new: ReplicaSet) -> Deployment:
    revision, marks = new.metadata.annotations.get(REVISION, ""), deployment.metadata.annotations
    if revision == marks.get(REVISION, ""):
        return deployment
    return evolve(deployment, metadata=evolve(deployment.metadata, annotations=marks.merged({REVISION: revision})))


def _made(context: Context, deployment: Deployment, old: list[ReplicaSet]) -> NewSet:
    """The new ReplicaSet; if another has its name, the collision is counted and gives it another name next time."""
    made = new_replica_set(deployment, new_replicas(deployment.spec, old, 0), old)
    status = deployment.status
    try:
        new = yield Try(create(made))
    except AlreadyExists:
        new = context.stored.get("replicasets", made.key)
        if not (new.owned_by(deployment) and same_template(new, deployment.spec.template)):
            return evolve(deployment, status=evolve(status, collision_count=(status.collision_count or 0) + 1)), None
        return _with_revision(deployment, new), new
    except ApiError as refusal:
        return (yield from _not_made(context, deployment, made, refusal)), None
    if count(new):
        yield _scaled(deployment, new, 0)
    if has_deadline(deployment.spec):
        status = progress_noted(context, status, "True", CREATED, f'Created new replica set "{new.name}"')
    return _with_revision(evolve(deployment, status=status), new), new


def _not_made(context: Context, deployment: Deployment, made: ReplicaSet, refusal: ApiError) -> Sync:
    """Tell why there is no new ReplicaSet; not in a namespace that is going."""
    if namespace_ends(refusal):
        return deployment
    words = f'Failed to create new replica set "{made.name}": {refusal.message}'
    yield Tell(about=deployment, type="Warning", reason=FAILED_CREATE, message=words)
    status = deployment.status
    if has_deadline(deployment.spec):
        status = progress_noted(context, status, "False", FAILED_CREATE, words)
    return evolve(deployment, status=status)


def _sized(
    deployment: Deployment, found: ReplicaSet, size: int, *, noted: bool = False
) -> Generator[Write, Any, ReplicaSet]:
    """A ReplicaSet of another size, as stored; of this size already, it is written if its marks are to be ``noted``."""
    marks = found.metadata.annotations.merged(sizes(deployment))
    if size == count(found) and not (noted and marks != found.metadata.annotations):
        return found
    sized = evolve(found, spec=evolve(found.spec, replicas=size))
    stored: ReplicaSet = yield Try(update(sized.with_meta(annotations=marks)))
    if size != count(found):
        yield _scaled(deployment, stored, count(found))
    return stored


def _scaled(deployment: Deployment, found: ReplicaSet, before: int) -> Tell:
    way = "up" if before < count(found) else "down"
    words = f"Scaled {way} replica set {found.name} from {before} to {count(found)}"
    return Tell(about=deployment, reason="ScalingReplicaSet", message=words)


def clean(deployment: Deployment, old: list[ReplicaSet]) -> Iterator[Write]:
    """Old ReplicaSets beyond the history limit go, lowest revision first, once the rollout is complete."""
    limit = deployment.spec.revision_history_limit
    if limit is None or limit == NO_LIMIT:
        return
    alive = sorted((each for each in old if not each.deleting), key=lambda each: number(each, REVISION) or 0)
    for each in alive[: max(0, len(alive) - limit)]:
        if not (count(each) or each.status.replicas or each.metadata.generation > each.status.observed_generation):
            yield delete(each)
