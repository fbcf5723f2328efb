"""What came of one DNS question, each record with where it comes from: a value that prints itself."""

from __future__ import annotations

from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from attrs import frozen

from kdisco.dns.reasons import Reasons
from kdisco.dns.records import Records
from kdisco.dns.response import Response
from kdisco.dns.server import Server
from kdisco.model.domain import labels_of
from kdisco.phrase import Phrase, said
from kdisco.table import columns, table

__all__ = ["Answer", "Line", "told"]

FLAGS = {"AA": dns.flags.AA, "TC": dns.flags.TC, "RA": dns.flags.RA}
HEADS = (Phrase("section"), Phrase("name"), "TTL", Phrase("type"), Phrase("data"), Phrase("why"))
OTHERS = {  # (plugin, rcode) to the reason where the answer is not of what the cluster holds
    ("upstream", "NXDOMAIN"): Phrase("not a name of the cluster, and the node's resolver knows none such"),
    ("upstream", "NOERROR"): Phrase("not a name of the cluster: the node's resolver answers"),
    ("forward", "SERVFAIL"): Phrase("not a name of the cluster, and no upstream resolver answers"),
    ("transfer", "NOERROR"): Phrase("a transfer of the zone"),
    ("transfer", "REFUSED"): Phrase("the transfer plugin does not serve this zone to the client"),
    ("transfer", "SERVFAIL"): Phrase("there is nothing to transfer yet"),
    ("", "REFUSED"): Phrase("no server block serves this question"),
}


@frozen(kw_only=True)
class Line:
    """One record: ``section`` is answer, authority or additional, ``data`` as in a zone file, ``ttl`` in seconds."""

    section: str
    name: str
    ttl: int
    type: str
    data: str
    why: str = ""


@frozen(kw_only=True)
class Answer:
    """A question and what came of it: the ``rcode`` by name, the records, who answered and why so.

    ``served_by`` is the plugin (kubernetes, cache, upstream, ...), ``flags`` those of AA, TC, RA that are set,
    ``pod`` the CoreDNS that was asked (``ns/name``), "" for one without a Pod.
    """

    question: tuple[str, str]
    rcode: str
    records: tuple[Line, ...] = ()
    authority: tuple[Line, ...] = ()
    additional: tuple[Line, ...] = ()
    flags: tuple[str, ...] = ()
    served_by: str = ""
    pod: str = ""
    reason: str = ""

    @property
    def verdict(self) -> str:
        """The outcome in one line."""
        by = " of ".join(each for each in (self.served_by, f"CoreDNS {self.pod}" if self.pod else "") if each)
        code = f"{self.rcode} ({' '.join(self.flags)})" if self.flags else self.rcode
        if by:
            return Phrase("{code} from {by}: {why}", code=code, by=by, why=self.reason)
        return Phrase("{code}: {why}", code=code, why=self.reason)

    def __str__(self) -> str:
        """The question, a line each record with where it comes from, then the outcome."""
        lines = columns(self._rows()) if self._lines() else []
        return "\n".join([f"{' '.join(self.question)}?", *lines, f"-> {said(self.verdict)}"])

    def html(self, lang: str | None = None) -> str:
        """The same as a small table in a language, None: the one that was set."""
        caption = Phrase("{question}? {verdict}", question=" ".join(self.question), verdict=self.verdict)
        return table("answer", caption, HEADS, self._rows(), lang)

    def _repr_html_(self) -> str:
        """The same for notebooks."""
        return self.html()

    def _rows(self) -> list[tuple[str, ...]]:
        return [(each.section, each.name, str(each.ttl), each.type, each.data, each.why) for each in self._lines()]

    def _lines(self) -> tuple[Line, ...]:
        return (*self.records, *self.authority, *self.additional)


def told(
    server: Server, message: dns.message.Message, response: Response, question: tuple[str, str], pod: str
) -> Answer:
    """A message off the wire as a value; ``response`` is what it was made from, ``pod`` whose CoreDNS answered."""
    qname, qtype = question
    labels = labels_of(qname)
    block = server.corefile.only or server.corefile.block(labels, parent=qtype.upper() == "DS")
    zones = block.options.zones if block is not None else ()
    options = block.options.dns if block is not None else server.config.dns
    reasons = Reasons(Records(server.view, options), zones)
    rcode = dns.rcode.to_text(message.rcode())
    return Answer(
        question=question,
        rcode=rcode,
        records=tuple(_lines("answer", message.answer, reasons)),
        authority=tuple(_lines("authority", message.authority, reasons)),
        additional=tuple(_lines("additional", message.additional, reasons)),
        flags=tuple(name for name, bit in FLAGS.items() if message.flags & bit),
        served_by=response.served_by,
        pod=pod,
        reason=_reason(reasons, labels, qtype.upper(), rcode, response),
    )


def _reason(reasons: Reasons, labels: tuple[str, ...], qtype: str, rcode: str, response: Response) -> str:
    empty = not response.answer
    if response.served_by == "upstream" and reasons.serves(labels):
        why = reasons.why(labels, qtype, "NXDOMAIN", empty=True)
        return Phrase("{why}, so the node's resolver was asked", why=why)
    if response.served_by == "upstream" and empty and rcode == "NOERROR":
        words = "NODATA: not a name of the cluster, and at the node's resolver it has no {type}"
        return Phrase(words, type=qtype)
    other = OTHERS.get((response.served_by, rcode))
    if other is not None:
        return other
    if response.bare and not response.served_by:
        return response.error or Phrase("the message cannot be made")
    serves = reasons.serves(labels)
    why = reasons.why(labels, qtype, rcode, empty=empty) if serves else Phrase("not a name of the cluster")
    return Phrase("kept from before: {why}", why=why) if response.served_by == "cache" else why


def _lines(section: str, rrsets: list[dns.rrset.RRset], reasons: Reasons) -> Iterator[Line]:
    for rrset in rrsets:
        owner, kind = rrset.name.to_text(), dns.rdatatype.to_text(rrset.rdtype)
        for each in rrset:
            data = each.to_text()
            why = reasons.of_record(labels_of(owner), kind, data)
            yield Line(section=section, name=owner, ttl=rrset.ttl, type=kind, data=data, why=why)
