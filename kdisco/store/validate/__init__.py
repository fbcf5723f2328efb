"""Which objects are legal: one module a kind, one function that finds the rules of a kind.

Upstream: pkg/apis/core/validation, pkg/apis/apps/validation, pkg/apis/discovery/validation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kdisco.store.field import Cause
from kdisco.store.validate import cidr, endpoints, meta, pod, service, workload

__all__ = ["causes"]

Rules = Callable[[Any, Any], Iterator[Cause]]

RULES: dict[str, Rules] = {
    "Deployment": workload.deployment,
    "EndpointSlice": endpoints.endpoint_slice,
    "Endpoints": endpoints.endpoints,
    "IPAddress": cidr.ip_address,
    "Pod": pod.pod,
    "ReplicaSet": workload.replica_set,
    "Service": service.service,
    "ServiceCIDR": cidr.service_cidr,
}


def causes(new: Any, old: Any = None, subresource: str = "") -> Iterator[Cause]:
    """Every rule that ``new`` breaks, in the order of its fields; ``old`` is what it replaces.

    Through a subresource only its own part changes, and the rest was legal when it came.
    """
    yield from meta.object_meta(new, old)
    if new.KIND in RULES and not subresource:
        yield from RULES[new.KIND](new, old)
