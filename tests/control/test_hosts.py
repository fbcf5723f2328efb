"""A hand on machines: power, nameservers of a kubelet, and components that list anew when they are started anew."""

from __future__ import annotations

import pytest

from kdisco import Cluster
from kdisco.control.hosts import POWER_LOSS
from kdisco.examples import application
from kdisco.faults.hand import operate
from kdisco.store.host import Host


@pytest.fixture
def cluster() -> Cluster:
    made = Cluster(nodes=2)
    made.create(application("web", 2))
    return made.settle()


def test_a_machine_that_goes_off_runs_nothing_and_forgets_its_connections(cluster: Cluster) -> None:
    cluster.send("node/node-1", "10.96.0.1", 443)
    operate(cluster, {"node-1": Host(down=True)})
    boxes = [box for box in cluster.state.sandboxes.values() if box.node == "node-1"]
    assert boxes
    assert {(each.running, each.code) for box in boxes for each in box.processes} == {(False, POWER_LOSS)}
    assert "node-1" not in cluster.state.conntrack
    assert all(box.running for box in cluster.state.sandboxes.values() if box.node == "node-2")


def test_a_machine_that_is_back_starts_its_containers_again(cluster: Cluster) -> None:
    cluster.inject("node-down", node="node-1")
    cluster.run(10)
    cluster.heal("node-down").settle()
    pods = [pod for pod in cluster.list("pods", "default") if pod.spec.node_name == "node-1"]
    assert pods
    assert all(pod.ready and pod.status.container_statuses[0].restart_count == 1 for pod in pods)


def test_a_kubelet_gives_its_own_nameservers_to_pods_made_from_now_on(cluster: Cluster) -> None:
    operate(cluster, {"node-1": Host(cluster_dns=("10.96.0.99",))})
    for pod in cluster.list("pods", "default"):
        assert "nameserver 10.96.0.10\n" in cluster.resolv_conf(f"default/{pod.name}")
        cluster.delete("pod", pod.name)
    cluster.settle()
    for pod in cluster.list("pods", "default"):
        wanted = "10.96.0.99" if pod.spec.node_name == "node-1" else "10.96.0.10"
        assert f"nameserver {wanted}\n" in cluster.resolv_conf(f"default/{pod.name}")


def test_a_kube_proxy_that_was_cut_off_lists_all_when_it_is_started_anew(cluster: Cluster) -> None:
    cluster.hold("kube-proxy@node-1").hold("kube-proxy@node-2")
    pods = cluster.list("pods", "kube-system", {"k8s-app": "kube-proxy"})
    [pod] = [each for each in pods if each.spec.node_name == "node-1"]
    cluster.delete("pod", pod.name, "kube-system")
    cluster.settle()
    assert cluster.state.held == {"kube-proxy@node-2"}


def test_one_that_crashes_at_once_stays_cut_off(cluster: Cluster) -> None:
    [pod, _] = cluster.list("pods", "kube-system", {"k8s-app": "kube-proxy"})
    component = f"kube-proxy@{pod.spec.node_name}"
    cluster.hold(component)
    cluster.patch("pod", pod.name, {"metadata": {"annotations": {"kdisco.dev/crashes": "after 1s"}}}, "kube-system")
    cluster.run(60)
    assert cluster.get("pod", pod.name, "kube-system").status.container_statuses[0].restart_count > 1
    assert component in cluster.state.held


def test_nothing_out_of_the_ordinary_is_not_kept(cluster: Cluster) -> None:
    operate(cluster, {"node-1": Host()})
    assert cluster.state.hosts == {}
