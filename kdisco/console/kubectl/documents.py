"""The objects that ``create deployment``, ``run``, ``expose`` and their like put together, as the client sends them.

Fields stand in the order of Go's structs, because ``-o json`` shows it. Upstream: kubectl pkg/cmd/{create,run,expose}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["binding", "config_map", "deployment", "namespace", "pod", "role", "service"]

Made = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"


def _object(kind: str, version: str, name: str, labels: Mapping[str, str] | None = None, /, **parts: Any) -> Made:
    meta: Made = {"name": name, "creationTimestamp": None}
    if labels:
        meta["labels"] = dict(sorted(labels.items()))
    return {"kind": kind, "apiVersion": version, "metadata": meta, **parts}


def namespace(name: str) -> Made:
    """A Namespace."""
    return _object("Namespace", "v1", name, spec={}, status={})


def config_map(name: str, data: Mapping[str, str]) -> Made:
    """A ConfigMap."""
    made = _object("ConfigMap", "v1", name)
    return {**made, "data": dict(sorted(data.items()))} if data else made


def _container(name: str, image: str, port: int = 0, **parts: Any) -> Made:
    made = {"name": name, "image": image, **{key: list(value) for key, value in parts.items() if value}}
    if port > 0:
        made["ports"] = [{"containerPort": port}]
    return {**made, "resources": {}}


def image_name(image: str) -> str:
    """The container that ``create deployment`` makes of an image: its last word without tag or digest."""
    return image.rpartition("/")[2].partition(":")[0].partition("@")[0]


def deployment(name: str, images: Sequence[str], replicas: int, port: int, command: Sequence[str]) -> Made:
    """A Deployment with the label ``app``; the port is the first container's."""
    labels = {"app": name}
    containers = [
        _container(image_name(image), image, port if not number else 0, command=command)
        for number, image in enumerate(images)
    ]
    template = {"metadata": {"creationTimestamp": None, "labels": labels}, "spec": {"containers": containers}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template, "strategy": {}}
    return _object("Deployment", "apps/v1", name, labels, spec=spec, status={})


def pod(name: str, image: str, labels: Mapping[str, str], **parts: Any) -> Made:
    """A Pod of one container, as ``run`` makes it; ``parts`` are named as the flags are."""
    container = _container(
        name, image, parts.get("port", 0), command=parts.get("command"), args=parts.get("args"), env=parts.get("env")
    )
    if parts.get("policy"):
        container["imagePullPolicy"] = parts["policy"]
    spec = {"containers": [container], "restartPolicy": parts["restart"], "dnsPolicy": "ClusterFirst"}
    made = _object("Pod", "v1", name, labels, spec=spec, status={})
    if parts.get("annotations"):
        made["metadata"]["annotations"] = dict(sorted(parts["annotations"].items()))
    return made


def service(
    name: str, kind: str, ports: Sequence[Mapping[str, Any]], selector: Mapping[str, str], labels: Mapping[str, str],
    **more: Any,
) -> Made:
    """A Service; ``more`` are further fields of its spec."""
    spec: Made = {"ports": [dict(port) for port in ports]} if ports else {}
    spec["selector"] = dict(selector)
    first = {key: more.pop(key) for key in ("clusterIP",) if more.get(key)}
    spec |= {**first, **({"type": kind} if kind else {}), **{key: value for key, value in more.items() if value}}
    return _object("Service", "v1", name, labels, spec=spec, status={"loadBalancer": {}})


def role(kind: str, name: str, rules: Sequence[Mapping[str, Any]] | None, aggregation: Mapping[str, str]) -> Made:
    """A Role or ClusterRole."""
    made = _object(kind, f"{RBAC}/v1", name, rules=rules)
    if aggregation:
        made["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": dict(aggregation)}]}
    return made


def binding(kind: str, name: str, to: tuple[str, str], subjects: Sequence[Mapping[str, str]]) -> Made:
    """A RoleBinding or ClusterRoleBinding to a role: its kind and name."""
    ref = {"apiGroup": RBAC, "kind": to[0], "name": to[1]}
    found: Made = {"subjects": list(subjects)} if subjects else {}
    return _object(kind, f"{RBAC}/v1", name, None, **found, roleRef=ref)
