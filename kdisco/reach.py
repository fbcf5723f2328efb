"""Whether a Service answers whoever asks: every endpoint that a connection may get is tried, not one by chance.

Nothing of it is left in the cluster: no connection is remembered, no random number drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from kdisco.attempt import ANSWERED, Attempt, arrived, resolved, unresolved
from kdisco.errors import KdiscoError
from kdisco.net.fates import fates
from kdisco.net.packet import target
from kdisco.net.walk import send

if TYPE_CHECKING:
    from kdisco.net.trace import Trace
    from kdisco.store.state import State

__all__ = ["PARTLY", "Check", "Reach", "check", "reach"]

PARTLY = "partly"  # some endpoints answer, others do not
ROUND_ROBIN = "ipvs"
TRIES = 16  # per endpoint, to meet each one by chance


@frozen(kw_only=True)
class Reach:
    """What comes of connections from ``source`` to ``to``: an attempt for each endpoint they may get.

    ``verdict``: answered, refused, timeout, unresolved, or partly where not all ends are alike.
    """

    source: str
    to: str
    port: int
    attempts: tuple[Attempt, ...]

    @property
    def verdict(self) -> str:
        """How they end."""
        ends = {each.outcome for each in self.attempts}
        return ends.pop() if len(ends) == 1 else PARTLY

    @property
    def why(self) -> str:
        """One line: of the first that fails why it does, else who answers."""
        failed = [each for each in self.attempts if not each.answered]
        if not failed:
            return _answer(each.listener or str(each.endpoint) for each in self.attempts)
        counted = f"{len(failed)} of {len(self.attempts)} endpoints: " if len(self.attempts) > 1 else ""
        named = f"{failed[0].endpoint} " if counted and failed[0].endpoint else ""
        return f"{counted}{named}{failed[0]}"

    def __bool__(self) -> bool:
        return self.verdict == ANSWERED

    def __str__(self) -> str:
        return f"{self.source} -> {self.to} port {self.port}: {self.verdict}, {self.why}"


def reach(state: State, source: str, to: str, port: int = 80, protocol: str = "tcp") -> Reach:
    """Try every way that a connection can go. Raises UsageError for what is no source, port or protocol."""
    state, addresses, lookup = resolved(state, source, to)
    tried = [each for address in addresses for each in _ways(state, source, address, port, protocol)]
    attempts = tuple(evolve(each, lookup=lookup) for each in tried) or (unresolved(to, lookup),)
    return Reach(source=source, to=to, port=port, attempts=attempts)


def _ways(state: State, source: str, address: str, port: int, protocol: str) -> Iterator[Attempt]:
    """An attempt for each endpoint behind an address."""
    after, trace = send(state, source, address, port, protocol)
    yield arrived(trace)
    wanted = _others(state, trace)
    for number in range(1, TRIES * len(wanted) + 1):
        if not wanted:
            return
        if state.config.proxy.mode == ROUND_ROBIN:  # who is next hangs on who was last
            after, found = send(after, source, address, port, protocol)
        else:
            found = send(evolve(state, draws=state.draws + 64 * number), source, address, port, protocol)[1]
        chosen = _chosen(found)
        if chosen in wanted:
            wanted.remove(chosen)
            yield arrived(found)


def _others(state: State, trace: Trace) -> set[str]:
    """The endpoints that a new connection like this one may get beside its own."""
    rewrite = trace.hop("dnat")
    if rewrite is None:
        return set()
    packet, node = rewrite.before, rewrite.where.removeprefix("node/")
    found = fates(state, node, packet.source, packet.destination, packet.dport, packet.protocol)
    return {fate.endpoint for fate in found if fate.endpoint} - {_chosen(trace)}


def _chosen(trace: Trace) -> str:
    """The endpoint that the rules gave a connection."""
    rewrite = trace.hop("dnat")
    return "" if rewrite is None else target(rewrite.after.destination, rewrite.after.dport)


@frozen(kw_only=True)
class Check:
    """Whether a connection went as it was to go: true or false, with one line that says why."""

    passed: bool
    line: str
    reach: Reach | None = None

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return self.line


def check(state: State, source: str, to: str, port: int, wanted: str, *, soft: bool) -> Check:
    """Whether every way ends as ``wanted``; unless ``soft``, one that does not is an AssertionError."""
    try:
        found = reach(state, source, to, port)
    except KdiscoError as problem:
        if not soft:
            raise
        return Check(passed=False, line=f"{source} -> {to} port {port}: {problem}")
    passed = found.verdict == wanted
    line = str(found) if passed else f"{found.source} -> {found.to} port {found.port}: {_instead(found, wanted)}"
    if not passed and not soft:
        raise AssertionError(line)
    return Check(passed=passed, line=line, reach=found)


def _instead(found: Reach, wanted: str) -> str:
    """What was to be, and what came instead."""
    if wanted == ANSWERED:
        return f"should be answered, but {found.why}"
    answering = [each.listener or str(each.endpoint) for each in found.attempts if each.answered]
    return f"should be refused, but {_answer(answering) if answering else found.why}"


def _answer(names: Iterable[str]) -> str:
    listed = list(dict.fromkeys(names))
    return f"{', '.join(listed)} answer{'s' * (len(listed) == 1)}"
