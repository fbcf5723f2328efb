"""What a kubelet posts of its node. Upstream: pkg/kubelet/nodestatus/setters.go, kubelet_node_status.go."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Tell, Write, update_status
from kdisco.model.node import Node, NodeCondition

__all__ = ["healthy", "posted"]

HEALTHY = (  # condition, status, reason, message
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


def healthy(time: str) -> tuple[NodeCondition, ...]:
    """The conditions of a node that is well, as of a time in API form."""
    return tuple(
        NodeCondition(
            type=kind,
            status=status,
            reason=reason,
            message=message,
            last_heartbeat_time=time,
            last_transition_time=time,
        )
        for kind, status, reason, message in HEALTHY
    )


def posted(context: Context, name: str) -> Iterator[Write]:
    """Tell of a node that nobody has told of yet, or of one that was cut off and is there again."""
    node: Node | None = context.view.get("nodes", ("", name))
    if node is None or not context.config.kubelets or f"kubelet@{name}" in context.held or node.ready:
        return
    known = {each.type: each for each in node.status.conditions}
    fresh = []
    for each in healthy(context.time()):
        old = known.pop(each.type, None)
        same = old is not None and old.status == each.status
        fresh.append(evolve(each, last_transition_time=old.last_transition_time) if old and same else each)
    status = evolve(node.status, conditions=(*known.values(), *fresh))
    yield update_status(evolve(node, status=status).with_meta(resource_version=""))
    yield Tell(about=node, reason="NodeReady", message=f"Node {name} status is now: NodeReady", host=name)
