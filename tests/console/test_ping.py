"""ping: Pods answer, Services as their proxy lets them, nobody is silence."""

from __future__ import annotations

import re

import pytest
from console_scene import Scene, scene

from kdisco import Cluster, ProxyConfig
from kdisco.examples import ARTICLE

WHOLE = scene()
REPLY = re.compile(r"64 bytes from (\S+): icmp_seq=(\d+) ttl=(\d+) time=([\d.]+) ms")


def test_a_pod_answers() -> None:
    web = Scene(WHOLE.cluster.branch())
    far = next(pod for pod in web.webs if pod.spec.node_name != web.node)
    near = next(pod for pod in web.webs if pod.spec.node_name == web.node)
    for pod, ttl in ((far, "62"), (near, "64")):
        ip = pod.addresses[0]
        found = web.sh(f"ping -c 3 {ip}")
        replies = [REPLY.fullmatch(line) for line in found.splitlines()[1:4]]
        assert [each and each.group(1, 2, 3) for each in replies] == [(ip, str(at), ttl) for at in (1, 2, 3)]
        assert "3 packets transmitted, 3 received, 0% packet loss, time 200" in found
        assert re.search(r"rtt min/avg/max/mdev = ([\d.]+)/([\d.]+)/([\d.]+)/[\d.]+ ms\n", found)
        assert found.exit == 0


@pytest.mark.parametrize(
    ("mode", "second"),
    [
        ("iptables", ""),  # no rule is about a ping: it gets lost behind the gateway
        ("nftables", "From 10.244.0.1 icmp_seq=1 Destination Port Unreachable"),  # cluster-ips-check, when forwarded
        ("ipvs", "From 10.96.0.80 icmp_seq=1 Destination Port Unreachable"),  # KUBE-IPVS-FILTER, when it has arrived
    ],
)
def test_a_cluster_ip_is_treated_by_mode(mode: str, second: str) -> None:
    found = scene(proxy=ProxyConfig(mode=mode)).sh("ping -c 1 web")
    assert found.splitlines()[1] == second
    assert found.exit == 1


@pytest.mark.parametrize(
    ("line", "status", "last"),
    [
        ("ping nosuch", 2, "ping: nosuch: Name or service not known"),
        ("ping", 1, "ping: usage error: Destination address required"),
        ("ping -c x web", 1, "ping: invalid argument: 'x'"),
        ("ping -c 0 web", 1, "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807"),
        ("ping fd00::1", 2, "ping: connect: Network is unreachable"),
        ("ping -c 1 10.96.0.81", 1, "1 packets transmitted, 0 received, 100% packet loss, time 0ms"),
    ],
)
def test_what_fails(line: str, status: int, last: str) -> None:
    found = Scene(WHOLE.cluster.branch()).sh(line)
    assert ([each for each in found.splitlines() if each][-1], found.exit) == (last, status)


def test_a_node_that_rejects_its_own_ping_is_the_one_that_says_so() -> None:
    web = scene(proxy=ProxyConfig(mode="nftables"))
    own = web.cluster.get("node", web.node).internal_ips[0]
    told = web.sh("ping -c 1 10.96.0.80", node=web.node)
    assert told.splitlines()[1] == f"From {own} icmp_seq=1 Destination Port Unreachable"
    assert told.endswith("ping: sendmsg: Operation not permitted\n")
    assert "sendmsg" not in web.sh("ping -q -c 1 10.96.0.80", node=web.node) + web.sh("ping -c 1 10.96.0.80")


def test_ipv6_has_words_of_its_own() -> None:
    ranges = {"service_cidr": "fd00:96::/112", "pod_cidr": "fd00:244::/56"}
    cluster = Cluster(nodes=1, proxy=ProxyConfig(mode="nftables"), **ranges)
    cluster.apply(ARTICLE)
    cluster.settle()
    pod = cluster.list("pods", "default")[0].name
    service = cluster.get("service", "kubernetes").spec.cluster_ip
    said = {ip: cluster.sh(f"ping -c 1 {ip}", pod=pod).splitlines()[1] for ip in (service, "fd00:172:18::99")}
    assert said == {
        service: "From fd00:244::1 icmp_seq=1 Destination unreachable: Port unreachable",
        "fd00:172:18::99": "From fd00:172:18::3 icmp_seq=1 Destination unreachable: Address unreachable",
    }


def test_the_router_answers_and_where_nobody_is_the_node_says_so_under_the_address_that_hides_the_pod() -> None:
    web = Scene(WHOLE.cluster.branch())
    node = web.cluster.get("node", web.cluster.get("pod", "client").spec.node_name)
    reply = REPLY.fullmatch(web.sh("ping -c 1 172.18.0.1").splitlines()[1])
    assert reply is not None
    assert reply.group(1, 3) == ("172.18.0.1", "63")
    nobody = web.sh("ping -c 1 172.18.0.200").splitlines()[1]
    assert nobody == f"From {node.internal_ips[0]} icmp_seq=1 Destination Host Unreachable"


def test_busybox() -> None:
    web = Scene(WHOLE.cluster.branch())
    ip = web.webs[0].addresses[0]
    found = web.sh(f"ping -c 2 {ip}", "small")
    assert found.startswith(f"PING {ip} ({ip}): 56 data bytes\n64 bytes from {ip}: seq=0 ttl=")
    assert "2 packets transmitted, 2 packets received, 0% packet loss\nround-trip min/avg/max = " in found
    assert web.sh("ping nosuch", "small") == "ping: bad address 'nosuch'\n"
