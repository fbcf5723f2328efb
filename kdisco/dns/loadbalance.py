"""CoreDNS's loadbalance plugin: CNAMEs first, then what is no address, then addresses shuffled, then MX.

The shuffle is uniform and drawn from the cluster's seed, the message's id, the name, the type, the time and the
number of the question: the same course of questions gives the same answers, two questions in it need not.
Upstream: coredns plugin/loadbalance/loadbalance.go (1.14).
"""

from __future__ import annotations

from zlib import crc32

import dns.rcode
from attrs import evolve
from dns.rdatatype import RdataType

from kdisco.dns.question import Handler, Question
from kdisco.dns.response import Record, Response
from kdisco.store.random import draw

__all__ = ["loadbalance"]

A, CNAME, MX = int(RdataType.A), int(RdataType.CNAME), int(RdataType.MX)
PLACES = {RdataType.A: A, RdataType.AAAA: A, RdataType.CNAME: CNAME, RdataType.MX: MX}  # any other: 0
MOVED = {RdataType.A, RdataType.AAAA, RdataType.CNAME, RdataType.MX}
UNTOUCHED = (RdataType.AXFR, RdataType.IXFR)
Section = tuple[Record, ...]


def loadbalance(question: Question, pass_on: Handler) -> Response:
    """Put the records of each section of a good answer in order, addresses and MX at random."""
    response = pass_on(question)
    sections = response.answer, response.authority, response.additional
    if max(map(len, sections)) < 2 or response.rcode != dns.rcode.NOERROR:  # noqa: PLR2004 - nothing to shuffle
        return response
    if response.bare or question.type in UNTOUCHED:
        return response
    number = _number(question)
    answer, authority, additional = [
        _ordered(section, number + place) if len(section) > 1 else section for place, section in enumerate(sections)
    ]
    return evolve(response, answer=answer, authority=authority, additional=additional)


def _number(question: Question) -> int:
    """The number from which the shuffles of one answer are drawn."""
    site = question.site
    told = b".".join(question.name.labels).lower() + b"%d.%d.%d" % (question.type, question.id, question.turn)
    return crc32(told, int(site.now * 1000) & 0xFFFFFFFF) + (site.config.seed << 32)


def _ordered(section: Section, number: int) -> Section:
    kinds = {record.rdata.rdtype for record in section}
    if kinds.isdisjoint(MOVED):
        return section
    sorts: dict[int, list[Record]] = {CNAME: [], 0: [], A: [], MX: []}
    for record in section:
        sorts[PLACES.get(record.rdata.rdtype, 0)].append(record)
    _shuffle(sorts[A], number)
    _shuffle(sorts[MX], number + 1)
    return tuple(record for records in sorts.values() for record in records)


def _shuffle(records: list[Record], number: int) -> None:
    for place in range(len(records) - 1):
        other = place + draw(number, place) % (len(records) - place)
        records[place], records[other] = records[other], records[place]
