"""DNS queries as bytes, as CoreDNS reads them: what is refused, what is not answered at all, what is overlooked.

The counts of the header are not believed: a message that ends where a record would begin has no such record.
Nor does it matter what comes behind the last record, where pointers in names lead, or how often there is an OPT
record and under which name: the last one counts. Upstream: miekg/dns server.go, acceptfunc.go, msg.go, edns.go
(1.1); coredns core/dnsserver/server.go, request/edns0.go (1.14).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence

import dns.rdata
import dns.rdataclass
import dns.rdatatype
from attrs import frozen
from dns.exception import DNSException
from dns.name import Name
from dns.rcode import FORMERR, NOTIMP, SERVFAIL

__all__ = ["HEADER", "IN", "OPT", "QR", "Edns", "Query", "name_bytes", "repeated", "unpack"]

HEADER = 12  # bytes
SHORTEST, LONGEST = 512, 65535  # bytes: UDP without EDNS, TCP
MOST_COUNTS = (1, 1, 1, 2)  # questions (exactly), answers, authority and additional records of a query
QR, TC, RD, RA, AD, CD = 0x8000, 0x200, 0x100, 0x80, 0x20, 0x10  # header flags; plain numbers are faster
OPCODE, OPCODES = 0x7800, (0, 4 << 11)  # the opcode's bits; QUERY and NOTIFY are understood
REFUSED_FLAGS = TC | RD | RA | AD | CD
LONGEST_LABEL, LONGEST_NAME = 63, 255  # bytes, the name with its lengths and the root
POINTER, MOST_POINTERS = 0xC0, 126
FLAGS_KEPT = 0xFF00  # of an OPT record: the DO bit among them
OPT, SOA, IN = 41, 6, 1
COUNTS, NUMBER = struct.Struct("!HHHHHH"), struct.Struct("!H")
QUESTION, RECORD, OPTION = struct.Struct("!HH"), struct.Struct("!HHIH"), struct.Struct("!HH")
NSID, EXPIRE, COOKIE, KEEPALIVE, PADDING = 3, 9, 10, 11, 12  # options that are sent back


class Malformed(DNSException):
    """Bytes that are no DNS message."""


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
    serial: int | None = None  # of an IXFR, what the asker has

    def limit(self, protocol: str) -> int:
        """How many bytes a response may have."""
        if protocol != "udp":
            return LONGEST
        return max(self.edns.payload, SHORTEST) if self.edns else SHORTEST


def unpack(data: bytes, protocol: str = "tcp") -> Query | bytes:
    """The query that ``data`` holds, or the bytes to send back instead: a refusal, or nothing at all.

    Of a message by ``udp`` no more than 512 bytes are read.
    """
    if protocol == "udp" and len(data) > SHORTEST:
        data = data[:SHORTEST]
    if len(data) < HEADER:
        return b""
    message_id, flags, *counts = COUNTS.unpack_from(data)
    if flags & QR:
        return b""
    answer = _answer_to_header(flags, counts, len(data) == HEADER)
    if answer:
        return _refusal(message_id, answer)
    question = b""
    try:
        name, at = _name(data, HEADER)
        kind, rdclass, at = _question(data, at)
        question = name_bytes(name.labels) + QUESTION.pack(kind, rdclass)
        edns, serial = _sections(data, at, counts) if at < len(data) else (None, None)
    except DNSException:
        return _refusal(message_id, flags & REFUSED_FLAGS | FORMERR, question)
    return Query(message_id, flags, name, kind, rdclass, edns, serial)


def _answer_to_header(flags: int, counts: Sequence[int], alone: bool) -> int:  # noqa: FBT001 - the message is its header
    """The flags of a refusal for which the header is reason enough, 0 where it is none."""
    if flags & OPCODE not in OPCODES:
        return flags & (REFUSED_FLAGS | OPCODE) | NOTIMP
    if counts[0] != 1 or counts[1] > MOST_COUNTS[1] or counts[2] > MOST_COUNTS[2] or counts[3] > MOST_COUNTS[3]:
        return flags & REFUSED_FLAGS | FORMERR
    return repeated(flags) | SERVFAIL if alone else 0  # taken for a message without a question: no plugin can answer


def repeated(flags: int) -> int:
    """Of a query's flags those that its response has too: what the asker wishes is repeated to queries only."""
    return flags & (OPCODE if flags & OPCODE else RD | CD)


def name_bytes(labels: tuple[bytes, ...]) -> bytes:
    """An absolute name as it is without compression."""
    return b"".join([bytes((len(label),)) + label for label in labels])


def _refusal(message_id: int, flags: int, question: bytes = b"") -> bytes:
    """A response of a header and perhaps the question, where the message could be read so far."""
    return COUNTS.pack(message_id, flags | QR, bool(question), 0, 0, 0) + question


