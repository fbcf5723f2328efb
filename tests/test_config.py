"""A cluster's settings: what there is, and that a wrong one is said at once."""

from __future__ import annotations

from typing import Any

import pytest

from kdisco.config import ClusterConfig, DnsConfig, ProxyConfig, configured
from kdisco.errors import UsageError

WRONG: list[tuple[type, dict[str, Any], str]] = [
    (ClusterConfig, {"nodes": -1}, "nodes: -1 is not a whole number from 0 to 5000"),
    (ClusterConfig, {"nodes": True}, "nodes: True is not a whole number"),
    (ClusterConfig, {"nodes": "3"}, "nodes: '3' is not a whole number"),
    (
        ClusterConfig,
        {"pod_cidr": "10.244.0.0/33"},
        "pod_cidr: '10.244.0.0/33' does not appear to be an IPv4 or IPv6 network",
    ),
    (ClusterConfig, {"pod_cidr": "10.244.0.1/16"}, "pod_cidr: 10.244.0.1/16 has host bits set"),
    (ClusterConfig, {"service_cidr": ""}, "service_cidr: "),
    (ClusterConfig, {"service_cidr": None}, "service_cidr: "),
    (
        ClusterConfig,
        {"service_cidr": "10.96.0.0/16,10.97.0.0/16"},
        "service_cidr: .* has more than one range of a family",
    ),
    (
        ClusterConfig,
        {"service_cidr": "10.96.0.0/29"},
        "service_cidr: 10.96.0.0/29 has too few addresses, a cluster needs 16",
    ),
    (ClusterConfig, {"service_cidr": "10.96.0.0/30", "addons": False}, "a cluster needs 8 at least"),
    (ClusterConfig, {"addons": "no"}, "addons: 'no' is not of type bool"),
    (ClusterConfig, {"dns": {}}, "dns: {} is not of type DnsConfig"),
    (ClusterConfig, {"proxy": "ipvs"}, "proxy: 'ipvs' is not of type ProxyConfig"),
    (ClusterConfig, {"seed": "x"}, "seed: 'x' is not of type int"),
    (ClusterConfig, {"node_resolv_conf": 5}, "node_resolv_conf: 5 is not of type str or None"),
    (ClusterConfig, {"upstream": 5}, "upstream: 5 is not a text or a tuple of texts"),
    (ClusterConfig, {"upstream": (5,)}, "upstream: .* is not a text or a tuple of texts"),
    (DnsConfig, {"ttl": 3601}, "ttl: 3601 is not a whole number from 0 to 3600"),
    (DnsConfig, {"cache": -1}, "cache: -1 is not a whole number"),
    (DnsConfig, {"pods": "on"}, "pods: 'on' is not one of disabled, insecure, verified"),
    (DnsConfig, {"zone": 5}, "zone: 5 is not of type str"),
    (ProxyConfig, {"mode": "userspace"}, "mode: 'userspace' is not one of iptables, nftables, ipvs"),
    (ProxyConfig, {"detect_local": []}, r"detect_local: \[\] is not one of ClusterCIDR, NodeCIDR, none"),
    (ProxyConfig, {"cluster_cidr": "x"}, "cluster_cidr: 'x' does not appear"),
    (ProxyConfig, {"masquerade_all": 1}, "masquerade_all: 1 is not of type bool"),
]


@pytest.mark.parametrize(("cls", "settings", "words"), WRONG)
def test_a_wrong_setting_is_named(cls: Any, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        cls(**settings)


def test_an_unknown_keyword_is_named_with_what_there_is() -> None:
    with pytest.raises(UsageError, match="node: no such setting of a cluster; there are nodes, kubernetes_version, "):
        configured(node=3)
    with pytest.raises(UsageError):
        configured(ClusterConfig(), nodes=-1)


def test_two_families_are_a_comma_list() -> None:
    config = configured(pod_cidr="10.244.0.0/16, fd00:10:244::/56", service_cidr="fd00:96::/112,10.96.0.0/16")
    assert config.pod_cidrs == ("10.244.0.0/16", "fd00:10:244::/56")
    assert config.service_cidrs == ("fd00:96::/112", "10.96.0.0/16")


def test_one_text_is_a_tuple_of_one_and_a_list_a_tuple() -> None:
    assert DnsConfig(namespaces="default").namespaces == ("default",)
    assert DnsConfig(namespaces=["a", "b"]).namespaces == ("a", "b")
    assert configured(cluster_dns=()).cluster_dns == ()
    assert configured().cluster_dns is None
    assert ProxyConfig(service_cidrs=None).service_cidrs is None


DOMAINS: list[tuple[dict[str, Any], str]] = [
    ({}, "cluster.local"),
    ({"cluster_domain": ""}, ""),
    ({"cluster_domain": "k8s.test."}, "k8s.test."),
]
DOMAINS.append(({"dns": DnsConfig(zone="k8s.test.")}, "k8s.test"))


@pytest.mark.parametrize(("settings", "domain"), DOMAINS)
def test_the_domain_is_that_of_the_zone_unless_given(settings: dict[str, Any], domain: str) -> None:
    assert configured(**settings).domain == domain
