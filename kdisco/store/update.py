"""What a write may touch: status and spec apart, generation counted, server-set metadata kept.

Upstream: the strategies in pkg/registry/*/strategy.go (PrepareForCreate, PrepareForUpdate).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from kdisco.model.node import Namespace, NamespaceSpec, NamespaceStatus
from kdisco.model.pod import PodStatus
from kdisco.model.service import ServiceStatus
from kdisco.model.workload import DeploymentStatus, ReplicaSetStatus

__all__ = ["finished_create", "finished_update"]

FRESH: Mapping[str, Callable[[], Any]] = {  # status on create, whatever the client sent
    "Deployment": DeploymentStatus,
    "Pod": lambda: PodStatus(phase="Pending", qos_class="BestEffort"),
    "ReplicaSet": ReplicaSetStatus,
    "Service": ServiceStatus,
}
WITH_STATUS = (*FRESH, "Namespace", "Node", "ServiceCIDR")
GENERATIONS: Mapping[str, Callable[[Any], Any]] = {  # what must differ for a new generation
    "Pod": lambda found: found.spec,
    "Deployment": lambda found: (found.spec, found.metadata.annotations),
    "ReplicaSet": lambda found: found.spec,
    "EndpointSlice": lambda found: (found.endpoints, found.ports, found.labels),
}


def finished_create(new: Any) -> Any:
    """A new object as the server stores it."""
    if new.KIND in FRESH:
        new = evolve(new, status=FRESH[new.KIND]())
    if isinstance(new, Namespace):
        new = evolve(new, spec=NamespaceSpec(finalizers=("kubernetes",)), status=NamespaceStatus(phase="Active"))
    return new.with_meta(generation=1 if new.KIND in GENERATIONS else 0)


def finished_update(new: Any, old: Any, subresource: str) -> Any:
    """An object as it replaces ``old``: through ``status`` only the status changes, otherwise all but it."""
    if subresource == "status":
        marks = new.metadata.annotations if new.KIND == "Deployment" else old.metadata.annotations
        return evolve(old, status=new.status, metadata=evolve(old.metadata, resource_version="", annotations=marks))
    if subresource == "binding":
        bound = evolve(old.spec, node_name=new.spec.node_name)
        return evolve(old, spec=bound, status=new.status, metadata=evolve(old.metadata, resource_version=""))
    if new.KIND in WITH_STATUS:
        new = evolve(new, status=old.status)
    kept = old.metadata
    meta = evolve(
        new.metadata,
        uid=kept.uid,
        creation_timestamp=kept.creation_timestamp,
        deletion_timestamp=kept.deletion_timestamp,
        deletion_grace_period_seconds=kept.deletion_grace_period_seconds,
        generate_name=kept.generate_name,
        generation=kept.generation,
        resource_version="",
    )
    new = evolve(new, metadata=meta)
    counted = GENERATIONS.get(new.KIND)
    if counted and counted(new) != counted(old):
        new = new.with_meta(generation=kept.generation + 1)
    return new
