"""Probes: what they find, in upstream's words, and when it counts."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import pod

from kdisco.control.probes import LIVENESS, READINESS, STARTUP, failure_due, failures, find, observed, success_due
from kdisco.store.state import Process

IP = "10.0.0.5"
END = "10.0.0.5:9090"
REFUSED = f"dial tcp {END}: connect: connection refused"


def container(**probe: Any) -> Any:
    """A container that listens on http, 8080, with this readiness probe."""
    ports = [{"name": "http", "containerPort": 8080}]
    found = pod("a", spec={"containers": [{"name": "web", "ports": ports, "readinessProbe": probe}]})
    return found.spec.containers[0]


OPEN = frozenset({(8080, "TCP")})


@pytest.mark.parametrize(
    ("probe", "place", "message"),
    [
        (
            {"httpGet": {"port": 9090, "path": "/up"}},
            READINESS,
            f'Readiness probe failed: Get "http://{END}/up": {REFUSED}',
        ),
        (
            {"httpGet": {"port": 9090, "scheme": "HTTPS"}},
            LIVENESS,
            f'Liveness probe failed: Get "https://{END}/": {REFUSED}',
        ),
        ({"tcpSocket": {"port": 9090}}, STARTUP, f"Startup probe failed: {REFUSED}"),
        ({"exec": {"command": ["false"]}}, READINESS, "Readiness probe failed: "),
        (
            {"exec": {"command": ["sleep", "5"]}, "timeoutSeconds": 2},
            READINESS,
            'Readiness probe failed: command timed out: "sleep 5" timed out after 2s',
        ),
        (
            {"grpc": {"port": 9090}},
            LIVENESS,
            f'Liveness probe failed: timeout: failed to connect service "{END}" within 1s: context deadline exceeded',
        ),
    ],
)  # fmt: skip
def test_a_failure_is_told_in_upstreams_words(probe: Any, place: int, message: str) -> None:
    found = container(**probe)
    finding = find(found, place, found.readiness_probe, OPEN, IP)
    assert (finding.success, finding.message) == (False, message)


@pytest.mark.parametrize(
    "probe",
    [
        {"httpGet": {"port": "http"}},
        {"tcpSocket": {"port": 8080}},
        {"grpc": {"port": 8080}},
        {"exec": {"command": ["cat", "/run/healthy"]}},
        {"exec": {"command": ["/app/check"]}},
    ],
)
def test_what_is_listened_on_and_what_ends_well_succeeds(probe: Any) -> None:
    found = container(**probe)
    assert find(found, READINESS, found.readiness_probe, OPEN, IP).success


def test_an_ipv6_address_stands_in_brackets() -> None:
    found = container(tcpSocket={"port": 9090})
    assert "[fd00::5]:9090" in find(found, READINESS, found.readiness_probe, OPEN, "fd00::5").message


def test_failures_count_at_the_periods_since_the_start() -> None:
    found = container(tcpSocket={"port": 9090}, initialDelaySeconds=5, periodSeconds=10)
    probe, up = found.readiness_probe, Process(started=100.0, up=100.0)
    finding = find(found, READINESS, probe, OPEN, IP)
    assert failure_due(READINESS, probe, up, (False, 100.0, 0), finding) == 105.0
    assert failure_due(READINESS, probe, up, (False, 112.0, 0), finding) == 115.0
    assert failure_due(READINESS, probe, up, (False, 112.0, 2), finding) == 135.0
    assert failures(READINESS, probe, up, (False, 112.0, 2), 135.0) == 3
    assert failures(READINESS, probe, up, (False, 112.0, 2), 175.0) == 7  # nobody had occasion to tell of the others


def test_success_needs_its_threshold_and_the_startup_probe_before_it() -> None:
    found = container(tcpSocket={"port": 8080}, periodSeconds=5, successThreshold=3)
    probe = found.readiness_probe
    finding = find(found, READINESS, probe, OPEN, IP)
    assert success_due(READINESS, probe, Process(started=100.0, up=107.0), (True, 100.0, 0), finding) == 117.0


def test_an_answer_that_changes_counts_from_then_on() -> None:
    found = container(tcpSocket={"port": 8080})
    first = observed(found, Process(started=3.0), OPEN, IP, 9.0)
    assert first.outcomes == (None, None, (True, 3.0, 0))
    assert observed(found, first, OPEN, IP, 20.0) is first
    assert observed(found, first, frozenset(), IP, 20.0).outcomes == (None, None, (False, 20.0, 0))
