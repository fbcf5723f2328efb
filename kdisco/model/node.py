"""Where things are: Nodes and Namespaces. Source: core/v1."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Object
from kdisco.model.taint import Taint
from kdisco.model.value import Value

__all__ = ["ZONE", "Namespace", "NamespaceStatus", "Node", "NodeAddress", "NodeCondition", "NodeSpec", "NodeStatus"]

ZONE = "topology.kubernetes.io/zone"


@frozen(kw_only=True, repr=False)
class NodeSpec(Value):
    """A node's share of the Pod network, and whether Pods may come."""

    pod_cidr: str = ""
    pod_cidrs: tuple[str, ...] = ()
    provider_id: str = ""
    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset({"configSource", "externalID"})


@frozen(kw_only=True, repr=False)
class NodeAddress(Value):
    """One address: InternalIP, ExternalIP or Hostname."""

    type: str = ""
    address: str = ""


@frozen(kw_only=True, repr=False)
class NodeCondition(Value):
    """One aspect of a node, Ready above all."""

    type: str = field(default="", metadata={"keep": True})
    status: str = field(default="", metadata={"keep": True})
    last_heartbeat_time: str | None = None
    last_transition_time: str | None = None
    reason: str = ""
    message: str = ""


@frozen(kw_only=True, repr=False)
class NodeStatus(Value):
    """What the kubelet reports of its node."""

    conditions: tuple[NodeCondition, ...] = ()
    addresses: tuple[NodeAddress, ...] = ()
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset(
        {
            "allocatable", "capacity", "config", "daemonEndpoints", "declaredFeatures", "features", "images",
            "nodeInfo", "phase", "runtimeHandlers", "volumesAttached", "volumesInUse",
        }
    )


@frozen(kw_only=True, repr=False)
class Node(Object):
    """A machine that runs Pods."""

    spec: NodeSpec = field(factory=NodeSpec)
    status: NodeStatus = field(factory=NodeStatus)
    KIND: ClassVar[str] = "Node"
    API_VERSION: ClassVar[str] = "v1"

    @property
    def internal_ips(self) -> tuple[str, ...]:
        """Its InternalIP addresses in order; the first of a family is the primary one."""
        return tuple(entry.address for entry in self.status.addresses if entry.type == "InternalIP")

    @property
    def zone(self) -> str:
        """Its zone label, "" when unset."""
        return self.labels.get(ZONE, "")

    @property
    def ready(self) -> bool:
        """Whether the condition Ready is True."""
        return any(entry.type == "Ready" and entry.status == "True" for entry in self.status.conditions)


@frozen(kw_only=True, repr=False)
class NamespaceStatus(Value):
    """Active or Terminating."""

    phase: str = ""
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset({"conditions"})


@frozen(kw_only=True, repr=False)
class NamespaceSpec(Value):
    """What must be cleaned up before the namespace can go."""

    finalizers: tuple[str, ...] = ()


@frozen(kw_only=True, repr=False)
class Namespace(Object):
    """A room of names: Services of the same name live apart in two namespaces."""

    spec: NamespaceSpec = field(factory=NamespaceSpec)
    status: NamespaceStatus = field(factory=NamespaceStatus)
    KIND: ClassVar[str] = "Namespace"
    API_VERSION: ClassVar[str] = "v1"
