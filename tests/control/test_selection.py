"""Which Pods a Service finds, at which address and port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import made, pod, service, view_of

from kdisco.control.selection import address_of, backends, canonical, keys_of_pod, target_port

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.mark.parametrize(
    ("ips", "family", "found"),
    [
        ("10.0.0.1", "IPv4", "10.0.0.1"),
        ("10.0.0.1", "IPv6", ""),
        ("10.0.0.1,fd00::1", "IPv6", "fd00::1"),
        ("fd00::1,10.0.0.1", "IPv4", "10.0.0.1"),
        ("FD00:0:0::1", "IPv6", "fd00::1"),
        ("nonsense", "IPv4", ""),
        ("nonsense,10.0.0.2", "IPv4", "10.0.0.2"),
        ("", "IPv4", ""),
    ],
)
def test_an_address_is_of_the_family_and_in_canonical_text(ips: str, family: str, found: str) -> None:
    assert address_of(pod("a", ips), family) == found


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("FD00:0:0::1", "fd00::1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("10.0.0.256", ""),
        ("", ""),
    ],
)
def test_an_address_has_one_way_of_being_written(text: str, written: str) -> None:
    assert canonical(text) == written


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        ({}, True),
        ({"phase": "Pending"}, True),
        ({"ready": False}, True),
        ({"deletionTimestamp": "2026-01-01T00:00:30Z"}, True),
        ({"phase": "Succeeded"}, False),
        ({"phase": "Failed"}, False),
        ({"ip": ""}, False),
        ({"labels": {"app": "other"}}, False),
        ({"labels": {}}, False),
        ({"labels": {"app": "web", "tier": "front"}}, True),
        ({"namespace": "elsewhere"}, False),
    ],
)
def test_a_pod_counts_by_its_labels_address_and_phase(other: Mapping[str, Any], counts: bool) -> None:  # noqa: FBT001 - a row of the table
    found = pod("a", **{"ip": "10.0.0.1", **other})
    assert backends(view_of(found), service()) == ([found] if counts else [])


def test_a_selector_asks_for_all_its_labels() -> None:
    both, one = pod("a", "10.0.0.1", labels={"app": "web", "tier": "x"}), pod("b", "10.0.0.2")
    assert backends(view_of(both, one), service(selector={"app": "web", "tier": "x"})) == [both]


def test_a_pod_concerns_the_services_of_its_namespace_that_select_it() -> None:
    view = view_of(
        service("web"),
        service("all", selector={}),
        service("other", selector={"app": "other"}),
        service("away", meta={"namespace": "elsewhere"}),
    )
    assert list(keys_of_pod(view, pod("a", "10.0.0.1"))) == [("default", "web")]
    assert list(keys_of_pod(view, pod("a"))) == [], "without an address it is nobody's backend yet"


SIDECAR = {
    "initContainers": [{"name": "s", "restartPolicy": "Always", "ports": [{"name": "side", "containerPort": 7}]}]
}
INIT = {"initContainers": [{"name": "s", "ports": [{"name": "side", "containerPort": 7}]}]}


@pytest.mark.parametrize(
    ("port", "spec", "number"),
    [
        ({"port": 80, "targetPort": 9999}, {}, 9999),
        ({"port": 80}, {}, 80),
        ({"port": 80, "targetPort": "http"}, {}, 8080),
        ({"port": 80, "targetPort": "http", "protocol": "UDP"}, {}, 0),
        ({"port": 80, "targetPort": "admin"}, {}, 0),
        ({"port": 80, "targetPort": "side"}, SIDECAR, 7),
        ({"port": 80, "targetPort": "side"}, INIT, 0),
    ],
)
def test_a_target_port_is_a_number_or_a_name_looked_up_in_the_pod(
    port: dict[str, Any], spec: dict[str, Any], number: int
) -> None:
    (wanted,) = service(ports=[port]).spec.ports
    assert target_port(pod("a", spec=spec), wanted) == number


def test_containers_come_before_sidecars() -> None:
    spec = {**SIDECAR, "containers": [{"name": "c", "ports": [{"name": "side", "containerPort": 8}]}]}
    (wanted,) = service(ports=[{"port": 80, "targetPort": "side"}]).spec.ports
    assert target_port(made("Pod", "a", spec), wanted) == 8