def _name(data: bytes, at: int) -> tuple[Name, int]:
    """The name that begins at ``at``, and where what follows it does."""
    labels: list[bytes] = []
    left, pointers, end, size = LONGEST_NAME, 0, 0, len(data)
    while at < size:
        length = data[at]
        at += 1
        if not length:
            labels.append(b"")
            return Name(labels), end or at
        if length <= LONGEST_LABEL:
            left -= length + 1
            if left <= 0 or at + length > size:
                break
            labels.append(data[at : at + length])
            at += length
            continue
        pointers += 1
        if length < POINTER or at >= size or pointers > MOST_POINTERS:
            break
        end = end or at + 1
        at = (length ^ POINTER) << 8 | data[at]
    raise Malformed


def _question(data: bytes, at: int) -> tuple[int, int, int]:
    """Type and class of the question, and where what follows does; what the message ends before is 0."""
    if len(data) - at >= QUESTION.size:
        kind, rdclass = QUESTION.unpack_from(data, at)
        return kind, rdclass, at + QUESTION.size
    numbers = [0, 0]
    for place in range(2):
        if at < len(data):
            (numbers[place],) = _read(NUMBER, data, at)
            at += NUMBER.size
    return numbers[0], numbers[1], at


def _read(form: struct.Struct, data: bytes, at: int) -> tuple[int, ...]:
    if at + form.size > len(data):
        raise Malformed
    return form.unpack_from(data, at)


def _sections(data: bytes, at: int, counts: list[int]) -> tuple[Edns | None, int | None]:
    """The last OPT record of the additional section, and the serial of a SOA record in the authority section."""
    edns: Edns | None = None
    serial: int | None = None
    for section, count in enumerate(counts[1:], 1):
        for _ in range(count):
            if at == len(data):
                break
            at, found = _record(data, at)
            if section == len(counts) - 1 and isinstance(found, Edns):
                edns = found
            elif section == len(counts) - 2 and isinstance(found, int):
                serial = found
    return edns, serial


def _record(data: bytes, at: int) -> tuple[int, Edns | int | None]:
    """Where the record at ``at`` ends, and what of it matters: an OPT record, a SOA record's serial."""
    if not data[at]:
        at += 1  # the root, as of nearly all OPT records
    else:
        _, at = _name(data, at)
    kind, rdclass, ttl, length = _read(RECORD, data, at)
    start = at + RECORD.size
    end = start + length
    if end > len(data):
        raise Malformed
    if kind == OPT:
        options = b"".join(_options(data[start:end]))
        return end, Edns(rdclass, ttl >> 16 & 0xFF, ttl & FLAGS_KEPT, options)
    if not length:
        return end, None
    classed, typed = dns.rdataclass.RdataClass(rdclass), dns.rdatatype.RdataType(kind)
    found = dns.rdata.from_wire(classed, typed, data, start, length)
    return end, found.serial if kind == SOA else None  # type: ignore[attr-defined]  # SOA data


def _options(data: bytes) -> Iterator[bytes]:
    """Those options that are sent back, as they are written again."""
    at = 0
    while at < len(data):
        code, length = _read(OPTION, data, at)
        at += OPTION.size
        value = data[at : at + length]
        at += length
        if at > len(data) or not OPTIONS.get(code, _any)(value):
            raise Malformed
        if code in REFLECTED:
            value = REFLECTED[code](value)
            yield OPTION.pack(code, len(value)) + value


def _any(_value: bytes) -> bool:
    return True


def _subnet(value: bytes) -> bool:
    """Whether these are family, source and scope lengths and an address of a client's subnet."""
    if len(value) < 4:  # noqa: PLR2004 - what stands before the address
        return False
    family, source, scope = struct.unpack_from("!HBB", value)
    longest = {0: 0, 1: 32, 2: 128}.get(family)  # of an address, bits
    return longest is not None and source <= longest and (scope <= longest or not family)


OPTIONS: Mapping[int, Callable[[bytes], bool]] = {  # what must hold of an option's value, else the message is malformed
    1: lambda value: len(value) >= 18,  # noqa: PLR2004 - LLQ: five numbers
    2: lambda value: len(value) in (4, 8),  # UL: one lease or two
    8: _subnet,
    EXPIRE: lambda value: not value or len(value) >= 4,  # noqa: PLR2004 - seconds
    KEEPALIVE: lambda value: len(value) in (0, 2),
    15: lambda value: len(value) >= 2,  # noqa: PLR2004 - EDE: its code
}
REFLECTED: Mapping[int, Callable[[bytes], bytes]] = {  # the options that are sent back, and how
    NSID: bytes,
    EXPIRE: lambda value: value[:4],
    COOKIE: bytes,
    KEEPALIVE: lambda value: value.strip(b"\0") and value,
    PADDING: bytes,
}
