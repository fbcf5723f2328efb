"""The scheduler: a node for every Pod that has none. Upstream: pkg/scheduler (filters, then scores).

Filters: the node is schedulable, Ready and has the labels of nodeSelector. Scores: fewest Pods of the
same owner, then fewest Pods; of equals the first by name, where upstream draws one at random.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Controller, Write, update
from kdisco.model.meta import Key, Object
from kdisco.model.node import Node
from kdisco.model.pod import Pod, PodCondition
from kdisco.model.selector import matches
from kdisco.store.table import View

__all__ = ["CONTROLLER"]


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Bind one Pod, or say why no node will do."""
    pod: Pod | None = context.view.get("pods", key)
    if pod is None or pod.deleting or pod.spec.node_name or pod.finished:
        return
    nodes = list(context.view.list("nodes"))
    fitting = [node for node in nodes if _fits(pod, node)]
    if fitting:
        best = min(fitting, key=lambda node: _score(context, pod, node))
        yield update(_scheduled(context, pod, best.name), "binding")
    elif pod.condition("PodScheduled") != "False":
        words = f"0/{len(nodes)} nodes are available." if nodes else "no nodes available to schedule pods"
        condition = PodCondition(
            type="PodScheduled",
            status="False",
            reason="Unschedulable",
            message=words,
            last_transition_time=context.time(),
        )
        others = tuple(entry for entry in pod.status.conditions if entry.type != "PodScheduled")
        yield update(evolve(pod, status=evolve(pod.status, conditions=(*others, condition))), "status")


def _fits(pod: Pod, node: Node) -> bool:
    conditions = [entry for entry in node.status.conditions if entry.type == "Ready"]
    ready = not conditions or conditions[0].status == "True"
    return ready and not node.spec.unschedulable and matches(pod.spec.node_selector, node.labels)


def _score(context: Context, pod: Pod, node: Node) -> tuple[int, int, str]:
    pods = context.stored.table("pods")
    kin = pods.count(node.name, pod.owner.uid) if pod.owner else 0
    return kin, pods.count(node.name), node.name


def _scheduled(context: Context, pod: Pod, node: str) -> Pod:
    condition = PodCondition(type="PodScheduled", status="True", last_transition_time=context.time())
    others = tuple(entry for entry in pod.status.conditions if entry.type != "PodScheduled")
    bound = evolve(pod, spec=evolve(pod.spec, node_name=node))
    return evolve(bound, status=evolve(pod.status, conditions=(*others, condition)))


def _waiting(view: View, _node: Object) -> Iterator[Key]:
    """All Pods without a node: a node that comes or changes may suit them."""
    return (pod.key for pod in view.table("pods").find("node", "") if not pod.finished)


def _unbound(view: View, pod: Object) -> Iterator[Key]:
    """The Pod itself while it has no node: its own binding is no news to the scheduler."""
    found = view.get("pods", pod.key)
    if found is not None and not found.spec.node_name:
        yield pod.key


CONTROLLER = Controller("scheduler", {"pods": _unbound, "nodes": _waiting}, reconcile)
