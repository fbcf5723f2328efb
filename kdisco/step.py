"""The machine itself: one event folds one state into the next. Same state, same event, same result."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from attrs import evolve

from kdisco.control import queue
from kdisco.control.hosts import operate
from kdisco.errors import KdiscoError
from kdisco.store.apiserver import serve
from kdisco.store.events import (
    Adjust,
    Answered,
    Ask,
    Deliver,
    Elapse,
    Event,
    Exchange,
    Exchanged,
    Fact,
    Hold,
    LookedUp,
    LookUp,
    Operate,
    Reconcile,
    Refused,
    Release,
    Reload,
    Reloaded,
    Request,
    Send,
    Travelled,
    Wake,
)
from kdisco.store.state import State
from kdisco.store.transaction import Transaction

if TYPE_CHECKING:
    from kdisco.control.controller import Controller

__all__ = ["next_due", "step", "tick"]

COREFILE = ("configmaps", "kube-system")  # where a change may concern CoreDNS


def step(state: State, event: Event) -> tuple[State, tuple[Fact, ...]]:
    """The state after an event, and what happened. A refused request changes nothing but is told."""
    if isinstance(event, Send):
        return _send(state, event)
    if isinstance(event, Ask):
        return _ask(state, event)
    if isinstance(event, LookUp | Exchange):
        return _asked(state, event)
    txn = Transaction(state)
    try:
        _dispatch(txn, event)
    except KdiscoError as error:
        return state, (*txn.facts, Refused(error=error))
    return _committed(state, txn), tuple(txn.facts)


def _committed(before: State, txn: Transaction) -> State:
    """The state after a transaction, and after kube-proxies have tidied the kernels of what it made them forget."""
    after = txn.commit()
    if after.seen is before.seen or not after.conntrack:
        return after
    state: State = import_module("kdisco.net.stale").swept(before, after)
    return state


def _dispatch(txn: Transaction, event: Event) -> None:
    match event:
        case Request():
            serve(txn, event)
            if (event.resource, event.namespace) == COREFILE:
                _instances().plan_reloads(txn)
        case Wake(controller, key):
            txn.enqueue(controller, key)
        case Elapse(until):
            txn.now = until
        case Operate():
            operate(txn, event)
        case Reload(pod):
            txn.facts.append(Reloaded(pod, _instances().reload(txn, pod)))
        case _:
            _drive(txn, event)


def _drive(txn: Transaction, event: Event) -> None:
    """What components hear, and how they are let hear."""
    match event:
        case Deliver(component):
            queue.deliver(txn, component, _controllers())
        case Reconcile(controller):
            queue.reconcile(txn, _controllers()[controller])
        case Hold(component):
            queue.hold(txn, component)
        case Release(component):
            queue.release(txn, component, _controllers())
        case Adjust(component, delays):
            queue.adjust(txn, component, delays)


@cache
def _controllers() -> dict[str, Controller]:
    """All controllers, loaded when the first of them is to do something."""
    found: dict[str, Controller] = import_module("kdisco.control.registry").CONTROLLERS
    return found


def _send(state: State, event: Send) -> tuple[State, tuple[Fact, ...]]:
    from kdisco.net.walk import send  # noqa: PLC0415 - most steps need no packet path

    after, trace = send(
        state, event.source, event.destination, event.port, event.protocol, event.flow, close=event.close
    )
    return after, (Travelled(trace=trace),)


def _ask(state: State, event: Ask) -> tuple[State, tuple[Fact, ...]]:
    after, messages = _instances().ask(state, event)
    return evolve(after, changes=()), (Answered(pod=event.pod, messages=messages),)


def _asked(state: State, event: LookUp | Exchange) -> tuple[State, tuple[Fact, ...]]:
    asking = import_module("kdisco.dns.asking")
    if isinstance(event, LookUp):
        after, lookup = asking.look_up(state, event)
        fact: Fact = LookedUp(lookup)
    else:
        after, delivery = asking.exchange(state, event)
        fact = Exchanged(delivery)
    return after if after is state else evolve(after, changes=()), (fact,)


def _instances() -> ModuleType:
    return import_module("kdisco.dns.instances")  # most steps need no DNS


def next_due(state: State) -> tuple[float, Event] | None:
    """When the next event is due (seconds of cluster time) and which; None when nothing can change any more."""
    first = state.agenda.first()
    return (first[0][0], first[1]) if first else None


def tick(state: State) -> tuple[State, Event, tuple[Fact, ...]]:
    """Take the next event from the agenda, at its time; raises IndexError when there is none."""
    txn = Transaction(state)
    event = txn.take()
    try:
        _dispatch(txn, event)
    except KdiscoError as error:
        refused = Transaction(state)
        refused.take()
        return refused.commit(), event, (*txn.facts, Refused(error=error))
    return _committed(state, txn), event, tuple(txn.facts)
