"""What is diagnosed: a cluster as it stands, a dump with what it leaves out, or manifests that no cluster has seen.

A dump's controllers rest, and it may hold but some kinds. Where it has Pods and no EndpointSlices, or Pods on nodes
that it does not name, those are made from the Pods. Where nothing in it has ever lived, it is manifests: they are
applied to a cluster of their own, which settles.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import fields, frozen

from kdisco.control.queue import AT_REST
from kdisco.explain.manifests import Refusal, applied
from kdisco.model.pod import Pod
from kdisco.net.packet import family
from kdisco.store.state import State

if TYPE_CHECKING:
    from kdisco.cluster import Cluster

__all__ = ["Case", "whole"]

WRITERS = ("endpointslice", "endpointslicemirroring", "coredns", "kube-proxy")  # who may work on a dump
PREFIX = {4: 24, 6: 64}  # length of a node's range, by family
HOSTS = {4: "172.18.255.{}", 6: "fd00:172:18:ff::{}"}  # addresses of nodes of which nothing is known


@frozen
class Case:
    """A state to be diagnosed. ``read``: of what its objects do not say nothing is known, and it is no fault.

    ``tried``: the objects are manifests, tried out in a cluster that is not theirs; ``partial``: they are a
    dump without EndpointSlices; ``refused`` is what no API server takes.
    """

    state: State
    read: bool = False
    tried: bool = False
    partial: bool = False
    refused: tuple[Refusal, ...] = ()


def whole(cluster: Cluster) -> Case:
    """The state to diagnose; the cluster itself is not touched."""
    state = cluster.state
    if AT_REST not in state.held:
        return Case(state)
    if not _lived(state):
        made, refused = applied(type(cluster), state)
        return Case(made.state, read=True, tried=True, refused=refused)
    nodes, lacks_slices = [*_nodes(state)], not _any(state, "endpointslices")
    if nodes or lacks_slices:
        stored = [each.to_dict() for kind in state.tables for each in state.view.list(kind)]
        settings: dict[str, Any] = {each.name: getattr(state.config, each.name) for each in fields(type(state.config))}
        cluster = type(cluster).from_dump([*stored, *nodes], now=state.time(), **settings)
        if lacks_slices:
            _work(cluster)
    return Case(cluster.state, read=True, partial=lacks_slices)


def _any(state: State, kind: str) -> bool:
    return bool(state.view.table(kind).objects)


def _lived(state: State) -> bool:
    """Whether the objects of a dump have been in a cluster: Pods have a status, or Services addresses and slices."""
    if _any(state, "nodes") or any(pod.addresses or pod.status.conditions for pod in state.view.list("pods")):
        return True
    addressed = any(each.virtual_ips for each in state.view.list("services"))
    return addressed and (_any(state, "endpointslices") or _any(state, "endpoints"))


def _nodes(state: State) -> Iterator[dict[str, Any]]:
    """The nodes on which Pods run and which a dump does not name."""
    known = {node.name for node in state.view.list("nodes")}
    pods: dict[str, list[Pod]] = {}
    for pod in state.view.list("pods"):
        if pod.spec.node_name and pod.spec.node_name not in known:
            pods.setdefault(pod.spec.node_name, []).append(pod)
    for number, (name, listed) in enumerate(sorted(pods.items())):
        own = [ip for pod in listed if not pod.spec.host_network for ip in pod.addresses]
        cidrs = [_around(ip) for ip in {family(ip): ip for ip in reversed(own)}.values()]
        hosts = {each["ip"]: None for pod in listed for each in pod.status.kept.get("hostIPs", ())}
        hosts |= {pod.status.host_ip: None for pod in listed if pod.status.host_ip}
        known_families = {family(ip) for ip in hosts}
        hosts |= {HOSTS[family(cidr)].format(number + 1): None for cidr in cidrs if family(cidr) not in known_families}
        yield {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name},
            "spec": {"podCIDR": cidrs[0], "podCIDRs": cidrs} if cidrs else {},
            "status": {
                "addresses": [{"type": "InternalIP", "address": ip} for ip in hosts],
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        }


def _around(ip: str) -> str:
    """The range that a node is taken to have around the address of one of its Pods."""
    return str(ipaddress.ip_network(f"{ip}/{PREFIX[family(ip)]}", strict=False))


def _work(cluster: Cluster) -> None:
    """Let those who write EndpointSlices do their work, and no other controller."""
    watching = {name for names in cluster.state.watchers.values() for name in names}
    for name in sorted(watching.difference(WRITERS)):
        cluster.hold(name)
    cluster.settle()
