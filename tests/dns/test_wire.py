"""Queries as bytes: what is refused, what is not answered, what is overlooked, and that nothing raises."""

from __future__ import annotations

import struct

import dns.edns
import dns.message
import dns.opcode
import dns.rcode
import dns.tsigkeyring
import pytest
from attrs import evolve
from dns.rcode import Rcode
from dns_samples import SHOP, server_of
from hypothesis import example, given
from hypothesis import strategies as st

from kdisco.corefile.file import parse
from kdisco.dns.server import Server
from kdisco.dns.wire import Edns, Query, unpack

SERVER = server_of(SHOP)
NAME = b"\4cart\4shop\3svc\7cluster\5local\0"
ASKED = NAME + b"\0\1\0\1"
OPT = b"\0\0\x29\4\xd0\0\0\x80\0"  # 1232 bytes, DO; the length of the options comes next
RD, QUERY_ID = 0x100, 77


def message(
    body: bytes = ASKED, flags: int = RD, counts: tuple[int, ...] = (1, 0, 0, 0), message_id: int = QUERY_ID
) -> bytes:
    return struct.pack("!HHHHHH", message_id, flags, *counts) + body


def opt(*options: tuple[int, bytes]) -> bytes:
    data = b"".join(struct.pack("!HH", code, len(value)) + value for code, value in options)
    return OPT + struct.pack("!H", len(data)) + data


def with_opt(*options: tuple[int, bytes]) -> bytes:
    return message(ASKED + opt(*options), counts=(1, 0, 0, 1))


def read(data: bytes) -> Query:
    found = unpack(data)
    assert isinstance(found, Query), found
    return found


def refused(data: bytes, server: Server = SERVER) -> tuple[int, int, int]:
    """(length, flags, questions) of what comes back."""
    found = server.wire(data)
    message_id, flags, questions = struct.unpack_from("!HHH", found)
    assert message_id == QUERY_ID
    assert flags & 0x8000
    return len(found), flags & 0x7FFF, questions


@pytest.mark.parametrize("data", [b"", b"short", message()[:11], message(flags=0x8000), message(b"", 0x8100)])
def test_what_is_never_answered(data: bytes) -> None:
    assert SERVER.wire(data) == b""


@pytest.mark.parametrize(
    ("counts", "flags", "rcode"),
    [
        ((0, 0, 0, 0), RD, Rcode.FORMERR),
        ((2, 0, 0, 0), RD, Rcode.FORMERR),
        ((1, 2, 0, 0), RD, Rcode.FORMERR),
        ((1, 0, 2, 0), RD, Rcode.FORMERR),
        ((1, 0, 0, 3), RD, Rcode.FORMERR),
        ((9, 9, 9, 9), RD | 0x0800, Rcode.NOTIMP),  # IQUERY: the opcode is looked at first
        ((1, 0, 0, 0), RD | 0x2800, Rcode.NOTIMP),  # UPDATE
        ((0, 0, 0, 0), 0x2000, Rcode.FORMERR),  # NOTIFY is understood, its opcode is not kept in FORMERR
    ],
)
def test_a_header_may_be_reason_enough(counts: tuple[int, ...], flags: int, rcode: Rcode) -> None:
    kept = flags if rcode == Rcode.NOTIMP else flags & ~0x7800
    assert refused(message(flags=flags, counts=counts)) == (12, kept | rcode, 0)


def test_a_refusal_repeats_all_flags_but_aa_and_the_reserved_one() -> None:
    assert refused(message(flags=0x7FF, counts=(0, 0, 0, 0)))[1] == 0x3B0 | Rcode.FORMERR


@pytest.mark.parametrize(("flags", "back"), [(0x7FF, 0x110), (0x2000 | 0x7FF, 0x2000)])
def test_a_header_alone_has_no_question_that_could_be_answered(flags: int, back: int) -> None:
    assert refused(message(b"", flags)) == (12, back | Rcode.SERVFAIL, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"\4car",  # ends within a label
        b"\4cart",  # no root
        b"\x40" + bytes(64) + b"\0\0\1\0\1",  # reserved bits
        b"\x80\0\0\1\0\1",
        b"\xc0\x0c\0\1\0\1",  # points to itself
        b"\1a\xc0\x0c\0\1\0\1",
        b"\xc0",
        b"\xc0\xff\0\1\0\1",  # beyond the end
        b"\x3f" * 256 + b"\0\0\1\0\1",  # more than 255 bytes
        NAME + b"\0",  # half a type
        NAME + b"\0\1\0",
    ],
)
def test_a_question_that_cannot_be_read_is_left_out(body: bytes) -> None:
    assert refused(message(body)) == (12, RD | Rcode.FORMERR, 0)


