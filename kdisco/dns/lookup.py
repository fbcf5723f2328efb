"""The course of one getaddrinfo(): every question it sent, why each ended as it did, and what came of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from html import escape

from attrs import define, field, frozen

from kdisco.dns.names import IPV6, parse_ip

__all__ = ["NOTHING_CAME", "Lookup", "Walk", "by_preference"]

NOTHING_CAME = ""  # the rcode of a question that nobody answered
Rows = Sequence[tuple[str, str, str]]  # (owner, type, data)
ADDRESSES = ("A", "AAAA")
PRECEDENCES = (  # RFC 6724 section 2.1: longest prefix first
    ("::1/128", 50),
    ("::ffff:0:0/96", 35),
    ("2001::/32", 5),
    ("2002::/16", 30),
    ("fc00::/7", 3),
    ("::/0", 40),
)


@frozen(kw_only=True)
class Lookup:
    """What getaddrinfo() asked and found.

    ``questions`` lists every packet, repeats too: (qname, qtype, rcode), rcode one of NOERROR, NODATA,
    NXDOMAIN, SERVFAIL, TIMEOUT; ``reasons`` says in words why, one a question. ``canonical`` has no final
    dot; ``error`` is None or the name of the error, EAI_NONAME for one. ``seconds`` is the time it took.
    """

    questions: tuple[tuple[str, str, str], ...] = ()
    addresses: tuple[str, ...] = ()
    canonical: str | None = None
    error: str | None = None
    seconds: float = 0.0
    name: str = ""
    libc: str = ""
    searches: tuple[str, ...] = ()
    ndots: int = 1
    reasons: tuple[str, ...] = field(default=(), repr=False)

    @property
    def verdict(self) -> str:
        """The end in one line: the addresses and whose they are, or the error."""
        if self.error:
            return f"{self.error} after {_count(len(self.questions), 'question')}, {self.seconds:g} s"
        asked = _count(len(self.questions), "question")
        return f"{', '.join(self.addresses)} ({self.canonical}) after {asked}, {self.seconds:g} s"

    def __str__(self) -> str:
        """One line a question with its reason, then the verdict."""
        search = f"search {' '.join(self.searches)}" if self.searches else "no search list"
        rows = [(str(number), *row) for number, row in enumerate(self._rows(), 1)]
        widths = [max((len(row[at]) for row in rows), default=0) for at in range(4)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)) for row in rows]
        head = f"{self.libc} looks up {self.name} ({search}, ndots:{self.ndots})"
        return "\n".join([head, *lines, f"-> {self.verdict}"])

    def _repr_html_(self) -> str:
        """The same as a small table."""
        names = ("question", "type", "answer", "why")
        head = "".join(f"<th scope='col'>{name}</th>" for name in names)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self._rows())
        caption = escape(f"{self.libc} looks up {self.name}: {self.verdict}")
        rows = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        return f"<table class='kdisco lookup'><caption>{caption}</caption>{rows}</table>"

    def _rows(self) -> list[tuple[str, str, str, str]]:
        return [(*question, reason) for question, reason in zip(self.questions, self.reasons, strict=True)]


@define(kw_only=True)
class Walk:
    """A lookup while it happens: the questions so far and what they brought."""

    name: str
    libc: str
    searches: tuple[str, ...]
    ndots: int
    questions: list[tuple[str, str, str]] = field(factory=list)
    reasons: list[str] = field(factory=list)
    addresses: list[str] = field(factory=list)
    canonical: str = ""
    seconds: float = 0.0

    def note(self, qname: str, qtype: str, rcode: str, records: Rows, domain: str | None) -> None:
        """Write down one packet and its end; ``domain`` is the search domain that made the name, if one did."""
        outcome = {NOTHING_CAME: "TIMEOUT", "NOERROR": "NOERROR" if records else "NODATA"}.get(rcode, rcode)
        self.questions.append((qname, qtype, outcome))
        self.reasons.append(_reason(qtype, outcome, records, domain))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds

    def take(self, qname: str, answers: Iterable[Rows]) -> bool:
        """Take the addresses out of a candidate's answers, following CNAMEs; whether there were any."""
        rows = [row for records in answers for row in records]
        aliases = {owner.lower(): data for owner, kind, data in rows if kind == "CNAME"}
        canonical = qname
        for _ in aliases:
            canonical = aliases.get(canonical.lower(), canonical)
        self.canonical = canonical.removesuffix(".")
        self.addresses = list(dict.fromkeys(data for _, kind, data in rows if kind in ADDRESSES))
        return bool(self.addresses)

    def found(self, addresses: Iterable[str], canonical: str) -> Lookup:
        """The lookup that ended well."""
        return self._lookup(tuple(addresses), canonical.removesuffix("."), None)

    def failed(self, error: str) -> Lookup:
        """The lookup that ended with an error."""
        return self._lookup((), None, error)

    def _lookup(self, addresses: tuple[str, ...], canonical: str | None, error: str | None) -> Lookup:
        return Lookup(
            questions=tuple(self.questions),
            addresses=addresses,
            canonical=canonical,
            error=error,
            seconds=self.seconds,
            name=self.name,
            libc=self.libc,
            searches=self.searches,
            ndots=self.ndots,
            reasons=tuple(self.reasons),
        )


def by_preference(addresses: Iterable[str], own: Sequence[str]) -> list[str]:
    """Addresses as RFC 6724 sorts them for a host with ``own`` addresses: reachable families first, then precedence.

    With no ``own`` addresses known every family counts as reachable.
    """
    families = {found[0] for found in map(parse_ip, own) if found}

    def rank(address: str) -> tuple[bool, int]:
        found = parse_ip(address)
        return bool(families) and found is not None and found[0] not in families, -_precedence(address)

    return sorted(addresses, key=rank)


def _precedence(address: str) -> int:
    found = parse_ip(address)
    as_ipv6 = found[1] if found and found[0] == IPV6 else f"::ffff:{address}"
    number = ipaddress.IPv6Address(as_ipv6)
    return next(value for prefix, value in PRECEDENCES if number in ipaddress.IPv6Network(prefix))


def _reason(qtype: str, outcome: str, records: Rows, domain: str | None) -> str:
    if outcome == "NOERROR":
        found = [data for _, kind, data in records if kind in ADDRESSES]
        return ", ".join(found) or f"an alias only: {records[-1][2]} has no {qtype}"
    below = domain.strip(".") if domain else ""
    return {
        "NODATA": f"the name exists, no {qtype}",
        "NXDOMAIN": f"no such name below {below}" if below else "no such name",
        "SERVFAIL": "the server could not answer",
        "TIMEOUT": "no reply",
    }.get(outcome, f"the server said {outcome}")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
