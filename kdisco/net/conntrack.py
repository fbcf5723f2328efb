"""The connections that a node's kernel tracks: rules judge only the first packet, this table all others.

Upstream: Linux nf_conntrack_core.c, nf_conntrack_proto_{tcp,udp,icmp,sctp}.c (timeouts: net.netfilter.nf_conntrack_*),
nf_nat_core.c nf_nat_l4proto_unique_tuple, xt_recent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from kdisco.net.ipvs_schedule import Schedule
from kdisco.net.packet import Packet
from kdisco.rooted import Rooted
from kdisco.tree import Tree

if TYPE_CHECKING:
    from kdisco.store.state import State

__all__ = ["OVER", "TIMEOUTS", "Conntrack", "Entry", "Flow", "connections"]

Flow = tuple[str, str, int, str, int]  # (protocol, source, port, destination, port); of a ping its id and 0
FIRST = {"tcp": "SYN_SENT", "sctp": "COOKIE_WAIT"}  # the state after the first packet; other protocols have none
ANSWERED = {"tcp": "ESTABLISHED", "sctp": "ESTABLISHED"}
CLOSED = {"tcp": "TIME_WAIT", "sctp": "CLOSED"}
ABORTED = {"tcp": "CLOSE", "sctp": "CLOSED"}
OVER = frozenset({"TIME_WAIT", "CLOSE", "CLOSED"})  # states in which a first packet opens a new connection
TIMEOUTS = {  # seconds until an entry is forgotten, by protocol and state: the kernel's, but where kube-proxy sets one
    ("tcp", "SYN_SENT"): 120.0,
    ("tcp", "ESTABLISHED"): 86400.0,  # --conntrack-tcp-timeout-established; the kernel's own is five times that
    ("tcp", "TIME_WAIT"): 120.0,
    ("tcp", "CLOSE"): 10.0,
    ("sctp", "COOKIE_WAIT"): 3.0,
    ("sctp", "ESTABLISHED"): 210.0,
    ("sctp", "CLOSED"): 10.0,
    ("udp", ""): 30.0,
    ("icmp", ""): 30.0,
}
STREAM, STREAM_AFTER = 120.0, 2.0  # UDP: for which an answered exchange that goes on for longer than this is kept
NUMBERS = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "icmpv6": 58}  # IP protocol numbers
ECHO = {"icmp": (8, 0), "icmpv6": (128, 129)}  # types of a ping and of its answer
PORTS = ((512, 1, 511), (1024, 600, 424), (1 << 16, 1024, 64512))  # a new port for one below: first, how many
END = 1 << 128  # above all addresses
TRIES = 128  # ports that the kernel tries before it gives up


def flow_of(packet: Packet) -> Flow:
    """The five values that name one direction of a connection."""
    return packet.protocol, packet.source, packet.sport, packet.destination, packet.dport


def answer_to(packet: Packet) -> Flow:
    """The same of what will answer it."""
    return packet.protocol, packet.destination, packet.dport, packet.source, packet.sport


@frozen
class Entry:
    """One connection: its first packet as it came (``original``), and the answer as it will come (``reply``).

    Where NAT rewrote something, ``reply`` is not ``original`` turned around. ``since`` and ``expires`` in seconds of
    cluster time; ``replied``: an answer was seen; ``assured``: a full table does not push it out.
    """

    original: Flow
    reply: Flow
    state: str
    since: float
    expires: float
    replied: bool = False
    assured: bool = False

    @classmethod
    def of(cls, arrived: Packet, left: Packet, now: float) -> Entry:
        """A new connection whose first packet arrived so and left so."""
        protocol = arrived.protocol
        state = FIRST.get(protocol, "")
        return cls(flow_of(arrived), answer_to(left), state, now, now + TIMEOUTS[protocol, state])

    @property
    def protocol(self) -> str:
        """tcp, udp, sctp or icmp."""
        return self.original[0]

    @property
    def last(self) -> float:
        """When its last packet was seen, in seconds of cluster time."""
        stream = self.protocol == "udp" and self.assured
        return self.expires - (STREAM if stream else TIMEOUTS[self.protocol, self.state])

    @property
    def rewritten(self) -> bool:
        """Whether NAT changed something."""
        protocol, source, sport, destination, dport = self.original
        return self.reply != (protocol, destination, dport, source, sport)

    def ended(self, now: float) -> bool:
        """Whether it is over, so that a packet with its ends opens a new one."""
        return self.expires <= now or self.state in OVER

    def has(self, packet: Packet) -> bool:
        """Whether a packet is of this connection, in either direction."""
        return flow_of(packet) in (self.original, self.reply)

    def answers(self, packet: Packet) -> bool:
        """Whether a packet of this connection comes from the one who was asked."""
        return flow_of(packet) == self.reply != self.original

    def seen(self, packet: Packet, now: float) -> Entry:
        """This entry after one more packet: an answer confirms it, every packet keeps it alive."""
        protocol = self.protocol
        if not self.replied and not self.answers(packet):
            return evolve(self, expires=now + TIMEOUTS[protocol, self.state])
        state = ANSWERED.get(protocol, "")
        stream = protocol == "udp" and self.replied and now > self.since + STREAM_AFTER
        wait = STREAM if stream or (protocol == "udp" and self.assured) else TIMEOUTS[protocol, state]
        return Entry(
            self.original, self.reply, state, self.since, now + wait, replied=True, assured=bool(state) or stream
        )

    def closed(self, now: float) -> Entry:
        """This entry after both ends have said that they are done; of UDP nobody says so."""
        state = CLOSED.get(self.protocol)
        return self if state is None else self._over(state, now)

    def aborted(self, now: float) -> Entry | None:
        """This entry after a reset: None where it was the only answer, as that is no connection at all.

        UDP has no reset: an ICMP error comes instead, which the entry takes no notice of.
        """
        state = ABORTED.get(self.protocol)
        if state is None:
            return self
        return self._over(state, now) if self.replied else None

    def _over(self, state: str, now: float) -> Entry:
        return evolve(self, state=state, expires=now + TIMEOUTS[self.protocol, state])

    def rewrite(self, packet: Packet) -> Packet:
        """What becomes of a packet of this connection, in either direction."""
        other = self.reply if flow_of(packet) == self.original else self.original
        protocol, source, sport, destination, dport = other
        return Packet(destination, dport, source, sport, protocol, packet.mark)

    def line(self, now: float) -> str:
        """The entry as ``conntrack -L`` prints it."""
        name = "icmpv6" if self.protocol == "icmp" and ":" in self.original[1] else self.protocol
        types = ECHO.get(name)
        left = int(round(self.expires - now, 6))  # sums of times are not exact
        words = [f"{name:<8} {NUMBERS[name]} {max(left, 0)}"]
        words += [self.state] if self.state else []
        words.append(_ends(self.original, types[0] if types else None))
        words += [] if self.replied else ["[UNREPLIED]"]
        words.append(_ends(self.reply, types[1] if types else None))
        words += ["[ASSURED]"] if self.assured else []
        return " ".join([*words, "mark=0 use=1"])


def _ends(flow: Flow, echo: int | None) -> str:
    _, source, sport, destination, dport = flow
    if echo is not None:
        return f"src={source} dst={destination} type={echo} code=0 id={sport or dport}"
    return f"src={source} dst={destination} sport={sport} dport={dport}"


@frozen
class Conntrack:
    """One node's table, by either direction of each connection.

    ``recent`` are its xt_recent lists: when a source was put on one last, and as the how manieth of the list;
    ``schedule`` is what its IPVS remembers.
    """

    entries: Rooted[Flow, Entry] = field(factory=Rooted)
    recent: Tree[tuple[str, int], tuple[float, int]] = field(factory=Tree)
    schedule: Schedule = field(factory=Schedule)

    def at(self, packet: Packet) -> Entry | None:
        """The connection that a packet belongs to, or what is left of an older one with the same ends."""
        return self.entries.get(flow_of(packet))

    def track(self, entry: Entry) -> Conntrack:
        """This table with a connection noted or renewed."""
        old = self.entries.get(entry.original)
        table = self.forget(old) if old is not None and old.reply != entry.reply else self
        entries = table.entries.set(entry.original, entry).set(entry.reply, entry)
        return Conntrack(entries, table.recent, table.schedule)

    def forget(self, entry: Entry) -> Conntrack:
        """This table without a connection."""
        return evolve(self, entries=self.entries.delete(entry.original).delete(entry.reply))

    def room(self, most: int, now: float) -> Conntrack | None:
        """This table with room for one more connection of ``most`` (nf_conntrack_max), None when it is full.

        What has expired goes first, then the connection not yet assured that has the least time left.
        """
        if len(self.entries) < 2 * most:
            return self
        table = self
        for entry in [entry for entry in self.living(0.0) if entry.expires <= now]:
            table = table.forget(entry)
        if len(table.entries) < 2 * most:
            return table
        loose = [entry for entry in table.living(now) if not entry.assured]
        return table.forget(min(loose, key=lambda entry: entry.expires)) if loose else None

    def free_port(self, packet: Packet, now: float, pick: Callable[[], int], *, fresh: bool = False) -> Packet:
        """A packet whose answer is not taken for another connection's: it leaves by another source port if need be.

        ``fresh`` takes a new port in any case (``--random-fully``); ``pick`` gives random numbers. A ping has its id in
        place of a port.
        """
        if not (fresh or self._taken(packet, now)):
            return packet
        ranges = ((1 << 16, 1, (1 << 16) - 1),) if packet.protocol == "icmp" else PORTS
        first, many = next((first, many) for below, first, many in ranges if packet.sport < below)
        for _ in range(TRIES):
            packet = evolve(packet, sport=first + pick() % many)
            if not self._taken(packet, now):
                break
        return packet

    def _taken(self, packet: Packet, now: float) -> bool:
        entry = self.entries.get(answer_to(packet))
        return entry is not None and entry.expires > now

    def noted(self, name: str, source: int, now: float, most: int) -> Conntrack:
        """This table with a source put on an xt_recent list now; of ``most`` it is put in the place of the oldest."""
        listed = [(turn, each) for (_, each), (_, turn) in self.recent.range((name, 0), (name, END))]
        recent = self.recent
        if len(listed) >= most and (name, source) not in recent:
            recent = recent.delete((name, min(listed)[1]))
        return evolve(self, recent=recent.set((name, source), (now, max(listed, default=(0, 0))[0] + 1)))

    def without_lists(self, names: AbstractSet[str]) -> Conntrack:
        """This table without some xt_recent lists."""
        gone = [each for each, _ in self.recent.items() if each[0] in names] if names else []
        recent = self.recent
        for each in gone:
            recent = recent.delete(each)
        return evolve(self, recent=recent) if gone else self

    def lately(self, name: str, source: int, now: float, seconds: float) -> bool:
        """Whether a source was put on a list at most that many seconds ago."""
        then = self.recent.get((name, source))
        return then is not None and now - then[0] <= seconds

    def living(self, now: float) -> Iterator[Entry]:
        """All connections that have not expired, each once."""
        return (entry for flow, entry in self.entries.items() if flow == entry.original and entry.expires > now)

    def lines(self, now: float) -> tuple[str, ...]:
        """All living connections as ``conntrack -L`` prints them."""
        return tuple(entry.line(now) for entry in self.living(now))


def connections(state: State, node: str) -> tuple[Entry, ...]:
    """The connections that a node's kernel tracks now."""
    table: Conntrack | None = state.conntrack.get(node)
    return tuple(table.living(state.now)) if table is not None else ()
