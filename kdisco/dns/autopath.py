"""CoreDNS's autopath plugin: the server walks a Pod's search list, so that the Pod asks once.

Upstream: coredns plugin/autopath/autopath.go, cname.go, plugin/kubernetes/autopath.go (1.14).
"""

from __future__ import annotations

from collections.abc import Iterator

import dns.name
import dns.rcode
from attrs import evolve
from dns.name import Name
from dns.rdatatype import RdataType

from kdisco.dns.question import Handler, Question
from kdisco.dns.records import Records
from kdisco.dns.response import Record, Response, fqdn, rdata
from kdisco.model.address import parse_ip
from kdisco.model.domain import labels_of, within

__all__ = ["autopath"]


def autopath(question: Question, pass_on: Handler) -> Response:
    """Answer for the first name of the asking Pod's search list that is no name error, behind a CNAME to it."""
    if not within(question.labels, question.site.block.options.autopath):
        return pass_on(question)
    namespace = _namespace(question)
    zone = labels_of(question.site.options.zone)
    own = () if namespace is None else (namespace, "svc", *zone)
    if not own or question.labels[-len(own) :] != own:
        return pass_on(question)
    if question.labels == own:  # nothing is left of it: upstream fails to take the name apart
        return Response(rcode=dns.rcode.SERVFAIL, bare=True, error="trimzone: overshot qname")
    base = question.name.labels[: len(question.labels) - len(own)]
    first: Response | None = None
    for suffix in _searches(question, own, zone):
        try:
            name = Name((*base, *suffix))
        except dns.name.NameTooLong:
            continue
        response = pass_on(evolve(question, name=name))
        if response.error:
            return response
        first = first or response
        if not response.bare and response.rcode != dns.rcode.NXDOMAIN:
            return _behind_alias(response, question.name)
    return first or pass_on(question)


def _namespace(question: Question) -> str | None:
    """The namespace of the asking Pod; None for who is no Pod that is known, or where Pods are not looked at."""
    site = question.site
    zones = site.zones
    if site.options.pods != "verified" or question.client is None or not within(question.labels, zones):
        return None
    address = parse_ip(question.client)
    return Records(site.view, site.options).namespace_of(address[1]) if address else None


def _searches(question: Question, own: tuple[str, ...], zone: tuple[str, ...]) -> Iterator[tuple[bytes, ...]]:
    """The suffixes to try, in order; the last one is none."""
    for labels in (own, own[1:], zone):
        yield (*(label.encode("latin-1") for label in labels), b"")
    for domain in question.site.searches:
        yield fqdn(domain).labels
    yield (b"",)


def _behind_alias(response: Response, asked: Name) -> Response:
    """The answer, after a CNAME from the name asked for to that of the first record that has another."""
    other = next((record for record in response.answer if record.name != asked), None)
    if other is None:
        return response
    alias = Record(asked, other.ttl, rdata(RdataType.CNAME, other.name))
    return evolve(response, answer=(alias, *response.answer))
