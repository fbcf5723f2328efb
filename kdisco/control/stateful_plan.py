"""What a StatefulSet does next, worked out from its Pods alone.

Upstream: pkg/controller/statefulset/stateful_set_control.go, stateful_set_utils.go.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator

from attrs import evolve, frozen

from kdisco.control.owned_pods import is_available
from kdisco.control.set_history import REVISION_LABEL, template_of
from kdisco.model.meta import ObjectMeta
from kdisco.model.pod import Pod
from kdisco.model.sets import ControllerRevision, StatefulSet, StatefulSetStatus

__all__ = ["INDEX", "POD_NAME", "Plan", "Revisions", "identified", "new_pod", "ordinal", "plan"]

POD_NAME = "statefulset.kubernetes.io/pod-name"
INDEX = "apps.kubernetes.io/pod-index"
Step = tuple[str, Pod]  # what to do with which Pod
NUMBERED = re.compile(r"(.*)-(0|[1-9][0-9]{0,8})")


@frozen
class Revisions:
    """The template that the Pods have had, and the one that they are to get."""

    current: ControllerRevision
    newest: ControllerRevision
    collisions: int = 0


@frozen(kw_only=True)
class Plan:
    """The steps of one look at a StatefulSet, in order: ("create" | "update" | "delete", Pod); and its status."""

    steps: tuple[tuple[str, Pod], ...]
    status: StatefulSetStatus


@frozen(kw_only=True)
class Scene:
    """A StatefulSet with its Pods in their places (None: missing), and those that have none, highest first."""

    owner: StatefulSet
    slots: tuple[Pod | None, ...]
    condemned: tuple[Pod, ...]
    revisions: Revisions
    now: float

    @property
    def ordered(self) -> bool:
        """Whether one Pod waits for the other."""
        return self.owner.spec.pod_management_policy != "Parallel"

    def available(self, pod: Pod) -> bool:
        """Whether a Pod is there, Ready for long enough, and stays."""
        return is_available(pod, self.owner.spec.min_ready_seconds, self.now) and not pod.deleting


def ordinal(owner: StatefulSet, name: str) -> int | None:
    """The number in the name of one of the set's Pods; None for a name that is no such."""
    found = NUMBERED.fullmatch(name)
    return int(found[2]) if found is not None and found[1] == owner.name else None


def plan(owner: StatefulSet, pods: Iterable[Pod], revisions: Revisions, now: float) -> Plan:
    """What to do with the set's Pods now (Unix seconds), and what to say of them."""
    numbered = {number: pod for pod in pods if (number := ordinal(owner, pod.name)) is not None}
    places = range(owner.start, owner.start + (owner.spec.replicas or 0))
    scene = Scene(
        owner=owner,
        slots=tuple(numbered.get(number) for number in places),
        condemned=tuple(numbered[number] for number in sorted(numbered, reverse=True) if number not in places),
        revisions=revisions,
        now=now,
    )
    steps = () if owner.deleting else tuple(_steps(scene))
    replaced = sum(verb == "replace" for verb, _ in steps)
    status = _completed(owner, _status(scene, numbered.values(), replaced))
    return Plan(steps=tuple(("delete" if verb == "replace" else verb, pod) for verb, pod in steps), status=status)


def _steps(scene: Scene) -> Iterator[Step]:
    """First the missing, then the superfluous, then the outdated; ordered, each waits until all is well before it."""
    for place, pod in enumerate(scene.slots):
        if pod is None:
            yield "create", new_pod(scene.owner, scene.owner.start + place, scene.revisions)
        elif pod.finished:
            if not pod.deleting:
                yield "delete", pod
        elif not scene.ordered or scene.available(pod):
            if (named := identified(pod)) != pod and not pod.deleting:
                yield "update", named
            continue
        if scene.ordered:
            return
    if not (yield from _shrinking(scene)):
        yield from _replacing(scene)


