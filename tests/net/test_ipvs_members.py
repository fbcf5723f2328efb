"""What a service port puts into which set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from kdisco.net.backends import Backend
from kdisco.net.iptables import Settings
from kdisco.net.ipvs_members import BARRED, members_of
from kdisco.net.proxy import ServicePort

if TYPE_CHECKING:
    from collections.abc import Iterable

FLAGS = Settings(family=4, node_ips=("192.0.2.11", "10.61.0.1"), nodeport_ips=("192.0.2.11", "10.61.0.1"))
NEAR = Backend("10.61.0.5", 8080, "10.61.0.5:8080", local=True, ready=False, draining=False, zones=(), nodes=())
FAR = Backend("10.61.1.5", 8080, "10.61.1.5:8080", local=False, ready=True, draining=False, zones=(), nodes=())
PLAIN = ServicePort(
    namespace="shop",
    service="web",
    name="http",
    protocol="tcp",
    family=4,
    cluster_ip="10.111.4.20",
    port=80,
    node_port=0,
    external_ips=(),
    balancer_ips=(),
    source_ranges=(),
    health_check_port=0,
    internal_local=False,
    external_local=False,
    affinity=None,
    endpoints=(),
    cluster=(),
    near=(),
)
CLUSTER = ("KUBE-CLUSTER-IP", "10.111.4.20,tcp:80")
BALANCED = ("KUBE-LOAD-BALANCER", "203.0.113.9,tcp:80")
WALLED = ("KUBE-LOAD-BALANCER-FW", "203.0.113.9,tcp:80")
RANGE = "KUBE-LOAD-BALANCER-SOURCE-CIDR"


def filed(settings: Settings = FLAGS, **changes: Any) -> list[tuple[str, str]]:
    return [(key, member.text) for key, member in members_of(evolve(PLAIN, **changes), settings)]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"external_ips": ("198.18.5.5",)}, [("KUBE-EXTERNAL-IP", "198.18.5.5,tcp:80")]),
        (
            {"external_ips": ("198.18.5.5",), "external_local": True},
            [("KUBE-EXTERNAL-IP-LOCAL", "198.18.5.5,tcp:80")],
        ),
        ({"balancer_ips": ("203.0.113.9",)}, [BALANCED]),
        (
            {"balancer_ips": ("203.0.113.9",), "external_local": True, "health_check_port": 32000},
            [BALANCED, ("KUBE-LOAD-BALANCER-LOCAL", "203.0.113.9,tcp:80"), ("KUBE-HEALTH-CHECK-NODE-PORT", "32000")],
        ),
        ({"node_port": 30080}, [("KUBE-NODE-PORT-TCP", "30080")]),
        (
            {"node_port": 30080, "external_local": True},
            [("KUBE-NODE-PORT-TCP", "30080"), ("KUBE-NODE-PORT-LOCAL-TCP", "30080")],
        ),
        ({"source_ranges": ("192.0.2.0/24",)}, []),
    ],
)
def test_by_the_addresses_that_it_has(changes: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert filed(**changes) == [CLUSTER, *found]


def test_only_endpoints_of_this_node_can_reach_themselves_ready_or_not() -> None:
    assert filed(endpoints=(NEAR, FAR)) == [("KUBE-LOOP-BACK", "10.61.0.5,tcp:8080,10.61.0.5"), CLUSTER]


def test_a_node_in_the_source_ranges_may_use_the_balancer_by_its_own_address() -> None:
    found = filed(balancer_ips=("203.0.113.9",), source_ranges=("192.0.2.77/24", "198.51.100.0/24"))
    ranges = [(RANGE, f"203.0.113.9,tcp:80,{cidr}") for cidr in ("192.0.2.0/24", "198.51.100.0/24")]
    own = ("KUBE-LOAD-BALANCER-SOURCE-IP", "203.0.113.9,tcp:80,203.0.113.9")
    assert found == [CLUSTER, BALANCED, WALLED, *ranges, own]


def test_a_node_outside_of_them_is_barred() -> None:
    found = filed(balancer_ips=("203.0.113.9",), source_ranges=("198.51.100.0/24",))
    assert found[-2:] == [(RANGE, "203.0.113.9,tcp:80,198.51.100.0/24"), (BARRED, "203.0.113.9,tcp:80")]


def _names(found: Iterable[tuple[str, str]]) -> list[str]:
    return [key for key, _ in found if key != "KUBE-CLUSTER-IP"]


def test_each_protocol_has_its_nodeport_sets_and_sctp_one_member_an_address() -> None:
    assert _names(filed(node_port=30080, protocol="udp")) == ["KUBE-NODE-PORT-UDP"]
    assert filed(node_port=30080, protocol="sctp", external_local=True)[1:] == [
        ("KUBE-NODE-PORT-SCTP-HASH", "192.0.2.11,sctp:30080"),
        ("KUBE-NODE-PORT-SCTP-HASH", "10.61.0.1,sctp:30080"),
        ("KUBE-NODE-PORT-LOCAL-SCTP-HASH", "192.0.2.11,sctp:30080"),
        ("KUBE-NODE-PORT-LOCAL-SCTP-HASH", "10.61.0.1,sctp:30080"),
    ]


def test_without_an_address_for_nodeports_the_health_check_is_lost_too() -> None:
    nowhere = evolve(FLAGS, nodeport_ips=())
    assert filed(nowhere, node_port=30080, health_check_port=32000) == [CLUSTER]
    assert _names(filed(nowhere, health_check_port=32000)) == ["KUBE-HEALTH-CHECK-NODE-PORT"]
