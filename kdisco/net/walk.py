"""A packet's whole way: from its maker through every kernel on the road to whoever answers, and back.

The rules judge the first packet of a connection on the client's node, before the route is chosen; conntrack
rewrites everything after it, answers included.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from kdisco.net.conntrack import Conntrack
from kdisco.net.counters import Counters, Hooks, Passed
from kdisco.net.dice import Dice
from kdisco.net.ends import End
from kdisco.net.fabric import HERE, Route, is_local
from kdisco.net.ground import closed_port, ground
from kdisco.net.ipvs_kernel import IpvsKernel
from kdisco.net.kernel import Kernel
from kdisco.net.lost import lost
from kdisco.net.packet import ECHO, Packet, address, asked, family, number, span, target
from kdisco.net.proxy import front_ends, ports_of
from kdisco.net.ruleset import Ruleset
from kdisco.net.trace import (
    NO_MORE,
    UNREACHABLE,
    Encapsulate,
    Hop,
    Reject,
    Session,
    Trace,
    saying,
)
from kdisco.net.vxlan import DEVICE, wrapped
from kdisco.net.words import (
    ANSWERS,
    ARRIVES,
    CABLE_IN,
    CABLE_OUT,
    GATEWAY,
    GETS_ANSWER,
    PING,
    REFUSED,
    SAME_BRIDGE,
)
from kdisco.phrase import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kdisco.net.trace import More, Note, Why
    from kdisco.net.vxlan import Outer
    from kdisco.store.state import State

__all__ = ["send"]

EPHEMERAL, LAST_PORT = 32768, 60999  # net.ipv4.ip_local_port_range
KERNELS: dict[str, type[Kernel]] = {"ipvs": IpvsKernel}  # of the proxy modes that want another one
LEAVES, ENTERS = saying("veth", CABLE_OUT), saying("veth", CABLE_IN)
ANSWERED = {kind: saying(kind, GETS_ANSWER) for kind in ("pod", "process", "outside")}
ROUTED, BRIDGED = saying("bridge", GATEWAY), saying("bridge", SAME_BRIDGE)
HOPS = 8  # kernels on a way; more would be a loop


def send(
    state: State,
    source: str,
    destination: str,
    port: int = 80,
    protocol: str = "tcp",
    flow: int | str | None = None,
    *,
    close: bool = False,
) -> tuple[State, Trace]:
    """Send a packet and follow it; gives the state after (connections tracked, dice thrown) and the trace.

    ``source`` is ``pod/ns/name``, ``node/name`` or an address. Packets with the same ``flow`` (a source port, or any
    word that stands for one) belong to one connection and keep its endpoint; None opens a new one. With ``close``
    both ends close it afterwards. The protocol icmp is a ping, whose port does not matter. Raises UsageError for
    what is no end, address, port or protocol.
    """
    journey = _Journey(state)
    start = journey.ground.end(source)
    destination, protocol = asked(destination, port, protocol, echo=True)
    asker = journey.ground.first(start, destination).source if "/" in source else address(source)
    packet = Packet(asker, journey.source_port(flow), destination, 0 if protocol == ECHO else port, protocol)
    trace = journey.there_and_back(start, packet)
    if close and trace.delivered:
        journey.close()
    tables = {name: kernel.table for name, kernel in journey.kernels.items()}
    conntrack = state.conntrack.merged(tables) if tables else state.conntrack
    return state.after_packets(journey.dice.draws, conntrack, journey.counters(trace)), trace


class _Journey:
    """One packet and its answer under way."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.ground = ground(state)
        self.dice = Dice(state)
        self.kernels: dict[str, Kernel] = {}
        self.notes: list[Note] = []

    def source_port(self, flow: int | str | None) -> int:
        """The source port: the one given, the one that a word always gives, or a fresh one."""
        if type(flow) is int and 0 < flow < 1 << 16:
            return flow
        if flow is None:
            value = self.dice.number()
        else:
            value = int.from_bytes(hashlib.sha256(str(flow).encode()).digest()[:8], "big")
        return EPHEMERAL + value % (LAST_PORT - EPHEMERAL + 1)

    def there_and_back(self, start: End, packet: Packet) -> Trace:
        """Send a packet; if somebody gets it, send the answer."""
        named = packet.destination if packet.protocol == ECHO else target(packet.destination, packet.dport)
        verdict, end, last = self._from(start, packet, partial(Phrase, "asks for {end}", end=named))
        there, self.notes = self.notes, []
        now = self.state.now
        if end is None or verdict not in ("DELIVERED", "REFUSED"):
            refusal = [self._icmp(there[-1], packet)] if verdict == "REJECT" else []
            return Trace.noted(there, refusal, verdict=verdict, time=now, met=self._met())
        words = ANSWERS
        if verdict == "REFUSED":
            words = Phrase("answers with {what}", what=closed_port(last.destination, last.protocol))
        answered, _, answer = self._from(end, last.answer, words, reply=True, reset=verdict == "REFUSED")
        if answered == "LEFT" and start.kind == "outside":
            self.notes.append((start.name, answer, answer, ANSWERED["outside"]))
        named = last.destination if last.protocol == ECHO else target(last.destination, last.dport)
        return Trace.noted(there, self.notes, verdict=verdict, endpoint=named, time=now, met=self._met())

    def _icmp(self, refusal: Note, packet: Packet) -> Note:
        """What a node that rejects says: from the address that was asked if it is its own, else from its way back's."""
        where, _, refused, _ = refusal
        network = self.ground.network(where.removeprefix("node/"))
        own = is_local(network, refused.destination)
        reporter = refused.destination if own else network.source_for(refused.source)
        why = PING if packet.protocol == ECHO else REFUSED
        more = {"answer": UNREACHABLE[packet.family], "reporter": reporter}
        return where, refused, packet.answer, saying("reject", why, cls=Reject, more=more)

    def _met(self) -> tuple[tuple[str, tuple[Hooks, ...]], ...]:
        return tuple([(name, tuple(kernel.met)) for name, kernel in self.kernels.items()])

    def close(self) -> None:
        """Let both ends of the connection say goodbye: it is over in every kernel that tracks it."""
        for where, _before, _after, hops in self.notes:
            for cls, *_, more in hops:
                entry = more["entry"] if cls is Session and not callable(more) else None
                if entry is not None:
                    kernel = self.kernels[where.removeprefix("node/")]
                    kernel.table = kernel.table.track(entry.closed(self.state.now))

    def counters(self, trace: Trace) -> Counters | None:
        """What the kernels have counted, this journey's packets among it."""
        before: Counters | None = self.state.counters
        passed = [
            Passed(name, rules, met)
            for name, met in trace.met
            if met and isinstance(rules := self.kernels[name].judge.rules, Ruleset)
        ]
        return (before or Counters()).after(tuple(passed)) if passed else before

    def _from(
        self, start: End, packet: Packet, words: Why, *, reply: bool = False, reset: bool = False
    ) -> tuple[str, End | None, Packet]:
        """Leave one end; gives the verdict, who got it, and the packet as it came there."""
        self._say(start.kind, start.name, packet, words)
        if start.kind == "outside":
            return self._from_outside(start, packet, reply=reply, reset=reset)
        if why := lost(self.state, start.node, start.node):
            return self._lost(start.node, packet, why)
        if start.kind == "process":
            return self._road(start.node, packet, started=True, reply=reply, reset=reset)
        route, _, said = self.ground.first(start, packet.destination)
        if route is HERE:
            return self._arrive(start, packet, reply=reply)
        self.notes.append((start.name, packet, packet, said))
        if route is None:
            return "UNREACHABLE", None, packet
        return self._from_pod(start, packet, route, reply=reply, reset=reset)

    def _from_outside(self, start: End, packet: Packet, *, reply: bool, reset: bool) -> tuple[str, End | None, Packet]:
        """Come in by a node's network card."""
        node = self._entrance(packet)
        if node is None:
            words = Phrase("outside nobody knows a way to {ip}", ip=packet.destination)
            return self._nowhere(start.name, packet, words)
        if why := lost(self.state, "", node):
            return self._lost(node, packet, why)
        self._say("nic", f"node/{node}", packet, ARRIVES)
        return self._road(node, packet, started=False, reply=reply, reset=reset)

    def _from_pod(
        self, start: End, packet: Packet, route: Route, *, reply: bool, reset: bool
    ) -> tuple[str, End | None, Packet]:
        """Leave a Pod by its cable."""
        if route.source and not self._next_door(start, packet.destination):
            why = Phrase("nobody on {net} answers who has {ip}", net=route.destination, ip=packet.destination)
            return self._nowhere(start.name, packet, why)
        self.notes.append((start.name, packet, packet, LEAVES))
        beyond = route.via or is_local(self.ground.network(start.node), packet.destination)
        self.notes.append((f"node/{start.node}", packet, packet, ROUTED if beyond else BRIDGED))
        return self._road(start.node, packet, started=False, reply=reply, reset=reset)

    def _nowhere(self, where: str, packet: Packet, why: str) -> tuple[str, None, Packet]:
        self._say("unreachable", where, packet, why)
        return "UNREACHABLE", None, packet

    def _next_door(self, start: End, ip: str) -> bool:
        """Whether somebody on a Pod's own link has an address: another Pod of its node, or the node."""
        there = self.ground.at(ip)
        return is_local(self.ground.network(start.node), ip) or (there is not None and there.node == start.node)

    def _road(
        self, node: str, packet: Packet, *, started: bool, reply: bool, reset: bool
    ) -> tuple[str, End | None, Packet]:
        """From kernel to kernel until somebody has it."""
        for _ in range(HOPS):
            kernel = self.kernels.get(node)
            if kernel is None:
                table = self.state.conntrack.get(node) or Conntrack()
                cls = KERNELS.get(self.state.config.proxy.mode, Kernel)
                kernel = self.kernels[node] = cls(self.state, node, table, self.dice, packet.family)
            passage = kernel.cross(packet, self.notes, started=started, reset=reset)
            packet, started = passage.packet, False
            if passage.verdict or passage.route is None:
                return passage.verdict, None, packet
            ahead = self._ahead(node, packet, passage.route)
            if not isinstance(ahead, str):
                if ahead is None:
                    return self._gone(node, packet, passage.route, reply=reply)
                return self._arrive(ahead, packet, reply=reply)
            if words := lost(self.state, node, ahead, wrapped=passage.route.device in DEVICE.values()):
                return self._lost(node, packet, words)
            node = ahead
        return "UNREACHABLE", None, packet

    def _ahead(self, node: str, packet: Packet, route: Route) -> str | End | None:
        """The next node, or who gets the packet here, or nobody."""
        if route.device == "lo":
            return self.ground.end(f"node/{node}")
        if route.device in ("cni0", "veth"):
            end, said = self.ground.beside(node, packet.destination, route.device)
            if end is not None:
                self.notes.append((f"node/{node}", packet, packet, said))
                self.notes.append((end.name, packet, packet, ENTERS))
            return end
        if route.device == DEVICE[packet.family]:
            here, other, there, words = self.ground.tunnel(node, route)
            outer = partial(_wrapped, packet, node, here, other, there)
            self._say("vxlan", f"node/{node}", packet, words, Encapsulate, outer)
            return other
        other_node, said = self.ground.next(route.via or packet.destination)
        if other_node is not None:
            self.notes.append((f"node/{other_node}", packet, packet, said))
        return other_node

    def _gone(self, node: str, packet: Packet, route: Route, *, reply: bool) -> tuple[str, End | None, Packet]:
        """No node gets it, and no Pod: a machine beside them does, or it leaves by the gateway, or ends here."""
        machine, said = self.ground.machine(packet.destination)
        if machine is not None:
            if cut := lost(self.state, node, ""):
                return self._lost(node, packet, cut)
            self.notes.append((machine.name, packet, packet, said))
            return self._arrive(machine, packet, reply=reply)
        config = self.state.config
        own = [span(cidr) for cidr in config.service_cidrs + config.pod_cidrs if family(cidr) == packet.family]
        inside = any(number(packet.destination) & mask == network for network, mask in own)
        if not route.via:
            why = Phrase("nobody on {net} has {ip}", net=route.destination, ip=packet.destination)
        elif inside:
            words = "the gateway {via} knows no {ip}: that range exists in the cluster only"
            why = Phrase(words, via=route.via, ip=packet.destination)
        elif gone := lost(self.state, node, ""):
            return self._lost(node, packet, gone)
        else:
            self._say("left", f"node/{node}", packet, partial(Phrase, "by the gateway {via}", via=route.via))
            return "LEFT", None, packet
        return self._nowhere(f"node/{node}", packet, why)

    def _lost(self, node: str, packet: Packet, why: str) -> tuple[str, End | None, Packet]:
        self._say("lost", f"node/{node}", packet, why)
        return "LOST", None, packet

    def _arrive(self, end: End, packet: Packet, *, reply: bool) -> tuple[str, End | None, Packet]:
        if reply:
            self.notes.append((end.name, packet, packet, ANSWERED[end.kind]))
            return "DELIVERED", end, packet
        listener, said = self.ground.arrival(end, packet.destination, packet.dport, packet.protocol)
        self.notes.append((end.name, packet, packet, said))
        return "DELIVERED" if listener else "REFUSED", end, packet

    def _entrance(self, packet: Packet) -> str | None:
        """The node at which the world outside delivers a packet: the address's own, or any for a published one."""
        own = self.ground.nodes.get(packet.destination)
        if own is not None:
            return own
        view = self.state.view
        nodes = [node.name for node in view.list("nodes") if node.ready] or [node.name for node in view.list("nodes")]
        entry = (number(packet.destination), packet.protocol, packet.dport)
        services = front_ends(view, packet.family).places.get(entry, ())
        ports = [port for service in services for port in ports_of(view, service, "", packet.family)]
        published = {number(address) for port in ports for address in port.external_ips + port.balancer_ips}
        return nodes[self.dice.number() % len(nodes)] if entry[0] in published and nodes else None

    def _say(
        self,
        kind: str,
        where: str,
        packet: Packet,
        why: Why,
        cls: type[Hop] = Hop,
        more: More = NO_MORE,
    ) -> None:
        self.notes.append((where, packet, packet, ((cls, kind, why, None, more),)))


def _wrapped(packet: Packet, node: str, here: str, other: str, there: str) -> Mapping[str, Outer]:
    return {"outer": wrapped(packet, node, here, other, there)}
