"""Addresses and node ports: from where they are taken, that none is given twice, and that all come back."""

from __future__ import annotations

import contextlib
import ipaddress
from typing import TYPE_CHECKING, Any

import pytest
from api import Api, service
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.errors import ApiError, InternalError, Invalid
from kdisco.store.allocate import Pool, families, service_range
from kdisco.store.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable

BANDS = [  # range, first and last usable address, first address of the dynamic band
    ("10.96.0.0/12", "10.96.0.1", "10.111.255.254", "10.96.1.1"),
    ("10.96.0.0/24", "10.96.0.1", "10.96.0.254", "10.96.0.17"),
    ("10.96.0.0/27", "10.96.0.1", "10.96.0.30", "10.96.0.17"),
    ("10.96.0.0/28", "10.96.0.1", "10.96.0.14", "10.96.0.1"),
    ("10.96.0.0/20", "10.96.0.1", "10.96.15.254", "10.96.1.1"),
    ("10.96.0.0/23", "10.96.0.1", "10.96.1.254", "10.96.0.33"),
    ("fd00:10:96::/112", "fd00:10:96::1", "fd00:10:96::ffff", "fd00:10:96::101"),
]


@pytest.mark.parametrize(("cidr", "first", "last", "dynamic"), BANDS)
def test_a_range_has_a_static_and_a_dynamic_band(cidr: str, first: str, last: str, dynamic: str) -> None:
    pool = Pool.of_network(ipaddress.ip_network(cidr))
    assert [pool.first, pool.last, pool.dynamic] == [int(ipaddress.ip_address(each)) for each in (first, last, dynamic)]


def test_node_ports_have_bands_too() -> None:
    assert Pool.of_ports(30000, 32767) == Pool(30000, 32767, 30086)


@given(st.integers(1, 40), st.integers(0, 40), st.sets(st.integers(0, 45)), st.integers(0, 2**64 - 1))
def test_a_pick_is_free_and_of_the_upper_band_while_that_has_any(
    size: int, band: int, taken: set[int], number: int
) -> None:
    pool = Pool(0, size - 1, min(band, size))
    upper, lower = ({*range(low, high)} - taken for low, high in ((pool.dynamic, size), (0, pool.dynamic)))
    picked = pool.pick(taken.__contains__, lambda below: number % below)
    assert picked in (upper or lower or {None})


def test_addresses_are_drawn_and_not_counted_up() -> None:
    api = Api.made()
    given = [ipaddress.IPv4Address(api.create(service(f"s{i}")).spec.cluster_ip) for i in range(30)]
    low, high = (ipaddress.IPv4Address(each) for each in ("10.96.1.1", "10.111.255.254"))
    assert all(low <= each <= high for each in given)
    assert given != sorted(given)
    assert len(set(given)) == 30


def test_the_upper_band_goes_first_then_the_lower_one_then_nothing() -> None:
    api = Api.made("10.96.0.0/27")
    given = [int(api.create(service(f"s{i}")).spec.cluster_ip.rpartition(".")[2]) for i in range(30)]
    assert set(given[:14]) == {*range(17, 31)}
    assert set(given[14:]) == {*range(1, 17)}
    before = api.state
    with pytest.raises(InternalError) as caught:
        api.create(service("one-more"))
    assert caught.value.message == "Internal error occurred: failed to allocate a serviceIP: range is full"
    assert (caught.value.status, caught.value.reason) == (500, "InternalError")
    assert api.state is before
    api.delete("service", "s7")
    assert int(api.create(service("one-more")).spec.cluster_ip.rpartition(".")[2]) == given[7]


def test_families_are_those_of_the_service_cidr_objects() -> None:
    txn = Transaction(Api.made("fd00:96::/112,10.96.0.0/24").state)
    assert families(txn) == ("IPv6", "IPv4")
    assert service_range(txn, "IPv4") == ipaddress.ip_network("10.96.0.0/24")
    assert service_range(Transaction(Api.made().state), "IPv6") is None


def test_an_address_is_an_object_that_names_its_service() -> None:
    api = Api.made()
    api.create(service(clusterIP="10.96.0.80"))
    found = api.get("ipaddress", "10.96.0.80").to_dict()
    assert found["metadata"]["labels"] == {
        "ipaddress.kubernetes.io/ip-family": "IPv4",
        "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
    }
    assert found["spec"] == {"parentRef": {"resource": "services", "namespace": "default", "name": "web"}}


