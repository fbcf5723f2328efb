"""DNS messages as bytes, as CoreDNS reads and writes them: what is refused, what fits, what is cut off.

Names keep their letter case even where they are compressed; dnspython's own writer would fold it.
Upstream: miekg/dns server.go, acceptfunc.go, msg_truncate.go; coredns request/request.go (1.14).
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, Any

import dns.exception
import dns.message
import dns.opcode
import dns.rcode
from attrs import frozen
from dns.name import Name

from kdisco.dns.response import Record, Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["HEADER", "Edns", "Query", "badvers", "pack", "refusal", "unpack"]

HEADER = 12  # bytes
SHORTEST, LONGEST = 512, 65535  # bytes: UDP without EDNS, TCP
FRAGMENTS = {False: 1480, True: 1220}  # bytes over which an answer by UDP is compressed, by IPv6 or not
MOST_COUNTS = (1, 1, 1, 2)  # questions (exactly), answers, authority and additional records of a query
ACCEPTED = (dns.opcode.QUERY, dns.opcode.NOTIFY)
QR, AA, TC, RD, RA, AD, CD = 0x8000, 0x400, 0x200, 0x100, 0x80, 0x20, 0x10  # header flags; plain numbers are faster
OPCODE = 0x7800
REFUSED_FLAGS = TC | RD | RA | AD | CD
LONGEST_LABEL = 63
FLAGS_KEPT = 0xFF00  # of an OPT record: the DO bit among them
OPT, IN = 41, 1
OPT_HEAD, OPT_FIXED = b"\0\0\x29", 11  # the root and the type; bytes before the options
REFLECTED = (3, 9, 10, 11, 12)  # options sent back as they came: NSID, EXPIRE, COOKIE, TCP keepalive, PADDING


@frozen
class Edns:
    """The OPT record of a query: its size, flags and the options that are sent back."""

    payload: int
    version: int = 0
    flags: int = 0
    options: bytes = b""


@frozen
class Query:
    """A query as received: ``flags`` is the header's second word, ``type`` and ``rdclass`` numbers."""

    id: int
    flags: int
    name: Name
    type: int
    rdclass: int = IN
    edns: Edns | None = None

    def limit(self, protocol: str) -> int:
        """How many bytes a response may have."""
        if protocol != "udp":
            return LONGEST
        return max(self.edns.payload, SHORTEST) if self.edns else SHORTEST


def unpack(data: bytes) -> Query | bytes:
    """The query that ``data`` holds, or the bytes to send back instead: a refusal, or nothing at all."""
    if len(data) < HEADER:
        return b""
    message_id, flags, *counts = struct.unpack_from("!HHHHHH", data)
    if flags & QR:
        return b""
    if dns.opcode.from_flags(flags) not in ACCEPTED:
        return refusal(message_id, flags, dns.rcode.NOTIMP)
    most = MOST_COUNTS
    if counts[0] != most[0] or any(count > limit for count, limit in zip(counts, most, strict=True)):
        return refusal(message_id, flags, dns.rcode.FORMERR)
    try:
        plain = _plain(message_id, flags, counts, data)
        return plain or _checked(message_id, flags, data)
    except dns.exception.DNSException:
        return refusal(message_id, flags, dns.rcode.FORMERR)


def _plain(message_id: int, flags: int, counts: Sequence[int], data: bytes) -> Query | None:
    """A query of one uncompressed question and perhaps an OPT record, as nearly all are, read without dnspython."""
    labels, at = list[bytes](), HEADER
    while at < len(data) and 0 < data[at] <= LONGEST_LABEL:
        labels.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    end = at + 5
    if len(data) < end or data[at] or counts[1:] not in ([0, 0, 0], [0, 0, 1]):
        return None
    edns = _plain_opt(data[end:]) if counts[3] else None
    if counts[3] and edns is None:
        return None
    kind, rdclass = struct.unpack_from("!HH", data, at + 1)
    return Query(message_id, flags, Name((*labels, b"")), kind, rdclass, edns)


def _plain_opt(data: bytes) -> Edns | None:
    """The OPT record that ``data`` begins with, None when it begins with anything else."""
    if len(data) < OPT_FIXED or data[:3] != OPT_HEAD:
        return None
    payload, _, version, flags, length = struct.unpack_from("!HBBHH", data, 3)
    at, end, options = OPT_FIXED, OPT_FIXED + length, b""
    while at + 4 <= min(end, len(data)):
        code, size = struct.unpack_from("!HH", data, at)
        options += data[at : at + 4 + size] if code in REFLECTED else b""
        at += 4 + size
    return Edns(payload, version, flags & FLAGS_KEPT, options) if at == end <= len(data) else None


