"""getaddrinfo() as glibc does it: one server after the other, one search domain after the other.

Upstream: glibc resolv/res_query.c (__res_context_search, __res_context_query), res_send.c (2.36). Measured.
"""

from __future__ import annotations

import re

from attrs import frozen

from kdisco.dns.lookup import NO_REPLY, UNREACHABLE
from kdisco.dns.stub import Reply, Stub, can_be_asked, joined

__all__ = ["resolve"]

HOSTNAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*")
NEXT_SERVER = ("SERVFAIL", "NOTIMP", "REFUSED")  # replies after which another server is asked
FOUND, ALIAS = "found", "alias"  # how a candidate ended well: with addresses, or with a CNAME that leads to none
TRY_AGAIN, NO_RECOVERY = "TRY_AGAIN", "NO_RECOVERY"
WALKS_ON = ("NXDOMAIN", "NODATA", "SERVFAIL")  # outcomes after which the next search domain is tried
ERRORS = {"NXDOMAIN": "EAI_NONAME", "NODATA": "EAI_NODATA", NO_RECOVERY: "EAI_NONAME", ALIAS: "EAI_NONAME"}
CONNECT = 127.0  # seconds until connect() gives up (net.ipv4.tcp_syn_retries 6)
REOPEN = 2


@frozen
class Visit:
    """What one server brought: replies, or that TCP is needed, or that the network refused the questions."""

    replies: tuple[Reply, ...] = ()
    truncated: bool = False
    refused: bool = False


def resolve(stub: Stub, name: str) -> str | None:
    """The error, None when addresses were found."""
    if not HOSTNAME.fullmatch(name):
        return "EAI_NONAME"
    if "no-aaaa" in stub.conf.switches:
        stub.types = ("A",)
    plain, absolute = name.removesuffix("."), name.endswith(".")
    first = ""
    if absolute or plain.count(".") >= stub.conf.ndots:
        first = _candidate(stub, plain, None)
        if absolute or first in (FOUND, ALIAS):
            return _error(first)
    outcomes, root = _search(stub, plain)
    last = outcomes[-1] if outcomes else ""
    if last in (FOUND, ALIAS, UNREACHABLE):
        return _error(last)
    alone = "." not in plain and outcomes and "no-tld-query" in stub.conf.switches
    if not (first or root or alone):
        last = _candidate(stub, plain, None)
        if last in (FOUND, ALIAS):
            return _error(last)
    worst = next((each for each in ("NODATA", "SERVFAIL") if each in outcomes), last)
    return _error(first or worst)


def _search(stub: Stub, plain: str) -> tuple[list[str], bool]:
    """How the candidates that the search list makes ended, and whether the root was among the domains."""
    outcomes: list[str] = []
    root = False
    for domain in stub.conf.searches:
        root |= not domain.removeprefix(".")
        outcomes.append(_candidate(stub, plain, domain))
        if outcomes[-1] not in WALKS_ON:
            break
    return outcomes, root


def _error(outcome: str) -> str | None:
    return None if outcome == FOUND else ERRORS.get(outcome, "EAI_AGAIN")


def _candidate(stub: Stub, plain: str, domain: str | None) -> str:
    """FOUND, ALIAS, or what res_query() says of one name."""
    full = joined(plain, domain)
    if full and not can_be_asked(full):
        return NO_RECOVERY
    replies = _asked(stub, f"{full}.", domain)
    if isinstance(replies, str):
        return replies
    if any(reply.rcode == "NOERROR" and reply.records for reply in replies):
        return FOUND if stub.walk.take(f"{full}.", [reply.records for reply in replies]) else ALIAS
    rcode = next((reply.rcode for reply in replies if reply.rcode != "NOERROR"), "NODATA")
    return rcode if rcode in WALKS_ON else NO_RECOVERY


def _asked(stub: Stub, qname: str, domain: str | None) -> tuple[Reply, ...] | str:
    """The replies that count, or why there are none: every server in turn, as often as ``attempts`` says."""
    servers = stub.conf.nameservers
    if "rotate" in stub.conf.switches:
        stub.turn += 1
        at = stub.turn % len(servers)
        servers = servers[at:] + servers[:at]
    sockets = {server: stub.opened() for server in servers}
    tcp, refused, newest = "use-vc" in stub.conf.switches, True, "NOERROR"
    for _ in range(stub.conf.attempts):
        for position, server in enumerate(servers):
            visit = Visit() if tcp else _udp(stub, (server, position), qname, domain, sockets)
            tcp |= visit.truncated
            if tcp:
                visit = _tcp(stub, server, qname, domain)
            if visit.replies and (tcp or visit.replies[0].rcode not in NEXT_SERVER):
                return visit.replies
            newest = visit.replies[0].rcode if visit.replies else newest
            refused &= visit.refused
        if tcp:
            break
    if newest == "SERVFAIL":
        return newest
    return UNREACHABLE if refused else TRY_AGAIN


def _udp(stub: Stub, place: tuple[str, int], qname: str, domain: str | None, sockets: dict[str, int]) -> Visit:
    """Ask one server, both questions at once; where one of two is lost, again with more care."""
    (server, position), types = place, stub.types
    while True:
        replies = _round(stub, server, qname, domain, sockets)
        came = [reply for reply in replies if reply.came]
        if any(reply.rcode == UNREACHABLE for reply in came):
            sockets[server] = stub.opened()
            return Visit(refused=True)
        if len(came) == len(types):
            stub.walk.wait(max(reply.seconds for reply in came))
            break
        stub.walk.wait(_timeout(stub, position))
        if not came:
            return Visit()
        if stub.careful == REOPEN:
            break
        stub.careful += 1
    good = tuple(reply for reply in came if reply.rcode not in NEXT_SERVER)
    if not good:
        sockets.update({each: stub.opened() for each in sockets})
        return Visit(tuple(came))
    return Visit(good, truncated=any(reply.truncated for reply in good))


def _round(stub: Stub, server: str, qname: str, domain: str | None, sockets: dict[str, int]) -> list[Reply]:
    one_by_one = stub.careful or {"single-request", "single-request-reopen"} & stub.conf.switches
    replies: list[Reply] = []
    for qtype in stub.types:
        if replies and (stub.careful == REOPEN or "single-request-reopen" in stub.conf.switches):
            sockets[server] = stub.opened()
        replies.append(stub.send(server, qname, qtype, domain, sockets[server]))
        if one_by_one and not replies[-1].came:
            break
    return replies


def _tcp(stub: Stub, server: str, qname: str, domain: str | None) -> Visit:
    """Ask one server by TCP: no reply is too bad to count."""
    socket = stub.opened()
    replies = []
    for qtype in stub.types:
        replies.append(stub.send(server, qname, qtype, domain, socket, "tcp"))
        if replies[-1].rcode in (NO_REPLY, UNREACHABLE):
            stub.walk.wait(replies[-1].seconds if replies[-1].came else CONNECT)
            return Visit(refused=replies[-1].came)
    stub.walk.wait(max(reply.seconds for reply in replies))
    return Visit(tuple(replies))


def _timeout(stub: Stub, position: int) -> float:
    """Seconds that the server at a place in the list is given."""
    wait = stub.conf.timeout << position
    return float(max(wait // len(stub.conf.nameservers) if position else wait, 1))