OUTSIDE = "the provided network does not match the current range"


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("10.96.0.80", "provided IP is already allocated"),
        ("10.1.2.3", OUTSIDE),
        ("10.96.0.0", OUTSIDE),
        ("10.111.255.255", OUTSIDE),
    ],
)
def test_an_address_that_cannot_be_had_is_refused(address: str, problem: str) -> None:
    api = Api.made()
    api.create(service(clusterIP="10.96.0.80"))
    with pytest.raises(Invalid) as caught:
        api.create(service("other", clusterIP=address))
    words = f'Invalid value: ["{address}"]: failed to allocate IP {address}: {problem}'
    assert caught.value.message == f'Service "other" is invalid: spec.clusterIPs: {words}'


@pytest.mark.parametrize("address", ["10.96.0.1", "10.96.0.16", "10.96.0.17", "10.96.0.254"])
def test_a_fixed_address_may_be_of_either_band(address: str) -> None:
    assert Api.made("10.96.0.0/24").create(service(clusterIP=address)).spec.cluster_ips == (address,)


def test_one_address_in_two_spellings_is_one_address() -> None:
    api = Api.made("fd00:96::/112")
    assert api.create(service(clusterIP="FD00:96:0::A")).spec.cluster_ip == "FD00:96:0::A"
    assert api.addresses() == {"fd00:96::a"}
    with pytest.raises(Invalid, match="provided IP is already allocated"):
        api.create(service("other", clusterIP="fd00:96::a"))
    api.delete("service", "web")
    assert api.addresses() == set()


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


EXTERNAL = {"type": "ExternalName", "externalName": "example.test"}
CHANGES: dict[str, Callable[[Api], Any]] = {
    "deleted": lambda api: api.delete("service", "web"),
    "an ExternalName": lambda api: api.patch("service", "web", {"spec": EXTERNAL}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_a_service_had_is_free_again(change: Callable[[Api], Any]) -> None:
    api = Api.made()
    node_ports = [{"port": 80, "nodePort": 30080}]
    api.create(service(type="NodePort", clusterIP="10.96.0.80", ports=node_ports))
    change(api)
    assert api.addresses() == set()
    assert api.create(service("next", type="NodePort", clusterIP="10.96.0.80", ports=node_ports)).spec.cluster_ip


NAMES = st.sampled_from(["a", "b", "c"])
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]),
        "clusterIP": st.sampled_from(["10.96.0.1", "10.96.0.2", "None", "10.96.0.40", "fd00:96::1", "FD00:96::1"]),
        "ipFamilyPolicy": st.sampled_from(["SingleStack", "PreferDualStack", "RequireDualStack"]),
        "ipFamilies": st.sampled_from([["IPv4"], ["IPv6"], ["IPv6", "IPv4"]]),
        "externalName": st.just("example.test"),
        "externalTrafficPolicy": st.sampled_from(["Local", "Cluster"]),
        "allocateLoadBalancerNodePorts": st.booleans(),
        "ports": st.sampled_from(
            [
                [{"port": 80, "nodePort": 30080}],
                [{"port": 80}],
                DNS,
                [{**DNS[0], "nodePort": 30053}, DNS[1]],
                [{"name": "dns", "port": 53, "nodePort": 30080}, {"name": "metrics", "port": 9153, "nodePort": 30053}],
            ]
        ),
    },
)
DOINGS = st.one_of(
    st.tuples(st.just("create"), NAMES, SPECS),
    st.tuples(st.just("update"), NAMES, SPECS),
    st.tuples(st.just("patch"), NAMES, SPECS),
    st.tuples(st.just("delete"), NAMES, st.none()),
)


def do(api: Api, verb: str, name: str, spec: dict[str, Any] | None) -> None:
    """One write that may be refused."""
    before = api.state
    try:
        if verb == "delete":
            api.delete("service", name)
        elif verb == "patch":
            api.patch("service", name, {"spec": spec})
        else:
            api.send(verb, service(name, **(spec or {})))
    except ApiError:
        assert api.state is before


@given(st.lists(DOINGS, max_size=25))
@settings(deadline=None, max_examples=150)
def test_whatever_is_written_each_address_and_node_port_has_one_owner(doings: list[Any]) -> None:
    api = Api.made("10.96.0.0/28,fd00:96::/124")
    for verb, name, spec in doings:
        do(api, verb, name, spec)
        found = list(api.state.view.list("services"))
        held = [str(ipaddress.ip_address(ip)) for each in found for ip in each.virtual_ips]
        assert sorted(held) == sorted(api.addresses())
        ports = [{p.node_port for p in each.spec.ports} | {each.spec.health_check_node_port} for each in found]
        given = [number for each in ports for number in each if number]
        assert len(given) == len(set(given))
        for each in found:
            virtual = not each.headless and each.spec.type != "ExternalName"
            assert len(each.virtual_ips) == (len(each.spec.ip_families) if virtual else 0)
    for name in ("a", "b", "c"):
        with contextlib.suppress(ApiError):
            api.delete("service", name)
    assert api.addresses() == set()
    assert not list(api.state.view.table("services").find("nodeport"))
