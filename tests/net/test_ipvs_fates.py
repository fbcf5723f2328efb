"""What becomes of packets in IPVS mode: like the other modes, but where it is known to differ."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from kdisco.net.fates import Fate, fates

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

NEAR, FAR = ["10.61.0.8:8443"], ["10.61.1.8:8443"]
LOCAL = "a Pod, or the node, gets what any client of a Local Service gets: endpoints of this node, unmasqueraded"
NOBODY = "where no endpoint of a Local Service is on this node, any one is taken: nothing is dropped"
BOUND = "a ClusterIP is an address of the node: what is for no port of the Service is refused"
Flow = tuple[str, str, str, int, str]  # case, from, to, port, protocol
DIFFERENCES: dict[Flow, tuple[list[str] | str, bool, str]] = {
    **{
        ("wrong-port-or-protocol-iptables", source, "10.111.0.53", port, protocol): ("REJECT", False, BOUND)
        for source, port, protocol in (
            ("10.61.0.50", 9100, "udp"), ("10.61.0.50", 81, "tcp"), ("10.20.0.11", 81, "tcp"),
        )
    },
    **{
        ("etp-local-with-local-endpoint", source, to, port, "tcp"): (NEAR, False, LOCAL)
        for source in ("10.61.0.50", "10.20.0.11")
        for to, port in (("198.51.100.9", 443), ("198.18.5.5", 443), ("10.20.0.11", 31443))
    },
    ("etp-local-with-local-endpoint", "10.61.2.50", "198.51.100.9", 443, "tcp"): (NEAR, False, LOCAL),
    ("etp-local-without-pod-detection", "10.20.0.11", "198.51.100.9", 443, "tcp"): (NEAR, False, LOCAL),
    ("terminating-only-remote-etp-local", "192.0.2.7", "198.51.100.9", 443, "tcp"): (FAR, False, NOBODY),
    ("dual-stack-etp-local", "2001:db8:ff::7", "2001:db8:20::11", 30606, "tcp"): (
        ["[fd61:0:0:2::60]:80"], False, NOBODY,
    ),
    ("dual-stack-etp-local", "2001:db8:20::11", "2001:db8:20::11", 30606, "tcp"): (
        ["[fd61:0:0:2::60]:80"], False, LOCAL,
    ),
}  # fmt: skip
HTTP = {"port": 80, "protocol": "TCP"}
CLIENT, POD, NODE, VIP, OUTER = "198.51.100.7", "10.61.0.50", "192.0.2.11", "10.111.4.3", "203.0.113.9"


def test_sample(ipvs_case: dict[str, Any], state_of: Callable[..., State]) -> None:
    state = state_of(ipvs_case, mode="ipvs")
    for flow in ipvs_case["flows"]:
        key = ipvs_case["name"], flow["from"], flow["to"], flow["port"], flow["protocol"]
        found = fates(state, ipvs_case["node"], *key[1:])
        expect, masquerade, _ = DIFFERENCES.get(key, (flow["expect"], flow.get("masquerade", False), ""))
        assert sum(fate.probability for fate in found) == 1
        if isinstance(expect, str):
            assert [fate.verdict for fate in found] == [expect.split()[0].upper()], flow
            continue
        assert sorted(str(fate.endpoint) for fate in found) == sorted(expect), flow
        by_endpoint = flow.get("masquerade_by_endpoint") or {}
        wanted = {end: by_endpoint.get(end, masquerade) for end in expect}
        assert {fate.endpoint: fate.masquerade for fate in found} == wanted, flow


def test_every_difference_is_of_a_sample(request: pytest.FixtureRequest) -> None:
    cases = request.getfixturevalue("samples")
    if not cases:
        pytest.skip("no sample cases beside the project")
    flows = {
        (case["name"], flow["from"], flow["to"], flow["port"], flow["protocol"])
        for case in cases
        for flow in case["flows"]
    }
    assert set(DIFFERENCES) <= flows


@pytest.fixture(name="ipvs")
def _ipvs(shop: State) -> State:
    """The shop, with kube-proxy in IPVS mode."""
    return evolve(shop, config=evolve(shop.config, proxy=evolve(shop.config.proxy, mode="ipvs")))


def test_each_real_server_has_an_equal_share(ipvs: State) -> None:
    ends = ("10.61.0.5:8080", "10.61.1.5:8080", "10.61.1.6:8080")
    assert fates(ipvs, "alder", POD, "10.111.4.20", 80) == tuple(Fate("DNAT", end, Fraction(1, 3)) for end in ends)


def test_who_reaches_itself_is_masqueraded_without_a_mark(ipvs: State) -> None:
    found = fates(ipvs, "alder", "10.61.0.5", "10.111.4.20", 80)
    assert [(fate.masquerade, fate.snat) for fate in found] == [(True, True), (False, False), (False, False)]


@pytest.mark.parametrize(
    ("source", "to", "port", "verdict"),
    [
        (POD, "10.111.4.21", 80, "REJECT"),  # no real server
        (NODE, "10.111.4.21", 80, "REJECT"),
        (POD, "10.111.4.20", 81, "REJECT"),  # no such port, at an address of kube-ipvs0
        (CLIENT, "10.111.4.20", 10250, "REJECT"),  # nor the host's own ports
        (NODE, "10.111.4.20", 81, "REJECT"),
        (CLIENT, NODE, 81, "NONE"),
        (POD, "10.61.1.5", 8080, "NONE"),
        (POD, "10.111.4.99", 80, "NONE"),  # no Service has it
        ("127.0.0.1", "127.0.0.1", 30080, "NONE"),  # nodePorts are not at localhost
        (CLIENT, "10.61.0.1", 30080, "DNAT"),  # but at cni0
        (CLIENT, NODE, 30080, "DNAT"),
    ],
)
def test_what_a_packet_gets(ipvs: State, source: str, to: str, port: int, verdict: str) -> None:
    assert {fate.verdict for fate in fates(ipvs, "alder", source, to, port)} == {verdict}


def test_a_host_network_endpoint_of_the_node_is_reached_without_leaving_it(
    build: Callable[..., State], doc: dict[str, Any]
) -> None:
    state = build(
        doc["node"]("alder", NODE) + doc["service"]("host", VIP, HTTP) + doc["endpoints"]("host", 9100, NODE),
        mode="ipvs",
    )
    for source in (CLIENT, NODE):
        (fate,) = fates(state, "alder", source, VIP, 80)
        assert (fate.endpoint, fate.masquerade, fate.snat) == (f"{NODE}:9100", True, False)


@pytest.mark.parametrize(
    ("ranges", "source", "verdict"),
    [
        (["198.51.100.0/24"], CLIENT, "DNAT"),
        (["198.51.100.0/24"], "198.18.0.7", "DROP"),
        (["198.51.100.0/24"], OUTER, "DROP"),  # the node itself: its source is the address that it asks
        (["198.51.100.0/24", "192.0.2.0/24"], OUTER, "DNAT"),
        (["0.0.0.0/0"], CLIENT, "DROP"),  # no ipset holds a range of everything
        (["0.0.0.0/1", "128.0.0.0/1"], CLIENT, "DNAT"),
        ([], "198.18.0.7", "DNAT"),
    ],
)
def test_source_ranges(
    build: Callable[..., State], doc: dict[str, Any], ranges: list[str], source: str, verdict: str
) -> None:
    lb = doc["balancer"]("lb", VIP, OUTER, HTTP, loadBalancerSourceRanges=ranges)
    state = build(
        doc["node"]("alder", NODE, "10.61.0.0/24") + lb + doc["endpoints"]("lb", 8080, "10.61.0.5"), mode="ipvs"
    )
    (fate,) = fates(state, "alder", source, OUTER, 80)
    assert fate.verdict == verdict
    assert fate.masquerade is (verdict == "DNAT")
    assert fates(state, "alder", source, VIP, 80)[0].verdict == "DNAT"  # the ClusterIP has no ranges


@pytest.mark.parametrize(
    ("flags", "source", "masquerade"),
    [
        ({}, POD, False),
        ({}, CLIENT, True),
        ({}, NODE, True),
        ({}, VIP, True),
        ({"masquerade_all": True}, POD, True),
        ({"detect_local": "none"}, POD, False),
        ({"detect_local": "none"}, CLIENT, False),
        ({"detect_local": "none"}, VIP, True),  # a process of the node, which has the address that it asks
    ],
)
def test_who_is_masqueraded_on_the_way_to_a_cluster_ip(
    build: Callable[..., State], doc: dict[str, Any], flags: dict[str, Any], source: str, masquerade: bool  # noqa: FBT001
) -> None:
    state = build(
        doc["node"]("alder", NODE, "10.61.0.0/24") + doc["service"]("web", VIP, HTTP)
        + doc["endpoints"]("web", 8080, "10.61.1.5"),
        mode="ipvs",
        **flags,
    )  # fmt: skip
    (fate,) = fates(state, "alder", source, VIP, 80)
    assert (fate.masquerade, fate.snat) == (masquerade, masquerade)
