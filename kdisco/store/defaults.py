"""What the API server fills in while it decodes: fields left out get their documented values.

Upstream: pkg/apis/{core,apps,networking}/v1/defaults.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from kdisco.model.endpoints import Endpoints, EndpointSlice
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import Object
from kdisco.model.networkpolicy import NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule
from kdisco.model.node import Namespace
from kdisco.model.rbac import GROUP, RoleBinding
from kdisco.model.service import (
    ClientIPConfig,
    LoadBalancerStatus,
    Service,
    ServicePort,
    ServiceSpec,
    ServiceStatus,
    SessionAffinityConfig,
)
from kdisco.model.sets import DaemonSet, RollingUpdateDaemonSet, RollingUpdateStatefulSetStrategy, StatefulSet
from kdisco.model.workload import Deployment, DeploymentSpec, DeploymentStrategy, ReplicaSet, RollingUpdate
from kdisco.store.pod_defaults import fill, fill_none, pod, template

__all__ = ["defaulted"]

AFFINITY_SECONDS = 10800
QUARTER = "25%"
CLAIMS_KEPT = "persistentVolumeClaimRetentionPolicy"


def _service(service: Service) -> Service:
    spec = service.spec
    kind = spec.type or "ClusterIP"
    wanted: dict[str, Any] = {"session_affinity": "None", "type": "ClusterIP"}
    if kind in ("ClusterIP", "NodePort", "LoadBalancer"):
        wanted["internal_traffic_policy"] = "Cluster"
    if kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and spec.external_ips):
        wanted["external_traffic_policy"] = "Cluster"
    if kind == "LoadBalancer":
        wanted["allocate_load_balancer_node_ports"] = True
    config = _affinity(spec)
    ports = tuple(_service_port(port) for port in spec.ports)
    filled = evolve(fill(spec, wanted), session_affinity_config=config, ports=ports)
    return evolve(service, spec=filled, status=_balanced(service.status) if kind == "LoadBalancer" else service.status)


def _balanced(status: ServiceStatus) -> ServiceStatus:
    """An address that a load balancer gave is its own (VIP) unless it says otherwise."""
    ingress = tuple(fill_none(each, {"ip_mode": "VIP"}) if each.ip else each for each in status.load_balancer.ingress)
    return evolve(status, load_balancer=LoadBalancerStatus(ingress=ingress))


def _affinity(spec: ServiceSpec) -> SessionAffinityConfig | None:
    """Three hours for a client's Pod where nothing else was asked for; nothing where there is no affinity."""
    config = spec.session_affinity_config
    if spec.session_affinity in ("", "None"):
        return None
    client = config.client_ip if config is not None else None
    if spec.session_affinity == "ClientIP" and (client is None or client.timeout_seconds is None):
        return SessionAffinityConfig(client_ip=ClientIPConfig(timeout_seconds=AFFINITY_SECONDS))
    return config


def _service_port(port: ServicePort) -> ServicePort:
    filled: ServicePort = fill(port, {"protocol": "TCP", "target_port": port.port})
    return filled


def _deployment(deployment: Deployment) -> Deployment:
    spec = deployment.spec
    strategy: DeploymentStrategy = fill(spec.strategy, {"type": "RollingUpdate"})
    if strategy.type == "RollingUpdate":
        rolling = strategy.rolling_update or RollingUpdate()
        missing = {name: QUARTER for name in ("max_unavailable", "max_surge") if getattr(rolling, name) is None}
        strategy = evolve(strategy, rolling_update=evolve(rolling, **missing))
    filled: DeploymentSpec = fill_none(
        spec, {"replicas": 1, "revision_history_limit": 10, "progress_deadline_seconds": 600}
    )
    return evolve(deployment, spec=evolve(filled, strategy=strategy, template=template(spec.template)))


def _replica_set(found: ReplicaSet) -> ReplicaSet:
    spec = fill_none(found.spec, {"replicas": 1})
    return evolve(found, spec=evolve(spec, template=template(spec.template)))


