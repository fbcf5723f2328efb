"""The machine itself: one event folds one state into the next. Same state, same event, same result."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from attrs import evolve

from kdisco.control import queue
from kdisco.control.registry import CONTROLLERS
from kdisco.errors import KdiscoError
from kdisco.store.apiserver import serve
from kdisco.store.events import (
    Answered,
    Ask,
    Deliver,
    Elapse,
    Event,
    Fact,
    Hold,
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

__all__ = ["next_due", "step", "tick"]

COREFILE = ("configmaps", "kube-system")  # where a change may concern CoreDNS


def step(state: State, event: Event) -> tuple[State, tuple[Fact, ...]]:
    """The state after an event, and what happened. A refused request changes nothing but is told."""
    if isinstance(event, Send):
        return _send(state, event)
    if isinstance(event, Ask):
        return _ask(state, event)
    txn = Transaction(state)
    try:
        _dispatch(txn, event)
    except KdiscoError as error:
        return state, (*txn.facts, Refused(error=error))
    return txn.commit(), tuple(txn.facts)


def _dispatch(txn: Transaction, event: Event) -> None:
    match event:
        case Request():
            serve(txn, event)
            if (event.resource, event.namespace) == COREFILE:
                _instances().plan_reloads(txn)
        case Deliver(component):
            queue.deliver(txn, component, CONTROLLERS)
        case Reconcile(controller):
            queue.reconcile(txn, CONTROLLERS[controller])
        case Wake(controller, key):
            txn.enqueue(controller, key)
        case Elapse(until):
            txn.now = until
        case Hold(component):
            queue.hold(txn, component)
        case Release(component):
            queue.release(txn, component, CONTROLLERS)
        case Reload(pod):
            txn.facts.append(Reloaded(pod, _instances().reload(txn, pod)))


def _send(state: State, event: Send) -> tuple[State, tuple[Fact, ...]]:
    from kdisco.net.walk import send  # noqa: PLC0415 - most steps need no packet path

    after, trace = send(state, event.source, event.destination, event.port, event.protocol, event.flow)
    return evolve(after, changes=()), (Travelled(trace=trace),)


def _ask(state: State, event: Ask) -> tuple[State, tuple[Fact, ...]]:
    after, messages = _instances().ask(state, event)
    return evolve(after, changes=()), (Answered(pod=event.pod, messages=messages),)


def _instances() -> ModuleType:
    return import_module("kdisco.dns.instances")  # most steps need no DNS


def next_due(state: State) -> tuple[float, Event] | None:
    """When the next event is due (seconds of cluster time) and which; None when nothing can change any more."""
    first = state.agenda.first()
    return (first[0][0], first[1]) if first else None


def tick(state: State) -> tuple[State, Event, tuple[Fact, ...]]:
    """Take the next event from the agenda, at its time; raises IndexError when there is none."""
    first = state.agenda.first()
    if first is None:
        msg = "nothing is due"
        raise IndexError(msg)
    place, event = first
    timers, background = state.timers, state.background
    if isinstance(event, Wake) and timers.get((event.controller, event.key)) == place:
        timers, background = timers.delete((event.controller, event.key)), background - event.background
    agenda = state.agenda.delete(place)
    here = evolve(
        state, now=max(state.now, place[0]), agenda=agenda, timers=timers, background=background, changes=()
    )
    after, facts = step(here, event)
    return after, event, facts
