"""One connection as the program that makes it sees it: the name is looked up, a packet sent, an answer waited for.

Pure: a state and a wish give the state after and what came of it. Who only wants to know drops the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

from kdisco import arguments
from kdisco.dns.asking import look_up
from kdisco.dns.lookup import Lookup
from kdisco.net.trace import Deliver, Trace
from kdisco.net.walk import send
from kdisco.net.words import GETS_ANSWER
from kdisco.phrase import Phrase, said

if TYPE_CHECKING:
    from kdisco.store.state import State

__all__ = [
    "ANSWERED",
    "LEFT",
    "OUTCOMES",
    "REFUSED",
    "TIMEOUT",
    "UNRESOLVED",
    "Attempt",
    "arrived",
    "attempt",
    "resolved",
    "unresolved",
]

ANSWERED, REFUSED, TIMEOUT, UNRESOLVED, LEFT = "answered", "refused", "timeout", "unresolved", "left"
OUTCOMES = {  # what a program reads, in curl's words
    ANSWERED: Phrase("connected"),
    REFUSED: Phrase("connection refused"),
    TIMEOUT: Phrase("connection timed out"),
    UNRESOLVED: Phrase("could not resolve host"),
    LEFT: Phrase("it left the cluster, and who answers out there is not modelled"),
}
ENDS = {"DELIVERED": ANSWERED, "REFUSED": REFUSED, "REJECT": REFUSED, "LEFT": LEFT}  # of others nobody hears anything


@frozen(kw_only=True)
class Attempt:
    """What came of one connection: ``outcome`` is one of OUTCOMES, ``why`` one line from the trace or the lookup.

    ``listener`` is who answered (``pod/ns/name`` or a process), "" nobody; ``endpoint`` where it arrived.
    """

    outcome: str
    why: str
    listener: str = ""
    endpoint: str | None = None
    lookup: Lookup | None = field(default=None, repr=False)
    trace: Trace | None = field(default=None, repr=False)

    @property
    def answered(self) -> bool:
        """Whether the program had its answer."""
        return self.outcome == ANSWERED

    @property
    def words(self) -> str:
        """What came of it and why."""
        return Phrase("{outcome}: {why}", outcome=OUTCOMES[self.outcome], why=self.why)

    def __str__(self) -> str:
        return str(said(self.words))


def attempt(
    state: State,
    source: str,
    to: str,
    port: int = 80,
    protocol: str = "tcp",
    flow: int | None = None,
    *,
    close: bool = False,
    turn: int = 0,
) -> tuple[State, Attempt]:
    """Let ``source`` (``pod/ns/name``, ``node/name``, an outside address) connect; ``to`` is an address or a name.

    The first address of a name is taken. ``turn`` tells lookups apart. Raises UsageError for what is no source,
    port or protocol, and for a name that an address outside is to look up.
    """
    state, addresses, lookup = resolved(state, source, to, turn)
    if not addresses:
        return state, unresolved(to, lookup)
    state, trace = send(state, source, addresses[0], port, protocol, flow, close=close)
    return state, arrived(trace, lookup)


def resolved(state: State, source: str, to: str, turn: int = 0) -> tuple[State, tuple[str, ...], Lookup | None]:
    """The addresses that a source connects to when it is told ``to``; a name is looked up there first."""
    if arguments.is_address(to):
        return state, (to,), None
    state, found = look_up(state, arguments.look_up(source, to, turn))
    return state, found.addresses, found


def unresolved(to: str, lookup: Lookup | None) -> Attempt:
    """The attempt that ended at the name."""
    told = lookup.reasons[-1] if lookup is not None and lookup.reasons else Phrase("nothing was asked")
    return Attempt(outcome=UNRESOLVED, why=Phrase("{name}: {why}", name=to, why=told), lookup=lookup)


def arrived(trace: Trace, lookup: Lookup | None = None) -> Attempt:
    """What a program sees of a packet's way."""
    last = trace.hops[-1]
    outcome = ENDS.get(trace.verdict, TIMEOUT)
    why = Phrase("{why}, at {where}", why=last.why, where=last.where)
    if trace.verdict in ("DELIVERED", "REFUSED") and (back := trace.reply[-1]).why != GETS_ANSWER:
        outcome = TIMEOUT
        why = Phrase("the answer does not come back: {why}, at {where}", why=back.why, where=back.where)
    listener = last.listener if isinstance(last, Deliver) else ""
    return Attempt(
        outcome=outcome, why=why, listener=listener, endpoint=trace.endpoint, lookup=lookup, trace=trace
    )
