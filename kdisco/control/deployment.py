"""Deployments: one ReplicaSet a template, rolled over step by step.

Each look at a Deployment does one thing: make the new ReplicaSet, grow it, or shrink old ones.
Upstream: pkg/controller/deployment/{deployment_controller,sync,rolling,recreate}.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import (
    Context,
    Controller,
    Write,
    create,
    delete,
    own_key,
    owner_key,
    update,
    update_status,
)
from kdisco.control.deployment_status import complete, status_of
from kdisco.control.revision import (
    DESIRED,
    HASH_LABEL,
    MAXIMUM,
    REVISION,
    new_replica_set,
    number,
    renewed,
    sizes,
)
from kdisco.control.rollout import count, new_replicas, old_replicas, proportional
from kdisco.model.meta import Key, Object
from kdisco.model.workload import Deployment, ReplicaSet
from kdisco.store.table import View

__all__ = ["CONTROLLER"]


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Bring one Deployment a step nearer to its spec."""
    deployment: Deployment | None = context.view.get("deployments", key)
    if deployment is None or deployment.deleting:
        return
    owned = sorted(context.view.owned("replicasets", deployment), key=_age)
    new = next((each for each in owned if _same_template(each, deployment)), None)
    old = [each for each in owned if each is not new]
    scaling = deployment.spec.paused or _is_scaling(deployment, owned)
    noted = renewed(deployment, new, old) if new is not None else None
    if noted is not None and noted != new:
        yield update(noted)
    else:
        steps = _scale(deployment, new, old) if scaling else _rollout(context, deployment, new, old)
        yield from list(steps) or _clean(deployment, old)
    status = status_of(context, deployment, new, owned, scaling=scaling)
    told = evolve(_revised(deployment, new), status=status)
    if told != deployment:
        yield update_status(told.with_meta(resource_version=""))


def _age(found: ReplicaSet) -> tuple[str, int]:
    return found.metadata.creation_timestamp or "", number(found, REVISION) or 0


def _same_template(found: ReplicaSet, deployment: Deployment) -> bool:
    bare = found.spec.template.metadata.labels.without(HASH_LABEL)
    template = found.spec.template
    return evolve(template, metadata=evolve(template.metadata, labels=bare)) == deployment.spec.template


def _is_scaling(deployment: Deployment, owned: list[ReplicaSet]) -> bool:
    wanted = deployment.spec.replicas
    return any(count(each) > 0 and number(each, DESIRED) not in (None, wanted) for each in owned)


def _scale(deployment: Deployment, new: ReplicaSet | None, old: list[ReplicaSet]) -> Iterator[Write]:
    """The wanted number changed: one ReplicaSet takes it all, several share it."""
    active = [each for each in (*old, *([new] if new else [])) if count(each) > 0]
    if len(active) <= 1:
        only = active[0] if active else new or (old[-1] if old else None)
        if only is not None:
            yield from _sized(deployment, only, deployment.spec.replicas or 0)
    elif new is not None and _saturated(deployment, new):
        for each in old:
            yield from _sized(deployment, each, 0)
    elif deployment.spec.strategy.type == "RollingUpdate":
        planned = {each.name: number(each, MAXIMUM) or deployment.status.replicas for each in active}
        shares = {each.name: size for each, size in proportional(deployment.spec, active, planned)}
        for each in active:
            yield from _sized(deployment, each, shares.get(each.name, count(each)))


def _saturated(deployment: Deployment, new: ReplicaSet) -> bool:
    """Whether the new ReplicaSet has all that is wanted, and all of it available."""
    return count(new) == number(new, DESIRED) == new.status.available_replicas == deployment.spec.replicas


def _rollout(
    context: Context, deployment: Deployment, new: ReplicaSet | None, old: list[ReplicaSet]
) -> Iterator[Write]:
    if deployment.spec.strategy.type == "Recreate":
        return _recreate(context, deployment, new, old)
    return _roll(context, deployment, new, old)


