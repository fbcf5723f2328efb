"""The node lifecycle controller: it says of a node whose kubelet has fallen silent that nobody knows how it is.

Its Pods are then not ready, and taints tell the scheduler and those who evict. Every kubelet renews its lease
every ten seconds; here that is no write: one that is held has stopped.
Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go, pkg/controller/util/node/controller_utils.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Later, Tell, Write, own_key, update, update_status
from kdisco.model.meta import Key
from kdisco.model.node import Node, NodeCondition
from kdisco.model.pod import Pod
from kdisco.model.taint import Taint

__all__ = ["CONTROLLER", "GRACE"]

GRACE = 40.0  # seconds of silence: node-monitor-grace-period
PRECISION = 1e-6
WATCHED = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
NEVER = ("NodeStatusNeverUpdated", "Kubelet never posted node status.")
STOPPED = ("NodeStatusUnknown", "Kubelet stopped posting node status.")
NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
BY_CONDITION = {  # condition: its status and the taint for it
    "Ready": {"False": NOT_READY, "Unknown": UNREACHABLE},
    "MemoryPressure": {"True": "node.kubernetes.io/memory-pressure"},
    "DiskPressure": {"True": "node.kubernetes.io/disk-pressure"},
    "PIDPressure": {"True": "node.kubernetes.io/pid-pressure"},
    "NetworkUnavailable": {"True": "node.kubernetes.io/network-unavailable"},
}
OWN = {UNSCHEDULABLE, *(key for keys in BY_CONDITION.values() for key in keys.values())}
MANY, MOST_LOST, LARGE = 2, 0.55, 50  # a zone in trouble: more than 2 nodes and 55% of it; a cluster of over 50 goes on


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Bring one node's conditions and taints in line with its kubelet's signs of life."""
    node: Node | None = context.view.get("nodes", key)
    if node is None:
        return
    silent = context.held.get(f"kubelet@{node.name}")
    if silent is not None and _ready(node) != "Unknown":
        wait = silent + GRACE - context.now
        if wait > PRECISION:
            yield Later(wait)
        else:
            yield from _lost(context, node)
            return  # the taints follow from the conditions
    wanted = _taints(context, node)
    if wanted != node.spec.taints:
        yield update(evolve(node, spec=evolve(node.spec, taints=wanted)).with_meta(resource_version=""))


def _ready(node: Node) -> str:
    return next((each.status for each in node.status.conditions if each.type == "Ready"), "")


def _lost(context: Context, node: Node) -> Iterator[Write]:
    """Nothing is known of a node any more; of its Pods the controller says that they are not ready."""
    now = context.time()
    known = {each.type: each for each in node.status.conditions}
    for kind in WATCHED:
        old = known.get(kind)
        if old is None:
            old = NodeCondition(type=kind, last_heartbeat_time=node.metadata.creation_timestamp)
            why = NEVER
        else:
            why = STOPPED
        if old.status != "Unknown":
            known[kind] = evolve(old, status="Unknown", reason=why[0], message=why[1], last_transition_time=now)
    status = evolve(node.status, conditions=tuple(known.values()))
    yield update_status(evolve(node, status=status).with_meta(resource_version=""))
    yield Tell(about=node, reason="NodeNotReady", message=f"Node {node.name} status is now: NodeNotReady")
    for pod in list(context.stored.table("pods").find("node", node.name)):
        if pod.ready:
            yield update_status(_unready(pod, now))
            yield Tell(about=pod, reason="NodeNotReady", message="Node is not ready", type="Warning")


def _unready(pod: Pod, now: str) -> Pod:
    """The Pod with Ready False; nothing else of it is known to have changed."""
    conditions = tuple(
        evolve(each, status="False", last_transition_time=now) if each.type == "Ready" else each
        for each in pod.status.conditions
    )
    found: Pod = evolve(pod, status=evolve(pod.status, conditions=conditions)).with_meta(resource_version="")
    return found


def _taints(context: Context, node: Node) -> tuple[Taint, ...]:
    """The taints that it should have: foreign ones stay, own ones keep the time at which they came."""
    wanted = [(key, "NoSchedule") for key in _by_condition(node)]
    if node.spec.unschedulable:
        wanted.append((UNSCHEDULABLE, "NoSchedule"))
    away = BY_CONDITION["Ready"].get(_ready(node))
    if away and (_stays(node, away) or _evicts(context, node)):
        wanted.append((away, "NoExecute"))
    kept = [each for each in node.spec.taints if each.key not in OWN or (each.key, each.effect) in wanted]
    there = {(each.key, each.effect) for each in kept}
    added = [
        Taint(key=key, effect=effect, time_added=context.time()) for key, effect in wanted if (key, effect) not in there
    ]
    return (*kept, *added)


def _by_condition(node: Node) -> Iterator[str]:
    for each in node.status.conditions:
        key = BY_CONDITION.get(each.type, {}).get(each.status)
        if key:
            yield key


def _stays(node: Node, key: str) -> bool:
    return any(each.key == key and each.effect == "NoExecute" for each in node.spec.taints)


def _evicts(context: Context, node: Node) -> bool:
    """Whether Pods may be driven away: not when all nodes are lost, nor when most of a small cluster's zone is."""
    nodes: list[Node] = list(context.view.list("nodes"))
    if not any(each.ready for each in nodes):
        return False
    zone = [each for each in nodes if each.zone == node.zone]
    lost = sum(not each.ready for each in zone)
    return len(nodes) > LARGE or lost == len(zone) or not (lost > MANY and lost / len(zone) >= MOST_LOST)


CONTROLLER = Controller("nodelifecycle", {"nodes": own_key}, reconcile, source="node-controller")