@pytest.mark.parametrize(
    "rest",
    [
        b"\4car",
        OPT,  # no length
        OPT + b"\0\4\0\3\0",  # rdata cut off
        OPT + b"\0\3\0\3\0",  # an option's head cut off
        OPT + b"\0\4\0\3\0\1",  # its value cut off
        opt((8, b"\0\1\x21\0")),  # client subnet of 33 bits of IPv4
        opt((8, b"\0\3\0\0")),
        opt((8, b"\0\0\1\0")),
        opt((8, b"\0")),
        opt((9, b"\0\0")),
        opt((11, b"\0")),
        opt((1, b"\0")),
        opt((2, b"\0")),
        opt((15, b"\0")),
        b"\0\0\1\0\1\0\0\0\0\0\3abc",  # an A record of three bytes
    ],
)
def test_a_record_that_cannot_be_read_refuses_the_question_as_read(rest: bytes) -> None:
    assert refused(message(ASKED + rest, counts=(1, 0, 0, 1))) == (12 + len(ASKED), RD | Rcode.FORMERR, 1)


@pytest.mark.parametrize(
    ("body", "counts"),
    [
        (ASKED + b"trailing", (1, 0, 0, 0)),
        (ASKED, (1, 1, 1, 2)),  # the counts are not believed
        (ASKED + b"\xc0\x0c\0\1\0\1\0\0\0\0\0\0", (1, 0, 0, 1)),  # a record without data, of any type
        (ASKED + b"\0\xfe\xdc\0\1\0\0\0\0\0\3abc", (1, 0, 0, 1)),  # of an unknown type
        (b"\4cart\4shop\3svc\7cluster\xc0\x28\0\1\0\1\5local\0", (1, 0, 0, 0)),  # a pointer forwards
    ],
)
def test_what_is_overlooked(body: bytes, counts: tuple[int, ...]) -> None:
    assert dns.message.from_wire(SERVER.wire(message(body, counts=counts))).answer[0][0].to_text() == "10.96.10.11"


def test_a_question_may_end_early() -> None:
    assert (read(message(NAME)).type, read(message(NAME)).rdclass) == (0, 0)
    assert (read(message(NAME + b"\0\x1c")).type, read(message(NAME + b"\0\x1c")).rdclass) == (28, 0)
    assert read(message(b"\0\0\2\0\1")).name.to_text() == "."


def test_of_several_opt_records_the_last_counts_whatever_its_name() -> None:
    named = b"\1x" + opt((10, b"12345678"))
    assert read(message(ASKED + opt() + named, counts=(1, 0, 0, 2))).edns == Edns(
        1232, 0, 0x8000, b"\0\x0a\0\x0812345678"
    )
    assert read(message(ASKED + named + opt(), counts=(1, 0, 0, 2))).edns == Edns(1232, 0, 0x8000)
    assert read(message(ASKED + opt(), counts=(1, 1, 0, 0))).edns is None


@pytest.mark.parametrize(
    ("option", "back"),
    [
        ((3, b""), (3, b"")),
        ((9, b"\0\0\0\1\2"), (9, b"\0\0\0\1")),
        ((10, b"12345678"), (10, b"12345678")),
        ((11, b"\0\0"), (11, b"")),
        ((11, b"\0\5"), (11, b"\0\5")),
        ((12, bytes(9)), (12, bytes(9))),
        ((8, b"\0\1\x18\0\xc0\0\2"), None),  # client subnet
        ((8, b"\0\0\0\7"), None),
        ((65001, b"x"), None),
    ],
)
def test_which_options_are_sent_back(option: tuple[int, bytes], back: tuple[int, bytes] | None) -> None:
    found = dns.message.from_wire(SERVER.wire(with_opt(option)))
    assert [(int(each.otype), each.to_wire()) for each in found.options] == ([back] if back else [])
    assert (found.payload, found.ednsflags) == (1232, 0x8000)


def test_of_the_flags_of_an_opt_record_the_upper_half_is_kept() -> None:
    data = message(ASKED + b"\0\0\x29\4\xd0\x7f\0\xff\xff\0\0", counts=(1, 0, 0, 1))
    found = dns.message.from_wire(SERVER.wire(data))
    assert (found.ednsflags, found.rcode()) == (0xFF00, Rcode.NOERROR)


def test_other_edns_versions_are_badvers() -> None:
    query = dns.message.make_query("cart.shop.svc.cluster.local.", "A", use_edns=1)
    found = dns.message.from_wire(SERVER.wire(query.to_wire()))
    assert (found.rcode(), found.edns, found.payload, found.question) == (Rcode.BADVERS, 0, 0, [])


