"""ip and bridge: devices, addresses, routes and neighbours."""

from __future__ import annotations

import re

import pytest
from console_scene import scene

WEB = scene()


def bare(text: str) -> str:
    """A text without the blanks that the tools leave at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.splitlines())


def test_addresses_of_a_pod() -> None:
    told = WEB.sh("ip addr")
    assert bare(told) == WEB.cluster.addresses("pod/default/client")
    assert f"inet {WEB.address('client')}/24 " in told
    assert "inet6" not in WEB.sh("ip -4 a")
    assert WEB.sh("ip -4 a show dev eth0").startswith("2: eth0@if")
    assert re.fullmatch(r"lo +UNKNOWN +127\.0\.0\.1/8 \neth0@if\d+ +UP +\S+/24 \n", WEB.sh("ip -4 -br a"))
    line = r"\n2: eth0    inet \S+/24 brd \S+ scope global eth0\\ {7}valid_lft forever"
    assert re.search(line, WEB.sh("ip -o -4 a"))


def test_devices_of_a_node() -> None:
    told = WEB.sh("ip link", node=WEB.node)
    assert told == WEB.cluster.links(f"node/{WEB.node}") + "\n"
    brief = [line.split() for line in WEB.sh("ip -br link", node=WEB.node).splitlines()]
    assert [row[0] for row in brief][:4] == ["lo", "eth0", "flannel.1", "cni0"]
    assert brief[1][3] == "<BROADCAST,MULTICAST,UP,LOWER_UP>"


def test_routes() -> None:
    lines = [line.rstrip() for line in WEB.sh("ip route", node=WEB.node).splitlines()]
    assert lines == str(WEB.cluster.routes(f"node/{WEB.node}")).splitlines()
    gateway = lines[0].split()[2]
    assert WEB.sh("ip route show default", node=WEB.node) == f"default via {gateway} dev eth0 \n"
    assert WEB.sh("ip r s dev eth0", node=WEB.node).splitlines()[0] == f"default via {gateway} "
    assert WEB.sh("ip -6 route") == "fe80::/64 dev eth0 proto kernel metric 256 pref medium\n"


def test_the_way_to_one_address() -> None:
    own = WEB.address("client")
    bridge = own.rsplit(".", 1)[0] + ".1"
    assert WEB.sh("ip route get 10.96.0.80") == f"10.96.0.80 via {bridge} dev eth0 src {own} uid 0 \n    cache \n"
    assert WEB.sh(f"ip route get {own}") == f"local {own} dev lo src {own} uid 0 \n    cache <local> \n"
    assert WEB.sh(f"ip route get {bridge}") == f"{bridge} dev eth0 src {own} uid 0 \n    cache \n"
    nowhere = WEB.sh("ip route get 2001:db8::1")
    assert (nowhere, nowhere.exit) == ("RTNETLINK answers: Network is unreachable\n", 2)


def test_neighbours_come_with_packets() -> None:
    cluster = WEB.cluster.branch()
    assert cluster.sh("ip neigh", pod="default/client") == ""
    cluster.sh("curl -s web", pod="default/client")
    told = cluster.sh("ip neigh show dev eth0", pod="default/client")
    assert re.fullmatch(r"10\.244\.\d\.1 lladdr \S+ REACHABLE \n", told)


def test_the_forwarding_table() -> None:
    told = WEB.sh("bridge fdb", node=WEB.node)
    assert bare(told) == WEB.cluster.fdb(WEB.node)
    assert all(" dev " not in line for line in WEB.sh("bridge fdb show dev cni0", node=WEB.node).splitlines())


def test_a_pods_device_hears_what_is_for_everybody() -> None:
    told = WEB.sh("bridge fdb")
    assert {line.split()[2] for line in told.splitlines()} == {"eth0"}
    assert "33:33:00:00:00:01 dev eth0 self permanent" in told
    missing = WEB.sh("bridge fdb show dev cni0")
    assert (missing, missing.exit) == ('Cannot find device "cni0"\n', 255)


@pytest.mark.parametrize(
    ("line", "words", "status"),
    [
        ("ip foo", 'Object "foo" is unknown, try "ip help".', 1),
        ("ip addr foo", 'Command "foo" is unknown, try "ip address help".', 255),
        ("ip route foo", 'Command "foo" is unknown, try "ip route help".', 255),
        ("ip -z addr", 'Option "-z" is unknown, try "ip -help".', 255),
        ("ip addr show nosuch", 'Device "nosuch" does not exist.', 1),
        ("ip route get xx", 'Error: any valid prefix is expected rather than "xx".', 1),
        ("bridge foo", 'Object "foo" is unknown, try "bridge help".', 255),
    ],
)
def test_what_there_is_not(line: str, words: str, status: int) -> None:
    found = WEB.sh(line)
    assert (found, found.exit) == (f"{words}\n", status)


def test_it_changes_nothing() -> None:
    found = WEB.sh("ip route add 10.0.0.0/8 dev eth0")
    assert "not modelled here" in found
    assert found.exit == 255
