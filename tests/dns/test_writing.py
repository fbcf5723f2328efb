"""Responses as bytes: sizes, compression, what is cut off, letter case; dnspython as the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.name
import pytest
from dns.rdatatype import RdataType
from hypothesis import given
from hypothesis import strategies as st

from kdisco.dns.response import Record, Response, fqdn, rdata, rdata_of_address
from kdisco.dns.wire import Edns, Query
from kdisco.dns.writing import badvers, pack

if TYPE_CHECKING:
    from dns.rdata import Rdata

OWNER = fqdn("abcdefghijkl.shop.example.com.")  # 31 bytes on the wire
SIZES = [(10, 497, False), (11, 223, False), (29, 511, False), (30, 511, True)]  # records, bytes, cut


def addresses(count: int) -> Response:
    found = (rdata_of_address(f"10.0.{number // 256}.{number % 256}") for number in range(count))
    return Response(answer=tuple(Record(OWNER, 30, data) for data in found), aa=True)


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
    assert asked(Edns(100)).limit("tcp") == 65535
    assert asked().limit("tcp") == 65535


def test_room_is_kept_for_the_options() -> None:
    query = asked(Edns(512, options=b"\0\x0a\0\x28" + bytes(40)))
    data = pack(query, addresses(40), 512)
    assert len(data) <= 512
    assert len(dns.message.from_wire(data).answer[0]) == 25
    assert dns.message.from_wire(data).options[0].to_wire() == bytes(40)


def test_tcp_is_cut_at_64_kib() -> None:
    data = pack(asked(), addresses(5000), 65535, "tcp")
    assert 65535 - 16 < len(data) <= 65535
    assert dns.message.from_wire(data).flags & dns.flags.TC


def test_long_answers_by_udp_are_compressed_to_spare_fragments() -> None:
    query = asked(Edns(65535))
    sizes = {ipv6: len(pack(query, addresses(26), 65535, over_ipv6=ipv6)) for ipv6 in (False, True)}
    assert sizes[True] < 1220 < sizes[False] <= 1480
    assert len(pack(query, addresses(50), 65535, "tcp")) > 1480


def test_letter_case_survives_compression() -> None:
    target = fqdn("cart.shop.EXAMPLE.com.")
    response = Response(answer=tuple(Record(OWNER, 30, rdata(RdataType.CNAME, target)) for _ in range(20)))
    message = dns.message.from_wire(pack(asked(capitals=True), response, 1000))
    assert message.question[0].name.to_text() == OWNER.to_text().upper()
    assert message.answer[0].name.to_text() == OWNER.to_text()
    assert message.answer[0][0].to_text() == "cart.shop.EXAMPLE.com."


def test_targets_of_srv_are_not_compressed_but_pointed_to() -> None:
    targets = [fqdn(f"pod-{number:02}.db.shop.example.com.") for number in range(12)]
    response = Response(
        answer=tuple(Record(OWNER, 30, rdata(RdataType.SRV, 0, 8, 80, target)) for target in targets),
        additional=tuple(Record(target, 30, rdata_of_address("10.0.0.1")) for target in targets),
    )
    data = pack(asked(), response, 850)
    assert data.count(b"\7example") == 1 + len(targets)
    assert len(data) == 12 + 35 + 12 * (2 + 10 + 6 + 28) + 12 * (2 + 10 + 4)
    found = dns.message.from_wire(data)
    assert [rrset.name for rrset in found.additional] == targets
    cut = dns.message.from_wire(pack(asked(), response, 750))
    assert (cut.flags & dns.flags.TC, len(cut.answer[0]), len(cut.additional)) == (dns.flags.TC, 12, 9)


def test_nothing_is_pointed_to_beyond_16_kib() -> None:
    names = [fqdn(f"n{number}.{'x' * 60}.example.com.") for number in range(900)]
    records = tuple(Record(name, 5, rdata_of_address("fd00::1")) for name in (*names, *names))
    found = dns.message.from_wire(pack(asked(), Response(answer=records), 65535, "tcp"), one_rr_per_rrset=True)
    assert [rrset.name for rrset in found.answer][: len(names)] == names


def test_bare_flags() -> None:
    query = Query(1, 0x7FF0, OWNER, 1)
    assert pack(query, Response(rcode=5, ra=True), 512)[2:4] == (0x8000 | 0x7800 | 0x80 | 5).to_bytes(2)
    assert badvers(Query(1, 0x110, OWNER, 1))[2:4] == b"\x81\x10"


labels = st.lists(st.sampled_from([b"a", b"A", b"shop", b"svc", b"x" * 40]), min_size=1, max_size=4)
names = labels.map(lambda found: dns.name.Name((*found, b"")))
datas = st.one_of(
    st.ip_addresses().map(lambda ip: rdata_of_address(str(ip))),
    names.map(lambda name: rdata(RdataType.CNAME, name)),
    names.map(lambda name: rdata(RdataType.PTR, name)),
    names.map(lambda name: rdata(RdataType.SRV, 0, 5, 80, name)),
    names.map(lambda name: rdata(RdataType.SOA, name, name, 1, 2, 3, 4, 5)),
    st.just(rdata(RdataType.TXT, [b"1.1.0"])),
)
sections = st.lists(st.tuples(names, datas), max_size=8)


def rows(found: dns.message.Message, section: int) -> list[tuple[tuple[bytes, ...], Rdata]]:
    return [(rrset.name.labels, rrset[0]) for rrset in found.sections[section]]


@given(names, sections, sections, st.booleans())
def test_what_is_written_is_what_dnspython_reads(
    name: dns.name.Name,
    answer: list[tuple[dns.name.Name, Rdata]],
    additional: list[tuple[dns.name.Name, Rdata]],
    squeezed: bool,  # noqa: FBT001 - drawn
) -> None:
    response = Response(
        answer=tuple(Record(*each) for each in ((owner, 30, data) for owner, data in answer)),
        additional=tuple(Record(owner, 30, data) for owner, data in additional),
    )
    query = Query(7, 0x100, name, 1, edns=Edns(65535))
    plain = pack(query, response, 65535, "tcp")
    limit = max(512, len(plain) // 2) if squeezed else 65535
    data = pack(query, response, limit, "tcp")
    assert len(data) <= min(limit, len(plain))
    found = dns.message.from_wire(data, one_rr_per_rrset=True)
    whole = [[(owner.labels, record) for owner, record in each] for each in (answer, [], additional)]
    for section, wanted in enumerate(whole, 1):
        got = rows(found, section)
        assert got == wanted[: len(got)]
        assert len(got) == len(wanted) or found.flags & dns.flags.TC
