"""How a cluster begins."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from kdisco import Cluster, KdiscoError
from kdisco.boot import from_objects, new_cluster, node_addresses
from kdisco.config import ClusterConfig
from kdisco.errors import UsageError
from kdisco.model.manifest import to_object
from kdisco.store.state import EPOCH

DUAL = {"pod_cidr": "10.244.0.0/16,fd00:10:244::/56", "service_cidr": "10.96.0.0/16,fd00:10:96::/112"}


def dumped(kind: str, name: str, **more: Any) -> Any:
    """An object as a dump has it."""
    meta = more.pop("metadata", {})
    return to_object({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **meta}, **more})


def test_the_namespaces_of_every_cluster() -> None:
    names = [each.name for each in Cluster(nodes=0).list("namespaces")]
    assert names == ["default", "kube-node-lease", "kube-public", "kube-system"]
    assert {each.status.phase for each in Cluster(nodes=0).list("namespaces")} == {"Active"}


@pytest.mark.parametrize(
    ("settings", "ip", "family"),
    [
        ({}, "10.96.0.1", "IPv4"),
        ({"service_cidr": "10.0.0.0/24"}, "10.0.0.1", "IPv4"),
        ({"service_cidr": "fd00:10:96::/112", "pod_cidr": "fd00:10:244::/56"}, "fd00:10:96::1", "IPv6"),
        (DUAL, "10.96.0.1", "IPv4"),
    ],
)
def test_the_first_service_is_the_api_server_itself(settings: dict[str, Any], ip: str, family: str) -> None:
    cluster = Cluster(nodes=1, **settings)
    found = cluster.get("service", "kubernetes")
    assert found.labels == {"component": "apiserver", "provider": "kubernetes"}
    assert (found.spec.cluster_ips, found.spec.ip_families, found.spec.ip_family_policy) == (
        (ip,),
        (family,),
        "SingleStack",
    )
    (port,) = found.spec.ports
    assert (port.name, port.port, port.target_port, port.protocol) == ("https", 443, 6443, "TCP")
    assert not found.spec.selector


def test_the_api_servers_endpoints_are_its_own_work() -> None:
    cluster = Cluster(nodes=1)
    (endpoint,) = cluster.get("endpointslice", "kubernetes").endpoints
    (subset,) = cluster.get("endpoints", "kubernetes").subsets
    assert endpoint.addresses == tuple(each.ip for each in subset.addresses) == node_addresses(0, cluster.config)
    assert [port.port for port in cluster.get("endpointslice", "kubernetes").ports] == [6443]
    assert cluster.get("endpointslice", "kubernetes").labels == {"kubernetes.io/service-name": "kubernetes"}


@pytest.mark.parametrize("settings", [{}, DUAL, {"pod_cidr": "fd00:10:244::/56", "service_cidr": "fd00:10:96::/112"}])
def test_nodes_have_an_address_of_each_family_of_the_pod_network(settings: dict[str, Any]) -> None:
    cluster = Cluster(nodes=3, **settings)
    versions = [ipaddress.ip_network(cidr).version for cidr in cluster.config.pod_cidrs]
    addresses = [node.internal_ips for node in cluster.list("nodes")]
    assert [[ipaddress.ip_address(ip).version for ip in ips] for ips in addresses] == [versions] * 3
    assert len({ip for ips in addresses for ip in ips}) == 3 * len(versions)
    assert [node.name for node in cluster.list("nodes")] == ["node-1", "node-2", "node-3"]
    assert all(node.ready and len(node.spec.pod_cidrs) == len(versions) for node in cluster.list("nodes"))


@pytest.mark.parametrize("cidr", ["10.96.0.0/29", "10.96.0.0/30", "10.96.0.0/32", "fd00::/126"])
def test_a_service_range_must_have_room_for_the_clusters_own_services(cidr: str) -> None:
    with pytest.raises(UsageError, match=r"service_cidr: .* too few addresses"):
        Cluster(nodes=0, service_cidr=cidr)


@pytest.mark.parametrize(("cidr", "dns"), [("10.96.0.0/28", "10.96.0.10"), ("fd00::/124", "fd00::a")])
def test_the_tenth_address_is_the_dns(cidr: str, dns: str) -> None:
    assert (
        Cluster(nodes=0, service_cidr=cidr).get("service", "kube-dns", namespace="kube-system").spec.cluster_ip == dns
    )


@pytest.mark.parametrize("cidr", ["10.244.0.0/30", "10.244.0.0/31", "10.244.0.0/32"])
def test_a_pod_network_without_room_leaves_pods_waiting(cidr: str) -> None:
    cluster = Cluster(nodes=2, pod_cidr=cidr)
    assert [pod for pod in cluster.list("pods") if pod.addresses and not pod.spec.host_network] == []


def test_a_new_cluster_has_not_run_yet() -> None:
    state = new_cluster(ClusterConfig(nodes=1))
    assert state.now == 0
    assert not [pod for pod in state.view.list("pods") if pod.addresses]
    assert state.agenda


@pytest.mark.parametrize("seed", [0, 1, 2, 10**30])
def test_the_seed_decides_what_is_drawn(seed: int) -> None:
    one, again, other = (Cluster(nodes=1, seed=each) for each in (seed, seed, seed + 1))
    names = [[pod.name for pod in cluster.list("pods")] for cluster in (one, again, other)]
    assert names[0] == names[1] != names[2]


def test_objects_of_a_dump_are_stored_as_they_are() -> None:
    status = {"phase": "Running", "podIP": "10.0.0.9", "conditions": [{"type": "Ready", "status": "True"}]}
    meta = {"uid": "u1", "namespace": "shop", "creationTimestamp": "2025-05-05T05:05:05Z", "labels": {"a": "b"}}
    cluster = Cluster.from_dump([dumped("Pod", "a", metadata=meta, spec={"nodeName": "n"}, status=status).to_dict()])
    found = cluster.get("pod", "a", namespace="shop")
    assert found.ready
    assert found.addresses == ("10.0.0.9",)
    assert (found.metadata.uid, found.metadata.creation_timestamp) == ("u1", "2025-05-05T05:05:05Z")
    assert found.labels == {"a": "b"}
    assert cluster.state.sandboxes[found.key].running


def test_a_dump_is_completed_by_what_every_object_has() -> None:
    cluster = Cluster.from_dump(
        [dumped("Service", "a", spec={"clusterIP": "10.96.0.7", "ports": [{"port": 80}]}).to_dict()]
    )
    found = cluster.get("service", "a")
    assert found.metadata.uid
    assert found.metadata.resource_version == "1"
    assert (found.spec.cluster_ips, found.spec.ip_families, found.spec.type) == (("10.96.0.7",), ("IPv4",), "ClusterIP")
    assert found.spec.ports[0].target_port == 80
    assert "10.96.0.7" in [each.name for each in cluster.list("ipaddresses")]
    assert "default" in [each.name for each in cluster.list("namespaces")]
    assert [each.spec.cidrs for each in cluster.list("servicecidrs")] == [("10.96.0.0/12",)]


@pytest.mark.parametrize(
    ("times", "now", "epoch"),
    [
        ([], None, EPOCH),
        (["2020-01-01T00:00:00Z"], None, EPOCH),
        (["2027-01-01T00:00:00Z", "2026-06-01T00:00:00Z"], None, 1798761600.0),
        (["2027-01-01T00:00:00Z"], "2026-01-15T12:00:00Z", 1768478400.0),
    ],
)
def test_the_clock_of_a_dump(times: list[str], now: str | None, epoch: float) -> None:
    objects = [dumped("Service", f"s{i}", metadata={"creationTimestamp": at}) for i, at in enumerate(times)]
    assert from_objects(objects, ClusterConfig(), now).epoch == epoch


@pytest.mark.parametrize("now", ["soon", "", 5, "2026-13-01T00:00:00Z"])
def test_a_clock_must_be_a_time(now: Any) -> None:
    with pytest.raises(UsageError, match=r"now: .* is not a time like"):
        Cluster.from_dump([], now=now)


def test_a_birthday_must_be_a_time() -> None:
    document = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "creationTimestamp": "yesterday"}}
    with pytest.raises(KdiscoError, match="yesterday"):
        Cluster.from_dump([document])


def test_a_cluster_knows_its_first_roles_with_and_without_add_ons() -> None:
    bare = Cluster(nodes=0, addons=False)
    full = Cluster(nodes=0)
    assert {"cluster-admin", "admin", "edit", "view"} <= {each.name for each in bare.list("clusterroles")}
    assert "kubeadm:cluster-admins" in [each.name for each in bare.list("clusterrolebindings")]
    assert {each.name for each in full.list("clusterroles")} - {each.name for each in bare.list("clusterroles")} == {
        "system:coredns"
    }
    assert all(each.metadata.creation_timestamp for each in full.list("clusterroles"))


def test_a_dump_is_completed_by_the_first_roles_that_it_lacks() -> None:
    meta = {"name": "view", "uid": "u"}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": meta}
    cluster = Cluster.from_dump([role])
    assert cluster.get("clusterrole", "view").metadata.uid == "u"
    assert cluster.get("clusterrole", "view").rules == ()
    assert cluster.get("clusterrole", "edit").rules
