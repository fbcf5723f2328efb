"""How controllers are driven: news is delivered to a watch cache, keys are queued, one is worked on at a time."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from kdisco.control.controller import Context, Controller, Later, Tell, Write
from kdisco.control.recorder import record
from kdisco.errors import ApiError, NotFound
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Key
from kdisco.store.apiserver import serve
from kdisco.store.events import Change, Deliver, Delivered, Reconcile, Reconciled, Request
from kdisco.store.table import View
from kdisco.store.transaction import WORK, Transaction
from kdisco.tree import Tree

__all__ = ["AT_REST", "deliver", "hold", "reconcile", "release"]

AT_REST = "controllers"  # held: all controllers wait, as they do over a dump until it is settled


def deliver(txn: Transaction, component: str, controllers: Mapping[str, Controller]) -> None:
    """Bring a component's watch cache up to the store and queue the keys that the news concerns."""
    txn.kept(Deliver(component), component)
    if component in txn.held or (AT_REST in txn.held and component in controllers):
        return
    old, new = txn.seen.get(component, View()), txn.view
    controller = controllers.get(component)
    news = 0
    for resource in [name for name, names in txn.state.watchers.items() if component.partition("@")[0] in names]:
        for _, before, after in old.table(resource).objects.diff(new.table(resource).objects):
            news += 1
            if controller is None:
                continue
            for found in (before, after):
                if found is not None:
                    for key in controller.watches[resource](new, found):
                        txn.enqueue(component, key)
    txn.seen = txn.seen.without(component) if "@" in component else txn.seen.merged({component: new})
    txn.facts.append(Delivered(component=component, revision=new.revision, news=news))


def reconcile(txn: Transaction, controller: Controller) -> None:
    """Let a controller work on the first key of its queue; what is left is promised anew."""
    txn.kept(Reconcile(controller.name), controller.name)
    queue = txn.queues.get(controller.name, Tree())
    first = queue.first()
    if first is None or not txn.held.isdisjoint((controller.name, AT_REST)):
        return
    key = first[0]
    txn.queues[controller.name] = rest = queue.delete(key)
    if rest:
        txn.start(controller.name)
    txn.forget(controller.name, key)  # what it asked for before: it will ask anew
    before, problem = len(txn.facts), ""
    try:
        for write in controller.reconcile(_context(txn, controller.name), key):
            _carry_out(txn, controller, key, write)
    except ApiError as refusal:
        problem = refusal.message
    writes = sum(isinstance(fact, Change) for fact in txn.facts[before:])
    txn.facts.append(Reconciled(controller=controller.name, key=key, writes=writes, problem=problem))


def _carry_out(txn: Transaction, controller: Controller, key: Key, write: Write) -> None:
    if isinstance(write, Request):
        _request(txn, evolve(write, user=controller.user))
    elif isinstance(write, Later):
        txn.wake(controller.name, key, write.seconds, background=write.background)
    elif isinstance(write, Tell):
        record(txn, controller.source or controller.name, write)
    else:
        sandbox = write.sandbox
        txn.sandboxes = txn.sandboxes.delete(write.pod) if sandbox is None else txn.sandboxes.set(write.pod, sandbox)
        if sandbox is not None and write.lease is not None:
            txn.leases = txn.leases.merged({sandbox.node: write.lease})


def _request(txn: Transaction, request: Request) -> None:
    """Write; what was to be deleted may be gone already."""
    try:
        serve(txn, request)
    except NotFound:
        if request.verb != "delete":
            raise


def _context(txn: Transaction, name: str) -> Context:
    return Context(
        view=txn.seen.get(name, View()),
        stored=txn.view,
        now=txn.now,
        epoch=txn.state.epoch,
        config=txn.state.config,
        sandboxes=txn.sandboxes,
        leases=txn.leases,
    )


def hold(txn: Transaction, component: str) -> None:
    """Cut a component off: it keeps what it has seen. ``kube-proxy@node-2`` is one instance of many."""
    txn.held |= {component}
    txn.seen = FrozenMap({**txn.seen, component: txn.state.seen_by(component)})


def release(txn: Transaction, component: str, controllers: Mapping[str, Controller]) -> None:
    """Let a component hear again; what it missed is delivered soon."""
    txn.held -= {component}
    for name in controllers if component == AT_REST else (component,):
        txn.promise(Deliver(name), name, WORK)
        if txn.queues.get(name):
            txn.start(name)
