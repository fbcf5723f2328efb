"""Whether a Service answers whoever asks: every endpoint that a connection may get is tried, not one by chance.

Nothing of it is left in the cluster: no connection is remembered, no random number drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from kdisco.attempt import ANSWERED, LEFT, REFUSED, TIMEOUT, UNRESOLVED, Attempt, arrived, resolved, unresolved
from kdisco.errors import KdiscoError
from kdisco.net.conntrack import Conntrack
from kdisco.net.dice import Dice
from kdisco.net.ends import End, end_of
from kdisco.net.fabric import node_network
from kdisco.net.fates import fates, ruleset
from kdisco.net.kernel import Kernel
from kdisco.net.packet import number, target
from kdisco.net.walk import send
from kdisco.phrase import Phrase, said
from kdisco.store.state import State

if TYPE_CHECKING:
    from kdisco.net.packet import Packet
    from kdisco.net.trace import Trace

__all__ = ["PARTLY", "Check", "Known", "Reach", "check", "reach"]

PARTLY = "partly"  # some endpoints answer, others do not
VERDICTS = {
    ANSWERED: Phrase("answered"),
    REFUSED: Phrase("refused"),
    TIMEOUT: Phrase("timeout"),
    UNRESOLVED: Phrase("unresolved"),
    LEFT: Phrase("left"),
    PARTLY: Phrase("partly"),
}
ROUND_ROBIN = "ipvs"
# who sends, the node whose rules choose, endpoint, protocol, whether it is SNATed
Way = tuple[str, str, str, str, bool]
TRIES = 16  # per endpoint, to meet each one by chance
BRIDGE = "cni0"


@frozen
class Known:
    """What was found out of one state: how endpoints ``fared``, and whom the rules have ``chosen`` by some dice."""

    fared: dict[Way, Attempt] = field(factory=dict)
    chosen: dict[Hashable, str] = field(factory=dict)


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
        count, why, end = len(self.attempts), failed[0].words, failed[0].endpoint
        if count == 1:
            return why
        if end:
            why = Phrase("{endpoint} {why}", endpoint=end, why=why)
        return Phrase("{failed} of {count} endpoints: {why}", failed=len(failed), count=count, why=why)

    def __bool__(self) -> bool:
        return self.verdict == ANSWERED

    @property
    def words(self) -> str:
        """All of it in one line."""
        words = {"verdict": VERDICTS[self.verdict], "why": self.why}
        return self.line(Phrase("{verdict}, {why}", **words))

    def line(self, told: str) -> str:
        """A line that says something of these connections."""
        return Phrase("{source} -> {to} port {port}: {told}", source=self.source, to=self.to, port=self.port, told=told)

    def __str__(self) -> str:
        return str(said(self.words))


def reach(
    state: State, source: str, to: str, port: int = 80, protocol: str = "tcp", known: Known | None = None
) -> Reach:
    """Try every way that a connection can go. Raises UsageError for what is no source, port or protocol.

    ``known`` remembers, of one state, how endpoints fared, for the next Service that has them too.
    """
    state, addresses, lookup = resolved(state, source, to)
    ways = _Ways(state, source, end_of(state, source), port, protocol, Known() if known is None else known)
    tried = [each for address in addresses for each in ways.of(address)]
    attempts = tuple(evolve(each, lookup=lookup) if lookup else each for each in tried) or (unresolved(to, lookup),)
    return Reach(source=source, to=to, port=port, attempts=attempts)


@frozen
class _Ways:
    """The ways of connections from one source to a port."""

    state: State
    source: str
    start: End
    port: int
    protocol: str
    known: Known

    def of(self, address: str) -> Iterator[Attempt]:
        """An attempt for each endpoint behind an address."""
        after, trace = self._sent(self.state, address)
        found, wanted = arrived(trace), self._endpoints(trace)
        chosen = _chosen(trace)
        if chosen in wanted:
            self._note(wanted.pop(chosen), found)
        yield found
        yield from self._others(address, after, trace, wanted)

    def _others(self, address: str, after: State, trace: Trace, wanted: dict[str, Way]) -> Iterator[Attempt]:
        """An attempt for each endpoint wanted: one that is known, or one met by chance."""
        tries = TRIES * len(wanted)  # the known ones come by chance too
        for endpoint, way in [*wanted.items()]:
            if way in self.known.fared:
                del wanted[endpoint]
                yield self.known.fared[way]
        foreseen = self._foresight(trace) if wanted else None
        for turn in range(1, tries + 1):
            if not wanted:
                return
            state = evolve(self.state, draws=self.state.draws + 64 * turn)
            if state.config.proxy.mode == ROUND_ROBIN:  # who is next hangs on who was last
                state = after
            elif foreseen is not None and foreseen(state) not in wanted:
                continue
            after, trace = self._sent(state, address)
            chosen = _chosen(trace)
            if chosen in wanted:
                yield self._note(wanted.pop(chosen), arrived(trace))

    def _endpoints(self, trace: Trace) -> dict[str, Way]:
        """The endpoints that a connection like this one may get, each with what its further way hangs on."""
        rewrite = trace.hop("dnat")
        if rewrite is None:
            return {}
        packet, node = rewrite.before, rewrite.where.removeprefix("node/")
        found = fates(self.state, node, packet.source, packet.destination, packet.dport, packet.protocol)
        return {fate.endpoint: (self._who(packet, node, fate.endpoint), node, fate.endpoint, packet.protocol, fate.snat)
                for fate in found if fate.endpoint}  # fmt: skip

    def _who(self, packet: Packet, node: str, endpoint: str) -> str:
        """Who sends, as far as the way behind the rules hangs on it: of a node's Pods, unless policies tell them apart.

        A Pod that meets itself is none of them.
        """
        policies = self.state.tables.get("networkpolicies")
        alone = self.start.kind != "pod" or node != self.start.node or (policies is not None and len(policies.objects))
        if alone or endpoint.startswith(target(packet.source, 0)[:-1]):
            return self.source
        route = node_network(self.state, node).routes.lookup(packet.source)
        return BRIDGE if route is not None and route.device == BRIDGE else self.source

    def _foresight(self, trace: Trace) -> Callable[[State], str] | None:
        """Which endpoint the rules would give a connection like this one in a state that differs in its dice alone.

        None where more dice are thrown before: outside the cluster, or on a node that was passed.
        """
        rewrite = trace.hop("dnat")
        if rewrite is None or "/" not in self.source or rewrite.where != f"node/{self.start.node}":
            return None
        node, packet, started = self.start.node, rewrite.before.with_mark(0), self.start.kind == "process"
        tracked: Conntrack = self.state.conntrack.get(node) or Conntrack()
        asks = number(packet.source), number(packet.destination), packet.protocol, packet.dport
        # sources that the rules treat alike get the same by the same dice, unless somebody is held to an endpoint
        who = packet.source if len(tracked.recent) else ruleset(self.state, node, packet.family).kin(*asks)

        def foreseen(state: State) -> str:
            key = node, *asks[1:], who, started, state.draws
            if key not in self.known.chosen:
                dice = Dice(state)
                dice.number()  # the source port
                after = Kernel(state, node, tracked, dice, packet.family).chosen(packet, started=started)
                self.known.chosen[key] = target(after.destination, after.dport)
            return self.known.chosen[key]

        return foreseen

    def _sent(self, state: State, address: str) -> tuple[State, Trace]:
        return send(state, self.source, address, self.port, self.protocol)

    def _note(self, way: Way, found: Attempt) -> Attempt:
        if way[0] == self.source or found.outcome in (ANSWERED, REFUSED):  # what fails may speak of who sends
            self.known.fared[way] = evolve(found, trace=None)  # the trace is of another front's packet
        return found


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
    line = said(found.words if passed else found.line(_instead(found, wanted)))
    if not passed and not soft:
        raise AssertionError(line)
    return Check(passed=passed, line=line, reach=found)


def _instead(found: Reach, wanted: str) -> str:
    """What was to be, and what came instead."""
    if wanted == ANSWERED:
        return Phrase("should be answered, but {why}", why=found.why)
    answering = [each.listener or str(each.endpoint) for each in found.attempts if each.answered]
    return Phrase("should be refused, but {why}", why=_answer(answering) if answering else found.why)


def _answer(names: Iterable[str]) -> str:
    listed = list(dict.fromkeys(names))
    if len(listed) == 1:
        return Phrase("{name} answers", name=listed[0])
    return Phrase("{names} answer", names=", ".join(listed))
