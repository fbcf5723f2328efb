"""The ranges that ClusterIPs come from, and each address given. Source: networking.k8s.io/v1 (KEP-1880)."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Object
from kdisco.model.value import Value

__all__ = ["IPAddress", "IPAddressSpec", "ParentReference", "ServiceCIDR", "ServiceCIDRSpec"]


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
