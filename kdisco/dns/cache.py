"""CoreDNS's cache plugin: answers kept for a time, and one TTL for all records of every answer that passes.

The TTL is the smallest of the message's, held between 5 seconds and the plugin's limit, in zones for which
caching is disabled too. Negative answers go before positive ones.
Upstream: coredns plugin/cache/cache.go, handler.go, item.go, plugin/pkg/response/typify.go (1.14).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import dns.rcode
from attrs import evolve
from dns.rdatatype import RdataType

from kdisco.dns.memory import Item, Key
from kdisco.dns.question import Handler, Question
from kdisco.dns.response import Record, Response
from kdisco.model.domain import within

if TYPE_CHECKING:
    from kdisco.corefile.options import CacheOptions

__all__ = ["cache"]

SHORT = 5  # seconds of what has no TTL to go by
LONGEST_CHAIN = 16
TRANSFERS = (RdataType.AXFR, RdataType.IXFR)


class Kind(Enum):
    """What sort of message an answer is."""

    POSITIVE = "positive"
    NAME_ERROR = "name error"
    NODATA = "nodata"
    SERVER_ERROR = "server error"
    DELEGATION = "delegation"
    OTHER = "not kept"


DENIALS = (Kind.NAME_ERROR, Kind.NODATA)


def cache(question: Question, pass_on: Handler) -> Response:
    """Answer from what is kept, else keep what the next plugin answers."""
    options = question.site.block.options.cache
    if options is None or not within(question.labels, options.zones):
        return pass_on(question)
    recall, now = question.site.recall, question.site.now
    key: Key = (question.labels, question.type, question.rdclass, question.wants_dnssec, question.checking_disabled)
    for tree in (recall.memory.negative, recall.memory.positive):
        item = tree.get(key)
        if item is not None and item.left(now) > 0:
            return evolve(_timed(item.response, item.left(now)), aa=True, served_by="cache")
    response = pass_on(question)
    if response.bare:  # no message passed the plugin, the server itself makes one of the bare rcode
        return response
    kind = _kind(question, response)
    ttl = _ttl(response, kind, options)
    response = _timed(response, ttl)
    if ttl > 0 and _kept(question, response, kind, options):
        denial = kind in DENIALS or kind is Kind.SERVER_ERROR
        recall.memory = recall.memory.keep(key, Item(response, ttl, now), denial=denial)
    return response


def _kind(question: Question, response: Response) -> Kind:
    rcode = response.rcode
    if question.type in TRANSFERS:
        return Kind.OTHER
    if rcode == dns.rcode.NOERROR:
        return _kind_of_success(question, response)
    if rcode == dns.rcode.NXDOMAIN and _starts(response):
        return Kind.NAME_ERROR
    return Kind.SERVER_ERROR if rcode in (dns.rcode.SERVFAIL, dns.rcode.NOTIMP) else Kind.OTHER


def _kind_of_success(question: Question, response: Response) -> Kind:
    if response.answer:
        return Kind.NODATA if _starts(response) and not _answers(question, response.answer) else Kind.POSITIVE
    if _starts(response):
        return Kind.NODATA
    delegates = any(record.type == RdataType.NS for record in response.authority)
    return Kind.DELEGATION if delegates else Kind.POSITIVE


def _kept(question: Question, response: Response, kind: Kind, options: CacheOptions) -> bool:
    if kind is Kind.OTHER:
        return False
    if kind in (Kind.POSITIVE, Kind.DELEGATION):
        aliases_only = bool(response.answer) and kind is Kind.POSITIVE and not _answers(question, response.answer)
        return not aliases_only and not within(question.labels, options.no_success)
    return not within(question.labels, options.no_denial)


def _ttl(response: Response, kind: Kind, options: CacheOptions) -> int:
    """The TTL that all records of a message get, seconds."""
    if kind is Kind.SERVER_ERROR:
        return options.servfail
    longest, least = options.denial if kind in DENIALS else options.success
    records = (*response.answer, *response.authority, *response.additional)
    counts = records and kind not in (Kind.OTHER, Kind.DELEGATION)
    smallest = min(record.ttl for record in records) if counts else SHORT
    return min(max(smallest, least), longest)


def _timed(response: Response, ttl: int) -> Response:
    def timed(section: tuple[Record, ...]) -> tuple[Record, ...]:
        return tuple(Record(record.name, ttl, record.rdata) for record in section)

    return evolve(
        response,
        answer=timed(response.answer),
        authority=timed(response.authority),
        additional=timed(response.additional),
    )


def _starts(response: Response) -> bool:
    """Whether the authority section has a SOA, without which there is no TTL for a denial."""
    return any(record.type == RdataType.SOA for record in response.authority)


def _answers(question: Question, answer: tuple[Record, ...]) -> bool:
    """Whether there is a record of the type asked for where the CNAMEs end."""
    if question.type == RdataType.ANY:
        return any(record.name == question.name for record in answer)
    aliases = {record.name: record.rdata for record in answer if record.type == RdataType.CNAME}
    if question.type == RdataType.CNAME:
        return question.name in aliases
    name = question.name
    for _ in range(LONGEST_CHAIN):
        if name not in aliases:
            return any(record.type == question.type and record.name == name for record in answer)
        name = aliases[name].target  # type: ignore[attr-defined]  # CNAME data
    return False
