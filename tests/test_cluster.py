"""The facade: a cluster ready at once, its names and packets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front

from kdisco import Cluster, ClusterConfig, DnsConfig, KdiscoError, NotFound, ProxyConfig

if TYPE_CHECKING:
    from collections.abc import Callable

DUAL = {"pod_cidr": "10.244.0.0/16,fd00:10:244::/56", "service_cidr": "10.96.0.0/16,fd00:10:96::/112"}
SIX = {"pod_cidr": "fd00:10:244::/56", "service_cidr": "fd00:10:96::/112"}


def shop(**settings: Any) -> Cluster:
    """A settled cluster with one application of two Pods, on two nodes."""
    cluster = Cluster(**{"nodes": 2, **settings})
    cluster.create(f"{deployment()}\n---\n{front()}")
    return cluster.settle()


CLUSTER = shop()
POD = CLUSTER.list("pods", namespace="default")[0]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"nodes": 1},
        {"nodes": 7},
        DUAL,
        SIX,
        {"proxy": ProxyConfig(mode="nftables")},
        {"dns": DnsConfig(zone="example.test")},
    ],
)
def test_a_cluster_is_ready_at_once(settings: dict[str, Any]) -> None:
    cluster = Cluster(**settings)
    nodes = settings.get("nodes", 3)
    assert len(cluster.list("nodes")) == nodes
    assert all(pod.ready for pod in cluster.list("pods"))
    assert len(cluster.list("pods")) == nodes + 2
    assert cluster.step() is None
    assert cluster.config == ClusterConfig(**settings)


@pytest.mark.parametrize("settings", [{}, DUAL, SIX])
def test_a_packet_to_a_service_reaches_a_pod(settings: dict[str, Any]) -> None:
    cluster = shop(**settings)
    pods = cluster.list("pods", namespace="default")
    trace = cluster.send(f"pod/default/{pods[0].name}", "web", 80)
    assert trace.verdict == "DELIVERED"
    assert any(str(trace.endpoint).startswith((ip, f"[{ip}]")) for pod in pods for ip in pod.addresses)


def test_a_cluster_without_nodes_has_its_objects_and_its_dns_all_the_same() -> None:
    cluster = Cluster(nodes=0)
    assert {pod.status.phase for pod in cluster.list("pods")} == {"Pending"}
    assert "10.96.0.1" in str(cluster.dns.query("kubernetes.default.svc.cluster.local.", "A"))
    with pytest.raises(NotFound):
        cluster.proxy("node-1")


def test_without_add_ons_dns_and_proxies_work_all_the_same() -> None:
    cluster = shop(addons=False)
    assert len(cluster.list("pods")) == 2
    address = cluster.get("service", "web").spec.cluster_ip
    assert address in str(cluster.dns.query("web.default.svc.cluster.local.", "A"))
    assert len(cluster.proxy("node-1").fates("10.244.0.9", address, 80)) == 2
    assert cluster.resolv_conf(cluster.list("pods")[0].name)


def test_without_kubelets_pods_change_only_through_their_status() -> None:
    cluster = shop(kubelets=False, addons=False)
    pod = cluster.list("pods")[0]
    assert not pod.addresses
    status = {
        "phase": "Running",
        "podIP": "10.1.1.1",
        "podIPs": [{"ip": "10.1.1.1"}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    cluster.patch("pod", pod.name, {"status": status}, subresource="status")
    cluster.settle()
    address = cluster.get("service", "web").spec.cluster_ip
    assert [fate.endpoint for fate in cluster.proxy("node-1").fates("10.9.9.9", address, 80)] == ["10.1.1.1:8080"]


def test_a_packet_is_remembered_so_that_its_flow_keeps_its_pod() -> None:
    cluster = CLUSTER.branch()
    source = f"pod/default/{POD.name}"
    ends = {cluster.send(source, "web", flow=7).endpoint for _ in range(5)}
    assert len(ends) == 1
    assert any("dport=80" in line for line in cluster.conntrack(POD.spec.node_name))
    assert CLUSTER.conntrack(POD.spec.node_name) == ()


def test_a_packet_changes_no_object_and_takes_no_time() -> None:
    cluster = CLUSTER.branch()
    cluster.send(f"pod/default/{POD.name}", "web")
    assert (cluster.revision, cluster.now) == (CLUSTER.revision, CLUSTER.now)
    assert cluster.state.tables == CLUSTER.state.tables


def test_observers_hear_of_packets() -> None:
    cluster, told = CLUSTER.branch(), []
    cluster.observe(lambda state: told.append(len(state.conntrack)))
    cluster.send(f"pod/default/{POD.name}", "web")
    assert told == [1]


def test_a_name_is_looked_up_by_the_sending_pod() -> None:
    source = f"pod/default/{POD.name}"
    address = CLUSTER.get("service", "web").spec.cluster_ip
    cluster = CLUSTER.branch()
    by_name = cluster.send(source, "web.default.svc.cluster.local", flow=1)
    by_address = CLUSTER.branch().send(source, address, flow=1)
    assert by_name.endpoint == by_address.endpoint


def test_a_node_looks_names_up_with_its_own_resolver() -> None:
    cluster = Cluster(nodes=1, upstream=("api.example.com. 60 IN A 203.0.113.7",))
    trace = cluster.send("node/node-1", "api.example.com", 443)
    assert (trace.verdict, trace.hops[0].before.destination) == ("LEFT", "203.0.113.7")
    with pytest.raises(KdiscoError, match=r"Could not resolve host: kubernetes\.default\.svc\.cluster\.local$"):
        cluster.send("node/node-1", "kubernetes.default.svc.cluster.local", 443)
    asked = cluster.lookup("api.example.com", node="node-1")
    assert asked.addresses == ("203.0.113.7",)
    assert "cluster.local" not in str(asked.questions)


def test_a_lookup_says_every_question() -> None:
    found = CLUSTER.branch().lookup("web", pod=f"default/{POD.name}")
    assert [question[1] for question in found.questions] == ["A", "AAAA"]
    assert found.addresses == (CLUSTER.get("service", "web").spec.cluster_ip,)


REFUSED: dict[str, Callable[[Cluster], object]] = {
    "a name from outside": lambda c: c.send("203.0.113.5", "web"),
    "a source that is no text": lambda c: c.send(5, "10.96.0.1"),  # type: ignore[arg-type]  # wrong on purpose
    "a destination that is no text": lambda c: c.send(f"pod/default/{POD.name}", None),  # type: ignore[arg-type]  # wrong on purpose
    "a missing pod": lambda c: c.send("pod/default/nobody", "10.96.0.1"),
    "a missing node": lambda c: c.send("node/node-9", "10.96.0.1"),
    "a port that is none": lambda c: c.send(f"pod/default/{POD.name}", "10.96.0.1", 0),
    "a protocol that is none": lambda c: c.send(f"pod/default/{POD.name}", "10.96.0.1", 80, "gre"),
    "a lookup of no text": lambda c: c.lookup(5, pod=POD.name),  # type: ignore[arg-type]  # wrong on purpose
    "a lookup of nobody": lambda c: c.lookup("web"),
    "a lookup on a missing node": lambda c: c.lookup("web", node="node-9"),
    "a lookup in no pod": lambda c: c.lookup("web", pod="default/nobody"),
    "a lookup by an unknown library": lambda c: c.lookup("web", pod=POD.name, libc="dietlibc"),
    "a lookup of an unknown family": lambda c: c.lookup("web", pod=POD.name, family="ipv4"),
    "the resolv.conf of nobody": lambda c: c.resolv_conf("default/nobody"),
    "routes of nothing": lambda c: c.routes("nothing"),
    "routes of no text": lambda c: c.routes(5),  # type: ignore[arg-type]  # wrong on purpose
    "connections of a missing node": lambda c: c.conntrack("node-9"),
    "connections of no text": lambda c: c.conntrack(5),  # type: ignore[arg-type]  # wrong on purpose
    "a picture of an unknown kind": lambda c: c.diagram("nothing"),
}


def test_a_name_that_is_not_known_was_asked_for_all_the_same() -> None:
    cluster = CLUSTER.branch()
    with pytest.raises(KdiscoError, match="Could not resolve host: nobody"):
        cluster.send(f"pod/default/{POD.name}", "nobody")
    assert cluster.state.tables == CLUSTER.state.tables
    assert all("dport=53" in line for line in cluster.conntrack(POD.spec.node_name))


@pytest.mark.parametrize("ask", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_asked_is_refused_and_changes_nothing(ask: Callable[[Cluster], object]) -> None:
    cluster = CLUSTER.branch()
    with pytest.raises(KdiscoError):
        ask(cluster)
    assert cluster.state.tables == CLUSTER.state.tables
    assert (cluster.revision, cluster.now, len(cluster.state.conntrack)) == (CLUSTER.revision, CLUSTER.now, 0)


def test_a_cluster_tells_its_size_and_its_time() -> None:
    empty = Cluster(nodes=0, addons=False)
    assert repr(empty) == f"<Cluster: 0 nodes, 0 pods, 1 services; revision {empty.revision} at {empty.now:.2f} s>"
    assert repr(CLUSTER).startswith("<Cluster: 2 nodes, 6 pods, 3 services; revision ")
