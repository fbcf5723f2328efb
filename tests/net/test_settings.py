"""kube-proxy's flags as a node has them: addresses for nodePorts, ranges of ClusterIPs, by family and mode."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kdisco.net.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.net.iptables import Settings
    from kdisco.store.state import State

IPS = ["192.0.2.11", "10.30.0.11", "2001:db8::11"]


@pytest.fixture(name="made")
def _made(build: Callable[..., State], doc: dict[str, Any]) -> Callable[..., Settings]:
    def made(family: int = 4, more: str = "", **flags: Any) -> Settings:
        alder = json.loads(doc["node"]("alder", IPS[0], "10.61.0.0/24").removeprefix("---\n"))
        alder["status"]["addresses"] = [{"type": "InternalIP", "address": ip} for ip in IPS]
        state = build(f"---\n{json.dumps(alder)}\n{more}", **flags)
        return settings(state.config, state.view, state.view.get("nodes", ("", "alder")), family)

    return made


@pytest.mark.parametrize(
    ("mode", "wanted", "family", "found"),
    [
        ("iptables", (), 4, None),
        ("nftables", (), 4, ("192.0.2.11",)),
        ("nftables", (), 6, ("2001:db8::11",)),
        ("iptables", ("primary",), 4, ("192.0.2.11",)),
        ("nftables", ("10.30.0.0/24",), 4, ("10.30.0.11",)),
        ("nftables", ("10.30.0.0/24",), 6, None),
        ("nftables", ("10.0.0.0/8",), 4, ("10.30.0.11", "10.61.0.0", "10.61.0.1")),
        ("iptables", ("10.61.0.0/16",), 4, ("10.61.0.0", "10.61.0.1")),
        ("nftables", ("10.30.0.0/24", "0.0.0.0/0"), 4, None),
        ("nftables", ("203.0.113.0/24",), 4, ()),
        ("nftables", ("127.0.0.0/8",), 4, ()),
        ("iptables", ("127.0.0.0/8",), 4, ("127.0.0.1",)),
    ],
)
def test_nodeport_addresses(
    made: Callable[..., Settings], mode: str, wanted: tuple[str, ...], family: int, found: tuple[str, ...] | None
) -> None:
    assert made(family, mode=mode, nodeport_addresses=wanted).nodeport_ips == found


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_primary_is_everywhere_where_a_node_has_no_address_of_the_family(
    build: Callable[..., State], doc: dict[str, Any], mode: str
) -> None:
    state = build(doc["node"]("alder", IPS[0], "10.61.0.0/24"), mode=mode, nodeport_addresses=("primary",))
    alder = state.view.get("nodes", ("", "alder"))
    assert settings(state.config, state.view, alder, 4).nodeport_ips == (IPS[0],)
    found = settings(state.config, state.view, alder, 6)
    assert (found.nodeport_ips, found.node_ip) == (None, "::1")


@pytest.mark.parametrize(
    ("wanted", "family", "found"),
    [
        ((), 4, True),
        (("primary",), 4, False),
        (("192.0.2.0/24",), 4, False),
        (("127.0.0.0/8", "192.0.2.0/24"), 4, True),
        (("127.1.0.0/16",), 4, True),
        (("64.0.0.0/2",), 4, True),
        (("0.0.0.0/0", "192.0.2.0/24"), 4, True),
        (("2001:db8::/32",), 4, True),
        ((), 6, False),
    ],
)
def test_localhost_takes_node_ports_only_where_they_answer_there(
    made: Callable[..., Settings], wanted: tuple[str, ...], family: int, *, found: bool
) -> None:
    assert made(family, nodeport_addresses=wanted).localhost is found
    assert not made(family, nodeport_addresses=wanted, localhost_nodeports=False).localhost


def test_the_cluster_cidr_is_that_of_the_family(made: Callable[..., Settings]) -> None:
    assert made().cluster_cidr == "10.61.0.0/16"
    assert made(6).cluster_cidr is None
    assert made(6, cluster_cidr="10.61.0.0/16, fd61::/48").cluster_cidr == "fd61::/48"
    assert made(detect_local="none").cluster_cidr is None
    assert made(cluster_cidr="10.60.0.0/14", detect_local="NodeCIDR").cluster_cidr == "10.61.0.0/24"
    assert made(6, detect_local="NodeCIDR").cluster_cidr is None


def test_service_cidrs(made: Callable[..., Settings]) -> None:
    ranges: dict[str, Any] = {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": "more"}}
    ranges["spec"] = {"cidrs": ["10.112.0.0/16", "fd0f::/112"]}
    listed = f"---\n{json.dumps(ranges)}\n"
    assert made().service_cidrs == ()
    assert made(service_cidrs=("10.96.0.0/12",)).service_cidrs == ("10.96.0.0/12",)
    assert made(service_cidrs=None).service_cidrs == ("10.111.0.0/16",)
    assert made(more=listed, service_cidrs=None).service_cidrs == ("10.112.0.0/16",)
    assert made(6, more=listed, service_cidrs=None).service_cidrs == ("fd0f::/112",)
