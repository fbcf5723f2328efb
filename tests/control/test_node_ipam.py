"""Each node's part of the Pod network."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from control_scenes import running

from kdisco import Cluster


def parts(**settings: Any) -> list[tuple[str, ...]]:
    """The nodes' Pod CIDRs."""
    return [node.spec.pod_cidrs for node in Cluster(addons=False, **settings).list("nodes")]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"nodes": 3}, [("10.244.0.0/24",), ("10.244.1.0/24",), ("10.244.2.0/24",)]),
        ({"nodes": 1, "pod_cidr": "10.0.0.0/8"}, [("10.0.0.0/24",)]),
        ({"nodes": 2, "pod_cidr": "fd00::/56"}, [("fd00::/64",), ("fd00:0:0:1::/64",)]),
        (
            {"nodes": 2, "pod_cidr": "10.244.0.0/16,fd00::/56"},
            [("10.244.0.0/24", "fd00::/64"), ("10.244.1.0/24", "fd00:0:0:1::/64")],
        ),
        ({"nodes": 1, "pod_cidr": "10.244.0.0/24"}, [("10.244.0.0/24",)]),
        ({"nodes": 1, "pod_cidr": "10.244.0.0/28"}, [("10.244.0.0/28",)]),
        (
            {"nodes": 3, "pod_cidr": "10.244.0.0/24"},
            [("10.244.0.0/26",), ("10.244.0.64/26",), ("10.244.0.128/26",)],
        ),
        ({"nodes": 2, "pod_cidr": "fd00::/64"}, [("fd00::/65",), ("fd00::8000:0:0:0/65",)]),
    ],
)
def test_every_node_gets_its_part(settings: dict[str, Any], expected: list[tuple[str, ...]]) -> None:
    assert parts(**settings) == expected


@pytest.mark.parametrize("nodes", [1, 2, 5, 16, 17])
def test_the_parts_lie_in_the_range_and_apart(nodes: int) -> None:
    networks = [ipaddress.IPv4Network(cidr) for (cidr,) in parts(nodes=nodes, pod_cidr="10.244.0.0/20")]
    assert all(network.subnet_of(ipaddress.IPv4Network("10.244.0.0/20")) for network in networks)
    assert not any(one.overlaps(other) for one in networks for other in networks if one is not other)


def test_a_node_that_comes_gets_the_first_free_part() -> None:
    cluster = running()
    cluster.delete("node", "node-1")
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "new"}})
    cluster.settle()
    assert cluster.get("node", "new").spec.pod_cidr == "10.244.0.0/24"


def test_a_node_that_has_a_part_keeps_it() -> None:
    cluster = running(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "own"}, "spec": {"podCIDR": "10.9.0.0/24"}}
    )
    assert cluster.get("node", "own").spec.pod_cidr == "10.9.0.0/24"


def test_when_no_part_is_left_a_node_stays_without() -> None:
    cluster = running(nodes=1, pod_cidr="10.244.0.0/24")
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "second"}})
    cluster.settle()
    assert cluster.get("node", "second").spec.pod_cidr == ""
