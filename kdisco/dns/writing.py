"""DNS responses as bytes, as CoreDNS writes them: compressed only when that is needed, then cut off.

Names keep their letter case even where they are compressed: only the very same spelling is pointed to. The target
of an SRV record is never compressed, but others point to it.
Upstream: miekg/dns msg.go, msg_truncate.go (1.1); coredns request/request.go, plugin/pkg/edns (1.14).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import dns.ipv4
import dns.ipv6
import dns.rcode
from dns.rdatatype import RdataType

from kdisco.dns.response import Record, Response
from kdisco.dns.wire import HEADER, IN, OPT, QR, Edns, Query, name_bytes, repeated

__all__ = ["badvers", "pack"]

FRAGMENTS = {False: 1480, True: 1220}  # bytes over which an answer by UDP is compressed, by IPv6 or not
AA, TC, RA = 0x400, 0x200, 0x80  # header flags
HEAD, QUESTION, RECORD = struct.Struct("!HHHHHH"), struct.Struct("!HH"), struct.Struct("!HHIH")
LENGTH, OPTION_HEAD, SRV_HEAD, TIMES = struct.Struct("!H"), struct.Struct("!BHHIH"), "!HHH", "!IIIII"
POINTER, POINTED = 0xC000, 0x4000  # a pointer's two bits; from here on there is nothing to point to
Labels = tuple[bytes, ...]
Offsets = dict[Labels, int]  # where the ends of names stand in the message, by exact spelling


def badvers(query: Query) -> bytes:
    """The response to an EDNS version other than 0; upstream leaves out the question."""
    opt = struct.pack("!BHHBBHH", 0, OPT, 0, dns.rcode.BADVERS >> 4, 0, 0, 0)
    return HEAD.pack(query.id, _flags(query, Response()), 0, 0, 0, 1) + opt


def pack(query: Query, response: Response, limit: int, protocol: str = "udp", *, over_ipv6: bool = False) -> bytes:
    """The response to ``query`` in at most ``limit`` bytes: compressed when needed, then cut with TC set.

    ``over_ipv6`` says how the client is reached: long answers by UDP are compressed to spare fragments.
    """
    opt = _opt(query.edns) if query.edns is not None else b""
    sections = response.answer, response.authority, response.additional
    wanted = (len(sections[0]), len(sections[1]), len(sections[2]))
    body, counts, cut = _whole(query, sections), wanted, 0
    size = len(body) + len(opt)
    if size > limit or (protocol == "udp" and size > FRAGMENTS[over_ipv6]):
        body, counts = _fitting(query, sections, limit - len(opt))
        cut = TC if counts != wanted else 0
    HEAD.pack_into(body, 0, query.id, _flags(query, response) | cut, 1, counts[0], counts[1], counts[2] + bool(opt))
    return bytes(body + opt)


def _whole(query: Query, sections: Sequence[Sequence[Record]]) -> bytearray:
    """The message without compression, behind room for its header."""
    asked = query.name
    name = name_bytes(asked.labels)
    out = bytearray(HEADER)
    out += name
    out += QUESTION.pack(query.type, query.rdclass)
    for section in sections:
        for record in section:
            out += name if record.name is asked else name_bytes(record.name.labels)
            _write_data(out, record, None)
    return out


def _fitting(
    query: Query, sections: Sequence[Sequence[Record]], limit: int
) -> tuple[bytearray, tuple[int, int, int]]:
    """The message compressed, and how many records of each section fit: none after the first that does not."""
    offsets: Offsets = {}
    out = bytearray(HEADER)
    _write_name(out, query.name.labels, offsets)
    out += QUESTION.pack(query.type, query.rdclass)
    counts = [0, 0, 0]
    for place, section in enumerate(sections):
        for record in section:
            start = len(out)
            _write_name(out, record.name.labels, offsets)
            _write_data(out, record, offsets)
            if len(out) > limit:
                del out[start:]
                return out, (counts[0], counts[1], counts[2])
            counts[place] += 1
    return out, (counts[0], counts[1], counts[2])


def _write_data(out: bytearray, record: Record, offsets: Offsets | None) -> None:
    """All of a record that comes after its name."""
    kind, data = record.type, record.rdata
    out += RECORD.pack(kind, IN, record.ttl, 0)
    start = len(out)
    write = DATA.get(kind)
    if write is None:
        out += data.to_wire() or b""
    else:
        write(out, data, offsets)
    LENGTH.pack_into(out, start - LENGTH.size, len(out) - start)


def _write_name(out: bytearray, labels: Labels, offsets: Offsets | None, *, compress: bool = True) -> None:
    """A name, its end as a pointer where it stands in the message already."""
    if offsets is None:
        out += name_bytes(labels)
        return
    for at, label in enumerate(labels[:-1]):
        rest = labels[at:]
        known = offsets.get(rest)
        if known is None:
            if len(out) < POINTED:
                offsets[rest] = len(out)
        elif compress:
            out += LENGTH.pack(POINTER | known)
            return
        out.append(len(label))
        out += label
    out.append(0)


@lru_cache(maxsize=4096)
def _address(text: str) -> bytes:
    return dns.ipv6.inet_aton(text) if ":" in text else dns.ipv4.inet_aton(text)


def _write_address(out: bytearray, data: Any, _offsets: Offsets | None) -> None:
    out += _address(data.address)


def _write_target(out: bytearray, data: Any, offsets: Offsets | None) -> None:
    _write_name(out, data.target.labels, offsets)


def _write_srv(out: bytearray, data: Any, offsets: Offsets | None) -> None:
    out += struct.pack(SRV_HEAD, data.priority, data.weight, data.port)
    _write_name(out, data.target.labels, offsets, compress=False)


def _write_mx(out: bytearray, data: Any, offsets: Offsets | None) -> None:
    out += LENGTH.pack(data.preference)
    _write_name(out, data.exchange.labels, offsets)


def _write_soa(out: bytearray, data: Any, offsets: Offsets | None) -> None:
    _write_name(out, data.mname.labels, offsets)
    _write_name(out, data.rname.labels, offsets)
    out += struct.pack(TIMES, data.serial, data.refresh, data.retry, data.expire, data.minimum)


DATA: Mapping[int, Callable[[bytearray, Any, Offsets | None], None]] = {  # what is not the same in every message
    int(RdataType.A): _write_address,
    int(RdataType.AAAA): _write_address,
    int(RdataType.CNAME): _write_target,
    int(RdataType.MX): _write_mx,
    int(RdataType.NS): _write_target,
    int(RdataType.PTR): _write_target,
    int(RdataType.SOA): _write_soa,
    int(RdataType.SRV): _write_srv,
}


def _flags(query: Query, response: Response) -> int:
    """The header's second word."""
    own = (AA if response.aa else 0) | (RA if response.ra else 0)
    return int(repeated(query.flags) | QR | own | response.rcode)


def _opt(edns: Edns) -> bytes:
    return OPTION_HEAD.pack(0, OPT, edns.payload, edns.flags, len(edns.options)) + edns.options
