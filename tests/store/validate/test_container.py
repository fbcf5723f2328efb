"""What containers must be: names, ports, probes, and what those that run first may not have."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, pod

from kdisco.errors import Invalid

IMAGE = "registry.test/web:1"
AT = "spec.containers[0]"
GET = {"httpGet": {"port": 80}}
SIDECAR = "may not be set for init containers without restartPolicy=Always"


def one(**container: Any) -> dict[str, Any]:
    """A Pod's only container with other settings."""
    return {"containers": [{"name": "web", "image": IMAGE} | container]}


def first(**container: Any) -> dict[str, Any]:
    """A Pod with a container that runs before the others."""
    return one() | {"initContainers": [{"name": "first", "image": IMAGE} | container]}


RULES: list[tuple[dict[str, Any], str]] = [
    ({"containers": []}, "spec.containers: Required value"),
    (one(name=""), f"{AT}.name: Required value"),
    (one(name="Web"), f'{AT}.name: Invalid value: "Web": a lowercase RFC 1123 label must consist of'),
    (one(image=""), f"{AT}.image: Required value"),
    ({"containers": one()["containers"] * 2}, 'spec.containers[1].name: Duplicate value: "web"'),
    (first(name="web"), 'spec.initContainers[0].name: Duplicate value: "web"'),
    (one(imagePullPolicy="X"), f'{AT}.imagePullPolicy: Unsupported value: "X": supported values: "Always", "IfNot'),
    (one(restartPolicy="X"), f'{AT}.restartPolicy: Unsupported value: "X": supported values: "Always", "Never", "O'),
    (one(terminationMessagePolicy="X"), f'{AT}.terminationMessagePolicy: Unsupported value: "X": supported values: '),
    (one(ports=[{}]), f"{AT}.ports[0].containerPort: Required value"),
    (
        one(ports=[{"containerPort": 65536}]),
        f"{AT}.ports[0].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive",
    ),
    (
        one(ports=[{"containerPort": 1, "hostPort": 65536}]),
        f"{AT}.ports[0].hostPort: Invalid value: 65536: must be between 1 and 65535, inclusive",
    ),
    (
        one(ports=[{"name": "a", "containerPort": 1}, {"name": "a", "containerPort": 2}]),
        f'{AT}.ports[1].name: Duplicate value: "a"',
    ),
    (
        one(ports=[{"name": "a-name-too-long1", "containerPort": 1}]),
        f'{AT}.ports[0].name: Invalid value: "a-name-too-long1": must be no more than 15 bytes',
    ),
    (
        one(ports=[{"containerPort": 1, "protocol": "HTTP"}]),
        f'{AT}.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
    ),
    (
        one(ports=[{"containerPort": 1, "hostPort": 80}, {"containerPort": 2, "hostPort": 80}]),
        f'{AT}.ports[1].hostPort: Duplicate value: "TCP//80"',
    ),
    (one(env=[{"value": "x"}]), f"{AT}.env[0].name: Required value"),
    (
        one(env=[{"name": "a=b"}]),
        (
            f'{AT}.env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of '
            "printable ASCII characters other than '='"
        ),
    ),
    (one(readinessProbe={}), f"{AT}.readinessProbe: Required value: must specify a handler type"),
    (
        one(livenessProbe=GET | {"tcpSocket": {"port": 1}}),
        f"{AT}.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
    ),
    (one(livenessProbe={"exec": {}}), f"{AT}.livenessProbe.exec.command: Required value"),
    (one(livenessProbe={"tcpSocket": {"port": 0}}), f"{AT}.livenessProbe.tcpSocket.port: Invalid value: 0: must be"),
    (one(livenessProbe={"grpc": {"port": 0}}), f"{AT}.livenessProbe.grpc.port: Invalid value: 0: must be between"),
    (
        one(readinessProbe={"httpGet": {"port": "a--b"}}),
        f'{AT}.readinessProbe.httpGet.port: Invalid value: "a--b": must not contain consecutive hyphens',
    ),
    (
        one(readinessProbe={"httpGet": {"port": 80, "scheme": "FTP"}}),
        f'{AT}.readinessProbe.httpGet.scheme: Unsupported value: "FTP": supported values: "HTTP", "HTTPS"',
    ),
    (one(livenessProbe=GET | {"successThreshold": 2}), f"{AT}.livenessProbe.successThreshold: Invalid value: 2: must"),
    (one(startupProbe=GET | {"successThreshold": 2}), f"{AT}.startupProbe.successThreshold: Invalid value: 2: must be"),
    (one(readinessProbe=GET | {"periodSeconds": -1}), f"{AT}.readinessProbe.periodSeconds: Invalid value: -1: must be"),
    (
        one(readinessProbe=GET | {"terminationGracePeriodSeconds": 5}),
        f"{AT}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes",
    ),
    (
        one(livenessProbe=GET | {"terminationGracePeriodSeconds": 0}),
        f"{AT}.livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0",
    ),
    (first(readinessProbe=GET), f"spec.initContainers[0].readinessProbe: Forbidden: {SIDECAR}"),
    (first(lifecycle={"preStop": {}}), f"spec.initContainers[0].lifecycle: Forbidden: {SIDECAR}"),
]


@pytest.mark.parametrize(("spec", "words"), RULES)
def test_a_breach_is_named_with_its_field(spec: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(pod(**spec))
    assert caught.value.message.startswith(f'Pod "web" is invalid: {words}')
    assert len(caught.value.details["causes"]) == 1


FINE: list[dict[str, Any]] = [
    one(readinessProbe=GET | {"successThreshold": 3}, livenessProbe={"exec": {"command": ["true"]}}),
    first(restartPolicy="Always", readinessProbe=GET),
    one(ports=[{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]),
    one(ports=[{"name": "dns", "containerPort": 53}, {"name": "dns-tcp", "containerPort": 53}]),
]


@pytest.mark.parametrize("spec", FINE)
def test_what_follows_the_rules_is_stored(spec: dict[str, Any]) -> None:
    assert Api.made().create(pod(**spec)).metadata.uid
