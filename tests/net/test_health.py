"""kube-proxy at healthCheckNodePorts: where it listens, and how many Pods it counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kdisco.net.ends import end_of, listening
from kdisco.net.health import checked, local_endpoints

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

HEALTH = 32001


@pytest.fixture(name="place")
def _place(build: Callable[..., State], doc: dict[str, Any]) -> Callable[..., State]:
    """Node alder with another address, and a Service that is checked there; keywords are kube-proxy's flags."""

    def place(*ends: dict[str, Any], spec: dict[str, Any] | None = None, **flags: Any) -> State:
        alder = json.loads(doc["node"]("alder", "192.0.2.11").removeprefix("---\n"))
        alder["status"]["addresses"].append({"type": "InternalIP", "address": "10.30.0.11"})
        fields = {"externalTrafficPolicy": "Local", "healthCheckNodePort": HEALTH, **(spec or {})}
        service = doc["balancer"]("web", "10.111.0.1", "203.0.113.9", {"port": 80}, **fields)
        return build(f"---\n{json.dumps(alder)}\n{service}" + doc["endpoints"]("web", 8080, *ends), **flags)

    return place


def heard(state: State, ip: str, port: int = HEALTH, protocol: str = "tcp") -> str:
    return listening(state, end_of(state, "node/alder"), ip, port, protocol)


def test_it_listens_where_node_ports_answer(place: Callable[..., State]) -> None:
    ips = ("192.0.2.11", "10.30.0.11", "127.0.0.1")
    assert [heard(place(), ip) for ip in ips] == ["kube-proxy"] * 3
    assert [heard(place(mode="nftables"), ip) for ip in ips] == ["kube-proxy", "", ""]
    assert [heard(place(nodeport_addresses=("10.30.0.0/24",)), ip) for ip in ips] == ["", "kube-proxy", ""]
    assert heard(place(), "192.0.2.11", protocol="udp") == heard(place(), "192.0.2.11", HEALTH + 1) == ""


def test_only_what_stays_where_it_arrives_is_checked(place: Callable[..., State]) -> None:
    assert heard(place(spec={"externalTrafficPolicy": "Cluster"}), "192.0.2.11") == ""
    assert heard(place(spec={"type": "NodePort"}), "192.0.2.11") == ""
    state = place(spec={"ports": [{"port": 80, "nodePort": HEALTH}], "healthCheckNodePort": 0})
    assert checked(state, "alder", "192.0.2.11", HEALTH) is None


def test_ready_pods_of_the_node_count_each_once(place: Callable[..., State]) -> None:
    draining = {"ready": False, "serving": True, "terminating": True}
    state = place(
        {"addresses": ["10.61.0.5"], "nodeName": "alder"},
        {"addresses": ["10.61.0.5"], "nodeName": "alder"},
        {"addresses": ["10.61.0.6"], "nodeName": "alder", "conditions": {"ready": False}},
        {"addresses": ["10.61.0.7"], "nodeName": "alder", "conditions": draining},
        {"addresses": ["10.61.1.5"], "nodeName": "birch"},
    )
    service = checked(state, "alder", "192.0.2.11", HEALTH)
    assert service is not None
    assert local_endpoints(state, "alder", service, 4) == 1
