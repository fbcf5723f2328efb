"""StatefulSets, DaemonSets and the revisions that they keep of their templates. Source: apps/v1."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Object
from kdisco.model.pod import PodTemplateSpec
from kdisco.model.selector import LabelSelector
from kdisco.model.value import Value

__all__ = [
    "ControllerRevision",
    "DaemonSet",
    "DaemonSetSpec",
    "DaemonSetStatus",
    "DaemonSetUpdateStrategy",
    "RollingUpdateDaemonSet",
    "RollingUpdateStatefulSetStrategy",
    "StatefulSet",
    "StatefulSetOrdinals",
    "StatefulSetSpec",
    "StatefulSetStatus",
    "StatefulSetUpdateStrategy",
]


@frozen(kw_only=True, repr=False)
class RollingUpdateStatefulSetStrategy(Value):
    """From which ordinal on Pods are brought up to date: those below the partition stay as they are."""

    partition: int | None = None


@frozen(kw_only=True, repr=False)
class StatefulSetUpdateStrategy(Value):
    """RollingUpdate or OnDelete."""

    type: str = ""
    rolling_update: RollingUpdateStatefulSetStrategy | None = None


@frozen(kw_only=True, repr=False)
class StatefulSetOrdinals(Value):
    """The number of the first Pod."""

    start: int = field(default=0, metadata={"keep": True})


@frozen(kw_only=True, repr=False)
class StatefulSetSpec(Value):
    """The wanted Pods, each with a number; claims for volumes are kept as they are."""

    replicas: int | None = None
    selector: LabelSelector | None = field(default=None, metadata={"keep": True})
    template: PodTemplateSpec = field(factory=PodTemplateSpec)
    service_name: str = field(default="", metadata={"keep": True})
    pod_management_policy: str = ""
    update_strategy: StatefulSetUpdateStrategy = field(factory=StatefulSetUpdateStrategy)
    revision_history_limit: int | None = None
    min_ready_seconds: int = 0
    ordinals: StatefulSetOrdinals | None = None
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset({"persistentVolumeClaimRetentionPolicy", "volumeClaimTemplates"})


@frozen(kw_only=True, repr=False)
class StatefulSetStatus(Value):
    """How many Pods there are, of the current revision and of the one being rolled out."""

    observed_generation: int = 0
    replicas: int = field(default=0, metadata={"keep": True})
    ready_replicas: int = 0
    current_replicas: int = 0
    updated_replicas: int = 0
    current_revision: str = ""
    update_revision: str = ""
    collision_count: int | None = None
    available_replicas: int = field(default=0, metadata={"keep": True})
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset({"conditions"})


@frozen(kw_only=True, repr=False)
class StatefulSet(Object):
    """Pods with names that stay: web-0, web-1, ..., made and replaced one after the other."""

    spec: StatefulSetSpec = field(factory=StatefulSetSpec)
    status: StatefulSetStatus = field(factory=StatefulSetStatus)
    KIND: ClassVar[str] = "StatefulSet"
    API_VERSION: ClassVar[str] = "apps/v1"

    @property
    def start(self) -> int:
        """The ordinal of the first Pod."""
        return self.spec.ordinals.start if self.spec.ordinals is not None else 0


@frozen(kw_only=True, repr=False)
class RollingUpdateDaemonSet(Value):
    """How many nodes may be without a Pod that is available, or have two: a number, or a percentage as text."""

    max_unavailable: int | str | None = None
    max_surge: int | str | None = None


@frozen(kw_only=True, repr=False)
class DaemonSetUpdateStrategy(Value):
    """RollingUpdate or OnDelete."""

    type: str = ""
    rolling_update: RollingUpdateDaemonSet | None = None


@frozen(kw_only=True, repr=False)
class DaemonSetSpec(Value):
    """One Pod of this template on every node that it fits."""

    selector: LabelSelector | None = field(default=None, metadata={"keep": True})
    template: PodTemplateSpec = field(factory=PodTemplateSpec)
    update_strategy: DaemonSetUpdateStrategy = field(factory=DaemonSetUpdateStrategy)
    min_ready_seconds: int = 0
    revision_history_limit: int | None = None


@frozen(kw_only=True, repr=False)
class DaemonSetStatus(Value):
    """On how many nodes the Pod should run, and on how many it does."""

    current_number_scheduled: int = field(default=0, metadata={"keep": True})
    number_misscheduled: int = field(default=0, metadata={"keep": True})
    desired_number_scheduled: int = field(default=0, metadata={"keep": True})
    number_ready: int = field(default=0, metadata={"keep": True})
    observed_generation: int = 0
    updated_number_scheduled: int = 0
    number_available: int = 0
    number_unavailable: int = 0
    collision_count: int | None = None
    kept: FrozenMap[str, Any] = FrozenMap()
    KEPT: ClassVar[frozenset[str]] = frozenset({"conditions"})


@frozen(kw_only=True, repr=False)
class DaemonSet(Object):
    """A Pod on each node: kube-proxy, the network's agent."""

    spec: DaemonSetSpec = field(factory=DaemonSetSpec)
    status: DaemonSetStatus = field(factory=DaemonSetStatus)
    KIND: ClassVar[str] = "DaemonSet"
    API_VERSION: ClassVar[str] = "apps/v1"


@frozen(kw_only=True, repr=False)
class ControllerRevision(Object):
    """One template that a set has had: ``data`` is the patch that brings it back."""

    data: Any = None
    revision: int = field(default=0, metadata={"keep": True})
    KIND: ClassVar[str] = "ControllerRevision"
    API_VERSION: ClassVar[str] = "apps/v1"
