"""A DNS server that answers from a table, as the one did that the real tools were measured against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from kdisco.dns.resolver import lookup
from kdisco.dns.server import question
from kdisco.dns.stub import Asked, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kdisco.dns.server import Server

__all__ = ["CONF", "MEASURED", "act", "asker", "compare", "plain", "respond"]

MEASURED = json.loads((Path(__file__).parents[1] / "dns" / "measured.json").read_text(encoding="utf-8"))["cases"]
CONF = "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
OWN = ("10.0.0.9", "fd00::9")
RCODES = ("NXDOMAIN", "SERVFAIL", "REFUSED", "FORMERR", "NOTIMP", "NOERROR")
DEAD = "127.0.0.9"
SOA = "ns.dns.cluster.local. hostmaster.cluster.local. 1700000000 7200 1800 86400 30"


def act(zone: Mapping[str, str], server: str, qname: str, qtype: str, protocol: str) -> str:
    """What the table says of a question."""
    keys = (
        f"{server} {qname} {qtype} {protocol}", f"{server} {qname} {qtype}", f"{qname} {qtype} {protocol}",
        f"{qname} {qtype}", qname, f"{server} {qtype}", server, qtype, "*",
    )
    return next((zone[key] for key in keys if key in zone), "NXDOMAIN")


def records(said: str, qname: str) -> list[tuple[str, str, str]]:
    """``CNAME www.x.,A 192.0.2.1`` as (owner, type, data)."""
    found, owner = [], qname
    for part in said.split(","):
        kind, data = part.split()
        found.append((owner, kind, data.replace("_", " ") if kind == "SRV" else data))
        owner = data if kind == "CNAME" else owner
    return found


def asker(zone: Mapping[str, str], log: list[str]) -> Callable[[Asked], Reply]:
    """The network of a stub resolver; ``log`` gets what reached a server."""

    def ask(asked: Asked) -> Reply:
        if asked.server == DEAD:
            return Reply(rcode="ECONNREFUSED")
        log.append(f"{asked.qname} {asked.qtype} {asked.server[-1]} {asked.protocol}")
        said = act(zone, asked.server, asked.qname, asked.qtype, asked.protocol)
        if said == "LOST":
            return Reply(rcode="")
        cut, said = said.startswith("TC"), said.removeprefix("TC").strip() or "NOERROR"
        found = () if said in RCODES else tuple(records(said, asked.qname))
        return Reply(rcode=said if said in RCODES else "NOERROR", records=found, truncated=cut)

    return ask


def respond(zone: Mapping[str, str], data: bytes, server: str, protocol: str, flags: str = "AA") -> bytes:
    """The response to a message, empty where there is none; with ``SOA`` among the flags it has one."""
    query = dns.message.from_wire(data)
    question = query.question[0]
    qname, qtype = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
    said = act(zone, server, qname, qtype, protocol)
    if said == "LOST":
        return b""
    response = dns.message.make_response(query)
    for flag in flags.split():
        if flag == "SOA":
            response.authority.append(dns.rrset.from_text("cluster.local.", 30, "IN", "SOA", SOA))
        else:
            response.flags |= dns.flags.from_text(flag)
    if said in RCODES:
        response.set_rcode(dns.rcode.from_text(said))
    else:
        rows = records(said, qname)
        response.answer += [dns.rrset.from_text(owner, 30, "IN", kind, rdata) for owner, kind, rdata in rows]
    wire: bytes = response.to_wire()
    return wire


def plain(server: Server) -> Callable[[Asked], Reply]:
    """A network in which one server is at every address."""

    def ask(asked: Asked) -> Reply:
        found = dns.message.from_wire(server.wire(question(asked.qname, asked.qtype), asked.protocol))
        rows = [(each.name.to_text(), dns.rdatatype.to_text(each.rdtype), data.to_text())
                for each in found.answer for data in each]
        return Reply(rcode=dns.rcode.to_text(found.rcode()), records=tuple(rows))

    return ask


def compare(case: dict[str, Any], libc: str) -> None:
    """Look up as measured, and hold the two against each other."""
    log: list[str] = []
    wanted, family = case[libc], case.get("family", "unspec")
    found = lookup(
        case["name"], case["conf"], asker(case["zone"], log), libc, family, hosts=case.get("hosts", ""), own=OWN
    )
    assert (found.error, found.canonical) == (wanted["error"], wanted["canonical"])
    assert sorted(found.addresses) == wanted["addresses"]
    assert round(found.seconds) == wanted["seconds"]
    ordered = "127.0.0.2" not in case["conf"] and not any(line.endswith("tcp") for line in log)
    arrange = list if ordered else sorted
    assert arrange(log) == arrange(wanted["asked"])
