"""busybox's ``nslookup``, which asks all its questions at once. Upstream: busybox networking/nslookup.c (1.35)."""

from __future__ import annotations

from collections.abc import Iterator

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from kdisco.console.bind import reverse_name, type_of
from kdisco.console.result import CommandResult, failed
from kdisco.console.session import Session
from kdisco.model.address import parse_ip

__all__ = ["nslookup"]

BOTH = ("A", "AAAA")
SENTENCES = {"CNAME": "canonical name = ", "PTR": "name = ", "NS": "nameserver = ", "SRV": "service = "}
TIMED_OUT = ";; connection timed out; no servers could be reached\n\n"
RETRIES, TIMEOUT = 2, 5.0  # seconds in all


def nslookup(session: Session, arguments: list[str]) -> CommandResult:
    """Look a name or an address up."""
    kinds: tuple[str, ...] = ()
    names = []
    for word in arguments:
        if not word.startswith("-"):
            names.append(word)
        elif word.startswith(("-type=", "-querytype=", "-q=")):
            kind = word.partition("=")[2].upper()
            if type_of(kind) is None:
                return failed(f'nslookup: invalid query type "{kind.lower()}"')
            kinds = (*kinds, kind)
    if not names:
        return failed("Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]")
    server = names[1] if len(names) > 1 else session.conf.nameservers[0]
    address = next(iter(session.addresses(server)), "")
    if not address:
        return failed(f"nslookup: bad address '{server}'")
    try:
        return _ask(session, list(_questions(session, names[0], kinds)), address)
    except dns.exception.DNSException:
        return failed(f"nslookup: can't resolve '{names[0]}'")


def _questions(session: Session, name: str, kinds: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(name, type): a name without a dot is asked for in every search domain and not as it is."""
    address = parse_ip(name)
    if address and not kinds:
        yield reverse_name(address[1]), "PTR"
        return
    for kind in kinds or BOTH:
        searches = session.conf.searches if "." not in name and kind != "PTR" else ()
        yield from ((f"{name}.{domain}", kind) for domain in searches)
        if not searches:
            yield name, kind


def _ask(session: Session, questions: list[tuple[str, str]], server: str) -> CommandResult:
    out, status, reached = "", 0, False
    for name, kind in questions:
        found, refused = _answer(session, name, kind, server)
        if refused:
            return CommandResult(TIMED_OUT, f"nslookup: write to '{server}': Connection refused\n", 1)
        if found is None:
            out += "" if not reached else f"*** Can't find {name}: No answer\n\n"
            status = 1
            continue
        reached = True
        if found.rcode():
            out += f"** server can't find {name}: {dns.rcode.to_text(found.rcode())}\n\n"
            status = 1
            continue
        out += "" if found.flags & dns.flags.AA else "Non-authoritative answer:\n"
        out += "".join(_lines(found)) + "\n"
    if not reached:
        return CommandResult(TIMED_OUT, "", 1)
    return CommandResult(f"Server:\t\t{server}\nAddress:\t{server}:53\n\n{out}", "", status)


def _answer(session: Session, name: str, kind: str, server: str) -> tuple[dns.message.Message | None, bool]:
    """The response, and whether the network refused the question; a server that fails is asked again."""
    message = None
    for _ in range(RETRIES + 1):
        query = dns.message.make_query(dns.name.from_text(name), kind, id=session.number(1 << 16))
        found = session.exchange(server, query.to_wire(), wait=TIMEOUT / (RETRIES + 1))
        if found.refused:
            return None, True
        if found.messages and found.messages[0]:
            message = dns.message.from_wire(found.messages[0], raise_on_truncation=False)
            if message.rcode() != dns.rcode.SERVFAIL:
                break
    return message, False


def _lines(found: dns.message.Message) -> Iterator[str]:
    for rrset in found.answer:
        owner, kind = rrset.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(rrset.rdtype)
        for data in rrset:
            text = data.to_text()
            if kind in BOTH:
                yield f"Name:\t{owner}\nAddress: {text}\n"
            elif kind in SENTENCES:
                yield f"{owner}\t{SENTENCES[kind]}{text.removesuffix('.')}\n"
            elif kind == "TXT":
                yield f"{owner}\ttext = {text}\n"
            elif kind == "MX":
                yield f"{owner}\tmail exchanger = {text.removesuffix('.')}\n"
