"""What has passed at a device, of all that happened: as ``tcpdump -n`` prints it, and as a pcap file.

Upstream: tcpdump 4.99 print-ip.c, print-tcp.c, print-udp.c, print-domain.c, print-icmp.c.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
from attrs import frozen

from kdisco.errors import UsageError
from kdisco.net.capture import Captured, capture, capture_file
from kdisco.net.devices import links
from kdisco.net.ends import end_of
from kdisco.net.frames import ACK, PSH, RST, SYN, frame
from kdisco.net.packet import ECHO, Packet
from kdisco.net.trace import Trace
from kdisco.store.events import Exchange, Exchanged, Fact, LookedUp, Travelled
from kdisco.store.history import Moment, Timeline
from kdisco.store.state import State

__all__ = ["Capture", "captured", "machine", "tapped"]

FLAGS = ((SYN, "S"), (RST, "R"), (PSH, "P"), (ACK, "."))
DNS, DNS_HEADER = frozenset({53, 5353}), 12  # ports whose messages are shown; bytes
CODES = {"NXDOMAIN": "NXDomain", "SERVFAIL": "ServFail", "REFUSED": "Refused", "FORMERR": "FormErr", "NOTIMP": "NotImp"}
PORTS = ("tcp", "udp", "sctp")
PING = 64  # bytes of a ping's ICMP message
V6 = 6


@frozen(kw_only=True)
class Capture:
    """The packets that passed, in order; ``str`` is what ``tcpdump -n`` prints. ``epoch``: Unix time of cluster time 0.

    ``any``: it listened at all devices, so that each line names its own.
    """

    packets: tuple[Captured, ...]
    epoch: float
    any: bool = False

    @property
    def pcap(self) -> bytes:
        """A pcap file, which tcpdump, tshark and Wireshark open."""
        return capture_file(self.packets, self.epoch)

    @property
    def text(self) -> str:
        """A line each, as tcpdump prints them."""
        return str(self)

    def __len__(self) -> int:
        return len(self.packets)

    def __str__(self) -> str:
        return "\n".join(self._line(each) for each in self.packets)

    def _line(self, each: Captured) -> str:
        at = datetime.fromtimestamp(self.epoch + each.time, UTC).strftime("%H:%M:%S.%f")
        device = f"{each.interface:<5} {_direction(each):<3} " if self.any else ""
        inner = _unreachable(each) if each.segment.error else _plain(each)
        if each.outer is None:
            return f"{at} {device}{inner}"
        outer = each.outer
        ends = Packet(outer.source, outer.sport, outer.destination, outer.dport, "udp")
        return f"{at} {device}{_internet(ends)} OTV, flags [I] (0x08), overlay 0, instance {outer.vni}\n{inner}"


def _direction(each: Captured) -> str:
    """Which way; ``P`` (to another host) for what a node's end of a cable takes in: it is never for its own address."""
    passing = each.direction == "In" and each.interface.startswith("veth")
    return "P" if passing else each.direction


def captured(history: Timeline, where: str, interface: str | None = None, start: int = 0) -> Capture:
    """What a timeline tells from its moment number ``start`` on; raises UsageError for no such machine or device."""
    state = history.state
    here = machine(state, where)
    devices = [link.name for link in links(state, where)]
    if interface not in (None, "any", *devices):
        msg = f"{where} has no device {interface!r}; there are {', '.join(devices)}"
        raise UsageError(msg)
    device = "" if interface in (None, "any") else interface
    found = tapped(itertools.islice(history, max(start, 0), None), here, device or "")
    return Capture(packets=found, epoch=state.epoch, any=not device)


def machine(state: State, where: str) -> str:
    """Whose devices those of ``pod/ns/name`` or ``node/name`` are: a Pod on the host network has its node's."""
    end = end_of(state, where)
    return end.name if end.kind == "pod" else f"node/{end.node}"


def tapped(moments: Iterable[Moment], where: str, interface: str = "") -> tuple[Captured, ...]:
    """What was seen at ``pod/ns/name`` or ``node/name``, at one of its devices or ("") at all."""
    return tuple(
        each
        for moment in moments
        for trace, sent, received in _traces(moment)
        for each in capture(trace, interface or "any", where, question=sent, answer=received)
    )


def _traces(moment: Moment) -> Iterator[tuple[Trace, bytes, bytes]]:
    """The ways of packets of one moment, with what they carried there and back."""
    for fact in moment.facts:
        yield from _of_fact(moment, fact)


