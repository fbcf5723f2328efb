"""kube-ipvs0 has every Service address, and only in IPVS mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from kdisco.model.frozen import FrozenMap
from kdisco.net.fabric import is_local, node_network
from kdisco.net.ipvs_device import KUBE_IPVS0, bound
from kdisco.net.walk import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

HTTP = {"port": 80, "protocol": "TCP"}


@pytest.fixture(name="outer")
def _outer(build: Callable[..., State], doc: dict[str, Callable[..., str]]) -> State:
    """Services of all kinds of addresses, one of them the node's own."""
    return build(
        doc["node"]("alder", "192.0.2.11", "10.61.0.0/24")
        + doc["service"]("web", "10.111.4.20", HTTP, externalIPs=["198.18.5.5", "192.0.2.11"])
        + doc["balancer"]("lb", "10.111.4.3", "203.0.113.9", HTTP)
        + doc["service"]("none", "None", HTTP),
        mode="ipvs",
    )


def test_all_service_addresses_but_the_node_s_own_are_bound(outer: State) -> None:
    device = node_network(outer, "alder").device(KUBE_IPVS0)
    assert device is not None
    assert device.addresses == ("10.111.4.3/32", "10.111.4.20/32", "198.18.5.5/32", "203.0.113.9/32")
    assert bound(outer.view, 4, ()) == ("10.111.4.3", "10.111.4.20", "192.0.2.11", "198.18.5.5", "203.0.113.9")
    assert bound(outer.view, 6, ()) == ()


def test_they_are_the_node_s_own_and_a_process_sends_from_the_address_that_it_asks(outer: State) -> None:
    network = node_network(outer, "alder")
    assert is_local(network, "10.111.4.20")
    assert network.source_for("10.111.4.20") == "10.111.4.20"
    _, trace = send(outer, "node/alder", "10.111.4.20", 80)
    assert trace.packet.source == "10.111.4.20"


def test_other_modes_have_no_such_interface(outer: State) -> None:
    state = evolve(outer, config=evolve(outer.config, proxy=evolve(outer.config.proxy, mode="iptables")))
    network = node_network(state, "alder")
    assert network.device(KUBE_IPVS0) is None
    assert not is_local(network, "10.111.4.20")


def test_each_node_has_what_its_own_kube_proxy_has_seen(
    build: Callable[..., State], doc: dict[str, Callable[..., str]]
) -> None:
    text = doc["node"]("alder", "192.0.2.11") + doc["node"]("birch", "192.0.2.12")
    before = build(text, mode="ipvs")
    after = build(text + doc["service"]("web", "10.111.4.20", HTTP), mode="ipvs")
    held = evolve(after, seen=FrozenMap({"kube-proxy@birch": before.view}))
    assert is_local(node_network(held, "alder"), "10.111.4.20")
    assert not is_local(node_network(held, "birch"), "10.111.4.20")
