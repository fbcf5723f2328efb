"""Small clusters and single objects for what the controllers do with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kdisco import Cluster
from kdisco.config import ClusterConfig
from kdisco.control.controller import Context, Controller, Try, Write
from kdisco.model.frozen import FrozenMap
from kdisco.model.kinds import resource
from kdisco.model.manifest import to_object
from kdisco.store.events import Reconciled
from kdisco.store.state import EPOCH
from kdisco.store.table import Table, View
from kdisco.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kdisco.model.meta import Key, Object
    from kdisco.store.state import Sandbox

UIDS = {"Deployment": "d", "ReplicaSet": "r", "Service": "s", "Pod": "p", "Node": "n"}


def made(kind: str, name: str, spec: Mapping[str, Any] | None = None, **more: Any) -> Any:
    """An object as it is stored; ``more`` is metadata, but for status and the fields of the kind itself."""
    api = {"Deployment": "apps/v1", "ReplicaSet": "apps/v1", "EndpointSlice": "discovery.k8s.io/v1"}.get(kind, "v1")
    own: dict[str, Any] = {
        key: more.pop(key) for key in ("status", "subsets", "endpoints", "ports", "addressType") if key in more
    }
    space = {} if kind in ("Node", "Namespace") else {"namespace": "default"}
    meta = {"name": name, **space, "uid": f"{UIDS.get(kind, 'x')}-{name}", **more}
    document: dict[str, Any] = {"apiVersion": api, "kind": kind, "metadata": meta, **own}
    return to_object(document | ({"spec": {**spec}} if spec is not None else {}))


def pod(name: str, ip: str = "", node: str = "", *, ready: bool = True, phase: str = "Running", **more: Any) -> Any:
    """A Pod with label app=web and one container that listens on http, 8080."""
    spec = {"containers": [{"name": "web", "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]}]}
    spec |= more.pop("spec", {})
    conditions = [{"type": "Ready", "status": str(ready), "lastTransitionTime": more.pop("since", None)}]
    ips = [{"ip": each} for each in ip.split(",") if each]
    status = {"phase": phase, "conditions": conditions, "podIPs": ips} | ({"podIP": ips[0]["ip"]} if ips else {})
    labels = more.pop("labels", {"app": "web"})
    return made("Pod", name, {**spec, "nodeName": node}, status=status, labels=labels, **more)


def service(name: str = "web", ports: Iterable[Any] = ({"port": 80, "targetPort": 8080},), **spec: Any) -> Any:
    """A Service that selects app=web."""
    more = spec.pop("meta", {})
    filled = [{"protocol": "TCP", **port} for port in ports]
    own = {"type": "ClusterIP", "clusterIP": "10.96.0.9", "ipFamilies": ["IPv4"], "selector": {"app": "web"}}
    return made("Service", name, {**own, **spec, "ports": filled}, **more)


def owned(owner: Object) -> list[dict[str, Any]]:
    """The ownerReferences of what ``owner`` made."""
    reference = {"apiVersion": owner.API_VERSION, "kind": owner.KIND, "name": owner.name, "uid": owner.metadata.uid}
    return [{**reference, "controller": True, "blockOwnerDeletion": True}]


def view_of(*objects: Object) -> View:
    """A view in which just these objects are."""
    groups: dict[str, list[Object]] = {}
    for each in objects:
        groups.setdefault(resource(each.KIND).plural, []).append(each)
    return View(1, FrozenMap({plural: Table.of(plural, found) for plural, found in groups.items()}))


def context_of(*objects: Object, now: float = 0.0, sandboxes: Iterable[Sandbox] = (), **settings: Any) -> Context:
    """What a controller may look at when just these objects are there, and it has seen them."""
    view = view_of(*objects)
    return Context(
        view=view,
        stored=view,
        now=now,
        epoch=EPOCH,
        config=ClusterConfig(**settings),
        sandboxes=Tree.of((each.pod, each) for each in sandboxes),
        leases=FrozenMap(),
    )


def writes_of(controller: Controller, context: Context, key: Key) -> list[Write]:
    """What a controller asks for in one look at a key; whatever it tries is stored as it sent it."""
    work: Any = controller.reconcile(context, key)
    writes: list[Any] = []
    write = next(work, None)
    while write is not None:
        writes.append(write.request if isinstance(write, Try) else write)
        try:
            write = work.send(write.request.body) if isinstance(write, Try) else next(work)
        except StopIteration:
            break
    return writes


def told(cluster: Cluster, about: str = "") -> list[tuple[str, str]]:
    """(reason, message) of the Events, oldest first; ``about`` is the kind that they are of."""
    found = sorted(cluster.list("events"), key=lambda each: int(each.metadata.resource_version))
    return [(each.reason, each.message) for each in found if each.involved_object.kind == about or not about]


def deployment(name: str = "web", replicas: int = 2, image: str = "registry.test/web:1", **spec: Any) -> str:
    """A Deployment's manifest, whose Pods have the label app=NAME and listen on 8080."""
    labels = {"app": name}
    template = spec.pop("template", {})
    container = {"name": "web", "image": image, "ports": [{"containerPort": 8080}], **template}
    full = {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        **spec,
    }
    return json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": full})


def front(name: str = "web", **spec: Any) -> str:
    """The manifest of a Service before the Pods of a Deployment of the same name."""
    own = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}
    return json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {**own, **spec}})


def running(*manifests: str | dict[str, Any], **settings: Any) -> Cluster:
    """A settled cluster of two nodes without add-ons that has these manifests."""
    cluster = Cluster(**{"nodes": 2, "addons": False, **settings})
    for each in manifests:
        cluster.create(each)
    return cluster.settle()


def new_image(cluster: Cluster, image: str, name: str = "web") -> None:
    """Change a Deployment's template."""
    change = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}}
    cluster.patch("deployment", name, change, type="strategic")


def sets(cluster: Cluster, name: str = "web") -> list[Any]:
    """The ReplicaSets of a Deployment in order of revision."""
    owner = cluster.get("deployment", name)
    found = [each for each in cluster.list("replicaset") if each.owned_by(owner)]
    return sorted(found, key=lambda each: int(each.metadata.annotations["deployment.kubernetes.io/revision"]))


def problems(cluster: Cluster) -> list[str]:
    """What controllers could not do so far."""
    return [fact.problem for fact in cluster.history.facts() if isinstance(fact, Reconciled) and fact.problem]
