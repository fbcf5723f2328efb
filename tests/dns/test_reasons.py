"""Why CoreDNS answers as it does."""

from __future__ import annotations

import pytest
from dns_samples import SHOP, server_of
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.dns.answer import Answer, told
from kdisco.dns.server import Server

UPSTREAM = [{"name": "www.site.example.", "type": "A", "ttl": 300, "data": "203.0.113.9"}]
MORE = """
---
apiVersion: v1
kind: Service
metadata: {name: empty, namespace: shop}
spec: {clusterIP: None, clusterIPs: [None]}
---
apiVersion: v1
kind: Service
metadata: {name: inside, namespace: shop}
spec: {type: ExternalName, externalName: cart.shop.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: dual, namespace: shop}
spec: {clusterIP: fd00::1, clusterIPs: ["fd00::1"], ports: [{port: 80}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: bank}
"""
SERVER = server_of(SHOP + MORE, UPSTREAM)
SVC = "svc.cluster.local"


def ask(qname: str, qtype: str = "A", server: Server = SERVER) -> Answer:
    """A question put to a server, as a value."""
    return told(server, server.query(qname, qtype), server.respond(qname, qtype), (qname, qtype), "")


@pytest.mark.parametrize(
    ("qname", "why"),
    [
        (f"nope.shop.{SVC}", f"no such name below shop.{SVC}: no Service nope in Namespace shop"),
        (f"NOPE.shop.{SVC}.", f"no such name below shop.{SVC}: no Service nope in Namespace shop"),
        (f"cart.nope.{SVC}", f"no such name below {SVC}: no Namespace nope"),
        (f"nope.{SVC}", f"no such name below {SVC}: no Namespace nope"),
        ("foo.cluster.local", "no such name below cluster.local: there are only svc and pod"),
        (f"a.b.c.cart.shop.{SVC}", f"no such name below {SVC}: it has too many labels"),
        (f"empty.shop.{SVC}", f"no such name below shop.{SVC}: Service shop/empty has no ready endpoint"),
        (
            f"ep.cart.shop.{SVC}",
            f"no such name below cart.shop.{SVC}: Service shop/cart has no ready endpoint named ep",
        ),
        (f"_ftp._tcp.cart.shop.{SVC}", f"no such name below cart.shop.{SVC}: Service shop/cart has no port ftp/tcp"),
        (
            f"a.docs.shop.{SVC}",
            f"no such name below docs.shop.{SVC}: Service shop/docs is an ExternalName: no endpoints, no ports",
        ),
        ("foo.shop.pod.cluster.local", "no such name below shop.pod.cluster.local: foo spells no address"),
        ("1-2-3-4.nope.pod.cluster.local", "no such name below pod.cluster.local: no Namespace nope"),
    ],
)
def test_a_name_error_says_where_the_name_ends(qname: str, why: str) -> None:
    found = ask(qname)
    assert (found.rcode, found.reason) == ("NXDOMAIN", why)


@pytest.mark.parametrize(
    ("qname", "qtype", "why"),
    [
        (f"cart.shop.{SVC}", "AAAA", "the name exists, no AAAA: its addresses are IPv4"),
        (f"dual.shop.{SVC}", "A", "the name exists, no A: its addresses are IPv6"),
        (f"cart.shop.{SVC}", "MX", "the name exists, no MX"),
        (f"docs.shop.{SVC}", "SRV", "the name exists, no SRV"),
        (f"inside.shop.{SVC}", "AAAA", "the name is an alias, and what it leads to has no AAAA"),
        (f"shop.{SVC}", "A", "the name exists, no A: it holds nothing itself"),
        (f"bank.{SVC}", "A", "the name exists, no A: it holds nothing itself"),
        ("cluster.local", "A", "the name exists, no A: it holds nothing itself"),
        (f"nope.shop.{SVC}", "SOA", "the SOA stands at cluster.local alone"),
    ],
)
def test_no_data_says_what_there_is(qname: str, qtype: str, why: str) -> None:
    found = ask(qname, qtype)
    assert (found.rcode, found.records, found.reason) == ("NOERROR", (), f"NODATA: {why}")


