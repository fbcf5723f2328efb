"""What a Service's type asks of it."""

from __future__ import annotations

import pytest

from kdisco.model.service import ServicePort, ServiceSpec
from kdisco.store import service_types

ROWS = [  # type, external policy, external address: cluster IP, node ports, health checks, reached from outside
    ("ClusterIP", "", (), (True, False, False, False)),
    ("ClusterIP", "Local", ("192.0.2.1",), (True, False, False, True)),
    ("NodePort", "Local", (), (True, True, False, True)),
    ("LoadBalancer", "Cluster", (), (True, True, False, True)),
    ("LoadBalancer", "Local", (), (True, True, True, True)),
    ("ExternalName", "", ("192.0.2.1",), (False, False, False, False)),
]


@pytest.mark.parametrize(("kind", "policy", "external", "wanted"), ROWS)
def test_types(kind: str, policy: str, external: tuple[str, ...], wanted: tuple[bool, ...]) -> None:
    spec = ServiceSpec(type=kind, external_traffic_policy=policy, external_ips=external)
    checks = ("needs_cluster_ip", "needs_node_port", "needs_health_check", "externally_accessible")
    assert tuple(getattr(service_types, name)(spec) for name in checks) == wanted


def test_node_ports_are_those_that_are_set() -> None:
    ports = (ServicePort(port=80, node_port=30080), ServicePort(port=81))
    assert service_types.node_ports(ServiceSpec(ports=ports)) == {30080}
