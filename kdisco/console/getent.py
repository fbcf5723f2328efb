"""``getent hosts`` and ``getent ahosts``: what the C library finds, by its two ways. Upstream: glibc nss/getent.c."""

from __future__ import annotations

from collections.abc import Iterator

import dns.message
import dns.name

from kdisco.console.bind import reverse_name
from kdisco.console.result import CommandResult
from kdisco.console.session import Session
from kdisco.dns.hostsfile import entries
from kdisco.model.address import parse_ip

__all__ = ["getent"]

DATABASES = {"ahosts": "unspec", "ahostsv4": "inet", "ahostsv6": "inet6"}
SOCKETS = ("STREAM", "DGRAM", "RAW")
HINT = "Try `getent --help' or `getent --usage' for more information.\n"
NOT_FOUND = 2
IPV6_LOOPBACK, IPV4_LOOPBACK = "::1", "127.0.0.1"


def getent(session: Session, arguments: list[str]) -> CommandResult:
    """Look up in a database of the name service switch."""
    if not arguments:
        return CommandResult(HINT, "getent: wrong number of arguments\n", 1)
    database, *names = arguments
    if database == "hosts":
        found = [_hosts(session, name) for name in names] if names else [_all(session)]
    elif database in DATABASES:
        found = [_ahosts(session, name, DATABASES[database]) for name in names] if names else [_all(session)]
    else:
        return CommandResult(HINT, f"Unknown database: {database}\n", 1)
    return CommandResult("".join(found), "", 0 if all(found) else NOT_FOUND)


def _line(address: str, names: str) -> str:
    return f"{address:<15} {names}\n"


def _all(session: Session) -> str:
    """The file, as if all of it were IPv4."""
    own = {IPV6_LOOPBACK: IPV4_LOOPBACK}
    lines = entries(session.files["/etc/hosts"])
    known = [(own.get(each.address, each.address), " ".join(each.names)) for each in lines]
    return "".join(_line(address, names) for address, names in known if ":" not in address)


def _hosts(session: Session, name: str) -> str:
    """gethostbyname2() for IPv6, then for IPv4; gethostbyaddr() for an address."""
    address = parse_ip(name)
    if address:
        return _reverse(session, address[1])
    for family in ("inet6", "inet"):
        found = session.lookup(name, family)
        if not found.error:
            listed = [each for each in entries(session.files["/etc/hosts"]) if each.address in found.addresses]
            names = " ".join(listed[0].names) if listed and not found.questions else found.canonical or name
            asked = found.questions[-1][0].removesuffix(".") if found.questions else ""
            alias = f" {asked}" if asked and asked.lower() != names.lower() else ""
            return "".join(_line(each, names + alias) for each in found.addresses)
    return ""


def _reverse(session: Session, address: str) -> str:
    for each in entries(session.files["/etc/hosts"]):
        if each.address == address:
            return _line(address, " ".join(each.names))
    name = dns.name.from_text(reverse_name(address))
    for server in session.conf.nameservers * session.conf.attempts:
        query = dns.message.make_query(name, "PTR", id=session.number(1 << 16))
        found = session.exchange(server, query.to_wire(), wait=float(session.conf.timeout))
        if found.messages and found.messages[0]:
            answer = dns.message.from_wire(found.messages[0], raise_on_truncation=False).answer
            names = [data.to_text().removesuffix(".") for rrset in answer for data in rrset if hasattr(data, "target")]
            return _line(address, names[-1]) if names else ""
    return ""


def _ahosts(session: Session, name: str, family: str) -> str:
    """getaddrinfo(): a line for each address and kind of socket; the first tells the canonical name."""
    found = session.lookup(name, family)
    return "".join(_sockets(found.addresses, found.canonical or name))


def _sockets(addresses: tuple[str, ...], canonical: str) -> Iterator[str]:
    for at, address in enumerate(addresses):
        for kind in SOCKETS:
            first = at == 0 and kind == SOCKETS[0]
            yield f"{address:<15} {kind:<6} {canonical if first else ''}\n"
