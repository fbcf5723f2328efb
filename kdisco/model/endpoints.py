"""The back end of a Service: EndpointSlices, and the deprecated Endpoints. Source: discovery/v1, core/v1."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Object, ObjectReference
from kdisco.model.value import Value

__all__ = [
    "SERVICE_NAME",
    "Endpoint",
    "EndpointAddress",
    "EndpointConditions",
    "EndpointHints",
    "EndpointPort",
    "EndpointSlice",
    "EndpointSubset",
    "Endpoints",
    "ForNode",
    "ForZone",
    "SlicePort",
]

SERVICE_NAME = "kubernetes.io/service-name"  # the label that joins a slice to its Service


@frozen(kw_only=True, repr=False)
class EndpointConditions(Value):
    """Consumers read an absent ready or serving as true, an absent terminating as false."""

    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


@frozen(kw_only=True, repr=False)
class ForZone(Value):
    """A zone whose clients should use this endpoint."""

    name: str = ""


@frozen(kw_only=True, repr=False)
class ForNode(Value):
    """A node whose clients should use this endpoint."""

    name: str = ""


@frozen(kw_only=True, repr=False)
class EndpointHints(Value):
    """Who should use an endpoint, for traffic that stays near."""

    for_zones: tuple[ForZone, ...] = ()
    for_nodes: tuple[ForNode, ...] = ()


@frozen(kw_only=True, repr=False)
class Endpoint(Value):
    """One backend: all consumers use the first address only."""

    addresses: tuple[str, ...] = field(default=(), metadata={"keep": True})
    conditions: EndpointConditions = field(factory=EndpointConditions)
    hostname: str | None = None
    target_ref: ObjectReference | None = None
    node_name: str | None = None
    zone: str | None = None
    hints: EndpointHints | None = None
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset({"deprecatedTopology"})

    @property
    def ready(self) -> bool:
        """conditions.ready, absent is true."""
        return self.conditions.ready is not False

    @property
    def serving(self) -> bool:
        """conditions.serving, absent is true."""
        return self.conditions.serving is not False

    @property
    def terminating(self) -> bool:
        """conditions.terminating, absent is false."""
        return self.conditions.terminating is True


@frozen(kw_only=True, repr=False)
class SlicePort(Value):
    """A port of all endpoints of one slice: the Pods' port, not the Service's. Go: discovery/v1 EndpointPort."""

    name: str | None = None
    protocol: str | None = None
    port: int | None = None
    app_protocol: str | None = None


@frozen(kw_only=True, repr=False)
class EndpointSlice(Object):
    """Up to 100 (by default) backends of one Service, of one address family, with the same ports."""

    address_type: str = field(default="", metadata={"keep": True})
    endpoints: tuple[Endpoint, ...] | None = field(default=None, metadata={"keep": True})
    ports: tuple[SlicePort, ...] | None = field(default=None, metadata={"keep": True})
    KIND: ClassVar[str] = "EndpointSlice"
    API_VERSION: ClassVar[str] = "discovery.k8s.io/v1"

    @property
    def service_key(self) -> tuple[str, str]:
        """(namespace, name) of the Service that the slice belongs to, by its label."""
        return self.namespace, self.labels.get(SERVICE_NAME, "")


@frozen(kw_only=True, repr=False)
class EndpointAddress(Value):
    """One backend of the old API."""

    ip: str = field(default="", metadata={"keep": True})
    hostname: str = ""
    node_name: str | None = None
    target_ref: ObjectReference | None = None


@frozen(kw_only=True, repr=False)
class EndpointPort(Value):
    """A port of a subset."""

    name: str = ""
    port: int = field(default=0, metadata={"keep": True})
    protocol: str = ""
    app_protocol: str | None = None


@frozen(kw_only=True, repr=False)
class EndpointSubset(Value):
    """Addresses that share the same ports."""

    addresses: tuple[EndpointAddress, ...] = ()
    not_ready_addresses: tuple[EndpointAddress, ...] = ()
    ports: tuple[EndpointPort, ...] = ()


@frozen(kw_only=True, repr=False)
class Endpoints(Object):
    """All backends of one Service in one object; deprecated since v1.33, still written."""

    subsets: tuple[EndpointSubset, ...] = ()
    KIND: ClassVar[str] = "Endpoints"
    API_VERSION: ClassVar[str] = "v1"
