"""Names taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.dns.names import RecordRequest, address_of_pod, address_of_reverse, parse
from kdisco.model.address import parse_ip
from kdisco.model.domain import labels_of

if TYPE_CHECKING:
    import ipaddress


@pytest.mark.parametrize(
    ("rest", "request_"),
    [
        ("", RecordRequest()),
        ("svc", RecordRequest()),
        ("pod", RecordRequest()),
        ("ns.svc", RecordRequest(kind="svc", namespace="ns")),
        ("s.ns.svc", RecordRequest(kind="svc", namespace="ns", service="s")),
        ("e.s.ns.svc", RecordRequest(kind="svc", namespace="ns", service="s", endpoint="e")),
        ("_p._tcp.s.ns.svc", RecordRequest(kind="svc", namespace="ns", service="s", port="p", protocol="tcp")),
        ("__p.tcp.s.ns.svc", RecordRequest(kind="svc", namespace="ns", service="s", port="_p", protocol="tcp")),
        ("_._.s.ns.svc", RecordRequest(kind="svc", namespace="ns", service="s")),
        ("x.y.1-2-3-4.ns.pod", RecordRequest(kind="pod", namespace="ns", service="1-2-3-4", port="x", protocol="y")),
        ("a.b.c.s.ns.svc", None),
        ("*.ns.any", None),
        ("dns-version", None),
    ],
)
def test_parse(rest: str, request_: RecordRequest | None) -> None:
    assert parse(labels_of(rest)) == request_


@pytest.mark.parametrize(
    ("rest", "place", "prefer"),
    [
        ("west.pin._zone.s.ns.svc", "west", False),
        ("west.a.prefer._zone.s.ns.svc", "west.a", True),
        ("pin.pin._zone.s.ns.svc", "pin", False),
    ],
)
def test_names_of_zones(rest: str, place: str, prefer: bool) -> None:  # noqa: FBT001 - a row of the table
    found = RecordRequest(kind="svc", namespace="ns", service="s", place=place, prefer=prefer)
    assert parse(labels_of(rest), zonal=True) == found
    assert parse(labels_of(rest)) is None


@pytest.mark.parametrize("rest", ["west.other._zone.s.ns.svc", "west.pin.zone.s.ns.svc", "west.pin._zone.s.ns.pod"])
def test_what_is_no_name_of_a_zone(rest: str) -> None:
    assert parse(labels_of(rest), zonal=True) is None


def test_two_labels_are_a_port_all_the_same() -> None:
    found = parse(labels_of("pin._zone.s.ns.svc"), zonal=True)
    assert found == RecordRequest(kind="svc", namespace="ns", service="s", port="pin", protocol="zone")


@pytest.mark.parametrize(
    ("label", "address"),
    [
        ("10-0-0-1", "10.0.0.1"),
        ("fd00--1", "fd00::1"),
        ("a-b-c", "a:b:c"),
        ("1--2-3", "1::2:3"),
        ("10-0-0-0-1", "10:0:0:0:1"),
    ],
)
def test_dashed_address(label: str, address: str) -> None:
    assert address_of_pod(label) == address


@given(st.ip_addresses())
def test_reverse_names_are_read_back(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    expected = parse_ip(str(address))
    assert expected is not None
    assert address_of_reverse(labels_of(address.reverse_pointer)) == expected[1]


@pytest.mark.parametrize(
    "name", ["1.96.10.in-addr.arpa", "5.4.3.2.1.in-addr.arpa", "1.0.0.0.ip6.arpa", "arpa", "a.b.c.d.in-addr.arpa"]
)
def test_partial_reverse_names(name: str) -> None:
    assert address_of_reverse(labels_of(name)) is None
