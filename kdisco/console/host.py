"""``host``: addresses, then what receives mail, a sentence each. Upstream: bind9 bin/dig/host.c (9.18)."""

from __future__ import annotations

from collections.abc import Iterator

import dns.exception
import dns.name
import dns.rcode
import dns.rdatatype

from kdisco.console.bind import Client, Received, candidates, reverse_name, type_of
from kdisco.console.result import CommandResult, failed
from kdisco.console.session import Session
from kdisco.model.address import parse_ip

__all__ = ["host"]

USAGE = """\
Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]
            [-R number] [-m flag] [-p port] hostname [server]"""
SENTENCES = {
    "A": "has address", "AAAA": "has IPv6 address", "CNAME": "is an alias for", "PTR": "domain name pointer",
    "MX": "mail is handled by", "NS": "name server", "SOA": "has SOA record", "TXT": "descriptive text",
    "SRV": "has SRV record",
}
WITH_VALUE = {"t": "A", "W": "5", "R": "1", "p": "53", "N": "", "c": "IN"}
FIRST = ("A", "AAAA", "MX")
NOT_MODELLED = "aAClvd"
PORTS = 1 << 16


def host(session: Session, arguments: list[str]) -> CommandResult:
    """Look a name or an address up."""
    given, names, problem = _parsed(arguments)
    if problem or not names:
        return failed(problem or USAGE, 2 if problem.startswith("host: invalid type") else 1)
    server = names[1] if len(names) > 1 else ""
    client = Client(
        session=session,
        servers=session.conf.nameservers if not server else session.addresses(server),
        text=names[0],
        port=int(given.get("p", "53")) % PORTS,  # as the real one takes a number that is none
        tries=int(given.get("R", "1")) + 1,
        timeout=float(given.get("W", "5")),
        tcp="T" in given,
        comments=False,
    )
    if not client.servers:
        return failed(f"host: couldn't get address for '{server}': not found")
    try:
        out, status, reached = _look_up(client, names[0], given)
    except dns.exception.DNSException:
        return failed(f"host: '{names[0]}' is not a legal name (empty label)", 10)
    place = f"Using domain server:\nName: {server}\nAddress: {client.servers[0]}#{client.port}\nAliases: \n\n"
    return CommandResult((place if server and reached else "") + out, "", status)


def _parsed(arguments: list[str]) -> tuple[dict[str, str], list[str], str]:
    """Options by letter, names, and a complaint."""
    given: dict[str, str] = {}
    names: list[str] = []
    words = iter(arguments)
    for word in words:
        if not word.startswith("-") or len(word) == 1:
            names.append(word)
            continue
        letter = word[1]
        if letter in NOT_MODELLED:
            return given, names, f"host: -{letter} is not modelled here"
        given[letter] = (word[2:] or next(words, "")) if letter in WITH_VALUE else ""
        if letter in "WRpN" and not given[letter].isdecimal():
            return given, names, USAGE
    if "t" in given and type_of(given["t"]) is None:
        return given, names, f"host: invalid type: {given['t']}\n"
    return given, names, ""


def _look_up(client: Client, name: str, given: dict[str, str]) -> tuple[str, int, bool]:
    """The text, the exit status, and whether a server was reached."""
    conf = client.session.conf
    address = parse_ip(name)
    ndots = int(given["N"]) if given.get("N") else conf.ndots
    if address and "t" not in given:
        arpa = reverse_name(address[1])
        return _ask_all(client, candidates(f"{arpa}.", (), 0), ("PTR",), f"{arpa}.")
    kinds = (given["t"].upper(),) if "t" in given else FIRST
    return _ask_all(client, candidates(name, conf.searches, ndots), kinds, name)


def _ask_all(client: Client, names: list[dns.name.Name], kinds: tuple[str, ...], name: str) -> tuple[str, int, bool]:
    """Ask for each type in turn; the first decides which of the names it is."""
    out, status = "", 0
    for kind in kinds:
        found = None
        for each in names:
            found = client.ask(each, type_of(kind) or 0)
            out, client.said = out + client.said, ""
            if found is None or found.rcode != "NXDOMAIN":
                break
        if found is None:
            return out + client.last_word, 1, False
        if found.rcode != "NOERROR":
            number = int(dns.rcode.from_text(found.rcode))
            out += f"Host {name} not found: {number}({found.rcode})\n"
            status = 1
            if kind == kinds[0]:
                break
            continue
        out += "".join(_sentences(found, skip="CNAME" if kind != kinds[0] else ""))
        if len(kinds) == 1 and not found.message.answer:
            asked = found.message.question[0].name.to_text(omit_final_dot=True)
            out += f"{asked} has no {kind} record\n"
        if kind == kinds[0]:
            name = found.last_name
            names = [dns.name.from_text(name)]
            name = name.removesuffix(".")
    return out, status, True


def _sentences(found: Received, skip: str) -> Iterator[str]:
    for owner, kind, data in found.answers:
        if kind != skip:
            yield f"{owner.removesuffix('.') or '.'} {SENTENCES.get(kind, f'has {kind} record')} {data}\n"
