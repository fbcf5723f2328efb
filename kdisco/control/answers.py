"""Which changes alter what CoreDNS answers: those move the serial of its zones.

Upstream: coredns plugin/kubernetes/controller.go (serviceModified, endpointsEquivalent; 1.14).
"""

from __future__ import annotations

from typing import Any

from kdisco.config import ClusterConfig
from kdisco.model.endpoints import EndpointSlice
from kdisco.model.pod import Pod
from kdisco.model.service import Service

__all__ = ["alters"]


def alters(config: ClusterConfig, before: Any, after: Any) -> bool:
    """Whether a change shows in DNS. Of Services their type and addresses are not compared, as upstream.

    Namespaces never count, Pods only where they have verified names.
    """
    found = after if after is not None else before
    if isinstance(found, Pod):
        return config.dns.pods == "verified"
    if not isinstance(found, Service | EndpointSlice):
        return False
    return before is None or after is None or _facts(before) != _facts(after)


def _facts(found: Any) -> tuple[Any, ...]:
    """What is compared of an object."""
    if isinstance(found, Service):
        ports = tuple((port.name, port.port, port.protocol) for port in found.spec.ports)
        return found.spec.external_name, ports
    ready = tuple((each.addresses, each.hostname, each.zone) for each in found.endpoints or () if each.ready)
    return ready, tuple((port.name, port.port, port.protocol) for port in found.ports or ())
