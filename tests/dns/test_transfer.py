"""A zone as a whole: its content, its order, and who gets it."""

from __future__ import annotations

import struct
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import pytest
from attrs import evolve
from dns_samples import SERIAL, SHOP, server_of

from kdisco.corefile.file import parse
from kdisco.dns.server import Server, question

SERVER = server_of(SHOP, transfer=True, local_ips=("10.244.0.2",))
ZONE = "cluster.local."


def ask(server: Server, name: str = ZONE, kind: str = "AXFR", protocol: str = "tcp", client: str | None = None) -> Any:
    messages, _ = server.exchange(question(name, kind), protocol, client)
    return [dns.message.from_wire(each, one_rr_per_rrset=True) for each in messages]


def told(messages: Any) -> list[str]:
    return [rrset.to_text() for each in messages for rrset in each.answer]


def ixfr(serial: int) -> bytes:
    base = question(ZONE, "IXFR")
    zone = dns.name.from_text(ZONE).to_wire() or b""
    soa = zone + struct.pack("!HHIH", 6, 1, 0, 2 + 20) + b"\0\0" + struct.pack("!IIIII", serial, 0, 0, 0, 0)
    return base[:8] + b"\0\1" + base[10:] + soa


def test_a_zone_from_start_to_end() -> None:
    start = f"cluster.local. 30 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. {SERIAL} 7200 1800 86400 30"
    (found,) = ask(SERVER)
    assert found.flags & dns.flags.AA
    assert told([found]) == [
        start,
        "cluster.local. 30 IN NS ns.dns.cluster.local.",
        "ns.dns.cluster.local. 0 IN A 10.244.0.2",
        "cart.shop.svc.cluster.local. 30 IN A 10.96.10.11",
        "cart.shop.svc.cluster.local. 30 IN SRV 0 100 80 cart.shop.svc.cluster.local.",
        "_http._tcp.cart.shop.svc.cluster.local. 30 IN SRV 0 100 80 cart.shop.svc.cluster.local.",
        "db.shop.svc.cluster.local. 30 IN A 10.244.2.1",
        "db-0.db.shop.svc.cluster.local. 30 IN A 10.244.2.1",
        "_pg._tcp.db.shop.svc.cluster.local. 30 IN SRV 0 50 5432 db-0.db.shop.svc.cluster.local.",
        "db.shop.svc.cluster.local. 30 IN A 10.244.2.2",
        "db-1.db.shop.svc.cluster.local. 30 IN A 10.244.2.2",
        "_pg._tcp.db.shop.svc.cluster.local. 30 IN SRV 0 50 5432 db-1.db.shop.svc.cluster.local.",
        "docs.shop.svc.cluster.local. 30 IN CNAME www.site.example.",
        start,
    ]


def test_one_start_is_enough_for_who_has_the_newest() -> None:
    (message,), _ = SERVER.exchange(ixfr(SERIAL), "tcp")
    (answer,) = dns.message.from_wire(message).answer
    assert (answer.rdtype, answer[0].serial) == (6, SERIAL)
    (message,), _ = SERVER.exchange(ixfr(SERIAL - 1), "tcp")
    assert len(dns.message.from_wire(message, one_rr_per_rrset=True).answer) == len(told(ask(SERVER)))


@pytest.mark.parametrize(
    ("server", "name", "protocol", "rcode"),
    [
        (SERVER, ZONE, "udp", dns.rcode.REFUSED),
        (server_of(SHOP), ZONE, "tcp", dns.rcode.REFUSED),
        (SERVER, "example.org.", "tcp", dns.rcode.NXDOMAIN),
    ],
)
def test_who_gets_no_zone(server: Server, name: str, protocol: str, rcode: int) -> None:
    (found,) = ask(server, name, protocol=protocol)
    assert found.rcode() == rcode
    assert not found.answer


def test_an_ixfr_without_a_serial_fails() -> None:
    assert ask(SERVER, kind="IXFR")[0].rcode() == dns.rcode.SERVFAIL


def test_only_those_named_get_it() -> None:
    file = parse(". {\nkubernetes cluster.local\ntransfer cluster.local {\nto 192.0.2.1 192.0.2.2:53\n}\n}")
    server = evolve(SERVER, corefile=file)
    clients = {"192.0.2.1": "NOERROR", "192.0.2.2": "NOERROR", "192.0.2.3": "REFUSED", None: "REFUSED"}
    for client, rcode in clients.items():
        assert dns.rcode.to_text(ask(server, client=client)[0].rcode()) == rcode
    assert ask(server, "other.local.", client="192.0.2.1")[0].rcode() == dns.rcode.SERVFAIL


def test_a_large_zone_takes_several_messages() -> None:
    more = "".join(
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{number}, namespace: shop}}\n"
        f"spec: {{clusterIP: 10.97.{number // 250}.{number % 250}, ports: []}}\n"
        for number in range(300)
    )
    found = ask(server_of(SHOP + more, transfer=True))
    assert [len(each.answer) for each in found] == [501, 612 - 501]
    assert "65535" in told(found)[20]
