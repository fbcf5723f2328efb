"""The past: every moment that was, to look at, compare, return to and branch from.

It is compacted like etcd: moments older than the newest ``KEEP`` are forgotten, and asking for them is 410 Expired.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from attrs import evolve, field, frozen

from kdisco.errors import Expired, UsageError
from kdisco.phrase import Phrase
from kdisco.store.events import (
    Answered,
    Change,
    Delivered,
    Event,
    Exchanged,
    Fact,
    LookedUp,
    Reconciled,
    Refused,
    Reloaded,
    Travelled,
)
from kdisco.store.state import State
from kdisco.store.transaction import Transaction

__all__ = ["KEEP", "Moment", "Timeline"]

KEEP = 20_000


@frozen(kw_only=True)
class Moment:
    """One step: what came, what happened, how things stood after it.

    What came is None at the beginning, and where only a part of what it brought belongs to the past looked at.
    """

    state: State = field(repr=False)
    event: Event | None = None
    facts: tuple[Fact, ...] = ()

    def __str__(self) -> str:
        """When, and in words what happened."""
        told = [words for fact in self.facts if (words := _words(fact))] or [type(self.event).__name__.lower()]
        return f"{self.state.now:8.3f} s  {'; '.join(told)}"


class Timeline:
    """The moments of one run, the newest last. ``mark`` notes that what follows is a person's doing.

    ``guard`` is held while it goes on by a step: those who bring threads put a lock there.
    """

    def __init__(self, first: State) -> None:
        self.guard: AbstractContextManager[Any] = nullcontext()
        self._moments = [Moment(state=first)]
        self._marks: list[int] = []

    @classmethod
    def of(cls, moments: Iterable[Moment], marks: Iterable[int] = ()) -> Timeline:
        """A timeline of these moments, one at least; ``marks`` are the places where a person's doings begin."""
        listed = list(moments)
        other = cls(listed[0].state)
        other._moments, other._marks = listed, list(marks)
        return other

    @property
    def marks(self) -> tuple[int, ...]:
        """Where what a person did begins: places of moments."""
        return tuple(self._marks)

    @property
    def state(self) -> State:
        """How things stand now."""
        return self._moments[-1].state

    @property
    def oldest(self) -> int:
        """The oldest revision that is still known."""
        return self._moments[0].state.revision

    def __len__(self) -> int:
        return len(self._moments)

    def __iter__(self) -> Iterator[Moment]:
        return iter(tuple(self._moments))

    def __getitem__(self, index: int) -> Moment:
        return self._moments[index]

    def facts(self) -> Iterator[Fact]:
        """All that happened, in order."""
        return (fact for moment in self for fact in moment.facts)

    def mark(self) -> None:
        """The next moment begins something that ``undo`` takes back."""
        self._marks.append(len(self._moments))

    def began(self) -> int:
        """The place of the moment with which the newest marked doing began; the end when there is none."""
        return self._marks[-1] if self._marks else len(self._moments)

    def add(self, state: State, event: Event | None, facts: tuple[Fact, ...]) -> None:
        """Go on by one step."""
        self._moments.append(Moment(state=state, event=event, facts=facts))
        if len(self._moments) > 2 * KEEP:
            del self._moments[:KEEP]
            self._marks = [mark - KEEP for mark in self._marks if mark > KEEP]

    def undo(self) -> State:
        """Forget the last marked step and all that followed; raises UsageError when there is none."""
        if not self._marks:
            msg = Phrase("nothing to undo: no write was made yet")
            raise UsageError(msg)
        del self._moments[self._marks.pop() :]
        return self.state

    def branch(self) -> Timeline:
        """A timeline with the same past and a future of its own."""
        return Timeline.of(self._moments, self._marks)

    def until(self, revision: int) -> Timeline:
        """A timeline that ends when ``revision`` was the newest, before the next one was written.

        Raises UsageError for one that is still to come, Expired for one that is forgotten.
        """
        if type(revision) is not int or not 0 <= revision <= self.state.revision:
            msg = f"revision: {revision!r} is not a whole number from {self.oldest} to {self.state.revision}"
            raise UsageError(msg)
        if revision < self.oldest:
            raise _expired(revision, self.oldest)
        if revision == self.state.revision:
            return self.branch()
        end = bisect_right(self._moments, revision, key=lambda moment: moment.state.revision)
        past = Timeline.of(self._moments[:end], [mark for mark in self._marks if mark < end])
        state = past.state
        if state.revision < revision:  # in the midst of a step that wrote several objects
            txn = Transaction(state)
            txn.now = self._moments[end].state.now
            for change in self._moments[end].state.changes:
                if change.revision <= revision:
                    txn.replay(change)
            past.add(txn.commit(), None, tuple(txn.facts))
        return past

    def changes(self, since: int) -> Iterator[Change]:
        """All changes after a revision; raises Expired when that is forgotten."""
        if since < self.oldest:
            raise _expired(since, self.oldest)
        start = bisect_right(self._moments, since, key=lambda moment: moment.state.revision)
        for moment in self._moments[start:]:
            yield from (change for change in moment.state.changes if change.revision > since)

    def compact(self, revision: int) -> None:
        """Forget all that was before a revision, as etcd does; raises UsageError in etcd's words where it cannot."""
        if revision <= self.oldest or revision > self.state.revision:
            gone = revision <= self.oldest
            words = "has been compacted" if gone else "is a future revision"
            msg = f"Error: etcdserver: mvcc: required revision {words}"
            raise UsageError(msg)
        first = evolve(self.until(revision).state, changes=())
        start = bisect_right(self._moments, revision, key=lambda moment: moment.state.revision)
        self._moments = [Moment(state=first), *self._moments[start:]]
        self._marks = [mark - start + 1 for mark in self._marks if mark >= start]


def _words(fact: Fact) -> str:
    match fact:
        case Delivered(component=name, news=news):
            return f"{name} hears of {news} change{'s' * (news != 1)}"
        case Reconciled(controller=name, key=key, writes=writes, problem=problem):
            told = problem or f"{writes} write{'s' * (writes != 1)}"
            return f"{name} works on {'/'.join(part for part in key if part)}: {told}"
        case Change(type=kind):
            return f"{kind} {fact.object}"
        case Refused(error=error):
            return str(error)
        case Travelled(trace=trace):
            return f"a packet travels: {trace.verdict}"
    return fact.words if isinstance(fact, Answered | Reloaded | LookedUp | Exchanged) else ""


def _expired(revision: int, oldest: int) -> Expired:
    return Expired(f"too old resource version: {revision} ({oldest})")
