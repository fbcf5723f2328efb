"""The controllers of a cluster, and what each component watches: one table each."""

from __future__ import annotations

from kdisco.control import (
    clusterrole_aggregation,
    daemonset,
    deployment,
    endpoints,
    endpointslice,
    garbage,
    kubelet,
    mirroring,
    node_ipam,
    nodelifecycle,
    podgc,
    replicaset,
    scheduler,
    servicecidr,
    statefulset,
    tainteviction,
)
from kdisco.control.controller import Controller
from kdisco.model.frozen import FrozenMap

__all__ = ["CONTROLLERS", "READERS", "watchers"]

CONTROLLERS: dict[str, Controller] = {
    controller.name: controller
    for controller in (
        deployment.CONTROLLER,
        replicaset.CONTROLLER,
        statefulset.CONTROLLER,
        daemonset.CONTROLLER,
        node_ipam.CONTROLLER,
        nodelifecycle.CONTROLLER,
        tainteviction.CONTROLLER,
        podgc.CONTROLLER,
        scheduler.CONTROLLER,
        kubelet.CONTROLLER,
        endpoints.CONTROLLER,
        endpointslice.CONTROLLER,
        mirroring.CONTROLLER,
        garbage.GARBAGE,
        garbage.NAMESPACE,
        servicecidr.CONTROLLER,
        clusterrole_aggregation.CONTROLLER,
    )
}
READERS = {  # components that only look
    "coredns": ("services", "endpointslices", "namespaces", "pods"),
    "kube-proxy": ("services", "endpointslices", "nodes"),
}


def watchers() -> FrozenMap[str, tuple[str, ...]]:
    """The components that hear of changes to each resource."""
    watched: dict[str, list[str]] = {}
    for name, controller in CONTROLLERS.items():
        for resource in controller.watches:
            watched.setdefault(resource, []).append(name)
    for name, resources in READERS.items():
        for resource in resources:
            watched.setdefault(resource, []).append(name)
    return FrozenMap({resource: tuple(names) for resource, names in sorted(watched.items())})
