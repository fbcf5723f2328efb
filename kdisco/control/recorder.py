"""What components tell people: Events, each stored once and counted when it is told again.

An Event is written straight into the store: no admission plugin has a say in it, and no component
waits for it. Its uid is drawn from its revision, so that telling leaves all other random names as they
are. Upstream: client-go tools/record event.go, events_cache.go.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from attrs import evolve

from kdisco.model.event import Event, EventSource, said
from kdisco.model.meta import ObjectMeta, ObjectReference
from kdisco.store.random import draw

if TYPE_CHECKING:
    from kdisco.control.controller import Tell
    from kdisco.store.transaction import Transaction

__all__ = ["record"]

NANO = 1_000_000_000


def record(txn: Transaction, source: str, told: Tell) -> None:
    """Store what ``source`` (deployment-controller, kubelet, ...) tells of an object.

    A namespace that is going takes no new Events; one that is gone has no place for them.
    """
    namespace = txn.get("namespaces", ("", told.about.namespace or "default"))
    if namespace is None or namespace.deleting:
        return
    text = said(told.type, told.reason, told.message, source, told.field_path)
    table = txn.tables.get("events")
    known = table.find("about", told.about.metadata.uid or told.about.name, text) if table is not None else iter(())
    old = next(known, None)
    if old is not None:
        txn.put("events", evolve(old, count=old.count + 1, last_timestamp=txn.time()))
    else:
        txn.put("events", _new(txn, source, told))


def _new(txn: Transaction, source: str, told: Tell) -> Event:
    about, now = told.about, txn.time()
    moment = int((txn.state.epoch + txn.now) * NANO) + txn.revision  # no two of one object at the same nanosecond
    reference = ObjectReference(
        kind=about.KIND,
        namespace=about.namespace,
        name=about.name,
        uid=about.metadata.uid or about.name,  # of a node upstream gives its name
        api_version=about.API_VERSION,
        resource_version=about.metadata.resource_version,
        field_path=told.field_path,
    )
    seed = txn.state.config.seed
    high, low = (draw(seed, -2 * txn.revision - place) for place in (1, 2))
    meta = ObjectMeta(
        name=f"{about.name}.{moment:x}",
        namespace=about.namespace or "default",
        uid=str(uuid.UUID(int=high << 64 | low, version=4)),
        creation_timestamp=now,
    )
    return Event(
        metadata=meta,
        involved_object=reference,
        reason=told.reason,
        message=told.message,
        source=EventSource(component=source, host=told.host),
        first_timestamp=now,
        last_timestamp=now,
        count=1,
        type=told.type,
        reporting_component=source,
        reporting_instance=told.host,
    )
