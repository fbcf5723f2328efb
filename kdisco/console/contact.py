"""One connection as a program sees it: there it is, or an error and after how many seconds.

Upstream: Linux net/ipv4/tcp_timer.c (tcp_syn_retries 6: 127 s), net/core/neighbour.c (three ARP requests).
"""

from __future__ import annotations

from attrs import frozen

from kdisco.attempt import ANSWERED, LEFT, REFUSED, arrived
from kdisco.net.trace import Hop, Trace

__all__ = ["NO_HOST", "REFUSAL", "SILENCE", "SYN_TIMEOUT", "UNREACHABLE", "Contact", "contact"]

REFUSAL, UNREACHABLE = "Connection refused", "Network is unreachable"
NO_HOST, SILENCE = "No route to host", "Connection timed out"  # strerror()'s words
SYN_TIMEOUT = 127.0  # seconds after which Linux gives a connect() up
SYN_AGAIN = 1.0  # seconds: the ICMPv6 error of a node that rejects meets a busy socket; that of the second SYN counts
ARP_TIMEOUT = 3.0  # seconds until nobody has said that an address is his
ROAD = {"veth": 12e-6, "bridge": 6e-6, "conntrack": 2e-6, "filter": 2e-6, "nic": 90e-6, "vxlan": 160e-6}  # seconds
LEAST = 30e-6
JITTER = 0.4  # the part of the time that hangs on chance


@frozen(kw_only=True)
class Contact:
    """What came of one connection. ``error`` "" when somebody answered, else strerror()'s words.

    ``seconds`` is what a packet and its answer took, or until the kernel gave up. ``listener`` is who answered:
    ``pod/ns/name`` or a process. ``left``: the packet went to the world outside, where nobody is modelled.
    """

    error: str
    seconds: float
    trace: Trace
    listener: str = ""
    left: bool = False

    @property
    def source(self) -> str:
        """The own address, "" where there was no way."""
        return self.trace.packet.source

    @property
    def sport(self) -> int:
        """The own port."""
        return self.trace.packet.sport

    @property
    def where(self) -> str:
        """The node on which a process answered."""
        return self.trace.hops[-1].where.removeprefix("node/")

    @property
    def peer(self) -> tuple[str, int]:
        """Whom the one who answers takes for the asker: address and port, after all NAT."""
        last = self.trace.hops[-1].after
        return last.source, last.sport

    @property
    def here(self) -> tuple[str, int]:
        """The address and port on which it was answered."""
        last = self.trace.hops[-1].after
        return last.destination, last.dport


def contact(trace: Trace, chance: float = 0.5) -> Contact:
    """What a program sees of a packet's way; ``chance`` from 0 to 1 is how busy the road is."""
    found = arrived(trace)
    error, seconds = "", _round_trip(trace) * (1 + JITTER * chance)
    if found.outcome == REFUSED:
        error = REFUSAL
        late = trace.verdict == "REJECT" and (trace.packet.protocol, trace.packet.family) == ("tcp", 6)
        seconds += SYN_AGAIN if late else 0.0
    elif found.outcome != ANSWERED:
        error, seconds = _silence(trace)
    return Contact(
        error=error, seconds=seconds, trace=trace, listener=found.listener, left=found.outcome == LEFT
    )


def _silence(trace: Trace) -> tuple[str, float]:
    """What the kernel says where nobody answers: at once where no route leads there, late where nobody is."""
    last = trace.hops[-1]
    if trace.verdict == "UNREACHABLE" and last.why.startswith("no route"):
        return (UNREACHABLE, 0.0) if _at_source(trace, last) else (NO_HOST, _round_trip(trace))
    if trace.verdict == "UNREACHABLE" and last.why.startswith("nobody on"):
        return NO_HOST, ARP_TIMEOUT
    return SILENCE, SYN_TIMEOUT


def _at_source(trace: Trace, last: Hop) -> bool:
    return last.where == trace.hops[0].where or trace.hops[0].kind == "process"


def _round_trip(trace: Trace) -> float:
    return LEAST + sum(ROAD.get(hop.kind, 0.0) for hop in (*trace.hops, *trace.reply))