def _shrinking(scene: Scene) -> Generator[Step, None, bool]:
    """The highest go first; ordered, one that is not well may go only when it is the first such of all.

    Gives whether that is all that may be done now.
    """
    unwell = [pod for pod in (*scene.slots, *reversed(scene.condemned)) if pod is None or not scene.available(pod)]
    for pod in scene.condemned:
        if not pod.deleting and (not scene.ordered or scene.available(pod) or pod is unwell[0]):
            yield "delete", pod
        if scene.ordered:
            return True
    return False


def _replacing(scene: Scene) -> Iterator[Step]:
    """The highest outdated Pod goes, once all above it are up to date and available."""
    strategy = scene.owner.spec.update_strategy
    if strategy.type == "OnDelete":
        return
    least = (strategy.rolling_update.partition or 0) if strategy.rolling_update is not None else 0
    for pod in reversed(scene.slots[least:]):
        if pod is None or pod.finished:
            return
        if not pod.deleting and pod.labels.get(REVISION_LABEL, "") != scene.revisions.newest.name:
            yield "replace", pod
            return
        if not scene.available(pod):
            return


def _status(scene: Scene, pods: Iterable[Pod], replaced: int) -> StatefulSetStatus:
    owner, seen, revisions = scene.owner, list(pods), scene.revisions
    ready = [pod for pod in seen if pod.ready and pod.status.phase == "Running"]
    staying = [pod.labels.get(REVISION_LABEL, "") for pod in seen if not pod.deleting]
    return evolve(
        owner.status,
        observed_generation=owner.metadata.generation,
        replicas=len(seen),
        ready_replicas=len(ready),
        available_replicas=sum(is_available(pod, owner.spec.min_ready_seconds, scene.now) for pod in ready),
        current_replicas=max(0, staying.count(revisions.current.name) - replaced),
        updated_replicas=staying.count(revisions.newest.name),
        current_revision=revisions.current.name,
        update_revision=revisions.newest.name,
        collision_count=revisions.collisions,
    )


def _completed(owner: StatefulSet, status: StatefulSetStatus) -> StatefulSetStatus:
    """When all Pods are up to date and Ready, the new revision is the current one."""
    wanted = owner.spec.replicas or 0
    if owner.spec.update_strategy.type != "RollingUpdate" or not (
        status.updated_replicas == status.ready_replicas == status.replicas == wanted
    ):
        return status
    return evolve(status, current_replicas=status.updated_replicas, current_revision=status.update_revision)


def identified(pod: Pod) -> Pod:
    """A Pod with the labels that name it; one that has its name's already is left as it is."""
    if pod.labels.get(POD_NAME) == pod.name:
        return pod
    named: Pod = pod.with_meta(labels=pod.labels.merged({POD_NAME: pod.name, INDEX: pod.name.rpartition("-")[2]}))
    return named


def new_pod(owner: StatefulSet, number: int, revisions: Revisions) -> Pod:
    """The Pod with this number, of the revision that it should have: hostname and subdomain are its names in DNS."""
    strategy, status = owner.spec.update_strategy, owner.status
    rolling = strategy.rolling_update
    if rolling is not None:
        old = number < owner.start + (rolling.partition or 0)
    else:
        old = strategy.type == "RollingUpdate" and number < owner.start + status.current_replicas
    revision = revisions.current if old else revisions.newest
    template = template_of(revision.data)
    name = f"{owner.name}-{number}"
    marks = {REVISION_LABEL: revision.name, POD_NAME: name, INDEX: str(number)}
    meta = ObjectMeta(
        name=name,
        generate_name=f"{owner.name}-",
        namespace=owner.namespace,
        labels=template.metadata.labels.merged(marks),
        annotations=template.metadata.annotations,
        finalizers=template.metadata.finalizers,
        owner_references=(owner.reference(),),
    )
    return Pod(metadata=meta, spec=evolve(template.spec, hostname=name, subdomain=owner.spec.service_name))