def _roll(context: Context, deployment: Deployment, new: ReplicaSet | None, old: list[ReplicaSet]) -> Iterator[Write]:
    everything = [*old, *([new] if new else [])]
    size = new_replicas(deployment.spec, everything, count(new) if new else 0)
    if new is None:
        yield from _made(context, deployment, size, old)
    elif size != count(new):
        yield from _sized(deployment, new, size)
    else:
        for each, smaller in old_replicas(deployment.spec, new, [one for one in old if count(one) > 0]):
            yield from _sized(deployment, each, smaller)


def _recreate(
    context: Context, deployment: Deployment, new: ReplicaSet | None, old: list[ReplicaSet]
) -> Iterator[Write]:
    """All old Pods must be gone before the first new one."""
    shrinking = [each for each in old if count(each) > 0]
    for each in shrinking:
        yield from _sized(deployment, each, 0)
    if shrinking or any(each.status.replicas or _lives(context, each) for each in old):
        return
    if new is None:
        yield from _made(context, deployment, deployment.spec.replicas or 0, old)
    elif count(new) != deployment.spec.replicas:
        yield from _sized(deployment, new, deployment.spec.replicas or 0)


def _lives(context: Context, found: ReplicaSet) -> bool:
    """Whether a Pod of it runs, or is still on its way out."""
    return any(not pod.finished for pod in context.view.owned("pods", found))


def _made(context: Context, deployment: Deployment, size: int, old: list[ReplicaSet]) -> Iterator[Write]:
    """The new ReplicaSet; if another has its name, the collision is counted and gives it another name next time."""
    made = new_replica_set(deployment, size, old)
    if context.view.get("replicasets", made.key) is None:
        yield create(made)
        return
    status = evolve(deployment.status, collision_count=(deployment.status.collision_count or 0) + 1)
    yield update_status(evolve(deployment, status=status, metadata=evolve(deployment.metadata, resource_version="")))


def _sized(deployment: Deployment, found: ReplicaSet, size: int) -> Iterator[Write]:
    annotations = found.metadata.annotations.merged(sizes(deployment))
    if size != count(found) or annotations != found.metadata.annotations:
        sized = evolve(found, spec=evolve(found.spec, replicas=size))
        yield update(sized.with_meta(annotations=annotations))


def _revised(deployment: Deployment, new: ReplicaSet | None) -> Deployment:
    """A Deployment carries the revision of its new ReplicaSet."""
    revision = new.metadata.annotations.get(REVISION, "") if new is not None else ""
    marks = deployment.metadata.annotations.merged({REVISION: revision} if revision else {})
    return evolve(deployment, metadata=evolve(deployment.metadata, annotations=marks))


def _clean(deployment: Deployment, old: list[ReplicaSet]) -> Iterator[Write]:
    """Old ReplicaSets beyond the history limit go, lowest revision first, once the rollout is complete."""
    limit = deployment.spec.revision_history_limit
    if limit is None or not (deployment.spec.paused or complete(deployment, deployment.status)):
        return
    alive = sorted((each for each in old if not each.deleting), key=lambda each: number(each, REVISION) or 0)
    for each in alive[: max(0, len(alive) - limit)]:
        if not (count(each) or each.status.replicas or each.metadata.generation > each.status.observed_generation):
            yield delete(each)


def _waiting_for_pod(view: View, found: Object) -> Iterator[Key]:
    """The Deployment that waits, by its strategy Recreate, for a Pod that has ended."""
    owner, now = found.owner, view.get("pods", found.key)
    if owner is None or (now is not None and not now.finished):
        return
    replica_set = view.get("replicasets", (found.namespace, owner.name))
    for key in owner_key("Deployment")(view, replica_set) if replica_set is not None else ():
        deployment = view.get("deployments", key)
        if deployment is not None and deployment.spec.strategy.type == "Recreate":
            yield key


CONTROLLER = Controller(
    "deployment",
    {"deployments": own_key, "replicasets": owner_key("Deployment"), "pods": _waiting_for_pod},
    reconcile,
)
