"""What stands behind a Service, read from its EndpointSlices; and the state of a Pod in one word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.model.endpoints import SERVICE_NAME, Endpoint, EndpointSlice
from kdisco.model.meta import Key
from kdisco.view.dot import cut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kdisco.model.pod import Pod
    from kdisco.model.service import Service
    from kdisco.store.table import View

__all__ = ["OUTLINES", "Backend", "backends", "endpoint_state", "pod_state", "ports", "short", "slices"]

OUTLINES: Mapping[str, Mapping[str, object]] = {  # a state's shape, for those who do not see its colour
    "ready": {"style": "rounded,filled"},
    "not-ready": {"style": "rounded,filled,dashed"},
    "terminating": {"style": "filled,dotted", "shape": "octagon"},
}


@frozen
class Backend:
    """One endpoint: its address, its Pod if it has one, and its state: ``ready``, ``not-ready``, ``terminating``."""

    address: str
    pod: Key | None
    state: str


def slices(view: View, service: Service) -> list[EndpointSlice]:
    """The EndpointSlices of a Service, in key order."""
    return list(view.select("endpointslices", service.namespace, {SERVICE_NAME: service.name}))


def backends(view: View, service: Service) -> list[Backend]:
    """The endpoints of a Service, each address once, in the slices' order."""
    found: dict[str, Backend] = {}
    for each in slices(view, service):
        for entry in each.endpoints or ():
            for address in entry.addresses[:1]:
                found.setdefault(address, Backend(address, _pod(entry), endpoint_state(entry)))
    return list(found.values())


def endpoint_state(endpoint: Endpoint) -> str:
    """The state of an endpoint as a class and a key of the words."""
    return "terminating" if endpoint.terminating else "ready" if endpoint.ready else "not-ready"


def pod_state(pod: Pod) -> tuple[str, str]:
    """A Pod's state: its class, and the key of the word that says it."""
    if pod.deleting:
        return "terminating", "deleting"
    if pod.ready:
        return "ready", "ready"
    if pod.finished:
        return "not-ready", pod.status.phase.lower()
    if not pod.spec.node_name:
        return "not-ready", "pending"
    return ("not-ready", "not ready") if pod.status.phase == "Running" else ("not-ready", "starting")


def short(pod: Pod, letters: int = 17) -> str:
    """A Pod's name as it fits into a box: its workload and its own last letters, not the template's hash."""
    generation = pod.labels.get("pod-template-hash", "")
    head, _, tail = pod.name.partition(f"-{generation}-") if generation else (pod.name, "", "")
    return cut(f"{head}\u2026{tail}" if tail else pod.name, letters)


def ports(service: Service) -> str:
    """The ports of a Service as kubectl writes them: ``80/TCP,443/TCP``."""
    return ",".join(f"{port.port}/{port.protocol or 'TCP'}" for port in service.spec.ports)


def _pod(endpoint: Endpoint) -> Key | None:
    target = endpoint.target_ref
    return (target.namespace, target.name) if target is not None and target.kind == "Pod" else None
