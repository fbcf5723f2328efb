"""CoreDNS's forward plugin with the resolver behind it, which knows a few records and nothing else."""

from __future__ import annotations

from functools import lru_cache

import dns.exception
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.zonefile
from dns.name import Name, root
from dns.rdatatype import RdataType

from kdisco.dns.question import Handler, Question
from kdisco.dns.response import Record, Response, fqdn, rdata
from kdisco.errors import UsageError
from kdisco.model.domain import within

__all__ = ["forward", "upstream_records"]

LONGEST_CHAIN = 10
TTL = 300  # of a line that names none, seconds
ROOT_TTL = 900
ROOT_SOA = (1, 1800, 900, 604800, 900)  # serial, refresh, retry, expire, minimum
Zone = dict[Name, tuple[Record, ...]]


def forward(question: Question, pass_on: Handler) -> Response:
    """Ask the upstreams of the longest zone that the name is in; SERVFAIL where none of them answers."""
    labels, rules = question.labels, question.site.block.options.forward
    fitting = [rule for rule in rules if within(labels, (rule.zone,)) and not within(labels, rule.excepted)]
    if not fitting:
        return pass_on(question)
    if question.site.config.upstream is None:
        return Response(rcode=dns.rcode.SERVFAIL, bare=True, served_by="forward", error="i/o timeout")
    return _resolved(question, upstream_records(question.site.config.upstream))


def _resolved(question: Question, zone: Zone) -> Response:
    """What the node's resolver answers: its records; NODATA and NXDOMAIN with the SOA of the root, never AA."""
    name, answer = question.name, list[Record]()
    for _ in range(LONGEST_CHAIN):
        found = zone.get(name, ())
        fits = [record for record in found if question.type in (record.type, RdataType.ANY)]
        if fits:
            spelled = question.name if name == question.name else name
            answer += [Record(spelled, record.ttl, record.rdata) for record in fits]
            return Response(answer=tuple(answer), ra=True, served_by="upstream")
        alias = next((record for record in found if record.type == RdataType.CNAME), None)
        if alias is None:
            break
        answer.append(Record(question.name if name == question.name else name, alias.ttl, alias.rdata))
        name = alias.rdata.target  # type: ignore[attr-defined]  # CNAME data
    rcode = dns.rcode.NOERROR if name in zone else dns.rcode.NXDOMAIN
    return Response(rcode=rcode, answer=tuple(answer), authority=(_root(),), ra=True, served_by="upstream")


@lru_cache(maxsize=32)
def upstream_records(lines: tuple[str, ...]) -> Zone:
    """The records of zone-file lines (``example.com. 300 IN A 203.0.113.1``) by name, in any letter case.

    Raises UsageError that names the line which is none.
    """
    zone: Zone = {}
    for line in lines:
        try:
            sets = dns.zonefile.read_rrsets(line, rdclass=None, origin=root, default_ttl=TTL)
        except (dns.exception.DNSException, ValueError) as problem:
            msg = f'upstream: {line!r}: {problem}; write it as "example.com. 300 IN A 203.0.113.1"'
            raise UsageError(msg) from None
        for rrset in sets:
            zone[rrset.name] = (*zone.get(rrset.name, ()), *(Record(rrset.name, rrset.ttl, data) for data in rrset))
    return zone


def _root() -> Record:
    names = fqdn("a.root-servers.example."), fqdn("nstld.example.")
    return Record(root, ROOT_TTL, rdata(RdataType.SOA, *names, *ROOT_SOA))
