"""One node's kernel at work on one packet: conntrack, nat, route, filter, and what it notes for the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from kdisco.net.conntrack import ANSWERED, RESET, Conntrack, Entry
from kdisco.net.ends import at_address
from kdisco.net.fabric import Network, Route, is_local, node_network
from kdisco.net.fates import REWRITTEN, filters, ruleset
from kdisco.net.match import Recent, Sight
from kdisco.net.netfilter import Branch, Netfilter
from kdisco.net.packet import Packet, number, target
from kdisco.net.proxy import ports_of
from kdisco.net.target import Dnat, Masquerade
from kdisco.net.trace import Hop
from kdisco.store.random import draw

if TYPE_CHECKING:
    from kdisco.store.state import State

__all__ = ["Dice", "Kernel", "Passage"]

NEW, KNOWN = frozenset({"NEW"}), frozenset({"ESTABLISHED"})
HERE = Route("0.0.0.0/0", "lo")  # the packet is for the node itself


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
        return self.number() % among == 0


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
        rules = Netfilter(ruleset(self.state, self.node, packet.family), self.dice.chance, counting=True)
        entry = self._known(packet)
        arrived = packet
        if entry is not None:
            packet, states = self._remembered(entry, packet, reset=reset), KNOWN
        else:
            packet, states = self._translated(rules, packet, started=started)
        route = self._route(packet)
        if route is None:
            return self._ended(packet, "UNREACHABLE", "unreachable", f"no route to {packet.destination}")
        self._say("route", packet, packet, self._routed(route, packet))
        stays = route is HERE
        for chain in filters(starts=started, stays=stays):
            way = rules.through("filter", chain, self._sight(packet, states, started=started), packet.mark)[0]
            words = _comment(way) or f"filter {chain}: no rule is against it"
            self._say("filter", packet, packet, words, way)
            if way.verdict in ("REJECT", "DROP"):
                return self._ended(packet, way.verdict, way.verdict.lower(), words)
        if not stays:
            packet = self._masqueraded(rules, packet, route, states)
        if entry is None:
            entry = Entry.of(arrived, packet, self.state.now)
            self.table = self.table.track(entry)
            line = entry.line(self.state.now)
            self._say("conntrack", packet, packet, f"noted, so that the answer is rewritten back: {line}")
        return Passage(packet=evolve(packet, mark=0), table=self.table, hops=tuple(self.hops), route=route)

    def _known(self, packet: Packet) -> Entry | None:
        entry = self.table.find(packet, self.state.now)
        if entry is not None and entry.protocol == "udp" and self._stale(entry):
            self.table = self.table.forget(entry)
            return None
        return entry

    def _stale(self, entry: Entry) -> bool:
        """Whether kube-proxy has removed a UDP entry: its Service no longer leads where the entry does."""
        protocol, source, _, destination, dport = entry.original
        rules = ruleset(self.state, self.node, Packet(source, 0, destination, dport).family)
        sight = Sight(number(source), number(destination), protocol, dport, source_local=False, destination_local=False)
        ports = [
            port
            for service in rules.owners(sight)
            for port in ports_of(rules.view, service, self.node, rules.settings.family)
            if (number(destination), protocol, dport) in port.entries
        ]
        there = target(entry.reply[1], entry.reply[2])
        return bool(ports) and not any(there == end.target for port in ports for end in port.reachable)

    def _remembered(self, entry: Entry, packet: Packet, *, reset: bool) -> Packet:
        after = entry.rewrite(packet)
        answers = (packet.source, packet.sport) == entry.reply[1:3]
        if answers:
            self.table = self.table.track(entry.in_phase(RESET if reset else ANSWERED, self.state.now))
        what = "an answer" if answers else "a packet"
        done = "rewritten as noted" if after != packet else "nothing to rewrite"
        self._say("conntrack", packet, after, f"{what} of a known connection: {done}, no nat rule is asked")
        return after

    def _translated(self, rules: Netfilter, packet: Packet, *, started: bool) -> tuple[Packet, frozenset[str]]:
        """The nat rules' word on a new connection."""
        chain = "OUTPUT" if started else "PREROUTING"
        way = rules.through("nat", chain, self._sight(packet, NEW, started=started), packet.mark)[0]
        for rule in way.matched:
            for match in rule.matches:
                if isinstance(match, Recent) and match.seconds is None:
                    self.table = self.table.noted(match.name, number(packet.source), self.state.now)
        marked = evolve(packet, mark=way.mark)
        words = "; ".join(dict.fromkeys(rule.comment for rule in way.matched if rule.comment))
        found = isinstance(way.end, Dnat)
        self._say(chain.lower(), packet, marked, words if found else "no Service is meant: the destination stays", way)
        if not isinstance(way.end, Dnat):
            return marked, NEW
        after = marked.to(way.end.address, way.end.port)
        self._say("dnat", marked, after, f"{_chain(way)}: to {way.end.to}, before any route is looked up")
        return after, REWRITTEN

    def _masqueraded(self, rules: Netfilter, packet: Packet, route: Route, states: frozenset[str]) -> Packet:
        if states is KNOWN:
            return packet
        way = rules.through("nat", "POSTROUTING", self._sight(packet, states, started=False), packet.mark)[0]
        device = self.network.device(route.device)
        if not isinstance(way.end, Masquerade) or device is None:
            return packet
        own = device.address(packet.family) or packet.source
        after = self.table.free_port(evolve(packet, source=own, mark=way.mark))
        self._say("snat", packet, after, f"marked packets leave with the address of {device.name}", way)
        return after

    def _sight(self, packet: Packet, states: frozenset[str], *, started: bool) -> Sight:
        source = number(packet.source)

        def recent(name: str, seconds: int) -> bool:
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

    def _say(self, kind: str, before: Packet, after: Packet, why: str, way: Branch | None = None) -> None:
        self.hops.append(
            Hop(
                kind=kind,
                where=f"node/{self.node}",
                before=before,
                after=after,
                why=why,
                visited=way.visited if way else 0,
                rules=way.matched if way else (),
            )
        )

    def _ended(self, packet: Packet, verdict: str, kind: str, why: str) -> Passage:
        self._say(kind, packet, packet, why)
        return Passage(packet=packet, table=self.table, hops=tuple(self.hops), verdict=verdict)


def _comment(way: Branch) -> str:
    return way.matched[-1].comment if way.end is not None and way.matched else ""


def _chain(way: Branch) -> str:
    return way.matched[-1].chain

