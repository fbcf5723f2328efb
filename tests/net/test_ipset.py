"""ipsets as values and as text: the lines are those that real nodes print."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.net.ipset import BITMAP, KINDS, SETS, Member, named, text_of_list, text_of_restore
from kdisco.net.match import Sight
from kdisco.net.packet import number

CLIENT, POD, VIP = "198.51.100.7", "10.61.0.5", "10.111.4.20"


def sight(source: str = CLIENT, to: str = VIP, protocol: str = "tcp", port: int = 80) -> Sight:
    return Sight(number(source), number(to), protocol, port, source_local=False, destination_local=True)


def listed(key: str, *members: Member, family: int = 4, references: int = 0) -> list[str]:
    """The part of ``ipset list`` that is about one set."""
    name = named(key, family).name
    blocks = text_of_list({key: members}, family, {name: references}).split("\n\n")
    return next(block for block in blocks if block.startswith(f"Name: {name}\n")).rstrip("\n").split("\n")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("KUBE-CLUSTER-IP", "KUBE-6-CLUSTER-IP"),
        ("KUBE-LOAD-BALANCER-SOURCE-CIDR", "KUBE-6-LOAD-BALANCER-SOURCE-CID"),
        ("KUBE-NODE-PORT-LOCAL-SCTP-HASH", "KUBE-6-NODE-PORT-LOCAL-SCTP-HAS"),
    ],
)
def test_the_sets_of_ipv6_have_their_own_names_cut_to_what_the_kernel_takes(key: str, name: str) -> None:
    assert named(key, 4).name == key
    assert named(key, 6).name == name


def test_no_two_sets_have_one_name() -> None:
    names = [named(key, family).name for family in (4, 6) for key in SETS]
    assert len(set(names)) == len(names) == 34
    assert max(map(len, names)) == 31
    assert {kind for kind, _ in SETS.values()} == set(KINDS)


@pytest.mark.parametrize(
    ("member", "text"),
    [
        (Member.of_ip("fd00:0:0:0::1"), "fd00::1"),
        (Member.of_port(30080), "30080"),
        (Member.of_end(VIP, "tcp", 80), "10.111.4.20,tcp:80"),
        (Member.of_end(POD, "udp", 53, POD), "10.61.0.5,udp:53,10.61.0.5"),
        (Member.of_end(VIP, "sctp", 80, "192.0.2.0/24"), "10.111.4.20,sctp:80,192.0.2.0/24"),
    ],
)
def test_a_member_as_kube_proxy_writes_it(member: Member, text: str) -> None:
    assert member.text == text


@pytest.mark.parametrize(
    ("member", "ends", "seen", "fits"),
    [
        (Member.of_end(VIP, "tcp", 80), "dst,dst", {}, True),
        (Member.of_end(VIP, "tcp", 80), "dst,dst", {"port": 81}, False),
        (Member.of_end(VIP, "tcp", 80), "dst,dst", {"protocol": "udp"}, False),
        (Member.of_end(VIP, "tcp", 80), "dst,dst", {"to": POD}, False),
        (Member.of_end(VIP, "tcp", 80), "src,dst", {}, False),
        (Member.of_end(VIP, "tcp", 80), "src,dst", {"source": VIP, "to": POD}, True),
        (Member.of_port(80), "dst", {"to": POD, "protocol": "udp"}, True),
        (Member.of_end(POD, "tcp", 80, POD), "dst,dst,src", {"source": POD, "to": POD}, True),
        (Member.of_end(POD, "tcp", 80, POD), "dst,dst,src", {"to": POD}, False),
        (Member.of_end(VIP, "tcp", 80, "198.51.100.0/24"), "dst,dst,src", {}, True),
        (Member.of_end(VIP, "tcp", 80, "198.51.100.0/24"), "dst,dst,src", {"source": POD}, False),
        (Member.of_end(VIP, "tcp", 80, "0.0.0.0/0"), "dst,dst,src", {}, False),
    ],
)
def test_what_a_member_stands_for(member: Member, ends: str, seen: dict[str, Any], fits: bool) -> None:  # noqa: FBT001
    assert member.fits(sight(**seen), ends) is fits


def test_a_list_as_a_node_prints_it() -> None:
    dns = "10.96.0.10"
    ends = [(dns, "tcp", 9153), (dns, "udp", 53), (dns, "tcp", 53), ("10.96.0.1", "tcp", 443)]
    *head, header, size, references, entries, members, first, second, third, fourth = listed(
        "KUBE-CLUSTER-IP", *(Member.of_end(*end) for end in ends), references=2
    )
    assert head == ["Name: KUBE-CLUSTER-IP", "Type: hash:ip,port", "Revision: 6"]
    before, _, seed = header.partition(" initval 0x")
    assert before == "Header: family inet hashsize 1024 maxelem 65536 bucketsize 12"
    assert int(seed, 16) < 1 << 32
    assert len(seed) == 8
    assert [size, references, entries, members] == [
        "Size in memory: 392", "References: 2", "Number of entries: 4", "Members:",
    ]  # fmt: skip
    assert [first, second, third, fourth] == [
        "10.96.0.10,tcp:9153", "10.96.0.10,udp:53", "10.96.0.10,tcp:53", "10.96.0.1,tcp:443",
    ]  # fmt: skip


def test_a_bitmap_has_no_hash() -> None:
    assert listed("KUBE-NODE-PORT-TCP", Member.of_port(30080), references=1) == [
        "Name: KUBE-NODE-PORT-TCP",
        "Type: bitmap:port",
        "Revision: 3",
        "Header: range 0-65535",
        "Size in memory: 8264",
        "References: 1",
        "Number of entries: 1",
        "Members:",
        "30080",
    ]


@pytest.mark.parametrize(
    ("key", "family", "size"),
    [
        ("KUBE-LOOP-BACK", 4, 208),
        ("KUBE-LOOP-BACK", 6, 232),
        ("KUBE-LOAD-BALANCER-SOURCE-CIDR", 4, 464),
        ("KUBE-LOAD-BALANCER-SOURCE-CIDR", 6, 1256),
        ("KUBE-CLUSTER-IP", 6, 216),
    ],
)
def test_how_large_an_empty_set_is(key: str, family: int, size: int) -> None:
    assert f"Size in memory: {size}" in listed(key, family=family)


def test_a_range_of_one_address_is_listed_as_that_address() -> None:
    key, member = "KUBE-LOAD-BALANCER-SOURCE-CIDR", Member.of_end(VIP, "tcp", 80, "192.0.2.7/32")
    assert listed(key, member)[-1] == "10.111.4.20,tcp:80,192.0.2.7"
    assert f"add {key} 10.111.4.20,tcp:80,192.0.2.7/32 -exist\n" in text_of_restore({key: [member]}, 4)


def test_restore_makes_all_sets_before_anything_stands_in_them() -> None:
    members = {"KUBE-CLUSTER-IP": [Member.of_end(VIP, "tcp", 80)], "KUBE-NODE-PORT-TCP": [Member.of_port(30080)]}
    lines = text_of_restore(members, 4).splitlines()
    assert [line.split()[1] for line in lines if line.startswith("create ")] == list(SETS)
    assert [line for line in lines if line.startswith("add ")] == [
        "add KUBE-CLUSTER-IP 10.111.4.20,tcp:80 -exist",
        "add KUBE-NODE-PORT-TCP 30080 -exist",
    ]
    assert lines[1:3] == [
        "create KUBE-CLUSTER-IP hash:ip,port family inet hashsize 1024 maxelem 65536 -exist",
        "add KUBE-CLUSTER-IP 10.111.4.20,tcp:80 -exist",
    ]
    assert f"create KUBE-NODE-PORT-TCP {BITMAP} range 0-65535 -exist" in lines


@given(st.integers(0, 32), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_range_holds_what_lies_in_it(length: int, base: int, source: int) -> None:
    net = IPv4Network((base >> (32 - length) << (32 - length), length))
    member = Member.of_end(VIP, "tcp", 80, str(net))
    assert member.fits(sight(str(IPv4Address(source))), "dst,dst,src") is (length > 0 and IPv4Address(source) in net)
