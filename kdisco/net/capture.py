"""What a wiretap at each device would see of a packet and its answer: ``tcpdump``'s view of a trace.

A bridge hands frames between two Pods of one node on without its own device seeing them; who listens at that device
alone makes it promiscuous, and sees them aside. That is so too where the rules have rewritten the destination:
br_netfilter asks them at the bridge, and only what is not for one of its Pods comes up to its device. All of a trace
happens at one moment of cluster time; what is captured later is a microsecond later, so that the order is kept.

Upstream: Linux net/bridge/br_netfilter_hooks.c (br_nf_pre_routing), net/packet; libpcap pcap-linux.c.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from attrs import evolve, frozen

from kdisco.net import fabric
from kdisco.net.frames import ACK, PSH, RST, SYN, Segment, first_number, frame, pcap, wrap
from kdisco.net.link import ROUTER, hardware_address, veth_name
from kdisco.net.packet import Packet
from kdisco.net.trace import Encapsulate, Hop, Reject, Route, Session, Trace
from kdisco.net.vxlan import DEVICE, Outer

__all__ = ["Captured", "capture", "capture_file"]

STEP = 1e-6  # seconds from one to the next
ARRIVED = ("deliver", "refuse", "pod", "process")  # the hops that end a way
HOME = ("00:00:00:00:00:00", "00:00:00:00:00:00")  # on lo nobody has one


@frozen(kw_only=True)
class Captured:
    """One packet at one device. ``time`` in seconds of cluster time, ``where`` is ``pod/ns/name`` or ``node/name``.

    ``direction`` is In or Out as that machine sees it. Where it travels wrapped, ``outer`` are the headers around it.
    ``aside``: only who listens at that device alone sees it.
    """

    time: float
    where: str
    interface: str
    direction: str
    packet: Packet
    ethernet: tuple[str, str]
    segment: Segment
    outer: Outer | None = None
    aside: bool = False

    @property
    def frame(self) -> bytes:
        """The bytes on the wire, from the Ethernet header on."""
        if self.outer is None:
            return frame(self.ethernet, self.packet, self.segment)
        return wrap(self.outer, frame(self.outer.inner_ethernet, self.packet, self.segment))

    @property
    def size(self) -> int:
        """How many bytes those are."""
        return len(self.frame)


def capture(
    trace: Trace, interface: str = "any", where: str = "", *, question: bytes = b"", answer: bytes = b""
) -> tuple[Captured, ...]:
    """What is seen of a trace, there and back, in order: at one device, at one machine, or anywhere.

    ``question`` and ``answer`` are what UDP packets carry.
    """
    asks, told = _segments(trace, question, answer)
    there = _Way(trace.hops, asks).captured()
    told = evolve(told, left=there[-1].segment.ttl) if there else told
    rejection = trace.reply[0] if len(trace.reply) == 1 else None
    back = _rejected(there, rejection) if isinstance(rejection, Reject) else _Way(trace.reply, told).captured()
    timed = (evolve(each, time=trace.time + at * STEP) for at, each in enumerate((*there, *back)))
    return tuple(
        each
        for each in timed
        if (interface == each.interface or (interface == "any" and not each.aside)) and where in ("", each.where)
    )


def capture_file(captured: Iterable[Captured], since: float = 0.0) -> bytes:
    """A pcap file of what was captured; ``since`` is the Unix time at which cluster time began."""
    return pcap((since + each.time, each.frame) for each in captured)


def _segments(trace: Trace, question: bytes, answer: bytes) -> tuple[Segment, Segment]:
    """What the packet and its answer carry: a connection begins, goes on, or is refused."""
    known = any(isinstance(hop, Session) and hop.entry is not None and hop.entry.replied for hop in trace.hops)
    refused = trace.verdict == "REFUSED"
    if trace.packet.protocol != "tcp":
        error = refused and trace.packet.protocol != "icmp"
        return Segment(payload=question), Segment(flags=ACK, payload=b"" if error else answer, error=error)
    own, others = first_number(trace.packet), first_number(trace.packet.answer)
    if refused:
        return Segment(flags=SYN, number=own), Segment(flags=RST | ACK, awaited=own + 1)
    if not known:
        return Segment(flags=SYN, number=own), Segment(flags=SYN | ACK, number=others, awaited=own + 1)
    asks = Segment(flags=PSH | ACK, number=own + 1, awaited=others + 1, payload=question)
    return asks, Segment(flags=PSH | ACK, number=others + 1, awaited=own + 1 + len(question), payload=answer)


def _rejected(there: list[Captured], rejection: Reject) -> list[Captured]:
    """The ICMP message of a node that rejects: it goes back the way on which the packet came."""
    last = there[-1].segment.ttl if there else 64
    told = Segment(
        error=True,
        reporter=rejection.reporter,
        awaited=first_number(rejection.after.answer),
        left=last - (rejection.reporter != rejection.after.source),  # what is handed on has been counted down by then
    )
    turned = {"In": "Out", "Out": "In"}
    return [
        evolve(
            each,
            direction=turned[each.direction],
            packet=each.packet.answer,
            ethernet=each.ethernet[::-1],
            segment=evolve(told, ttl=told.ttl - each.segment.ttl + last),
        )
        for each in reversed(there)
    ]


class _Way:
    """One way, there or back, seen at its devices."""

    def __init__(self, hops: tuple[Hop, ...], segment: Segment) -> None:
        self.hops, self.segment = hops, segment
        self.seen: list[Captured] = []

    def captured(self) -> list[Captured]:
        """Every sight of the packet, in order."""
        for at, hop in enumerate(self.hops):
            sights = SIGHTS.get(hop.kind)
            if sights is not None:
                sights(self, at, hop)
        if not self.seen and self.hops and self.hops[-1].kind in ARRIVED:
            home = next((hop.where for hop in self.hops if hop.where.startswith("node/")), self.hops[0].where)
            self._see(home, "lo", "In", self.hops[-1].after, HOME)  # libpcap shows there but what comes back in
        return self.seen

    def cable(self, at: int, hop: Hop) -> None:
        """Out of a Pod, or into one."""
        pod, inside = hop.where, hardware_address(hop.where, "eth0")
        if self.hops[at - 1].where == pod:  # where it has chosen its route
            node = self.hops[at + 1].where
            bridge = hardware_address(_name(node), "cni0")
            routed = next((each for each in self.hops[at:] if isinstance(each, Route)), None)
            ends = (inside, self._beside(at, routed) or bridge)
            self._see(pod, "eth0", "Out", hop.after, ends)
            self._see(node, veth_name(pod), "In", hop.after, ends)
            if routed is not None and routed.route.device != "cni0":
                self._see(node, "cni0", "In", routed.before, ends)
            return
        node = self.hops[at - 1].where
        last, route = self.seen[-1] if self.seen else None, self._route(at)
        bridged = last is not None and last.where == node and last.interface.startswith("veth")
        ends = (last.ethernet[0] if last is not None and bridged else hardware_address(_name(node), "cni0"), inside)
        if not bridged and route is not None and route.device == "cni0":
            self._see(node, "cni0", "Out", hop.before, ends)
        elif bridged:
            passing = next(each for each in reversed(self.hops[:at]) if isinstance(each, Route)).before
            self._see(node, "cni0", "In", passing, ends, aside=True)
        self._see(node, veth_name(pod), "Out", hop.before, ends)
        self._see(pod, "eth0", "In", hop.before, ends)

    def tunnel(self, at: int, hop: Hop) -> None:
        """Into the VXLAN device of a node, wrapped over the wire, and out of that of another."""
        if not isinstance(hop, Encapsulate):
            return
        device, outer = DEVICE[hop.before.family], hop.outer
        self._see(hop.where, device, "Out", hop.before, outer.inner_ethernet)
        self._see(hop.where, "eth0", "Out", hop.before, outer.ethernet, outer)
        there = self.hops[at + 1].where
        if there != hop.where:  # it got there
            self._see(there, "eth0", "In", hop.before, outer.ethernet, outer)
            self._see(there, device, "In", hop.before, outer.inner_ethernet)

    def card(self, at: int, hop: Hop) -> None:
        """In by a network card: a node's, or that of a machine beside the nodes."""
        there = hardware_address(ROUTER) if hop.where.startswith("outside/") else _card(hop.where)
        sender = next((each.where for each in reversed(self.hops[:at]) if each.where.startswith("node/")), "")
        ends = (_card(sender) if sender else hardware_address(ROUTER), there)
        if sender:
            self._see(sender, "eth0", "Out", hop.before, ends)
        self._see(hop.where, "eth0", "In", hop.before, ends)

    def world(self, at: int, hop: Hop) -> None:
        """Out to the router of the nodes' network, whether that knows a way on or not."""
        route = self._route(at)
        if route is not None and route.device == "eth0" and route.via and hop.where.startswith("node/"):
            ends = (_card(hop.where), hardware_address(ROUTER))
            self._see(hop.where, "eth0", "Out", hop.before, ends)

    def _beside(self, at: int, routed: Route | None) -> str:
        """The hardware address of the Pod on the same bridge that a packet out of a Pod is for; "" for the node's.

        ``routed``: how the node sends it on, with the destination that it has by then.
        """
        route, meant = self._route(at), self.hops[at].after.destination
        if route is None or route.via or routed is None or routed.route.device != "cni0":
            return ""
        pods = [hop.where for hop in self.hops[at + 1 :] if hop.kind == "veth"]
        return hardware_address(pods[0], "eth0") if pods and routed.before.destination == meant else ""

    def _route(self, at: int) -> fabric.Route | None:
        """The route by which a packet came to a hop."""
        return next((hop.route for hop in reversed(self.hops[:at]) if isinstance(hop, Route)), None)

    def _see(
        self,
        where: str,
        interface: str,
        direction: str,
        packet: Packet,
        ethernet: tuple[str, str],
        outer: Outer | None = None,
        *,
        aside: bool = False,
    ) -> None:
        last = self.seen[-1] if self.seen else None
        if last is not None and (last.where, last.direction, direction) == (where, "In", "Out"):
            routed = last.ethernet[0] != ethernet[0] and last.interface != "lo"  # a bridge leaves a frame as it is
            self.segment = evolve(self.segment, ttl=self.segment.ttl - routed)
        self.seen.append(
            Captured(
                time=0.0,
                where=where,
                interface=interface,
                direction=direction,
                packet=packet.with_mark(0),
                ethernet=ethernet,
                segment=self.segment,
                outer=outer,
                aside=aside,
            )
        )


SIGHTS: Mapping[str, Callable[[_Way, int, Hop], None]] = {
    "veth": _Way.cable,
    "vxlan": _Way.tunnel,
    "nic": _Way.card,
    "left": _Way.world,
    "unreachable": _Way.world,
}


def _card(where: str) -> str:
    """The hardware address of a node's network card."""
    return hardware_address(_name(where), "eth0")


def _name(where: str) -> str:
    return where.partition("/")[2]
