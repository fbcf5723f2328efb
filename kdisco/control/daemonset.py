"""DaemonSets: a Pod on each node. Upstream: pkg/controller/daemon.

What to do is planned in ``daemon_plan``; here it is done, told and written down.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from attrs import evolve

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
    owner_key,
    update,
    update_status,
)
from kdisco.control.daemon_plan import Fleet, Plan, count, manage, renew
from kdisco.control.daemon_pods import new_pod
from kdisco.control.owned_pods import RETRY, UNSEEN, behind, keys_of_pods, selection, until_available
from kdisco.control.set_history import REVISION_LABEL, brings_back, daemon_revision, revisions
from kdisco.errors import ApiError
from kdisco.model.meta import Key, Object, seconds
from kdisco.model.pod import Pod
from kdisco.model.sets import ControllerRevision, DaemonSet
from kdisco.store.table import View

__all__ = ["CONTROLLER"]

ALL = "This daemon set is selecting all pods. A non-empty selector is required."
BURST = 250  # Pods made or deleted in one go
BACKOFF = 1.0  # seconds that a Pod which failed is left to be looked at


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Bring one DaemonSet a step nearer to its spec."""
    owner: DaemonSet | None = context.view.get("daemonsets", key)
    if owner is None or owner.deleting:
        return
    if owner.spec.selector is not None and owner.spec.selector.empty:
        yield Tell(about=owner, reason="SelectingAll", message=ALL, type="Warning")
        return
    if behind(context, owner):
        yield Later(UNSEEN)
        return
    selects = selection(owner.spec.selector)
    yield from claim(context, owner, candidates(context, owner, "controllerrevisions"), selects)
    pods: list[Pod] = yield from claim(context, owner, candidates(context, owner, "pods"), selects)
    known = revisions(context, owner)
    current = yield from _current(context, owner, known)
    if current is None:
        return
    now = context.epoch + context.now
    mark = current.labels.get(REVISION_LABEL, current.name)
    fleet = Fleet.of(owner, context.view.list("nodes"), pods, mark, now)
    refused = yield from _synchronized(fleet)
    status = count(fleet)
    if status != owner.status:
        yield update_status(evolve(owner, status=status, metadata=evolve(owner.metadata, resource_version="")))
    old = [each for each in known if each.name != current.name]
    yield from _cleaned(old, pods, owner.spec.revision_history_limit)
    if refused:
        yield Later(RETRY, background=True)
    wait = until_available(pods, owner.spec.min_ready_seconds, now)
    if wait is not None:
        yield Later(wait)


def _current(
    context: Context, owner: DaemonSet, known: list[ControllerRevision]
) -> Generator[Write, Any, ControllerRevision | None]:
    """The revision of the present template, made or made the newest where it is not.

    None when another has its name: the collision is counted, and the next look finds another one.
    """
    same = [each for each in known if brings_back(each, owner.spec.template)]
    number = max((each.revision for each in known if each not in same), default=0) + 1
    if same:
        if same[-1].revision < number:
            yield update(evolve(same[-1], revision=number))
        return same[-1]
    made = daemon_revision(owner, number, owner.status.collision_count)
    there: ControllerRevision | None = context.stored.get("controllerrevisions", made.key)
    if there is None:
        yield create(made)
        return made
    if there.data == made.data:
        return there
    status = evolve(owner.status, collision_count=(owner.status.collision_count or 0) + 1)
    yield update_status(evolve(owner, status=status, metadata=evolve(owner.metadata, resource_version="")))
    return None


def _synchronized(fleet: Fleet) -> Generator[Write, Any, bool]:
    """Make and delete Pods; an update goes on only when there is nothing else to do. Gives whether one was refused."""
    plan = manage(fleet)
    if not plan.nodes and not plan.pods and fleet.owner.spec.update_strategy.type == "RollingUpdate":
        plan = renew(fleet)
    return (yield from _carried_out(fleet, plan))


def _carried_out(fleet: Fleet, plan: Plan) -> Generator[Write, Any, bool]:
    owner, refused = fleet.owner, False
    for node in plan.nodes[:BURST]:
        try:
            pod = yield Try(create(new_pod(owner, node, fleet.mark)))
        except ApiError as refusal:
            told = f"Error creating: {refusal.message}"
            yield Tell(about=owner, reason="FailedCreate", message=told, type="Warning")
            refused = True
            break
        yield Tell(about=owner, reason="SuccessfulCreate", message=f"Created pod: {pod.name}")
    for pod in plan.pods[:BURST]:
        if pod.status.phase == "Failed" and (rest := _age_left(fleet, pod)) > 0:
            yield Later(rest, background=True)
            continue
        if pod.finished:
            yield _ended(owner, pod)
        yield delete(pod)
        yield Tell(about=owner, reason="SuccessfulDelete", message=f"Deleted pod: {pod.name}")
    return refused


def _age_left(fleet: Fleet, pod: Pod) -> float:
    """Seconds that a failed Pod is still left, so that one that fails again and again does not keep all busy."""
    made = pod.metadata.creation_timestamp
    return seconds(made) + BACKOFF - fleet.now if made else 0.0


def _ended(owner: DaemonSet, pod: Pod) -> Tell:
    failed = pod.status.phase == "Failed"
    word, verb = ("failed", "kill") if failed else ("succeeded", "delete")
    words = f"Found {word} daemon pod {pod.namespace}/{pod.name} on node {pod.spec.node_name}, will try to {verb} it"
    reason = "FailedDaemonPod" if failed else "SucceededDaemonPod"
    return Tell(about=owner, reason=reason, message=words, type="Warning" if failed else "Normal")


def _cleaned(old: list[ControllerRevision], pods: list[Pod], limit: int | None) -> Iterator[Write]:
    """The oldest revisions beyond the limit go, but for those that Pods are of."""
    live = {pod.labels.get(REVISION_LABEL) for pod in pods}
    kept = {each.name for each in old if each.labels.get(REVISION_LABEL) in live}
    surplus = max(0, len(old) - (limit or 0))
    yield from (delete(each) for each in [one for one in old if one.name not in kept][:surplus])


def _everywhere(view: View, _node: Object) -> Iterator[Key]:
    """Every DaemonSet: a node that comes, changes or goes may concern it."""
    return (each.key for each in view.list("daemonsets"))


CONTROLLER = Controller(
    "daemonset",
    {
        "daemonsets": own_key,
        "pods": keys_of_pods("DaemonSet", "daemonsets"),
        "nodes": _everywhere,
        "controllerrevisions": owner_key("DaemonSet"),
    },
    reconcile,
    source="daemonset-controller",
)
