"""The packet around a packet."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import pytest

from kdisco import Cluster
from kdisco.net.link import hardware_address
from kdisco.net.packet import Packet
from kdisco.net.trace import Encapsulate
from kdisco.net.vxlan import wrapped

if TYPE_CHECKING:
    from kdisco.net.trace import Trace

INSIDE = Packet("10.244.0.5", 40000, "10.244.1.7", 8080)
DUAL = {"pod_cidr": "10.244.0.0/16,fd00:10:244::/56", "service_cidr": "10.96.0.0/12,fd00:10:96::/112"}


def test_what_is_around() -> None:
    outer = wrapped(INSIDE, "node-1", "172.18.0.3", "node-2", "172.18.0.4")
    assert (outer.source, outer.destination, outer.dport, outer.vni) == ("172.18.0.3", "172.18.0.4", 8472, 1)
    assert outer.ethernet == (hardware_address("node-1", "eth0"), hardware_address("node-2", "eth0"))
    assert outer.inner_ethernet == (hardware_address("node-1", "flannel.1"), hardware_address("node-2", "flannel.1"))
    assert str(outer) == (
        f"{outer.ethernet[0]} > {outer.ethernet[1]}, 172.18.0.3:{outer.sport} > 172.18.0.4:8472 udp, "
        f"VXLAN vni 1, {outer.inner_ethernet[0]} > {outer.inner_ethernet[1]}"
    )


def test_a_connection_has_one_outer_port_and_connections_differ() -> None:
    ports = [
        wrapped(Packet("10.244.0.5", port, "10.244.1.7", 8080), "a", "192.0.2.1", "b", "192.0.2.2").sport
        for port in range(40000, 40200)
    ]
    assert all(32768 <= port <= 60999 for port in ports)
    assert len(set(ports)) > 190
    assert wrapped(INSIDE, "a", "192.0.2.1", "b", "192.0.2.2").sport == ports[0]


def between_nodes(cluster: Cluster, version: int) -> Trace:
    """A packet from CoreDNS on one node to CoreDNS on the other."""
    pods = [pod for pod in cluster.list("Pod", "kube-system") if pod.name.startswith("coredns")]
    first, second = sorted(pods, key=lambda pod: pod.spec.node_name)
    assert first.spec.node_name != second.spec.node_name
    to = next(ip for ip in second.addresses if ipaddress.ip_address(ip).version == version)
    return cluster.send(f"pod/kube-system/{first.name}", to, 53, "udp")


@pytest.mark.parametrize(("version", "device", "ends"), [
    (4, "flannel.1", ("172.18.0.3", "172.18.0.4")),
    (6, "flannel-v6.1", ("fd00:172:18::3", "fd00:172:18::4")),
])
def test_each_family_has_its_own_device(version: int, device: str, ends: tuple[str, str]) -> None:
    trace = between_nodes(Cluster(nodes=2, **DUAL), version)
    assert trace.delivered
    (hop,) = (hop for hop in trace.hops if isinstance(hop, Encapsulate))
    assert (hop.outer.source, hop.outer.destination) == ends
    assert hop.outer.inner_ethernet[0] == hardware_address("node-1", device)
    assert trace.outer == hop.outer
    back = next(hop for hop in trace.reply if isinstance(hop, Encapsulate))
    assert (back.outer.source, back.outer.destination) == ends[::-1]


def test_with_host_gw_packets_travel_bare_by_the_other_nodes_address() -> None:
    cluster = Cluster(nodes=2, backend="host-gw")
    trace = between_nodes(cluster, 4)
    assert trace.delivered
    assert trace.outer is None
    assert not [hop for hop in (*trace.hops, *trace.reply) if hop.kind == "vxlan"]
    node = [hop for hop in trace.hops if hop.where == "node/node-1"]
    assert [hop.why for hop in node if hop.kind == "route"] == ["10.244.1.2: 10.244.1.0/24 via 172.18.0.4 dev eth0"]
    assert "flannel" not in cluster.addresses("node/node-1") + cluster.fdb("node-1") + cluster.neighbors("node/node-1")
    mac = hardware_address("node-2", "eth0")
    assert f"172.18.0.4 dev eth0 lladdr {mac} REACHABLE" in cluster.neighbors("node/node-1")
    assert str(cluster.routes("node/node-1")) == (
        "default via 172.18.0.1 dev eth0\n"
        "10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1\n"
        "10.244.1.0/24 via 172.18.0.4 dev eth0\n"
        "172.18.0.0/24 dev eth0 proto kernel scope link src 172.18.0.3"
    )
