"""The order of ports: by a hash of what Go prints of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kdisco.control.ordering import endpoint_port_hash, endpoint_ports_in_order, slice_ports_in_order
from kdisco.model.endpoints import EndpointPort, SlicePort

KUBE_DNS = [("metrics", 9153, "TCP"), ("dns-tcp", 53, "TCP"), ("dns", 53, "UDP")]


def test_the_ports_of_kube_dns_come_as_in_a_real_cluster() -> None:
    ports = slice_ports_in_order(SlicePort(name=name, port=port, protocol=kind) for name, port, kind in KUBE_DNS)
    assert [(each.name, each.port) for each in ports] == [("dns", 53), ("dns-tcp", 53), ("metrics", 9153)]


def test_the_hash_is_fnv_1a_of_128_bits_over_what_go_prints() -> None:
    port = EndpointPort(name="web", port=8080, protocol="TCP")
    text = "(v1.EndpointPort){Name:(string)web Port:(int32)8080 Protocol:(v1.Protocol)TCP AppProtocol:(*string)<nil>}"
    value = 0x6C62272E07BB014262B821756295C58D
    for byte in text.encode():
        value = (value ^ byte) * 0x0000000001000000000000000000013B % 2**128
    assert endpoint_port_hash(port) == value


@given(st.permutations(KUBE_DNS))
def test_the_order_does_not_depend_on_the_order_before(rows: list[tuple[str, int, str]]) -> None:
    first = endpoint_ports_in_order(EndpointPort(name=name, port=port, protocol=kind) for name, port, kind in rows)
    second = endpoint_ports_in_order(EndpointPort(name=name, port=port, protocol=kind) for name, port, kind in KUBE_DNS)
    assert first == second
    assert list(map(endpoint_port_hash, first)) == sorted(map(endpoint_port_hash, first))


def test_no_port_and_one_port_are_in_order() -> None:
    assert slice_ports_in_order(()) == ()
    assert endpoint_ports_in_order([EndpointPort(port=1)]) == (EndpointPort(port=1),)
