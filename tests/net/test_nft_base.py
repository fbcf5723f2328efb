"""The table before any Service, whole and to the letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kdisco.net.text import rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

RULES = """\
filter-input ct state new jump nodeport-endpoints-check
filter-input ct state new jump service-endpoints-check
filter-forward ct state new jump service-endpoints-check
filter-output ct state new jump service-endpoints-check
filter-prerouting-pre-dnat ct state new jump firewall-check
filter-output-pre-dnat ct state new jump firewall-check
nat-output jump services
nat-prerouting jump services
nat-postrouting jump masquerading
filter-forward ct state new jump cluster-ips-check
filter-output ct state new jump cluster-ips-check
mark-for-masquerade mark set mark or 0x00004000
masquerading mark and 0x00004000 == 0 return
masquerading mark set mark xor 0x00004000
masquerading masquerade fully-random
cluster-ips-check ip daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"
reject-chain reject
service-endpoints-check ip daddr . meta l4proto . th dport vmap @no-endpoint-services
nodeport-endpoints-check ip daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports
firewall-check ip daddr . meta l4proto . th dport vmap @firewall-ips
services ip daddr . meta l4proto . th dport vmap @service-ips
services ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
"""
HOOKS = """\
filter-prerouting-pre-dnat { type filter hook prerouting priority -110 ; }
filter-output-pre-dnat { type filter hook output priority -110 ; }
filter-input { type filter hook input priority 0 ; }
filter-forward { type filter hook forward priority 0 ; }
filter-output { type filter hook output priority 0 ; }
nat-prerouting { type nat hook prerouting priority -100 ; }
nat-output { type nat hook output priority -100 ; }
nat-postrouting { type nat hook postrouting priority 100 ; }
"""
CONTAINERS = """\
set ip kube-proxy cluster-ips { type ipv4_addr ; comment "Active ClusterIPs" ; }
set ip kube-proxy nodeport-ips { type ipv4_addr ; comment "IPs that accept NodePort traffic" ; }
map ip kube-proxy no-endpoint-services { type ipv4_addr . inet_proto . inet_service : verdict ; \
comment "vmap to drop or reject packets to services with no endpoints" ; }
map ip kube-proxy no-endpoint-nodeports { type inet_proto . inet_service : verdict ; \
comment "vmap to drop or reject packets to service nodeports with no endpoints" ; }
map ip kube-proxy firewall-ips { type ipv4_addr . inet_proto . inet_service : verdict ; \
comment "destinations that are subject to LoadBalancerSourceRanges" ; }
map ip kube-proxy service-ips { type ipv4_addr . inet_proto . inet_service : verdict ; \
comment "ClusterIP, ExternalIP and LoadBalancer IP traffic" ; }
map ip kube-proxy service-nodeports { type inet_proto . inet_service : verdict ; comment "NodePort traffic" ; }
"""


@pytest.fixture(name="written")
def _written(build: Callable[..., State], doc: dict[str, Any]) -> Callable[..., str]:
    """The text of a cluster without Services; keywords are kube-proxy's flags."""
    alder = doc["node"]("alder", "192.0.2.11").replace(
        '"addresses": [', '"addresses": [{"type": "InternalIP", "address": "2001:db8::11"}, '
    )

    def text(family: int = 4, **flags: Any) -> str:
        return rules(build(alder, **flags), "alder", "nftables", family).restore

    return text


def lines(text: str, start: str) -> str:
    return "".join(line.removeprefix(start) + "\n" for line in text.splitlines() if line.startswith(start))


def test_golden(written: Callable[..., str]) -> None:
    text = written()
    assert text.startswith('add table ip kube-proxy { comment "rules for kube-proxy" ; }\n')
    assert lines(text, "add rule ip kube-proxy ") == RULES
    chains = lines(text, "add chain ip kube-proxy ").splitlines(keepends=True)
    assert "".join(line for line in chains if "hook" in line) == HOOKS
    made = [line + "\n" for line in lines(text, "add ").splitlines() if line.startswith(("set ", "map "))]
    assert "".join(made) == CONTAINERS
    assert lines(text, "add element ip kube-proxy ") == "nodeport-ips { 192.0.2.11 }\n"
    assert lines(text, "delete chain ip kube-proxy ").split() == [line.split()[0] for line in HOOKS.splitlines()]


def test_ipv6(written: Callable[..., str]) -> None:
    text = written(6)
    wanted = RULES.replace("ip daddr", "ip6 daddr")
    assert lines(text, "add rule ip6 kube-proxy ") == wanted
    assert "ipv4_addr" not in text
    assert lines(text, "add element ip6 kube-proxy ") == "nodeport-ips { 2001:db8::11 }\n"


@pytest.mark.parametrize(
    ("family", "loopback"), [(4, "ip daddr != 127.0.0.0/8"), (6, "ip6 daddr != ::1")]
)
def test_all_addresses_take_nodeports(written: Callable[..., str], family: int, loopback: str) -> None:
    text = written(family, nodeport_addresses=("0.0.0.0/0", "::/0"))
    table = "ip kube-proxy" if family == 4 else "ip6 kube-proxy"
    assert lines(text, f"add rule {table} nodeport-endpoints-check ") == (
        f"{loopback} meta l4proto . th dport vmap @no-endpoint-nodeports\n"
    )
    assert lines(text, f"add rule {table} services ").splitlines()[1] == (
        f"fib daddr type local {loopback} meta l4proto . th dport vmap @service-nodeports"
    )
    assert f"delete set {table} nodeport-ips" in text
    assert "add element" not in text


@pytest.mark.parametrize(
    ("flags", "cidrs"),
    [
        ({}, ""),
        ({"service_cidrs": ("10.96.0.0/12",)}, "10.96.0.0/12"),
        ({"service_cidrs": ("10.96.0.0/12", "fd00::/108", "10.111.0.0/16")}, "10.96.0.0/12,10.111.0.0/16"),
        ({"service_cidrs": None}, "10.111.0.0/16"),
    ],
)
def test_unallocated_cluster_ips(written: Callable[..., str], flags: dict[str, Any], cidrs: str) -> None:
    found = lines(written(**flags), "add rule ip kube-proxy cluster-ips-check ").splitlines()[1:]
    rule = f'ip daddr {{ {cidrs} }} drop comment "Drop traffic to unallocated ClusterIPs"'
    assert found == ([rule] if cidrs else [])
