"""Front ends and the endpoints chosen for them."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from kdisco.model.endpoints import Endpoint, EndpointHints, EndpointSlice, ForZone
from kdisco.net.backends import Backend, everywhere_alike
from kdisco.net.packet import target
from kdisco.net.proxy import ServicePort, ports_of, service_ports

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

VECTORS = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "kube-proxy" / "chains.json"


def a_port(namespace: str, service: str, name: str, protocol: str) -> ServicePort:
    return ServicePort(
        namespace=namespace,
        service=service,
        name=name,
        protocol=protocol,
        family=4,
        cluster_ip="10.111.0.1",
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


@pytest.mark.skipif(not VECTORS.exists(), reason=f"no sample cases at {VECTORS}")
def test_chain_names() -> None:
    for row in json.loads(VECTORS.read_text())["vectors"]:
        port = a_port(row["namespace"], row["service"], row["port_name"], row["protocol"])
        assert {kind: port.chain(kind) for kind in row["iptables"]} == row["iptables"]
        for each in row.get("endpoints", ()):
            end = Backend("", 0, each["endpoint"], local=False, ready=True, draining=False, zones=(), nodes=())
            assert port.chain("SEP", end) == each["iptables"]


def test_chain_names_without_the_samples() -> None:
    assert a_port("orchard", "quince", "web", "tcp").chain("SVC") == "KUBE-SVC-LKMNLHUDVBEI75QL"
    assert a_port("mill", "oak", "", "tcp").chain("EXT") == "KUBE-EXT-NMMMAQTVH3XRVMIS"


def test_order_is_that_of_the_text(build: Callable[..., State], doc: dict[str, Any]) -> None:
    ips = ["10.61.0.9", "10.61.0.10", "10.61.0.100", "10.61.0.2"]
    text = doc["service"]("s", "10.111.0.1", {"port": 80}) + doc["endpoints"]("s", 9000, *ips)
    (port,) = service_ports(build(text).view, "alder")
    assert [end.address for end in port.cluster] == ["10.61.0.100", "10.61.0.10", "10.61.0.2", "10.61.0.9"]
    assert port.protocol == "tcp"


def test_an_endpoint_in_two_slices_counts_once_and_as_local(build: Callable[..., State], doc: dict[str, Any]) -> None:
    ends = [{"addresses": ["10.61.0.9"], "nodeName": name} for name in ("birch", "alder", "birch")]
    text = doc["service"]("s", "10.111.0.1", {"port": 80}) + doc["endpoints"]("s", 9000, *ends)
    (port,) = service_ports(build(text).view, "alder")
    assert [(end.target, end.local) for end in port.endpoints] == [("10.61.0.9:9000", True)]


def test_of_one_address_twice_the_running_pod_is_meant(build: Callable[..., State], doc: dict[str, Any]) -> None:
    """As when a Pod's address is given to another before the first is gone."""
    over = {"addresses": ["10.61.0.9"], "nodeName": "alder", "conditions": {"ready": False, "terminating": True}}
    fresh = {"addresses": ["10.61.0.9"], "nodeName": "birch", "conditions": {"ready": True}}
    for ends in permutations((over, fresh)):
        text = doc["service"]("s", "10.111.0.1", {"port": 80}) + doc["endpoints"]("s", 9000, *ends)
        (port,) = service_ports(build(text).view, "alder")
        assert [(end.target, end.ready, end.local) for end in port.endpoints] == [("10.61.0.9:9000", True, False)]


def test_endpoints_of_the_other_family_and_names_are_left_out(
    build: Callable[..., State], doc: dict[str, Any]
) -> None:
    ends = doc["endpoints"]("s", 9000, "fd61::5", "10.61.0.9", "pods.example.org")
    (port,) = service_ports(build(doc["service"]("s", "10.111.0.1", {"port": 80}) + ends).view, "alder")
    assert [end.target for end in port.cluster] == ["10.61.0.9:9000"]


