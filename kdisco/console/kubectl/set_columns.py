"""The columns of workloads: how many Pods there should be and how many there are.

Upstream: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from kdisco.console.kubectl.document import Document, age_of, at, format_labels, name_of, selector_text

__all__ = ["daemon_cells", "deployment_cells", "replica_cells", "revision_cells", "stateful_cells"]


def deployment_cells(found: Document, now: float) -> list[str]:
    """A Deployment."""
    ready = f"{_status(found, 'readyReplicas')}/{_wanted(found)}"
    counts = [_status(found, "updatedReplicas"), _status(found, "availableReplicas")]
    return [name_of(found), ready, *counts, age_of(found, now), *_containers(found), _selector(found)]


def replica_cells(found: Document, now: float) -> list[str]:
    """A ReplicaSet."""
    counts = [str(_wanted(found)), _status(found, "replicas"), _status(found, "readyReplicas")]
    return [name_of(found), *counts, age_of(found, now), *_containers(found), _selector(found)]


def stateful_cells(found: Document, now: float) -> list[str]:
    """A StatefulSet."""
    ready = f"{_status(found, 'readyReplicas')}/{_wanted(found)}"
    return [name_of(found), ready, age_of(found, now), *_containers(found)]


DAEMON_COUNTS = (
    "desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable",
)


def daemon_cells(found: Document, now: float) -> list[str]:
    """A DaemonSet."""
    nodes = format_labels(at(found, "spec", "template", "spec", "nodeSelector"))
    counts = [_status(found, name) for name in DAEMON_COUNTS]
    return [name_of(found), *counts, nodes, age_of(found, now), *_containers(found), _selector(found)]


def revision_cells(found: Document, now: float) -> list[str]:
    """A ControllerRevision."""
    owners = at(found, "metadata", "ownerReferences", default=())
    owner = next((each for each in owners if each.get("controller")), None)
    controller = "<none>"
    if owner is not None:
        group = owner["apiVersion"].rpartition("/")[0]
        controller = f"{owner['kind']}{'.' if group else ''}{group}".lower() + f"/{owner['name']}"
    return [name_of(found), controller, str(found.get("revision", 0)), age_of(found, now)]


def _wanted(found: Document) -> int:
    return int(at(found, "spec", "replicas", default=0))


def _status(found: Document, name: str) -> str:
    return str(at(found, "status", name, default=0))


def _containers(found: Document) -> list[str]:
    listed = at(found, "spec", "template", "spec", "containers", default=())
    return [",".join(str(each.get(part, "")) for each in listed) for part in ("name", "image")]


def _selector(found: Document) -> str:
    return selector_text(at(found, "spec", "selector"))
