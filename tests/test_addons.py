"""What kubeadm installs."""

from __future__ import annotations

import pytest

from kdisco import Cluster


def test_coredns_and_its_service() -> None:
    cluster = Cluster(nodes=3)
    service = cluster.get("service", "kube-dns", namespace="kube-system")
    assert service.spec.cluster_ip == "10.96.0.10"
    assert service.labels["k8s-app"] == "kube-dns"
    assert [(port.name, port.port, port.protocol) for port in service.spec.ports] == [
        ("dns", 53, "UDP"),
        ("dns-tcp", 53, "TCP"),
        ("metrics", 9153, "TCP"),
    ]
    deployment = cluster.get("deployment", "coredns", namespace="kube-system")
    assert deployment.status.available_replicas == 2
    assert {pod.spec.dns_policy for pod in cluster.list("pods", selector={"k8s-app": "kube-dns"})} == {"Default"}


@pytest.mark.parametrize("nodes", [0, 1, 4])
def test_each_node_has_a_kube_proxy_with_the_nodes_address(nodes: int) -> None:
    cluster = Cluster(nodes=nodes, kubernetes_version="v1.36.2")
    proxies = cluster.list("pods", selector={"k8s-app": "kube-proxy"})
    assert sorted(pod.spec.node_name for pod in proxies) == [f"node-{i}" for i in range(1, nodes + 1)]
    assert all(pod.addresses == cluster.get("node", pod.spec.node_name).internal_ips for pod in proxies)
    assert {pod.spec.containers[0].image for pod in proxies} <= {"registry.k8s.io/kube-proxy:v1.36.2"}
    owner = cluster.get("daemonset", "kube-proxy", namespace="kube-system")
    assert all(pod.owned_by(owner) and pod.spec.host_network for pod in proxies)
    assert owner.status.desired_number_scheduled == owner.status.number_available == nodes


def test_a_node_that_joins_runs_a_kube_proxy_whatever_its_taints() -> None:
    cluster = Cluster(nodes=1)
    taints = [{"key": "dedicated", "effect": "NoExecute"}]
    labels = {"kubernetes.io/os": "linux"}
    cluster.create(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "late", "labels": labels}, "spec": {"taints": taints}}
    )
    cluster.settle()
    proxies = cluster.list("pods", selector={"k8s-app": "kube-proxy"})
    assert {pod.spec.node_name for pod in proxies} == {"late", "node-1"}


def test_the_dns_service_answers() -> None:
    answer = Cluster(nodes=1).dns.query("kube-dns.kube-system.svc.cluster.local.", "A")
    assert "10.96.0.10" in str(answer)


def test_without_add_ons_there_is_only_what_the_api_server_makes() -> None:
    cluster = Cluster(nodes=2, addons=False)
    assert cluster.list("pods") == cluster.list("deployments") == cluster.list("daemonsets") == ()
    assert [each.name for each in cluster.list("services")] == ["kubernetes"]
