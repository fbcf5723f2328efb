"""Deletion: at once, after a grace period, or when the last finalizer is gone.

Upstream: apiserver pkg/registry/generic/registry/store.go Delete, pkg/registry/core/pod/strategy.go.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from kdisco.model.kinds import Resource
from kdisco.model.meta import seconds, stamp
from kdisco.model.node import Namespace, NamespaceStatus
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.store.transaction import Transaction
from kdisco.store.validate.names import canonical

__all__ = ["delete", "finally_removed", "free_address", "is_due"]


def delete(txn: Transaction, row: Resource, old: Any, grace: int | None) -> tuple[Any, str]:
    """Delete an object or begin to; gives its newest state and a sentence."""
    wait = _grace(old, grace)
    if wait <= 0 and not _finalizers(old):
        return finally_removed(txn, row, old), "removed"
    if not old.deleting:
        return _marked(txn, row, old, wait), f"marked for deletion, {wait} s of grace"
    if grace is None or wait >= (old.metadata.deletion_grace_period_seconds or 0):
        return old, "its deletion was asked for before"
    return _hastened(txn, row, old, wait), f"its grace is shortened to {wait} s"


def is_due(found: Any) -> bool:
    """Whether an object on its way out has nothing left to wait for."""
    return found.deleting and not _finalizers(found) and found.metadata.deletion_grace_period_seconds == 0


def _finalizers(found: Any) -> tuple[str, ...]:
    held: tuple[str, ...] = found.metadata.finalizers
    return held + found.spec.finalizers if isinstance(found, Namespace) else held


def finally_removed(txn: Transaction, row: Resource, old: Any) -> Any:
    """Take an object out, and with a Service its Endpoints and its addresses."""
    last = txn.remove(row.plural, old.key)
    if isinstance(old, Service):
        if txn.get("endpoints", old.key) is not None:
            txn.remove("endpoints", old.key)
        for address in old.virtual_ips:
            free_address(txn, address)
    return last


def free_address(txn: Transaction, address: str) -> None:
    """Give a ClusterIP back: it may be taken again at once."""
    key = "", canonical(address)
    if txn.get("ipaddresses", key) is not None:
        txn.remove("ipaddresses", key)


def _grace(old: Any, asked: int | None) -> int:
    """Seconds of grace: only Pods that are bound and not finished have any; a negative wish counts as one second."""
    if not isinstance(old, Pod) or not old.spec.node_name or old.finished:
        return 0
    wait = (old.spec.termination_grace_period_seconds or 0) if asked is None else asked
    return wait if wait >= 0 else 1


def _hastened(txn: Transaction, row: Resource, old: Any, wait: int) -> Any:
    """A later wish may only shorten the grace, counted from the first one."""
    asked = seconds(old.metadata.deletion_timestamp) - (old.metadata.deletion_grace_period_seconds or 0)
    new = old.with_meta(deletion_timestamp=stamp(asked + wait), deletion_grace_period_seconds=wait)
    return txn.put(row.plural, new)


def _marked(txn: Transaction, row: Resource, old: Any, wait: int) -> Any:
    generation = old.metadata.generation
    new = old.with_meta(
        deletion_timestamp=txn.time(wait),
        deletion_grace_period_seconds=wait,
        generation=generation + 1 if generation else 0,
    )
    if isinstance(new, Namespace):
        new = evolve(new, status=NamespaceStatus(phase="Terminating"))
    return txn.put(row.plural, new)
