"""CoreDNS's transfer plugin with what the kubernetes plugin gives it: a zone as a whole (AXFR), or what is new (IXFR).

What is new is everything, unless the asker has the newest serial. Not in a transfer: PTR records, names of
Pods, dns-version, endpoint names below Services with an address of their own.
Upstream: coredns plugin/transfer/transfer.go, plugin/kubernetes/xfr.go (1.14).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dns.rcode
from attrs import evolve, frozen
from dns.name import Name
from dns.rdatatype import RdataType

from kdisco.dns.names import SVC
from kdisco.dns.question import Handler, Question
from kdisco.dns.records import NO_PORT, Records
from kdisco.dns.response import Record, Response, fqdn, join, rdata, rdata_of_address, start_of
from kdisco.model.address import parse_ip
from kdisco.model.domain import within

if TYPE_CHECKING:
    from kdisco.corefile.options import Transfer
    from kdisco.model.endpoints import Endpoint, EndpointSlice
    from kdisco.model.service import Service

__all__ = ["transfer"]

TRANSFERS = (RdataType.AXFR, RdataType.IXFR)
FULL_WEIGHT = 100
UNSAID_PORT = 0xFFFF  # how the port of a Service without ports comes out
REFUSED = Response(rcode=dns.rcode.REFUSED, bare=True, served_by="transfer")


def transfer(question: Question, pass_on: Handler) -> Response:
    """Give a zone by TCP to who may have it."""
    if question.type not in TRANSFERS:
        return pass_on(question)
    if question.protocol != "tcp":
        return REFUSED
    rule = _rule(question)
    if rule is not None and not any(_is_for(host, question.client) for host in rule.to):
        return evolve(REFUSED, bare=False)
    if rule is not None and question.type == RdataType.IXFR and question.serial is None:
        return evolve(REFUSED, rcode=dns.rcode.SERVFAIL)
    if rule is None or not within(question.labels, question.site.zones):
        return pass_on(question)
    return _zone(question)


def _zone(question: Question) -> Response:
    """The zone from SOA to SOA, or the one SOA for who has it."""
    site = question.site
    start = start_of(question.name.labels, site.serial, site.options.ttl)
    if question.serial and question.serial == site.serial:
        return Response(answer=(start,), served_by="transfer")
    records = _Zone(question.name, site.options.ttl, Records(site.view, site.options)).records()
    return Response(answer=(start, *_servers(question), *records, start), aa=True, served_by="transfer")


def _rule(question: Question) -> Transfer | None:
    """The ``transfer`` for the longest zone that the name is in."""
    fitting = [
        (len(zone), rule)
        for rule in question.site.block.options.transfer
        for zone in rule.zones
        if within(question.labels, (zone,))
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _is_for(host: str, client: str | None) -> bool:
    return host == "*" or (client is not None and client in (host, host.rpartition(":")[0].strip("[]")))


def _servers(question: Question) -> Iterator[Record]:
    """NS records with, after each, all the addresses, whose TTL is left at 0."""
    site = question.site
    own = Records(site.view, site.options).nameservers(site.local_ips)
    found = [(join(labels, question.name), address) for labels, address in own if parse_ip(address)]
    glue = [Record(name, 0, rdata_of_address(address)) for name, address in found]
    for name in dict.fromkeys(name for name, _ in found):
        yield Record(question.name, site.options.ttl, rdata(RdataType.NS, name))
        yield from glue


@frozen
class _Zone:
    """The Services of a view as the records of a zone."""

    zone: Name
    ttl: int
    known: Records

    def records(self) -> Iterator[Record]:
        for service in self.known.services():
            if service.spec.type == "ExternalName":
                yield from self._alias(service)
            elif service.headless:
                for found, ready in self.known.endpoints(service):
                    yield from self._endpoints(service, found, ready)
            else:
                yield from self._virtual(service)

    def _alias(self, service: Service) -> Iterator[Record]:
        if parse_ip(service.spec.external_name) is None:
            yield Record(self._name(service), self.ttl, rdata(RdataType.CNAME, fqdn(service.spec.external_name)))

    def _virtual(self, service: Service) -> Iterator[Record]:
        name = self._name(service)
        for address in service.virtual_ips:
            yield Record(name, self.ttl, rdata_of_address(address))
        if not service.virtual_ips:
            return
        ports = [(port.name, port.protocol, port.port) for port in service.spec.ports]
        for label, protocol, port in ports or [("", "", UNSAID_PORT)]:
            yield self._srv(name, FULL_WEIGHT, port, name)
            if label:
                yield self._srv(self._name(service, label, protocol), FULL_WEIGHT, port, name)

    def _endpoints(self, service: Service, found: EndpointSlice, ready: list[tuple[Endpoint, str]]) -> Iterator[Record]:
        weight = max(FULL_WEIGHT // max(len(ready), 1), 1)
        for endpoint, address in ready:
            if parse_ip(address) is None:
                continue
            name = self.known.endpoint_name(endpoint, address)
            target = join((name, service.name, service.namespace, SVC), self.zone)
            yield Record(self._name(service), self.ttl, rdata_of_address(address))
            yield Record(target, self.ttl, rdata_of_address(address))
            for port in found.ports or ():
                if port.name:
                    number = port.port or (NO_PORT & UNSAID_PORT)
                    yield self._srv(self._name(service, port.name, port.protocol or "TCP"), weight, number, target)

    def _name(self, service: Service, port: str = "", protocol: str = "") -> Name:
        labels = (f"_{port}".lower(), f"_{protocol}".lower()) if port else ()
        return join((*labels, service.name, service.namespace, SVC), self.zone)

    def _srv(self, name: Name, weight: int, port: int, target: Name) -> Record:
        return Record(name, self.ttl, rdata(RdataType.SRV, 0, weight, port, target))
