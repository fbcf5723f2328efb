"""The columns of Pods: how many containers are ready, and the one word for how a Pod is.

Upstream: pkg/printers/internalversion/printers.go (printPod).
"""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from kdisco.console.kubectl.age import ago
from kdisco.console.kubectl.document import Document, age_of, at, name_of

__all__ = ["POD_COLUMNS", "pod_cells"]

POD_COLUMNS = (
    "Name", "Ready", "Status", "Restarts", "Age", "*IP", "*Node", "*Nominated Node", "*Readiness Gates",
)
NONE = "<none>"
FINAL = ("Succeeded", "Failed")


@frozen(kw_only=True)
class Tally:
    """What containers add up to: restarts, the last of them, and how many are ready."""

    restarts: int = 0
    last: str = ""
    ready: int = 0
    reason: str = ""
    initializing: bool = False
    sidecars: tuple[Any, ...] = field(default=())  # statuses of init containers that stay


def pod_cells(pod: Document, now: float) -> list[str]:
    """The cells of one Pod."""
    first = _initialized(pod, _phase(pod))
    tally = first
    if not first.initializing or _condition(pod, "Initialized") == "True":
        tally = _running(pod, first)
    reason = tally.reason
    if at(pod, "metadata", "deletionTimestamp"):
        if at(pod, "status", "reason") == "NodeLost":
            reason = "Unknown"
        elif at(pod, "status", "phase") not in FINAL:
            reason = "Terminating"
    restarts = str(tally.restarts)
    if tally.restarts and tally.last:
        restarts += f" ({ago(tally.last, now)} ago)"
    total = len(at(pod, "spec", "containers", default=())) + len(_lasting(pod))
    age = age_of(pod, now)
    return [name_of(pod), f"{tally.ready}/{total}", reason, restarts, age, *_wide(pod)]


def _phase(pod: Document) -> str:
    gated = any(
        each.get("type") == "PodScheduled" and each.get("reason") == "SchedulingGated"
        for each in at(pod, "status", "conditions", default=())
    )
    if gated:
        return "SchedulingGated"
    return str(at(pod, "status", "reason") or at(pod, "status", "phase", default=""))


def _lasting(pod: Document) -> set[str]:
    """The init containers that run as long as the Pod: sidecars."""
    listed = at(pod, "spec", "initContainers", default=())
    return {each.get("name", "") for each in listed if each.get("restartPolicy") == "Always"}


def _initialized(pod: Document, reason: str) -> Tally:
    """How far the init containers are."""
    lasting, seen, ready, met = _lasting(pod), [], 0, []
    for index, status in enumerate(at(pod, "status", "initContainerStatuses", default=())):
        seen.append(status)
        sidecar = status.get("name") in lasting
        if sidecar:
            met.append(status)
        word = _init_word(status, sidecar=sidecar)
        if word is None:
            ready += bool(sidecar and status.get("ready") and at(status, "state", "terminated") is None)
            continue
        count = len(at(pod, "spec", "initContainers", default=()))
        return Tally(
            restarts=_restarts(seen), last=_last(seen), ready=ready, reason=word or f"Init:{index}/{count}",
            initializing=True, sidecars=tuple(met),
        )
    return Tally(restarts=_restarts(seen), last=_last(seen), ready=ready, reason=reason, sidecars=tuple(met))


def _init_word(status: Document, *, sidecar: bool) -> str | None:
    """What holds the Pod up at this init container; None when nothing does, "" when it just is not through."""
    ended = at(status, "state", "terminated")
    if ended is not None and not ended.get("exitCode"):
        return None
    if sidecar and status.get("started"):
        return None
    if ended is not None:
        return f"Init:{_ending(ended)}"
    waiting = at(status, "state", "waiting", "reason", default="")
    return f"Init:{waiting}" if waiting not in ("", "PodInitializing") else ""


def _running(pod: Document, before: Tally) -> Tally:
    """How the containers are, once the Pod is initialized."""
    statuses = at(pod, "status", "containerStatuses", default=())
    counted = [*before.sidecars, *statuses]
    reason, ready, running = before.reason, before.ready, False
    for status in reversed(statuses):
        ended = at(status, "state", "terminated")
        if at(status, "state", "waiting", "reason"):
            reason = str(at(status, "state", "waiting", "reason"))
        elif ended is not None:
            reason = _ending(ended)
        elif status.get("ready") and at(status, "state", "running") is not None:
            running = True
            ready += 1
    if reason == "Completed" and running:
        reason = "Running" if _condition(pod, "Ready") == "True" else "NotReady"
    return Tally(restarts=_restarts(counted), last=_last(counted), ready=ready, reason=reason)


def _ending(ended: Document) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"


def _restarts(statuses: list[Any]) -> int:
    return sum(each.get("restartCount", 0) for each in statuses)


def _last(statuses: list[Any]) -> str:
    return max((at(each, "lastState", "terminated", "finishedAt", default="") for each in statuses), default="")


def _condition(pod: Document, kind: str) -> str:
    listed = at(pod, "status", "conditions", default=())
    return next((str(each.get("status")) for each in listed if each.get("type") == kind), "")


def _wide(pod: Document) -> list[str]:
    address = at(pod, "status", "podIPs", 0, "ip") or at(pod, "status", "podIP")
    node, nominated = at(pod, "spec", "nodeName"), at(pod, "status", "nominatedNodeName")
    gates = at(pod, "spec", "readinessGates", default=())
    passed = sum(_condition(pod, each.get("conditionType", "")) == "True" for each in gates)
    return [address or NONE, node or NONE, nominated or NONE, f"{passed}/{len(gates)}" if gates else NONE]
