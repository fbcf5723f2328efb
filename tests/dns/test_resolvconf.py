"""The resolv.conf that a Pod has stays as it was written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from control_scenes import running

from kdisco import Cluster
from kdisco.dns.resolvconf import resolv_conf
from kdisco.errors import UsageError

KUBE_DNS = """
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {clusterIP: 10.96.0.10, ports: [{name: dns, port: 53, protocol: UDP}]}
"""


def bare(name: str = "a", **spec: Any) -> str:
    """A Pod's manifest."""
    own = {"containers": [{"name": "web", "image": "registry.test/web:1"}], **spec}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": own})


def test_what_runs_keeps_its_file_when_the_cluster_dns_changes() -> None:
    cluster = running(bare(), cluster_dns=("10.9.9.9",))
    state = cluster.state
    other = evolve(state, config=evolve(state.config, cluster_dns=("10.8.8.8",), node_resolv_conf="search new\n"))
    assert "nameserver 10.9.9.9" in resolv_conf(other, cluster.get("pod", "a"))
    forgotten = evolve(other, sandboxes=state.sandboxes.delete(("default", "a")))
    assert "nameserver 10.8.8.8" in resolv_conf(forgotten, cluster.get("pod", "a"))


def test_kubelets_know_the_address_of_kube_dns_by_their_flag() -> None:
    cluster = Cluster(nodes=1)
    cluster.create(bare())
    cluster.settle()
    before = cluster.resolv_conf("a")
    assert "nameserver 10.96.0.10\n" in before
    cluster.delete("service", "kube-dns", namespace="kube-system")
    cluster.create(bare("b"))
    cluster.settle()
    assert cluster.resolv_conf("a") == cluster.resolv_conf("b") == before
    assert [each.reason for each in cluster.list("events") if each.type == "Warning"] == []
    assert {rcode for _, _, rcode in cluster.lookup("kubernetes", "default/b").questions} == {"TIMEOUT"}


def test_where_nobody_knows_the_flag_a_new_pod_has_what_holds_when_it_is_made() -> None:
    cluster = Cluster(nodes=1, addons=False)
    cluster.create(bare())
    cluster.create(KUBE_DNS)
    cluster.settle()
    cluster.delete("service", "kube-dns", namespace="kube-system")
    cluster.create(bare("b"))
    cluster.settle()
    assert "nameserver 10.96.0.10\n" in cluster.resolv_conf("a")
    assert cluster.resolv_conf("b") == "nameserver 192.0.2.53\n"


def test_a_pod_of_the_same_name_has_a_file_of_its_own() -> None:
    cluster = running(bare(), cluster_dns=("10.9.9.9",))
    cluster.delete("pod", "a", grace_period=0)
    cluster.create(bare(dnsPolicy="Default"))
    assert cluster.resolv_conf("a") == "nameserver 192.0.2.53\n"


def dumped(**settings: Any) -> Cluster:
    """A dump of one running Pod, one that waits for a node, and kube-dns."""
    runs = {**json.loads(bare(nodeName="n1")), "status": {"phase": "Running", "podIP": "10.244.0.7"}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "kube-dns", "namespace": "kube-system"}}
    spec = {"clusterIP": "10.96.0.10", "ports": [{"port": 53}]}
    listed = {"apiVersion": "v1", "kind": "List", "items": [runs, json.loads(bare("b")), {**service, "spec": spec}]}
    return Cluster.from_dump(json.dumps(listed), **settings)


def test_a_dump_says_what_must_have_been_written() -> None:
    cluster = dumped(cluster_dns=("10.9.9.9",), cluster_domain="")
    assert cluster.resolv_conf("a") == cluster.resolv_conf("b") == "nameserver 10.9.9.9\noptions ndots:5\n"


def test_what_runs_in_a_dump_keeps_its_file_too() -> None:
    cluster = dumped()
    cluster.delete("service", "kube-dns", namespace="kube-system")
    assert "nameserver 10.96.0.10" in cluster.resolv_conf("a")
    assert cluster.resolv_conf("b") == "nameserver 192.0.2.53\n"


def test_a_node_file_that_cannot_be_read_is_told_when_asked_for() -> None:
    with pytest.raises(UsageError, match="nameserver list is empty"):
        dumped(node_resolv_conf="nameserver\n").resolv_conf("a")