def _checked(message_id: int, flags: int, data: bytes) -> Query:
    """Any other query, every record of it checked."""
    message = dns.message.from_wire(data, ignore_trailing=True)
    asked = message.question[0]
    return Query(message_id, flags, asked.name, int(asked.rdtype), int(asked.rdclass), _edns(message))


def refusal(message_id: int, flags: int, rcode: int) -> bytes:
    """A response of a header alone; the opcode survives only where it is the reason."""
    kept = flags & (REFUSED_FLAGS | (OPCODE if rcode == dns.rcode.NOTIMP else 0))
    return struct.pack("!HHHHHH", message_id, kept | QR | rcode, 0, 0, 0, 0)


def badvers(query: Query) -> bytes:
    """The response to an EDNS version other than 0; upstream leaves out the question."""
    opt = struct.pack("!BHHBBHH", 0, OPT, 0, dns.rcode.BADVERS >> 4, 0, 0, 0)
    return struct.pack("!HHHHHH", query.id, _flags(query, Response()), 0, 0, 0, 1) + opt


def pack(query: Query, response: Response, limit: int, protocol: str = "udp", *, over_ipv6: bool = False) -> bytes:
    """The response to ``query`` in at most ``limit`` bytes: compressed when needed, then cut with TC set.

    ``over_ipv6`` says how the client is reached: long answers by UDP are compressed to spare fragments.
    """
    opt = _opt(query.edns)
    sections = response.answer, response.authority, response.additional
    body, counts = _body(query, sections, None, None)
    size = len(body) + len(opt)
    cut = False
    if size > limit or (protocol == "udp" and size > FRAGMENTS[over_ipv6]):
        body, counts = _body(query, sections, limit - len(opt), _Offsets())
        cut = counts != tuple(map(len, sections))
    flags = _flags(query, response) | (TC if cut else 0)
    answers, authority, additional = counts
    return struct.pack("!HHHHHH", query.id, flags, 1, answers, authority, additional + bool(opt)) + body[HEADER:] + opt


class _Offsets(dict[Any, Any]):
    """Where names stand in the message, by exact spelling: dnspython's names compare without case."""

    def get(self, name: Name, default: Any = None) -> Any:
        return super().get(name.labels, default)

    def __setitem__(self, name: Name, offset: int) -> None:
        super().__setitem__(name.labels, offset)


def _body(
    query: Query, sections: Iterable[Sequence[Record]], limit: int | None, offsets: _Offsets | None
) -> tuple[bytes, tuple[int, ...]]:
    """The message behind room for its header, and how many records of each section fit into ``limit``."""
    out = BytesIO()
    out.write(bytes(HEADER))
    _write_name(out, query.name, offsets)
    out.write(struct.pack("!HH", query.type, query.rdclass))
    counts: list[int] = []
    full = False
    for section in sections:
        counts.append(0)
        for record in () if full else section:
            start = out.tell()
            _write(out, record, offsets)
            if limit is not None and out.tell() > limit:  # nothing comes after the first that does not fit
                out.truncate(start)
                out.seek(start)
                full = True
                break
            counts[-1] += 1
    return out.getvalue(), tuple(counts)


def _write(out: BytesIO, record: Record, offsets: _Offsets | None) -> None:
    _write_name(out, record.name, offsets)
    if offsets is None:
        data = record.rdata.to_wire() or b""
        out.write(struct.pack("!HHIH", record.type, IN, record.ttl, len(data)) + data)
        return
    out.write(struct.pack("!HHIH", record.type, IN, record.ttl, 0))
    start = out.tell()
    record.rdata.to_wire(out, offsets)
    end = out.tell()
    out.seek(start - 2)
    out.write(struct.pack("!H", end - start))
    out.seek(end)


def _write_name(out: BytesIO, name: Name, offsets: _Offsets | None) -> None:
    if offsets is None:
        out.write(name.to_wire() or b"")
    else:
        name.to_wire(out, offsets)


def _flags(query: Query, response: Response) -> int:
    kept = query.flags & (OPCODE | RD | CD)
    own = (AA if response.aa else 0) | (RA if response.ra else 0)
    return int(kept | QR | own | response.rcode)


def _edns(message: dns.message.Message) -> Edns | None:
    if message.edns < 0:
        return None
    options = b"".join(
        struct.pack("!HH", option.otype, len(data)) + data
        for option in message.options
        if option.otype in REFLECTED and (data := option.to_wire()) is not None
    )
    return Edns(message.payload, message.edns, message.ednsflags & FLAGS_KEPT, options)


def _opt(edns: Edns | None) -> bytes:
    if edns is None:
        return b""
    return struct.pack("!BHHIH", 0, OPT, edns.payload, edns.flags, len(edns.options)) + edns.options
