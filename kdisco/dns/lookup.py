"""The course of one getaddrinfo(): every question it sent, why each ended as it did, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from kdisco.net.trace import Trace
from kdisco.phrase import Phrase, joined, said
from kdisco.table import columns, table

if TYPE_CHECKING:
    from kdisco.dns.stub import Asked, Reply

__all__ = ["NO_REPLY", "UNREACHABLE", "Lookup", "Walk"]

NO_REPLY, UNREACHABLE = "", "ECONNREFUSED"  # what a Reply's rcode is where no DNS message came
Rows = Sequence[tuple[str, str, str]]  # (owner, type, data)
ADDRESSES = ("A", "AAAA")
OVER_TCP, CUT_OFF = Phrase("over TCP"), Phrase("the reply is cut off")


@frozen(kw_only=True)
class Lookup:
    """What getaddrinfo() asked and found.

    ``questions`` lists every packet, repeats too: (qname, qtype, rcode), rcode one of NOERROR, NODATA,
    NXDOMAIN, SERVFAIL, TIMEOUT, ECONNREFUSED; for each of them ``reasons`` says in words why, ``answered_by`` who
    answered (``pod/kube-system/coredns-...``, "" nobody), ``traces`` how the packet went (None: by no modelled way),
    ``messages`` the DNS messages there and back.
    ``canonical`` has no final dot; ``error`` is None or the name of the error, EAI_NONAME for one. ``seconds`` is
    the time it took.
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
    answered_by: tuple[str, ...] = field(default=(), repr=False)
    traces: tuple[Trace | None, ...] = field(default=(), repr=False)
    messages: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)

    @property
    def verdict(self) -> str:
        """The end in one line: the addresses and whose they are, or the error."""
        found = self.error or f"{', '.join(self.addresses)} ({self.canonical})"
        if len(self.questions) == 1:
            return Phrase("{found} after 1 question, {seconds:g} s", found=found, seconds=self.seconds)
        words = "{found} after {count} questions, {seconds:g} s"
        return Phrase(words, found=found, count=len(self.questions), seconds=self.seconds)

    def __str__(self) -> str:
        """One line a question with its reason, then the verdict."""
        search = f"search {' '.join(self.searches)}" if self.searches else Phrase("no search list")
        lines = columns((str(number), *row) for number, row in enumerate(self._rows(), 1)) if self.questions else []
        words = {"libc": self.libc, "name": self.name, "search": search, "ndots": self.ndots}
        head = Phrase("{libc} looks up {name} ({search}, ndots:{ndots})", **words)
        return "\n".join([said(head), *lines, f"-> {said(self.verdict)}"])

    def html(self, lang: str | None = None) -> str:
        """The same as a small table in a language, None: the one that was set."""
        by = (Phrase("by"),) if any(self.answered_by) else ()
        names = (Phrase("question"), Phrase("type"), Phrase("answer"), *by, Phrase("why"))
        caption = Phrase("{libc} looks up {name}: {end}", libc=self.libc, name=self.name, end=self.verdict)
        return table("lookup", caption, names, self._rows(), lang)

    def _repr_html_(self) -> str:
        """The same for notebooks."""
        return self.html()

    def _rows(self) -> list[tuple[str, ...]]:
        """A row a question; who answered is told where it is known of any."""
        told = list(zip(self.questions, self.reasons, strict=True))
        if not any(self.answered_by):
            return [(*question, reason) for question, reason in told]
        servers = [each.removeprefix("pod/kube-system/") or "-" for each in self.answered_by]
        return [(*question, by, reason) for (question, reason), by in zip(told, servers, strict=True)]


@define(kw_only=True)
class Walk:
    """A lookup while it happens: the questions so far and what they brought."""

    name: str
    libc: str
    searches: tuple[str, ...]
    ndots: int
    questions: list[tuple[str, str, str]] = field(factory=list)
    reasons: list[str] = field(factory=list)
    answered_by: list[str] = field(factory=list)
    traces: list[Trace | None] = field(factory=list)
    messages: list[tuple[bytes, bytes]] = field(factory=list)
    addresses: list[str] = field(factory=list)
    canonical: str = ""
    seconds: float = 0.0

    def note(self, asked: Asked, reply: Reply, domain: str | None) -> None:
        """Write down one question and its end; ``domain`` is the search domain that made the name, if one did."""
        named = {NO_REPLY: "TIMEOUT", "NOERROR": "NOERROR" if reply.records else "NODATA"}
        outcome = named.get(reply.rcode, reply.rcode)
        self.questions.append((asked.qname, asked.qtype, outcome))
        self.reasons.append(_reason(asked, outcome, reply, domain))
        self.answered_by.append(reply.by)
        self.traces.append(reply.trace)
        self.messages.append(reply.messages)

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
            answered_by=tuple(self.answered_by),
            traces=tuple(self.traces),
            messages=tuple(self.messages),
        )


def _reason(asked: Asked, outcome: str, reply: Reply, domain: str | None) -> str:
    told = _outcome(asked.qtype, outcome, reply, domain)
    notes = [OVER_TCP] if asked.protocol == "tcp" else []
    notes += [CUT_OFF] if reply.truncated else []
    return Phrase("{why} ({notes})", why=told, notes=joined(", ", notes)) if notes else told


def _outcome(qtype: str, outcome: str, reply: Reply, domain: str | None) -> str:
    if outcome == "NOERROR":
        found = [data for _, kind, data in reply.records if kind in ADDRESSES]
        if found:
            return ", ".join(found)
        return Phrase("an alias only: {name} has no {type}", name=reply.records[-1][2], type=qtype)
    if outcome == "NODATA":
        return Phrase("the name exists, no {type}", type=qtype)
    if outcome == "NXDOMAIN":
        below = domain.strip(".") if domain else ""
        return Phrase("no such name below {below}", below=below) if below else Phrase("no such name")
    return _failed(outcome, reply.why)


def _failed(outcome: str, why: str) -> str:
    """What is said of a question that brought no answer; ``why`` is known of some."""
    if outcome == "SERVFAIL":
        return why or Phrase("the server could not answer")
    if outcome == "TIMEOUT":
        return Phrase("no reply: {why}", why=why) if why else Phrase("no reply")
    if outcome == UNREACHABLE:
        return Phrase("connection refused: {why}", why=why) if why else Phrase("connection refused")
    return Phrase("the server said {code}", code=outcome)
