"""What kube-proxy itself tells load balancers at a Service's healthCheckNodePort: whether this node has Pods of it.

Such a port is there for Services of type LoadBalancer whose traffic from outside stays on the node where it arrives.
Upstream: pkg/proxy/healthcheck/service_health.go, pkg/proxy/endpoints.go LocalReadyEndpoints (v1.36).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdisco.net.fates import ruleset
from kdisco.net.packet import family, number
from kdisco.net.proxy import ANY, ports_of

if TYPE_CHECKING:
    from kdisco.model.service import Service
    from kdisco.store.state import State

__all__ = ["KUBE_PROXY", "checked", "local_endpoints"]

KUBE_PROXY = "kube-proxy"  # who listens


def checked(state: State, node: str, ip: str, port: int) -> Service | None:
    """The Service whose health check is answered on a port of a node's own address, None where that is no such port.

    It listens where nodePorts answer: --nodeport-addresses.
    """
    rules = ruleset(state, node, family(ip))
    allowed = rules.settings.nodeport_ips
    if allowed is not None and ip not in allowed:
        return None
    wanted = rules.front.places.get((ANY, "tcp", port), ())
    found = (each for each in wanted if any(one.health_check_port == port for one in rules.ports_of(each)))
    return next(found, None)


def local_endpoints(state: State, node: str, service: Service, version: int) -> int:
    """How many ready endpoints a Service has on a node, as its kube-proxy knows; what only drains does not count."""
    view = ruleset(state, node, version).view
    ports = ports_of(view, service, node, version, exact=True)
    return len({number(end.address) for port in ports for end in port.endpoints if end.local and end.ready})
