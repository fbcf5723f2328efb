"""What a container listens on, and what its probes find."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import pod

from kdisco.control.listen import LISTENS, listens, port_of, probe_answered

PORTS = [{"name": "http", "containerPort": 8080}, {"name": "dns", "containerPort": 53, "protocol": "UDP"}]


def listening(told: str | None = None, **container: Any) -> Any:
    """A Pod with these ports, and the annotation if ``told``."""
    spec = {"containers": [{"name": "web", "ports": PORTS, **container}]}
    return pod("a", spec=spec, annotations={} if told is None else {LISTENS: told})


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (None, {(8080, "TCP"), (53, "UDP")}),
        ("", set()),
        ("9090/tcp", {(9090, "TCP")}),
        ("9090", {(9090, "TCP")}),
        ("9090/tcp,53/udp", {(9090, "TCP"), (53, "UDP")}),
        ("9090/tcp 53/UDP", {(9090, "TCP"), (53, "UDP")}),
        ("http, 7/sctp", {(7, "SCTP")}),
        ("²/tcp", set()),
    ],
)
def test_declared_ports_unless_the_annotation_says_otherwise(told: str | None, found: set[tuple[int, str]]) -> None:
    assert listens(listening(told)) == found


@pytest.mark.parametrize(("name", "number"), [(80, 80), ("http", 8080), ("dns", 53), ("nope", 0)])
def test_a_port_by_number_or_name(name: int | str, number: int) -> None:
    assert port_of(listening().spec.containers[0], name) == number


@pytest.mark.parametrize(
    ("probe", "told", "answered"),
    [
        (None, "", True),
        ({"exec": {"command": ["true"]}}, "", True),
        ({"httpGet": {"port": 8080}}, None, True),
        ({"httpGet": {"port": "http"}}, None, True),
        ({"httpGet": {"port": "nope"}}, None, False),
        ({"tcpSocket": {"port": 9090}}, None, False),
        ({"tcpSocket": {"port": 9090}}, "9090/tcp", True),
        ({"tcpSocket": {"port": 53}}, None, False),
        ({"tcpSocket": {"port": 8080}}, "", False),
    ],
)
def test_a_probe_finds_what_is_listened_on(probe: Any, told: str | None, answered: bool) -> None:  # noqa: FBT001
    assert probe_answered(listening(told, **({"readinessProbe": probe} if probe else {}))) == answered
