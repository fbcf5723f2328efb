"""Pod garbage collection: the Pods of a node that has been deleted go, some time later.

Upstream: pkg/controller/podgc/gc_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Later, Write, delete_now, update_status
from kdisco.control.tainteviction import disrupted
from kdisco.model.meta import Key, Object
from kdisco.store.table import View

__all__ = ["CONTROLLER", "QUARANTINE"]

QUARANTINE = 40.0  # seconds in which a node may come back
OVER = "over"


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Force the Pods of a missing node out of the API: nobody is there who could confirm their end.

    The key is a node's; ``OVER`` stands before its name when its time in quarantine is over.
    """
    stage, name = key
    if context.stored.get("nodes", ("", name)) is not None:
        return
    if stage != OVER:
        yield Later(QUARANTINE, key=(OVER, name))
        return
    for pod in list(context.stored.table("pods").find("node", name)):
        gone = disrupted(context, pod, "DeletionByPodGC", "PodGC: node no longer exists")
        if not pod.finished:
            gone = evolve(gone, status=evolve(gone.status, phase="Failed"))
        yield update_status(gone)
        yield delete_now(pod)


def _gone(view: View, node: Object) -> Iterator[Key]:
    """A node that is there no more."""
    if view.get("nodes", node.key) is None:
        yield node.key


CONTROLLER = Controller("podgc", {"nodes": _gone}, reconcile)
