"""Answers kept as bytes are those that the plugins give, byte for byte, and no others are kept."""

from __future__ import annotations

import struct
from typing import Any

import dns.message
import dns.name
import pytest
from attrs import evolve
from dns_samples import SHOP, server_of
from hypothesis import given
from hypothesis import strategies as st

from kdisco import Cluster
from kdisco.dns import direct
from kdisco.dns.server import Server, question
from kdisco.model.manifest import documents, to_object
from kdisco.store.table import Table

TWO_PORTS = "[{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}]"


def service(namespace: str, name: str, kind: str, octet: int, *, many: bool) -> str:
    spec = {
        "ip": f"clusterIP: 10.96.0.{octet}, clusterIPs: [10.96.0.{octet}]",
        "two": f"clusterIP: 10.96.0.{octet}, clusterIPs: [10.96.0.{octet}, 'fd00::{octet}']",
        "none": "clusterIP: None, clusterIPs: [None]",
        "alias": "type: ExternalName, externalName: a.one.svc.cluster.local",
        "out": "type: ExternalName, externalName: www.site.example",
    }[kind]
    ports = TWO_PORTS if many else "[{name: http, port: 80}]"
    ready = ", ".join(f"{{addresses: [10.244.0.{octet + number}]}}" for number in range(1 + many))
    return f"""---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{{spec}, ports: {ports}}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}-x, namespace: {namespace}, labels: {{kubernetes.io/service-name: {name}}}}}
addressType: IPv4
ports: {ports}
endpoints: [{ready}]
"""


NAMESPACES = "".join(f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n" for name in ("one", "two"))
services = st.dictionaries(
    st.tuples(st.sampled_from(["one", "two", "gone"]), st.sampled_from("abc")),
    st.tuples(st.sampled_from(["ip", "two", "none", "alias", "out"]), st.integers(1, 90), st.booleans()),
    max_size=5,
)
names = st.one_of(
    st.builds("{}.{}.svc.cluster.local.".format, st.sampled_from("abcB"), st.sampled_from(["one", "two", "gone"])),
    st.builds("_http._tcp.{}.one.svc.Cluster.local.".format, st.sampled_from("abc")),
    st.builds("{}-x.{}.one.svc.cluster.local.".format, st.sampled_from("abc"), st.sampled_from("abc")),
    st.builds("10-244-0-{}.{}.one.svc.cluster.local.".format, st.integers(1, 9), st.sampled_from("abc")),
    st.builds("{}.0.96.10.in-addr.arpa.".format, st.integers(1, 20)),
    st.sampled_from(["cluster.local.", "ns.dns.cluster.local.", "www.site.example.", "1-2-3-4.one.pod.cluster.local."]),
)
kinds = st.sampled_from(["A", "AAAA", "SRV", "PTR", "TXT", "ANY", "SOA", "AXFR"])
queries = st.lists(st.tuples(names, kinds, st.sampled_from([None, 512, 4096]), st.booleans()), max_size=12)
records = [{"name": "www.site.example.", "type": "A", "ttl": 300, "data": "203.0.113.9"}]


def shut(server: Server, *asked: Any) -> tuple[bytes, ...]:
    """The answer as the plugins give it, whatever is kept."""
    direct._books = type(direct._books)(1)
    return server.exchange(*asked)[0]


def kept(server: Server) -> direct.Book | None:
    own = server.config.dns.local_ips or server.local_ips
    return direct.book(server.view, server.config, server.corefile, int(server.now), own)


@given(services, queries, st.fixed_dictionaries({"autopath": st.booleans(), "cache": st.sampled_from([0, 30])}))
def test_what_is_kept_is_what_the_plugins_answer(
    found: dict[tuple[str, str], tuple[str, int, bool]],
    asked: list[tuple[str, str, int | None, bool]],
    options: dict[str, Any],
) -> None:
    manifests = NAMESPACES + "".join(
        service(*key, kind, octet, many=many) for key, (kind, octet, many) in found.items()
    )
    server = server_of(manifests, records, pods="verified", local_ips=("10.244.0.3",), **options)
    rows = [
        (struct.pack("!H", number) + question(name, kind, size)[2:], "tcp" if tcp else "udp", None)
        for number, (name, kind, size, tcp) in enumerate(asked)
    ]
    wanted = [shut(server, *row) for row in rows]
    for _ in range(2):  # the second time out of the book, where there is one
        assert [server.exchange(*row)[0] for row in rows] == wanted


def test_a_question_is_answered_by_the_plugins_once() -> None:
    server = server_of(SHOP)
    data = question("cart.shop.svc.cluster.local.")
    first = server.wire(data)
    page = data[2:], "udp", False
    book = kept(server)
    assert book is not None
    assert book[page] == first[2:]
    book[page] = b"remembered"
    assert server.wire(b"\1\2" + data[2:]) == b"\1\2remembered"
    assert server.wire(data, "tcp") == first
    assert server.wire(data, client="fd00::1") == first


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("db.shop.svc.cluster.local.", "A"),  # two addresses to shuffle
        ("docs.shop.svc.cluster.local.", "A"),  # leads elsewhere
        ("www.site.example.", "A"),
        ("cart.shop.svc.cluster.local.", "ANY"),
    ],
)
def test_what_is_not_kept(name: str, kind: str) -> None:
    server = server_of(SHOP, records)
    server.wire(question(name, kind))
    assert (question(name, kind)[2:], "udp", False) not in (kept(server) or {})


@pytest.mark.parametrize("options", [{"cache": 30}, {"autopath": True, "pods": "verified"}])
def test_no_book_where_plugins_remember_or_look_at_the_client(options: dict[str, Any]) -> None:
    assert kept(server_of(SHOP, **options)) is None


def test_answers_follow_what_was_seen() -> None:
    server, data = server_of(SHOP), question("cart.shop.svc.cluster.local.")
    assert b"\x0a\x60\x0a\x0b" in server.wire(data)
    renumbered = documents(SHOP.replace("10.96.10.11", "10.96.10.99"))
    moved = [to_object(each) for each in renumbered if each["kind"] == "Service"]
    tables = server.view.tables.merged({"services": Table.of("services", moved)})
    assert b"\x0a\x60\x0a\x63" in evolve(server, view=server.view.with_tables(2, tables)).wire(data)
    assert b"\x0a\x60\x0a\x0b" in server.wire(data)


def test_answers_follow_the_cluster() -> None:
    cluster = Cluster(nodes=1)
    cluster.create("{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}")
    data = question("web.default.svc.cluster.local.")

    def found() -> dns.message.Message:
        return dns.message.from_wire(cluster.dns.wire(data))

    assert found().authority  # CoreDNS has not heard of it
    cluster.settle()
    assert found().answer[0][0].to_text() == cluster.get("Service", "web").spec.cluster_ip
    assert found() == found()
    cluster.delete("Service", "web")
    assert found().answer
    cluster.settle()
    assert found().authority
    cluster.undo()
    assert found().answer


def test_a_book_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "PAGES", 1)
    direct._books = type(direct._books)(1)
    server = server_of(SHOP)
    server.wire(question("cart.shop.svc.cluster.local."))
    server.wire(question("nothing.shop.svc.cluster.local."))
    assert len(kept(server) or {}) == 1
