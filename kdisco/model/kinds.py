"""The kinds that the model knows: one table, and the names under which kubectl finds them."""

from __future__ import annotations

from functools import cache

from attrs import frozen

from kdisco.errors import UsageError
from kdisco.model.cidr import IPAddress, ServiceCIDR
from kdisco.model.configmap import ConfigMap
from kdisco.model.endpoints import Endpoints, EndpointSlice
from kdisco.model.event import Event
from kdisco.model.meta import Object
from kdisco.model.networkpolicy import NetworkPolicy
from kdisco.model.node import Namespace, Node
from kdisco.model.pod import Pod
from kdisco.model.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from kdisco.model.service import Service
from kdisco.model.sets import ControllerRevision, DaemonSet, StatefulSet
from kdisco.model.workload import Deployment, ReplicaSet

__all__ = ["RESOURCES", "Resource", "resource", "resource_of"]


@frozen
class Resource:
    """A kind as the API serves it. ``plural`` is its place in URLs and in ``State.resources``."""

    plural: str
    cls: type[Object]
    short: tuple[str, ...] = ()
    namespaced: bool = True

    @property
    def kind(self) -> str:
        """The kind's name: ``Service``."""
        return self.cls.KIND

    @property
    def group(self) -> str:
        """The API group, "" for the core group."""
        return self.cls.API_VERSION.rpartition("/")[0]

    @property
    def version(self) -> str:
        """The version within the group."""
        return self.cls.API_VERSION.rpartition("/")[2]

    @property
    def qualified(self) -> str:
        """The plural with its group, as in error messages: ``deployments.apps``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


RESOURCES: dict[str, Resource] = {
    row.plural: row
    for row in (
        Resource("namespaces", Namespace, ("ns",), namespaced=False),
        Resource("nodes", Node, ("no",), namespaced=False),
        Resource("servicecidrs", ServiceCIDR, (), namespaced=False),
        Resource("ipaddresses", IPAddress, ("ip",), namespaced=False),
        Resource("services", Service, ("svc",)),
        Resource("endpoints", Endpoints, ("ep",)),
        Resource("endpointslices", EndpointSlice),
        Resource("deployments", Deployment, ("deploy",)),
        Resource("replicasets", ReplicaSet, ("rs",)),
        Resource("statefulsets", StatefulSet, ("sts",)),
        Resource("daemonsets", DaemonSet, ("ds",)),
        Resource("controllerrevisions", ControllerRevision),
        Resource("pods", Pod, ("po",)),
        Resource("configmaps", ConfigMap, ("cm",)),
        Resource("networkpolicies", NetworkPolicy, ("netpol",)),
        Resource("events", Event, ("ev",)),
        Resource("roles", Role),
        Resource("rolebindings", RoleBinding),
        Resource("clusterroles", ClusterRole, (), namespaced=False),
        Resource("clusterrolebindings", ClusterRoleBinding, (), namespaced=False),
    )
}


@cache
def _names() -> dict[str, Resource]:
    names: dict[str, Resource] = {}
    for row in RESOURCES.values():
        singular = row.kind.lower()
        plain = (row.plural, singular, *row.short)
        names |= dict.fromkeys(plain, row)
        names |= {f"{name}.{row.group}": row for name in (row.plural, singular) if row.group}
        names |= {f"{row.plural}.{row.version}.{row.group}": row}
    return names


def resource(name: str | type[Object]) -> Resource:
    """The resource under any name that kubectl takes: ``svc``, ``services``, ``Service``, ``deployments.apps``.

    Raises UsageError in kubectl's words when there is none.
    """
    if isinstance(name, type):
        return resource(name.KIND)
    found = _names().get(name.lower()) if isinstance(name, str) else None
    if found is None:
        msg = f'error: the server doesn\'t have a resource type "{name}"'
        raise UsageError(msg)
    return found


@cache
def resource_of(kind: str, api_version: str) -> Resource | None:
    """The resource of a document's ``kind`` and ``apiVersion``, None when the server does not know it."""
    return next(
        (row for row in RESOURCES.values() if (row.kind, row.cls.API_VERSION) == (kind, api_version)), None
    )
