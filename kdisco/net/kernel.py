"""One node's kernel at work on one packet: conntrack, nat, route, filter, and what it notes for the answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import frozen

from kdisco.net.conntrack import OVER, Conntrack, Entry
from kdisco.net.counters import Met, length
from kdisco.net.fabric import HERE, Network, Route, is_local
from kdisco.net.fates import REWRITTEN, Judge, filters, judge
from kdisco.net.ground import ground
from kdisco.net.lost import most_connections
from kdisco.net.match import Sight
from kdisco.net.packet import Packet, number
from kdisco.net.policy import judgements
from kdisco.net.stale import is_stale
from kdisco.net.target import Dnat, Masquerade
from kdisco.net.trace import UNREACHABLE, Drop, Hop, Policy, Reject, Rewrite, Session
from kdisco.net.trace import Route as Routed
from kdisco.net.traverse import Way
from kdisco.net.words import (
    ANOTHER_PORT,
    NO_SERVICE,
    REMEMBERED,
    comment,
    judged,
    masked,
    noted,
    rewritten,
    routed,
    words_of,
)
from kdisco.phrase import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kdisco.net.dice import Dice
    from kdisco.net.trace import Note, Why
    from kdisco.store.state import State

__all__ = ["Kernel", "Passage"]

NEW, KNOWN = frozenset({"NEW"}), frozenset({"ESTABLISHED"})
EARLY = {True: ("early", "OUTPUT"), False: ("early", "PREROUTING")}  # before nat, by whether the node starts it
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
        self.met: list[Met] = []  # the hooks that packets passed, for those who count
        self._length = 0  # bytes of the packet that is crossing
        self.judge = judge(self.ground.rules(node, version), dice)
        self._seen: tuple[Any, Sight] | None = None  # what the rules saw last: at the next hook it is often the same

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
        if started and self._route(packet) is None:  # connect() looks for a route before any rule
            words = Phrase("no route to {ip} at all", ip=packet.destination)
            return self._ended(packet, "UNREACHABLE", "unreachable", words)
        rules = self.judge
        entry = self._known(packet)
        arrived = packet
        self._length = length(packet, known=entry is not None and entry.replied, reset=reset)
        if ended := self._before_nat(rules, packet, entry, started=started):
            return ended
        self._pass("mangle", "OUTPUT" if started else "PREROUTING")
        if entry is not None:
            packet, states = self._remembered(entry, packet, reset=reset)
        else:
            packet, states = self._translated(rules, packet, started=started)
        if isinstance(served := self._served(arrived, packet, states, started=started), Passage):
            return served
        packet = served or packet
        route = self._route(packet)
        if route is None:
            words = Phrase("no route to {ip}", ip=packet.destination)
            return self._ended(packet, "UNREACHABLE", "unreachable", words)
        self._say("route", packet, packet, partial(routed, route, packet), cls=Routed, route=route)
        stays = route is HERE
        places = filters(starts=started, stays=stays, served=served is not None)
        ended = self._screened(rules, packet, states, places, started=started)
        if ended is None and not stays and not started and "NEW" in states:
            ended = self._forbidden(packet)
        if ended:
            return ended
        if started or not stays:
            self._pass("mangle", "POSTROUTING")
        if entry is None:
            packet = self._noted(arrived, packet, route, states, started=started)
        return Passage(packet.with_mark(0), route)

    def chosen(self, packet: Packet, *, started: bool) -> Packet:
        """A new connection's packet as the nat rules send it on, by the dice; nothing but that is done."""
        return self._translated(self.judge, packet, started=started)[0]

    def _served(
        self, arrived: Packet, packet: Packet, states: frozenset[str], *, started: bool  # noqa: ARG002 - for IPVS
    ) -> Packet | Passage | None:
        """The packet that a load balancer of the kernel sends on, or how it ends there; None where there is none."""
        return None

    def _unchanged(self, packet: Packet) -> str:  # noqa: ARG002 - for IPVS
        """Why the nat rules leave a new connection's destination as it is."""
        return NO_SERVICE

    def _screened(
        self, rules: Judge, packet: Packet, states: frozenset[str], places: Iterable[tuple[str, str]], *, started: bool
    ) -> Passage | None:
        """How the filter rules at these hooks end a packet; None when they let it pass."""
        for place in places:
            if place[1] != "OUTPUT":  # which came first
                self._pass("mangle", place[1])
            way = self._filtered(rules, packet, states, place, started=started)
            if way.verdict in ("REJECT", "DROP"):
                return self._ended(packet, way.verdict, way.verdict.lower(), comment(way))
        return None

    def _before_nat(self, rules: Judge, packet: Packet, entry: Entry | None, *, started: bool) -> Passage | None:
        """How a packet ends before any destination is rewritten: no room in conntrack, or a rule; else None."""
        if entry is None and not self._has_room():
            return self._ended(packet, "DROP", "drop", FULL)
        if not rules.early:
            return None
        early = self._filtered(rules, packet, _states(entry, packet), EARLY[started], started=started)
        return self._ended(packet, early.verdict, early.verdict.lower(), comment(early)) if early.verdict else None

    def _filtered(
        self, rules: Judge, packet: Packet, states: frozenset[str], place: tuple[str, str], *, started: bool
    ) -> Way:
        """The word of the filter rules at one hook; where there can be none, nothing is said."""
        table, hook = place
        way = rules.through(table, hook, self._sight(packet, states, started=started), packet.mark)
        self._pass(table, hook, way)
        if table == "filter" or way.visited:
            self._say("filter", packet, packet, partial(judged, way, table, hook), way)
        return way

    def _known(self, packet: Packet) -> Entry | None:
        """The connection that a packet belongs to; what is left of an older one with the same ends goes."""
        entry = self._fresh
        if entry is not None and entry.has(packet) and entry.state not in OVER:
            return entry  # as new as it is nothing can have become stale
        table = self.table
        entry = table.at(packet)
        if entry is None:
            return None
        if entry.ended(self.state.now) or is_stale(self.state, self.node, entry):
            self.table = table.forget(entry)
            return None
        return entry

    def _has_room(self) -> bool:
        """Whether the table takes one more connection."""
        table = self.table.room(most_connections(self.state, self.node), self.state.now)
        self.table = table or self.table
        return table is not None

    def _remembered(self, entry: Entry, packet: Packet, *, reset: bool) -> tuple[Packet, frozenset[str]]:
        after, now = entry.rewrite(packet), self.state.now
        answers = entry.answers(packet)
        renewed = entry.aborted(now) if reset else entry.seen(packet, now)
        if entry is self._fresh:
            self._fresh = renewed
        else:
            self.table = self.table.forget(entry) if renewed is None else self.table.track(renewed)
        words = REMEMBERED[answers, after != packet]
        self._say("conntrack", packet, after, words, cls=Session, entry=renewed)
        if answers or entry.replied:
            return after, KNOWN
        return after, REWRITTEN if entry.rewritten else NEW  # nobody has answered: it is new to the filter rules

    def _noted(
        self, arrived: Packet, packet: Packet, route: Route, states: frozenset[str], *, started: bool
    ) -> Packet:
        """A new connection's packet as it goes on, and as conntrack notes it."""
        if route is HERE and not started:
            self._pass("nat", "INPUT")
        else:
            packet = self._masqueraded(self.judge, packet, route, states)
        packet = self._distinct(packet)
        entry = Entry.of(arrived, packet, self.state.now)
        self._table, self._fresh = self.table, entry
        self._say("conntrack", packet, packet, partial(noted, entry, self.state.now), cls=Session, entry=entry)
        return packet

    def _forbidden(self, packet: Packet) -> Passage | None:
        """How a new connection that is forwarded ends where NetworkPolicies are against it; None when none is."""
        for judgement in judgements(self.state, self.node, packet):
            words = judgement.words
            self._say("policy", packet, packet, words, cls=Policy, judgement=judgement)
            if not judgement.allowed:
                return self._ended(packet, "DROP", "drop", words)
        return None

    def _distinct(self, packet: Packet) -> Packet:
        """A new connection whose answers cannot be taken for another's: NAT gives it another source port."""
        after = self.table.free_port(packet, self.state.now, self.dice.number)
        if after != packet:
            self._say("snat", packet, after, ANOTHER_PORT, cls=Rewrite)
        return after

    def _translated(self, rules: Judge, packet: Packet, *, started: bool) -> tuple[Packet, frozenset[str]]:
        """The nat rules' word on a new connection."""
        chain = "OUTPUT" if started else "PREROUTING"
        way = rules.through("nat", chain, self._sight(packet, NEW, started=started), packet.mark)
        self._pass("nat", chain, way)
        for name in way.noted:
            self.table = self.table.noted(name, number(packet.source), self.state.now)
            self._seen = None  # which knows the older list
        marked = packet.with_mark(way.mark)
        words = partial(words_of, way) if isinstance(way.end, Dnat) else self._unchanged(packet)
        self._say(chain.lower(), packet, marked, words, way)
        if not isinstance(way.end, Dnat):
            return marked, NEW
        after = marked.to(way.end.address, way.end.port)
        self._say("dnat", marked, after, partial(rewritten, way.matched[-1], way.end), cls=Rewrite)
        return after, REWRITTEN

    def _masqueraded(self, rules: Judge, packet: Packet, route: Route, states: frozenset[str]) -> Packet:
        sight = self._sight(packet, states, started=False)
        way = met = rules.through("nat", "POSTROUTING", sight, packet.mark)
        plugin = not isinstance(way.end, Masquerade)
        if plugin:
            way = self.ground.leaving(self.node, packet.source, packet.destination, packet.mark)
        self._pass("nat", "POSTROUTING", met, decided=isinstance(way.end, Masquerade))
        # lo and a Pod's own cable have no address that anybody else could answer: the first of another is taken
        device = self.network.device("" if route is HERE else route.device) or self.network.device("eth0")
        if not isinstance(way.end, Masquerade) or device is None:
            return packet
        address = device.address(packet.family) or packet.source
        sent = packet.by(address, packet.sport).with_mark(way.mark)
        after = self.table.free_port(sent, self.state.now, self.dice.number, fresh=True)
        self._say("snat", packet, after, partial(masked, device.name, plugin=plugin), way, cls=Rewrite)
        return after

    def _pass(self, table: str, hook: str, way: Way | None = None, *, decided: bool = False) -> None:
        """Note a hook; ``way`` is what the rules did there, ``decided``: others than kube-proxy's ended it."""
        self.met.append((table, hook, way, self._length, decided or (way is not None and way.end is not None)))

    def _sight(self, packet: Packet, states: frozenset[str], *, started: bool) -> Sight:
        source = number(packet.source)
        names = packet.source, packet.destination, packet.dport, packet.protocol, states, started
        if self._seen is not None and self._seen[0] == names:
            return self._seen[1]

        table, now = self._table, self.state.now  # not the kernel, which would hold itself: such rings live too long

        def recent(name: str, seconds: float) -> bool:
            return table.lately(name, source, now, seconds)

        sight = Sight(
            source,
            number(packet.destination),
            packet.protocol,
            packet.dport,
            started or is_local(self.network, packet.source),
            is_local(self.network, packet.destination),
            states,
            recent,
            self.taken,
        )
        self._seen = names, sight
        return sight

    def _route(self, packet: Packet) -> Route | None:
        return self.ground.route(self.node, packet.destination)

    def _say(
        self,
        kind: str,
        before: Packet,
        after: Packet,
        why: Why,
        way: Way | None = None,
        cls: type[Hop] = Hop,
        **more: Any,
    ) -> None:
        self.notes.append((cls, kind, self.where, before, after, why, way, more))

    def _ended(self, packet: Packet, verdict: str, kind: str, why: str) -> Passage:
        match verdict:
            case "REJECT":
                self._say(kind, packet, packet, why, cls=Reject, answer=UNREACHABLE[packet.family])
            case "DROP":
                self._say(kind, packet, packet, why, cls=Drop, by=why)
            case _:
                self._say(kind, packet, packet, why)
        return Passage(packet, None, verdict)


def _states(entry: Entry | None, packet: Packet) -> frozenset[str]:
    """What conntrack says of a packet before nat: a connection is new until somebody has answered."""
    return KNOWN if entry is not None and (entry.replied or entry.answers(packet)) else NEW
