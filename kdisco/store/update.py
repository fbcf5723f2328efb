"""What a write may touch: status and spec apart, generation counted, server-set metadata kept.

Upstream: the strategies in pkg/registry/*/strategy.go (PrepareForCreate, PrepareForUpdate, AllowCreateOnUpdate,
AllowUnconditionalUpdate), apiserver pkg/registry/rest/update.go BeforeUpdate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import ObjectMeta
from kdisco.model.node import Namespace, NamespaceSpec, NamespaceStatus
from kdisco.model.pod import PodStatus
from kdisco.model.service import ServiceStatus
from kdisco.model.sets import DaemonSet, DaemonSetStatus, StatefulSetStatus
from kdisco.model.workload import DeploymentStatus, ReplicaSetStatus
from kdisco.store.qos import qos_class

__all__ = ["CONDITIONAL", "MADE_BY_PUT", "finished_create", "finished_update"]

MADE_BY_PUT = (  # kinds that a PUT creates where they are missing
    "ClusterRole",
    "ClusterRoleBinding",
    "Endpoints",
    "Event",
    "Lease",
    "Role",
    "RoleBinding",
    "Service",
)
CONDITIONAL = ("Lease", "ServiceAccount")  # kinds whose PUT must name the resourceVersion that it replaces
FRESH: Mapping[str, Callable[[], Any]] = {  # status on create, whatever the client sent
    "Deployment": DeploymentStatus,
    "Pod": lambda: PodStatus(phase="Pending", qos_class="BestEffort"),
    "ReplicaSet": ReplicaSetStatus,
    "StatefulSet": StatefulSetStatus,
    "DaemonSet": DaemonSetStatus,
    "Service": ServiceStatus,
}
WITH_STATUS = (*FRESH, "Namespace", "Node", "ServiceCIDR")
GENERATIONS: Mapping[str, Callable[[Any], Any]] = {  # what must differ for a new generation
    "DaemonSet": lambda found: found.spec,
    "Deployment": lambda found: (found.spec, found.metadata.annotations),
    "EndpointSlice": lambda found: (found.endpoints or (), found.ports or (), found.address_type, found.labels),
    "NetworkPolicy": lambda found: found.spec,
    "Pod": lambda found: found.spec,
    "ReplicaSet": lambda found: found.spec,
    "StatefulSet": lambda found: found.spec,
}
TEMPLATE_NUMBER = "deprecated.daemonset.template.generation"
ALL_METADATA = ("finalizers", "labels", "annotations", "owner_references")
OUTSIDE_STATUS: Mapping[str, tuple[str, ...]] = {  # metadata that a write through /status leaves alone
    "Deployment": ("labels",),
    "Pod": ("owner_references",),
    "ServiceCIDR": ALL_METADATA,
}


def finished_create(new: Any) -> Any:
    """A new object as the server stores it."""
    if new.KIND in FRESH:
        new = evolve(new, status=FRESH[new.KIND]())
    if new.KIND == "Pod" and any(
        "resources" in each.kept for each in (*new.spec.init_containers, *new.spec.containers)
    ):
        new = evolve(new, status=evolve(new.status, qos_class=qos_class(new.spec)))
    if isinstance(new, Namespace):
        new = evolve(new, spec=NamespaceSpec(finalizers=("kubernetes",)), status=NamespaceStatus(phase="Active"))
    if isinstance(new, DaemonSet):
        new = _marked(new, None)
    generation = 1 if new.KIND in GENERATIONS else 0
    return new.with_meta(generation=generation, kept=new.metadata.kept.without("selfLink"))


def finished_update(new: Any, old: Any, subresource: str, *, whole: bool = True) -> Any:
    """An object as it replaces ``old``: through ``status`` the spec stays, otherwise the status does.

    ``whole`` is False for a component's write of a status alone: it knows the rest only as of some time ago.
    """
    if subresource == "binding":
        return _unversioned(evolve(old, spec=evolve(old.spec, node_name=new.spec.node_name), status=new.status))
    if subresource == "finalize":
        return evolve(_unversioned(old), spec=evolve(old.spec, finalizers=new.spec.finalizers))
    if subresource == "status":
        return _with_status(new, old, whole=whole)
    if new.KIND in WITH_STATUS:
        new = evolve(new, status=old.status)
    if isinstance(new, Namespace):
        new = evolve(new, spec=old.spec)
    if isinstance(new, DaemonSet):
        new = _marked(new, old)
    generation = old.metadata.generation
    counted = GENERATIONS.get(new.KIND)
    if counted and counted(new) != counted(old):
        generation += 1
    return evolve(new, metadata=_carried(new.metadata, old.metadata, generation=generation))


def _marked(new: DaemonSet, old: DaemonSet | None) -> Any:
    """A DaemonSet with the number of its template in an annotation, as versions before apps/v1 had it in the spec."""
    text = old.metadata.annotations.get(TEMPLATE_NUMBER, "") if old is not None else ""
    number = int(text) if text.isdecimal() else 1
    if old is not None and new.spec.template != old.spec.template:
        number += 1
    return new.with_meta(annotations=new.metadata.annotations.merged({TEMPLATE_NUMBER: str(number)}))


def _with_status(new: Any, old: Any, *, whole: bool) -> Any:
    """``old`` with the status of ``new``, and what of its metadata may come that way."""
    if not whole:
        marks = new.metadata.annotations if new.KIND == "Deployment" else old.metadata.annotations
        return evolve(old, status=new.status, metadata=evolve(old.metadata, resource_version="", annotations=marks))
    kept = old.metadata
    stays = {name: getattr(kept, name) for name in OUTSIDE_STATUS.get(new.KIND, ())}
    status = new.status
    if new.KIND == "Pod" and not status.qos_class:
        status = evolve(status, qos_class=old.status.qos_class)
    return evolve(old, status=status, metadata=_carried(new.metadata, kept, generation=kept.generation, **stays))


def _carried(new: ObjectMeta, kept: ObjectMeta, **stays: Any) -> ObjectMeta:
    """Metadata as sent, where the server has no say: a time of creation or deletion that stands is carried over."""
    grace = new.deletion_grace_period_seconds
    return evolve(
        new,
        uid=new.uid or kept.uid,
        creation_timestamp=kept.creation_timestamp,
        deletion_timestamp=kept.deletion_timestamp or new.deletion_timestamp,
        deletion_grace_period_seconds=kept.deletion_grace_period_seconds if grace is None else grace,
        resource_version="",
        kept=_kept(new, kept),
        **stays,
    )


def _kept(new: ObjectMeta, kept: ObjectMeta) -> FrozenMap[str, Any]:
    """The managedFields as sent, as they were when none were sent, and none at all when an empty entry was."""
    sent = new.kept.get("managedFields")
    return kept.kept if not sent else new.kept if any(sent) else new.kept.without("managedFields")


def _unversioned(old: Any) -> Any:
    return old.with_meta(resource_version="")
