"""How controllers are driven: news is delivered to a watch cache, keys are queued, one is worked on at a time."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, cast

from attrs import evolve

from kdisco.control.answers import alters
from kdisco.control.controller import Context, Controller, Later, Run, Tell, Try, Write
from kdisco.control.recorder import record
from kdisco.errors import ApiError, NotFound
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Key
from kdisco.store.apiserver import serve
from kdisco.store.authorize import MASTERS
from kdisco.store.events import Change, Deliver, Delivered, Reconcile, Reconciled, Request
from kdisco.store.table import View
from kdisco.store.transaction import WORK, Transaction
from kdisco.tree import Tree

__all__ = ["AT_REST", "deliver", "hold", "reconcile", "release"]

HEARTBEATS = {"kubelet": "nodelifecycle"}  # whose signs of life are waited for, and by whom
ANSWERERS = ("coredns",)  # whose answers have a serial that says how new they are
AT_REST = "controllers"  # held: all controllers wait, as they do over a dump until it is settled


def deliver(txn: Transaction, component: str, controllers: Mapping[str, Controller]) -> None:
    """Bring a component's watch cache up to the store and queue the keys that the news concerns."""
    txn.kept(Deliver(component), component)
    if component in txn.held or (AT_REST in txn.held and component in controllers):
        return
    old, new = txn.seen.get(component, View()), txn.view
    controller = controllers.get(component)
    news = 0
    base, answers_change = component.partition("@")[0], False
    for resource in _watched(txn, base, controller):
        if old.tables.get(resource) is new.tables.get(resource):
            continue
        for _, before, after in old.table(resource).objects.diff(new.table(resource).objects):
            news += 1
            if base in ANSWERERS and not answers_change:
                answers_change = alters(txn.state.config, before, after)
            if controller is not None and _heeded(controller, before, after):
                for found in (before, after):
                    for key in controller.watches[resource](new, found) if found is not None else ():
                        txn.enqueue(component, key)
    if answers_change:
        txn.heard = txn.heard.merged({component: txn.now})
    txn.seen = txn.seen.without(component) if "@" in component else txn.seen.merged({component: new})
    txn.facts.append(Delivered(component=component, revision=new.revision, news=news))


def _watched(txn: Transaction, component: str, controller: Controller | None) -> Iterable[str]:
    """The resources that a component watches."""
    if controller is not None:
        return controller.watches
    return [name for name, names in txn.state.watchers.items() if component in names]


def _heeded(controller: Controller, before: Any, after: Any) -> bool:
    """Whether a change is news to a controller; what comes and what goes always is."""
    return controller.heeds is None or before is None or after is None or controller.heeds(before, after)


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
        _work(txn, controller, key, controller.reconcile(_context(txn, controller.name), key))
    except ApiError as refusal:
        problem = refusal.message
    writes = sum(isinstance(fact, Change) for fact in txn.facts[before:])
    txn.facts.append(Reconciled(controller=controller.name, key=key, writes=writes, problem=problem))


def _work(txn: Transaction, controller: Controller, key: Key, writes: Iterator[Write]) -> None:
    """Carry out what a controller asks for; what it tries, it is told the outcome of."""
    for write in writes:
        following: Write | None = write
        while isinstance(following, Try):
            following = _tried(txn, controller, following, cast("Generator[Write, Any]", writes))
        if following is not None:
            _carry_out(txn, controller, key, following)


def _tried(txn: Transaction, controller: Controller, write: Try, work: Generator[Write, Any]) -> Write | None:
    """Write, and tell the controller what was stored or why nothing was; gives what it asks for next."""
    try:
        stored = serve(txn, evolve(write.request, user=controller.user, groups=MASTERS))
    except ApiError as refusal:
        told = partial(work.throw, refusal)
    else:
        told = partial(work.send, stored)
    try:
        return told()
    except StopIteration:
        return None


def _carry_out(txn: Transaction, controller: Controller, key: Key, write: Write) -> None:
    if isinstance(write, Request):
        _request(txn, evolve(write, user=controller.user, groups=MASTERS))
    elif isinstance(write, Later):
        txn.wake(controller.name, write.key or key, write.seconds, background=write.background)
    elif isinstance(write, Tell):
        record(txn, controller.source or controller.name, write)
    elif isinstance(write, Run):
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
        held=txn.held_since,
    )


def hold(txn: Transaction, component: str) -> None:
    """Cut a component off: it keeps what it has seen. ``kube-proxy@node-2`` is one instance of many."""
    txn.held |= {component}
    txn.held_since = txn.held_since.merged({component: txn.now})
    txn.seen = FrozenMap({**txn.seen, component: txn.state.seen_by(component)})
    base = component.partition("@")[0]
    if base in txn.heard:
        txn.heard = txn.heard.merged({component: max(txn.heard[base], txn.heard.get(component, 0.0))})
    _missed(txn, component)


def release(txn: Transaction, component: str, controllers: Mapping[str, Controller]) -> None:
    """Let a component hear again; what it missed is delivered soon."""
    txn.held -= {component}
    txn.held_since = txn.held_since.without(component)
    for name in controllers if component == AT_REST else (component,):
        txn.promise(Deliver(name), name, WORK)
        if txn.queues.get(name):
            txn.start(name)
    base, _, instance = component.partition("@")
    controller = controllers.get(base)
    if instance and controller is not None and controller.instance is not None:
        for key in controller.instance(_context(txn, base), instance):
            txn.enqueue(base, key)
    _missed(txn, component)


def _missed(txn: Transaction, component: str) -> None:
    """Whoever waits for a sign of life of this instance looks at it anew."""
    base, _, instance = component.partition("@")
    if instance and base in HEARTBEATS:
        txn.enqueue(HEARTBEATS[base], ("", instance))
