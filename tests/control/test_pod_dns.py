"""What a kubelet tells about a Pod's DNS when it makes the sandbox."""

from __future__ import annotations

import json
from typing import Any

import pytest
from control_scenes import running

SEARCHES = [f"x{number:02}.{'y' * 60}.{'y' * 60}" for number in range(16)]
OVER, SERVERS = "limits were exceeded", "10.9.9.9 10.0.0.1 10.0.0.2"
KEPT = f"default.svc.cluster.local svc.cluster.local cluster.local {' '.join(SEARCHES[:15])}"
CANNOT = 'kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy.'
NODES = f'{CANNOT} Falling back to "Default" policy.'


def bare(name: str = "a", **spec: Any) -> str:
    """A Pod's manifest."""
    own = {"containers": [{"name": "web", "image": "registry.test/web:1"}], **spec}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": own})


def warned(*manifests: str, **settings: Any) -> list[tuple[str, str, str, int]]:
    """(kind, reason, message, count) of the Warnings in a cluster with these Pods."""
    cluster = running(*manifests, **{"nodes": 1, **settings})
    found = [each for each in cluster.list("events") if each.type == "Warning"]
    assert {each.source.component for each in found} <= {"kubelet"}
    assert {each.source.host for each in found} <= {"node-1"}
    return sorted((each.involved_object.kind, each.reason, each.message, each.count) for each in found)


def test_a_usual_pod_is_nothing_to_tell_of() -> None:
    assert warned(bare(), cluster_dns=("10.96.0.10",)) == []
    assert warned(bare()) == []


def test_no_cluster_dns_is_told_of_the_pod_and_of_its_node() -> None:
    told = warned(bare(), bare("b"), cluster_dns=())
    assert [each for each in told if each[0] == "Node"] == [("Node", "MissingClusterDNS", NODES, 2)]
    pods = [each for each in told if each[0] == "Pod"]
    assert [(reason, count) for _, reason, _, count in pods] == [("MissingClusterDNS", 1)] * 2
    assert all(message.startswith('pod: "') and message.endswith(NODES) for _, _, message, _ in pods)


def test_no_cluster_dns_is_nothing_to_a_pod_that_does_not_want_it() -> None:
    assert warned(bare(dnsPolicy="Default"), bare("b", hostNetwork=True), cluster_dns=()) == []


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (
            {"nameservers": ["10.0.0.1", "10.0.0.2", "10.0.0.3"]},
            f"Nameserver {OVER}, some nameservers have been omitted, the applied nameserver line is: {SERVERS}",
        ),
        (
            {"searches": SEARCHES},
            f"Search Line {OVER}, some search paths have been omitted, the applied search line is: {KEPT}",
        ),
    ],
)
def test_what_is_left_out_is_told_once(own: dict[str, Any], words: str) -> None:
    assert warned(bare(dnsConfig=own), cluster_dns=("10.9.9.9",)) == [("Pod", "DNSConfigForming", words, 1)]


def test_a_node_file_that_cannot_be_read_lets_no_sandbox_be_made() -> None:
    words = "Failed to create pod sandbox: nameserver list is empty "
    assert ("Pod", "FailedCreatePodSandBox", words, 1) in warned(bare(), node_resolv_conf="nameserver\n")
