"""Packets as the bytes on a wire, with the checksums that a receiver would look at; and a file of them.

Upstream: RFC 791 (IPv4), 8200 (IPv6), 9293 (TCP), 768 (UDP), 9260 (SCTP), 792 and 4443 (ICMP), 7348 (VXLAN), and
draft-ietf-opsawg-pcap.
"""

from __future__ import annotations

import hashlib
import ipaddress
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.conntrack import NUMBERS
from kdisco.net.packet import ECHO, Packet

if TYPE_CHECKING:
    from kdisco.net.vxlan import Outer

__all__ = ["ACK", "PSH", "RST", "SYN", "Segment", "checksum", "crc32c", "first_number", "frame", "pcap", "wrap"]

V6 = 6
SYN, RST, PSH, ACK = 0x02, 0x04, 0x08, 0x10  # TCP flags
WINDOW = 64240  # of a Linux socket at first
ETHERTYPES = {4: 0x0800, V6: 0x86DD}
UNREACHABLE = {4: (3, 3), V6: (1, 4)}  # ICMP type and code of port unreachable
ECHOES = {4: (8, 0), V6: (128, 129)}  # ICMP types of a ping and of its answer
SENT_AT, DATA = bytes(16), bytes(range(0x10, 0x38))  # what a ping carries
UDP_HEADER = 8  # bytes
DONT_FRAGMENT = 0x4000
HAS_VNI = 0x08
INIT, INIT_ACK = 1, 2  # SCTP chunks
CASTAGNOLI = 0x82F63B78  # the polynomial of CRC32c
MAGIC, VERSION, SNAPLEN, ETHERNET = 0xA1B2C3D4, (2, 4), 262144, 1  # of a pcap file


@frozen(kw_only=True)
class Segment:
    """What a packet carries beside its addresses: TCP's ``flags``, sequence number and awaited number; ``payload``.

    ``ttl`` counts down at each router. ``error``: it is an ICMP message by which ``reporter`` ("": who was asked)
    tells the receiver that its own packet, the way back of this one, found nobody; ``awaited`` was its number, ``left``
    what was left of its ``ttl``.
    """

    flags: int = 0
    number: int = 0
    awaited: int = 0
    payload: bytes = b""
    ttl: int = 64
    error: bool = False
    reporter: str = ""
    left: int = 64


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): 0 over data that holds its own."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def crc32c(data: bytes) -> int:
    """SCTP's checksum."""
    left = 0xFFFFFFFF
    for byte in data:
        left ^= byte
        for _ in range(8):
            left = left >> 1 ^ (CASTAGNOLI if left & 1 else 0)
    return left ^ 0xFFFFFFFF


def first_number(packet: Packet) -> int:
    """The sequence number of a TCP connection's first packet in this direction; a kernel draws it by the ends."""
    return int.from_bytes(hashlib.sha256(str(packet.with_mark(0)).encode()).digest()[:4], "big")


def frame(ethernet: tuple[str, str], packet: Packet, segment: Segment) -> bytes:
    """A packet in an Ethernet frame; ``ethernet`` are the hardware addresses from and to."""
    inside = _error(packet, segment) if segment.error else _internet(packet, _carried(packet, segment), segment.ttl)
    return _ethernet(ethernet, packet.family, inside)


def wrap(outer: Outer, inner: bytes) -> bytes:
    """The frame of a VXLAN packet that carries another one, ``inner`` from its Ethernet header on."""
    packet = Packet(outer.source, outer.sport, outer.destination, outer.dport, "udp")
    payload = struct.pack("!B3xI", HAS_VNI, outer.vni << 8) + inner
    return _ethernet(outer.ethernet, packet.family, _internet(packet, _udp(packet, Segment(payload=payload)), 64, 0))


def pcap(frames: Iterable[tuple[float, bytes]]) -> bytes:
    """A pcap file of frames with their times in seconds, which tcpdump and Wireshark read."""
    head = struct.pack("!IHHiIII", MAGIC, *VERSION, 0, 0, SNAPLEN, ETHERNET)
    return head + b"".join(_record(time, data) for time, data in frames)


def _record(time: float, data: bytes) -> bytes:
    return struct.pack("!IIII", *divmod(round(time * 1_000_000), 1_000_000), len(data), len(data)) + data


