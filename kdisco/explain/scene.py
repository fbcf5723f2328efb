"""What the links of the chain look at: one Service in one state, and what stands behind it."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import Any

from attrs import frozen

from kdisco.control.listen import Ports, answering
from kdisco.model.endpoints import SERVICE_NAME, EndpointSlice
from kdisco.model.meta import Object
from kdisco.model.pod import Pod, PodTemplateSpec
from kdisco.model.service import Service, ServicePort
from kdisco.store.state import State
from kdisco.store.table import View

__all__ = ["WORKLOADS", "Scene", "template_of", "workload"]

WORKLOADS = ("deployments", "statefulsets", "daemonsets", "replicasets")
KINDS = {
    "Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets", "ReplicaSet": "replicasets",
}


@frozen(slots=False)  # so that what is looked up is looked up once
class Scene:
    """One Service in one state. ``dump``: it was read, not lived; what a dump does not say is no fault.

    ``partial``: it held no EndpointSlices, those that are there were made from its Pods. ``only`` is a protocol: of
    the Service's ports those of others do not matter. ``gone`` remembers the ways that were found open, for the next
    Service of the state; None where each is gone for each back end.
    """

    state: State
    service: Service
    dump: bool = False
    partial: bool = False
    only: str = ""
    gone: set[Hashable] | None = None

    @property
    def view(self) -> View:
        """What is stored."""
        return self.state.view

    @cached_property
    def ports(self) -> tuple[tuple[int, ServicePort], ...]:
        """The ports that matter, with their places in spec.ports."""
        listed = enumerate(self.service.spec.ports)
        return tuple((at, port) for at, port in listed if not self.only or (port.protocol or "TCP") == self.only)

    @cached_property
    def selected(self) -> tuple[Pod, ...]:
        """The Pods that the selector finds, finished ones too."""
        if not self.service.spec.selector:
            return ()
        return tuple(self.view.select("pods", self.service.namespace, self.service.spec.selector))

    @cached_property
    def backends(self) -> tuple[Pod, ...]:
        """The Pods that are to get traffic: ready, or published whether ready or not."""
        published = self.service.spec.publish_not_ready_addresses
        alive = [pod for pod in self.selected if pod.addresses and not pod.finished]
        found = [pod for pod in alive if published or (pod.ready and not pod.deleting)]
        return tuple(found or [pod for pod in alive if pod.ready])

    @cached_property
    def slices(self) -> tuple[EndpointSlice, ...]:
        """Its EndpointSlices."""
        table = self.view.table("endpointslices")
        return tuple(table.find("label", self.service.namespace, SERVICE_NAME, self.service.name))

    def listens(self, pod: Pod) -> Ports | None:
        """The ports that answer in a Pod; None where a dump does not tell: no container of it names any."""
        box = self.state.sandboxes.get(pod.key)
        found = answering(pod, box) if box is not None else frozenset()
        return None if self.dump and not found and not any(each.ports for each in pod.spec.containers) else found

    @property
    def name(self) -> str:
        """``service/ns/name``."""
        return str(self.service)


def _by_kind(view: View, kind: str, namespace: str, name: str) -> Any:
    """A workload by its kind and name, None when it is not there."""
    return view.get(KINDS[kind], (namespace, name)) if kind in KINDS else None


def workload(view: View, found: Object) -> Object:
    """What stands behind a Pod: its Deployment, StatefulSet, ..., itself where nothing does."""
    owner = found.owner
    above = _by_kind(view, owner.kind, found.namespace, owner.name) if owner is not None else None
    return found if above is None else workload(view, above)


def template_of(found: Any) -> PodTemplateSpec:
    """The template of a workload, and of a Pod what would be one."""
    if isinstance(found, Pod):
        return PodTemplateSpec(metadata=found.metadata, spec=found.spec)
    template: PodTemplateSpec = found.spec.template
    return template
