"""Pods: what should run, and what the kubelet says of it. Source: core/v1 PodSpec, PodStatus."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Object, ObjectMeta
from kdisco.model.taint import Toleration
from kdisco.model.value import Value

__all__ = [
    "Container",
    "ContainerPort",
    "ContainerState",
    "ContainerStatus",
    "DNSConfig",
    "DNSOption",
    "EnvVar",
    "HTTPGetAction",
    "Pod",
    "PodCondition",
    "PodIP",
    "PodSpec",
    "PodStatus",
    "PodTemplateSpec",
    "Probe",
    "ReadinessGate",
    "TCPSocketAction",
]


@frozen(kw_only=True, repr=False)
class ContainerPort(Value):
    """A port that a container says it listens on; a named one can be a Service's targetPort."""

    name: str = ""
    host_port: int = 0
    container_port: int = field(default=0, metadata={"keep": True})
    protocol: str = ""
    host_ip: str = ""


@frozen(kw_only=True, repr=False)
class EnvVar(Value):
    """An environment variable; ``valueFrom`` is kept as it is."""

    name: str = field(default="", metadata={"keep": True})
    value: str = ""
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset({"valueFrom"})


@frozen(kw_only=True, repr=False)
class HTTPGetAction(Value):
    """A probe by GET; 200 to 399 is success."""

    path: str = ""
    port: int | str = field(default=0, metadata={"keep": True})
    host: str = ""
    scheme: str = ""
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset({"httpHeaders"})


@frozen(kw_only=True, repr=False)
class TCPSocketAction(Value):
    """A probe by connecting."""

    port: int | str = field(default=0, metadata={"keep": True})
    host: str = ""


@frozen(kw_only=True, repr=False)
class Probe(Value):
    """How the kubelet asks a container how it is; delays and periods in seconds."""

    http_get: HTTPGetAction | None = None
    tcp_socket: TCPSocketAction | None = None
    initial_delay_seconds: int = 0
    timeout_seconds: int = 0
    period_seconds: int = 0
    success_threshold: int = 0
    failure_threshold: int = 0
    termination_grace_period_seconds: int | None = None
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset({"exec", "grpc"})


@frozen(kw_only=True, repr=False)
class Container(Value):
    """One container of a Pod."""

    name: str = field(default="", metadata={"keep": True})
    image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    env: tuple[EnvVar, ...] = ()
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None
    startup_probe: Probe | None = None
    restart_policy: str | None = None
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset(
        {
            "envFrom", "imagePullPolicy", "lifecycle", "resizePolicy", "resources", "restartPolicyRules",
            "securityContext", "stdin", "stdinOnce", "terminationMessagePath", "terminationMessagePolicy", "tty",
            "volumeDevices", "volumeMounts", "workingDir",
        }
    )


@frozen(kw_only=True, repr=False)
class DNSOption(Value):
    """One line of ``options`` in resolv.conf."""

    name: str = ""
    value: str | None = None


@frozen(kw_only=True, repr=False)
class DNSConfig(Value):
    """What a Pod adds to the resolv.conf that its dnsPolicy gives. Source: core/v1 PodDNSConfig."""

    nameservers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[DNSOption, ...] = ()


@frozen(kw_only=True, repr=False)
class ReadinessGate(Value):
    """A condition that must be True as well before a Pod is Ready."""

    condition_type: str = ""


