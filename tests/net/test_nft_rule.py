"""Chains, sets, elements and rules as commands, and as nft lists them."""

from __future__ import annotations

import pytest

from kdisco.net.nft_match import CtNew
from kdisco.net.nft_rule import Chain, Container, Element, NftRule, table_of
from kdisco.net.nft_target import Go
from kdisco.net.packet import number
from kdisco.net.proxy import ANY

TABLE = table_of(4)


def test_a_rule() -> None:
    rule = NftRule((TABLE, "filter-input"), (CtNew(),), Go("check"), "why")
    assert rule.restored() == 'add rule ip kube-proxy filter-input ct state new jump check comment "why"'
    assert rule.saved() == 'ct state new jump check comment "why"'
    assert (rule.table, rule.chain, rule.comment) == (TABLE, "filter-input", "why")
    assert str(rule) == 'ip kube-proxy filter-input: ct state new jump check comment "why"'


def test_an_element() -> None:
    goto = Go("reject-chain", back=False)
    element = Element((TABLE, "no-endpoint-services"), target=goto, key=("10.0.0.1", "tcp", "80"), note="ns/s:p")
    inside = '10.0.0.1 . tcp . 80 comment "ns/s:p" : goto reject-chain'
    assert element.restored() == f"add element ip kube-proxy no-endpoint-services {{ {inside} }}"
    gone = "delete element ip kube-proxy no-endpoint-services { 10.0.0.1 . tcp . 80 }"
    assert element.restored(verb="delete") == gone
    assert element.saved() == inside
    assert (element.entry, element.comment) == ((number("10.0.0.1"), "tcp", 80), "ns/s:p")
    assert Element((TABLE, "service-nodeports"), key=("udp", "30053")).entry == (ANY, "udp", 30053)
    assert Element((TABLE, "cluster-ips"), key=("10.0.0.1",)).saved() == "10.0.0.1"


def test_the_order_of_elements_is_that_of_their_bytes_from_the_end() -> None:
    keys = [("10.0.0.2", "tcp", "256"), ("9.0.0.3", "sctp", "8"), ("10.0.0.2", "tcp", "80"), ("10.0.0.2", "udp", "443")]
    found = sorted((Element((TABLE, "service-ips"), key=key) for key in reversed(keys)), key=lambda each: each.order)
    assert [each.key for each in found] == keys
    alone = sorted((Element((TABLE, "s"), key=(ip,)) for ip in ("10.0.0.1", "9.0.0.2")), key=lambda each: each.order)
    assert [each.key for each in alone] == [("9.0.0.2",), ("10.0.0.1",)]


def test_chains() -> None:
    hooked = Chain(TABLE, "nat-output", "nat", "output", -100)
    assert hooked.restored() == "add chain ip kube-proxy nat-output { type nat hook output priority -100 ; }"
    assert hooked.restored("flush") == "flush chain ip kube-proxy nat-output"
    assert hooked.saved() == ("type nat hook output priority -100; policy accept;",)
    assert Chain(TABLE, "c", "nat", "prerouting", -100).saved() == (
        "type nat hook prerouting priority dstnat; policy accept;",
    )
    assert Chain(TABLE, "c", note="n").restored() == 'add chain ip kube-proxy c { comment "n" ; }'


@pytest.mark.parametrize(
    ("seconds", "text"), [(10800, "3h"), (60, "1m"), (1, "1s"), (86400, "1d"), (3601, "1h1s"), (90061, "1d1h1m1s")]
)
def test_timeouts(seconds: int, text: str) -> None:
    sticky = Container(TABLE, "affinity-x", ("ipv4_addr",), timeout=seconds)
    assert sticky.restored() == (
        f"add set ip kube-proxy affinity-x {{ type ipv4_addr ; flags dynamic,timeout ; timeout {seconds}s ; }}"
    )
    assert sticky.saved() == ("type ipv4_addr", "size 65535", "flags dynamic,timeout", f"timeout {text}")


def test_maps() -> None:
    ports = Container(table_of(6), "service-nodeports", ("inet_proto", "inet_service"), verdicts=True, note="N")
    assert ports.restored() == (
        'add map ip6 kube-proxy service-nodeports { type inet_proto . inet_service : verdict ; comment "N" ; }'
    )
    assert ports.restored("flush") == "flush map ip6 kube-proxy service-nodeports"
