"""The ranges that ClusterIPs come from, and each address given. Source: networking.k8s.io/v1 (KEP-1880)."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Object, ObjectMeta
from kdisco.model.value import Value

__all__ = [
    "DEFAULT_CIDR",
    "FINALIZER",
    "MANAGED_BY",
    "MANAGER",
    "IPAddress",
    "IPAddressSpec",
    "ParentReference",
    "ServiceCIDR",
    "ServiceCIDRSpec",
    "first_range",
    "ready_status",
]

DEFAULT_CIDR = "kubernetes"  # the ServiceCIDR that the cluster begins with
FINALIZER = "networking.k8s.io/service-cidr-finalizer"
MANAGED_BY, MANAGER = "ipaddress.kubernetes.io/managed-by", "ipallocator.k8s.io"


@frozen(kw_only=True, repr=False)
class ServiceCIDRSpec(Value):
    """One range a family, the cluster's default family first."""

    cidrs: tuple[str, ...] = ()


@frozen(kw_only=True, repr=False)
class ServiceCIDR(Object):
    """A range that kube-apiserver allocates ClusterIPs from; the first is named ``kubernetes``."""

    spec: ServiceCIDRSpec = field(factory=ServiceCIDRSpec)
    status: FrozenMap[str, Any] = FrozenMap()
    KIND: ClassVar[str] = "ServiceCIDR"
    API_VERSION: ClassVar[str] = "networking.k8s.io/v1"

    @property
    def ready(self) -> bool:
        """Whether its condition Ready is True; a range of which nobody said anything is ready."""
        listed = (each for each in self.status.get("conditions", ()) if each.get("type") == "Ready")
        return all(each.get("status") == "True" for each in listed)


@frozen(kw_only=True, repr=False)
class ParentReference(Value):
    """Whose address it is."""

    group: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""


@frozen(kw_only=True, repr=False)
class IPAddressSpec(Value):
    """What the address was given to."""

    parent_ref: ParentReference | None = None


@frozen(kw_only=True, repr=False)
class IPAddress(Object):
    """One address that is taken; its name is the address."""

    spec: IPAddressSpec = field(factory=IPAddressSpec)
    KIND: ClassVar[str] = "IPAddress"
    API_VERSION: ClassVar[str] = "networking.k8s.io/v1"


def first_range(cidrs: tuple[str, ...], time: str) -> ServiceCIDR:
    """The range that the API server makes itself: guarded and ready from the beginning."""
    meta = ObjectMeta(name=DEFAULT_CIDR, finalizers=(FINALIZER,))
    status = ready_status("Kubernetes default Service CIDR is ready", time)
    return ServiceCIDR(metadata=meta, spec=ServiceCIDRSpec(cidrs=cidrs), status=status)


def ready_status(message: str, time: str, status: str = "True", reason: str = "") -> FrozenMap[str, Any]:
    """A ServiceCIDR's status with its one condition."""
    condition = {"type": "Ready", "status": status, "lastTransitionTime": time, "reason": reason, "message": message}
    return FrozenMap({"conditions": (FrozenMap(condition),)})