def _ethernet(ends: tuple[str, str], version: int, inside: bytes) -> bytes:
    source, destination = (bytes.fromhex(mac.replace(":", "")) for mac in ends)
    return destination + source + struct.pack("!H", ETHERTYPES[version]) + inside


def _ends(packet: Packet) -> bytes:
    return b"".join(ipaddress.ip_address(text).packed for text in (packet.source, packet.destination))


def _protocol(packet: Packet) -> int:
    return NUMBERS["icmpv6" if packet.protocol == ECHO and packet.family == V6 else packet.protocol]


def _internet(packet: Packet, inside: bytes, ttl: int, flags: int = DONT_FRAGMENT) -> bytes:
    """The IP header, and what it holds."""
    if packet.family == V6:
        return struct.pack("!IHBB", V6 << 28, len(inside), _protocol(packet), ttl) + _ends(packet) + inside
    fields = (0x45, 0, 20 + len(inside), 0, flags, ttl, _protocol(packet))
    summed = checksum(struct.pack("!BBHHHBBH", *fields, 0) + _ends(packet))
    return struct.pack("!BBHHHBBH", *fields, summed) + _ends(packet) + inside


def _summed(packet: Packet, data: bytes) -> int:
    """The checksum over the addresses too, as TCP, UDP and ICMPv6 take it."""
    if packet.family == V6:
        return checksum(_ends(packet) + struct.pack("!II", len(data), _protocol(packet)) + data)
    return checksum(_ends(packet) + struct.pack("!HH", _protocol(packet), len(data)) + data)


def _carried(packet: Packet, segment: Segment) -> bytes:
    return CARRIED[packet.protocol](packet, segment)


def _tcp(packet: Packet, segment: Segment) -> bytes:
    numbers = [number % (1 << 32) for number in (segment.number, segment.awaited)]
    window = 0 if segment.flags & RST else WINDOW
    fields = (packet.sport, packet.dport, *numbers, 5 << 4, segment.flags, window)
    data = struct.pack("!HHIIBBHHH", *fields, 0, 0) + segment.payload
    return struct.pack("!HHIIBBHHH", *fields, _summed(packet, data), 0) + segment.payload


def _udp(packet: Packet, segment: Segment) -> bytes:
    fields = (packet.sport, packet.dport, UDP_HEADER + len(segment.payload))
    data = struct.pack("!HHHH", *fields, 0) + segment.payload
    return struct.pack("!HHHH", *fields, _summed(packet, data) or 0xFFFF) + segment.payload


def _sctp(packet: Packet, segment: Segment) -> bytes:
    """The first chunk of an association, or its answer."""
    chunk = struct.pack("!BBHIIHHI", INIT_ACK if segment.flags & ACK else INIT, 0, 20, 1, WINDOW, 10, 10, 1)
    head = struct.pack("!HHI", packet.sport, packet.dport, 0)
    return head + struct.pack("<I", crc32c(head + bytes(4) + chunk)) + chunk


def _echo(packet: Packet, segment: Segment) -> bytes:  # noqa: ARG001 - as the others
    data = struct.pack("!HH", packet.sport or packet.dport, 1) + SENT_AT + DATA
    return _icmp(packet, (ECHOES[packet.family][not packet.sport], 0), data)


CARRIED: Mapping[str, Callable[[Packet, Segment], bytes]] = {"tcp": _tcp, "udp": _udp, "sctp": _sctp, ECHO: _echo}


def _icmp(packet: Packet, kind: tuple[int, int], data: bytes) -> bytes:
    whole = struct.pack("!BBH", *kind, 0) + data
    summed = _summed(packet, whole) if packet.family == V6 else checksum(whole)
    return struct.pack("!BBH", *kind, summed) + data


def _error(packet: Packet, segment: Segment) -> bytes:
    """Port unreachable, with the packet that it is about."""
    asked = packet.answer
    about = _internet(asked, _carried(asked, Segment(flags=SYN, number=segment.awaited)), segment.left)
    told = Packet(segment.reporter or packet.source, 0, packet.destination, 0, ECHO)
    return _internet(told, _icmp(told, UNREACHABLE[packet.family], bytes(4) + about), segment.ttl, 0)
