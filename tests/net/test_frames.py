"""Packets as bytes: the fields where they belong, and checksums that a receiver takes."""

from __future__ import annotations

import ipaddress
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.net.conntrack import NUMBERS
from kdisco.net.frames import ACK, RST, SYN, Segment, checksum, crc32c, first_number, frame, pcap, wrap
from kdisco.net.packet import Packet
from kdisco.net.vxlan import wrapped

ENDS = ("02:00:00:00:00:01", "02:00:00:00:00:02")
V4, V6 = ("10.244.0.5", "10.96.0.10"), ("fd00:10:244::5", "fd00:10:96::a")
HEAD = 14  # bytes of an Ethernet header


def packet(ends: tuple[str, str], protocol: str, sport: int = 40000, dport: int = 53) -> Packet:
    """A packet between two addresses."""
    return Packet(ends[0], sport, ends[1], dport, protocol)


def inside(data: bytes) -> tuple[bytes, bytes, int]:
    """The pseudo header, what the IP packet carries, and its protocol; its own header is checked."""
    if data[12:14] == b"\x86\xdd":
        length, protocol = struct.unpack("!HB", data[HEAD + 4 : HEAD + 7])
        body = data[HEAD + 40 :]
        assert len(body) == length
        return data[HEAD + 8 : HEAD + 40] + struct.pack("!II", length, protocol), body, protocol
    assert data[12:14] == b"\x08\x00"
    head, body = data[HEAD : HEAD + 20], data[HEAD + 20 :]
    assert checksum(head) == 0
    assert struct.unpack("!H", head[2:4])[0] == len(head) + len(body)
    return head[12:20] + struct.pack("!HH", head[9], len(body)), body, head[9]


def test_checksums_known_to_everybody() -> None:
    assert checksum(bytes.fromhex("45000073000040004011 0000 c0a80001c0a800c7")) == 0xB861
    assert checksum(b"\x00\x01\xf2\x03\xf4\xf5\xf6\xf7") == 0xFFFF - 0xDDF2
    assert crc32c(b"123456789") == 0xE3069283


@given(st.binary(max_size=99))
def test_a_checksum_over_its_own_data_is_nothing(data: bytes) -> None:
    data += b"\0" * (len(data) % 2)
    assert checksum(data + struct.pack("!H", checksum(data))) == 0


ports = st.integers(1, 65535)
addresses = st.one_of(
    st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4)), st.tuples(st.ip_addresses(v=6), st.ip_addresses(v=6))
)
Ends = tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ipaddress.IPv4Address | ipaddress.IPv6Address]


@given(ends=addresses, sport=ports, dport=ports, protocol=st.sampled_from(["tcp", "udp"]), payload=st.binary())
def test_every_frame_says_what_its_packet_says(
    ends: Ends, sport: int, dport: int, protocol: str, payload: bytes
) -> None:
    asked = Packet(str(ends[0]), sport, str(ends[1]), dport, protocol)
    data = frame(ENDS, asked, Segment(flags=SYN, payload=payload, ttl=63))
    pseudo, body, number = inside(data)
    assert pseudo.startswith(ends[0].packed + ends[1].packed)
    assert number == NUMBERS[protocol]
    assert struct.unpack("!HH", body[:4]) == (sport, dport)
    assert checksum(pseudo + body) == 0
    assert body.endswith(payload)


@pytest.mark.parametrize("ends", [V4, V6], ids=["IPv4", "IPv6"])
def test_tcp_numbers_and_flags(ends: tuple[str, str]) -> None:
    asked = packet(ends, "tcp")
    _, body, _ = inside(frame(ENDS, asked, Segment(flags=SYN | ACK, number=7, awaited=(1 << 32) + 3)))
    number, awaited, length, flags, window = struct.unpack("!IIBBH", body[4:16])
    assert (number, awaited, length, flags, window) == (7, 3, 0x50, 0x12, 64240)
    _, body, _ = inside(frame(ENDS, asked, Segment(flags=RST | ACK, awaited=8)))
    assert struct.unpack("!IIBBH", body[4:16]) == (0, 8, 0x50, 0x14, 0)


