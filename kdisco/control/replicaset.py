"""ReplicaSets: keep so many Pods of one template. Upstream: pkg/controller/replicaset, controller_utils.go."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from attrs import evolve, frozen

from kdisco.control.claims import candidates, claim
from kdisco.control.controller import (
    Context,
    Controller,
    Later,
    Tell,
    Try,
    Write,
    create,
    delete,
    own_key,
    update_status,
)
from kdisco.control.owned_pods import UNSEEN, behind, is_available, keys_of_pods, selection, until_available
from kdisco.control.refusals import namespace_ends
from kdisco.control.retry import retry
from kdisco.control.victims import victims
from kdisco.errors import ApiError, NotFound
from kdisco.model.meta import Key, ObjectMeta
from kdisco.model.pod import Pod
from kdisco.model.workload import ReplicaSet, ReplicaSetCondition, ReplicaSetStatus

__all__ = ["CONTROLLER"]

BURST = 500  # Pods made or deleted in one go
FAILURE = "ReplicaFailure"


@frozen
class Problem:
    """What kept a ReplicaSet from having the Pods that it wants, and the word for it."""

    reason: str
    message: str


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Make the Pods of one ReplicaSet as many as it wants, and count them."""
    found: ReplicaSet | None = context.view.get("replicasets", key)
    if found is None:
        return
    if (found.spec.min_ready_seconds or found.status.conditions) and behind(context, found):
        yield Later(UNSEEN)
        return
    there = [pod for pod in candidates(context, found, "pods") if not pod.finished]
    selects = selection(found.spec.selector)
    active = yield from claim(context, found, [pod for pod in there if not pod.deleting], selects)
    going = [pod for pod in there if pod.deleting and pod.owned_by(found) and selects(pod.labels)]
    problem = None if found.deleting else (yield from _manage(context, found, active))
    status = _status(context, found, active, len(going), problem)
    if status != found.status:
        yield update_status(evolve(found, status=status, metadata=evolve(found.metadata, resource_version="")))
    yield from _timers(context, found, active, status)


def _manage(context: Context, found: ReplicaSet, active: list[Pod]) -> Generator[Write, Any, Problem | None]:
    missing = (found.spec.replicas or 0) - len(active)
    if missing > 0:
        return (yield from _grow(found, min(missing, BURST)))
    return (yield from _shrink(context, found, active, min(-missing, BURST))) if missing else None


def _grow(found: ReplicaSet, missing: int) -> Generator[Write, Any, Problem | None]:
    """Make Pods in batches of 1, 2, 4, ...; when one of a batch is refused, the next batch is not tried.

    In a namespace that is going nothing can be made, and nobody needs to be told.
    """
    made, batch = 0, 1
    while made < missing:
        batch = min(batch, missing - made)
        refusals = []
        for _ in range(batch):
            try:
                pod = yield Try(create(_new_pod(found)))
            except ApiError as refusal:
                if not namespace_ends(refusal):
                    refusals.append(refusal)
                    words = f"Error creating: {refusal.message}"
                    yield Tell(about=found, type="Warning", reason="FailedCreate", message=words)
            else:
                yield Tell(about=found, reason="SuccessfulCreate", message=f"Created pod: {pod.name}")
        if refusals:
            return Problem("FailedCreate", refusals[0].message)
        made, batch = made + batch, 2 * batch
    return None


def _shrink(
    context: Context, found: ReplicaSet, active: list[Pod], surplus: int
) -> Generator[Write, Any, Problem | None]:
    """Delete so many Pods, those first that are least missed; who is gone already counts as deleted."""
    if surplus < len(active):
        active = victims(active, _related(context, found), context.epoch + context.now)
    problem = None
    for pod in active[:surplus]:
        try:
            yield Try(delete(pod))
        except NotFound:
            continue
        except ApiError as refusal:
            words = f"Error deleting: {refusal.message}"
            yield Tell(about=found, type="Warning", reason="FailedDelete", message=words)
            problem = problem or Problem("FailedDelete", f"unable to delete pods: {refusal.message}")
        else:
            yield Tell(about=found, reason="SuccessfulDelete", message=f"Deleted pod: {pod.name}")
    return problem


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


def _related(context: Context, found: ReplicaSet) -> list[Pod]:
    """The active Pods that a ReplicaSet of the same owner selects; none where there is no owner."""
    owner, pods = found.owner, dict[str, Pod]()
    for each in context.view.table("replicasets").find("owner", owner.uid) if owner is not None else ():
        selected = context.view.select("pods", each.namespace, each.spec.selector) if each.spec.selector else ()
        pods |= {pod.metadata.uid: pod for pod in selected if not pod.finished and not pod.deleting}
    return [*pods.values()]


def _status(
    context: Context, found: ReplicaSet, active: list[Pod], going: int, problem: Problem | None
) -> ReplicaSetStatus:
    now, minimum = context.epoch + context.now, found.spec.min_ready_seconds
    template = found.spec.template.metadata.labels
    return ReplicaSetStatus(
        replicas=len(active),
        fully_labeled_replicas=sum(all(pod.labels.get(k) == v for k, v in template.items()) for pod in active),
        ready_replicas=sum(pod.ready for pod in active),
        available_replicas=sum(is_available(pod, minimum, now) for pod in active),
        terminating_replicas=going,
        observed_generation=found.metadata.generation,
        conditions=_conditions(context, found, problem),
    )


def _conditions(context: Context, found: ReplicaSet, problem: Problem | None) -> tuple[ReplicaSetCondition, ...]:
    """A ReplicaFailure stands, as it was first told, until the ReplicaSet has what it wants."""
    before = found.status.conditions
    if problem is None:
        return tuple(each for each in before if each.type != FAILURE)
    if any(each.type == FAILURE for each in before):
        return before
    told = ReplicaSetCondition(
        type=FAILURE,
        status="True",
        last_transition_time=context.time(),
        reason=problem.reason,
        message=problem.message,
    )
    return (*before, told)


def _timers(context: Context, found: ReplicaSet, active: list[Pod], status: ReplicaSetStatus) -> Iterator[Write]:
    """Come back when the next Pod becomes available, and to try again what was refused, ever more seldom."""
    wait = until_available(active, found.spec.min_ready_seconds, context.epoch + context.now)
    if wait is not None:
        yield Later(wait)
    for each in status.conditions:
        if each.type == FAILURE:
            yield retry(context, each.last_transition_time, background=True)


CONTROLLER = Controller(
    "replicaset",
    {"replicasets": own_key, "pods": keys_of_pods("ReplicaSet", "replicasets")},
    reconcile,
    source="replicaset-controller",
)
