"""Devices, addresses, routes, neighbours and forwarding tables, and what the real tools print of such ones."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from kdisco import Cluster, ProxyConfig
from kdisco.net.devices import Link, links
from kdisco.net.fabric import node_network, pod_network
from kdisco.net.neighbours import forwards

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DUAL = {"pod_cidr": "10.244.0.0/16,fd00:10:244::/56", "service_cidr": "10.96.0.0/12,fd00:10:96::/112"}
CARD = re.compile(r"(eth0)@if\d+(: <.*?> mtu \d+) qdisc \S+")  # what stands for a network card has another end
ANY_ORDER = re.compile(r"^fe80::/64 | self permanent$| dev veth.* master ")
NEXT_DOOR = "ip route get fe80::1"  # by which device, where there are several, nobody can tell
TOOLS = (
    *("ip addr", "ip -4 addr", "ip -6 addr", "ip -o addr", "ip link", "ip route", "ip -6 route", "bridge fdb"),
    *(f"ip route get {ip}" for ip in ("10.244.0.1", "10.244.0.255", "10.244.1.7", "10.96.0.10", "127.0.0.1")),
    *(f"ip route get {ip}" for ip in ("224.0.0.1", "239.1.2.3", "255.255.255.255", "8.8.8.8", "172.18.0.255")),
    *(f"ip route get {ip}" for ip in ("fd00:10:244::1", "fd00:10:244:1::7", "fd00:10:96::a", "::1")),
)


@pytest.fixture(name="cluster", scope="module")
def _cluster() -> Cluster:
    return Cluster(nodes=2, **DUAL)


@pytest.fixture(name="pod", scope="module")
def _pod(cluster: Cluster) -> str:
    """The Pod of CoreDNS on the first node."""
    return next(f"pod/kube-system/{name}" for name in names(cluster) if node_of(cluster, name) == "node-1")


def names(cluster: Cluster) -> list[str]:
    """The Pods of CoreDNS."""
    return [pod.name for pod in cluster.list("Pod", "kube-system") if pod.name.startswith("coredns")]


def node_of(cluster: Cluster, pod: str) -> str:
    """The node of one of them."""
    return str(cluster.get("Pod", pod, "kube-system").spec.node_name)


def test_a_pods_devices_as_text(cluster: Cluster, pod: str) -> None:
    state = cluster.state
    lo, eth0 = links(state, pod)
    veth = next(link for link in links(state, "node/node-1") if link.pod == pod)
    assert (lo.number, eth0.number, eth0.peer, veth.peer) == (1, 2, veth.number, 2)
    assert cluster.links(pod).splitlines()[2:] == [
        (
            f"2: eth0@if{veth.number}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP mode DEFAULT "
            "group default qlen 1000"
        ),
        f"    link/ether {eth0.mac} brd ff:ff:ff:ff:ff:ff link-netnsid 0",
    ]


@pytest.mark.parametrize(
    ("settings", "devices"),
    [
        ({}, ["lo 65536", "eth0 1500", "flannel.1 1450", "cni0 1450", "veth 1450"]),
        ({"backend": "host-gw"}, ["lo 65536", "eth0 1500", "cni0 1500", "veth 1500"]),
        (DUAL, ["lo 65536", "eth0 1500", "flannel.1 1450", "flannel-v6.1 1430", "cni0 1450", "veth 1450"]),
    ],
)
def test_a_nodes_devices_and_what_they_carry(settings: dict[str, str], devices: list[str]) -> None:
    cluster = Cluster(nodes=2, **settings)
    found = links(cluster.state, "node/node-1")
    assert [f"{'veth' if each.kind == 'veth' else each.name} {each.mtu}" for each in found] == devices
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    macs = [link.mac for node in ("node-1", "node-2") for link in links(cluster.state, f"node/{node}")[1:]]
    assert len(set(macs)) == len(macs)
    assert all(int(mac[:2], 16) & 3 == 2 for mac in macs)  # of one device, locally administered


def test_a_bridge_without_pods_has_no_carrier() -> None:
    cluster = Cluster(nodes=1, addons=False)
    shown = cluster.addresses("node/node-1")
    assert "4: cni0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1450 qdisc noqueue state DOWN group default" in shown
    assert "scope link" not in shown.partition("cni0:")[2]


def test_a_pod_on_the_host_network_has_its_nodes_devices(cluster: Cluster) -> None:
    shared = next(
        pod for pod in cluster.list("Pod", "kube-system") if pod.spec.host_network and pod.spec.node_name == "node-1"
    )
    assert cluster.addresses(f"pod/kube-system/{shared.name}") == cluster.addresses("node/node-1")


def test_what_flanneld_writes_stands_for_good(cluster: Cluster) -> None:
    (mac,) = (link.mac for link in links(cluster.state, "node/node-2") if link.name == "flannel.1")
    assert f"10.244.1.0 dev flannel.1 lladdr {mac} PERMANENT" in cluster.neighbors("node/node-1").splitlines()
    assert f"{mac} dev flannel.1 dst 172.18.0.4 self permanent" in cluster.fdb("node-1").splitlines()


def test_neighbours_come_with_traffic_and_grow_stale(pod: str) -> None:
    cluster = Cluster(nodes=2, **DUAL)
    assert cluster.neighbors(pod) == ""
    cluster.send(pod, "10.96.0.10", 53, "udp")
    bridge = next(link.mac for link in links(cluster.state, "node/node-1") if link.name == "cni0")
    assert cluster.neighbors(pod) == f"10.244.0.1 dev eth0 lladdr {bridge} REACHABLE"
    cluster.send(pod, "198.51.100.9", 443)
    assert "172.18.0.1 dev eth0 lladdr" in cluster.neighbors("node/node-1")
    cluster.run(31)
    assert cluster.neighbors(pod) == f"10.244.0.1 dev eth0 lladdr {bridge} STALE"


def test_nobody_answers_who_is_not_there(cluster: Cluster) -> None:
    other = cluster.branch()
    other.send("node/node-1", "10.244.0.99", 80)
    assert "10.244.0.99 dev cni0 INCOMPLETE" in other.neighbors("node/node-1").splitlines()
    other.run(4)
    assert "10.244.0.99 dev cni0 FAILED" in other.neighbors("node/node-1").splitlines()


def built(node: tuple[Link, ...], pod: tuple[Link, ...], cluster: Cluster) -> Iterator[str]:
    """The commands that make a node and one Pod of it in network namespaces."""
    state, space = cluster.state, next(link.space for link in node if link.pod)
    yield "mount -t tmpfs none /run; ip netns add rest; ip netns add " + space
    yield "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad; ip link set lo up"
    yield "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; echo 1 > /proc/sys/net/ipv4/ip_forward"
    yield f'within() {{ ip netns exec {space} "$@"; }}; within ip link set lo up'
    for link in node[1:]:
        yield _made(link, pod, node)
        yield from _addressed(link)
        if link.master:
            yield f"ip link set {link.name} master {link.master}"
        yield f"ip link set {link.name} up"
    yield "ip -n rest link set eth0 up"
    yield "within sh -c 'echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad'"
    yield f"within ip link set eth0 address {pod[1].mac}"
    yield from (f"within {line}" for line in _addressed(pod[1]))
    yield "within ip link set eth0 up"
    yield from (f"ip {line}" for line in _routes(node_network(state, "node-1").routes.listed))
    own = pod_network(state, tuple(text.partition("/")[0] for text in pod[1].addresses), "node-1")
    yield from (f"within ip {line}" for line in _routes(own.routes.listed))
    for entry in forwards(state, "node/node-1"):
        if entry.to:
            yield f"bridge fdb append {entry.mac} dev {entry.device} dst {entry.to}"
    for line in cluster.neighbors("node/node-1").splitlines():
        yield f"ip neigh replace {line.replace('PERMANENT', 'nud permanent')}"
    yield "within ping -c1 -W1 10.244.0.1 >/dev/null 2>&1 || within python3 -c '" + GREETING + "'"
    for who in ("", "within "):
        for tool in (*TOOLS, NEXT_DOOR) if who else TOOLS:
            yield f"echo '#{who}{tool}'; {who}{tool}"
    yield "echo '#ip neigh show nud permanent'; ip neigh show nud permanent"


GREETING = 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("10.244.0.1", 9))'


def _made(link: Link, pod: tuple[Link, ...], node: tuple[Link, ...]) -> str:
    head = f"ip link add {link.name} index {link.number} address {link.mac} mtu {link.mtu} type"
    if link.kind == "nic":
        return f"{head} veth peer name eth0 netns rest"
    if link.kind == "vxlan":
        own = next(text for text in node[1].addresses if (":" in text) == ("v6" in link.name))
        return f"{head} vxlan id 1 local {own.partition('/')[0]} dev eth0 dstport 8472 nolearning"
    if link.kind == "bridge":
        return f"{head} bridge"
    return f"{head} veth peer name eth0 index {pod[1].number} mtu {pod[1].mtu} netns {link.space}"


def _addressed(link: Link) -> Iterator[str]:
    for text in link.addresses:
        broadcast = " brd +" if ":" not in text and not text.endswith("/32") else ""
        yield f"ip addr add {text}{broadcast} dev {link.name}"


def _routes(listed: Iterable[object]) -> Iterator[str]:
    for route in listed:
        if "proto kernel" not in str(route):
            yield f"{'-6 ' if ':' in str(route) else ''}route add {str(route).replace('pref medium', '')}"


def steady(text: str) -> list[str]:
    """A text's lines; those whose order hangs on which device woke up first, or on a hash, come last and sorted."""
    return sorted(text.splitlines(), key=lambda line: line if ANY_ORDER.search(line) else "")


