"""Deployments: one ReplicaSet a template, rolled over step by step.

Each look at a Deployment does one thing: make the new ReplicaSet, grow it, or shrink old ones.
Upstream: pkg/controller/deployment/{deployment_controller,sync,rolling,recreate,progress}.go.
"""

from __future__ import annotations

import json
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
from kdisco.control.deployment_status import status_of
from kdisco.control.rollout import count, limits, new_replicas, old_replicas, proportional
from kdisco.model.codec import encode
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Key, ObjectMeta
from kdisco.model.pod import Pod, PodTemplateSpec
from kdisco.model.selector import LabelSelector
from kdisco.model.workload import Deployment, ReplicaSet, ReplicaSetSpec
from kdisco.store.patch import LAST_APPLIED
from kdisco.store.transaction import LETTERS

__all__ = ["CONTROLLER", "HASH_LABEL", "encoded", "pod_template_hash"]

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
NOT_COPIED = (LAST_APPLIED, REVISION, DESIRED, MAXIMUM)
FNV_OFFSET, FNV_PRIME, WORD = 2166136261, 16777619, 0xFFFFFFFF


def encoded(number: int) -> str:
    """A number's decimal digits in the letters of generated names: only ``456789bcdf`` can occur."""
    return "".join(LETTERS[ord(digit) % len(LETTERS)] for digit in str(number))


