"""StatefulSets: Pods with names that stay. Upstream: pkg/controller/statefulset.

What to do is planned in ``stateful_plan``; here it is done, told and written down.
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
    update,
    update_status,
)
from kdisco.control.owned_pods import RETRY, UNSEEN, behind, keys_of_pods, selection, until_available
from kdisco.control.set_history import REVISION_LABEL, brings_back, obsolete, revisions, stateful_revision
from kdisco.control.stateful_plan import Revisions, ordinal, plan
from kdisco.errors import AlreadyExists, ApiError, NotFound
from kdisco.model.meta import Key
from kdisco.model.pod import Pod
from kdisco.model.sets import ControllerRevision, StatefulSet

__all__ = ["CONTROLLER"]

VERBS = {"create": create, "update": update, "delete": delete}


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Bring one StatefulSet a step nearer to its spec."""
    owner: StatefulSet | None = context.view.get("statefulsets", key)
    if owner is None:
        return
    if behind(context, owner):
        yield Later(UNSEEN)
        return
    selects = selection(owner.spec.selector)
    yield from claim(context, owner, candidates(context, owner, "controllerrevisions"), selects)
    members = [pod for pod in candidates(context, owner, "pods") if ordinal(owner, pod.name) is not None]
    pods: list[Pod] = yield from claim(context, owner, members, selects)
    known = revisions(context, owner)
    found = yield from _history(context, owner, known)
    planned = plan(owner, pods, found, context.epoch + context.now)
    refused = False
    for verb, pod in planned.steps:
        refused = not (yield from _carried_out(owner, verb, pod))
        if refused:
            break
    if _news(owner, planned.status):
        yield update_status(evolve(owner, status=planned.status, metadata=evolve(owner.metadata, resource_version="")))
    live = {found.current.name, found.newest.name, *(pod.labels.get(REVISION_LABEL, "") for pod in pods)}
    past = (each for each in known if each.name not in live)
    yield from (delete(each) for each in obsolete(past, owner.spec.revision_history_limit))
    if refused:
        yield Later(RETRY, background=True)
    wait = until_available(pods, owner.spec.min_ready_seconds, context.epoch + context.now)
    if wait is not None:
        yield Later(wait)


def _news(owner: StatefulSet, status: Any) -> bool:
    """Whether a status says something new; a collision alone is not told."""
    return bool(evolve(status, collision_count=owner.status.collision_count) != owner.status)


def _history(
    context: Context, owner: StatefulSet, known: list[ControllerRevision]
) -> Generator[Write, Any, Revisions]:
    """The present template's revision, made or made the newest where it is not, and the current one."""
    collisions = owner.status.collision_count or 0
    number = known[-1].revision + 1 if known else 1
    newest = stateful_revision(owner, number, collisions)
    equal = [each for each in known if brings_back(each, owner.spec.template)]
    if equal and equal[-1] is known[-1]:
        newest = known[-1]
    elif equal:
        newest = evolve(equal[-1], revision=number)
        yield update(newest)
    else:
        newest, collisions = yield from _made(context, owner, newest, collisions)
    current = next((each for each in known if each.name == owner.status.current_revision), newest)
    return Revisions(current, newest, collisions)


def _made(
    context: Context, owner: StatefulSet, wanted: ControllerRevision, collisions: int
) -> Generator[Write, Any, tuple[ControllerRevision, int]]:
    """A new revision; where another has its name, the collision is counted and gives it a new one."""
    while True:
        there = context.stored.get("controllerrevisions", wanted.key)
        if there is None:
            yield create(wanted)
            return wanted, collisions
        if there.data == wanted.data:
            return there, collisions
        collisions += 1
        wanted = stateful_revision(owner, wanted.revision, collisions)


def _carried_out(owner: StatefulSet, verb: str, pod: Pod) -> Generator[Write, Any, bool]:
    """Do one step and tell of it; gives whether it was done. A name that is taken is not told of."""
    words = f"{verb} Pod {pod.name} in StatefulSet {owner.name}"
    try:
        yield Try(VERBS[verb](pod))
    except NotFound:
        return True
    except AlreadyExists:
        return False
    except ApiError as refusal:
        told = f"{words} failed error: {refusal.message}"
        yield Tell(about=owner, reason=f"Failed{verb.capitalize()}", message=told, type="Warning")
        return False
    yield Tell(about=owner, reason=f"Successful{verb.capitalize()}", message=f"{words} successful")
    return True


CONTROLLER = Controller(
    "statefulset",
    {"statefulsets": own_key, "pods": keys_of_pods("StatefulSet", "statefulsets")},
    reconcile,
    source="statefulset-controller",
)