def test_a_signature_is_read_and_left_alone() -> None:
    query = dns.message.make_query("cart.shop.svc.cluster.local.", "A")
    query.use_tsig(dns.tsigkeyring.from_text({"key.": "aaaa"}))
    found = dns.message.from_wire(SERVER.wire(query.to_wire()))
    assert (found.rcode(), len(found.answer), found.additional, found.had_tsig) == (Rcode.NOERROR, 1, [], False)


def test_a_notify_is_answered_as_a_query_but_repeats_no_wish() -> None:
    found = dns.message.from_wire(SERVER.wire(message(flags=0x2110)))
    assert (found.opcode(), found.flags & 0x7F0, len(found.answer)) == (dns.opcode.NOTIFY, 0x400, 1)


@pytest.mark.parametrize("rdclass", [0, 3, 4, 254, 255, 999])
def test_other_classes_come_in_where_forward_opens_the_door(rdclass: int) -> None:
    data = message(NAME + struct.pack("!HH", 1, rdclass))
    found = dns.message.from_wire(SERVER.wire(data))
    assert (found.rcode(), int(found.question[0].rdclass), int(found.answer[0].rdclass)) == (0, rdclass, 1)


def test_the_serial_of_an_ixfr() -> None:
    soa = b"\0\0\6\0\1\0\0\0\0\0\x16" + bytes(2) + struct.pack("!IIIII", 42, 0, 0, 0, 0)
    data = message(ASKED + soa, counts=(1, 0, 1, 0))
    assert read(data).serial == 42
    assert read(message(ASKED + soa, counts=(1, 1, 0, 0))).serial is None


def test_no_more_than_512_bytes_are_read_of_a_datagram() -> None:
    padded = with_opt((12, bytes(600)))
    assert dns.message.from_wire(SERVER.wire(padded, "tcp")).rcode() == Rcode.NOERROR
    assert refused(padded) == (12 + len(ASKED), RD | Rcode.FORMERR, 1)


@given(st.integers(0, 0xFFFF), st.lists(st.binary(min_size=1, max_size=63), max_size=5), st.booleans())
def test_dnspython_and_we_read_the_same(number: int, labels: list[bytes], edns: bool) -> None:  # noqa: FBT001 - drawn
    name = dns.name.Name((*labels, b""))
    if len(name.to_wire() or b"") > 255:
        return
    query = dns.message.make_query(name, "TXT", use_edns=edns, payload=number, id=number)
    found = read(query.to_wire())
    assert (found.id, found.name.labels, found.type) == (number, name.labels, 16)
    assert found.edns == (Edns(number) if edns else None)


@given(st.binary(max_size=80), st.sampled_from(["udp", "tcp"]), st.booleans())
@example(b"", "udp", True)  # noqa: FBT003 - an example
def test_any_bytes_are_answered_or_not_but_never_raise(noise: bytes, protocol: str, header: bool) -> None:  # noqa: FBT001 - drawn
    check(message(noise, counts=(1, 0, 0, len(noise) % 3)) if header else noise, protocol)


@given(st.data())
def test_damaged_queries(data: st.DataObject) -> None:
    damaged = bytearray(with_opt((10, b"12345678"), (8, b"\0\1\x18\0\xc0\0\2")))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(damaged)))
    check(bytes(damaged[:end]), data.draw(st.sampled_from(["udp", "tcp"])))


def check(data: bytes, protocol: str) -> None:
    found = SERVER.wire(data, protocol)
    assert found == b"" or (found[:2] == data[:2] and found[2] & 0x80)
    if found:
        read_back = dns.message.from_wire(found)
        assert int(read_back.rcode()) in (0, 1, 2, 3, 4, 5, 16)
        if read_back.rcode() == Rcode.NXDOMAIN:
            assert read_back.authority


@pytest.mark.parametrize(("forwarding", "rcode"), [(True, Rcode.NXDOMAIN), (False, Rcode.REFUSED)])
def test_the_version_is_asked_of_the_upstream_or_refused(forwarding: bool, rcode: Rcode) -> None:  # noqa: FBT001 - a table row
    forward = " forward . /etc/resolv.conf\n" if forwarding else ""
    server = evolve(SERVER, corefile=parse(f". {{\n kubernetes cluster.local\n{forward}}}"))
    query = dns.message.make_query("version.bind", "TXT", "CH")
    assert dns.message.from_wire(server.wire(query.to_wire())).rcode() == rcode
