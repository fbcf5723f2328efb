"""Deployments and ReplicaSets: so many Pods of this template. Source: apps/v1."""

from __future__ import annotations

from typing import ClassVar

from attrs import field, frozen

from kdisco.model.meta import Object
from kdisco.model.pod import PodTemplateSpec
from kdisco.model.selector import LabelSelector
from kdisco.model.value import Value

__all__ = [
    "Deployment",
    "DeploymentCondition",
    "DeploymentSpec",
    "DeploymentStatus",
    "DeploymentStrategy",
    "ReplicaSet",
    "ReplicaSetCondition",
    "ReplicaSetSpec",
    "ReplicaSetStatus",
    "RollingUpdate",
]


@frozen(kw_only=True, repr=False)
class RollingUpdate(Value):
    """How far a rollout may leave the wanted number: Pods, or a percentage as text."""

    max_unavailable: int | str | None = None
    max_surge: int | str | None = None


@frozen(kw_only=True, repr=False)
class DeploymentStrategy(Value):
    """RollingUpdate or Recreate."""

    type: str = ""
    rolling_update: RollingUpdate | None = None


@frozen(kw_only=True, repr=False)
class DeploymentSpec(Value):
    """The wanted Pods. Delays and deadlines in seconds."""

    replicas: int | None = None
    selector: LabelSelector | None = field(default=None, metadata={"keep": True})
    template: PodTemplateSpec = field(factory=PodTemplateSpec)
    strategy: DeploymentStrategy = field(factory=DeploymentStrategy)
    min_ready_seconds: int = 0
    revision_history_limit: int | None = None
    paused: bool = False
    progress_deadline_seconds: int | None = None


@frozen(kw_only=True, repr=False)
class DeploymentCondition(Value):
    """Available, Progressing or ReplicaFailure."""

    type: str = field(default="", metadata={"keep": True})
    status: str = field(default="", metadata={"keep": True})
    last_update_time: str | None = None
    last_transition_time: str | None = None
    reason: str = ""
    message: str = ""


@frozen(kw_only=True, repr=False)
class DeploymentStatus(Value):
    """How far the rollout is."""

    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    unavailable_replicas: int = 0
    terminating_replicas: int | None = None
    conditions: tuple[DeploymentCondition, ...] = ()
    collision_count: int | None = None


@frozen(kw_only=True, repr=False)
class Deployment(Object):
    """Pods that are replaced step by step when their template changes."""

    spec: DeploymentSpec = field(factory=DeploymentSpec)
    status: DeploymentStatus = field(factory=DeploymentStatus)
    KIND: ClassVar[str] = "Deployment"
    API_VERSION: ClassVar[str] = "apps/v1"


@frozen(kw_only=True, repr=False)
class ReplicaSetSpec(Value):
    """So many Pods of one template."""

    replicas: int | None = None
    min_ready_seconds: int = 0
    selector: LabelSelector | None = field(default=None, metadata={"keep": True})
    template: PodTemplateSpec = field(factory=PodTemplateSpec)


@frozen(kw_only=True, repr=False)
class ReplicaSetCondition(Value):
    """ReplicaFailure, when Pods cannot be made."""

    type: str = field(default="", metadata={"keep": True})
    status: str = field(default="", metadata={"keep": True})
    last_transition_time: str | None = None
    reason: str = ""
    message: str = ""


@frozen(kw_only=True, repr=False)
class ReplicaSetStatus(Value):
    """How many Pods there are."""

    replicas: int = field(default=0, metadata={"keep": True})
    fully_labeled_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    terminating_replicas: int | None = None
    observed_generation: int = 0
    conditions: tuple[ReplicaSetCondition, ...] = ()


@frozen(kw_only=True, repr=False)
class ReplicaSet(Object):
    """One generation of a Deployment's Pods."""

    spec: ReplicaSetSpec = field(factory=ReplicaSetSpec)
    status: ReplicaSetStatus = field(factory=ReplicaSetStatus)
    KIND: ClassVar[str] = "ReplicaSet"
    API_VERSION: ClassVar[str] = "apps/v1"
