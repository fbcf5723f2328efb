"""What the API server fills in while it decodes: fields left out get their documented values.

Upstream: pkg/apis/core/v1/defaults.go, pkg/apis/apps/v1/defaults.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from kdisco.model.endpoints import Endpoints, EndpointSlice
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Object
from kdisco.model.node import Namespace
from kdisco.model.pod import Container, Pod, PodSpec, PodTemplateSpec, Probe
from kdisco.model.service import ClientIPConfig, Service, ServicePort, ServiceSpec, SessionAffinityConfig
from kdisco.model.workload import Deployment, DeploymentSpec, DeploymentStrategy, ReplicaSet, RollingUpdate

__all__ = ["defaulted"]

AFFINITY_SECONDS = 10800
QUARTER = "25%"
POD_WORDS = {"restart_policy": "Always", "dns_policy": "ClusterFirst"}
POD_SETTINGS = {"termination_grace_period_seconds": 30, "enable_service_links": True}
POD_KEPT: Mapping[str, Any] = {"schedulerName": "default-scheduler", "securityContext": FrozenMap()}
CONTAINER_KEPT: Mapping[str, Any] = {
    "resources": FrozenMap(),
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
PROBE = {"timeout_seconds": 1, "period_seconds": 10, "success_threshold": 1, "failure_threshold": 3}


def _unset(item: Any) -> bool:
    return item is not False and item in (None, "", 0)


def _fill(value: Any, defaults: Mapping[str, Any]) -> Any:
    """``value`` with ``defaults`` in the fields that are unset: empty texts, zeros, None."""
    missing = {name: item for name, item in defaults.items() if _unset(getattr(value, name))}
    return evolve(value, **missing) if missing else value


def _service(service: Service) -> Service:
    spec = service.spec
    wanted: dict[str, Any] = {"session_affinity": "None", "type": "ClusterIP"}
    if (spec.type or "ClusterIP") != "ExternalName":
        wanted["internal_traffic_policy"] = "Cluster"
    if spec.type in ("NodePort", "LoadBalancer") or (spec.type in ("", "ClusterIP") and spec.external_ips):
        wanted["external_traffic_policy"] = "Cluster"
    if spec.type == "LoadBalancer":
        wanted["allocate_load_balancer_node_ports"] = True
    filled: ServiceSpec = _fill(spec, wanted)
    given = spec.session_affinity_config.client_ip if spec.session_affinity_config else None
    if spec.session_affinity == "ClientIP" and (given is None or given.timeout_seconds is None):
        config = SessionAffinityConfig(client_ip=ClientIPConfig(timeout_seconds=AFFINITY_SECONDS))
        filled = evolve(filled, session_affinity_config=config)
    return evolve(service, spec=evolve(filled, ports=tuple(_service_port(port) for port in spec.ports)))


def _service_port(port: ServicePort) -> ServicePort:
    filled: ServicePort = _fill(port, {"protocol": "TCP", "target_port": port.port})
    return filled


def _pod(pod: Pod) -> Pod:
    return evolve(pod, spec=_pod_spec(pod.spec))


def _pod_spec(spec: PodSpec) -> PodSpec:
    filled: PodSpec = _fill_none(_fill(spec, POD_WORDS), POD_SETTINGS)
    return evolve(
        filled,
        containers=tuple(_container(each) for each in spec.containers),
        init_containers=tuple(_container(each) for each in spec.init_containers),
        kept=FrozenMap({**POD_KEPT, **spec.kept}),
    )


def _container(container: Container) -> Container:
    tag = container.image.rpartition("/")[2].partition(":")[2]
    pull = "Always" if tag in ("", "latest") and "@" not in container.image else "IfNotPresent"
    return evolve(
        container,
        ports=tuple(_fill(port, {"protocol": "TCP"}) for port in container.ports),
        readiness_probe=_probe(container.readiness_probe),
        liveness_probe=_probe(container.liveness_probe),
        startup_probe=_probe(container.startup_probe),
        kept=FrozenMap({"imagePullPolicy": pull, **CONTAINER_KEPT, **container.kept}),
    )


def _probe(probe: Probe | None) -> Probe | None:
    if probe is None:
        return None
    filled: Probe = _fill(probe, PROBE)
    if filled.http_get is not None:
        filled = evolve(filled, http_get=_fill(filled.http_get, {"path": "/", "scheme": "HTTP"}))
    return filled


def _template(template: PodTemplateSpec) -> PodTemplateSpec:
    return evolve(template, spec=_pod_spec(template.spec))


def _deployment(deployment: Deployment) -> Deployment:
    spec = deployment.spec
    strategy: DeploymentStrategy = _fill(spec.strategy, {"type": "RollingUpdate"})
    if strategy.type == "RollingUpdate":
        rolling = strategy.rolling_update or RollingUpdate()
        missing = {name: QUARTER for name in ("max_unavailable", "max_surge") if getattr(rolling, name) is None}
        strategy = evolve(strategy, rolling_update=evolve(rolling, **missing))
    filled: DeploymentSpec = _fill_none(
        spec, {"replicas": 1, "revision_history_limit": 10, "progress_deadline_seconds": 600}
    )
    return evolve(deployment, spec=evolve(filled, strategy=strategy, template=_template(spec.template)))


def _replica_set(found: ReplicaSet) -> ReplicaSet:
    spec = _fill_none(found.spec, {"replicas": 1})
    return evolve(found, spec=evolve(spec, template=_template(spec.template)))


def _fill_none(value: Any, defaults: Mapping[str, Any]) -> Any:
    missing = {name: item for name, item in defaults.items() if getattr(value, name) is None}
    return evolve(value, **missing) if missing else value


def _endpoint_slice(found: EndpointSlice) -> EndpointSlice:
    ports = tuple(_fill_none(port, {"name": "", "protocol": "TCP"}) for port in found.ports or ())
    return evolve(found, ports=ports if found.ports is not None else None)


def _endpoints(found: Endpoints) -> Endpoints:
    subsets = tuple(
        evolve(subset, ports=tuple(_fill(port, {"protocol": "TCP"}) for port in subset.ports))
        for subset in found.subsets
    )
    return evolve(found, subsets=subsets)


def _namespace(namespace: Namespace) -> Namespace:
    name = {"kubernetes.io/metadata.name": namespace.name} if namespace.name else {}
    labelled: Namespace = namespace.with_meta(labels=namespace.labels.merged(name))
    return labelled


DEFAULTS: Mapping[str, Callable[[Any], Any]] = {
    "Deployment": _deployment,
    "EndpointSlice": _endpoint_slice,
    "Endpoints": _endpoints,
    "Namespace": _namespace,
    "Pod": _pod,
    "ReplicaSet": _replica_set,
    "Service": _service,
}


def defaulted(found: Object) -> Any:
    """An object with the defaults of its kind in every field left out."""
    return DEFAULTS.get(found.KIND, lambda same: same)(found)
