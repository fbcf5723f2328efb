"""ReplicaSets: keep so many Pods of one template. Upstream: pkg/controller/replicaset, controller_utils.go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Later, Write, create, delete, own_key, update, update_status
from kdisco.control.victims import ready_since, victims
from kdisco.model.meta import Key, Object, ObjectMeta
from kdisco.model.pod import Pod
from kdisco.model.selector import LabelSelector
from kdisco.model.workload import ReplicaSet, ReplicaSetStatus
from kdisco.store.table import View

__all__ = ["CONTROLLER", "available_since"]

BURST = 500  # Pods made or deleted in one go
UNSEEN = 0.01  # seconds to wait for the own writes to come back


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Make the Pods of one ReplicaSet as many as it wants, and count them."""
    found: ReplicaSet | None = context.view.get("replicasets", key)
    if found is None:
        return
    if found.spec.min_ready_seconds and _behind(context, found):
        yield Later(UNSEEN)
        return
    selector = found.spec.selector or LabelSelector()
    owned = [pod for pod in context.view.owned("pods", found) if not pod.finished]
    mine = [pod for pod in owned if selector.selects(pod.labels)]
    if not found.deleting:
        yield from (_released(pod) for pod in owned if not selector.selects(pod.labels) and not pod.deleting)
        orphans = [pod for pod in _orphans(context, found, selector) if not pod.finished and not pod.deleting]
        yield from (_adopted(pod, found) for pod in orphans)
        mine += orphans
    active = [pod for pod in mine if not pod.deleting]
    if not found.deleting:
        yield from _manage(context, found, active)
    yield from _counted(context, found, active)


def _behind(context: Context, found: ReplicaSet) -> bool:
    """Whether Pods made or deleted just now are still to be heard of: a timer may come in between.

    Upstream: pkg/controller ControllerExpectations.
    """
    views = (context.view, context.stored)
    seen, stored = ([(pod.key, pod.deleting) for pod in view.owned("pods", found)] for view in views)
    return seen != stored


def _orphans(context: Context, found: ReplicaSet, selector: LabelSelector) -> Iterable[Pod]:
    if selector.empty:
        return []
    return [pod for pod in context.view.select("pods", found.namespace, selector) if pod.owner is None]


def _adopted(pod: Pod, found: ReplicaSet) -> Write:
    return update(pod.with_meta(owner_references=(*pod.metadata.owner_references, found.reference())))


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
        yield from (delete(pod) for pod in _doomed(context, found, active)[: min(-missing, BURST)])


def _doomed(context: Context, found: ReplicaSet, active: list[Pod]) -> list[Pod]:
    return victims(active, list(_related(context, found)), context.epoch + context.now)


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


def _related(context: Context, found: ReplicaSet) -> Iterator[Pod]:
    """The active Pods of all ReplicaSets of the same owner."""
    owner = found.owner
    family = context.view.table("replicasets").find("owner", owner.uid) if owner else iter([found])
    for each in family:
        yield from (pod for pod in context.view.owned("pods", each) if not pod.finished and not pod.deleting)


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
