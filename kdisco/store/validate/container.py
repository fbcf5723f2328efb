"""What the containers of a Pod must be. Upstream: pkg/apis/core/validation validateContainers."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from kdisco.model.pod import Container, ContainerPort, PodSpec, Probe
from kdisco.store.field import Cause, duplicate, forbidden, invalid, not_found, required, unsupported
from kdisco.store.validate.names import DNS_1123_LABEL, named_port, number, port, port_number

__all__ = ["containers", "image_space"]

PROTOCOLS = ("SCTP", "TCP", "UDP")
PULLS = ("Always", "IfNotPresent", "Never")
MESSAGES = ("File", "FallbackToLogsOnError")
RESTARTS = ("Always", "Never", "OnFailure")
SCHEMES = ("HTTP", "HTTPS")
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
COUNTS = (
    ("initialDelaySeconds", "initial_delay_seconds"),
    ("timeoutSeconds", "timeout_seconds"),
    ("periodSeconds", "period_seconds"),
    ("successThreshold", "success_threshold"),
    ("failureThreshold", "failure_threshold"),
)
SECOND_HANDLER = "may not specify more than 1 handler type"
NO_SIDECAR = "may not be set for init containers without restartPolicy=Always"
ENVIRONMENT = "a valid environment variable name must consist only of printable ASCII characters other than '='"
LAST_ASCII = "~"


def containers(at: str, spec: PodSpec) -> Iterator[Cause]:
    """The containers, then those that run before them; each name once in all."""
    volumes = {volume.get("name", "") for volume in spec.kept.get("volumes", ())}
    if not spec.containers:
        yield required(f"{at}.containers")
    names: set[str] = set()
    for i, each in enumerate(spec.containers):
        here = f"{at}.containers[{i}]"
        yield from _container(here, each, volumes)
        if each.name in names:
            yield duplicate(f"{here}.name", each.name)
        names.add(each.name)
        yield from _probes(here, each)
        yield from _restart(here, each)
    yield from _host_ports(f"{at}.containers", spec.containers)
    for i, each in enumerate(spec.init_containers):
        here = f"{at}.initContainers[{i}]"
        yield from _container(here, each, volumes)
        yield from _restart(here, each)
        if each.name and each.name in names:
            yield duplicate(f"{here}.name", each.name)
        names.add(each.name)
        yield from _host_ports(f"{at}.initContainers", (each,))
        yield from _probes(here, each) if each.restart_policy == "Always" else _no_sidecar(here, each)


def image_space(at: str, spec: PodSpec) -> Iterator[Cause]:
    """Images of a Pod stand without space around them; in a template they may have it."""
    for group, listed in (("containers", spec.containers), ("initContainers", spec.init_containers)):
        for i, each in enumerate(listed):
            if each.image != each.image.strip():
                words = "must not have leading or trailing whitespace"
                yield invalid(f"{at}.{group}[{i}].image", each.image, words)


def _container(at: str, found: Container, volumes: Collection[str]) -> Iterator[Cause]:
    if not found.name:
        yield required(f"{at}.name")
    else:
        yield from (invalid(f"{at}.name", found.name, words) for words in DNS_1123_LABEL.problems(found.name))
    if not found.image:
        yield required(f"{at}.image")
    yield from _word(f"{at}.terminationMessagePolicy", found.kept.get("terminationMessagePolicy"), MESSAGES)
    yield from _ports(f"{at}.ports", found.ports)
    for i, variable in enumerate(found.env):
        if not variable.name:
            yield required(f"{at}.env[{i}].name")
        elif any(not " " <= letter <= LAST_ASCII or letter == "=" for letter in variable.name):
            yield invalid(f"{at}.env[{i}].name", variable.name, ENVIRONMENT)
        if variable.value and variable.kept.get("valueFrom"):
            yield invalid(f"{at}.env[{i}].valueFrom", "", "may not be specified when `value` is not empty")
    yield from _mounts(f"{at}.volumeMounts", found.kept.get("volumeMounts", ()), volumes)
    yield from _word(f"{at}.imagePullPolicy", found.kept.get("imagePullPolicy"), PULLS)


def _mounts(at: str, mounts: Any, volumes: Collection[str]) -> Iterator[Cause]:
    paths: set[str] = set()
    for i, mount in enumerate(mounts):
        name, path = mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            yield required(f"{at}[{i}].name")
        if name not in volumes:
            yield not_found(f"{at}[{i}].name", name)
        if not path:
            yield required(f"{at}[{i}].mountPath")
        if path in paths:
            yield invalid(f"{at}[{i}].mountPath", path, "must be unique")
        paths.add(path)


def _ports(at: str, ports: tuple[ContainerPort, ...]) -> Iterator[Cause]:
    names: set[str] = set()
    for i, each in enumerate(ports):
        here = f"{at}[{i}]"
        if each.name:
            problems = list(named_port(f"{here}.name", each.name))
            yield from problems
            if not problems and each.name in names:
                yield duplicate(f"{here}.name", each.name)
            elif not problems:
                names.add(each.name)
        if each.container_port == 0:
            yield required(f"{here}.containerPort")
        else:
            yield from port_number(f"{here}.containerPort", each.container_port)
        if each.host_port:
            yield from port_number(f"{here}.hostPort", each.host_port)
        yield from _word(f"{here}.protocol", each.protocol, PROTOCOLS)


def _host_ports(at: str, listed: tuple[Container, ...]) -> Iterator[Cause]:
    """Each port of the node once."""
    seen: set[str] = set()
    for i, found in enumerate(listed):
        for j, each in enumerate(found.ports):
            text = f"{each.protocol}/{each.host_ip}/{each.host_port}"
            if each.host_port and text in seen:
                yield duplicate(f"{at}[{i}].ports[{j}].hostPort", text)
            seen.add(text)


def _restart(at: str, found: Container) -> Iterator[Cause]:
    if found.restart_policy is not None:
        yield from _word(f"{at}.restartPolicy", found.restart_policy, RESTARTS)


def _no_sidecar(at: str, found: Container) -> Iterator[Cause]:
    if found.kept.get("lifecycle") is not None:
        yield forbidden(f"{at}.lifecycle", NO_SIDECAR)
    given = zip(PROBES, (found.liveness_probe, found.readiness_probe, found.startup_probe), strict=True)
    yield from (forbidden(f"{at}.{name}", NO_SIDECAR) for name, probe in given if probe is not None)


def _probes(at: str, found: Container) -> Iterator[Cause]:
    given = zip(PROBES, (found.liveness_probe, found.readiness_probe, found.startup_probe), strict=True)
    for name, probe in given:
        if probe is None:
            continue
        yield from _probe(f"{at}.{name}", probe)
        if name != "readinessProbe" and probe.success_threshold != 1:
            yield invalid(f"{at}.{name}.successThreshold", probe.success_threshold, "must be 1")
        grace = probe.termination_grace_period_seconds
        if name == "readinessProbe" and grace is not None:
            field = f"{at}.{name}.terminationGracePeriodSeconds"
            yield invalid(field, grace, "must not be set for readinessProbes")


def _probe(at: str, probe: Probe) -> Iterator[Cause]:
    handlers = {
        "exec": probe.kept.get("exec"),
        "httpGet": probe.http_get,
        "tcpSocket": probe.tcp_socket,
        "grpc": probe.kept.get("grpc"),
    }
    given = [name for name, value in handlers.items() if value is not None]
    if not given:
        yield required(at, "must specify a handler type")
    else:
        yield from _handler(f"{at}.{given[0]}", given[0], handlers[given[0]])
        yield from (forbidden(f"{at}.{name}", SECOND_HANDLER) for name in given[1:])
    for name, attribute in COUNTS:
        yield from number(f"{at}.{name}", getattr(probe, attribute))
    grace = probe.termination_grace_period_seconds
    if grace is not None and grace <= 0:
        yield invalid(f"{at}.terminationGracePeriodSeconds", grace, "must be greater than 0")


def _handler(at: str, name: str, value: Any) -> Iterator[Cause]:
    if name == "exec" and not value.get("command"):
        yield required(f"{at}.command")
    elif name == "grpc":
        yield from port_number(f"{at}.port", value.get("port", 0))
    elif name == "tcpSocket":
        yield from port(f"{at}.port", value.port)
    elif name == "httpGet":
        if not value.path:
            yield required(f"{at}.path")
        yield from port(f"{at}.port", value.port)
        yield from _word(f"{at}.scheme", value.scheme, SCHEMES)


def _word(field: str, value: Any, supported: tuple[str, ...]) -> Iterator[Cause]:
    if not value:
        yield required(field)
    elif value not in supported:
        yield unsupported(field, value, supported)
