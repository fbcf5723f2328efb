"""Every question of the sample cases, answered as CoreDNS answers it."""

from __future__ import annotations

from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from attrs import evolve
from dns_samples import SAMPLES, samples, server_of

from kdisco.dns.server import question as message


def questions() -> list[Any]:
    found = []
    for stem, case in samples("dns-*.json"):
        for number, question in enumerate(case["questions"]):
            name = f"{stem} {number:02} {question['qname']} {question['qtype']}"
            found.append(pytest.param(case, number, id=name))
    return found


def played(case: dict[str, Any], number: int) -> dns.message.Message:
    """The answer to one question, after those before it where the server remembers them."""
    server = server_of(case["manifests"], case.get("upstream", ()), **case["corefile_options"])
    first = 0 if case["corefile_options"].get("cache") else number
    for each in case["questions"][first : number + 1]:
        server = evolve(server, now=server.now + each.get("sleep", 0))
        data = message(each["qname"], each["qtype"], each.get("bufsize"))
        messages, memory = server.exchange(data, each.get("proto") or "udp", each.get("client"))
        server = evolve(server, memory=memory)
    return dns.message.from_wire(messages[0])


def rows(section: list[Any]) -> list[tuple[str, int, str, str]]:
    listed = []
    for rrset in section:
        for data in rrset:
            kind = dns.rdatatype.to_text(rrset.rdtype)
            listed.append((rrset.name.to_text(), rrset.ttl, kind, data.to_text()))
    return listed


def wanted(section: list[Any]) -> list[tuple[str, int, str, str]]:
    return [(row["name"], row["ttl"], row["type"], row["data"]) for row in section]


def aliases(listed: list[tuple[str, int, str, str]]) -> list[tuple[str, int, str, str]]:
    return [row for row in listed if row[2] == "CNAME"]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample cases are not beside the project")
@pytest.mark.parametrize(("case", "number"), questions())
def test_sample_question(case: dict[str, Any], number: int) -> None:
    question = case["questions"][number]
    found = played(case, number)
    assert dns.rcode.to_text(found.rcode()) == question["rcode"]
    assert_sections(found, question)
    upstream = question.get("served_by") == "upstream"
    assert bool(found.flags & dns.flags.AA) == question.get("aa", not upstream and question["rcode"] != "REFUSED")
    assert bool(found.flags & dns.flags.TC) == question.get("tc", False)


def assert_sections(found: dns.message.Message, question: dict[str, Any]) -> None:
    if question["answer"] is not None:
        answer = rows(found.answer)
        assert sorted(answer) == sorted(wanted(question["answer"]))
        assert aliases(answer) == aliases(wanted(question["answer"]))
    if question["additional"] is not None:
        assert sorted(rows(found.additional)) == sorted(wanted(question["additional"]))
    kinds = {dns.rdatatype.to_text(rrset.rdtype) for rrset in found.authority}
    assert kinds == ({"SOA"} if question["authority_type"] == "SOA" else set())
    if question.get("authority"):
        assert rows(found.authority) == wanted(question["authority"])