def test_every_address_has_one_form(build: Callable[..., State], doc: dict[str, Any]) -> None:
    """As kube-proxy reads them (k8s.io/utils/net ParseIPSloppy): leading zeros count for nothing."""
    more = {"externalIPs": [" 198.018.5.005"], "type": "LoadBalancer", "loadBalancerSourceRanges": ["192.000.2.7/25"]}
    text = doc["service"]("s", "10.111.0.1", {"port": 80}, **more)
    text += doc["endpoints"]("s", 9000, "010.061.0.5", "10.61.0.5")
    (port,) = service_ports(build(text).view, "alder")
    assert [end.target for end in port.endpoints] == ["10.61.0.5:9000"]
    assert (port.external_ips, port.source_ranges) == (("198.18.5.5",), ("192.0.2.0/25",))


@pytest.mark.parametrize(
    "spec",
    [{"type": "ExternalName", "externalName": "example.com"}, {"clusterIP": "None"}, {"clusterIP": ""}],
    ids=["ExternalName", "headless", "no address yet"],
)
def test_services_without_an_address_are_not_served(
    build: Callable[..., State], doc: dict[str, Any], spec: dict[str, str]
) -> None:
    port = {"port": 80}
    assert service_ports(build(doc["service"]("s", "10.111.0.1", port)).view, "alder")
    assert service_ports(build(doc["service"]("s", "10.111.0.1", port, **spec)).view, "alder") == ()


def test_the_other_family_is_not_served(shop: State) -> None:
    assert service_ports(shop.view, "alder", 6) == ()


def test_what_did_not_change_is_not_made_again(shop: State) -> None:
    service = shop.view.get("services", ("shop", "web"))
    assert ports_of(shop.view, service, "alder") is ports_of(shop.view, service, "alder")
    assert service_ports(shop.view, "alder") is service_ports(shop.view, "alder")
    assert service_ports(shop.view, "alder", exact=True) != service_ports(shop.view, "birch", exact=True)


def test_nodes_share_the_ports_of_a_service_whose_endpoints_are_as_good_for_all(shop: State) -> None:
    web = shop.view.get("services", ("shop", "web"))
    one, other = (ports_of(shop.view, web, node) for node in ("alder", "birch"))
    assert one is other
    near = [{end.address for port in ports_of(shop.view, web, node, exact=True) for end in port.endpoints if end.local}
            for node in ("alder", "birch")]
    assert near[0]
    assert near[0].isdisjoint(near[1])
    for policy in ("internal_traffic_policy", "external_traffic_policy"):
        bound = evolve(web, spec=evolve(web.spec, **{policy: "Local"}))
        one, other = (ports_of(shop.view, bound, node) for node in ("alder", "birch"))
        assert one != other


@pytest.mark.parametrize(
    ("endpoints", "alike"),
    [
        (({"addresses": ("10.0.0.1",)}, {"addresses": ("10.0.0.2",)}), True),
        (({"addresses": ("10.0.0.1",)}, {"addresses": ("10.0.0.1",)}), False),
        (({"addresses": ("10.0.0.1",), "hints": EndpointHints(for_zones=(ForZone(name="a"),))},), False),
        (({"addresses": ("fd00::1",)}, {"addresses": ("FD00:0::1",)}), False),
        ((), True),
    ],
    ids=["two", "named twice", "hints", "named in two ways", "none"],
)
def test_endpoints_are_the_same_for_all_unless_hints_or_two_slices_tell_them_apart(
    endpoints: tuple[dict[str, Any], ...], alike: bool  # noqa: FBT001 - a case
) -> None:
    slices = tuple(EndpointSlice(endpoints=(Endpoint(**each),)) for each in endpoints)
    assert everywhere_alike(slices) is alike


def test_target_of_both_families() -> None:
    assert target("10.0.0.1", 80) == "10.0.0.1:80"
    assert target("fd00::1", 80) == "[fd00::1]:80"
