"""Which names go to the upstreams, and what comes back."""

from __future__ import annotations

import dns.flags
import dns.rcode
from attrs import evolve
from dns_samples import SHOP, server_of

from kdisco.corefile.file import parse
from kdisco.dns.server import Server

UPSTREAM = [{"name": "www.site.example.", "type": "A", "ttl": 300, "data": "203.0.113.9"}]
SERVER = server_of(SHOP, UPSTREAM)


def with_file(*lines: str) -> Server:
    return evolve(SERVER, corefile=parse("\n".join((". {", *lines, "}"))))


def test_a_name_outside_is_asked_of_the_upstreams() -> None:
    found = SERVER.query("www.site.example")
    assert found.answer[0].to_text() == "www.site.example. 300 IN A 203.0.113.9"
    assert found.flags & dns.flags.RA
    assert not found.flags & dns.flags.AA


def test_upstreams_that_are_down_are_a_failure() -> None:
    down = evolve(SERVER, config=evolve(SERVER.config, upstream=None))
    assert down.query("www.site.example").rcode() == dns.rcode.SERVFAIL
    assert down.query("cart.shop.svc.cluster.local").rcode() == dns.rcode.NOERROR
    alone = down.query("docs.shop.svc.cluster.local")
    assert (alone.rcode(), len(alone.answer)) == (dns.rcode.NOERROR, 1)


def test_without_the_plugin_nobody_answers() -> None:
    found = with_file("kubernetes cluster.local").query("www.site.example")
    assert (found.rcode(), found.authority) == (dns.rcode.SERVFAIL, [])


def test_a_forward_is_for_its_zone() -> None:
    server = with_file("forward example 192.0.2.1 {", "except other.example", "}")
    assert server.query("www.site.example").rcode() == dns.rcode.NOERROR
    assert server.query("www.other.example").rcode() == dns.rcode.SERVFAIL
    assert server.query("www.site.org").rcode() == dns.rcode.SERVFAIL


def test_a_name_that_no_server_block_serves_is_refused() -> None:
    server = evolve(SERVER, corefile=parse("example.org {\n forward . 192.0.2.1\n}"))
    assert server.query("www.site.example").rcode() == dns.rcode.REFUSED
