"""Probes: what one finds, when its result counts, and the words in which a kubelet tells of a failure.

Upstream: pkg/kubelet/prober worker.go and prober.go, pkg/probe. A container's three probes are asked every
period; here the moment at which an answer counts is computed from when it began to be given.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from attrs import evolve, frozen

from kdisco.control.listen import Ports, port_of
from kdisco.control.program import outcome
from kdisco.model.pod import Container, Probe
from kdisco.store.state import Outcome, Process, Program

__all__ = [
    "LIVENESS",
    "READINESS",
    "STARTUP",
    "Finding",
    "failure_due",
    "failures",
    "find",
    "observed",
    "probes",
    "success_due",
]

STARTUP, LIVENESS, READINESS = range(3)
NAMES = ("Startup", "Liveness", "Readiness")


@frozen
class Finding:
    """What a probe finds now: success or not, seconds until it knows, and what is told of a failure."""

    success: bool
    seconds: float = 0.0
    message: str = ""


def probes(container: Container) -> Iterator[tuple[int, Probe]]:
    """The probes of a container with their places."""
    for place, probe in enumerate((container.startup_probe, container.liveness_probe, container.readiness_probe)):
        if probe is not None:
            yield place, probe


def find(
    container: Container, place: int, probe: Probe, ports: Ports, ip: str, program: Program | None = None
) -> Finding:
    """Ask once: a port that is listened on answers as the program says, else well; a command ends as its words say."""
    said = f"{NAMES[place]} probe failed: "
    target = probe.http_get or probe.tcp_socket
    timeout = probe.timeout_seconds or 1
    if target is not None:
        port = port_of(container, target.port)
        host = target.host or ip
        end = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        refused = f"dial tcp {end}: connect: connection refused"
        if probe.http_get is not None:
            scheme, path = (probe.http_get.scheme or "HTTP").lower(), probe.http_get.path or "/"
            refused = f'Get "{scheme}://{end}/{path.removeprefix("/")}": {refused}'
            status = program.statuses.get(port) if program is not None and (port, "TCP") in ports else None
            if status is not None:
                return Finding(success=False, message=f"{said}HTTP probe failed with statuscode: {status}")
        return Finding((port, "TCP") in ports, 0.0, said + refused)
    if "grpc" in probe.kept:
        port = int(probe.kept["grpc"].get("port", 0))
        late = f'timeout: failed to connect service "{ip}:{port}" within {timeout}s: context deadline exceeded'
        known = (port, "TCP") in ports
        return Finding(known, 0.0 if known else float(timeout), said + late)
    command = tuple(str(word) for word in (probe.kept.get("exec") or {}).get("command") or ())
    seconds, code = outcome(command) or (0.0, 0)
    if seconds > timeout:
        late = f'command timed out: "{" ".join(command)}" timed out after {timeout}s'
        return Finding(success=False, seconds=float(timeout), message=said + late)
    return Finding(code == 0, seconds, said)


def observed(container: Container, process: Process, ports: Ports, ip: str, now: float) -> Process:
    """A running process with what its probes find; an answer that has changed counts from now on."""
    outcomes = list(process.outcomes)
    for place, probe in probes(container):
        known, success = outcomes[place], find(container, place, probe, ports, ip, process.program).success
        if known is None or known[0] != success:
            outcomes[place] = (success, process.started or 0.0 if known is None else now, 0)
    found = (outcomes[0], outcomes[1], outcomes[2])
    return process if found == process.outcomes else evolve(process, outcomes=found)


def _asked(place: int, probe: Probe, process: Process, since: float, count: int) -> float:
    """When the probe is asked for the ``count``-th time (from 0) at ``since`` or after it."""
    began = (process.started or 0.0) + probe.initial_delay_seconds
    if place != STARTUP:
        began = max(began, process.up or 0.0)
    period = probe.period_seconds or 10
    return began + period * (max(0, math.ceil(round((since - began) / period, 6))) + count)


def failure_due(place: int, probe: Probe, process: Process, outcome: Outcome, finding: Finding) -> float:
    """When the next failure is known."""
    return _asked(place, probe, process, outcome[1], outcome[2]) + finding.seconds


def failures(place: int, probe: Probe, process: Process, outcome: Outcome, now: float) -> int:
    """How many failures are known by now: one more, or all that a kubelet had no occasion to tell of."""
    first = _asked(place, probe, process, outcome[1], 0)
    return max(outcome[2] + 1, math.floor(round((now - first) / (probe.period_seconds or 10), 6)) + 1)


def success_due(place: int, probe: Probe, process: Process, outcome: Outcome, finding: Finding) -> float:
    """When success has been found often enough to count."""
    return _asked(place, probe, process, outcome[1], max(1, probe.success_threshold) - 1) + finding.seconds