@pytest.mark.parametrize(
    ("qname", "qtype", "why", "lines"),
    [
        (f"cart.shop.{SVC}", "A", "Service shop/cart has a ClusterIP", ["the ClusterIP of Service shop/cart"]),
        (
            f"db.shop.{SVC}",
            "A",
            "Service shop/db is headless: its ready endpoints",
            ["a ready endpoint of Service shop/db"] * 2,
        ),
        (
            f"docs.shop.{SVC}",
            "A",
            "Service shop/docs is an ExternalName: an alias",
            ["the externalName of Service shop/docs", "not of the cluster: from upstream"],
        ),
        (
            f"db-0.db.shop.{SVC}",
            "A",
            "an endpoint of Service shop/db, by its name",
            ["a ready endpoint of Service shop/db"],
        ),
        (f"cart.shop.{SVC}", "SRV", "Service shop/cart has a ClusterIP", ["a port of Service shop/cart"]),
        ("1-2-3-4.shop.pod.cluster.local", "A", "the name exists", ["the name spells the address"]),
        ("dns-version.cluster.local", "TXT", "the name exists", ["the version of the DNS specification"]),
        (
            "11.10.96.10.in-addr.arpa",
            "PTR",
            "a Service or a ready endpoint has the address",
            ["the name of 10.96.10.11"],
        ),
        (
            "www.site.example",
            "A",
            "not a name of the cluster: the node's resolver answers",
            ["not of the cluster: from upstream"],
        ),
    ],
)
def test_each_record_says_where_it_comes_from(qname: str, qtype: str, why: str, lines: list[str]) -> None:
    found = ask(qname, qtype)
    assert (found.reason, [each.why for each in found.records]) == (why, lines)


@pytest.mark.parametrize(
    ("qname", "qtype", "options", "why"),
    [
        ("example.com", "A", {}, "not a name of the cluster, and the node's resolver knows none such"),
        ("www.site.example", "MX", {}, "NODATA: not a name of the cluster, and at the node's resolver it has no MX"),
        (
            "9.9.9.9.in-addr.arpa",
            "PTR",
            {},
            "no Service and no ready endpoint has 9.9.9.9, so the node's resolver was asked",
        ),
        ("9.9.in-addr.arpa", "PTR", {"fallthrough": ()}, "the name spells no whole address"),
        ("cluster.local", "AXFR", {}, "zone transfers are not allowed: the Corefile has no transfer plugin"),
        (
            f"nope.shop.{SVC}",
            "A",
            {"synced": False},
            "CoreDNS has not listed all objects yet: what it does not know may be there all the same",
        ),
        (
            "1-2-3-4.shop.pod.cluster.local",
            "A",
            {"pods": "disabled"},
            "no such name below shop.pod.cluster.local: names of Pods are switched off (pods disabled)",
        ),
        (
            "1-2-3-4.shop.pod.cluster.local",
            "A",
            {"pods": "verified"},
            "no such name below shop.pod.cluster.local: no Pod of Namespace shop has 1.2.3.4",
        ),
        (
            f"cart.shop.{SVC}",
            "A",
            {"namespaces": ("bank",)},
            f"no such name below {SVC}: Namespace shop is not served",
        ),
        (
            f"dual.shop.{SVC}",
            "AAAA",
            {"ignore_empty_service": True},
            f"no such name below shop.{SVC}: Service shop/dual has no ready endpoint",
        ),
    ],
)
def test_other_ends(qname: str, qtype: str, options: dict[str, object], why: str) -> None:
    assert ask(qname, qtype, server_of(SHOP + MORE, UPSTREAM, **options)).reason == why


WORDS = (
    "a",
    "_x",
    "_tcp",
    "ep",
    "cart",
    "db",
    "docs",
    "empty",
    "shop",
    "nope",
    "svc",
    "pod",
    "1-2-3-4",
    "db-0",
    "_zone",
)
LABELS = st.lists(st.sampled_from(WORDS), max_size=7)
ZONES = st.sampled_from(["cluster.local", SVC, f"shop.{SVC}", "site.example", "in-addr.arpa", "8.ip6.arpa", ""])
TYPES = st.sampled_from(["A", "AAAA", "SRV", "CNAME", "TXT", "SOA", "NS", "PTR", "MX", "ANY", "AXFR", "TYPE65"])


@settings(max_examples=200)
@given(LABELS, ZONES, TYPES)
def test_every_answer_has_a_reason(labels: list[str], zone: str, qtype: str) -> None:
    found = ask(".".join([*labels, zone]) or ".", qtype)
    assert found.reason
    assert all(each.why for each in (*found.records, *found.authority, *found.additional))
    assert str(found).endswith(found.verdict)
    assert found._repr_html_().count("<tr>") == str(found).count("\n")
