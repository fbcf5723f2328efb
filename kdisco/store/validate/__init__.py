"""Which objects are legal: one module a kind, one function that finds the rules of a kind.

Upstream: pkg/apis/core/validation, pkg/apis/apps/validation, pkg/apis/discovery/validation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kdisco.store.field import Cause
from kdisco.store.validate import cidr, configmap, endpoints, meta, node, pod, policy, rbac, service, sets, workload

__all__ = ["causes"]

Rules = Callable[[Any, Any], Iterator[Cause]]

RULES: dict[str, Rules] = {
    "ClusterRole": rbac.role,
    "ClusterRoleBinding": rbac.binding,
    "ConfigMap": configmap.config_map,
    "ControllerRevision": sets.controller_revision,
    "DaemonSet": sets.daemon_set,
    "Deployment": workload.deployment,
    "EndpointSlice": endpoints.endpoint_slice,
    "Endpoints": endpoints.endpoints,
    "IPAddress": cidr.ip_address,
    "NetworkPolicy": policy.network_policy,
    "Node": node.node,
    "Pod": pod.pod,
    "ReplicaSet": workload.replica_set,
    "Role": rbac.role,
    "RoleBinding": rbac.binding,
    "Service": service.service,
    "ServiceCIDR": cidr.service_cidr,
    "StatefulSet": sets.stateful_set,
}
STATUS_RULES: dict[str, Rules] = {"Service": service.service_status}


def causes(new: Any, old: Any = None, subresource: str = "") -> Iterator[Cause]:
    """Every rule that ``new`` breaks, in the order of its fields; ``old`` is what it replaces.

    Through a subresource only its own part changes, and the rest was legal when it came.
    """
    yield from meta.object_meta(new, old)
    rules = {"": RULES, "status": STATUS_RULES}.get(subresource, {})
    if new.KIND in rules:
        yield from rules[new.KIND](new, old)
