"""One node's kernel at work on one packet: conntrack, nat, route, filter, and what it notes for the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from kdisco.net.conntrack import Conntrack, Entry
from kdisco.net.ends import at_address
from kdisco.net.fabric import Network, Route, is_local, node_network
from kdisco.net.fates import REWRITTEN, Judge, filters, judge, ruleset
from kdisco.net.match import Recent, Sight
from kdisco.net.netfilter import Branch
from kdisco.net.packet import Packet, number
from kdisco.net.policy import judgements
from kdisco.net.stale import is_stale
from kdisco.net.target import Dnat, Masquerade
from kdisco.net.trace import UNREACHABLE, Drop, Hop, Policy, Reject, Rewrite, Session
from kdisco.net.trace import Route as Routed
from kdisco.store.random import draw

if TYPE_CHECKING:
    from kdisco.store.state import State

__all__ = ["Dice", "Kernel", "Passage"]

NEW, KNOWN = frozenset({"NEW"}), frozenset({"ESTABLISHED"})
EARLY = {True: ("early", "OUTPUT"), False: ("early", "PREROUTING")}  # before nat, by whether the node starts it
HERE = Route("0.0.0.0/0", "lo")  # the packet is for the node itself
FULL = "nf_conntrack: table full, dropping packet"


class Dice:
    """The state's random numbers, one after the other; ``draws`` counts them."""

    def __init__(self, state: State) -> None:
        self.seed = state.config.seed
        self.draws = state.draws

    def number(self) -> int:
        """The next 64-bit number."""
        self.draws += 1
        return draw(self.seed, self.draws - 1)

    def chance(self, among: int) -> bool:
        """Whether one in ``among`` happens now."""
        return self.pick(among) == 0

    def pick(self, among: int) -> int:
        """One of the numbers from 0 to ``among`` - 1."""
        return self.number() % among


@frozen(kw_only=True)
class Passage:
    """What became of a packet in a kernel: where it goes on (``route``), or how it ended (``verdict``)."""

    packet: Packet
    table: Conntrack
    hops: tuple[Hop, ...]
    route: Route | None = field(default=None)
    verdict: str = ""


