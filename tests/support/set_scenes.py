"""StatefulSets and DaemonSets, as manifests and as they are stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from control_scenes import made, owned

from kdisco.control.set_history import daemon_revision, stateful_revision
from kdisco.model.manifest import to_object
from kdisco.store.defaults import defaulted

if TYPE_CHECKING:
    from kdisco import Cluster
    from kdisco.model.sets import ControllerRevision, DaemonSet, StatefulSet

LABELS = {"app": "web"}


def template(image: str = "registry.test/web:1", **spec: Any) -> dict[str, Any]:
    """A template whose Pods listen on 8080."""
    container = {"name": "web", "image": image, "ports": [{"containerPort": 8080}]}
    return {"metadata": {"labels": LABELS}, "spec": {"containers": [container], **spec}}


def stateful(name: str = "web", replicas: int = 3, image: str = "registry.test/web:1", **spec: Any) -> str:
    """A StatefulSet's manifest."""
    full = {"replicas": replicas, "serviceName": "web", "selector": {"matchLabels": LABELS}, **spec}
    full.setdefault("template", template(image))
    return json.dumps({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name}, "spec": full})


def daemon(name: str = "agent", image: str = "registry.test/web:1", **spec: Any) -> str:
    """A DaemonSet's manifest."""
    full = {"selector": {"matchLabels": LABELS}, **spec}
    full.setdefault("template", template(image))
    return json.dumps({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": name}, "spec": full})


def headless(name: str = "web") -> str:
    """A headless Service before Pods with the label app=web."""
    spec = {"clusterIP": "None", "selector": LABELS, "ports": [{"name": "http", "port": 8080}]}
    return json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec})


def stored(manifest: str) -> Any:
    """A set with its defaults and a uid."""
    found: Any = defaulted(to_object(json.loads(manifest)))
    return found.with_meta(namespace="default", uid=f"u-{found.name}", generation=1)


def revision(owner: StatefulSet | DaemonSet, number: int = 1) -> ControllerRevision:
    """The revision of a set's present template."""
    if owner.KIND == "StatefulSet":
        return stateful_revision(owner, number, 0)  # type: ignore[arg-type]  # by its kind
    return daemon_revision(owner, number, None)  # type: ignore[arg-type]  # by its kind


def member(owner: Any, name: str, *, ready: bool = True, phase: str = "Running", since: str = "", **more: Any) -> Any:
    """One of a set's Pods; ``more`` is metadata, but for the spec."""
    spec = {"containers": [{"name": "web"}], **more.pop("spec", {})}
    conditions = [{"type": "Ready", "status": str(ready), **({"lastTransitionTime": since} if since else {})}]
    labels = {**LABELS, **more.pop("labels", {})}
    status = {"phase": phase, "conditions": conditions}
    return made("Pod", name, spec, status=status, labels=labels, ownerReferences=owned(owner), **more)


def told(cluster: Cluster, kind: str) -> list[tuple[str, str]]:
    """What was told of the objects of a kind, oldest first: reason and message."""
    found = [each for each in cluster.list("events", namespace="default") if each.involved_object.kind == kind]
    return [(each.reason, each.message) for each in sorted(found, key=lambda each: each.name.rpartition(".")[2])]


def new_image(cluster: Cluster, kind: str, name: str, image: str) -> None:
    """Change a set's template."""
    change = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}}
    cluster.patch(kind, name, change, type="strategic")


def images(cluster: Cluster) -> dict[str, str]:
    """What the Pods of namespace default run, by name."""
    return {pod.name: pod.spec.containers[0].image.rpartition(":")[2] for pod in cluster.list("pods", "default")}
