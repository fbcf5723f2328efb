"""How BIND's tools ask: every server in turn, again and again, TCP after a truncated answer, the search list.

Upstream: bind9 bin/dig/dighost.c (9.18).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
from attrs import define, field, frozen
from dns.rdataclass import RdataClass
from dns.rdatatype import RdataType

from kdisco.console.session import Session
from kdisco.model.address import parse_ip

__all__ = ["NO_SERVERS", "Client", "Received", "candidates", "reverse_name", "type_of"]

NO_SERVERS = ";; no servers could be reached\n"
QUERY_TIMEOUT = 5.0
COOKIE_BYTES = 8



@frozen(kw_only=True)
class Received:
    """A response: ``data`` as it came from ``server``, ``size`` bytes, ``protocol`` UDP or TCP."""

    message: dns.message.Message
    server: str
    protocol: str
    messages: tuple[bytes, ...] = field(repr=False)
    cookie: bytes | None = None  # that was sent

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(map(len, self.messages))

    @property
    def rcode(self) -> str:
        """The rcode's name."""
        return dns.rcode.to_text(self.message.rcode())

    def flag(self, name: str) -> bool:
        """Whether a header flag (``aa``, ``tc``, ``ra``) is set."""
        return bool(self.message.flags & dns.flags.from_text(name.upper()))

    @property
    def answers(self) -> Iterator[tuple[str, str, str]]:
        """The answer's records: owner, type, data."""
        for rrset in self.message.answer:
            for data in rrset:
                yield rrset.name.to_text(), dns.rdatatype.to_text(rrset.rdtype), data.to_text()


    @property
    def last_name(self) -> str:
        """The name that the aliases of the answer lead to."""
        name = self.message.question[0].name.to_text()
        for owner, kind, data in self.answers:
            name = data if kind == "CNAME" and owner.lower() == name.lower() else name
        return name


@define(kw_only=True)
class Client:
    """One tool's way to ask. ``timeout`` in seconds; each further server is asked once ``tries`` have been in vain.

    ``text`` is the name as typed, ``said`` collects what it complains, ``last_word`` is what is
    to be said where no server could be reached.
    """

    session: Session
    servers: tuple[str, ...]
    text: str
    port: int = 53
    tries: int = 3
    timeout: float = QUERY_TIMEOUT
    tcp: bool = False
    ignore: bool = False
    edns: int | None = None
    cookie: bool = False
    flags: int = int(dns.flags.RD)
    wants_dnssec: bool = False
    comments: bool = True
    said: str = ""
    last_word: str = NO_SERVERS
    secret: bytes | None = None

    def ask(self, name: dns.name.Name, rdtype: int, rdclass: int = dns.rdataclass.IN) -> Received | None:
        """The response to a question, None when no server could be reached."""
        query = self._query(name, rdtype, rdclass)
        tcp, tries, last = self.tcp, self.tries, len(self.servers) - 1
        for place, server in enumerate(self.servers):
            while True:
                found = self._exchange(server, query, tcp=tcp)
                if found is not None and found.flag("tc") and not (tcp or self.ignore):
                    self.said += ";; Truncated, retrying in TCP mode.\n" if self.comments else ""
                    tcp = True
                    found = self._exchange(server, query, tcp=True)
                tries -= found is None
                if tcp and found is None and (tries > 0 or place == last):
                    self.said += NO_SERVERS  # by TCP it is said after each try
                if found is not None or tries <= 0:
                    break
            if found is not None and (found.rcode != "SERVFAIL" or place == last):
                return found
            if found is not None and self.comments:
                self.said += f";; Got SERVFAIL reply from {server}, trying next server\n"
        self.last_word = "" if tcp else NO_SERVERS
        return None

    def _exchange(self, server: str, query: dns.message.Message, *, tcp: bool) -> Received | None:
        protocol = "tcp" if tcp else "udp"
        found = self.session.exchange(server, query.to_wire(), protocol, self.port, self.timeout)
        if found.messages and found.messages[0]:
            message = dns.message.from_wire(found.messages[0], raise_on_truncation=False)
            for further in found.messages[1:]:
                for rrset in dns.message.from_wire(further, one_rr_per_rrset=True).answer:
                    message.answer.append(rrset)
            return Received(
                message=message,
                server=server,
                protocol=protocol.upper(),
                messages=found.messages,
                cookie=self.secret,
            )
        problem = "connection refused" if found.refused else "timed out"
        if tcp:
            place = f"{server}#{self.port}({server})"
            self.said += f";; Connection to {place} for {self.text} failed: {problem}.\n"
        else:
            self.said += f";; communications error to {server}#{self.port}: {problem}\n"
        return None

    def _query(self, name: dns.name.Name, rdtype: int, rdclass: int) -> dns.message.Message:
        query = dns.message.make_query(
            name, RdataType.make(rdtype), RdataClass.make(rdclass), id=self.session.number(1 << 16)
        )
        query.flags = dns.flags.Flag(self.flags)
        if self.edns is not None:
            self.secret = self.session.number(1 << 64).to_bytes(COOKIE_BYTES, "big") if self.cookie else None
            options: list[dns.edns.Option] = []
            if self.secret:
                options.append(dns.edns.GenericOption(dns.edns.OptionType.COOKIE, self.secret))
            flags = int(dns.flags.DO) if self.wants_dnssec else 0
            query.use_edns(0, flags, self.edns, options=options)
        return query


def candidates(name: str, searches: tuple[str, ...], ndots: int) -> list[dns.name.Name]:
    """The names that are asked for in turn as long as they do not exist; raises DNSException for what is no name."""
    itself = dns.name.from_text(name)
    if name.endswith("."):
        return [itself]
    searched = []
    for domain in searches:
        try:
            searched.append(dns.name.from_text(name, dns.name.from_text(domain)))
        except dns.exception.DNSException:  # too long with this domain
            continue
    return [itself, *searched] if name.count(".") >= ndots else [*searched, itself]


def reverse_name(text: str) -> str:
    """``10.96.0.1`` as the name of its PTR record, without final dot; of a part of an address what there is."""
    found = parse_ip(text)
    if found:
        return ipaddress.ip_address(found[1]).reverse_pointer
    return ".".join(reversed([part for part in text.split(".") if part])) + ".in-addr.arpa"


def type_of(text: str) -> int | None:
    """A record type by its name, None for no type."""
    try:
        return int(dns.rdatatype.from_text(text))
    except (dns.exception.DNSException, ValueError):
        return None
