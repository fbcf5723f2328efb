"""Deletion: at once, after a grace period, or when the last finalizer is gone.

Upstream: apiserver pkg/registry/generic/registry/store.go Delete, pkg/registry/rest/delete.go BeforeDelete,
pkg/registry/core/{pod/strategy.go,namespace/storage/storage.go}.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from kdisco.errors import Invalid
from kdisco.model.kinds import Resource
from kdisco.model.meta import seconds, stamp
from kdisco.model.node import Namespace
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.phrase import Phrase
from kdisco.store.events import Request
from kdisco.store.field import unsupported
from kdisco.store.transaction import Transaction
from kdisco.store.validate.addresses import canonical

__all__ = ["FOREGROUND", "ORPHAN", "delete", "finally_removed", "free_address", "is_due"]

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"  # the finalizers that the garbage collector takes away
POLICIES = {"Background": (), "Foreground": (FOREGROUND,), "Orphan": (ORPHAN,)}
REMOVED = Phrase("removed")
UNCOLLECTED = ("Event",)  # kinds that have no dependents


def delete(txn: Transaction, row: Resource, old: Any, request: Request) -> tuple[Any, str]:
    """Delete an object or begin to; gives its newest state and a sentence.

    Raises Invalid for a propagation policy that there is none of.
    """
    held = _held(old, request.propagation)
    if isinstance(old, Namespace) and (not old.deleting or old.spec.finalizers):
        return _closed(txn, row, old, held)
    going = _graceful(txn, old, request.grace_period) if isinstance(old, Pod) else None
    if going is old:
        return old, Phrase("its deletion was asked for before")
    if going is None and not held:
        return finally_removed(txn, row, old), REMOVED
    going = (going or _marked(txn, old)).with_meta(finalizers=held)
    stored = old if going == old else txn.put(row.plural, going)
    wait = stored.metadata.deletion_grace_period_seconds
    if held:
        return stored, Phrase("marked for deletion, held by {finalizers}", finalizers=", ".join(held))
    if not wait:
        return finally_removed(txn, row, stored), REMOVED
    shortened, marked = "its grace is shortened to {seconds} s", "marked for deletion, {seconds} s of grace"
    return stored, Phrase(shortened, seconds=wait) if old.deleting else Phrase(marked, seconds=wait)


def is_due(found: Any) -> bool:
    """Whether an object on its way out has nothing left to wait for."""
    meta = found.metadata
    held = meta.finalizers or (isinstance(found, Namespace) and found.spec.finalizers)
    return found.deleting and not held and not meta.deletion_grace_period_seconds


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


def _held(old: Any, policy: str) -> tuple[str, ...]:
    """The finalizers of an object whose deletion is asked for; without a policy those that it has decide."""
    kept: tuple[str, ...] = old.metadata.finalizers
    if not policy or old.KIND in UNCOLLECTED:
        return kept
    if policy not in POLICIES:
        cause = unsupported("propagationPolicy", policy, ("Foreground", "Background", "Orphan", "nil"))
        kind, group = "DeleteOptions", "meta.k8s.io"
        raise Invalid(kind, group, "", [cause])
    wanted = POLICIES[policy]
    kept = tuple(name for name in kept if name not in (FOREGROUND, ORPHAN) or name in wanted)
    return kept + tuple(name for name in wanted if name not in kept)


def _graceful(txn: Transaction, old: Pod, asked: int | None) -> Pod | None:
    """A Pod with the time that it has left; itself where that stays as it is, None where its time is over."""
    meta = old.metadata
    wish = asked if asked is None or asked >= 0 else 1
    if not old.deleting:
        wait = (old.spec.termination_grace_period_seconds or 0) if wish is None else wish
        leaving: Pod = _leaving(txn, old, wait if old.spec.node_name and not old.finished else 0)
        return leaving
    given = meta.deletion_grace_period_seconds
    if not given:
        return None
    if wish is None or wish >= given:
        return old
    begun = seconds(meta.deletion_timestamp or "") - given  # a later wish may only shorten the grace
    shorter: Pod = old.with_meta(deletion_timestamp=stamp(begun + wish), deletion_grace_period_seconds=wish)
    return shorter


def _marked(txn: Transaction, old: Any) -> Any:
    """An object that only its finalizers keep."""
    if not old.deleting:
        return _leaving(txn, old, 0)
    now = txn.time()
    due = old.metadata.deletion_timestamp
    return old.with_meta(deletion_timestamp=min(due, now, key=seconds), deletion_grace_period_seconds=0)


def _leaving(txn: Transaction, old: Any, wait: int) -> Any:
    generation = old.metadata.generation
    return old.with_meta(
        deletion_timestamp=txn.time(wait),
        deletion_grace_period_seconds=wait,
        generation=generation + 1 if generation else 0,
    )


def _closed(txn: Transaction, row: Resource, old: Namespace, held: tuple[str, ...]) -> tuple[Namespace, str]:
    """A namespace that takes nothing new; its controller empties it."""
    if old.deleting:
        return old, Phrase("its content is being deleted")
    closed = evolve(old, status=evolve(old.status, phase="Terminating"))
    stored: Namespace = txn.put(row.plural, closed.with_meta(deletion_timestamp=txn.time(), finalizers=held))
    return stored, Phrase("marked for deletion: its content goes first")
