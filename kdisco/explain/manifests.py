"""Manifests that no cluster has seen: tried out in a cluster of their own, which gives them what they take for granted.

Its nodes carry the labels that Pods ask for, a container that declares no port listens where its probes and Services
expect it, and addresses of another cluster's ranges are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kdisco.control.listen import LISTENS
from kdisco.errors import ApiError, KdiscoError
from kdisco.explain.scene import WORKLOADS, template_of
from kdisco.model.meta import Object
from kdisco.model.pod import Container, Pod
from kdisco.model.selector import matches
from kdisco.model.service import Service
from kdisco.store.state import State

if TYPE_CHECKING:
    from kdisco.cluster import Cluster

__all__ = ["Refusal", "applied"]

Refusal = tuple[str, str]  # an object (kind/ns/name) and why no API server takes it
KINDS = ("namespaces", "configmaps", "services", "endpoints", "endpointslices", *WORKLOADS, "pods", "networkpolicies")
WRITTEN = ("name", "namespace", "labels", "annotations", "finalizers")  # the metadata that authors write
OWN = ("default", "kube-node-lease", "kube-public", "kube-system")
DUAL = {"service_cidr": "10.96.0.0/16,fd00:10:96::/112", "pod_cidr": "10.244.0.0/16,fd00:10:244::/56"}


def applied(kind: type[Cluster], written: State) -> tuple[Cluster, tuple[Refusal, ...]]:
    """A settled cluster to which the objects of a state were applied, and what of them was refused."""
    dual = any(_wants_ipv6(each) for each in written.view.list("services"))
    cluster = kind(proxy=written.config.proxy, **(DUAL if dual else {}))
    for node in cluster.list("nodes"):
        cluster.patch("nodes", node.name, {"metadata": {"labels": _asked_for(written)}})
    refused: list[Refusal] = []
    for found in _objects(written):
        if found.namespace and cluster.state.view.get("namespaces", ("", found.namespace)) is None:
            meta = {"name": found.namespace}
            cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
        try:
            cluster.apply(_manifest(written, found))
        except ApiError as problem:
            refused.append((str(found), problem.message))
        except KdiscoError as problem:
            refused.append((str(found), str(problem)))
    cluster.settle()
    return cluster, tuple(refused)


def _wants_ipv6(service: Service) -> bool:
    return "IPv6" in service.spec.ip_families or (service.spec.ip_family_policy or "").endswith("DualStack")


def _objects(written: State) -> Iterator[Object]:
    """What people write, in an order in which it can be made; what controllers make of it is left out."""
    for kind in KINDS:
        for found in written.view.list(kind):
            standing = kind == "namespaces" and found.name in OWN
            if found.owner is None and not standing and (kind, found.key) != ("services", ("default", "kubernetes")):
                yield found


def _manifest(written: State, found: Object) -> dict[str, Any]:
    """An object as its author wrote it, with what a cluster of its own would know."""
    document = found.to_dict()
    document.pop("status", None)
    document["metadata"] = {key: value for key, value in document["metadata"].items() if key in WRITTEN}
    if found.KIND == "Service" and document["spec"].get("clusterIP") != "None":
        for name in ("clusterIP", "clusterIPs"):
            document["spec"].pop(name, None)
    listened = _expected(written, found)
    if listened:
        home = document if found.KIND == "Pod" else document["spec"]["template"]
        home.setdefault("metadata", {}).setdefault("annotations", {})[LISTENS] = listened
    return document


def _templates(written: State) -> Iterator[Object]:
    for kind in (*WORKLOADS, "pods"):
        yield from written.view.list(kind)


def _asked_for(written: State) -> dict[str, str]:
    """The labels that Pods want their nodes to have."""
    return {key: value for each in _templates(written) for key, value in template_of(each).spec.node_selector.items()}


def _expected(written: State, found: Object) -> str:
    """Where a program is taken to listen whose containers declare nothing; "" where they do."""
    if not (isinstance(found, Pod) or hasattr(getattr(found, "spec", None), "template")):
        return ""
    template = template_of(found)
    containers = template.spec.containers
    if any(each.ports for each in containers) or LISTENS in template.metadata.annotations:
        return ""
    ports = {(number, "TCP") for each in containers for number in _probed(each)}
    for service in written.view.list("services", found.namespace):
        if service.spec.selector and matches(service.spec.selector, template.metadata.labels):
            for port in service.spec.ports:
                target = port.port if port.target_port is None else port.target_port
                ports |= {(target, port.protocol or "TCP")} if isinstance(target, int) else set()
    return ",".join(f"{number}/{protocol.lower()}" for number, protocol in sorted(ports))


def _probed(container: Container) -> Iterator[int]:
    for probe in (container.readiness_probe, container.liveness_probe, container.startup_probe):
        target = probe and (probe.http_get or probe.tcp_socket)
        if target and isinstance(target.port, int):
            yield target.port
