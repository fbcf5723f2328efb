"""One node's kernel at work on one packet: conntrack, nat, route, filter, and what it notes for the answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kdisco.net.conntrack import OVER, Conntrack, Entry
from kdisco.net.counters import Hooks, length
from kdisco.net.fabric import Network, Route, is_local
from kdisco.net.fates import REWRITTEN, judge
from kdisco.net.ground import ground
from kdisco.net.lost import most_connections
from kdisco.net.match import Sight
from kdisco.net.onward import Mask, Onward, Settled, ended
from kdisco.net.packet import Packet, number
from kdisco.net.target import Dnat
from kdisco.net.trace import NO_MORE, Hop, Rewrite, Session
from kdisco.net.traverse import Way
from kdisco.net.words import (
    ANOTHER_PORT,
    NO_SERVICE,
    REMEMBERED,
    SOURCE_LAST,
    noted,
)
from kdisco.phrase import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kdisco.net.dice import Dice
    from kdisco.net.trace import Note, Why
    from kdisco.store.state import State

__all__ = ["Kernel", "Passage"]

NEW, KNOWN = frozenset({"NEW"}), frozenset({"ESTABLISHED"})
HOOKS = {True: "OUTPUT", False: "PREROUTING"}  # where a packet comes in, by whether the node starts it
EARLY = {started: (("early", hook),) for started, hook in HOOKS.items()}  # the rules before nat there
FULL = "nf_conntrack: table full, dropping packet"


@frozen
class Passage:
    """What became of a packet in a kernel: where it goes on (``route``), or how it ended (``verdict``)."""

    packet: Packet
    route: Route | None
    verdict: str = ""


class Kernel:
    """The kernel of ``node``, with the connections it tracks, for packets of one family (``version``)."""

    taken: tuple[int, str, int] | None = None  # the virtual server that IPVS took the packet for

    def __init__(self, state: State, node: str, table: Conntrack, dice: Dice, version: int) -> None:
        self.state, self.node, self.dice = state, node, dice
        self._table = table
        self._fresh: Entry | None = None  # a connection that is not yet written to it
        self.notes: list[Note] = []  # of the way that is being gone
        self.where = f"node/{node}"
        self.ground = ground(state)
        self.network: Network = self.ground.network(node)
        self.met: list[Hooks] = []  # the hooks that packets passed, for those who count
        self._length = 0  # bytes of the packet that is crossing
        self.judge = judge(self.ground.rules(node, version), dice)

    @property
    def table(self) -> Conntrack:
        """The connections as they are tracked now; what was noted is written when somebody wants to see it."""
        if self._fresh is not None:
            self._table, self._fresh = self._table.track(self._fresh), None
        return self._table

    @table.setter
    def table(self, table: Conntrack) -> None:
        """Take another table; what was noted is in it already."""
        self._table = table

    def cross(self, packet: Packet, notes: list[Note], *, started: bool, reset: bool = False) -> Passage:
        """Let a packet through and note its hops.

        ``started``: a process of the node made it; ``reset``: it ends the connection.
        """
        self.notes = notes
        if started and self.ground.route(self.node, packet.destination) is None:  # connect() looks before any rule
            return self._ended(packet, "UNREACHABLE", Phrase("no route to {ip} at all", ip=packet.destination))
        entry = self._known(packet)
        arrived = packet
        self._length = length(packet, known=entry is not None and entry.replied, reset=reset)
        if stopped := self._before_nat(packet, entry, started=started):
            return stopped
        as_noted: Packet | None = None
        if entry is None:
            packet, states = self._translated(packet, started=started)
        else:
            as_noted = entry.rewrite(packet)
            self.met.append(self.ground.entered(HOOKS[started], None, self._length).met)
            packet, states = self._remembered(entry, packet, as_noted, reset=reset)
        served = self._served(arrived, packet, states, started=started)
        if isinstance(served, Passage):
            return served
        packet = served or packet
        settled = self._settled(packet, states, started=started, new=entry is None, served=served is not None)
        found = self.ground.onward(settled)
        if stopped := self._went(packet, found):
            if started and entry is None and found.met[-1][1] == "INPUT":  # it had left already, to come in by lo
                self._table, self._fresh = self.table, Entry.of(arrived, packet, self.state.now)
            return stopped
        packet = self._noted(arrived, packet, found.mask) if as_noted is None else self._left(packet, as_noted)
        return Passage(packet.with_mark(0), found.route)

    def chosen(self, packet: Packet, *, started: bool) -> Packet:
        """A new connection's packet as the nat rules send it on, by the dice; nothing but that is done."""
        return self._translated(packet, started=started)[0]

    def _served(
        self, arrived: Packet, packet: Packet, states: frozenset[str], *, started: bool  # noqa: ARG002 - for IPVS
    ) -> Packet | Passage | None:
        """The packet that a load balancer of the kernel sends on, or how it ends there; None where there is none."""
        return None

    def _unchanged(self, packet: Packet) -> str:  # noqa: ARG002 - for IPVS
        """Why the nat rules leave a new connection's destination as it is."""
        return NO_SERVICE

    def _before_nat(self, packet: Packet, entry: Entry | None, *, started: bool) -> Passage | None:
        """How a packet ends before any destination is rewritten: no room in conntrack, or a rule; else None."""
        if entry is None and not self._has_room():
            return self._ended(packet, "DROP", FULL)
        if not self.judge.early:
            return None
        settled = self._settled(packet, _states(entry, packet), started=started, new=entry is None)
        return self._went(packet, self.ground.screened(settled, EARLY[started]))

    def _settled(
        self, packet: Packet, states: frozenset[str], *, started: bool, new: bool, served: bool = False
    ) -> Settled:
        """A packet as the rules that leave nothing to chance see it."""
        ip, protocol, port = packet.destination, packet.protocol, packet.dport
        if "NEW" not in states and not self.judge.rules.front.matters(number(ip), protocol, port):
            port = 0  # answers go to ports of all kinds, which no rule asks for
        return Settled(
            self.node, packet.source, ip, port, protocol, packet.mark,
            states, started, new, self.taken, served, self._length,
        )  # fmt: skip

    def _went(self, packet: Packet, found: Onward) -> Passage | None:
        """Note what became of a packet; how it ended, None when it goes on."""
        self.notes.append((self.where, packet, packet, found.said))
        self.met.append(found.met)
        return Passage(packet, None, found.verdict) if found.verdict else None

    def _known(self, packet: Packet) -> Entry | None:
        """The connection that a packet belongs to; what is left of an older one with the same ends goes."""
        entry = self._fresh
        if entry is not None and entry.has(packet) and entry.state not in OVER:
            return entry
        table = self.table
        entry = table.at(packet)
        if entry is None:
            return None
        if entry.ended(self.state.now):
            self.table = table.forget(entry)
            return None
        return entry

    def _has_room(self) -> bool:
        """Whether the table takes one more connection."""
        table = self.table.room(most_connections(self.state, self.node), self.state.now)
        self.table = table or self.table
        return table is not None

    def _remembered(
        self, entry: Entry, packet: Packet, as_noted: Packet, *, reset: bool
    ) -> tuple[Packet, frozenset[str]]:
        """A packet of a known connection with the destination that is noted; its source waits for the way out."""
        answers, now = entry.answers(packet), self.state.now
        renewed = entry.aborted(now) if reset else entry.seen(packet, now)
        if entry is self._fresh:
            self._fresh = renewed
        else:
            self.table = self.table.forget(entry) if renewed is None else self.table.track(renewed)
        moved = (as_noted.destination, as_noted.dport) != (packet.destination, packet.dport)
        after, words = packet.to(as_noted.destination, as_noted.dport) if moved else packet, REMEMBERED[answers, moved]
        self._say("conntrack", packet, after, words, cls=Session, more={"entry": renewed})
        if answers or entry.replied:
            return after, KNOWN
        return after, REWRITTEN if entry.rewritten else NEW  # nobody has answered: it is new to the filter rules

    def _left(self, packet: Packet, as_noted: Packet) -> Packet:
        """A packet of a known connection as it leaves, or goes up to a process: with the source that is noted."""
        if (as_noted.source, as_noted.sport) == (packet.source, packet.sport):
            return packet
        after = as_noted.with_mark(packet.mark)
        self._say("snat", packet, after, SOURCE_LAST, cls=Rewrite)
        return after

    def _noted(self, arrived: Packet, packet: Packet, mask: Mask | None) -> Packet:
        """A new connection's packet as it goes on, and as conntrack notes it."""
        packet = self._distinct(packet if mask is None else self._masked(packet, mask))
        entry = Entry.of(arrived, packet, self.state.now)
        self._table, self._fresh = self.table, entry
        words = partial(noted, entry, self.state.now)
        self._say("conntrack", packet, packet, words, cls=Session, more={"entry": entry})
        return packet

    def _masked(self, packet: Packet, mask: Mask) -> Packet:
        """A packet that leaves with another source."""
        sent = packet.by(mask.address, packet.sport).with_mark(mask.way.mark)
        after = self.table.free_port(sent, self.state.now, self.dice.number, fresh=True)
        self._say("snat", packet, after, mask.why, mask.way, cls=Rewrite)
        return after

    def _distinct(self, packet: Packet) -> Packet:
        """A new connection whose answers cannot be taken for another's: NAT gives it another source port."""
        after = self.table.free_port(packet, self.state.now, self.dice.number)
        if after != packet:
            self._say("snat", packet, after, ANOTHER_PORT, cls=Rewrite)
        return after

    def _translated(self, packet: Packet, *, started: bool) -> tuple[Packet, frozenset[str]]:
        """The nat rules' word on a new connection."""
        chain = HOOKS[started]
        way = self.judge.through("nat", chain, self._sight(packet, started=started), packet.mark)
        end = way.end if isinstance(way.end, Dnat) else None
        met, said, changed = self.ground.entered(chain, way, self._length, "" if end else self._unchanged(packet))
        self.met.append(met)
        for name in way.noted:
            self.table = self.table.noted(name, number(packet.source), self.state.now, self.judge.remembers)
        marked = packet.with_mark(way.mark)
        self.notes.append((self.where, packet, marked, said))
        if end is None:
            return marked, NEW
        after = marked.to(end.address, end.port)
        self.notes.append((self.where, marked, after, changed))
        return after, REWRITTEN

    def _sight(self, packet: Packet, *, started: bool) -> Sight:
        """A new connection's packet as the nat rules see it."""
        source = number(packet.source)
        table, now = self._table, self.state.now  # not the kernel, which would hold itself: such rings live too long

        def recent(name: str, seconds: float) -> bool:
            return table.lately(name, source, now, seconds)

        return Sight(
            source,
            number(packet.destination),
            packet.protocol,
            packet.dport,
            started or is_local(self.network, packet.source),
            is_local(self.network, packet.destination),
            NEW,
            recent,
            self.taken,
        )

    def _say(
        self,
        kind: str,
        before: Packet,
        after: Packet,
        why: Why,
        way: Way | None = None,
        cls: type[Hop] = Hop,
        more: Mapping[str, Any] = NO_MORE,
    ) -> None:
        self.notes.append((self.where, before, after, ((cls, kind, why, way, more),)))

    def _ended(self, packet: Packet, verdict: str, why: str) -> Passage:
        self.notes.append((self.where, packet, packet, ended(verdict, why, packet.family)))
        return Passage(packet, None, verdict)


def _states(entry: Entry | None, packet: Packet) -> frozenset[str]:
    """What conntrack says of a packet before nat: a connection is new until somebody has answered."""
    return KNOWN if entry is not None and (entry.replied or entry.answers(packet)) else NEW
