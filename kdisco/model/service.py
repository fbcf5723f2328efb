"""Services: a stable name, address and ports in front of changing Pods. Source: core/v1 ServiceSpec."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Object
from kdisco.model.value import Value

__all__ = [
    "ClientIPConfig",
    "LoadBalancerIngress",
    "LoadBalancerStatus",
    "Service",
    "ServicePort",
    "ServiceSpec",
    "ServiceStatus",
    "SessionAffinityConfig",
]


@frozen(kw_only=True, repr=False)
class ServicePort(Value):
    """One port of the front end and where it leads: a number or a container port's name."""

    name: str = ""
    protocol: str = ""
    app_protocol: str | None = None
    port: int = field(default=0, metadata={"keep": True})
    target_port: int | str | None = None
    node_port: int = 0


@frozen(kw_only=True, repr=False)
class ClientIPConfig(Value):
    """How long one client keeps one Pod, in seconds."""

    timeout_seconds: int | None = None


@frozen(kw_only=True, repr=False)
class SessionAffinityConfig(Value):
    """The settings of sessionAffinity."""

    client_ip: ClientIPConfig | None = None


@frozen(kw_only=True, repr=False)
class ServiceSpec(Value):
    """What a Service should be. ``selector`` None or empty: endpoints are somebody else's work."""

    ports: tuple[ServicePort, ...] = ()
    selector: FrozenMap[str, str] = FrozenMap()
    cluster_ip: str = ""
    cluster_ips: tuple[str, ...] = ()
    type: str = ""
    external_ips: tuple[str, ...] = ()
    session_affinity: str = ""
    load_balancer_ip: str = ""
    load_balancer_source_ranges: tuple[str, ...] = ()
    external_name: str = ""
    external_traffic_policy: str = ""
    health_check_node_port: int = 0
    publish_not_ready_addresses: bool = False
    session_affinity_config: SessionAffinityConfig | None = None
    ip_families: tuple[str, ...] = ()
    ip_family_policy: str | None = None
    allocate_load_balancer_node_ports: bool | None = None
    load_balancer_class: str | None = None
    internal_traffic_policy: str | None = None
    traffic_distribution: str | None = None


@frozen(kw_only=True, repr=False)
class LoadBalancerIngress(Value):
    """One address that a load balancer gave."""

    ip: str = ""
    hostname: str = ""
    ip_mode: str | None = None
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset({"ports"})


@frozen(kw_only=True, repr=False)
class LoadBalancerStatus(Value):
    """What the load balancer gave, empty while it is pending."""

    ingress: tuple[LoadBalancerIngress, ...] = ()


@frozen(kw_only=True, repr=False)
class ServiceStatus(Value):
    """What became of a Service."""

    load_balancer: LoadBalancerStatus = field(factory=LoadBalancerStatus)
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset({"conditions"})


@frozen(kw_only=True, repr=False)
class Service(Object):
    """A front end (name, ClusterIP, ports) for the Pods that its selector finds."""

    spec: ServiceSpec = field(factory=ServiceSpec)
    status: ServiceStatus = field(factory=ServiceStatus)
    KIND: ClassVar[str] = "Service"
    API_VERSION: ClassVar[str] = "v1"

    @property
    def headless(self) -> bool:
        """Whether its ClusterIP is the word None: DNS gives the Pods' addresses."""
        return self.spec.cluster_ip == "None"

    @property
    def virtual_ips(self) -> tuple[str, ...]:
        """Its ClusterIPs as addresses: empty when headless or ExternalName."""
        listed = self.spec.cluster_ips or ((self.spec.cluster_ip,) if self.spec.cluster_ip else ())
        return () if self.spec.type == "ExternalName" or "None" in listed else listed
