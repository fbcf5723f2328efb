"""getaddrinfo() as musl does it: all servers at once, and only a name that does not exist leads further.

Upstream: musl src/network/lookup_name.c (name_from_dns_search), res_msend.c, res_mkquery.c (1.2.3). Measured.
"""

from __future__ import annotations

from collections import deque

from kdisco.dns.stub import Reply, Stub, can_be_asked

__all__ = ["resolve"]

LONGEST_CANDIDATE = 255  # characters; a search domain that makes a longer name is passed over
USABLE = ("NOERROR", "NXDOMAIN")
RETRIES = 2  # of a question at once, when a server says SERVFAIL: so many for each question and attempt


def resolve(stub: Stub, name: str) -> str | None:
    """The error, None when addresses were found."""
    plain = name.removesuffix(".")
    if not plain or plain.endswith(".") or len(name) > LONGEST_CANDIDATE:
        return "EAI_NONAME"
    walks = name.count(".") < stub.conf.ndots and not name.endswith(".")
    domains = [each for each in stub.conf.searches if len(plain) + 1 + len(each) <= LONGEST_CANDIDATE]
    for domain in (*(domains if walks else ()), None):
        if domain == ".":  # the question ends in two dots: no server takes it for one
            stub.walk.wait(stub.conf.timeout)
            return "EAI_AGAIN"
        full = f"{plain}.{domain}".removesuffix(".") if domain else plain
        if not can_be_asked(full):
            return "EAI_NONAME"
        found, error = _candidate(stub, f"{full}.", domain)
        if found or error:
            return error
    return "EAI_NONAME"


def _candidate(stub: Stub, qname: str, domain: str | None) -> tuple[bool, str | None]:
    """Whether a name has addresses, and the error that ends it all; neither: the next candidate's turn."""
    usable = _asked(stub, qname, domain)
    for qtype in stub.types:  # in this order: what the first question brings decides
        reply = usable.get(qtype)
        if reply is None:
            return False, "EAI_AGAIN"
        if reply.rcode == "NXDOMAIN":
            return False, None
    found = stub.walk.take(qname, [usable[qtype].records for qtype in stub.types])
    return found, None if found else "EAI_NONAME"


def _asked(stub: Stub, qname: str, domain: str | None) -> dict[str, Reply]:
    """The first usable reply to each question, as far as one comes within ``timeout``."""
    usable: dict[str, Reply] = {}
    socket = stub.opened()

    def send(server: str, qtype: str) -> tuple[str, str, Reply]:
        return server, qtype, stub.send(server, qname, qtype, domain, socket)

    for _ in range(stub.conf.attempts if stub.conf.timeout else 0):
        retries = RETRIES * len(stub.types)
        pending = [qtype for qtype in stub.types if qtype not in usable]
        sent = [send(server, qtype) for qtype in pending for server in stub.conf.nameservers]
        arriving = deque(sorted(sent, key=lambda each: each[2].seconds))
        while arriving and len(usable) < len(stub.types):
            server, qtype, reply = arriving.popleft()
            if qtype in usable:
                continue
            if reply.rcode in USABLE:
                usable[qtype] = reply
            elif reply.rcode == "SERVFAIL" and retries:
                retries -= 1
                arriving.append(send(server, qtype))
        if len(usable) == len(stub.types):
            stub.walk.wait(max(reply.seconds for reply in usable.values()))
            return usable
    stub.walk.wait(stub.conf.timeout)
    return usable
