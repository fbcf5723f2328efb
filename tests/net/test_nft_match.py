"""What nftables rules ask: how it is written, how nft lists it, and what it says of a packet."""

from __future__ import annotations

import ipaddress
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.net.match import Match, Sight
from kdisco.net.nft_match import CtNew, Ends, FibLocal, InSet, L4proto, Note, OneOf, Sticky, Unmarked, shown
from kdisco.net.packet import number

SIGHT = Sight(number("10.61.0.5"), number("10.111.4.20"), "tcp", 80, source_local=False, destination_local=True)
RANGES = [
    ("192.0.2.0/25",),
    ("192.0.2.7/32",),
    ("192.0.2.7",),
    ("0.0.0.0/0",),
    ("1.2.3.4", "1.2.3.5"),
    ("1.2.3.4/32", "1.2.3.5/32"),
    ("1.2.3.4/32", "1.2.3.4"),
    ("10.0.0.9", "9.0.0.10", "10.0.0.9"),
    ("10.0.0.0/24", "10.0.2.0/24", "10.0.3.0/25", "10.0.3.0/24", "1.2.3.4"),
    ("10.0.1.0/24", "10.0.2.0/24", "200.0.0.0/8"),
    ("128.0.0.0/1", "64.0.0.0/2"),
    ("0.0.0.0/1", "128.0.0.0/1"),
    ("0.0.0.0/0", "1.2.3.4"),
    ("240.0.0.0/4", "1.2.3.4"),
    ("2001:db8::/32", "fd00::1"),
    ("fd00::1/128", "fd00::2/128"),
    ("64:ff9b::102:304", "::1.2.3.4", "2001:db8:0:0:1::/80", "fd00:0:0:1:0:0:0:1"),
    ("::/0",),
]


@pytest.mark.parametrize(
    ("match", "written", "listed", "holds"),
    [
        (Ends("saddr", "10.61.0.0/16"), "ip saddr 10.61.0.0/16", "", True),
        (Ends("saddr", "10.61.0.0/16", negated=True), "ip saddr != 10.61.0.0/16", "", False),
        (Ends("daddr", "10.111.4.20/32"), "ip daddr 10.111.4.20/32", "ip daddr 10.111.4.20", True),
        (Ends("daddr", "fd00:0::1"), "ip6 daddr fd00:0::1", "ip6 daddr fd00::1", False),
        (InSet(4, "daddr", "cluster-ips", frozenset({SIGHT.destination})), "ip daddr @cluster-ips", "", True),
        (InSet(6, "daddr", "nodeport-ips", frozenset()), "ip6 daddr @nodeport-ips", "", False),
        (CtNew(), "ct state new", "", True),
        (FibLocal("daddr"), "fib daddr type local", "", True),
        (FibLocal("saddr"), "fib saddr type local", "", False),
        (L4proto("udp"), "meta l4proto udp", "", False),
        (Unmarked(0x4000), "mark and 0x00004000 == 0", "meta mark & 0x00004000 == 0x00000000", True),
        (Sticky("affinity-x", 4, 60), "ip saddr @affinity-x", "", False),
        (Note("affinity-x", 6), "update @affinity-x { ip6 saddr }", "", True),
    ],
)
def test_each(match: Match, written: str, listed: str, holds: bool) -> None:  # noqa: FBT001 - a column
    assert match.restored() == written
    assert match.saved() == (listed or written)
    assert bool(match.holds(SIGHT, 0)) is holds


def test_marks_are_looked_at() -> None:
    assert not Unmarked(0x4000).holds(SIGHT, 0xC000)


def test_an_element_is_gone_when_its_time_is_up() -> None:
    since = 60.0
    sight = Sight(1, 2, "tcp", 80, source_local=False, destination_local=False, recent=lambda _, most: since <= most)
    assert not Sticky("affinity-x", 4, 60).holds(sight, 0)
    assert Sticky("affinity-x", 4, 61).holds(sight, 0)


ADDRESSES = st.integers(0, 2**32 - 1)


@given(st.lists(st.tuples(ADDRESSES, st.integers(1, 32)), min_size=2, max_size=6), ADDRESSES)
def test_joined_ranges_hold_what_each_held(rows: list[tuple[int, int]], source: int) -> None:
    cidrs = [str(ipaddress.ip_network((value, length), strict=False)) for value, length in rows]
    match = OneOf("saddr", tuple(cidrs))
    joined = match.saved().removeprefix("ip saddr { ").removesuffix(" }").split(", ")
    assert bool(match.holds(Sight(source, 0, "tcp", 1, source_local=False, destination_local=False), 0)) is any(
        first <= source <= last for first, last in map(ends, joined)
    )


def ends(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if dash:
        return number(first), number(last)
    net = ipaddress.ip_network(text)
    return int(net.network_address), int(net.broadcast_address)


@pytest.mark.root
@pytest.mark.parametrize("cidrs", RANGES, ids=" ".join)
def test_as_nft_lists_it(cidrs: tuple[str, ...]) -> None:
    match = OneOf("saddr", cidrs, negated=True)
    table = "ip6 t" if ":" in cidrs[0] else "ip t"
    text = f"add table {table}\nadd chain {table} c\nadd rule {table} c {match.restored()} drop\n"
    command = ["unshare", "-n", "sh", "-c", "nft -f - && nft list ruleset"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[2].strip() == f"{match.saved()} drop"


def test_addresses_are_shown_in_their_shortest_form() -> None:
    assert [shown(text) for text in ("10.1.2.3/8", "10.1.2.3/32", "fd00:0:0:1:0:0:0:1", "::1", "::1:2")] == [
        "10.0.0.0/8",
        "10.1.2.3",
        "fd00:0:0:1::1",
        "::1",
        "::0.1.0.2",
    ]
