"""The whole server: what it is asked with, what the plugins leave to one another, and what always holds."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest
from attrs import evolve
from dns_samples import SERIAL, SHOP, server_of
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.corefile.file import parse
from kdisco.dns.server import question
from kdisco.errors import KdiscoError, UsageError

UPSTREAM = [
    {"name": "www.site.example.", "type": "CNAME", "ttl": 60, "data": "host.site.example."},
    {"name": "host.site.example.", "type": "A", "ttl": 300, "data": "203.0.113.9"},
]
SERVER = server_of(SHOP, UPSTREAM)
RCODES = {dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.REFUSED}
CHAIN = "apiVersion: v1\nkind: Namespace\nmetadata: {name: c}\n"


def service(name: str, spec: str) -> str:
    return f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: c}}\nspec: {{{spec}}}\n"


def external(name: str, target: str) -> str:
    return service(name, f"type: ExternalName, externalName: {target}")


def told(message: dns.message.Message) -> list[str]:
    return [line for rrset in message.answer for line in rrset.to_text().splitlines()]


def test_external_name_is_followed_through_the_upstream() -> None:
    assert told(SERVER.query("docs.shop.svc.cluster.local", "A")) == [
        "docs.shop.svc.cluster.local. 30 IN CNAME www.site.example.",
        "www.site.example. 60 IN CNAME host.site.example.",
        "host.site.example. 300 IN A 203.0.113.9",
    ]
    assert told(SERVER.query("docs.shop.svc.cluster.local", "CNAME")) == [
        "docs.shop.svc.cluster.local. 30 IN CNAME www.site.example."
    ]
    nodata = SERVER.query("docs.shop.svc.cluster.local", "SRV")
    assert (nodata.rcode(), nodata.answer, len(nodata.authority)) == (dns.rcode.NOERROR, [], 1)


def test_external_name_to_nowhere_is_the_alias_alone() -> None:
    server = server_of(CHAIN + external("gone", "gone.example"))
    found = server.query("gone.c.svc.cluster.local", "AAAA")
    assert told(found) == ["gone.c.svc.cluster.local. 30 IN CNAME gone.example."]
    assert found.rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize(("links", "records"), [(1, 2), (11, 12), (12, 0)])
def test_chains_inside_the_zone_end_somewhere(links: int, records: int) -> None:
    names = [f"a{number}" for number in range(links)]
    texts = [external(name, f"a{number + 1}.c.svc.cluster.local") for number, name in enumerate(names)]
    last = service(f"a{links}", "clusterIP: 10.96.0.9, ports: [{port: 1}]")
    server = server_of(CHAIN + "".join(texts) + last)
    assert len(told(server.query("a0.c.svc.cluster.local", "A"))) == records


def test_circles_are_nodata() -> None:
    server = server_of(CHAIN + external("a", "b.c.svc.cluster.local") + external("b", "a.c.svc.cluster.local"))
    found = server.query("a.c.svc.cluster.local", "A")
    assert (found.rcode(), found.answer) == (dns.rcode.NOERROR, [])
    assert found.authority


def test_a_name_that_fits_no_message_is_servfail() -> None:
    server = server_of(CHAIN + external("bad", "a" * 70 + ".example"))
    assert server.query("bad.c.svc.cluster.local", "A").rcode() == dns.rcode.SERVFAIL


def test_flags() -> None:
    inside, outside = SERVER.query("cart.shop.svc.cluster.local"), SERVER.query("host.site.example")
    assert (inside.flags & dns.flags.AA, inside.flags & dns.flags.RA) == (dns.flags.AA, 0)
    assert (outside.flags & dns.flags.AA, outside.flags & dns.flags.RA) == (0, dns.flags.RA)
    assert inside.flags & dns.flags.RD


def test_not_synced_is_servfail_with_soa_but_knows_what_it_knows() -> None:
    server = server_of(SHOP, synced=False)
    missing = server.query("nope.shop.svc.cluster.local")
    assert (missing.rcode(), len(missing.authority)) == (dns.rcode.SERVFAIL, 1)
    assert server.query("cart.shop.svc.cluster.local").rcode() == dns.rcode.NOERROR
    assert server.query("9.9.9.9.in-addr.arpa", "PTR").rcode() == dns.rcode.NXDOMAIN  # falls through


def test_fallthrough_everywhere_leaves_nodata_at_home() -> None:
    outside = {"name": "nope.shop.svc.cluster.local.", "type": "A", "ttl": 9, "data": "192.0.2.1"}
    server = server_of(SHOP, [outside], fallthrough=(".",))
    assert told(server.query("nope.shop.svc.cluster.local")) == ["nope.shop.svc.cluster.local. 9 IN A 192.0.2.1"]
    assert server.query("cart.shop.svc.cluster.local", "AAAA").authority[0].name.to_text() == "cluster.local."


def test_zone_that_is_longer_wins() -> None:
    server = server_of(SHOP, zone="corp.example.")
    assert told(server.query("cart.shop.svc.corp.example"))
    assert server.query("cart.shop.svc.cluster.local").rcode() == dns.rcode.NXDOMAIN


def test_serial_is_the_time_given() -> None:
    [soa] = SERVER.query("cluster.local", "SOA").answer[0]
    assert soa.serial == SERIAL


@pytest.mark.parametrize(
    ("words", "settings_"),
    [
        (("a..b", "A"), {}),
        (("x" * 64, "A"), {}),
        ((None, "A"), {}),
        (("web", "NOSUCHTYPE"), {}),
        (("web", None), {}),
        (("web", "A"), {"udp_size": -1}),
        (("web", "A"), {"udp_size": "512"}),
        (("web", "A"), {"client": "somewhere"}),
        (("web", "A"), {"protocol": "quic"}),
    ],
)
def test_what_cannot_be_asked(words: tuple[Any, ...], settings_: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as error:
        SERVER.query(*words, **settings_)
    assert len(str(error.value).splitlines()) == 1


def test_text_is_no_message() -> None:
    with pytest.raises(KdiscoError, match="a DNS message is bytes, not str"):
        SERVER.wire("text")  # type: ignore[arg-type]  # on purpose


def test_upstream_lines_must_be_records() -> None:
    with pytest.raises(UsageError, match="upstream: 'nonsense "):
        server_of(SHOP, [{"name": "nonsense", "type": "", "ttl": "", "data": ""}]).query("x.example")


KNOWN = "cart db docs shop nope svc pod _http _tcp _ * 10-244-1-5 db-0 1-2-3-4 --1 ns dns CART"
NAMES = ".|example.|in-addr.arpa.|ip6.arpa.|cluster.local.|Cluster.LOCAL.|svc.cluster.local.|shop.svc.cluster.local."
NAMED = "A AAAA SRV TXT CNAME PTR NS SOA MX ANY DS HTTPS AXFR IXFR"
STRANGE = st.text("abc-_0.", min_size=1, max_size=6).map(lambda text: text.replace(".", "\\."))
LABELS = st.sampled_from(KNOWN.split(" ")) | STRANGE
ZONES = st.sampled_from(NAMES.split("|"))
TYPES = st.sampled_from(NAMED.split(" ")) | st.integers(1, 65535).map("TYPE{}".format)


@settings(max_examples=300)
@given(st.lists(LABELS, max_size=6), ZONES, TYPES, st.sampled_from([None, 512, 4096]))
def test_every_question_gets_a_lawful_response(labels: list[str], zone: str, qtype: str, udp_size: int | None) -> None:
    name = ".".join([*labels, zone.lstrip(".")]) or "."
    found = SERVER.query(name, qtype, udp_size=udp_size)
    assert found.question[0].name.to_text() == dns.name.from_text(name).to_text()
    assert found.rcode() in RCODES
    assert found.flags & dns.flags.QR
    soas = [rrset for rrset in found.authority if rrset.rdtype == dns.rdatatype.SOA]
    assert len(soas) == (not found.answer and found.rcode() != dns.rcode.REFUSED)
    assert found.rcode() == dns.rcode.NOERROR or not found.answer
    assert dns.message.from_wire(found.to_wire()).rcode() == found.rcode()


HOSTED = "10.0.0.1 fd00:1:: a.c.svc.cluster.local www.site.example 10.0.0.1. no_host! ."
HOSTS = st.sampled_from(HOSTED.split(" "))
OBJECTS = st.tuples(
    st.sampled_from(["ClusterIP", "None", "ExternalName", "FQDN", "Pod"]),
    st.sampled_from(["a", "b"]),
    HOSTS,
    st.booleans(),
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "pods": st.sampled_from(["disabled", "insecure", "verified"]),
        "namespaces": st.sampled_from([("c",), ("d",)]),
        "fallthrough": st.sampled_from([(), (".",)]),
        "ttl": st.sampled_from([0, 3600]),
        **dict.fromkeys(("zonal", "autopath", "transfer", "endpoint_pod_names", "ignore_empty_service"), st.booleans()),
        "synced": st.booleans(),
        "cache": st.sampled_from([1, 30]),
        "local_ips": st.sampled_from([("10.0.0.1",), ("fd00:1::", "10.9.9.9")]),
    },
)
SHAPED = "{0}.c.svc x.{0}.c.svc _p._tcp.{0}.c.svc z.pin._zone.{0}.c.svc z.y.prefer._zone.{0}.c.svc ns.dns svc "
ASKED = st.tuples(st.sampled_from(SHAPED.split(" ")), TYPES)


def manifest(kind: str, name: str, host: str, number: int, *, ready: bool) -> str:
    """One object of a random kind in namespace c."""
    if kind == "Pod":
        head = f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}, namespace: c}}\n"
        return f"{head}spec: {{containers: []}}\nstatus: {{podIP: '{host}'}}\n"
    if kind == "FQDN":
        return (
            f"---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: s{number}, namespace: c, "
            f"labels: {{kubernetes.io/service-name: {name}}}}}\naddressType: FQDN\nports: [{{name: p, port: 1}}]\n"
            f"endpoints: [{{addresses: ['{host}'], conditions: {{ready: {str(ready).lower()}}}, zone: z}}]\n"
        )
    if kind == "ExternalName":
        return external(name, f"'{host}'")
    address = host if kind == "ClusterIP" and host[0] in "1f" and host[-1] != "." else "None"
    return service(name, f"clusterIP: '{address}', clusterIPs: ['{address}'], ports: [{{name: p, port: 1}}]")


@settings(max_examples=150)
@given(st.lists(OBJECTS, max_size=8), OPTIONS, st.lists(ASKED, min_size=1, max_size=5))
def test_whatever_is_stored_and_configured_the_response_is_lawful(
    objects: list[tuple[str, str, str, bool]], options: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    texts = [manifest(*row[:3], number, ready=row[3]) for number, row in enumerate(objects)]
    server = server_of(CHAIN + "".join(texts), UPSTREAM, **options)
    for shape, qtype in asked:
        name = shape.format("a") + ".cluster.local"
        (first, *_), memory = server.exchange(question(name.removeprefix("."), qtype), "tcp", "10.0.0.1")
        server = evolve(server, memory=memory, now=server.now + 1)
        found = dns.message.from_wire(first)
        assert dns.message.from_wire(found.to_wire()) == found
        bare = found.rcode() in (dns.rcode.REFUSED, dns.rcode.SERVFAIL) and not found.authority
        assert found.rcode() in {*RCODES, dns.rcode.SERVFAIL}
        soas = [rrset for rrset in found.authority if rrset.rdtype == dns.rdatatype.SOA]
        assert bare or len(soas) == (not found.answer)


ZONED = SHOP.replace("{addresses: [10.244.2.1]", "{zone: West, addresses: [10.244.2.1]")


@pytest.mark.parametrize(
    ("name", "qtype", "rcode", "records"),
    [
        ("west.pin._zone.db.shop", "A", "NOERROR", 1),
        ("WEST.prefer._zone.db.shop", "SRV", "NOERROR", 1),
        ("south.prefer._zone.db.shop", "A", "NOERROR", 2),
        ("south.pin._zone.db.shop", "A", "NOERROR", 0),
        ("south.pin._zone.db.shop", "TXT", "NOERROR", 0),
        ("west.pin._zone.cart.shop", "A", "NXDOMAIN", 0),
        ("west.pin._zone.cart.shop", "TXT", "NXDOMAIN", 0),
        ("west.pin._zone.none.shop", "A", "NXDOMAIN", 0),
    ],
)
def test_names_of_zones(name: str, qtype: str, rcode: str, records: int) -> None:
    found = server_of(ZONED, zonal=True).query(f"{name}.svc.cluster.local", qtype)
    assert (dns.rcode.to_text(found.rcode()), sum(map(len, found.answer))) == (rcode, records)
    assert bool(found.authority) == (not records)
    assert server_of(ZONED).query(f"{name}.svc.cluster.local", qtype).rcode() == dns.rcode.NXDOMAIN


def test_only_the_server_loads_dnspython() -> None:
    modules = "kdisco.dns.lookup, kdisco.dns.names, kdisco.dns.records, kdisco.dns.resolvconf, kdisco.dns.resolver"
    code = f"import sys, {modules}; sys.exit('dns' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ds_is_asked_of_the_parents_block() -> None:
    blocks = "example {\n forward . 192.0.2.1\n}\nshop.example {\n kubernetes shop.example\n}"
    found = evolve(server_of(CHAIN), corefile=parse(blocks))
    rcodes = {qtype: dns.rcode.to_text(found.query("svc.shop.example", qtype).rcode()) for qtype in ("A", "DS")}
    assert rcodes == {"A": "NOERROR", "DS": "NXDOMAIN"}
