"""What describe says of workloads. Upstream: kubectl pkg/describe/describe.go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kdisco.console.kubectl.age import date
from kdisco.console.kubectl.describe_containers import template
from kdisco.console.kubectl.describe_parts import Lines, controller, head, labels, notes
from kdisco.console.kubectl.document import Document, at, name_of, selector_text
from kdisco.control.revision import HASH_LABEL

__all__ = ["daemon_lines", "deployment_lines", "replica_lines", "stateful_lines"]

NONE = "<none>"
REVISION = "deployment.kubernetes.io/revision"
PHASES = ("Running", "Pending", "Succeeded", "Failed")


def deployment_lines(found: Document, replica_sets: Sequence[Document]) -> Lines:
    """A Deployment, with the ReplicaSets that it controls."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    yield from head(found)
    yield f"CreationTimestamp:\t{date(at(found, 'metadata', 'creationTimestamp'))}"
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    yield f"Selector:\t{selector_text(spec.get('selector'))}"
    parts = (("updated", "updatedReplicas"), ("total", "replicas"), ("available", "availableReplicas"),
             ("unavailable", "unavailableReplicas"))
    counts = " | ".join(f"{status.get(part, 0)} {word}" for word, part in parts)
    yield f"Replicas:\t{spec.get('replicas', 1)} desired | {counts}"
    strategy = spec.get("strategy") or {}
    yield f"StrategyType:\t{strategy.get('type', '')}"
    yield f"MinReadySeconds:\t{spec.get('minReadySeconds', 0)}"
    rolling = strategy.get("rollingUpdate")
    if rolling:
        unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
        yield f"RollingUpdateStrategy:\t{unavailable} max unavailable, {surge} max surge"
    yield from template(spec.get("template") or {})
    if status.get("conditions"):
        yield "Conditions:"
        yield "  Type\tStatus\tReason"
        yield "  ----\t------\t------"
        yield from (
            f"  {each.get('type')} \t{each.get('status')}\t{each.get('reason', '')}" for each in status["conditions"]
        )
    old, new = _parted(found, replica_sets)
    if old or new:
        yield f"OldReplicaSets:\t{_replica_sets(old)}"
        yield f"NewReplicaSet:\t{_replica_sets(new)}"


def _parted(found: Document, replica_sets: Sequence[Document]) -> tuple[list[Document], list[Document]]:
    """The ReplicaSets of old templates that still count, and the one of the present template."""
    wanted = _bare(at(found, "spec", "template", default={}))
    ordered = sorted(replica_sets, key=lambda each: (at(each, "metadata", "creationTimestamp"), name_of(each)))
    new = next((each for each in ordered if _bare(at(each, "spec", "template", default={})) == wanted), None)
    return [each for each in ordered if each is not new], [new] if new is not None else []


def _bare(template_: Document) -> object:
    """A template without the label that tells its Pods from others'."""
    meta = {**(template_.get("metadata") or {})}
    meta["labels"] = {key: value for key, value in (meta.get("labels") or {}).items() if key != HASH_LABEL}
    return {**template_, "metadata": {key: value for key, value in meta.items() if value}}


def _replica_sets(found: Iterable[Document]) -> str:
    texts = [
        f"{name_of(each)} ({at(each, 'status', 'replicas', default=0)}/{at(each, 'spec', 'replicas', default=0)} "
        "replicas created)"
        for each in found
    ]
    return ", ".join(texts) or NONE


def replica_lines(found: Document, pods: Sequence[Document]) -> Lines:
    """A ReplicaSet, with the Pods that its selector finds."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    yield from head(found)
    yield f"Selector:\t{selector_text(spec.get('selector'))}"
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    if controller(found):
        yield f"Controlled By:\t{controller(found)}"
    yield f"Replicas:\t{status.get('replicas', 0)} current / {spec.get('replicas', 0)} desired"
    yield _phases(found, pods)
    yield from template(spec.get("template") or {})
    if status.get("conditions"):
        yield "Conditions:"
        yield "  Type\tStatus\tReason"
        yield "  ----\t------\t------"
        yield from (
            f"  {each.get('type')} \t{each.get('status')}\t{each.get('reason', '')}" for each in status["conditions"]
        )


def _phases(found: Document, pods: Sequence[Document]) -> str:
    uid = at(found, "metadata", "uid")
    phases = [at(pod, "status", "phase", default="") for pod in pods if _owner(pod) == uid]
    words = ("Running", "Waiting", "Succeeded", "Failed")
    return "Pods Status:\t" + " / ".join(
        f"{phases.count(phase)} {word}" for phase, word in zip(PHASES, words, strict=True)
    )


def _owner(pod: Document) -> str:
    """The uid of what controls a Pod."""
    owners = at(pod, "metadata", "ownerReferences", default=())
    return next((str(each.get("uid")) for each in owners if each.get("controller")), "")


def stateful_lines(found: Document, pods: Sequence[Document]) -> Lines:
    """A StatefulSet."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    yield from head(found)
    yield f"CreationTimestamp:\t{date(at(found, 'metadata', 'creationTimestamp'))}"
    yield f"Selector:\t{selector_text(spec.get('selector'))}"
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    yield f"Replicas:\t{spec.get('replicas', 1)} desired | {status.get('replicas', 0)} total"
    strategy = spec.get("updateStrategy") or {}
    yield f"Update Strategy:\t{strategy.get('type', '')}"
    if at(strategy, "rollingUpdate", "partition") is not None:
        yield f"  Partition:\t{strategy['rollingUpdate']['partition']}"
    yield _phases(found, pods)
    yield from template(spec.get("template") or {})
    yield from _claims(spec.get("volumeClaimTemplates") or ())


def _claims(found: Sequence[Document]) -> Lines:
    yield "Volume Claims:" if found else f"Volume Claims:\t{NONE}"
    for claim in found:
        yield f"  Name:\t{name_of(claim)}"
        yield f"  StorageClass:\t{at(claim, 'spec', 'storageClassName', default='')}"
        yield from labels("Labels", at(claim, "metadata", "labels"), indent="  ")
        yield from labels("Annotations", at(claim, "metadata", "annotations"), indent="  ")
        yield f"  Capacity:\t{at(claim, 'spec', 'resources', 'requests', 'storage', default='<default>')}"
        yield f"  Access Modes:\t[{' '.join(at(claim, 'spec', 'accessModes', default=()))}]"


NUMBERS = (
    ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
    ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
    ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
    ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
    ("Number of Nodes Misscheduled", "numberMisscheduled"),
)


def daemon_lines(found: Document, pods: Sequence[Document]) -> Lines:
    """A DaemonSet."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    yield from head(found, namespaced=False)  # kubectl 1.32 leaves it out
    yield f"Selector:\t{selector_text(spec.get('selector'))}"
    yield f"Node-Selector:\t{_nodes(at(spec, 'template', 'spec', 'nodeSelector'))}"
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    yield from (f"{title}: {status.get(part, 0)}" for title, part in NUMBERS)
    yield _phases(found, pods)
    yield from template(spec.get("template") or {})


def _nodes(selector: Document | None) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted((selector or {}).items())) or NONE
