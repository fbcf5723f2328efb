"""Node ports: from where they are taken, who shares one, and in which words one is refused."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, service

from kdisco.errors import InternalError, Invalid, ServerError

DNS = [
    {"name": "dns", "port": 53, "protocol": "UDP"},
    {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
    {"name": "metrics", "port": 9153},
]


def numbers(found: Any) -> list[int]:
    """The node ports of a Service, port by port."""
    return [port.node_port for port in found.spec.ports]


def test_ports_with_one_number_share_a_node_port() -> None:
    udp, tcp, metrics = numbers(Api.made().create(service(type="NodePort", ports=DNS)))
    assert udp == tcp != metrics
    assert all(30086 <= number <= 32767 for number in (udp, metrics))


@pytest.mark.parametrize("place", [0, 1])
def test_a_node_port_asked_for_by_one_of_them_serves_both(place: int) -> None:
    ports = [port | ({"nodePort": 30053} if i == place else {}) for i, port in enumerate(DNS)]
    udp, tcp, metrics = numbers(Api.made().create(service(type="NodePort", ports=ports)))
    assert udp == tcp == 30053 != metrics


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (29999, "provided port is not in the valid range. The range of valid ports is 30000-32767"),
        (32768, "provided port is not in the valid range. The range of valid ports is 30000-32767"),
        (30090, "provided port is already allocated"),
    ],
)
def test_a_node_port_that_cannot_be_had_is_refused(number: int, problem: str) -> None:
    api = Api.made()
    api.create(service("other", type="NodePort", ports=[{"port": 80, "nodePort": 30090, "protocol": "UDP"}]))
    with pytest.raises(Invalid) as caught:
        api.create(service(type="NodePort", ports=[{"port": 80, "nodePort": number}]))
    words = f"spec.ports[0].nodePort: Invalid value: {number}: {problem}"
    assert caught.value.message == f'Service "web" is invalid: {words}'


def test_two_ports_of_a_new_service_cannot_ask_for_the_same_node_port() -> None:
    ports = [{"name": "a", "port": 80, "nodePort": 30080}, {"name": "b", "port": 81, "nodePort": 30080}]
    with pytest.raises(Invalid, match=r"spec.ports\[1\].nodePort: Invalid value: 30080: .*already allocated"):
        Api.made().create(service(type="NodePort", ports=ports))


def test_a_load_balancer_may_go_without_node_ports() -> None:
    api = Api.made()
    made = api.create(service(type="LoadBalancer", allocateLoadBalancerNodePorts=False))
    assert numbers(made) == [0]
    ports = [{"port": 80, "nodePort": 30080}]
    asked = service("b", type="LoadBalancer", allocateLoadBalancerNodePorts=False, ports=ports)
    assert numbers(api.create(asked)) == [30080]


def test_a_local_load_balancer_has_a_node_port_for_health_checks() -> None:
    api = Api.made()
    made = api.create(service(type="LoadBalancer", externalTrafficPolicy="Local"))
    number = made.spec.health_check_node_port
    assert 30086 <= number <= 32767
    assert number not in numbers(made)
    with pytest.raises(Invalid, match="already allocated"):
        api.create(service("other", type="NodePort", ports=[{"port": 80, "nodePort": number}]))
    with pytest.raises(InternalError) as caught:
        api.create(service("x", type="LoadBalancer", externalTrafficPolicy="Local", healthCheckNodePort=number))
    words = f"failed to allocate requested HealthCheck NodePort {number}: provided port is already allocated"
    assert caught.value.message == f"Internal error occurred: {words}"
    assert api.patch("service", "web", {"spec": {"externalTrafficPolicy": "Cluster"}}).spec.health_check_node_port == 0
    taken = api.create(service("other", type="NodePort", ports=[{"port": 80, "nodePort": number}]))
    assert numbers(taken) == [number]


def test_a_port_added_later_gets_a_node_port_of_its_own() -> None:
    api = Api.made()
    first = api.create(service(type="NodePort", ports=DNS[:1]))
    udp, tcp = numbers(api.patch("service", "web", {"spec": {"ports": DNS[:2]}}))
    assert [udp] == numbers(first)
    assert udp != tcp


def test_a_node_port_may_go_from_one_port_to_another() -> None:
    api = Api.made()
    ports = [{"name": "a", "port": 80, "nodePort": 30080}, {"name": "b", "port": 81, "nodePort": 30081}]
    api.create(service(type="NodePort", ports=ports))
    turned = [ports[0] | {"nodePort": 30081}, ports[1] | {"nodePort": 30080}]
    assert numbers(api.patch("service", "web", {"spec": {"ports": turned}})) == [30081, 30080]
    alone = [{"name": "a", "port": 80, "nodePort": 30081}]
    assert numbers(api.patch("service", "web", {"spec": {"ports": alone}})) == [30081]
    assert numbers(api.create(service("next", type="NodePort", ports=[{"port": 1, "nodePort": 30080}]))) == [30080]


def test_one_node_port_twice_in_an_update_is_an_error_without_a_reason() -> None:
    api = Api.made()
    ports = [{"name": "a", "port": 80, "nodePort": 30080}]
    api.create(service(type="NodePort", ports=ports))
    both = [*ports, {"name": "b", "port": 81, "nodePort": 30080}]
    with pytest.raises(ServerError) as caught:
        api.patch("service", "web", {"spec": {"ports": both}})
    assert str(caught.value) == "Error from server: duplicate nodePort: {TCP 30080}"


def full(api: Api, left: int = 0) -> None:
    """Take all node ports but ``left``."""
    numbers = range(30000, 32768 - left)
    for start in range(0, len(numbers), 900):
        ports = [{"name": f"p{n}", "port": n, "nodePort": n} for n in numbers[start : start + 900]]
        api.create(service(f"all-{start}", type="NodePort", ports=ports))


def test_when_all_node_ports_are_taken() -> None:
    api = Api.made()
    full(api, left=1)
    api.create(service("last", type="NodePort"))
    before = api.state
    with pytest.raises(InternalError) as caught:
        api.create(service(type="NodePort"))
    assert caught.value.message == "Internal error occurred: failed to allocate a nodePort: range is full"
    spec: dict[str, Any] = {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}
    spec["allocateLoadBalancerNodePorts"] = False
    with pytest.raises(InternalError) as caught:
        api.create(service(**spec))
    words = "failed to allocate a HealthCheck NodePort 0: range is full"
    assert caught.value.message == f"Internal error occurred: {words}"
    assert api.state is before
    api.delete("service", "last")
    assert numbers(api.create(service(type="NodePort"))) == [32767]


def test_a_dry_run_shows_a_node_port_that_nobody_gets() -> None:
    api = Api.made()
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    assert numbers(api.create(service(type="NodePort", ports=ports), dry_run=True)) == [32769, 32770]
    assert numbers(api.create(service(type="NodePort", ports=[{"port": 80, "nodePort": 80}]), dry_run=True)) == [80]
    api.create(service("other", type="NodePort", ports=[{"port": 80, "nodePort": 30080}]))
    with pytest.raises(Invalid, match="provided port is already allocated"):
        api.create(service(type="NodePort", ports=[{"port": 80, "nodePort": 30080}]), dry_run=True)
