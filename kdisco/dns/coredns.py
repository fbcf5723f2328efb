"""CoreDNS's kubernetes plugin: a question in, a response out, or the question passed on.

Upstream: coredns plugin/kubernetes/handler.go, plugin/backend_lookup.go (1.14).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import dns.rcode
import dns.rdatatype
from attrs import evolve, frozen
from dns.name import Name
from dns.rdatatype import RdataType

from kdisco.dns.names import RecordRequest, address_of_reverse, parse
from kdisco.dns.question import Handler, Question
from kdisco.dns.records import NO_PORT, Entry, Records
from kdisco.dns.response import Record, Response, fqdn, join, rdata, rdata_of_address, start_of
from kdisco.model.address import IPV4, IPV6, parse_ip
from kdisco.model.domain import REVERSE, labels_of, within

__all__ = ["kubernetes"]

A, AAAA, CNAME, NS, PTR, SOA, SRV, TXT = (
    RdataType.A,
    RdataType.AAAA,
    RdataType.CNAME,
    RdataType.NS,
    RdataType.PTR,
    RdataType.SOA,
    RdataType.SRV,
    RdataType.TXT,
)
FAMILIES: dict[int, int] = {IPV4: int(A), IPV6: int(AAAA)}
TRANSFERS = (RdataType.AXFR, RdataType.IXFR)
SCHEMA_VERSION, SCHEMA_TTL = b"1.1.0", 28800  # of the DNS specification; its TTL is fixed
LONGEST_CHAIN = 10  # CNAMEs already followed that end the walk
FULL_WEIGHT = 100
Sections = tuple[tuple[Record, ...], tuple[Record, ...]]  # answer, additional


def kubernetes(question: Question, pass_on: Handler) -> Response:
    """Answer a name of the cluster's zone or of the reverse zones; anything else goes to the next plugin."""
    asked = InZone.of(question)
    if asked is None:
        return pass_on(question)
    if question.type in TRANSFERS:
        return Response(rcode=dns.rcode.REFUSED, served_by="kubernetes", bare=True)
    found = asked.sections()
    if found is None:
        options = question.site.options
        if within(question.labels, map(labels_of, options.fallthrough)):
            return pass_on(question)
        return asked.negative(dns.rcode.NXDOMAIN if question.site.config.dns.synced else dns.rcode.SERVFAIL)
    answer, additional = found
    if not answer:
        return asked.negative(dns.rcode.NOERROR)
    return Response(answer=answer, additional=additional, aa=True, served_by="kubernetes")


