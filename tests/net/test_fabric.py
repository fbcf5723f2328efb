"""Addresses and routes of nodes and Pods."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from kdisco.net.fabric import Route, Routes, is_local, node_network, pod_network

if TYPE_CHECKING:
    from kdisco.store.state import State


def test_a_nodes_table_as_ip_route_prints_it(shop: State) -> None:
    assert str(node_network(shop, "alder").routes) == (
        "default via 192.0.2.1 dev eth0\n"
        "10.61.0.0/24 dev cni0 proto kernel scope link src 10.61.0.1\n"
        "10.61.1.0/24 via 10.61.1.0 dev flannel.1 onlink\n"
        "192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.11"
    )


def test_a_pods_table(shop: State) -> None:
    assert str(pod_network(shop, ("10.61.0.50",), "alder").routes) == (
        "default via 10.61.0.1 dev eth0\n"
        "10.61.0.0/24 dev eth0 proto kernel scope link src 10.61.0.50\n"
        "10.61.0.0/16 via 10.61.0.1 dev eth0"
    )


def test_a_cluster_ip_has_no_route_but_the_default_one(shop: State) -> None:
    for network in (node_network(shop, "alder"), pod_network(shop, ("10.61.0.50",), "alder")):
        route = network.routes.lookup("10.111.4.20")
        assert route is not None
        assert route.destination == "0.0.0.0/0"


def test_a_process_gets_the_address_of_the_device_it_sends_by(shop: State) -> None:
    network = node_network(shop, "alder")
    sources = {to: network.source_for(to) for to in ("10.61.0.5", "10.61.1.5", "10.111.4.20", "192.0.2.11", "fd00::1")}
    assert sources == {
        "10.61.0.5": "10.61.0.1",
        "10.61.1.5": "10.61.0.0",
        "10.111.4.20": "192.0.2.11",
        "192.0.2.11": "192.0.2.11",
        "fd00::1": "",
    }


def test_what_is_local(shop: State) -> None:
    network = node_network(shop, "alder")
    assert all(is_local(network, ip) for ip in ("192.0.2.11", "10.61.0.1", "127.0.0.53", "::1"))
    assert not any(is_local(network, ip) for ip in ("192.0.2.12", "10.61.0.5"))
    assert node_network(shop, "oak").interfaces == ()


prefixes = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32))


@given(st.lists(prefixes, max_size=12), st.integers(0, 2**32 - 1))
def test_the_longest_prefix_wins(listed: list[tuple[int, int]], value: int) -> None:
    nets = [ipaddress.ip_network((base, length), strict=False) for base, length in listed]
    address = ipaddress.ip_address(value)
    found = Routes(tuple(Route(str(net), f"d{at}") for at, net in enumerate(nets))).lookup(str(address))
    holding = [net.prefixlen for net in nets if address in net]
    assert (ipaddress.ip_network(found.destination).prefixlen if found else None) == max(holding, default=None)
