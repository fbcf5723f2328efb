"""Every question of the sample cases, answered as CoreDNS answers it."""

from __future__ import annotations

from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from dns_samples import SAMPLES, samples, server_of

CACHE, AUTOPATH, TRANSFER, ZONAL = "the cache plugin", "the autopath plugin", "the transfer plugin", "names of zones"
LATER: dict[str, str] = {
    "dns-22-cache-kubeadm 02 www.site.example. A": CACHE,
    "dns-22-cache-kubeadm 03 www.site.example. A": CACHE,
    "dns-22-cache-kubeadm 04 short.site.example. A": CACHE,
    "dns-22-cache-kubeadm 05 nope.site.example. A": CACHE,
    "dns-22-cache-kubeadm 06 nope.site.example. A": CACHE,
    "dns-22-cache-kubeadm 07 dns-version.cluster.local. TXT": CACHE,
    "dns-22-cache-kubeadm 08 alias.shop.svc.cluster.local. A": CACHE,
    "dns-22-cache-kubeadm 11 11.10.96.10.in-addr.arpa. PTR": CACHE,
    "dns-24-autopath 01 till.bank.shop.svc.cluster.local. A": AUTOPATH,
    "dns-24-autopath 02 www.site.example.shop.svc.cluster.local. A": AUTOPATH,
}


def questions() -> list[Any]:
    found = []
    for stem, case in samples("dns-*.json"):
        for number, question in enumerate(case["questions"]):
            name = f"{stem} {number:02} {question['qname']} {question['qtype']}"
            marks = [pytest.mark.xfail(reason=LATER[name], strict=True)] if name in LATER else []
            found.append(pytest.param(case, question, id=name, marks=marks))
    return found


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
@pytest.mark.parametrize(("case", "question"), questions())
def test_sample_question(case: dict[str, Any], question: dict[str, Any]) -> None:
    server = server_of(case["manifests"], case.get("upstream", ()), **case["corefile_options"])
    found = server.query(
        question["qname"],
        question["qtype"],
        client=question.get("client"),
        udp_size=question.get("bufsize"),
        protocol=question.get("proto") or "udp",
    )
    assert dns.rcode.to_text(found.rcode()) == question["rcode"]
    assert_sections(found, question)
    upstream = question.get("served_by") in ("upstream", "cache")
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
