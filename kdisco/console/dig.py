"""``dig``: one question after the other, each answer in full. Upstream: bind9 bin/dig/dig.c (9.18)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

import dns.exception
import dns.flags
import dns.name
import dns.rdataclass
import dns.rdatatype
from attrs import define, evolve, field

from kdisco.console.bind import QUERY_TIMEOUT, Client, Received, candidates, reverse_name, type_of
from kdisco.console.dig_text import answered, records, statistics
from kdisco.console.result import CommandResult, failed
from kdisco.console.session import Session
from kdisco.model.address import parse_ip

__all__ = ["dig"]

VERSION = "DiG 9.18.49-1~deb12u3-Debian"
BUFFER, LARGEST = 1232, 65535  # bytes of UDP
USAGE = """\
Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]

Use "dig -h" (or "dig -h | more") for complete list of options
"""
DISPLAY = {  # what is printed
    "comments": True, "question": True, "answer": True, "authority": True, "additional": True, "stats": True,
    "cmd": True,
}
SWITCHES = {  # +[no]option; an unambiguous beginning is enough, and of several the first here counts
    **DISPLAY, "all": True, "short": False, "search": False, "defname": False, "tcp": False, "vc": False,
    "edns": True, "recurse": True, "rdflag": True, "cookie": True, "adflag": True, "cdflag": False, "dnssec": False,
    "do": False, "ttlid": True, "class": True, "cl": True, "ignore": False, "identify": False, "showsearch": False,
}
ALIASES = {"vc": "tcp", "rdflag": "recurse", "do": "dnssec", "defname": "search", "cl": "class"}
VALUES = {  # +option=number: (default, highest, what dig calls it)
    "timeout": (5, LARGEST, "timeout"), "tries": (3, (1 << 32) - 1, "tries"), "retry": (2, (1 << 32) - 2, "retries"),
    "bufsize": (BUFFER, LARGEST, "buffer size"), "ndots": (0, LARGEST, "ndots"),
}
NOT_MODELLED = (
    "trace", "nssearch", "multiline", "tls", "https", "http-plain", "subnet", "nsid", "yaml", "qr", "expire",
    "keepalive", "padding", "dns64prefix", "header-only", "ednsopt",
)
WITH_VALUE, TRANSFERS = "tcqpxbk", ("AXFR", "IXFR")
NOT_A_NAME = {"EmptyLabel": "empty label", "LabelTooLong": "label too long"}
NOT_LEGAL = 10  # exit status for a name that is none


class Usage(Exception):
    """What dig complains of before it asks anything, with its exit status."""

    def __init__(self, words: str, status: int = 1) -> None:
        super().__init__(words)
        self.status = status


def _complain(words: str, status: int = 1) -> NoReturn:
    raise Usage(words, status)


def _number(text: str, words: str, highest: int) -> int:
    """The number that an option has."""
    if not text.isdecimal() or int(text) > highest:
        why = "out of range" if text.isdecimal() else "not a valid number"
        _complain(f"invalid {words} '{text}': {why}\ndig: Couldn't parse {words}")
    return int(text)


@define(kw_only=True)
class Query:
    """One question as the command line gives it."""

    name: str = ""
    rdtype: int | None = None
    rdclass: int = int(dns.rdataclass.IN)
    server: str = ""
    port: int = 53
    switches: dict[str, bool] = field(factory=lambda: dict(SWITCHES))
    values: dict[str, str] = field(factory=dict)

    def copy(self) -> Query:
        """Another question with the same options."""
        return evolve(self, switches=dict(self.switches), values=dict(self.values))

    def number(self, name: str) -> int:
        """An option's number."""
        default, highest, words = VALUES[name]
        return _number(self.values[name], words, highest) if name in self.values else default


def dig(session: Session, arguments: list[str]) -> CommandResult:
    """Ask cluster DNS, or ``@server``."""
    if "-v" in arguments:
        return CommandResult(err=f"{VERSION}\n")
    if "-h" in arguments:
        return CommandResult(USAGE)
    try:
        queries, warnings = _parsed(arguments)
        return _run(session, queries, warnings, " ".join(["", *arguments]))
    except Usage as problem:
        return failed(str(problem), problem.status)


def _parsed(arguments: list[str]) -> tuple[list[Query], str]:
    """The questions, and the warnings."""
    base, queries, warnings = Query(), list[Query](), ""
    words = iter(arguments)
    for word in words:
        now = queries[-1] if queries else base
        if word.startswith("@"):
            now.server = word[1:] or _complain("dig: couldn't get address for '': not found")
        elif word.startswith("+"):
            _option(now, word)
        elif word.startswith("-") and len(word) > 1:
            warnings += _letter(word, words, now, queries, base)
        elif type_of(word) is not None:
            now.rdtype = type_of(word)
        elif word.upper() in ("IN", "CH", "HS"):
            now.rdclass = int(dns.rdataclass.from_text(word))
        else:
            queries.append(evolve(base.copy(), name=word))
    if not queries:
        queries.append(evolve(base, name=".", rdtype=base.rdtype or int(dns.rdatatype.NS)))
    return queries, warnings


def _letter(word: str, words: Iterator[str], now: Query, queries: list[Query], base: Query) -> str:
    """An option of one letter; gives the warning."""
    letter, value = word[1], word[2:]
    if letter in "46rmu":
        return ""
    if letter not in WITH_VALUE:
        _complain(f"Invalid option: {word}\n{USAGE}".rstrip())
    value = value or next(words, "")
    if not value:
        _complain(f"Invalid option: {word}\n{USAGE}".rstrip())
    if letter == "x":
        name = reverse_name(value)
        queries.append(evolve(base.copy(), name=name, rdtype=int(dns.rdatatype.PTR)))
    elif letter == "q":
        queries.append(evolve(base.copy(), name=value))
    elif letter == "t":
        if type_of(value) is None:
            return f";; Warning, ignoring invalid type {value}\n"
        now.rdtype = type_of(value)
    elif letter == "p":
        now.port = _number(value, "port number", LARGEST)
    return ""


