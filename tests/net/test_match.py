"""Each match as fed to iptables-restore, as iptables-save shows it, and what it holds for."""

from __future__ import annotations

import pytest
from attrs import evolve

from kdisco.net.match import (
    AddrType,
    Comment,
    Ctstate,
    Destination,
    Dport,
    Marked,
    Match,
    Protocol,
    Recent,
    Sight,
    Source,
    Statistic,
)
from kdisco.net.packet import number

SIGHT = Sight(number("10.0.0.9"), number("10.0.1.1"), "tcp", 80, source_local=True, destination_local=False)
ROWS = [  # match, restored, head and modules as saved, whether it holds with mark 0x4000
    (Source("10.0.0.0/24"), "-s 10.0.0.0/24", "-s 10.0.0.0/24", "", 1),
    (Source("10.0.0.9"), "-s 10.0.0.9", "-s 10.0.0.9/32", "", 1),
    (Source("0.0.0.0/0"), "-s 0.0.0.0/0", "", "", 1),
    (Source("10.0.0.0/8", negated=True), "! -s 10.0.0.0/8", "! -s 10.0.0.0/8", "", 0),
    (Destination("fd00::1"), "-d fd00::1", "-d fd00::1/128", "", 0),
    (Source("::102:304"), "-s ::102:304", "-s ::1.2.3.4/128", "", 0),
    (Protocol("udp"), "-m udp -p udp", "-p udp", "-m udp", 0),
    (Dport(80), "--dport 80", "", "--dport 80", 1),
    (Ctstate(("NEW",)), "-m conntrack --ctstate NEW", "", "-m conntrack --ctstate NEW", 1),
    (Ctstate(("DNAT",), negated=True), "-m conntrack ! --ctstate DNAT", "", "-m conntrack ! --ctstate DNAT", 1),
    (Marked(0x4000), "-m mark --mark 0x00004000/0x00004000", "", "-m mark --mark 0x4000/0x4000", 1),
    (AddrType("src"), "-m addrtype --src-type LOCAL", "", "-m addrtype --src-type LOCAL", 1),
    (AddrType("dst"), "-m addrtype --dst-type LOCAL", "", "-m addrtype --dst-type LOCAL", 0),
    (Comment("ns/name"), "-m comment --comment ns/name", "", '-m comment --comment "ns/name"', 1),
    (Comment("a b"), '-m comment --comment "a b"', "", '-m comment --comment "a b"', 1),
    (
        Statistic(3),
        "-m statistic --mode random --probability 0.3333333333",
        "",
        "-m statistic --mode random --probability 0.33333333349",
        3,
    ),
    (
        Statistic(7),
        "-m statistic --mode random --probability 0.1428571429",
        "",
        "-m statistic --mode random --probability 0.14285714272",
        7,
    ),
    (
        Recent("X", 4, 60),
        "-m recent --name X --rcheck --seconds 60 --reap",
        "",
        "-m recent --rcheck --seconds 60 --reap --name X --mask 255.255.255.255 --rsource",
        0,
    ),
    (Recent("X", 4), "-m recent --name X --set", "", "-m recent --set --name X --mask 255.255.255.255 --rsource", 1),
]


@pytest.mark.parametrize(("match", "restored", "head", "saved", "holds"), ROWS)
def test_match(match: Match, restored: str, head: str, saved: str, holds: int) -> None:
    assert match.restored() == restored
    assert (match.head(), match.saved()) == (head, saved)
    assert match.holds(SIGHT, 0x4000) == holds


def test_recent_asks_the_list() -> None:
    seen = evolve(SIGHT, recent=lambda name, seconds: (name, seconds) == ("X", 60))
    assert Recent("X", 4, 60).holds(seen, 0)
    assert not Recent("Y", 4, 60).holds(seen, 0)