@frozen(kw_only=True, repr=False)
class PodSpec(Value):
    """What should run where."""

    init_containers: tuple[Container, ...] = ()
    containers: tuple[Container, ...] = field(default=(), metadata={"keep": True})
    restart_policy: str = ""
    termination_grace_period_seconds: int | None = None
    dns_policy: str = ""
    node_selector: FrozenMap[str, str] = FrozenMap()
    service_account_name: str = ""
    node_name: str = ""
    host_network: bool = False
    hostname: str = ""
    subdomain: str = ""
    enable_service_links: bool | None = None
    dns_config: DNSConfig | None = None
    readiness_gates: tuple[ReadinessGate, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset(
        {
            "activeDeadlineSeconds", "affinity", "automountServiceAccountToken", "ephemeralContainers", "hostAliases",
            "hostIPC", "hostPID", "hostUsers", "hostnameOverride", "imagePullSecrets", "os", "overhead",
            "preemptionPolicy", "priority", "priorityClassName", "resourceClaims", "resources", "runtimeClassName",
            "schedulerName", "schedulingGates", "schedulingGroup", "securityContext", "serviceAccount",
            "setHostnameAsFQDN", "shareProcessNamespace", "topologySpreadConstraints", "volumes",
        }
    )


@frozen(kw_only=True, repr=False)
class PodIP(Value):
    """One address of a Pod, canonical text."""

    ip: str = ""


@frozen(kw_only=True, repr=False)
class PodCondition(Value):
    """One aspect of a Pod: Ready, PodScheduled, ..., each True, False or Unknown."""

    type: str = field(default="", metadata={"keep": True})
    status: str = field(default="", metadata={"keep": True})
    last_probe_time: str | None = field(default=None, metadata={"keep": True})
    last_transition_time: str | None = field(default=None, metadata={"keep": True})
    reason: str = ""
    message: str = ""
    observed_generation: int = 0


@frozen(kw_only=True, repr=False)
class ContainerState(Value):
    """Exactly one of waiting, running, terminated, each kept as API JSON."""

    waiting: FrozenMap[str, Any] | None = None
    running: FrozenMap[str, Any] | None = None
    terminated: FrozenMap[str, Any] | None = None


@frozen(kw_only=True, repr=False)
class ContainerStatus(Value):
    """How one container is."""

    name: str = field(default="", metadata={"keep": True})
    state: ContainerState = field(factory=ContainerState)
    last_state: ContainerState = field(factory=ContainerState)
    ready: bool = field(default=False, metadata={"keep": True})
    restart_count: int = field(default=0, metadata={"keep": True})
    image: str = field(default="", metadata={"keep": True})
    image_id: str = field(default="", metadata={"keep": True})
    container_id: str = ""
    started: bool | None = None
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset(
        {"allocatedResources", "allocatedResourcesStatus", "resources", "stopSignal", "user", "volumeMounts"}
    )


@frozen(kw_only=True, repr=False)
class PodStatus(Value):
    """What the kubelet reports."""

    phase: str = ""
    conditions: tuple[PodCondition, ...] = ()
    message: str = ""
    reason: str = ""
    host_ip: str = ""
    pod_ip: str = ""
    pod_ips: tuple[PodIP, ...] = ()
    start_time: str | None = None
    init_container_statuses: tuple[ContainerStatus, ...] = ()
    container_statuses: tuple[ContainerStatus, ...] = ()
    qos_class: str = ""
    observed_generation: int = 0
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset(
        {
            "allocatedResources", "ephemeralContainerStatuses", "extendedResourceClaimStatus", "hostIPs",
            "nodeAllocatableResourceClaimStatuses", "nominatedNodeName", "resize",
            "resourceClaimStatuses", "resources",
        }
    )


@frozen(kw_only=True, repr=False)
class PodTemplateSpec(Value):
    """What a workload makes its Pods from."""

    metadata: ObjectMeta = field(factory=ObjectMeta)
    spec: PodSpec = field(factory=PodSpec)


@frozen(kw_only=True, repr=False)
class Pod(Object):
    """The smallest thing that runs: containers that share one address."""

    spec: PodSpec = field(factory=PodSpec)
    status: PodStatus = field(factory=PodStatus)
    KIND: ClassVar[str] = "Pod"
    API_VERSION: ClassVar[str] = "v1"

    @property
    def ready(self) -> bool:
        """Whether the condition Ready is True."""
        return self.condition("Ready") == "True"

    @property
    def finished(self) -> bool:
        """Whether its phase is final: Succeeded or Failed."""
        return self.status.phase in ("Succeeded", "Failed")

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its IP addresses, the primary one first; empty before its sandbox is up."""
        listed = tuple(entry.ip for entry in self.status.pod_ips if entry.ip)
        return listed or ((self.status.pod_ip,) if self.status.pod_ip else ())

    def condition(self, kind: str) -> str:
        """The status of one condition, "" when it is not reported."""
        return next((entry.status for entry in self.status.conditions if entry.type == kind), "")
