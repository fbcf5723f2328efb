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
from kdisco.store.allocate import families, service_ranges
from kdisco.store.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Callable

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
    assert service_ranges(txn, "IPv4") == (ipaddress.ip_network("10.96.0.0/24"),)
    assert service_ranges(Transaction(Api.made().state), "IPv6") == ()


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


def span(name: str, *cidrs: str) -> dict[str, Any]:
    """A further range."""
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": name}}
    return head | {"spec": {"cidrs": list(cidrs)}}


def test_ranges_are_used_one_after_the_other_and_fixed_addresses_come_from_any() -> None:
    api = Api.made("10.96.0.0/29")
    api.create(span("second", "10.97.0.0/30"))
    assert api.create(service("fixed", clusterIP="10.97.0.1")).spec.cluster_ip == "10.97.0.1"
    given = {api.create(service(f"s{i}")).spec.cluster_ip for i in range(7)}
    assert given == {*(f"10.96.0.{i}" for i in range(1, 7)), "10.97.0.2"}
    with pytest.raises(InternalError, match="range is full"):
        api.create(service("more"))


def test_a_range_that_is_not_ready_gives_nothing() -> None:
    api = Api.made("10.96.0.0/29")
    api.create(span("second", "10.97.0.0/30"))
    no = {"type": "Ready", "status": "False", "reason": "Terminating", "message": "", "lastTransitionTime": ""}
    api.patch("servicecidr", "second", {"status": {"conditions": [no]}}, subresource="status")
    with pytest.raises(Invalid, match="the provided network does not match the current range"):
        api.create(service(clusterIP="10.97.0.1"))
    for i in range(6):
        api.create(service(f"s{i}"))
    with pytest.raises(InternalError, match="range is full"):
        api.create(service("more"))


def test_a_huge_range_of_the_new_family_gives_nothing() -> None:
    with pytest.raises(InternalError, match="range is full"):
        Api.made("fd00::/48").create(service())


def test_a_dry_run_shows_where_the_range_begins_and_takes_nothing() -> None:
    api = Api.made("10.96.0.0/24,fd00:96::/112")
    api.create(service("other", clusterIP="10.96.0.9"))
    before = api.state
    shown = api.create(service(ipFamilyPolicy="RequireDualStack"), dry_run=True).spec
    assert shown.cluster_ips == ("10.96.0.0", "fd00:96::")
    assert api.create(service(clusterIP="10.96.0.9"), dry_run=True).spec.cluster_ip == "10.96.0.9"
    with pytest.raises(Invalid) as caught:
        api.create(service(clusterIP="10.1.2.3"), dry_run=True)
    words = "the provided IP (10.1.2.3) is not in the valid range. The range of valid IPs is 10.96.0.0/24"
    assert caught.value.message.endswith(f"failed to allocate IP 10.1.2.3: {words}")
    assert api.state is before


def test_what_a_refused_write_was_given_is_free_again() -> None:
    api = Api.made("10.96.0.0/24")
    before = api.state
    bad = [{"port": 0, "nodePort": 30080}]
    with pytest.raises(Invalid, match=r"spec.ports\[0\].port"):
        api.create(service(type="NodePort", clusterIP="10.96.0.9", ports=bad))
    assert api.state is before
    api.create(service(clusterIP="10.96.0.9"))
    with pytest.raises(Invalid, match="provided IP is already allocated"):
        api.create(service(clusterIP="10.96.0.9"))  # the name is taken too, but the address is asked for first


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
    st.tuples(st.just("create"), NAMES, SPECS, st.booleans()),
    st.tuples(st.just("update"), NAMES, SPECS, st.booleans()),
    st.tuples(st.just("patch"), NAMES, SPECS, st.booleans()),
    st.tuples(st.just("delete"), NAMES, st.none(), st.booleans()),
)


def do(api: Api, verb: str, name: str, spec: dict[str, Any] | None, *, dry_run: bool) -> None:
    """One write that may be refused, or only tried: then nothing changes."""
    before = api.state
    try:
        if verb == "delete":
            api.delete("service", name, dry_run=dry_run)
        elif verb == "patch":
            api.patch("service", name, {"spec": spec}, dry_run=dry_run)
        else:
            api.send(verb, service(name, **(spec or {})), dry_run=dry_run)
    except ApiError:
        assert api.state is before
    if dry_run:
        assert api.state is before


def check(api: Api) -> None:
    """Each address and each node port has one owner, and each owner has what its type asks for."""
    found = list(api.state.view.list("services"))
    held = {(str(ipaddress.ip_address(ip)), each.name) for each in found for ip in each.virtual_ips}
    noted = {(each.name, each.spec.parent_ref.name) for each in api.state.view.list("ipaddresses")}
    assert held == noted
    assert len({ip for ip, _ in held}) == len(held)
    table = api.state.view.table("services")
    for each in found:
        own = {port.node_port for port in each.spec.ports} | {each.spec.health_check_node_port}
        for number in own - {0}:
            assert [owner.name for owner in table.find("nodeport", str(number))] == [each.name]
        virtual = not each.headless and each.spec.type != "ExternalName"
        assert len(each.virtual_ips) == (len(each.spec.ip_families) if virtual else 0)
        if each.spec.type == "NodePort":
            assert all(30000 <= port.node_port <= 32767 for port in each.spec.ports)
        if each.spec.type in ("ClusterIP", "ExternalName"):
            assert own <= {0}


@given(st.lists(DOINGS, max_size=25))
@settings(max_examples=150)
def test_whatever_is_written_each_address_and_node_port_has_one_owner(doings: list[Any]) -> None:
    api = Api.made("10.96.0.0/28,fd00:96::/124")
    for verb, name, spec, dry_run in doings:
        do(api, verb, name, spec, dry_run=dry_run)
        check(api)
    for name in ("a", "b", "c"):
        with contextlib.suppress(ApiError):
            api.delete("service", name)
    assert api.addresses() == set()
    assert not list(api.state.view.table("services").find("nodeport"))
