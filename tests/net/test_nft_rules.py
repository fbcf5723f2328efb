"""nftables mode to the letter: what a service port adds to the table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kdisco.net.text import rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

WEB = """\
add chain ip kube-proxy endpoint-{1}__10.61.0.5/8080
flush chain ip kube-proxy endpoint-{1}__10.61.0.5/8080
add chain ip kube-proxy endpoint-{2}__10.61.1.5/8080
flush chain ip kube-proxy endpoint-{2}__10.61.1.5/8080
add chain ip kube-proxy endpoint-{3}__10.61.1.6/8080
flush chain ip kube-proxy endpoint-{3}__10.61.1.6/8080
add chain ip kube-proxy service-{0}
flush chain ip kube-proxy service-{0}
add chain ip kube-proxy external-{0}
flush chain ip kube-proxy external-{0}
add element ip kube-proxy cluster-ips {{ 10.111.4.20 }}
add element ip kube-proxy service-ips {{ 10.111.4.20 . tcp . 80 : goto service-{0} }}
add element ip kube-proxy service-nodeports {{ tcp . 30080 : goto external-{0} }}
add rule ip kube-proxy service-{0} ip daddr 10.111.4.20 ip saddr != 10.61.0.0/16 jump mark-for-masquerade
add rule ip kube-proxy external-{0} jump mark-for-masquerade
add rule ip kube-proxy external-{0} goto service-{0}
add rule ip kube-proxy service-{0} numgen random mod 3 vmap {{ 0 : goto endpoint-{1}__10.61.0.5/8080 , \
1 : goto endpoint-{2}__10.61.1.5/8080 , 2 : goto endpoint-{3}__10.61.1.6/8080 }}
add rule ip kube-proxy endpoint-{1}__10.61.0.5/8080 ip saddr 10.61.0.5 jump mark-for-masquerade
add rule ip kube-proxy endpoint-{1}__10.61.0.5/8080 meta l4proto tcp dnat to 10.61.0.5:8080
add rule ip kube-proxy endpoint-{2}__10.61.1.5/8080 ip saddr 10.61.1.5 jump mark-for-masquerade
add rule ip kube-proxy endpoint-{2}__10.61.1.5/8080 meta l4proto tcp dnat to 10.61.1.5:8080
add rule ip kube-proxy endpoint-{3}__10.61.1.6/8080 ip saddr 10.61.1.6 jump mark-for-masquerade
add rule ip kube-proxy endpoint-{3}__10.61.1.6/8080 meta l4proto tcp dnat to 10.61.1.6:8080
"""
EMPTY = """\
add element ip kube-proxy cluster-ips { 10.111.4.21 }
add element ip kube-proxy no-endpoint-services { 10.111.4.21 . tcp . 80 comment "shop/empty" : goto reject-chain }
"""


def written(state: State, family: int = 4) -> str:
    return rules(state, "alder", "nftables", family).restore


def lines(text: str, start: str) -> list[str]:
    """What follows a beginning, once for each line."""
    return [line.removeprefix(start).strip() for line in text.splitlines() if line.startswith(start)]


def names(text: str) -> dict[str, str]:
    """The chains of Services without their hashes: kind and rest of the name, the whole name."""
    found = [line.split()[4] for line in text.splitlines() if line.startswith("add chain") and line.count(" ") == 4]
    found = [name for name in found if "/" in name]
    return {f"{name.split('-')[0]} {name.rpartition('__')[2] if '__' in name else ''}".strip(): name for name in found}


def test_golden(shop: State) -> None:
    text = written(shop)
    bases = [name.partition("-")[2].partition("__")[0] for kind, name in names(text).items() if kind != "external"]
    *ends, service = bases
    assert EMPTY + WEB.format(service, *ends) in text
    assert text.endswith(WEB.format(service, *ends))
    assert service.partition("-")[2] == "shop/web/tcp/http"


HERE = {"addresses": ["10.61.0.5"], "nodeName": "alder"}
THERE = {"addresses": ["10.61.1.5"], "nodeName": "birch"}
PORT = {"name": "tls", "port": 443, "protocol": "TCP", "nodePort": 30443}


@pytest.fixture(name="front")
def _front(build: Callable[..., State], doc: dict[str, Any]) -> Callable[..., str]:
    """The text for a load balancer with these endpoints; keywords are further fields of its spec."""

    def made(*ends: dict[str, Any], flags: dict[str, Any] | None = None, **spec: Any) -> str:
        given = {"type": "LoadBalancer", "externalIPs": ["198.18.5.5"], **spec}
        service = json.loads(doc["service"]("s", "10.111.0.1", PORT, **given).removeprefix("---\n"))
        service["status"] = {"loadBalancer": {"ingress": [{"ip": "198.51.100.9"}]}}
        text = f"---\n{json.dumps(service)}\n" + doc["node"]("alder", "192.0.2.11")
        return written(build(text + doc["endpoints"]("s", 8443, *ends, port_name="tls"), **(flags or {})))

    return made


def test_external_policy_local_with_an_endpoint_here(front: Callable[..., str]) -> None:
    text = front(HERE, THERE, externalTrafficPolicy="Local")
    chain = names(text)
    assert lines(text, f"add rule ip kube-proxy {chain['external']}") == [
        f'ip saddr 10.61.0.0/16 goto {chain["service"]} comment "short-circuit pod traffic"',
        'fib saddr type local jump mark-for-masquerade comment "masquerade local traffic"',
        f'fib saddr type local goto {chain["service"]} comment "short-circuit local traffic"',
        f"goto {chain['local']}",
    ]
    assert lines(text, f"add rule ip kube-proxy {chain['local']}") == [
        f"numgen random mod 1 vmap {{ 0 : goto {chain['endpoint 10.61.0.5/8443']} }}"
    ]
    assert "no-endpoint-services {" not in text.partition("add chain ip kube-proxy endpoint")[2]


def test_external_policy_local_with_none_here(front: Callable[..., str]) -> None:
    text = front(THERE, externalTrafficPolicy="Local")
    chain = names(text)
    assert "local" not in chain
    assert lines(text, f"add rule ip kube-proxy {chain['external']}")[-1].startswith("fib saddr type local goto")
    assert lines(text, "add element ip kube-proxy no-endpoint-services") == [
        '{ 198.18.5.5 . tcp . 443 comment "shop/s:tls" : drop }',
        '{ 198.51.100.9 . tcp . 443 comment "shop/s:tls" : drop }',
    ]
    assert lines(text, "add element ip kube-proxy no-endpoint-nodeports") == [
        '{ tcp . 30443 comment "shop/s:tls" : drop }'
    ]
    assert len(lines(text, "add element ip kube-proxy service-ips")) == 3


def test_internal_policy_local(front: Callable[..., str]) -> None:
    text = front(HERE, THERE, internalTrafficPolicy="Local")
    chain = names(text)
    assert f"10.111.0.1 . tcp . 443 : goto {chain['local']} }}" in text
    assert lines(text, f"add rule ip kube-proxy {chain['local']}")[0].startswith("ip daddr 10.111.0.1 ip saddr != ")
    absent = front(THERE, internalTrafficPolicy="Local")
    assert '{ 10.111.0.1 . tcp . 443 comment "shop/s:tls" : drop }' in absent


def test_source_ranges_with_and_without_endpoints(front: Callable[..., str]) -> None:
    for ends in ((HERE,), ()):
        text = front(*ends, loadBalancerSourceRanges=["203.0.113.9/25 ", "2001:db8::/32"])
        wall = names(text)["firewall"]
        assert lines(text, f"add rule ip kube-proxy {wall}") == ["ip saddr != { 203.0.113.0/25 } drop"]
        (element,) = lines(text, "add element ip kube-proxy firewall-ips")
        assert element == f"{{ 198.51.100.9 . tcp . 443 : goto {wall} }}"
    text = front(HERE, loadBalancerSourceRanges=["203.0.113.0/25", "192.0.2.0/24"])
    assert "ip saddr != { 203.0.113.0/25 , 192.0.2.0/24 , 198.51.100.9 } drop" in text


def test_affinity(front: Callable[..., str]) -> None:
    config = {"clientIP": {"timeoutSeconds": 60}}
    text = front(HERE, THERE, sessionAffinity="ClientIP", sessionAffinityConfig=config)
    chain = names(text)
    door = chain["endpoint 10.61.0.5/8443"]
    sticky = door.replace("endpoint-", "affinity-")
    first, *choice = lines(text, f"add rule ip kube-proxy {chain['service']}")
    assert first.startswith("ip daddr")
    assert choice[0] == f"ip saddr @{sticky} goto {door}"
    assert [words.split()[0] for words in choice] == ["ip", "ip", "numgen"]
    assert lines(text, f"add rule ip kube-proxy {door}") == [
        "ip saddr 10.61.0.5 jump mark-for-masquerade",
        f"update @{sticky} {{ ip saddr }}",
        "meta l4proto tcp dnat to 10.61.0.5:8443",
    ]
    assert f"add set ip kube-proxy {sticky} {{ type ipv4_addr ; flags dynamic,timeout ; timeout 60s ; }}" in text


def test_who_is_masqueraded(front: Callable[..., str]) -> None:
    for flags, words in (
        ({}, ["ip daddr 10.111.0.1 ip saddr != 10.61.0.0/16 jump mark-for-masquerade"]),
        ({"masquerade_all": True}, ["ip daddr 10.111.0.1 jump mark-for-masquerade"]),
        ({"detect_local": "none"}, []),
    ):
        text = front(HERE, flags=flags)
        assert lines(text, f"add rule ip kube-proxy {names(text)['service']}")[:-1] == words
    local = front(HERE, flags={"detect_local": "none"}, externalTrafficPolicy="Local")
    assert "short-circuit pod traffic" not in local
    assert "masquerade local traffic" in local


def test_a_health_check_has_no_rule(front: Callable[..., str]) -> None:
    assert "32001" not in front(HERE, externalTrafficPolicy="Local", healthCheckNodePort=32001)


def test_two_ports_share_one_cluster_ip(build: Callable[..., State], doc: dict[str, Any]) -> None:
    given = (("tcp", 53), ("udp", 53), ("sctp", 7))
    ports = [{"name": name, "port": port, "protocol": name.upper()} for name, port in given]
    text = written(build(doc["node"]("alder", "192.0.2.11") + doc["service"]("dns", "10.111.0.10", *ports)))
    assert lines(text, "add element ip kube-proxy cluster-ips") == ["{ 10.111.0.10 }"]
    found = lines(text, "add element ip kube-proxy no-endpoint-services")
    assert [words.split()[5] for words in found] == ["7", "53", "53"]


def test_ipv6(build: Callable[..., State], doc: dict[str, Any]) -> None:
    port = {"name": "w", "port": 80, "protocol": "TCP", "nodePort": 30080}
    spec = {"clusterIPs": ["fd0f:0::66"], "ipFamilies": ["IPv6"], "type": "NodePort", "sessionAffinity": "ClientIP"}
    text = doc["node"]("alder", "2001:db8:20::11") + doc["service"]("s", "fd0f:0::66", port, **spec)
    text += doc["endpoints"]("s", 8080, "fd61:0:0:1::60", port_name="w").replace("IPv4", "IPv6")
    found = written(build(text, cluster_cidr="10.61.0.0/16,fd61::/48"), 6)
    chain = names(found)
    door = chain["endpoint fd61.0.0.1..60/8080"]
    assert lines(found, f"add rule ip6 kube-proxy {door}") == [
        "ip6 saddr fd61:0:0:1::60 jump mark-for-masquerade",
        f"update @{door.replace('endpoint-', 'affinity-')} {{ ip6 saddr }}",
        "meta l4proto tcp dnat to [fd61:0:0:1::60]:8080",
    ]
    assert "ip6 daddr fd0f::66 ip6 saddr != fd61::/48 jump mark-for-masquerade" in found
    assert f"add element ip6 kube-proxy service-ips {{ fd0f::66 . tcp . 80 : goto {chain['service']} }}" in found
    assert "shop/s" not in written(build(text), 4)