@pytest.mark.parametrize(("ends", "types"), [(V4, (8, 0)), (V6, (128, 129))], ids=["IPv4", "IPv6"])
def test_a_ping_and_its_answer(ends: tuple[str, str], types: tuple[int, int]) -> None:
    asked = packet(ends, "icmp", 77, 0)
    for each, kind in ((asked, types[0]), (asked.answer, types[1])):
        pseudo, body, _ = inside(frame(ENDS, each, Segment()))
        assert checksum((pseudo if ends == V6 else b"") + body) == 0
        assert struct.unpack("!BBxxHH", body[:8]) == (kind, 0, 77, 1)
        assert len(body) == 64


@pytest.mark.parametrize(("ends", "kind"), [(V4, (3, 3)), (V6, (1, 4))], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_an_unreachable_port_is_told_with_the_packet_that_asked(
    ends: tuple[str, str], kind: tuple[int, int], protocol: str
) -> None:
    asked = packet(ends, protocol)
    reporter = ends[0].replace("5", "1")
    told = frame(ENDS, asked.answer, Segment(error=True, reporter=reporter))
    pseudo, body, _ = inside(told)
    packed = [ipaddress.ip_address(text).packed for text in (reporter, ends[0])]
    assert pseudo.startswith(b"".join(packed))
    assert checksum((pseudo if ends == V6 else b"") + body) == 0
    assert struct.unpack("!BB", body[:2]) == kind
    again = frame(ENDS, asked, Segment(flags=SYN, ttl=64))
    assert body[8:] == again[HEAD:]


def test_sctp_begins_an_association() -> None:
    _, body, number = inside(frame(ENDS, packet(V4, "sctp"), Segment()))
    assert number == 132
    assert struct.unpack("<I", body[8:12])[0] == crc32c(body[:8] + bytes(4) + body[12:])
    assert (body[12], len(body) - 12) == (1, struct.unpack("!H", body[14:16])[0])


@pytest.mark.parametrize(("ends", "nodes", "around"), [
    (V4, ("172.18.0.3", "172.18.0.4"), 50),
    (V6, ("fd00:172:18::3", "fd00:172:18::4"), 70),
], ids=["IPv4", "IPv6"])
def test_vxlan_takes_its_room(ends: tuple[str, str], nodes: tuple[str, str], around: int) -> None:
    asked = packet(ends, "tcp")
    outer = wrapped(asked, "node-1", nodes[0], "node-2", nodes[1])
    inner = frame(outer.inner_ethernet, asked, Segment(flags=SYN))
    data = wrap(outer, inner)
    assert len(data) == len(inner) + around
    pseudo, body, number = inside(data)
    assert (number, struct.unpack("!HHH", body[:6])) == (17, (outer.sport, 8472, len(inner) + 16))
    assert checksum(pseudo + body) == 0
    assert body[8:16] == bytes.fromhex("0800000000000100")
    assert body[16:] == inner


def test_connections_begin_with_other_numbers_and_a_mark_is_not_on_the_wire() -> None:
    asked = packet(V4, "tcp")
    assert first_number(asked) != first_number(asked.answer)
    assert len({first_number(packet(V4, "tcp", port)) for port in range(1000, 1100)}) == 100
    assert first_number(asked.with_mark(0x4000)) == first_number(asked)


def test_a_file_has_a_head_and_a_record_each() -> None:
    data = pcap([(1.5, b"abc"), (2.000001, b"")])
    assert data[:24] == struct.pack("!IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    assert data[24:] == struct.pack("!IIII", 1, 500000, 3, 3) + b"abc" + struct.pack("!IIII", 2, 1, 0, 0)


def test_addresses_are_those_of_the_system_library() -> None:
    data = frame(ENDS, packet(V4, "udp"), Segment())
    assert socket.inet_ntop(socket.AF_INET, data[HEAD + 12 : HEAD + 16]) == V4[0]
    assert data[:12].hex(":") == f"{ENDS[1]}:{ENDS[0]}"
