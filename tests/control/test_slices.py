"""What a slice says of one Pod: conditions, hostname, zone, ports."""

from __future__ import annotations

import pytest
from control_scenes import made, pod, service, view_of

from kdisco.control.slices import endpoint, identity, ports_of, wanted

GOING = {"deletionTimestamp": "2026-01-01T00:00:30Z"}
ZONED = {"labels": {"topology.kubernetes.io/zone": "z1"}}


@pytest.mark.parametrize(
    ("publish", "ready", "going", "conditions"),
    [
        (False, True, False, (True, True, False)),
        (False, False, False, (False, False, False)),
        (False, True, True, (False, True, True)),
        (False, False, True, (False, False, True)),
        (True, True, False, (True, True, False)),
        (True, False, False, (True, False, False)),
        (True, True, True, (True, True, True)),
        (True, False, True, (True, False, True)),
    ],
)
def test_the_three_conditions(publish: bool, ready: bool, going: bool, conditions: tuple[bool, bool, bool]) -> None:  # noqa: FBT001 - a row of the table
    found = endpoint(
        service(publishNotReadyAddresses=publish), pod("a", ready=ready, **(GOING if going else {})), "10.0.0.1", ""
    )
    told = found.conditions
    assert (told.ready, told.serving, told.terminating) == conditions


def test_an_endpoint_names_its_pod_and_its_node() -> None:
    made_of = endpoint(service(), pod("a", node="n1"), "10.0.0.1", "z1")
    assert made_of.addresses == ("10.0.0.1",)
    assert (made_of.node_name, made_of.zone, made_of.hostname, made_of.hints) == ("n1", "z1", None, None)
    ref = made_of.target_ref
    assert ref is not None
    assert (ref.kind, ref.namespace, ref.name, ref.uid, ref.resource_version) == ("Pod", "default", "a", "p-a", "")


@pytest.mark.parametrize(
    ("spec", "hostname"),
    [
        ({}, None),
        ({"hostname": "db-0"}, None),
        ({"subdomain": "web"}, None),
        ({"hostname": "db-0", "subdomain": "other"}, None),
        ({"hostname": "db-0", "subdomain": "web"}, "db-0"),
    ],
)
def test_a_hostname_needs_the_services_name_as_subdomain(spec: dict[str, str], hostname: str | None) -> None:
    assert endpoint(service(), pod("a", spec=spec), "10.0.0.1", "").hostname == hostname


def test_a_named_port_that_a_pod_lacks_is_left_out_for_it() -> None:
    front = service(
        ports=[{"name": "a", "port": 80, "targetPort": "http"}, {"name": "b", "port": 81, "targetPort": "x"}]
    )
    assert [(port.name, port.port) for port in ports_of(front, pod("a"))] == [("a", 8080)]


def test_an_unnamed_port_has_the_empty_name_and_keeps_its_app_protocol() -> None:
    front = service(ports=[{"port": 80, "targetPort": 8080, "appProtocol": "h2c"}])
    (port,) = ports_of(front, pod("a"))
    assert (port.name, port.port, port.protocol, port.app_protocol) == ("", 8080, "TCP", "h2c")


def test_pods_are_grouped_by_the_ports_they_have() -> None:
    front = service(ports=[{"port": 80, "targetPort": "http"}])
    other = {"containers": [{"name": "web", "ports": [{"name": "http", "containerPort": 9090, "protocol": "TCP"}]}]}
    bare = {"containers": [{"name": "web"}]}
    pods = [pod("a", "10.0.0.1"), pod("b", "10.0.0.2", spec=other), pod("c", "10.0.0.3", spec=bare)]
    groups = wanted(view_of(), front, pods, "IPv4").groups
    assert {tuple(port.port for port in ports): len(found) for ports, found in groups.items()} == {
        (8080,): 1,
        (9090,): 1,
        (): 1,
    }


def test_a_pod_without_an_address_of_the_family_is_not_in_its_slices() -> None:
    found = wanted(view_of(), service(), [pod("a", "10.0.0.1")], "IPv6")
    assert [len(group) for group in found.groups.values()] == [0]


@pytest.mark.parametrize(("publish", "there"), [(False, 0), (True, 1)])
def test_a_pod_on_a_missing_node_is_left_out_unless_published(publish: bool, there: int) -> None:  # noqa: FBT001 - a row of the table
    front = service(publishNotReadyAddresses=publish)
    found = wanted(view_of(), front, [pod("a", "10.0.0.1", "gone")], "IPv4")
    assert sum(map(len, found.groups.values())) == there
    assert len(found.missing) == 1 - there


def test_the_zone_is_the_nodes() -> None:
    view = view_of(made("Node", "n1", **ZONED), made("Node", "n2"))
    found = wanted(view, service(), [pod("a", "10.0.0.1", "n1"), pod("b", "10.0.0.2", "n2")], "IPv4")
    assert [each.zone for group in found.groups.values() for each in group.values()] == ["z1", None]


def test_an_endpoint_stays_the_same_one_when_its_conditions_change() -> None:
    before = endpoint(service(), pod("a"), "10.0.0.1", "")
    after = endpoint(service(), pod("a", ready=False), "10.0.0.1", "z1")
    assert identity(before) == identity(after)
    assert identity(before) != identity(endpoint(service(), pod("b"), "10.0.0.1", ""))
    assert identity(before) != identity(endpoint(service(), pod("a"), "10.0.0.2", ""))