def _option(query: Query, word: str) -> None:
    name, _, value = word[1:].lower().partition("=")
    known = next((each for each in (*SWITCHES, *VALUES, "domain") if name and each.startswith(name)), None)
    if known is not None and known not in SWITCHES:
        query.values[known] = value
        return
    on = known is not None or not name.startswith("no")
    bare = name if on else name.removeprefix("no")
    known = known or next((each for each in SWITCHES if bare and each.startswith(bare)), None)
    if known is None:
        if bare in NOT_MODELLED:
            _complain(f"dig: {word} is not modelled here")
        _complain(f"Invalid option: {word}\n{USAGE}".rstrip())
    known = ALIASES.get(known, known)
    for each in DISPLAY if known == "all" else (known,):
        query.switches[each] = on
    if known == "short":
        query.switches["cmd"] = False if on else query.switches["cmd"]


def _run(session: Session, queries: list[Query], warnings: str, line: str) -> CommandResult:
    out, status = "", 0
    for at, query in enumerate(queries):
        text, failed_with = _answer(session, query, line if at == 0 else None)
        out += text
        status = max(status, failed_with)
    return CommandResult(out, warnings, status)


def _answer(session: Session, query: Query, line: str | None) -> tuple[str, int]:
    """What one question brings: the text and the exit status."""
    rdtype = query.rdtype or int(dns.rdatatype.A)
    transfer = dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rdtype)) in TRANSFERS
    servers = _servers(session, query)
    client = _client(session, query, servers, tcp=transfer or rdtype == dns.rdatatype.ANY)
    found = None
    for name in _names(session, query):
        found = client.ask(name, rdtype, query.rdclass)
        if found is None or found.rcode != "NXDOMAIN":
            break
    shown = query.switches
    head = _head(query, servers, line) if line is not None and shown["cmd"] and not shown["short"] else ""
    if found is None:
        return client.said + (head + client.last_word if client.last_word else ""), 9
    if shown["short"]:
        return client.said + "".join(_short(found, identify=shown["identify"])), 0
    body = "".join(_transferred(found, shown) if transfer else answered(found, shown))
    if shown["stats"] and not (transfer and found.rcode != "NOERROR"):
        body += "".join(statistics(found, query.server or found.server, query.port, session.date))
        body += _size(found, transfer=transfer)
    return client.said + head + body, 0


def _size(found: Received, *, transfer: bool) -> str:
    if not transfer:
        return f";; MSG SIZE  rcvd: {found.size}\n\n"
    count = len(list(found.answers))
    return f";; XFR size: {count} records (messages {len(found.messages)}, bytes {found.size})\n\n"


def _transferred(found: Received, shown: dict[str, bool]) -> Iterator[str]:
    if found.rcode != "NOERROR" or not found.message.answer:
        yield "; Transfer failed.\n"
    elif shown["answer"]:
        yield from records(found.message.answer, shown)


def _short(found: Received, *, identify: bool) -> Iterator[str]:
    by = f" from server {found.server} in 0 ms." if identify else ""
    return (f"{data}{by}\n" for _, _, data in found.answers)


def _head(query: Query, servers: tuple[str, ...], line: str) -> str:
    many = f"; ({len(servers)} server{'s' * (len(servers) != 1)} found)\n" if query.server else ""
    return f"\n; <<>> {VERSION} <<>>{line}\n{many};; global options: +cmd\n"


def _servers(session: Session, query: Query) -> tuple[str, ...]:
    """The addresses that are asked: those of ``@server``, else the nameservers."""
    if not query.server:
        return session.conf.nameservers
    if parse_ip(query.server):
        return (query.server,)
    found = session.lookup(query.server)
    if found.error:
        _complain(f"dig: couldn't get address for '{query.server}': not found")
    return found.addresses


def _client(session: Session, query: Query, servers: tuple[str, ...], *, tcp: bool) -> Client:
    on = query.switches
    flags = (dns.flags.RD, on["recurse"]), (dns.flags.AD, on["adflag"]), (dns.flags.CD, on["cdflag"])
    tries = query.number("tries") if "tries" in query.values else query.number("retry") + 1
    return Client(
        session=session,
        servers=servers,
        text=query.name,
        port=query.port,
        tries=max(tries, 1),
        timeout=float(max(query.number("timeout"), 1)) if "timeout" in query.values else QUERY_TIMEOUT,
        tcp=tcp or on["tcp"],
        ignore=on["ignore"],
        edns=query.number("bufsize") if on["edns"] else None,
        cookie=on["cookie"],
        flags=sum(int(flag) for flag, set_ in flags if set_),
        wants_dnssec=on["dnssec"],
        comments=on["comments"] and not on["short"],
    )


def _names(session: Session, query: Query) -> list[dns.name.Name]:
    searches = session.conf.searches if query.switches["search"] else ()
    ndots = session.conf.ndots
    if "domain" in query.values:
        searches = (query.values["domain"],)
    if "ndots" in query.values:
        ndots = query.number("ndots")
    try:
        return candidates(query.name, searches, ndots if searches else 0)
    except dns.exception.DNSException as problem:
        why = NOT_A_NAME.get(type(problem).__name__, "ran out of space")
        _complain(f"dig: '{query.name}' is not a legal name ({why})", NOT_LEGAL)
