"""ReplicaSets: keep so many Pods of one template. Upstream: pkg/controller/replicaset, controller_utils.go."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Later, Write, create, delete, own_key, update, update_status
from kdisco.model.meta import Key, Object, ObjectMeta, seconds
from kdisco.model.pod import Pod
from kdisco.model.selector import LabelSelector
from kdisco.model.workload import ReplicaSet, ReplicaSetStatus
from kdisco.store.table import View

__all__ = ["CONTROLLER", "available_since", "victims"]

BURST = 500  # Pods made or deleted in one go
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Make the Pods of one ReplicaSet as many as it wants, and count them."""
    found: ReplicaSet | None = context.view.get("replicasets", key)
    if found is None:
        return
    selector = found.spec.selector or LabelSelector()
    owned = [pod for pod in context.view.owned("pods", found) if not pod.finished]
    mine = [pod for pod in owned if selector.selects(pod.labels)]
    if not found.deleting:
        yield from (_released(pod) for pod in owned if not selector.selects(pod.labels) and not pod.deleting)
        orphans = [pod for pod in _orphans(context, found, selector) if not pod.finished and not pod.deleting]
        yield from (update(pod.with_meta(owner_references=(found.reference(),))) for pod in orphans)
        mine += orphans
    active = [pod for pod in mine if not pod.deleting]
    if not found.deleting:
        yield from _manage(context, found, active)
    yield from _counted(context, found, active)


def _orphans(context: Context, found: ReplicaSet, selector: LabelSelector) -> Iterable[Pod]:
    if selector.empty:
        return []
    return [pod for pod in context.view.select("pods", found.namespace, selector) if pod.owner is None]


def _released(pod: Pod) -> Write:
    """A Pod whose labels no longer fit is let go: it lives on without an owner."""
    return update(
        pod.with_meta(owner_references=tuple(ref for ref in pod.metadata.owner_references if not ref.controller))
    )


def _manage(context: Context, found: ReplicaSet, active: list[Pod]) -> Iterator[Write]:
    missing = (found.spec.replicas or 0) - len(active)
    for _ in range(min(missing, BURST)):
        yield create(_new_pod(found))
    if missing < 0:
        yield from (delete(pod) for pod in victims(context, found, active)[: min(-missing, BURST)])


def _new_pod(found: ReplicaSet) -> Pod:
    template = found.spec.template
    meta = ObjectMeta(
        generate_name=f"{found.name}-",
        namespace=found.namespace,
        labels=template.metadata.labels,
        annotations=template.metadata.annotations,
        finalizers=template.metadata.finalizers,
        owner_references=(found.reference(),),
    )
    return Pod(metadata=meta, spec=template.spec)


def victims(context: Context, found: ReplicaSet, active: list[Pod]) -> list[Pod]:
    """Pods in the order in which scaling down takes them: what is least missed goes first."""
    siblings: dict[str, int] = {}
    for pod in _related(context, found):
        siblings[pod.spec.node_name] = siblings.get(pod.spec.node_name, 0) + 1

    def rank(pod: Pod) -> tuple[object, ...]:
        cost = pod.metadata.annotations.get(DELETION_COST, "0")
        ready_for = context.epoch + context.now - (ready_since(pod) or 0.0) if pod.ready else 0.0
        age = context.epoch + context.now - seconds(pod.metadata.creation_timestamp or "1970-01-01T00:00:00Z")
        return (
            bool(pod.spec.node_name),
            PHASES.get(pod.status.phase, 1),
            pod.ready,
            int(cost) if cost.lstrip("-").isdigit() else 0,
            -siblings.get(pod.spec.node_name, 0),
            _bucket(ready_for),
            -sum(status.restart_count for status in pod.status.container_statuses),
            _bucket(age),
            pod.metadata.uid,
        )

    return sorted(active, key=rank)


def _related(context: Context, found: ReplicaSet) -> Iterator[Pod]:
    """The active Pods of all ReplicaSets of the same owner."""
    owner = found.owner
    family = context.view.table("replicasets").find("owner", owner.uid) if owner else iter([found])
    for each in family:
        yield from (pod for pod in context.view.owned("pods", each) if not pod.finished and not pod.deleting)


def _bucket(length: float) -> int:
    """Seconds in powers of two, so that small differences do not count."""
    return int(math.log2(length)) if length >= 1 else -1


def ready_since(pod: Pod) -> float | None:
    """When the Pod became Ready, in Unix seconds; None while it is not."""
    found = next((each for each in pod.status.conditions if each.type == "Ready" and each.status == "True"), None)
    return seconds(found.last_transition_time) if found and found.last_transition_time else None


def available_since(pod: Pod, min_ready_seconds: int) -> float | None:
    """When the Pod counts as available, in Unix seconds; None while it is not Ready."""
    since = ready_since(pod)
    if since is None:
        return 0.0 if pod.ready and not min_ready_seconds else None
    return since + min_ready_seconds


def _counted(context: Context, found: ReplicaSet, active: list[Pod]) -> Iterator[Write]:
    now = context.epoch + context.now
    minimum = found.spec.min_ready_seconds
    times = [available_since(pod, minimum) for pod in active]
    waiting = [at - now for at in times if at is not None and at > now and minimum]
    template = found.spec.template.metadata.labels
    status = ReplicaSetStatus(
        replicas=len(active),
        fully_labeled_replicas=sum(all(pod.labels.get(k) == v for k, v in template.items()) for pod in active),
        ready_replicas=sum(pod.ready for pod in active),
        available_replicas=sum(at is not None and (at <= now or not minimum) for at in times),
        observed_generation=found.metadata.generation,
        conditions=found.status.conditions,
    )
    if status != found.status:
        yield update_status(evolve(found, status=status, metadata=evolve(found.metadata, resource_version="")))
    if waiting:
        yield Later(min(waiting) + 0.001)


def _keys_of_pod(view: View, pod: Object) -> Iterator[Key]:
    owner = pod.owner
    if owner is not None:
        if owner.kind == "ReplicaSet":
            yield (pod.namespace, owner.name)
        return
    for found in view.list("replicasets", pod.namespace):
        if (
            found.spec.selector is not None
            and not found.spec.selector.empty
            and found.spec.selector.selects(pod.labels)
        ):
            yield found.key


CONTROLLER = Controller("replicaset", {"replicasets": own_key, "pods": _keys_of_pod}, reconcile)
