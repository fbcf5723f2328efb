"""A response as dig prints it: header, sections in columns, statistics. Upstream: bind9 lib/dns/masterdump.c, dig.c."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from kdisco.console.bind import Received

__all__ = ["answered", "records", "statistics"]

TTL, CLASS, TYPE, DATA, TAB = 24, 32, 40, 48, 8  # columns, and what a tab is worth
FLAGS = ("qr", "aa", "tc", "rd", "ra", "ad", "cd")
MDNS = ("local.", "254.169.in-addr.arpa.", "8.e.f.ip6.arpa.", "9.e.f.ip6.arpa.", "a.e.f.ip6.arpa.", "b.e.f.ip6.arpa.")
COOKIE = 10
MULTICAST = """\
;; WARNING: .local is reserved for Multicast DNS
;; You are currently testing what happens when an mDNS query is leaked to DNS
"""
Shown = Mapping[str, bool]  # dig's display flags by name


def answered(found: Received, shown: Shown) -> Iterator[str]:
    """The response without statistics."""
    message, comments = found.message, shown["comments"]
    if comments:
        yield from _header(message)
        yield from _pseudosection(message, found.cookie)
    if shown["question"]:
        yield ";; QUESTION SECTION:\n" if comments else ""
        yield from (_question(rrset, wide=shown["ttlid"] and shown["class"]) for rrset in message.question)
        yield "\n" if comments else ""
    for name, section in (("answer", message.answer), ("authority", message.authority)):
        yield from _section(name, section, shown)
    yield from _section("additional", message.additional, shown)


def statistics(found: Received, server: str, port: int, date: str) -> Iterator[str]:
    """The lines at the end; ``server`` is what the user calls it."""
    yield ";; Query time: 0 msec\n"
    yield f";; SERVER: {found.server}#{port}({server}) ({found.protocol})\n"
    yield f";; WHEN: {date}\n"


def records(section: Iterable[dns.rrset.RRset], shown: Shown) -> Iterator[str]:
    """A line a record."""
    for rrset in section:
        for data in rrset:
            rdata = data.to_text()
            kind, rdclass = dns.rdatatype.to_text(rrset.rdtype), dns.rdataclass.to_text(rrset.rdclass)
            if not (shown["ttlid"] and shown["class"]):
                words = [rrset.name.to_text(), *([str(rrset.ttl)] if shown["ttlid"] else [])]
                yield " ".join([*words, *([rdclass] if shown["class"] else []), kind, rdata]) + "\n"
                continue
            cells = ((str(rrset.ttl), TTL), (rdclass, CLASS), (kind, TYPE), (rdata, DATA))
            yield _columns(rrset.name.to_text(), cells) + "\n"


def _header(message: dns.message.Message) -> Iterator[str]:
    yield ";; Got answer:\n"
    names = [rrset.name.to_text().lower() for rrset in message.question]
    if any(f".{name}".endswith(f".{zone}") for name in names for zone in MDNS):
        yield MULTICAST
    opcode, rcode = dns.opcode.to_text(message.opcode()), dns.rcode.to_text(message.rcode())
    yield f";; ->>HEADER<<- opcode: {opcode}, status: {rcode}, id: {message.id}\n"
    flags = " ".join(name for name in FLAGS if message.flags & dns.flags.from_text(name.upper()))
    sections = (message.question, message.answer, message.authority, message.additional)
    counts = [sum(len(rrset) or 1 for rrset in section) for section in sections]
    counts[3] += message.edns >= 0
    names = ["QUERY", "ANSWER", "AUTHORITY", "ADDITIONAL"]
    told = ", ".join(f"{name}: {count}" for name, count in zip(names, counts, strict=True))
    yield f";; flags: {flags}; {told}\n"
    if message.flags & dns.flags.RD and not message.flags & dns.flags.RA:
        yield ";; WARNING: recursion requested but not available\n"
    yield "\n"


def _pseudosection(message: dns.message.Message, asked: bytes | None) -> Iterator[str]:
    if message.edns < 0:
        return
    flags = " do" if message.ednsflags & dns.flags.DO else ""
    yield f";; OPT PSEUDOSECTION:\n; EDNS: version: {message.edns}, flags:{flags}; udp: {message.payload}\n"
    for option in message.options:
        if int(option.otype) == COOKIE:
            data = option.to_wire() or b""
            how = " (echoed)" if data == asked else " (good)" if asked and data.startswith(asked) else " (bad)"
            yield f"; COOKIE: {data.hex()}{how}\n"


def _question(rrset: dns.rrset.RRset, *, wide: bool) -> str:
    kind, rdclass = dns.rdatatype.to_text(rrset.rdtype), dns.rdataclass.to_text(rrset.rdclass)
    if not wide:
        return f";{rrset.name} {rdclass} {kind}\n"
    return ";" + _columns(rrset.name.to_text(), ((rdclass, CLASS), (kind, TYPE))) + "\n"


def _section(name: str, section: list[dns.rrset.RRset], shown: Shown) -> Iterator[str]:
    if not shown[name] or not section:
        return
    yield f";; {name.upper()} SECTION:\n" if shown["comments"] else ""
    yield from records(section, shown)
    yield "\n" if shown["comments"] else ""


def _columns(first: str, cells: Iterable[tuple[str, int]]) -> str:
    """Texts at columns, by tabs where one lies between, else by a space at least."""
    text, at = first, len(first)
    for cell, column in cells:
        to = max(column, at + 1)
        tabs = to // TAB - at // TAB
        spaces = to - (to // TAB * TAB if tabs else at)
        text += "\t" * tabs + " " * spaces + cell
        at = to + len(cell)
    return text
