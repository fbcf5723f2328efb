"""A rolling update step by step: how many old and new Pods there may be next, by the Deployment's own arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from kdisco.control.deployment_status import progressing
from kdisco.control.revision import same_template
from kdisco.control.rollout import count, limits, new_replicas, old_replicas
from kdisco.model.workload import Deployment, DeploymentSpec, ReplicaSet
from kdisco.view import dot
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.sheet import arrow, card, note, nothing
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.model.meta import Key
    from kdisco.store.state import State

__all__ = ["Size", "plan", "rollout"]

Words = Mapping[str, str]
Size = tuple[int, int, int]  # old Pods, new Pods, new Pods that are available
SET, SIZE = (196.0, 48.0), (104.0, 38.0)  # points
RIGHT, DOWN, TOP, ACROSS = 138.0, 62.0, -96.0, 6
MOST = 30  # steps drawn


def plan(spec: DeploymentSpec, old: int) -> list[Size]:
    """All steps of a rollout from ``old`` Pods of the former template; new ones get ready when all else is done.

    The model's own arithmetic says each of them. Recreate takes all old Pods away first.
    """
    size: Size | None = (old, 0, 0)
    sizes: list[Size] = []
    while size is not None and len(sizes) < MOST:
        sizes.append(size)
        size = _following(spec, size)
    return sizes


def _following(spec: DeploymentSpec, size: Size) -> Size | None:
    """The next step; None after the last."""
    old, new, ready = size
    old_set, new_set = _set("old", old, old), _set("new", new, ready)
    if spec.strategy.type != "RollingUpdate" and old:
        return 0, new, ready
    more = new_replicas(spec, [old_set, new_set], new)
    if more != new:
        return old, more, ready
    for _, fewer in old_replicas(spec, new_set, [old_set] if old else []):
        old = min(old, fewer)
    if old != size[0]:
        return old, new, ready
    return (old, new, new) if ready < new else None


def _set(name: str, size: int, available: int) -> ReplicaSet:
    """A ReplicaSet of this size, so many of its Pods available."""
    empty = ReplicaSet()
    return evolve(
        empty,
        metadata=evolve(empty.metadata, name=name),
        spec=evolve(empty.spec, replicas=size),
        status=evolve(empty.status, replicas=size, available_replicas=available),
    )


@frozen(kw_only=True)
class Stand:
    """How far a Deployment is: its ReplicaSets that have Pods, the new one, the steps, and the place among them."""

    deployment: Deployment
    new: ReplicaSet | None
    old: Sequence[ReplicaSet]
    steps: Sequence[Size]
    now: Size


def rollout(state: State, key: Key, lang: str | None = None) -> Diagram:
    """The steps of a Deployment's rollout with the present one marked; one that is not there is said to be missing.

    Raises UsageError for an unknown ``lang``.
    """
    say = words(lang)
    found: Deployment | None = state.view.get("deployments", key)
    if found is None:
        title = say["no deployment"].format(name=key[1])
        return Diagram(dot.graph(title, [nothing(title, "deployment")]), title)
    stand = _stand(state, found)
    title = say["rollout title"].format(name=found.name, old=stand.now[0], new=stand.now[1])
    text = "\n".join([title, *_told(stand, say)])
    return Diagram(dot.graph(title, _drawn(stand, say), layout="nop2"), text)


def _stand(state: State, found: Deployment) -> Stand:
    owned: list[ReplicaSet] = list(state.view.owned("replicasets", found))
    new = next((each for each in owned if same_template(each, found.spec.template)), None)
    old = [each for each in owned if each is not new and (count(each) or each.status.replicas)]
    sizes = (count(new), new.status.available_replicas) if new is not None else (0, 0)
    now = (sum(count(each) for each in old), *sizes)
    before = found.spec.replicas or 0
    return Stand(deployment=found, new=new, old=old, steps=plan(found.spec, max(before, now[0])), now=now)


def _drawn(stand: Stand, say: Words) -> Iterator[str]:
    found, spec = stand.deployment, stand.deployment.spec
    top = Box(0, 0, *SET)
    yield card("deployment", top, (found.name, _limits(spec, say), _progress(stand, say)), "deployment", *found.key)
    sets = [*stand.old, *([stand.new] if stand.new is not None else [])]
    for at, each in enumerate(sets[:4]):
        box = Box(SET[0] + 66 + at * (SET[0] + 18), 0, *SET)
        word = say["new set" if each is stand.new else "old set"]
        told = say["of pods"].format(ready=each.status.ready_replicas, count=count(each))
        yield card(f"set {each.name}", box, (each.name, f"ReplicaSet, {word}", told), "replicaset", *each.key)
    if sets:
        first = Box(SET[0] + 66, 0, *SET)
        yield arrow("deployment", f"set {sets[0].name}", (top, first), "sets")
    yield note("steps", -SET[0] / 2, TOP + 34, say["steps"], left=True)
    places = [_place(at) for at in range(len(stand.steps))]
    here = _here(stand)
    for at, (size, box) in enumerate(zip(stand.steps, places, strict=True)):
        present, (old, new, ready) = at == here, size
        told = say["available"].format(count=ready) + (f" <- {say['present']}" if present else "")
        yield card(
            f"size {at}", box, (say["size"].format(old=old, new=new), told), "rule", f"step-{at}",
            states=("ready", "changed") if present else (),
            outline={"style": "rounded,filled,bold" if present else "rounded,filled"},
        )  # fmt: skip
        if at:
            before = places[at - 1]
            yield arrow(f"size {at - 1}", f"size {at}", (before, box), f"step.{at}", upright=before.x == box.x)
    if here is None:
        words_ = say["between"].format(old=stand.now[0], new=stand.now[1])
        yield note("here", -SET[0] / 2, places[-1].bottom - 14, words_, left=True)


def _place(at: int) -> Box:
    """Steps in rows that turn at their end, as one ploughs."""
    row, column = divmod(at, ACROSS)
    column = column if row % 2 == 0 else ACROSS - 1 - column
    return Box(-SET[0] / 2 + SIZE[0] / 2 + column * RIGHT, TOP - row * DOWN, *SIZE)


def _here(stand: Stand) -> int | None:
    """The place of the last step that the Deployment has come to; None when its numbers are of none."""
    old, new, ready = stand.now
    reached = [at for at, size in enumerate(stand.steps) if size[:2] == (old, new) and size[2] <= ready]
    return reached[-1] if reached else None


def _limits(spec: DeploymentSpec, say: Words) -> str:
    wanted, bounds = spec.replicas or 0, limits(spec)
    if spec.strategy.type != "RollingUpdate":
        return say["recreate"]
    return say["bounds"].format(most=wanted + bounds.surge, least=wanted - bounds.unavailable)


def _progress(stand: Stand, say: Words) -> str:
    """What the Deployment says of its rollout."""
    if stand.deployment.spec.paused:
        return say["paused"]
    told = progressing(stand.deployment.status)
    return told.reason if told is not None else ""


def _told(stand: Stand, say: Words) -> Iterator[str]:
    yield ", ".join(filter(None, (_limits(stand.deployment.spec, say), _progress(stand, say))))
    for each in (*stand.old, *([stand.new] if stand.new is not None else [])):
        word = say["new set" if each is stand.new else "old set"]
        told = say["of pods"].format(ready=each.status.ready_replicas, count=count(each))
        yield f"  ReplicaSet {each.name}, {word}: {told}"
    here = _here(stand)
    for at, size in enumerate(stand.steps):
        told = f"{say['size'].format(old=size[0], new=size[1])}, {say['available'].format(count=size[2])}"
        yield f"{at}. {told}" + (f" <- {say['present']}" if at == here else "")
    if here is None:
        yield say["between"].format(old=stand.now[0], new=stand.now[1])