@pytest.mark.root
@pytest.mark.peer("ip", "bridge", "unshare")
def test_the_real_tools_print_the_same(cluster: Cluster, pod: str) -> None:
    node, inside = links(cluster.state, "node/node-1"), links(cluster.state, pod)
    script = "\n".join(["set -e", *built(node, inside, cluster)])
    command = ["unshare", "-mn", "sh", "-c", script]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    real = dict(part.split("\n", 1) for part in ran.stdout.replace(" link-netns rest", "").split("#")[1:])
    assert sorted(real.pop("ip neigh show nud permanent").split(" \n")[:-1]) == sorted(
        cluster.neighbors("node/node-1").splitlines()
    )
    for line, text in real.items():
        tool = line.removeprefix("within ")
        if tool == line:
            text = CARD.sub(r"\1\2 qdisc fq_codel", text)  # noqa: PLW2901 - as a node without namespaces would print
            told = cluster.sh(tool, node="node-1")
        else:
            told = cluster.sh(tool, pod=pod.removeprefix("pod/"))
        assert (line, steady(text)) == (line, steady(told))



def test_in_ipvs_mode_every_service_has_its_address_on_a_device_that_is_down() -> None:
    cluster = Cluster(nodes=1, proxy=ProxyConfig(mode="ipvs"))
    _, _, shown = cluster.addresses("node/node-1").partition("kube-ipvs0: ")
    assert shown.startswith("<BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default\n")
    for service in cluster.list("Service"):
        assert f"    inet {service.spec.cluster_ip}/32 scope global kube-ipvs0\n" in shown
