"""The one place where a state is being changed: opened from a state, committed into the next.

A step opens a transaction, works on it, and commits; the state it was opened from never changes.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Key, Object
from kdisco.store.delays import delay_of
from kdisco.store.events import Change, Deliver, Event, Fact, Reconcile, Wake, Warned
from kdisco.store.random import draw
from kdisco.store.table import Table, View
from kdisco.tree import Tree

if TYPE_CHECKING:
    from kdisco.store.state import Sandbox, State

__all__ = ["LETTERS", "SOON", "Transaction"]

LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # of generated names: no vowels, so no words
SOON = 0.001  # seconds until a component that is let go hears of what it missed


class Transaction:
    """A state on its way to the next one. Revisions count writes over all resources, as etcd's do."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.now = state.now
        self.revision = state.revision
        self.facts: list[Fact] = []
        self.tables = dict(state.tables)
        self.seen = state.seen
        self.held = state.held
        self.held_since = state.held_since
        self.queues = dict(state.queues)
        self.agenda = state.agenda
        self.due = set(state.due)
        self.timers = state.timers
        self.background = state.background
        self.sandboxes: Tree[Key, Sandbox] = state.sandboxes
        self.leases = state.leases
        self.conntrack = state.conntrack
        self.remembered = state.remembered
        self.counters = state.counters
        self.heard = state.heard
        self.delays = state.delays
        self.synced = state.synced
        self.hosts = state.hosts
        self.faults = state.faults
        self._draws = state.draws
        self._ticket = state.ticket

    @property
    def view(self) -> View:
        """What is stored at this point of the transaction."""
        return View(self.revision, FrozenMap(self.tables))

    def get(self, resource: str, key: Key) -> Any:
        """The stored object at ``key`` or None."""
        table = self.tables.get(resource)
        return table.objects.get(key) if table else None

    def time(self, offset: float = 0.0) -> str:
        """Now (plus seconds) as the API writes times."""
        return self.state.time(self.now - self.state.now + offset)

    def draw(self, below: int) -> int:
        """A random whole number from 0 to ``below`` - 1."""
        number = draw(self.state.config.seed, self._draws) % below
        self._draws += 1
        return number

    def suffix(self, length: int = 5) -> str:
        """Random letters for a generated name."""
        return "".join(LETTERS[self.draw(len(LETTERS))] for _ in range(length))

    def uid(self) -> str:
        """A random UUID of version 4."""
        return str(uuid.UUID(int=self.draw(1 << 64) << 64 | self.draw(1 << 64), version=4))

    def put(self, resource: str, found: Any) -> Any:
        """Store an object at the next revision and tell the watchers; gives it with its resourceVersion."""
        before = self.get(resource, found.key)
        stored = found.with_meta(resource_version=str(self.revision + 1))
        self._change("MODIFIED" if before else "ADDED", resource, before, stored)
        return stored

    def remove(self, resource: str, key: Key) -> Any:
        """Take an object out; gives its last state with the resourceVersion of the removal."""
        before: Object = self.tables[resource].objects[key]
        last = before.with_meta(resource_version=str(self.revision + 1))
        self._change("DELETED", resource, last, None)
        return last

    def replay(self, change: Change) -> None:
        """Make a change of the past once more, at the next revision."""
        self._change(change.type, change.resource, change.before, change.after)

    def warn(self, text: str) -> None:
        """Warn the sender of the request, who gets what was asked for all the same."""
        self.facts.append(Warned(text))

    def schedule(self, event: Event, after: float) -> tuple[float, int]:
        """Put an event on the agenda, ``after`` seconds from now; equal times keep their order. Gives its place."""
        self._ticket += 1
        place = (round(self.now + after, 6), self._ticket)
        self.agenda = self.agenda.set(place, event)
        return place

    def enqueue(self, controller: str, key: Key) -> None:
        """Give a controller a key to work on, once; it starts when idle."""
        queue = self.queues.get(controller, Tree[Key, int]())
        if key not in queue:
            self.queues[controller] = queue.set(key, self._ticket)
        self.start(controller)

    def start(self, controller: str) -> None:
        """Let a controller take its next key when it has done its work on the one before."""
        self.promise(Reconcile(controller), controller, delay_of(self.delays, controller).work)

    def promise(self, event: Deliver | Reconcile, name: str, after: float) -> None:
        """Put a delivery or a reconciliation on the agenda unless that one is there already."""
        mark = f"{type(event).__name__}:{name}"
        if mark not in self.due:
            self.due.add(mark)
            self.schedule(event, after)

    def kept(self, event: Deliver | Reconcile, name: str) -> None:
        """A promised event came: it may be promised again."""
        self.due.discard(f"{type(event).__name__}:{name}")

    def wake(self, controller: str, key: Key, after: float, *, background: bool = False) -> None:
        """Give a controller a key ``after`` seconds from now; of two times asked for, the earlier holds."""
        place = self.timers.get((controller, key))
        if place is not None:
            if place[0] <= self.now + after:
                return
            self.forget(controller, key)
        self.timers = self.timers.set((controller, key), self.schedule(Wake(controller, key, background), after))
        self.background += background

    def forget(self, controller: str, key: Key) -> None:
        """Take a controller's timer for a key, where there is one, from the agenda."""
        place = self.timers.get((controller, key))
        if place is not None:
            event = self.agenda[place]
            self.agenda = self.agenda.delete(place)
            self.timers = self.timers.delete((controller, key))
            self.background -= isinstance(event, Wake) and event.background

    def take(self) -> Event:
        """Take the next event from the agenda and go on to its time; raises IndexError when nothing is due."""
        first = self.agenda.first()
        if first is None:
            msg = "nothing is due"
            raise IndexError(msg)
        place, event = first
        self.now, self.agenda = max(self.now, place[0]), self.agenda.delete(place)
        if isinstance(event, Wake) and self.timers.get((event.controller, event.key)) == place:
            self.timers = self.timers.delete((event.controller, event.key))
            self.background -= event.background
        return event

    def commit(self) -> State:
        """The state that this transaction made."""
        before = self.state
        return type(before)(  # every field is named, which is quicker than to copy what stays
            config=before.config,
            epoch=before.epoch,
            watchers=before.watchers,
            now=self.now,
            revision=self.revision,
            draws=self._draws,
            ticket=self._ticket,
            tables=FrozenMap(self.tables),
            seen=self.seen,
            held=self.held,
            held_since=self.held_since,
            queues=FrozenMap(self.queues),
            agenda=self.agenda,
            due=frozenset(self.due),
            timers=self.timers,
            background=self.background,
            sandboxes=self.sandboxes,
            leases=self.leases,
            conntrack=self.conntrack,
            remembered=self.remembered,
            counters=self.counters,
            heard=self.heard,
            delays=self.delays,
            synced=self.synced,
            hosts=self.hosts,
            faults=self.faults,
            changes=tuple(fact for fact in self.facts if isinstance(fact, Change)),
        )

    def _change(self, kind: str, resource: str, before: Any, after: Any) -> None:
        """Store one change and put its delivery to every watcher on the agenda."""
        self.revision += 1
        key = (after or before).key
        table = self.tables.get(resource, Table())
        self.tables[resource] = table.without(resource, key) if after is None else table.put(resource, after)
        self.facts.append(
            Change(type=kind, resource=resource, key=key, revision=self.revision, before=before, after=after)
        )
        watching = self.state.watchers.get(resource, ())
        for component in watching:
            self.promise(Deliver(component), component, self._until_heard(component))
        for component in self.delays:  # instances with delays of their own hear by a watch of their own
            base, at, _ = component.partition("@")
            if at and base in watching:
                self.promise(Deliver(component), component, self._until_heard(component))

    def _until_heard(self, component: str) -> float:
        """Seconds until a component takes in what was written now."""
        delay = delay_of(self.delays, component)
        last = self.synced.get(component)
        return delay.watch if last is None else max(delay.watch, last + delay.min_sync - self.now)