class Kernel:
    """The kernel of ``node``, with the connections it tracks."""

    def __init__(self, state: State, node: str, table: Conntrack, dice: Dice) -> None:
        self.state, self.node, self.table, self.dice = state, node, table, dice
        self.network: Network = node_network(state, node)
        self.hops: list[Hop] = []

    def cross(self, packet: Packet, *, started: bool, reset: bool = False) -> Passage:
        """Let a packet through. ``started``: a process of the node made it; ``reset``: it ends the connection."""
        self.hops = []
        if started and self._route(packet) is None:  # connect() looks for a route before any rule
            return self._ended(packet, "UNREACHABLE", "unreachable", f"no route to {packet.destination} at all")
        rules = judge(ruleset(self.state, self.node, packet.family), self.dice, counting=True)
        entry = self._known(packet)
        arrived = packet
        if ended := self._before_nat(rules, packet, entry, started=started):
            return ended
        if entry is not None:
            packet, states = self._remembered(entry, packet, reset=reset)
        else:
            packet, states = self._translated(rules, packet, started=started)
        route = self._route(packet)
        if route is None:
            return self._ended(packet, "UNREACHABLE", "unreachable", f"no route to {packet.destination}")
        self._say("route", packet, packet, self._routed(route, packet), cls=Routed, route=route)
        stays = route is HERE
        for place in filters(starts=started, stays=stays):
            way = self._filtered(rules, packet, states, place, started=started)
            if way.verdict in ("REJECT", "DROP"):
                return self._ended(packet, way.verdict, way.verdict.lower(), _comment(way))
        if not stays and not started and "NEW" in states and (words := self._forbidden(packet)):
            return self._ended(packet, "DROP", "drop", words)
        if entry is None:
            packet = packet if stays else self._masqueraded(rules, packet, route, states)
            packet = self._distinct(packet)
            entry = Entry.of(arrived, packet, self.state.now)
            self.table = self.table.track(entry)
            words = f"noted, so that the answer is rewritten back: {entry.line(self.state.now)}"
            self._say("conntrack", packet, packet, words, cls=Session, entry=entry)
        return Passage(packet=packet.with_mark(0), table=self.table, hops=tuple(self.hops), route=route)

    def _before_nat(self, rules: Judge, packet: Packet, entry: Entry | None, *, started: bool) -> Passage | None:
        """How a packet ends before any destination is rewritten: no room in conntrack, or a rule; else None."""
        if entry is None and not self._has_room():
            return self._ended(packet, "DROP", "drop", FULL)
        early = self._filtered(rules, packet, _states(entry, packet), EARLY[started], started=started)
        return self._ended(packet, early.verdict, early.verdict.lower(), _comment(early)) if early.verdict else None

    def _filtered(
        self, rules: Judge, packet: Packet, states: frozenset[str], place: tuple[str, str], *, started: bool
    ) -> Branch:
        """The word of the filter rules at one hook; where there can be none, nothing is said."""
        table, hook = place
        way = rules.through(table, hook, self._sight(packet, states, started=started), packet.mark)[0]
        if table == "filter" or way.visited:
            when = " before nat" if table == "early" else ""
            self._say("filter", packet, packet, _comment(way) or f"filter {hook}{when}: no rule is against it", way)
        return way

    def _known(self, packet: Packet) -> Entry | None:
        """The connection that a packet belongs to; what is left of an older one with the same ends goes."""
        entry = self.table.find(packet, self.state.now)
        if entry is None or is_stale(self.state, self.node, entry):
            self.table = self.table.cleared(packet)
            return None
        return entry

    def _has_room(self) -> bool:
        """Whether the table takes one more connection."""
        table = self.table.room(self.state.config.proxy.conntrack_max, self.state.now)
        self.table = table or self.table
        return table is not None

    def _remembered(self, entry: Entry, packet: Packet, *, reset: bool) -> tuple[Packet, frozenset[str]]:
        after, now = entry.rewrite(packet), self.state.now
        answers = entry.answers(packet)
        renewed = entry.aborted(now) if reset else entry.seen(packet, now)
        self.table = self.table.forget(entry) if renewed is None else self.table.track(renewed)
        what = "an answer" if answers else "a packet"
        done = "rewritten as noted" if after != packet else "nothing to rewrite"
        words = f"{what} of a known connection: {done}, no nat rule is asked"
        self._say("conntrack", packet, after, words, cls=Session, entry=renewed)
        if answers or entry.replied:
            return after, KNOWN
        return after, REWRITTEN if entry.rewritten else NEW  # nobody has answered: it is new to the filter rules

    def _forbidden(self, packet: Packet) -> str:
        """Which NetworkPolicies are against a new connection that is forwarded, and why; "" when none is."""
        for judgement in judgements(self.state, self.node, packet):
            words = str(judgement)
            self._say("policy", packet, packet, words, cls=Policy, judgement=judgement)
            if not judgement.allowed:
                return words
        return ""

    def _distinct(self, packet: Packet) -> Packet:
        """A new connection whose answers cannot be taken for another's: NAT gives it another source port."""
        after = self.table.free_port(packet, self.state.now, self.dice.number)
        if after != packet:
            words = "another connection has this source port and destination: a new source port"
            self._say("snat", packet, after, words, cls=Rewrite)
        return after

    def _translated(self, rules: Judge, packet: Packet, *, started: bool) -> tuple[Packet, frozenset[str]]:
        """The nat rules' word on a new connection."""
        chain = "OUTPUT" if started else "PREROUTING"
        way = rules.through("nat", chain, self._sight(packet, NEW, started=started), packet.mark)[0]
        for rule in way.matched:
            for match in rule.matches:
                if isinstance(match, Recent) and match.seconds is None:
                    self.table = self.table.noted(match.name, number(packet.source), self.state.now)
        marked = packet.with_mark(way.mark)
        words, found = _words(way), isinstance(way.end, Dnat)
        self._say(chain.lower(), packet, marked, words if found else "no Service is meant: the destination stays", way)
        if not isinstance(way.end, Dnat):
            return marked, NEW
        after = marked.to(way.end.address, way.end.port)
        words = f"{_chain(way)}: to {way.end.to}, before any route is looked up"
        self._say("dnat", marked, after, words, cls=Rewrite)
        return after, REWRITTEN

    def _masqueraded(self, rules: Judge, packet: Packet, route: Route, states: frozenset[str]) -> Packet:
        way = rules.through("nat", "POSTROUTING", self._sight(packet, states, started=False), packet.mark)[0]
        device = self.network.device(route.device)
        if not isinstance(way.end, Masquerade) or device is None:
            return packet
        own = device.address(packet.family) or packet.source
        sent = packet.by(own, packet.sport).with_mark(way.mark)
        after = self.table.free_port(sent, self.state.now, self.dice.number, fresh=True)
        self._say("snat", packet, after, f"marked packets leave with the address of {device.name}", way, cls=Rewrite)
        return after

    def _sight(self, packet: Packet, states: frozenset[str], *, started: bool) -> Sight:
        source = number(packet.source)

        def recent(name: str, seconds: float) -> bool:
            return self.table.lately(name, source, self.state.now, seconds)

        return Sight(
            source,
            number(packet.destination),
            packet.protocol,
            packet.dport,
            started or is_local(self.network, packet.source),
            is_local(self.network, packet.destination),
            states,
            recent,
        )

    def _route(self, packet: Packet) -> Route | None:
        """The table's route; a Pod outside all nodes' ranges has one of its own, as routed networks give."""
        if is_local(self.network, packet.destination):
            return HERE
        route = self.network.routes.lookup(packet.destination)
        end = at_address(self.state, packet.destination) if route is None or route.destination.endswith("/0") else None
        if end is None or end.kind != "pod":
            return route
        if end.node == self.node:
            return Route(packet.destination, "veth")
        there = node_network(self.state, end.node).device("eth0")
        return Route(packet.destination, "eth0", there.address(packet.family) if there else "")

    def _routed(self, route: Route, packet: Packet) -> str:
        return f"{packet.destination} is the node's own" if route is HERE else f"{packet.destination}: {route}"

    def _say(
        self,
        kind: str,
        before: Packet,
        after: Packet,
        why: str,
        way: Branch | None = None,
        cls: type[Hop] = Hop,
        **more: Any,
    ) -> None:
        self.hops.append(
            cls(
                kind=kind,
                where=f"node/{self.node}",
                before=before,
                after=after,
                why=why,
                visited=way.visited if way else 0,
                rules=way.matched if way else (),
                **more,
            )
        )

    def _ended(self, packet: Packet, verdict: str, kind: str, why: str) -> Passage:
        match verdict:
            case "REJECT":
                self._say(kind, packet, packet, why, cls=Reject, answer=UNREACHABLE[packet.family])
            case "DROP":
                self._say(kind, packet, packet, why, cls=Drop, by=why)
            case _:
                self._say(kind, packet, packet, why)
        return Passage(packet=packet, table=self.table, hops=tuple(self.hops), verdict=verdict)


def _comment(way: Branch) -> str:
    """What the rule that decided says, or by which chains it was found; "" when none did."""
    return (way.matched[-1].comment or _words(way)) if way.end is not None and way.matched else ""


def _words(way: Branch) -> str:
    """What the rules on a way say; where they say nothing, the chains and maps that it went through."""
    said = dict.fromkeys(rule.comment for rule in way.matched if rule.comment)
    if all(rule.comment for rule in way.matched[-1:]):
        return "; ".join(said)
    return "; ".join([*said, " > ".join(dict.fromkeys(rule.chain for rule in way.matched))])


def _chain(way: Branch) -> str:
    return way.matched[-1].chain


def _states(entry: Entry | None, packet: Packet) -> frozenset[str]:
    """What conntrack says of a packet before nat: a connection is new until somebody has answered."""
    return KNOWN if entry is not None and (entry.replied or entry.answers(packet)) else NEW
