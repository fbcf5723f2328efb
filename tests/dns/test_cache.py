"""What the cache keeps, for how long, and what it does to every TTL that passes."""

from __future__ import annotations

from typing import Any

import dns.flags
import dns.message
import dns.rcode
import pytest
from attrs import evolve
from dns_samples import SHOP, server_of
from hypothesis import given
from hypothesis import strategies as st

from kdisco.corefile.file import parse
from kdisco.dns.memory import CAPACITY, Item, Memory
from kdisco.dns.response import Response
from kdisco.dns.server import Server, question

UPSTREAM = [
    {"name": "www.site.example.", "type": "A", "ttl": 600, "data": "203.0.113.9"},
    {"name": "mail.site.example.", "type": "CNAME", "ttl": 60, "data": "empty.site.example."},
    {"name": "empty.site.example.", "type": "TXT", "ttl": 60, "data": '"x"'},
]
SERVER = server_of(SHOP, UPSTREAM, cache=30)
CART = "cart.shop.svc.cluster.local."
WWW = "www.site.example."


class Course:
    """Questions one after another to one server, with time between them."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def ask(self, name: str, kind: str = "A", after: float = 0, flags: int = 0, size: int | None = None) -> Any:
        """The answer to a question ``after`` so many seconds."""
        self.server = evolve(self.server, now=self.server.now + after)
        data = bytearray(question(name, kind, size))
        data[3] |= flags
        if size is not None and flags:
            data[-4] |= 0x80  # DO, in the flags of the OPT record
        (message,), memory = self.server.exchange(bytes(data))
        self.server = evolve(self.server, memory=memory)
        return dns.message.from_wire(message)

    @property
    def kept(self) -> tuple[int, int]:
        """How many answers and how many denials are remembered."""
        return len(self.server.memory.positive), len(self.server.memory.negative)


def ttls(message: dns.message.Message) -> set[int]:
    return {rrset.ttl for section in (message.answer, message.authority, message.additional) for rrset in section}


def test_a_kept_answer_counts_down_and_is_authoritative() -> None:
    course = Course(SERVER)
    first = course.ask(WWW)
    assert (ttls(first), first.flags & dns.flags.AA) == ({30}, 0)
    later = course.ask(WWW.upper(), after=29.5)
    assert ttls(later) == {1}
    assert later.flags & dns.flags.AA
    assert later.answer[0].name.to_text() == WWW  # as it was first spelled
    assert ttls(course.ask(WWW, after=0.5)) == {30}


def test_a_kept_denial_hides_a_new_service() -> None:
    course = Course(SERVER)
    assert course.ask("new.shop.svc.cluster.local").rcode() == dns.rcode.NXDOMAIN
    assert course.kept == (0, 1)
    made = server_of(SHOP.replace("name: cart,", "name: new,"), cache=30)
    course.server = evolve(course.server, view=made.view)
    assert course.ask("new.shop.svc.cluster.local", after=29).rcode() == dns.rcode.NXDOMAIN
    assert course.ask("new.shop.svc.cluster.local", after=1).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize("lines", [("disable success shop.svc.cluster.local",), ("disable success", "disable denial")])
def test_where_caching_is_disabled_ttls_change_all_the_same(lines: tuple[str, ...]) -> None:
    file = parse("\n".join((". {", "kubernetes cluster.local {", "ttl 0", "}", "cache {", *lines, "}", "}")))
    course = Course(evolve(SERVER, corefile=file))
    assert ttls(course.ask(CART)) == {5}
    assert course.kept == (0, 0)


def test_a_ttl_of_nothing_is_kept_five_seconds() -> None:
    course = Course(server_of(SHOP, cache=30, ttl=0))
    assert ttls(course.ask(CART)) == {5}
    assert ttls(course.ask(CART, after=4)) == {1}
    assert ttls(course.ask("dns-version.cluster.local", "TXT")) == {30}


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        (CART, "A", (1, 0)),
        (CART, "AAAA", (0, 1)),
        ("nobody.site.example", "A", (0, 1)),
        ("mail.site.example", "A", (0, 1)),  # an alias that ends nowhere, with a SOA: a denial
        ("docs.shop.svc.cluster.local", "AAAA", (0, 1)),  # an alias alone is not kept, what it led to is
        (CART, "AXFR", (0, 0)),
        ("cluster.local", "SOA", (1, 0)),
    ],
)
def test_what_is_kept(name: str, kind: str, kept: tuple[int, int]) -> None:
    course = Course(SERVER)
    course.ask(name, kind)
    assert course.kept == kept


def test_a_written_failure_is_kept_for_five_seconds_a_bare_one_is_not() -> None:
    course = Course(server_of(SHOP, synced=False, cache=30))
    found = course.ask("none.shop.svc.cluster.local")
    assert (found.rcode(), ttls(found), course.kept) == (dns.rcode.SERVFAIL, {5}, (0, 1))
    down = Course(evolve(SERVER, config=evolve(SERVER.config, upstream=None)))
    assert down.ask(WWW).rcode() == dns.rcode.SERVFAIL
    assert down.kept == (0, 0)


def test_do_and_cd_have_entries_of_their_own() -> None:
    course = Course(SERVER)
    for flags, size in ((0, None), (0x10, None), (0, 1232), (0x10, 1232)):
        course.ask(WWW, flags=flags, size=size)
    assert course.kept == (3, 0)


def test_the_cache_is_for_its_zones() -> None:
    file = parse(". {\ncache 9 example\nforward . 192.0.2.1\nkubernetes cluster.local\n}")
    course = Course(evolve(SERVER, corefile=file))
    assert ttls(course.ask(WWW)) == {9}
    assert ttls(course.ask("dns-version.cluster.local", "TXT")) == {28800}


def test_a_transfer_through_the_cache_has_short_ttls() -> None:
    server = server_of(SHOP, cache=30, transfer=True)
    (message,), memory = server.exchange(question("cluster.local", "AXFR"), "tcp")
    assert ttls(dns.message.from_wire(message)) == {5}
    assert memory is server.memory


@given(st.integers(0, 3600), st.integers(1, 3600), st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_no_answer_outlives_its_ttl(ttl: int, longest: int, pauses: list[int]) -> None:
    course = Course(server_of(SHOP, ttl=ttl, cache=longest))
    for pause in pauses:
        (found,) = ttls(course.ask(CART, after=pause))
        assert 1 <= found <= min(max(ttl, 5), longest)


def test_a_full_cache_makes_room() -> None:
    memory, item = Memory(), Item(Response(), 30, 0.0)
    for number in range(CAPACITY):
        memory = memory.keep(((str(number),), 1, 1, False, False), item, denial=False)
    memory = memory.keep((("old",), 1, 1, False, False), Item(Response(), 30, 1.0), denial=False)
    assert len(memory.positive) == CAPACITY // 2 + 1
    memory = evolve(memory, positive=memory.positive)
    assert memory.positive.get((("old",), 1, 1, False, False)) is not None