def _of_fact(moment: Moment, fact: Fact) -> Iterator[tuple[Trace, bytes, bytes]]:
    match fact:
        case Travelled(trace=trace):
            yield trace, b"", b""
        case Exchanged(delivery=delivery):
            if delivery.trace is not None and isinstance(moment.event, Exchange):
                yield delivery.trace, moment.event.data, b"".join(delivery.messages[:1])
        case LookedUp(lookup=lookup):
            for trace, (sent, received) in zip(lookup.traces, lookup.messages, strict=True):
                if trace is not None:
                    yield trace, sent, received


def _end(ip: str, port: int) -> str:
    return f"{ip}.{port}"


def _internet(packet: Packet) -> str:
    name = "IP6" if packet.family == V6 else "IP"
    ported = packet.protocol in PORTS
    ends = [_end(ip, port) if ported else ip
            for ip, port in ((packet.source, packet.sport), (packet.destination, packet.dport))]
    return f"{name} {ends[0]} > {ends[1]}:"


def _plain(each: Captured) -> str:
    return f"{_internet(each.packet)} {TOLD[each.packet.protocol](each)}"


def _tcp(each: Captured) -> str:
    segment = each.segment
    letters = "".join(letter for flag, letter in FLAGS if segment.flags & flag)
    size, number = len(segment.payload), getattr(segment, "number", 0)
    words = [f"Flags [{letters}]"]
    if size or segment.flags & (SYN | RST):
        words.append(f"seq {number}:{number + size}" if size else f"seq {number}")
    if segment.flags & ACK:
        words.append(f"ack {segment.awaited}")
    return ", ".join([*words, f"win {0 if segment.flags & RST else 64240}", f"length {size}"])


def _udp(each: Captured) -> str:
    size = len(each.segment.payload)
    if DNS.isdisjoint((each.packet.sport, each.packet.dport)):
        return f"UDP, length {size}"
    try:
        return f"{_dns(each.segment.payload)} ({size})"
    except dns.exception.DNSException:
        return f"domain [length {size}{f' < {DNS_HEADER}' if size < DNS_HEADER else ''}] (invalid)"


def _dns(data: bytes) -> str:
    message = dns.message.from_wire(data, raise_on_truncation=False)
    flag = message.flags
    if not flag & dns.flags.QR:
        extra = " [1au]" if message.opt is not None else ""
        questions = [f" {dns.rdatatype.to_text(each.rdtype)}? {each.name}" for each in message.question]
        return f"{message.id}{'+' if flag & dns.flags.RD else ''}{extra}{''.join(questions)}"
    code = dns.rcode.to_text(message.rcode())
    named = "" if code == "NOERROR" else f" {CODES.get(code, code)}"
    marks = (("*", flag & dns.flags.AA), ("-", not flag & dns.flags.RA), ("|", flag & dns.flags.TC))
    counts = [sum(len(rrset) for rrset in part) for part in (message.answer, message.authority, message.additional)]
    counts[2] += message.opt is not None
    records = [f" {dns.rdatatype.to_text(rrset.rdtype)} {data}" for rrset in message.answer for data in rrset]
    shown = "".join(mark for mark, holds in marks if holds)
    return f"{message.id}{named}{shown} {'/'.join(map(str, counts))}{','.join(records)}"


def _echo(each: Captured) -> str:
    packet = each.packet
    kind = "request" if packet.sport else "reply"
    name = "ICMP6, echo" if packet.family == V6 else "ICMP echo"
    return f"{name} {kind}, id {packet.sport or packet.dport}, seq 1, length {PING}"


def _unreachable(each: Captured) -> str:
    """The ICMP message that says so, about the packet that went the other way."""
    packet, size = each.packet, len(frame(each.ethernet, each.packet, each.segment))
    about = f"{packet.source} {packet.protocol} port {packet.sport} unreachable"
    told = _internet(Packet(each.segment.reporter or packet.source, 0, packet.destination, 0, ECHO))
    if packet.family == V6:
        where = about.removesuffix(" unreachable")
        return f"{told} ICMP6, destination unreachable, unreachable port, {where}, length {size - 54}"
    return f"{told} ICMP {about}, length {size - 34}"


TOLD: Mapping[str, Callable[[Captured], str]] = {
    "tcp": _tcp,
    "udp": _udp,
    ECHO: _echo,
    "sctp": lambda each: f"sctp (1) [{'INIT ACK' if each.segment.flags & ACK else 'INIT'}]",
}
