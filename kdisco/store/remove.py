"""Deletion: at once, after a grace period, or when the last finalizer is gone.

Upstream: apiserver pkg/registry/generic/registry/store.go Delete, pkg/registry/core/pod/strategy.go.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from kdisco.model.kinds import Resource
from kdisco.model.node import Namespace, NamespaceStatus
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.store.transaction import Transaction

__all__ = ["delete", "finally_removed", "free_address", "is_due"]


def delete(txn: Transaction, row: Resource, old: Any, grace: int | None) -> tuple[Any, str]:
    """Delete an object or begin to; gives its newest state and a sentence."""
    wait = _grace(old, grace)
    if wait > 0 or _finalizers(old):
        if old.deleting and (old.metadata.deletion_grace_period_seconds or 0) <= wait:
            return old, "its deletion was asked for before"
        return _marked(txn, row, old, wait), f"marked for deletion, {wait} s of grace"
    return finally_removed(txn, row, old), "removed"


def is_due(found: Any) -> bool:
    """Whether an object on its way out has nothing left to wait for."""
    return found.deleting and not _finalizers(found) and found.metadata.deletion_grace_period_seconds == 0


def _finalizers(found: Any) -> tuple[str, ...]:
    held: tuple[str, ...] = found.metadata.finalizers
    return held + found.spec.finalizers if isinstance(found, Namespace) else held


def finally_removed(txn: Transaction, row: Resource, old: Any) -> Any:
    """Take an object out, and with a Service its addresses and its Endpoints."""
    if isinstance(old, Service):
        for address in old.virtual_ips:
            free_address(txn, address)
        if txn.get("endpoints", old.key) is not None:
            txn.remove("endpoints", old.key)
    return txn.remove(row.plural, old.key)


def free_address(txn: Transaction, address: str) -> None:
    """Give a ClusterIP back: it may be taken again at once."""
    if txn.get("ipaddresses", ("", address)) is not None:
        txn.remove("ipaddresses", ("", address))


def _grace(old: Any, asked: int | None) -> int:
    """Seconds of grace: only Pods that are bound and not finished have any."""
    if not isinstance(old, Pod) or not old.spec.node_name or old.finished:
        return 0
    own = old.spec.termination_grace_period_seconds
    return asked if asked is not None else 30 if own is None else own


def _marked(txn: Transaction, row: Resource, old: Any, wait: int) -> Any:
    generation = old.metadata.generation
    new = old.with_meta(
        deletion_timestamp=txn.time(wait),
        deletion_grace_period_seconds=wait,
        generation=generation + 1 if generation and not old.deleting else generation,
    )
    if isinstance(new, Namespace):
        new = evolve(new, status=NamespaceStatus(phase="Terminating"))
    return txn.put(row.plural, new)
