"""A small cluster built by hand for the pictures: two nodes, my-app and your-app, one Pod in each state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from kdisco.config import ClusterConfig
from kdisco.errors import ApiError
from kdisco.model.cidr import first_range
from kdisco.model.frozen import FrozenMap
from kdisco.model.manifest import to_object
from kdisco.store.apiserver import serve
from kdisco.store.events import Change, Fact, Request
from kdisco.store.roles import first_roles
from kdisco.store.state import Sandbox, State
from kdisco.store.table import Table
from kdisco.store.transaction import Transaction
from kdisco.tree import Tree

if TYPE_CHECKING:
    from kdisco.model.meta import Object
    from kdisco.model.pod import Pod

__all__ = ["deployed", "endpoint", "node", "pod", "posted", "service", "slice_of", "state"]


def node(number: int) -> Any:
    return to_object({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": f"node-{number}"},
        "spec": {"podCIDR": f"10.244.{number}.0/24", "podCIDRs": [f"10.244.{number}.0/24"]},
        "status": {
            "addresses": [{"type": "InternalIP", "address": f"192.168.0.{10 + number}"}],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    })  # fmt: skip


def pod(
    name: str, place: int = 1, last: int = 2, *, ready: bool = True, leaving: bool = False, app: str = "my-app"
) -> Any:  # fmt: skip
    labels = {"app": app, "pod-template-hash": name.split("-")[-2]}
    meta = {"name": name, "namespace": "default", "labels": labels, "resourceVersion": "7"}
    return to_object({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": meta | ({"deletionTimestamp": "2026-01-01T00:00:00Z"} if leaving else {}),
        "spec": {
            "nodeName": f"node-{place}" if place else "",
            "containers": [{"name": "app", "image": "app", "ports": [{"containerPort": 8080}]}],
        },
        "status": {
            "phase": "Running" if place else "Pending",
            "podIP": f"10.244.{place}.{last}" if place else "",
            "conditions": [{"type": "Ready", "status": str(ready)}],
        },
    })  # fmt: skip


def service(name: str, ip: str, app: str) -> Object:
    return to_object({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "type": "ClusterIP", "clusterIP": ip, "clusterIPs": [ip], "ipFamilies": ["IPv4"], "selector": {"app": app},
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}],
        },
    })  # fmt: skip


def endpoint(name: str, ip: str, *, ready: bool = True, leaving: bool = False) -> dict[str, object]:
    return {
        "addresses": [ip],
        "conditions": {"ready": ready, "serving": ready or leaving, "terminating": leaving},
        "targetRef": {"kind": "Pod", "namespace": "default", "name": name},
    }


def slice_of(name: str, *endpoints: dict[str, object]) -> Object:
    return to_object({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": f"{name}-abcde", "namespace": "default", "labels": {"kubernetes.io/service-name": name}},
        "endpoints": list(endpoints), "ports": [{"name": "", "port": 8080, "protocol": "TCP"}],
    })  # fmt: skip


def state(**tables: list[Any]) -> State:
    """A state that has stored these objects, and runs the Pods among them that have an address."""
    return State(
        sandboxes=Tree.of((each.key, _sandbox(each)) for each in tables.get("pods", ()) if each.addresses),
        config=ClusterConfig(nodes=2),
        revision=9,
        tables=FrozenMap({name: Table.of(name, objects) for name, objects in tables.items()}),
    )


def _sandbox(running: Pod) -> Sandbox:
    return Sandbox(
        pod=running.key, uid=running.metadata.uid, node=running.spec.node_name, ips=running.addresses,
        created=0.0, started=0.0,
    )  # fmt: skip


def deployed() -> State:
    """The article's two apps: my-app ready, not ready and terminating, your-app ready on node-2."""
    return state(
        nodes=[node(1), node(2)],
        pods=[
            pod("my-app-5d8f9c6b7-2k4xw", 1, 2),
            pod("my-app-5d8f9c6b7-9vtzq", 2, 2),
            pod("my-app-5d8f9c6b7-hhn5d", 1, 3, ready=False),
            pod("my-app-5d8f9c6b7-w7p2c", 2, 3, leaving=True),
            pod("your-app-7c6d5f4b8-lq8mz", 2, 4, app="your-app"),
            pod("your-app-7c6d5f4b8-x2xv4", 0, app="your-app", ready=False),
        ],
        services=[service("my-app-svc", "10.96.12.4", "my-app"), service("your-app-svc", "10.96.87.20", "your-app")],
        endpointslices=[
            slice_of(
                "my-app-svc",
                endpoint("my-app-5d8f9c6b7-2k4xw", "10.244.1.2"),
                endpoint("my-app-5d8f9c6b7-9vtzq", "10.244.2.2"),
                endpoint("my-app-5d8f9c6b7-hhn5d", "10.244.1.3", ready=False),
                endpoint("my-app-5d8f9c6b7-w7p2c", "10.244.2.3", ready=False, leaving=True),
            ),
            slice_of("your-app-svc", endpoint("your-app-7c6d5f4b8-lq8mz", "10.244.2.4")),
        ],
    )


def posted(spec: dict[str, Any]) -> tuple[State, list[Fact]]:
    """What the API server made of a POST of my-app-svc; kube-proxy on node-2 has not heard of it."""
    space = to_object({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}, "status": {"phase": "Active"}
    })  # fmt: skip
    roles = list(first_roles(1, addons=False))
    before = evolve(
        state(
            nodes=[node(1), node(2)],
            namespaces=[space],
            servicecidrs=[first_range(("10.96.0.0/12",), "2026-01-01T00:00:00Z")],
            clusterroles=[each for each in roles if each.KIND == "ClusterRole"],
            clusterrolebindings=[each for each in roles if each.KIND == "ClusterRoleBinding"],
        ),
        watchers=FrozenMap({"services": ("coredns", "endpoints", "endpointslice", "garbage", "kube-proxy")}),
    )
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "my-app-svc"}, "spec": spec}
    txn = Transaction(before)
    try:
        serve(txn, Request(verb="create", resource="services", namespace="default", name="my-app-svc", body=body))
    except ApiError:
        return before, txn.facts
    after = txn.commit()
    made = slice_of("my-app-svc", endpoint("a", "10.244.1.2"), endpoint("b", "10.244.1.3"))
    written = Change(type="ADDED", resource="endpointslices", key=made.key, revision=after.revision + 1, after=made)
    heard = dict.fromkeys(("coredns", "endpoints", "endpointslice", "kube-proxy"), after.view)
    return evolve(after, seen=FrozenMap({**heard, "kube-proxy@node-2": before.view})), [*txn.facts, written]
