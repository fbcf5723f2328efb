"""The revisions that StatefulSets and DaemonSets keep of their templates.

Upstream: pkg/controller/history/controller_history.go, statefulset/stateful_set_utils.go, daemon/update.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from attrs import evolve

from kdisco.control.controller import Context
from kdisco.control.revision import encoded, pod_template_hash
from kdisco.model.codec import decode, encode
from kdisco.model.frozen import FrozenMap, freeze, thaw
from kdisco.model.meta import Object, ObjectMeta
from kdisco.model.pod import PodTemplateSpec
from kdisco.model.sets import ControllerRevision, DaemonSet, StatefulSet

__all__ = [
    "REVISION_LABEL",
    "brings_back",
    "daemon_revision",
    "obsolete",
    "patch_of",
    "recalled",
    "revisions",
    "stateful_revision",
    "template_of",
]

REVISION_LABEL = "controller-revision-hash"
HASH_LABEL = "controller.kubernetes.io/hash"
NAME_BASE = 223  # characters of the set's name that go into that of a revision
FNV_OFFSET, FNV_PRIME, WORD = 2166136261, 16777619, 0xFFFFFFFF


def revisions(context: Context, owner: Object) -> list[ControllerRevision]:
    """The revisions of a set, oldest first."""
    found = (each for each in context.view.owned("controllerrevisions", owner) if not each.deleting)
    return sorted(found, key=lambda each: (each.revision, each.metadata.creation_timestamp or "", each.name))


@lru_cache(maxsize=1 << 8)
def patch_of(template: PodTemplateSpec) -> Any:
    """The patch that brings a template back, as frozen JSON."""
    return freeze({"spec": {"template": {**encode(template), "$patch": "replace"}}})


@lru_cache(maxsize=1 << 8)
def template_of(data: Any) -> PodTemplateSpec:
    """The template that such a patch brings back; data of another form bring back an empty one."""
    try:
        plain = thaw(data)["spec"]["template"]
    except (KeyError, TypeError):
        return PodTemplateSpec()
    return decode(PodTemplateSpec, {key: value for key, value in plain.items() if key != "$patch"}, strict=False)


def brings_back(found: ControllerRevision, template: PodTemplateSpec) -> bool:
    """Whether a revision is of this template: written alike, or meaning the same."""
    return bool(found.data == patch_of(template)) or template_of(found.data) == template


def stateful_revision(owner: StatefulSet, number: int, collisions: int) -> ControllerRevision:
    """The revision of a StatefulSet's present template; its name is what the Pods' label says."""
    data = patch_of(owner.spec.template)
    mark = encoded(_fnv(json.dumps(thaw(data), sort_keys=True, separators=(",", ":")) + str(collisions)))
    return _revision(owner, number, data, mark, {HASH_LABEL: mark})


def daemon_revision(owner: DaemonSet, number: int, collisions: int | None) -> ControllerRevision:
    """The revision of a DaemonSet's present template; its hash is what the Pods' label says."""
    mark = pod_template_hash(owner.spec.template, collisions or 0)
    return _revision(owner, number, patch_of(owner.spec.template), mark, {REVISION_LABEL: mark})


def obsolete(found: Iterable[ControllerRevision], limit: int | None) -> list[ControllerRevision]:
    """Which of the revisions that nothing lives by go: the oldest ones beyond the limit."""
    old = list(found)
    return old[: max(0, len(old) - (limit or 0))]


def recalled(listed: Iterable[Object]) -> Iterator[ControllerRevision]:
    """The present revisions of sets in a dump that has none of their history: their Pods' labels tell which they are.

    ``kubectl get all`` shows no ControllerRevisions; without them all Pods would seem outdated.
    """
    found = list(listed)
    known = {(each.namespace, each.name) for each in found if isinstance(each, ControllerRevision)}
    for owner in found:
        if isinstance(owner, StatefulSet) and owner.status.update_revision:
            mark = owner.status.update_revision.removeprefix(f"{owner.name}-")
            made = _revision(owner, 1, patch_of(owner.spec.template), mark, {HASH_LABEL: mark})
        elif isinstance(owner, DaemonSet) and (mark := _newest_mark(owner, found)):
            made = _revision(owner, 1, patch_of(owner.spec.template), mark, {REVISION_LABEL: mark})
        else:
            continue
        if made.key not in known:
            yield made.with_meta(owner_references=())  # the owner adopts it


def _newest_mark(owner: DaemonSet, found: list[Object]) -> str:
    """The hash of the DaemonSet's present template, by its youngest Pod; "" when it has none."""
    pods = (each for each in found if each.namespace == owner.namespace and each.KIND == "Pod")
    mine = [
        (each.metadata.creation_timestamp or "", each.labels.get(REVISION_LABEL, ""))
        for each in pods
        if each.owner is not None and (each.owner.kind, each.owner.name) == ("DaemonSet", owner.name)
    ]
    return max(mine, default=("", ""))[1]


def _revision(
    owner: StatefulSet | DaemonSet, number: int, data: Any, mark: str, label: dict[str, str]
) -> ControllerRevision:
    meta = ObjectMeta(
        name=f"{owner.name[:NAME_BASE]}-{mark}",
        namespace=owner.namespace,
        labels=owner.spec.template.metadata.labels.merged(label),
        annotations=FrozenMap(owner.metadata.annotations),
        owner_references=(owner.reference(),),
    )
    return evolve(ControllerRevision(data=data, revision=number), metadata=meta)


def _fnv(text: str) -> int:
    """FNV-1 of 32 bits."""
    value = FNV_OFFSET
    for byte in text.encode():
        value = (value * FNV_PRIME & WORD) ^ byte
    return value