@frozen
class InZone:
    """A question in one of the plugin's zones: ``zone`` as spelled, ``rest`` the lower-case labels left of it."""

    question: Question
    zone: Name
    rest: tuple[str, ...]
    records: Records

    @classmethod
    def of(cls, question: Question) -> InZone | None:
        """The question in the zone that it belongs to, None when it belongs to none."""
        labels, site = question.labels, question.site
        longest = -1
        for zone in site.zones:
            if len(zone) > longest and labels[len(labels) - len(zone) :] == zone:
                longest = len(zone)
        if longest < 0:
            return None
        left = len(labels) - longest
        return cls(question, Name(question.name.labels[left:]), labels[:left], Records(site.view, site.options))

    @property
    def ttl(self) -> int:
        """The TTL of the plugin's records, seconds."""
        return self.question.site.options.ttl

    def sections(self) -> Sections | None:
        """The answer and additional sections; None is a name error, an empty answer NODATA."""
        return BY_TYPE.get(self.question.type, InZone.exists)(self)

    def negative(self, rcode: int) -> Response:
        """A response without an answer: the zone's SOA stands in its authority section."""
        return Response(rcode=rcode, authority=(self._start(),), aa=True, served_by="kubernetes")

    def _entries(self) -> tuple[Entry, ...] | None:
        """The result set of the name: None for a name error."""
        if self._names_server:
            own = [address for _, address in self._servers() if _family(address) == self.question.type]
            return tuple(Entry(address, self.rest) for address in own)
        request = self._request
        return None if request is None or (request.kind and self._is_reverse) else self.records.find(request)

    @property
    def _request(self) -> RecordRequest | None:
        return parse(self.rest, zonal=self.question.site.options.zonal)

    def exists(self) -> Sections | None:
        """What every other type comes to: NODATA where the name exists."""
        return None if self._entries() is None else ((), ())

    def addresses(self) -> Sections | None:
        """A and AAAA: the addresses, behind the CNAMEs that lead to them."""
        found = self.follow(())
        return None if found is None else (found, ())

    def follow(self, chain: tuple[Name, ...]) -> tuple[Record, ...] | None:
        """The address records of the question's type, ``chain`` being the targets of the CNAMEs that led here."""
        entries = self._entries()
        if entries is None:
            return None
        found: dict[str, tuple[Record, ...]] = {}
        for entry in entries:
            family = _family(entry.host)
            if entry.host and family is None:
                found[entry.host] = self._alias(entry.host, chain)
            elif family == self.question.type:
                found[entry.host] = (self._record(rdata_of_address(entry.host)),)
        return tuple(record for records in found.values() for record in records)

    def _alias(self, host: str, chain: tuple[Name, ...]) -> tuple[Record, ...]:
        """The CNAME to ``host`` and what it leads to; nothing where it leads nowhere inside the zone or in a circle."""
        target = fqdn(host)
        if target == self.question.name or len(chain) > LONGEST_CHAIN or target in chain:
            return ()
        alias = self._record(rdata(CNAME, target))
        onward = evolve(self.question, name=target)
        if not target.is_subdomain(self.zone):
            return (alias, *self.question.ask(onward).answer)
        left = len(target.labels) - len(self.zone.labels)
        inside = evolve(self, question=onward, rest=onward.labels[:left]).follow((*chain, target))
        return (alias, *inside) if inside else ()

    def srv(self) -> Sections | None:
        """SRV: each port at each target once, with the targets' addresses."""
        entries = self._entries()
        if entries is None:
            return None
        entries = tuple(entry for entry in entries if parse_ip(entry.host))  # no SRV for names outside
        weight = max(FULL_WEIGHT // max(len(entries), 1), 1)
        answer: dict[tuple[Name, int], Record] = {}
        additional: dict[tuple[Name, str], Record] = {}
        for entry in entries:
            if entry.port != NO_PORT:
                target = self._name(entry.target)
                answer.setdefault((target, entry.port), self._record(rdata(SRV, 0, weight, entry.port, target)))
                address = Record(target, self.ttl, rdata_of_address(entry.host))
                additional.setdefault((target, entry.host), address)
        return tuple(answer.values()), tuple(additional.values())

    def cname(self) -> Sections | None:
        """CNAME: an ExternalName's alias alone, not followed."""
        entries = self._entries()
        if entries is None:
            return None
        first = entries[0].host if entries else ""
        return ((self._record(rdata(CNAME, fqdn(first))),), ()) if first and not parse_ip(first) else ((), ())

    def txt(self) -> Sections | None:
        """TXT: the version of the DNS specification; of other names only those with records exist, and zones'."""
        if self.rest == ("dns-version",):
            return (Record(self.question.name, SCHEMA_TTL, rdata(TXT, [SCHEMA_VERSION])),), ()
        request = self._request
        found = None if request is None or self._is_reverse else self.records.find(request)
        known = found or (found is not None and request is not None and request.place)
        return ((), ()) if known else None

    def soa(self) -> Sections | None:
        """SOA: at the zone's own name; elsewhere NODATA, even where nothing is."""
        return ((self._start(),), ()) if not self.rest else ((), ())

    def ns(self) -> Sections | None:
        """NS: CoreDNS's own names with their addresses, at the zone's own name."""
        if self.rest or self._spelled_in_capitals:
            return self.exists()
        servers = [(self._name(labels), address) for labels, address in self._servers()]
        names = dict.fromkeys(name for name, _ in servers)
        glue = tuple(Record(name, self.ttl, rdata_of_address(address)) for name, address in servers)
        return tuple(self._record(rdata(NS, name)) for name in names), glue

    def ptr(self) -> Sections | None:
        """PTR: the names of an address; a name that spells none is treated as any other."""
        address = address_of_reverse(self.question.labels)
        if address is None:
            return self.exists()
        forward = fqdn(".".join(labels_of(self.question.site.options.zone)))
        names = self.records.names_of(address)
        return (tuple(self._record(rdata(PTR, join(labels, forward))) for labels in names), ()) if names else None

    def _servers(self) -> Iterator[tuple[tuple[str, ...], str]]:
        site = self.question.site
        found = self.records.nameservers(site.local_ips)
        return ((labels, address) for labels, address in found if parse_ip(address))

    @property
    def _names_server(self) -> bool:
        # Upstream looks for the zone as spelled in the lower-cased name, so capitals hide ns.dns.
        return self.rest == ("ns", "dns") and not self._spelled_in_capitals

    @property
    def _spelled_in_capitals(self) -> bool:
        return any(label != label.lower() for label in self.zone.labels)

    @property
    def _is_reverse(self) -> bool:
        return self.question.labels[-2:] in REVERSE

    def _start(self) -> Record:
        """The zone's SOA."""
        return start_of(self.zone.labels, self.question.site.serial, self.ttl)

    def _name(self, labels: tuple[str, ...]) -> Name:
        return join(labels, self.zone)

    def _record(self, data: dns.rdata.Rdata) -> Record:
        return Record(self.question.name, self.ttl, data)


BY_TYPE: dict[int, Callable[[InZone], Sections | None]] = {
    A: InZone.addresses,
    AAAA: InZone.addresses,
    CNAME: InZone.cname,
    NS: InZone.ns,
    PTR: InZone.ptr,
    SOA: InZone.soa,
    SRV: InZone.srv,
    TXT: InZone.txt,
}


def _family(host: str) -> int | None:
    found = parse_ip(host)
    return FAMILIES[found[0]] if found else None
