"""What the API server fills into Pods and Pod templates while it decodes them.

Upstream: pkg/apis/core/v1/defaults.go SetDefaults_Pod, SetDefaults_PodSpec, SetDefaults_Container, SetDefaults_Volume.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from kdisco.model.frozen import FrozenMap
from kdisco.model.pod import Container, EnvVar, Pod, PodSpec, PodTemplateSpec, Probe

__all__ = ["fill", "fill_none", "pod", "template"]

POD_WORDS = {"restart_policy": "Always", "dns_policy": "ClusterFirst"}
POD_KEPT: Mapping[str, Any] = {"schedulerName": "default-scheduler", "securityContext": FrozenMap()}
GRACE_SECONDS = 30
CONTAINER_KEPT: Mapping[str, Any] = {
    "resources": FrozenMap(),
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
PROBE = {"timeout_seconds": 1, "period_seconds": 10, "success_threshold": 1, "failure_threshold": 3}
HTTP_GET = {"path": "/", "scheme": "HTTP"}
FILE_MODE = {"defaultMode": 0o644}
VOLUMES: Mapping[str, Mapping[str, Any]] = {  # by the source of the volume
    "configMap": FILE_MODE,
    "downwardAPI": FILE_MODE,
    "hostPath": {"type": ""},
    "projected": FILE_MODE,
    "secret": FILE_MODE,
}
IMAGE = re.compile(r"(?P<path>[^@:]+(?::\d+/[^@:]+)?)(?::(?P<tag>[\w.-]+))?(?P<digest>@.+)?")


def pod(found: Pod) -> Pod:
    """A Pod with its defaults; on the node's network each port of a container is the node's own."""
    spec = _spec(found.spec)
    if spec.enable_service_links is None:
        spec = evolve(spec, enable_service_links=True)
    if spec.host_network:
        containers = tuple(_on_node(each) for each in spec.containers)
        first = tuple(_on_node(each) for each in spec.init_containers)
        spec = evolve(spec, containers=containers, init_containers=first)
    return evolve(found, spec=spec)


def template(found: PodTemplateSpec) -> PodTemplateSpec:
    """A template with its defaults: fewer than a Pod gets."""
    return evolve(found, spec=_spec(found.spec))


def fill(value: Any, defaults: Mapping[str, Any]) -> Any:
    """``value`` with ``defaults`` in the fields that are unset: empty texts, zeros, None."""
    missing = {name: item for name, item in defaults.items() if _unset(getattr(value, name))}
    return evolve(value, **missing) if missing else value


def fill_none(value: Any, defaults: Mapping[str, Any]) -> Any:
    """``value`` with ``defaults`` in the fields that are None."""
    missing = {name: item for name, item in defaults.items() if getattr(value, name) is None}
    return evolve(value, **missing) if missing else value


def _unset(item: Any) -> bool:
    return item is not False and item in (None, "", 0)


def _spec(spec: PodSpec) -> PodSpec:
    filled: PodSpec = fill_none(fill(spec, POD_WORDS), {"termination_grace_period_seconds": GRACE_SECONDS})
    kept = FrozenMap({**POD_KEPT, **spec.kept})
    if volumes := spec.kept.get("volumes"):
        kept = kept.merged({"volumes": tuple(_volume(each) for each in volumes)})
    return evolve(
        filled,
        containers=tuple(_container(each) for each in spec.containers),
        init_containers=tuple(_container(each) for each in spec.init_containers),
        kept=kept,
    )


def _volume(volume: FrozenMap[str, Any]) -> FrozenMap[str, Any]:
    """A volume without a source is an empty directory."""
    sources = {name: source for name, source in volume.items() if name != "name"}
    if not sources:
        return volume.merged({"emptyDir": FrozenMap()})
    filled = {
        name: FrozenMap({**VOLUMES[name], **source})
        for name, source in sources.items()
        if name in VOLUMES and source is not None
    }
    return volume.merged(filled)


def _container(container: Container) -> Container:
    return evolve(
        container,
        ports=tuple(fill(port, {"protocol": "TCP"}) for port in container.ports),
        env=tuple(_variable(each) for each in container.env),
        readiness_probe=_probe(container.readiness_probe),
        liveness_probe=_probe(container.liveness_probe),
        startup_probe=_probe(container.startup_probe),
        kept=FrozenMap({"imagePullPolicy": _pull(container.image), **CONTAINER_KEPT, **container.kept}),
    )


def _pull(image: str) -> str:
    """An image without tag and digest is the latest one, and that is pulled each time."""
    found = IMAGE.fullmatch(image)
    if found is None or found["path"].partition("/")[2] != found["path"].partition("/")[2].lower():
        return "IfNotPresent"  # no image that anybody could pull
    tag = found["tag"] or ("" if found["digest"] else "latest")
    return "Always" if tag == "latest" else "IfNotPresent"


def _variable(variable: EnvVar) -> EnvVar:
    source: FrozenMap[str, Any] = variable.kept.get("valueFrom") or FrozenMap()
    if not source.get("fieldRef") or source["fieldRef"].get("apiVersion"):
        return variable
    known = FrozenMap({"apiVersion": "v1", **source["fieldRef"]})
    return evolve(variable, kept=variable.kept.merged({"valueFrom": source.merged({"fieldRef": known})}))


def _probe(probe: Probe | None) -> Probe | None:
    if probe is None:
        return None
    filled: Probe = fill(probe, PROBE)
    if filled.http_get is not None:
        filled = evolve(filled, http_get=fill(filled.http_get, HTTP_GET))
    if grpc := filled.kept.get("grpc"):
        filled = evolve(filled, kept=filled.kept.merged({"grpc": FrozenMap({"service": "", **grpc})}))
    return filled


def _on_node(container: Container) -> Container:
    ports = (evolve(port, host_port=port.host_port or port.container_port) for port in container.ports)
    return evolve(container, ports=tuple(ports)) if container.ports else container
