"""The scheduler: a node for every Pod that has none. Upstream: pkg/scheduler (filters, then scores).

Filters are in ``predicates``. Scores: fewest taints that the Pod would rather avoid, most of what it prefers,
fewest Pods of the same owner, then fewest Pods; of equals the first by name, where upstream draws one at random.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from attrs import evolve

from kdisco.control.controller import Context, Controller, Tell, Write, update
from kdisco.control.predicates import CONFLICT, HELPED, asks, named_nodes, port_claims, preference, refusal, takes_all
from kdisco.model.meta import Key, Object
from kdisco.model.node import Node
from kdisco.model.pod import Pod, PodCondition
from kdisco.store.table import View

__all__ = ["CONTROLLER", "unfit_words"]

NO_NODES = "no nodes available to schedule pods"
NAME = "default-scheduler"
ELSEWHERE = "node(s) didn't satisfy plugin(s) [NodeAffinity]"
NOT_HELPFUL, NO_VICTIMS = "Preemption is not helpful for scheduling", "No preemption victims found for incoming pod"
INDIFFERENT = (0, 0)
NEVER = "not eligible due to preemptionPolicy=Never."


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Bind one Pod, or say why no node will do."""
    pod: Pod | None = context.view.get("pods", key)
    if pod is None or pod.deleting or pod.spec.node_name or pod.finished:
        return
    if pod.spec.kept.get("schedulerName", NAME) != NAME or pod.spec.kept.get("schedulingGates"):
        return
    names = named_nodes(pod.spec)
    fitting, reasons = _sorted_out(context, pod, names)
    if fitting:
        best = fitting[0] if len(fitting) == 1 else min(fitting, key=_scoring(context, pod))
        yield update(_scheduled(context, pod, best.name), "binding")
        words = f"Successfully assigned {pod.namespace}/{pod.name} to {best.name}"
        yield Tell(about=pod, reason="Scheduled", message=words)
    else:
        yield from _failed(context, pod, names, reasons)


def _sorted_out(context: Context, pod: Pod, names: set[str] | None) -> tuple[list[Node], list[str]]:
    """The nodes that will do, of all or of those named, and the reasons against the others."""
    view, pods = context.view, context.stored.table("pods")
    picky = asks(pod.spec)
    nodes: Iterable[Node | None] = view.list("nodes")
    if names is not None:
        nodes = [view.get("nodes", ("", name)) for name in sorted(names)]
    fitting: list[Node] = []
    reasons: list[str] = []
    for node in nodes:
        if node is None:
            continue
        easy = not picky and takes_all(node)
        reason = "" if easy else refusal(pod, node, pods.count(node.name), partial(_ports, context, node))
        if reason:
            reasons.append(reason)
        else:
            fitting.append(node)
    return fitting, reasons


def _ports(context: Context, node: Node) -> set[tuple[str, int]]:
    found: Iterator[Pod] = context.stored.table("pods").find("node", node.name)
    return {claim for pod in found if not pod.finished for claim in port_claims(pod.spec)}


def _failed(context: Context, pod: Pod, names: set[str] | None, reasons: list[str]) -> Iterator[Write]:
    """Say why no node will do, once for each answer."""
    words = unfit_words(
        len(context.view.table("nodes").objects),
        reasons,
        conflict=names is not None and not names,
        preempts=pod.spec.kept.get("preemptionPolicy") != "Never",
    )
    told = [entry for entry in pod.status.conditions if entry.type == "PodScheduled"]
    if told and (told[0].status, told[0].message) == ("False", words):
        return
    yield Tell(about=pod, reason="FailedScheduling", message=words, type="Warning")
    failed = _with_condition(context, pod, "False", "Unschedulable", words)
    yield update(evolve(failed, metadata=evolve(failed.metadata, resource_version="")), "status")


def unfit_words(nodes: int, reasons: list[str], *, conflict: bool = False, preempts: bool = True) -> str:
    """Why none of so many nodes will do, in the scheduler's words; nodes without a reason were not asked.

    Upstream: framework/types.go FitError, preemption/preemption.go, plugins/dynamicresources PostFilter.
    """
    if not nodes:
        return NO_NODES
    counts = Counter(reasons)
    if len(reasons) < nodes:
        counts[ELSEWHERE] = nodes - len(reasons)
    helped = sum(counts[reason] for reason in HELPED)
    hopes = Counter({NO_VICTIMS: helped, NOT_HELPFUL: nodes - helped})
    why = CONFLICT if conflict else _listed(counts)
    hope = f"0/{nodes} nodes are available: {_listed(+hopes)}" if preempts else NEVER
    return f"0/{nodes} nodes are available: {why}. no new claims to deallocate, preemption: {hope}."


def _listed(counts: Counter[str]) -> str:
    return ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))


def _scoring(context: Context, pod: Pod) -> Callable[[Node], tuple[Any, ...]]:
    """The score of a node for this Pod: the least is the best."""
    count = context.stored.table("pods").count
    owner = pod.owner.uid if pod.owner is not None else ""
    wishes = "affinity" in pod.spec.kept

    def score(node: Node) -> tuple[Any, ...]:
        name = node.name
        liked = preference(pod.spec, node) if wishes or node.spec.taints else INDIFFERENT
        return liked, count(name, owner) if owner else 0, count(name), name

    return score


def _scheduled(context: Context, pod: Pod, node: str) -> Pod:
    bound = evolve(pod, spec=evolve(pod.spec, node_name=node))
    return _with_condition(context, bound, "True")


def _with_condition(context: Context, pod: Pod, status: str, reason: str = "", message: str = "") -> Pod:
    old = next((entry for entry in pod.status.conditions if entry.type == "PodScheduled"), None)
    turned = old.last_transition_time if old is not None and old.status == status else context.time()
    condition = PodCondition(
        type="PodScheduled", status=status, reason=reason, message=message, last_transition_time=turned
    )
    others = tuple(entry for entry in pod.status.conditions if entry.type != "PodScheduled")
    return evolve(pod, status=evolve(pod.status, conditions=(*others, condition)))


def _waiting(view: View, _node: Object) -> Iterator[Key]:
    """All Pods without a node: a node that comes or changes may suit them."""
    return (pod.key for pod in view.table("pods").find("node", "") if not pod.finished)


def _unbound(view: View, pod: Object) -> Iterator[Key]:
    """The Pod itself while it has no node: its own binding is no news to the scheduler.

    A Pod that goes leaves room on its node for those that wait.
    """
    found = view.get("pods", pod.key)
    if found is not None:
        if not found.spec.node_name:
            yield pod.key
    else:
        yield from _waiting(view, pod)


CONTROLLER = Controller("scheduler", {"pods": _unbound, "nodes": _waiting}, reconcile, source=NAME)
