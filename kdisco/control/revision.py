"""The ReplicaSets of a Deployment: how a new one is made, and what their annotations say.

Upstream: pkg/controller/deployment/util/deployment_util.go (SetNewReplicaSetAnnotations), sync.go (getNewReplicaSet).
"""

from __future__ import annotations

import json
import re

from attrs import evolve

from kdisco.control.rollout import limits
from kdisco.model.codec import encode
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Object, ObjectMeta
from kdisco.model.pod import PodTemplateSpec
from kdisco.model.selector import LabelSelector
from kdisco.model.workload import Deployment, ReplicaSet, ReplicaSetSpec
from kdisco.store.apply import LAST_APPLIED
from kdisco.store.transaction import LETTERS

__all__ = [
    "DESIRED",
    "HASH_LABEL",
    "MAXIMUM",
    "NOT_COPIED",
    "REVISION",
    "ROLLBACK",
    "by_age",
    "encoded",
    "new_replica_set",
    "number",
    "pod_template_hash",
    "renewed",
    "rolled_back",
    "same_template",
    "sizes",
]

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
ROLLBACK = "deprecated.deployment.rollback.to"
NOT_COPIED = (LAST_APPLIED, REVISION, HISTORY, DESIRED, MAXIMUM, ROLLBACK)
LONGEST_HISTORY = 2000  # characters of the annotation; the oldest revisions make room
NUMBER = re.compile(r"[0-9]{1,18}")
FNV_OFFSET, FNV_PRIME, WORD = 2166136261, 16777619, 0xFFFFFFFF


def encoded(value: int) -> str:
    """A number's decimal digits in the letters of generated names: only ``456789bcdf`` can occur."""
    return "".join(LETTERS[ord(digit) % len(LETTERS)] for digit in str(value))


def pod_template_hash(template: PodTemplateSpec, collisions: int = 0) -> str:
    """The label that tells the Pods of one template from those of another: FNV-1a over the template."""
    value = FNV_OFFSET
    for byte in json.dumps([encode(template), collisions], sort_keys=True).encode():
        value = (value ^ byte) * FNV_PRIME & WORD
    return encoded(value)


def number(found: Object, annotation: str) -> int | None:
    """The whole number that an annotation says; None without it, and for what is none."""
    text = found.metadata.annotations.get(annotation, "")
    return int(text) if NUMBER.fullmatch(text) else None


def sizes(deployment: Deployment) -> dict[str, str]:
    """The annotations by which a later change of ``spec.replicas`` is noticed and shared out."""
    wanted = deployment.spec.replicas or 0
    return {DESIRED: str(wanted), MAXIMUM: str(wanted + limits(deployment.spec).surge)}


def new_replica_set(deployment: Deployment, size: int, old: list[ReplicaSet]) -> ReplicaSet:
    """The ReplicaSet for the Deployment's present template; its revision is one above the highest of the ``old``."""
    spec = deployment.spec
    mark = {HASH_LABEL: pod_template_hash(spec.template, deployment.status.collision_count or 0)}
    labels = spec.template.metadata.labels.merged(mark)
    selector = spec.selector or LabelSelector()
    return ReplicaSet(
        metadata=ObjectMeta(
            name=f"{deployment.name}-{mark[HASH_LABEL]}",
            namespace=deployment.namespace,
            labels=labels,
            annotations=_copied(deployment).merged({**sizes(deployment), REVISION: str(_next_revision(old))}),
            owner_references=(deployment.reference(),),
        ),
        spec=ReplicaSetSpec(
            replicas=size,
            min_ready_seconds=spec.min_ready_seconds,
            selector=evolve(selector, match_labels=selector.match_labels.merged(mark)),
            template=evolve(spec.template, metadata=evolve(spec.template.metadata, labels=labels)),
        ),
    )


def renewed(deployment: Deployment, new: ReplicaSet, old: list[ReplicaSet]) -> ReplicaSet:
    """The new ReplicaSet as it should be noted: going back to an old template makes it the newest revision.

    A revision that is no number is left as it is, with all annotations.
    """
    before, newest = number(new, REVISION), _next_revision(old)
    marks, text = new.metadata.annotations, new.metadata.annotations.get(REVISION, "")
    if before is not None or not text:
        marks = marks.merged(_copied(deployment))
        if (before or 0) < newest:
            marks = marks.merged({REVISION: str(newest), **_history(new, text)})
    if (marks, new.spec.min_ready_seconds) == (new.metadata.annotations, deployment.spec.min_ready_seconds):
        return new
    spec = evolve(new.spec, min_ready_seconds=deployment.spec.min_ready_seconds)
    return evolve(new, spec=spec, metadata=evolve(new.metadata, annotations=marks))


def _history(found: ReplicaSet, revision: str) -> dict[str, str]:
    """The annotation that remembers what revisions a ReplicaSet has been, with one more."""
    if not revision:
        return {}
    past = [text for text in found.metadata.annotations.get(HISTORY, "").split(",") if text]
    while past and len(",".join((*past, revision))) > LONGEST_HISTORY:
        del past[0]
    return {HISTORY: ",".join((*past, revision))}


def _next_revision(old: list[ReplicaSet]) -> int:
    return max((number(each, REVISION) or 0 for each in old), default=0) + 1


def _copied(deployment: Deployment) -> FrozenMap[str, str]:
    return deployment.metadata.annotations.without(*NOT_COPIED)


def same_template(found: ReplicaSet, template: PodTemplateSpec) -> bool:
    """Whether a ReplicaSet makes the Pods of a template: all is the same but the hash label."""
    own = found.spec.template
    return own.spec == template.spec and _bare(own.metadata) == _bare(template.metadata)


def _bare(meta: ObjectMeta) -> ObjectMeta:
    return evolve(meta, labels=meta.labels.without(HASH_LABEL)) if HASH_LABEL in meta.labels else meta


def by_age(found: ReplicaSet) -> tuple[str, int]:
    """The oldest first; of one second, that of the lowest revision."""
    return found.metadata.creation_timestamp or "", number(found, REVISION) or 0


def rolled_back(deployment: Deployment, to: ReplicaSet) -> Deployment:
    """The Deployment with the template of an earlier revision, and its annotations but for those never copied."""
    theirs = deployment.metadata.annotations
    kept = {name: theirs[name] for name in NOT_COPIED if name in theirs}
    marks = to.metadata.annotations.without(*NOT_COPIED).merged(kept)
    template = to.spec.template
    spec = evolve(deployment.spec, template=evolve(template, metadata=_bare(template.metadata)))
    return evolve(deployment, spec=spec, metadata=evolve(deployment.metadata, annotations=marks))
