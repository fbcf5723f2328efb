"""Every kind's columns in one table, and the table that the API server makes of objects.

A star marks a column that only ``-o wide`` shows. Upstream: pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import frozen

from kdisco.console.kubectl.age import UNKNOWN, ago
from kdisco.console.kubectl.document import Document, age_of, at, name_of
from kdisco.console.kubectl.net_columns import (
    cidr_cells,
    endpoints_cells,
    ip_cells,
    policy_cells,
    service_cells,
    slice_cells,
)
from kdisco.console.kubectl.pod_columns import POD_COLUMNS, pod_cells
from kdisco.console.kubectl.set_columns import (
    daemon_cells,
    deployment_cells,
    replica_cells,
    revision_cells,
    stateful_cells,
)

__all__ = ["Layout", "event_source", "layout_of", "roles"]

NONE = "<none>"
ROLE = "node-role.kubernetes.io/"
Cells = Callable[[Document, float], list[str]]


@frozen
class Layout:
    """The columns of a kind, and the function that fills a row; ``now`` is in Unix seconds."""

    columns: tuple[str, ...]
    cells: Cells

    def shown(self, *, wide: bool) -> tuple[str, ...]:
        """The headers to print."""
        return tuple(name.removeprefix("*").upper() for name in self.columns if wide or not name.startswith("*"))

    def row(self, document: Document, now: float, *, wide: bool) -> list[str]:
        """The cells to print."""
        cells = zip(self.columns, self.cells(document, now), strict=True)
        return [cell for name, cell in cells if wide or not name.startswith("*")]


def _name_age(found: Document, now: float) -> list[str]:
    return [name_of(found), age_of(found, now)]


def _named(*path: str) -> Cells:
    """Name, the text at a path, age."""

    def cells(found: Document, now: float) -> list[str]:
        name, age = _name_age(found, now)
        return [name, str(at(found, *path, default="")), age]

    return cells


def _config_cells(found: Document, now: float) -> list[str]:
    name, age = _name_age(found, now)
    return [name, str(sum(len(found.get(part) or ()) for part in ("data", "binaryData"))), age]


def _created_at(found: Document, _now: float) -> list[str]:
    return [name_of(found), at(found, "metadata", "creationTimestamp", default="0001-01-01T00:00:00Z")]


def _binding_cells(found: Document, now: float) -> list[str]:
    name, age = _name_age(found, now)
    subjects = found.get("subjects") or ()
    users, groups = (
        ", ".join(each["name"] for each in subjects if each["kind"] == kind) for kind in ("User", "Group")
    )
    accounts = ", ".join(
        f"{each.get('namespace', '')}/{each['name']}" for each in subjects if each["kind"] == "ServiceAccount"
    )
    role = f"{at(found, 'roleRef', 'kind')}/{at(found, 'roleRef', 'name')}"
    return [name, role, age, users, groups, accounts]


def roles(node: Document) -> str:
    """The roles that a Node's labels give it."""
    labels = at(node, "metadata", "labels", default={})
    found = {key.removeprefix(ROLE) for key in labels if key.startswith(ROLE) and key != ROLE}
    found |= {labels["kubernetes.io/role"]} if labels.get("kubernetes.io/role") else set()
    return ",".join(sorted(found)) or NONE


def _node_cells(node: Document, now: float) -> list[str]:
    ready = next((each for each in at(node, "status", "conditions", default=()) if each.get("type") == "Ready"), None)
    words = {"True": "Ready", None: "Unknown"}
    status = words.get(ready and ready.get("status"), "NotReady")
    status += ",SchedulingDisabled" if at(node, "spec", "unschedulable") else ""
    info = at(node, "status", "nodeInfo", default={})
    named = [info.get(part) or UNKNOWN for part in ("osImage", "kernelVersion", "containerRuntimeVersion")]
    name, age = _name_age(node, now)
    addresses = [_address(node, kind) for kind in ("InternalIP", "ExternalIP")]
    return [name, status, roles(node), age, info.get("kubeletVersion", ""), *addresses, *named]


def _address(node: Document, kind: str) -> str:
    listed = at(node, "status", "addresses", default=())
    return next((each["address"] for each in listed if each.get("type") == kind), NONE)


def event_source(event: Document) -> str:
    """Who tells an Event, and where. Upstream: formatEventSource."""
    component = at(event, "source", "component") or event.get("reportingComponent") or ""
    host = at(event, "source", "host") or event.get("reportingInstance") or ""
    return f"{component}, {host}" if component and host else component or host


def _event_cells(event: Document, now: float) -> list[str]:
    first = ago(event.get("firstTimestamp") or event.get("eventTime"), now)
    last = ago(event["lastTimestamp"], now) if event.get("lastTimestamp") else first
    about = at(event, "involvedObject", default={})
    named = f"/{about['name']}" if about.get("name") else ""
    return [
        last, event.get("type", ""), event.get("reason", ""), f"{about.get('kind', '').lower()}{named}",
        about.get("fieldPath", ""), event_source(event), event.get("message", "").strip(),
        first, str(event.get("count") or 1), name_of(event),
    ]


SETS = ("*Containers", "*Images", "*Selector")
LAYOUTS: Mapping[str, Layout] = {
    "pods": Layout(POD_COLUMNS, pod_cells),
    "services": Layout(
        ("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "*Selector"), service_cells
    ),
    "endpoints": Layout(("Name", "Endpoints", "Age"), endpoints_cells),
    "endpointslices": Layout(("Name", "AddressType", "Ports", "Endpoints", "Age"), slice_cells),
    "networkpolicies": Layout(("Name", "Pod-Selector", "Age"), policy_cells),
    "servicecidrs": Layout(("Name", "CIDRs", "Age"), cidr_cells),
    "ipaddresses": Layout(("Name", "ParentRef"), ip_cells),
    "nodes": Layout(
        (
            "Name", "Status", "Roles", "Age", "Version", "*Internal-IP", "*External-IP", "*OS-Image",
            "*Kernel-Version", "*Container-Runtime",
        ),
        _node_cells,
    ),
    "namespaces": Layout(("Name", "Status", "Age"), _named("status", "phase")),
    "configmaps": Layout(("Name", "Data", "Age"), _config_cells),
    "deployments": Layout(("Name", "Ready", "Up-to-date", "Available", "Age", *SETS), deployment_cells),
    "replicasets": Layout(("Name", "Desired", "Current", "Ready", "Age", *SETS), replica_cells),
    "statefulsets": Layout(("Name", "Ready", "Age", *SETS[:2]), stateful_cells),
    "daemonsets": Layout(
        ("Name", "Desired", "Current", "Ready", "Up-to-date", "Available", "Node Selector", "Age", *SETS),
        daemon_cells,
    ),
    "controllerrevisions": Layout(("Name", "Controller", "Revision", "Age"), revision_cells),
    "events": Layout(
        (
            "Last Seen", "Type", "Reason", "Object", "*Subobject", "*Source", "Message", "*First Seen", "*Count",
            "*Name",
        ),
        _event_cells,
    ),
    "roles": Layout(("Name", "Created At"), _created_at),
    "clusterroles": Layout(("Name", "Created At"), _created_at),
    "rolebindings": Layout(("Name", "Role", "Age", "*Users", "*Groups", "*ServiceAccounts"), _binding_cells),
    "clusterrolebindings": Layout(
        ("Name", "Role", "Age", "*Users", "*Groups", "*ServiceAccounts"), _binding_cells
    ),
}


def layout_of(plural: str) -> Layout:
    """The columns of a resource; name and age for one that has none of its own."""
    return LAYOUTS.get(plural, Layout(("Name", "Age"), _name_age))
