"""The connections that a node's kernel tracks: rules judge only the first packet, this table all others.

Upstream: Linux nf_conntrack (timeouts: net.netfilter.nf_conntrack_*), xt_recent.
"""

from __future__ import annotations

from attrs import evolve, field, frozen

from kdisco.net.packet import Packet
from kdisco.tree import Tree

__all__ = ["TIMEOUTS", "Conntrack", "Entry", "Flow"]

Flow = tuple[str, str, int, str, int]  # (protocol, source, port, destination, port)
TIMEOUTS = {  # seconds until an entry is forgotten: after the first packet, after an answer, after a reset
    "tcp": (120.0, 432000.0, 10.0),
    "udp": (30.0, 120.0, 30.0),
    "sctp": (3.0, 210.0, 10.0),
}
STATES = {"tcp": ("SYN_SENT", "ESTABLISHED", "CLOSE"), "sctp": ("COOKIE_WAIT", "ESTABLISHED", "CLOSED")}
NUMBERS = {"tcp": 6, "udp": 17, "sctp": 132}  # IP protocol numbers
FRESH, ANSWERED, RESET = range(3)


def flow_of(packet: Packet) -> Flow:
    """The five values that name one direction of a connection."""
    return packet.protocol, packet.source, packet.sport, packet.destination, packet.dport


def packet_of(flow: Flow) -> Packet:
    """A packet of that direction."""
    protocol, source, sport, destination, dport = flow
    return Packet(source, sport, destination, dport, protocol)


@frozen
class Entry:
    """One connection: its first packet as it came (``original``), and the answer as it will come (``reply``).

    Where NAT rewrote something, ``reply`` is not ``original`` turned around. ``expires`` in seconds of cluster time.
    """

    original: Flow
    reply: Flow
    phase: int
    expires: float

    @classmethod
    def of(cls, arrived: Packet, left: Packet, now: float) -> Entry:
        """A new connection whose first packet arrived so and left so."""
        timeout = TIMEOUTS[arrived.protocol][FRESH]
        return cls(flow_of(arrived), flow_of(left.answer), FRESH, now + timeout)

    @property
    def protocol(self) -> str:
        """tcp, udp or sctp."""
        return self.original[0]

    @property
    def state(self) -> str:
        """The state of its protocol, as ``conntrack -L`` names it; "" for udp, which has none."""
        names = STATES.get(self.protocol)
        return names[self.phase] if names else ""

    @property
    def rewritten(self) -> bool:
        """Whether NAT changed something."""
        protocol, source, sport, destination, dport = self.original
        return self.reply != (protocol, destination, dport, source, sport)

    def in_phase(self, phase: int, now: float) -> Entry:
        """This entry after an answer or a reset."""
        return evolve(self, phase=phase, expires=now + TIMEOUTS[self.protocol][phase])

    def rewrite(self, packet: Packet) -> Packet:
        """What becomes of a packet of this connection, in either direction."""
        other = self.reply if flow_of(packet) == self.original else self.original
        return evolve(packet_of(other).answer, mark=packet.mark)

    def line(self, now: float) -> str:
        """The entry as ``conntrack -L`` prints it."""
        words = [f"{self.protocol:<8} {NUMBERS[self.protocol]} {max(int(self.expires - now), 0)}"]
        words += [self.state] if self.state else []
        words.append(_ends(self.original))
        words += ["[UNREPLIED]"] if self.phase == FRESH else []
        words.append(_ends(self.reply))
        words += ["[ASSURED]"] if self.phase == ANSWERED else []
        return " ".join([*words, "mark=0 use=1"])


def _ends(flow: Flow) -> str:
    _, source, sport, destination, dport = flow
    return f"src={source} dst={destination} sport={sport} dport={dport}"


@frozen
class Conntrack:
    """One node's table, by either direction of each connection; ``recent`` are its xt_recent lists."""

    entries: Tree[Flow, Entry] = field(factory=Tree)
    recent: Tree[tuple[str, int], float] = field(factory=Tree)

    def find(self, packet: Packet, now: float) -> Entry | None:
        """The living connection that a packet belongs to; a reset one is over."""
        entry = self.entries.get(flow_of(packet))
        if entry is None or entry.expires <= now:
            return None
        return None if entry.phase == RESET and entry.protocol != "udp" else entry

    def track(self, entry: Entry) -> Conntrack:
        """This table with a connection noted or renewed."""
        old = self.entries.get(entry.original)
        table = self.forget(old) if old is not None and old.reply != entry.reply else self
        return evolve(table, entries=table.entries.set(entry.original, entry).set(entry.reply, entry))

    def forget(self, entry: Entry) -> Conntrack:
        """This table without a connection."""
        return evolve(self, entries=self.entries.delete(entry.original).delete(entry.reply))

    def free_port(self, packet: Packet) -> Packet:
        """A packet whose answer is not taken for another connection's: SNAT picks another source port if need be."""
        while flow_of(packet.answer) in self.entries:
            packet = evolve(packet, sport=packet.sport % 65535 + 1)
        return packet

    def noted(self, name: str, source: int, now: float) -> Conntrack:
        """This table with a source put on an xt_recent list now."""
        return evolve(self, recent=self.recent.set((name, source), now))

    def lately(self, name: str, source: int, now: float, seconds: float) -> bool:
        """Whether a source was put on a list at most that many seconds ago."""
        then = self.recent.get((name, source))
        return then is not None and now - then <= seconds

    def lines(self, now: float) -> tuple[str, ...]:
        """All living connections as ``conntrack -L`` prints them, each once."""
        return tuple(e.line(now) for flow, e in self.entries.items() if flow == e.original and e.expires > now)