def pod_template_hash(template: PodTemplateSpec, collisions: int = 0) -> str:
    """The label that tells the Pods of one template from those of another: FNV-1a over the template."""
    value = FNV_OFFSET
    for byte in json.dumps([encode(template), collisions], sort_keys=True).encode():
        value = (value ^ byte) * FNV_PRIME & WORD
    return encoded(value)


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Bring one Deployment a step nearer to its spec."""
    deployment: Deployment | None = context.view.get("deployments", key)
    if deployment is None or deployment.deleting:
        return
    owned = sorted(context.view.owned("replicasets", deployment), key=_age)
    new = next((each for each in owned if _same_template(each, deployment)), None)
    old = [each for each in owned if each is not new]
    if deployment.spec.paused or _is_scaling(deployment, owned):
        steps = list(_scale(deployment, new, old))
    elif deployment.spec.strategy.type == "Recreate":
        steps = list(_recreate(context, deployment, new, old))
    else:
        steps = list(_roll(deployment, new, old))
    yield from steps or _clean(deployment, new, old)
    if new is not None:
        yield from _revised(deployment, new)
    status = status_of(context, deployment, new, owned)
    if status != deployment.status:
        yield update_status(
            evolve(deployment, status=status, metadata=evolve(deployment.metadata, resource_version=""))
        )


def _age(found: ReplicaSet) -> tuple[str, int]:
    return found.metadata.creation_timestamp or "", int(found.metadata.annotations.get(REVISION, "0"))


def _same_template(found: ReplicaSet, deployment: Deployment) -> bool:
    bare = found.spec.template.metadata.labels.without(HASH_LABEL)
    template = found.spec.template
    return evolve(template, metadata=evolve(template.metadata, labels=bare)) == deployment.spec.template


def _is_scaling(deployment: Deployment, owned: list[ReplicaSet]) -> bool:
    wanted = str(deployment.spec.replicas)
    return any(count(each) > 0 and each.metadata.annotations.get(DESIRED, wanted) != wanted for each in owned)


def _scale(deployment: Deployment, new: ReplicaSet | None, old: list[ReplicaSet]) -> Iterator[Write]:
    """The wanted number changed: one ReplicaSet takes it all, several share it."""
    active = [each for each in (*old, *([new] if new else [])) if count(each) > 0]
    if len(active) <= 1:
        only = active[0] if active else new
        if only is not None:
            yield from _sized(deployment, only, deployment.spec.replicas or 0)
        return
    if new is not None and count(new) == deployment.spec.replicas == new.status.available_replicas:
        for each in old:
            yield from _sized(deployment, each, 0)
        return
    annotated = {each.name: int(each.metadata.annotations.get(MAXIMUM, "0")) for each in active}
    sizes = {each.name: size for each, size in proportional(deployment.spec, active, annotated)}
    for each in active:
        yield from _sized(deployment, each, sizes.get(each.name, count(each)))


def _roll(deployment: Deployment, new: ReplicaSet | None, old: list[ReplicaSet]) -> Iterator[Write]:
    everything = [*old, *([new] if new else [])]
    size = new_replicas(deployment.spec, everything, count(new) if new else 0)
    if new is None:
        yield create(_new_replica_set(deployment, size, old))
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
    if shrinking or any(_living(context, each) for each in old):
        return
    if new is None:
        yield create(_new_replica_set(deployment, deployment.spec.replicas or 0, old))
    elif count(new) != deployment.spec.replicas:
        yield from _sized(deployment, new, deployment.spec.replicas or 0)


def _living(context: Context, found: ReplicaSet) -> list[Pod]:
    return [pod for pod in context.view.owned("pods", found) if not pod.finished]


def _annotations(deployment: Deployment) -> FrozenMap[str, str]:
    wanted = deployment.spec.replicas or 0
    sizes = {DESIRED: str(wanted), MAXIMUM: str(wanted + limits(deployment.spec).surge)}
    return deployment.metadata.annotations.without(*NOT_COPIED).merged(sizes)


def _sized(deployment: Deployment, found: ReplicaSet, size: int) -> Iterator[Write]:
    annotations = found.metadata.annotations.merged(
        {name: text for name, text in _annotations(deployment).items() if name in (DESIRED, MAXIMUM)}
    )
    if size != count(found) or annotations != found.metadata.annotations:
        sized = evolve(found, spec=evolve(found.spec, replicas=size))
        yield update(sized.with_meta(annotations=annotations))


def _new_replica_set(deployment: Deployment, size: int, old: list[ReplicaSet]) -> ReplicaSet:
    spec = deployment.spec
    mark = {HASH_LABEL: pod_template_hash(spec.template, deployment.status.collision_count or 0)}
    labels = spec.template.metadata.labels.merged(mark)
    selector = spec.selector or LabelSelector()
    revision = {REVISION: str(_last_revision(old) + 1)}
    return ReplicaSet(
        metadata=ObjectMeta(
            name=f"{deployment.name}-{mark[HASH_LABEL]}",
            namespace=deployment.namespace,
            labels=labels,
            annotations=_annotations(deployment).merged(revision),
            owner_references=(deployment.reference(),),
        ),
        spec=ReplicaSetSpec(
            replicas=size,
            min_ready_seconds=spec.min_ready_seconds,
            selector=evolve(selector, match_labels=selector.match_labels.merged(mark)),
            template=evolve(spec.template, metadata=evolve(spec.template.metadata, labels=labels)),
        ),
    )


def _last_revision(found: list[ReplicaSet]) -> int:
    return max((int(each.metadata.annotations.get(REVISION, "0")) for each in found), default=0)


def _revised(deployment: Deployment, new: ReplicaSet) -> Iterator[Write]:
    """A Deployment carries the revision of its new ReplicaSet."""
    revision = new.metadata.annotations.get(REVISION, "")
    if revision and deployment.metadata.annotations.get(REVISION) != revision:
        yield update(deployment.with_meta(annotations=deployment.metadata.annotations.merged({REVISION: revision})))


def _clean(deployment: Deployment, new: ReplicaSet | None, old: list[ReplicaSet]) -> Iterator[Write]:
    """Old ReplicaSets beyond the history limit go once the rollout is complete."""
    wanted, limit = deployment.spec.replicas, deployment.spec.revision_history_limit
    if new is None or limit is None or new.status.available_replicas != wanted or any(count(each) for each in old):
        return
    empty = [each for each in old if not each.status.replicas and not each.deleting]
    for each in empty[: max(0, len(empty) - limit)]:
        yield delete(each)


CONTROLLER = Controller("deployment", {"deployments": own_key, "replicasets": owner_key("Deployment")}, reconcile)
