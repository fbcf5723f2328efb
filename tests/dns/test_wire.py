"""Bytes in, bytes out: sizes, letter case, refusals; dnspython and dig as readers of what is written."""

from __future__ import annotations

import socket
import struct
import subprocess
import threading

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import pytest
from dns.rdatatype import RdataType
from dns_samples import SHOP, server_of
from hypothesis import given
from hypothesis import strategies as st

from kdisco.dns.response import Record, Response, fqdn, rdata, rdata_of_address
from kdisco.dns.wire import Edns, Query, pack, unpack

OWNER = fqdn("abcdefghijkl.shop.example.com.")  # 31 bytes on the wire
SERVER = server_of(SHOP)


def addresses(count: int) -> Response:
    found = (rdata_of_address(f"10.0.{number // 256}.{number % 256}") for number in range(count))
    return Response(answer=tuple(Record(OWNER, 30, data) for data in found), aa=True)


COOKIE = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, b"12345678")
SIZES = [(10, 497, False), (11, 223, False), (29, 511, False), (30, 511, True)]  # records, bytes, cut


def with_options(*options: dns.edns.Option) -> dns.message.Message:
    return dns.message.make_query("cart.shop.svc.cluster.local.", "A", use_edns=0, options=list(options))


def asked(edns: Edns | None = None, *, capitals: bool = False) -> Query:
    return Query(7, 0x100, fqdn(OWNER.to_text().upper()) if capitals else OWNER, int(RdataType.A), edns=edns)


@pytest.mark.parametrize(("count", "size", "cut"), SIZES)
def test_compressed_only_when_needed_and_cut_only_then(count: int, size: int, cut: bool) -> None:  # noqa: FBT001 - a table row
    data = pack(asked(), addresses(count), 512)
    message = dns.message.from_wire(data)
    assert len(data) == size
    assert bool(message.flags & dns.flags.TC) == cut
    assert len(message.answer[0]) == min(count, 29)


def test_edns_size_is_the_limit_and_comes_back() -> None:
    query = asked(Edns(4096, flags=0x8000))
    message = dns.message.from_wire(pack(query, addresses(200), query.limit("udp")))
    assert (len(message.answer[0]), message.payload, message.ednsflags) == (200, 4096, 0x8000)
    assert asked(Edns(100)).limit("udp") == 512
    assert asked().limit("tcp") == 65535


def test_tcp_is_cut_at_64_kib() -> None:
    data = pack(asked(), addresses(5000), 65535, "tcp")
    assert len(data) <= 65535
    assert dns.message.from_wire(data).flags & dns.flags.TC


def test_long_answers_by_udp_are_compressed_to_spare_fragments() -> None:
    query = asked(Edns(65535))
    sizes = {ipv6: len(pack(query, addresses(26), 65535, over_ipv6=ipv6)) for ipv6 in (False, True)}
    assert sizes[True] < 1220 < sizes[False] <= 1480


def test_letter_case_survives_compression() -> None:
    target = fqdn("cart.shop.EXAMPLE.com.")
    response = Response(answer=tuple(Record(OWNER, 30, rdata(RdataType.CNAME, target)) for _ in range(20)))
    message = dns.message.from_wire(pack(asked(capitals=True), response, 1000))
    assert message.question[0].name.to_text() == OWNER.to_text().upper()
    assert message.answer[0].name.to_text() == OWNER.to_text()
    assert message.answer[0][0].to_text() == "cart.shop.EXAMPLE.com."


@pytest.mark.parametrize(
    ("flags", "counts", "rcode"),
    [
        (0x0000, (0, 0, 0, 0), dns.rcode.FORMERR),
        (0x0000, (2, 0, 0, 0), dns.rcode.FORMERR),
        (0x0000, (1, 2, 0, 0), dns.rcode.FORMERR),
        (0x0000, (1, 0, 0, 3), dns.rcode.FORMERR),
        (0x0000, (1, 0, 0, 0), dns.rcode.FORMERR),
        (0x2800, (1, 0, 0, 0), dns.rcode.NOTIMP),
    ],
)
def test_refusals(flags: int, counts: tuple[int, ...], rcode: int) -> None:
    found = SERVER.wire(struct.pack("!HHHHHH", 77, flags, *counts))
    message_id, back = struct.unpack_from("!HH", found)
    assert (len(found), message_id, back & 0x8000, back & 0xF) == (12, 77, 0x8000, rcode)


@pytest.mark.parametrize("data", [b"", b"short", struct.pack("!HHHHHH", 1, 0x8000, 1, 0, 0, 0)])
def test_what_is_never_answered(data: bytes) -> None:
    assert SERVER.wire(data) == b""


def test_other_edns_versions_are_badvers() -> None:
    query = dns.message.make_query("cart.shop.svc.cluster.local.", "A", use_edns=1)
    found = dns.message.from_wire(SERVER.wire(query.to_wire()))
    assert found.rcode() == dns.rcode.BADVERS
    assert found.edns == 0


def test_cookies_come_back_and_unknown_options_do_not() -> None:
    query = with_options(COOKIE, dns.edns.GenericOption("65001", b"x"))
    found = dns.message.from_wire(SERVER.wire(query.to_wire()))
    assert [int(option.otype) for option in found.options] == [10]


@pytest.mark.parametrize("edns", [False, True])
def test_both_readers_read_the_same(edns: bool) -> None:  # noqa: FBT001 - a table row
    query = dns.message.make_query("CaRt.shop.svc.cluster.local.", "SRV", use_edns=edns, payload=1400, id=9)
    data = query.to_wire()
    padded = query.to_wire() + b"trailing"
    read, again = unpack(data), unpack(padded)
    assert isinstance(read, Query)
    assert read == again
    assert read.name.to_text() == "CaRt.shop.svc.cluster.local."
    assert (read.edns.payload if read.edns else None) == (1400 if edns else None)


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_are_answered_or_not_but_never_raise(noise: bytes, header: bool) -> None:  # noqa: FBT001 - drawn
    data = struct.pack("!HHHHHH", 5, 0x100, 1, 0, 0, len(noise) % 3) + noise if header else noise
    found = SERVER.wire(data)
    assert found == b"" or (found[:2] == data[:2] and found[2] & 0x80)
    if found:
        dns.message.from_wire(found)


@given(st.data())
def test_damaged_queries(data: st.DataObject) -> None:
    query = with_options(COOKIE)
    damaged = bytearray(query.to_wire())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    found = SERVER.wire(bytes(damaged))
    assert found == b"" or found[:2] == damaged[:2]


@pytest.mark.peer("dig")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["cart.shop.svc.cluster.local"], "10.96.10.11"),
        (["-t", "SRV", "_http._tcp.cart.shop.svc.cluster.local"], "0 100 80 cart.shop.svc.cluster.local."),
        (["-x", "10.96.10.11"], "cart.shop.svc.cluster.local."),
        (["docs.shop.svc.cluster.local"], "www.site.example."),
        (["+noedns", "-t", "TXT", "dns-version.cluster.local"], '"1.1.0"'),
    ],
)
def test_dig_reads_the_answers(words: list[str], expected: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(10)

        def serve() -> None:
            data, client = listener.recvfrom(4096)
            listener.sendto(SERVER.wire(data), client)

        thread = threading.Thread(target=serve)
        thread.start()
        port = str(listener.getsockname()[1])
        command = ["dig", "@127.0.0.1", "-p", port, "+short", "+tries=1", *words]
        told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        thread.join()
    assert told.stdout.splitlines() == [expected]
    assert not told.stderr