def _stateful_set(found: StatefulSet) -> StatefulSet:
    spec = fill_none(found.spec, {"replicas": 1, "revision_history_limit": 10})
    strategy = fill(spec.update_strategy, {"type": "RollingUpdate"})
    if strategy.type == "RollingUpdate":
        rolling = strategy.rolling_update or RollingUpdateStatefulSetStrategy()
        strategy = evolve(strategy, rolling_update=fill_none(rolling, {"partition": 0}))
    filled = fill(spec, {"pod_management_policy": "OrderedReady"})
    given = spec.kept.get(CLAIMS_KEPT) or {}
    kept = spec.kept.merged({CLAIMS_KEPT: FrozenMap({"whenDeleted": "Retain", "whenScaled": "Retain", **given})})
    return evolve(
        found, spec=evolve(filled, update_strategy=strategy, template=template(spec.template), kept=kept)
    )


def _daemon_set(found: DaemonSet) -> DaemonSet:
    spec = fill_none(found.spec, {"revision_history_limit": 10})
    strategy = fill(spec.update_strategy, {"type": "RollingUpdate"})
    if strategy.type == "RollingUpdate":
        rolling = strategy.rolling_update or RollingUpdateDaemonSet()
        strategy = evolve(strategy, rolling_update=fill_none(rolling, {"max_unavailable": 1, "max_surge": 0}))
    return evolve(found, spec=evolve(spec, update_strategy=strategy, template=template(spec.template)))


def _endpoint_slice(found: EndpointSlice) -> EndpointSlice:
    ports = tuple(fill_none(port, {"name": "", "protocol": "TCP"}) for port in found.ports or ())
    return evolve(found, ports=ports if found.ports is not None else None)


def _endpoints(found: Endpoints) -> Endpoints:
    subsets = tuple(
        evolve(subset, ports=tuple(fill(port, {"protocol": "TCP"}) for port in subset.ports))
        for subset in found.subsets
    )
    return evolve(found, subsets=subsets)


def _namespace(namespace: Namespace) -> Namespace:
    name = {"kubernetes.io/metadata.name": namespace.name} if namespace.name else {}
    labelled: Namespace = namespace.with_meta(labels=namespace.labels.merged(name))
    return labelled


def _role_binding(found: RoleBinding) -> RoleBinding:
    named = {"User": GROUP, "Group": GROUP}  # a ServiceAccount is of the core group, whose name is ""
    subjects = tuple(fill(each, {"api_group": named.get(each.kind, "")}) for each in found.subjects)
    return evolve(found, subjects=subjects, role_ref=fill(found.role_ref, {"api_group": GROUP}))


def _network_policy(found: NetworkPolicy) -> NetworkPolicy:
    spec = found.spec
    ingress, egress = (tuple(_rule(rule) for rule in rules) for rules in (spec.ingress, spec.egress))
    filled = evolve(spec, ingress=ingress, egress=egress, policy_types=spec.directions)
    return evolve(found, spec=filled)


def _rule(rule: NetworkPolicyIngressRule | NetworkPolicyEgressRule) -> Any:
    return evolve(rule, ports=tuple(fill_none(port, {"protocol": "TCP"}) for port in rule.ports))


DEFAULTS: Mapping[str, Callable[[Any], Any]] = {
    "ClusterRoleBinding": _role_binding,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "EndpointSlice": _endpoint_slice,
    "Endpoints": _endpoints,
    "Namespace": _namespace,
    "NetworkPolicy": _network_policy,
    "Pod": pod,
    "ReplicaSet": _replica_set,
    "RoleBinding": _role_binding,
    "Service": _service,
    "StatefulSet": _stateful_set,
}


def defaulted(found: Object) -> Any:
    """An object with the defaults of its kind in every field left out."""
    return DEFAULTS.get(found.KIND, lambda same: same)(found)
