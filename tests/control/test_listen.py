"""What a container listens on."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import pod

from kdisco.control.listen import LISTENS, answering, listens, port_of
from kdisco.store.state import Process, Sandbox

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


def box(*running: bool) -> Sandbox:
    """A sandbox some of whose containers run."""
    processes = tuple(Process(started=0.0, ended=None if each else 1.0) for each in running)
    return Sandbox(pod=("default", "a"), uid="p", node="n", ips=("10.0.0.5",), created=0.0, processes=processes)


@pytest.mark.parametrize(
    ("running", "told", "found"),
    [
        ((True, True), None, {(1, "TCP"), (2, "TCP")}),
        ((True, False), None, {(1, "TCP")}),
        ((True, False), "7/tcp", {(7, "TCP")}),
        ((False, False), "7/tcp", set()),
        ((False, False), None, set()),
    ],
)
def test_a_container_that_has_ended_answers_no_more(
    running: tuple[bool, ...], told: str | None, found: set[tuple[int, str]]
) -> None:
    containers = [{"name": f"c{port}", "ports": [{"containerPort": port}]} for port in (1, 2)]
    found_pod = pod("a", spec={"containers": containers}, annotations={} if told is None else {LISTENS: told})
    assert answering(found_pod, box(*running)) == found
