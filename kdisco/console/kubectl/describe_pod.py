"""What describe says of a Pod. Upstream: kubectl pkg/describe/describe.go (describePod)."""

from __future__ import annotations

import re
from typing import Any

from kdisco.console.kubectl.age import ago, date
from kdisco.console.kubectl.describe_containers import containers, tolerations, volumes
from kdisco.console.kubectl.describe_parts import Lines, controller, head, labels, notes
from kdisco.console.kubectl.document import Document, at

__all__ = ["pod_lines"]

NONE = "<none>"
ENTRY = re.compile(r"(metadata\.(?:labels|annotations))\['(.+)'\]")


def pod_lines(pod: Document, now: float) -> Lines:
    """All but the events."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    yield from head(pod)
    if spec.get("priority") is not None:
        yield f"Priority:\t{spec['priority']}"
    for title, part in (
        ("Priority Class Name", "priorityClassName"), ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ):
        if spec.get(part):
            yield f"{title}:\t{spec[part]}"
    yield f"Node:\t{spec['nodeName']}/{status.get('hostIP', '')}" if spec.get("nodeName") else f"Node:\t{NONE}"
    if status.get("startTime"):
        yield f"Start Time:\t{date(status['startTime'])}"
    yield from labels("Labels", at(pod, "metadata", "labels"))
    yield from notes(pod)
    yield from _status(pod, now)
    yield f"IP:\t{status.get('podIP', '')}"
    yield "IPs:" if status.get("podIPs") else f"IPs:\t{NONE}"
    yield from (f"  IP:\t{each.get('ip', '')}" for each in status.get("podIPs") or ())
    if controller(pod):
        yield f"Controlled By:\t{controller(pod)}"
    if status.get("nominatedNodeName"):
        yield f"NominatedNodeName:\t{status['nominatedNodeName']}"
    yield from _inside(pod, spec, status)
    yield f"QoS Class:\t{status.get('qosClass') or _qos(spec)}"
    yield from labels("Node-Selectors", spec.get("nodeSelector"))
    yield from tolerations(spec.get("tolerations") or ())


def _status(pod: Document, now: float) -> Lines:
    status, meta = pod.get("status") or {}, pod.get("metadata") or {}
    if meta.get("deletionTimestamp") and status.get("phase") not in ("Failed", "Succeeded"):
        yield f"Status:\tTerminating (lasts {ago(meta['deletionTimestamp'], now)})"
        yield f"Termination Grace Period:\t{meta.get('deletionGracePeriodSeconds', 0)}s"
    else:
        yield f"Status:\t{status.get('phase', '')}"
    for title, part in (("Reason", "reason"), ("Message", "message")):
        if status.get(part):
            yield f"{title}:\t{status[part]}"
    profile = at(pod, "spec", "securityContext", "seccompProfile", "type")
    if profile:
        yield f"SeccompProfile:\t{profile}"


def _inside(pod: Document, spec: Document, status: Document) -> Lines:
    """Containers, gates, conditions, volumes."""

    def resolve(path: str) -> str:
        return _field(pod, path)

    if spec.get("initContainers"):
        yield from containers(
            "Init Containers", spec["initContainers"], status.get("initContainerStatuses") or (), resolve
        )
    yield from containers("Containers", spec.get("containers") or (), status.get("containerStatuses") or (), resolve)
    conditions = {each.get("type"): each.get("status") for each in status.get("conditions") or ()}
    if spec.get("readinessGates"):
        yield "Readiness Gates:"
        yield "  Type\tStatus"
        for gate in spec["readinessGates"]:
            yield f"  {gate.get('conditionType')} \t{conditions.get(gate.get('conditionType'), NONE)} "
    if conditions:
        yield "Conditions:"
        yield "  Type\tStatus"
        yield from (f"  {each.get('type')} \t{each.get('status')} " for each in status["conditions"])
    yield from volumes(spec.get("volumes") or ())


def _field(pod: Document, path: str) -> str:
    """The value of a field that a variable is taken from."""
    entry = ENTRY.fullmatch(path)
    found: Any = at(pod, *entry[1].split("."), entry[2]) if entry else at(pod, *path.split("."))
    if path == "status.podIPs":
        found = ",".join(each["ip"] for each in found or ())
    return "" if found is None else str(found)


def _qos(spec: Document) -> str:
    """The class of a Pod whose status does not say."""
    every = (*(spec.get("initContainers") or ()), *(spec.get("containers") or ()))
    told = [each.get("resources") or {} for each in every]
    limits = [each.get("limits") or {} for each in told]
    requests = [each.get("requests") or each.get("limits") or {} for each in told]
    if not any((*limits, *requests)):
        return "BestEffort"
    full = all({"cpu", "memory"} <= limit.keys() for limit in limits)
    return "Guaranteed" if full and limits == requests else "Burstable"
