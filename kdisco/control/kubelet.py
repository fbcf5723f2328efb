"""Kubelets: a Pod's life on its node, a table of stages with their times; what happens to its containers is another.

The status words and their order are upstream's (pkg/kubelet/kubelet.go SyncPod, SyncTerminatingPod, docs
concepts/workloads/pods/pod-lifecycle); the seconds are the model's: what a small image on a quiet node takes.
One that is held (``kubelet@node-2``) neither hears nor tells anything: its containers run on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve, frozen

from kdisco.control.containers import following, looked_at
from kdisco.control.controller import Context, Controller, Later, Run, Tell, Write, delete_now, update_status
from kdisco.control.coredns import COREFILE, LABEL, programmed
from kdisco.control.environment import informed
from kdisco.control.node_status import posted
from kdisco.control.pod_dns import resolver
from kdisco.control.pod_network import no_address, own_addresses
from kdisco.control.pod_status import ready, reported
from kdisco.control.termination import end, end_due, stop
from kdisco.model.meta import Key, Object
from kdisco.model.node import Node
from kdisco.model.pod import Pod
from kdisco.store.state import Process, Sandbox
from kdisco.store.table import View
from kdisco.tree import Tree

__all__ = ["CONTROLLER", "STAGES", "Stage"]

SANDBOX = 0.2  # seconds until the network is set up
PRECISION = 1e-6  # the agenda's own


@frozen
class Stage:
    """One step of a Pod's life: when it may be taken, at what cluster time it is due, what it does."""

    name: str
    when: Callable[[Pod, Sandbox], bool]
    due: Callable[[Pod, Sandbox], float]
    do: Callable[[Context, Pod, Sandbox], Iterator[Write]]


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Take the one step that a Pod is due for, or come back when it is; a key without namespace is a node's."""
    if not key[0]:
        yield from posted(context, key[1])
        return
    pod: Pod | None = context.view.get("pods", key)
    sandbox = context.sandboxes.get(key)
    if context.held and _cut_off(context, pod, sandbox):
        return
    if sandbox is not None and (pod is None or pod.metadata.uid != sandbox.uid or pod.finished):
        yield Run(key, None)  # the object is gone, or said to be over: so are its containers
        sandbox = None
    if pod is None or not pod.spec.node_name or pod.finished or not context.config.kubelets:
        return
    if sandbox is None:
        yield from _admit(context, pod)
        return
    for stage in STAGES:
        if stage.when(pod, sandbox):
            wait = stage.due(pod, sandbox) - context.now
            if wait > PRECISION:
                yield Later(wait)
            else:
                yield from stage.do(context, pod, sandbox)
            return


def _cut_off(context: Context, pod: Pod | None, sandbox: Sandbox | None) -> bool:
    """Whether the kubelet concerned is held."""
    nodes = {pod.spec.node_name if pod else "", sandbox.node if sandbox else ""}
    return any(f"kubelet@{name}" in context.held for name in nodes)


def _admit(context: Context, pod: Pod) -> Iterator[Write]:
    """The kubelet has heard of a Pod of its node and begins; one that is to go already has nothing to end."""
    node = context.view.get("nodes", ("", pod.spec.node_name))
    if pod.deleting:
        yield delete_now(pod)
    elif node is not None:
        conf = yield from resolver(context, pod, node)
        if conf is None:
            return
        count = len(pod.spec.init_containers) + len(pod.spec.containers)
        sandbox = Sandbox(
            pod=pod.key,
            uid=pod.metadata.uid,
            node=pod.spec.node_name,
            ips=(),
            created=context.now,
            processes=(Process(),) * count,
            resolv_conf=conf,
        )
        yield Run(pod.key, sandbox)
        yield update_status(reported(context, pod, sandbox, node))
        yield Later(SANDBOX)


def _give_address(context: Context, pod: Pod, sandbox: Sandbox) -> Iterator[Write]:
    """The network is up: the CNI plugin has taken the next address of the node's range."""
    node: Node | None = context.view.get("nodes", ("", sandbox.node))
    if node is None or not (pod.spec.host_network or node.spec.pod_cidr):
        return
    ips, lease = (node.internal_ips, None) if pod.spec.host_network else own_addresses(context, node)
    if not ips:  # the range is used up: when a Pod of the node goes, its address serves
        words = no_address(pod, node)
        yield Tell(about=pod, reason="FailedCreatePodSandBox", message=words, type="Warning", host=sandbox.node)
        return
    wired = evolve(sandbox, ips=ips, created=context.now)
    yield Run(pod.key, wired, lease)
    yield update_status(reported(context, pod, wired, node))
    yield from _next(context, pod, wired)


def _live(context: Context, pod: Pod, sandbox: Sandbox) -> Iterator[Write]:
    """Let happen to its containers what is due by now, and report how the Pod is if that has changed."""
    box = looked_at(pod, programmed(context, pod, sandbox), context.now)
    happening = following(pod, box)
    while happening is not None and happening.due <= context.now + PRECISION:
        after, tells = happening.happen(pod, box, context.now)
        box = programmed(context, pod, informed(context.view, box, after))
        yield from tells
        box = looked_at(pod, box, context.now)
        happening = following(pod, box)
    if box is not sandbox:
        yield Run(pod.key, box)
    if box is not sandbox or pod.ready != ready(pod, box):
        node = context.view.get("nodes", ("", box.node))
        found = reported(context, pod, box, node)
        if found.status != pod.status:
            yield update_status(found)
        if found.finished:
            yield Run(pod.key, None)
            return
    yield from _next(context, pod, box)


def _next(context: Context, pod: Pod, sandbox: Sandbox) -> Iterator[Write]:
    """Come back when something happens to the containers by itself."""
    happening = following(pod, sandbox)
    if happening is not None:
        yield Later(max(0.0, happening.due - context.now), background=happening.background)


def _of_node(view: View, node: Object) -> Iterator[Key]:
    """The Pods of a node that changed: they may have waited for its Pod CIDR; the node, if nobody has told of it."""
    found: Node | None = view.get("nodes", node.key)
    if found is not None and not found.status.conditions:
        yield found.key
    yield from _without_address(view, node.name)


def _nothing(_view: View, _found: Object) -> Iterator[Key]:
    """What is only read, when a container is started."""
    return iter(())


def _readers(view: View, found: Object) -> Iterator[Key]:
    """The Pods that run a program which reads a ConfigMap when it starts: they may have waited for a better one."""
    return (pod.key for pod in view.select("pods", COREFILE[0], LABEL)) if found.key == COREFILE else iter(())


def _own_and_waiting(view: View, pod: Any) -> Iterator[Key]:
    """The Pod itself; when it has gone, its node's Pods that may have waited for its address."""
    yield pod.key
    if view.get("pods", pod.key) is None:
        yield from _without_address(view, pod.spec.node_name)


def _without_address(view: View, node: str) -> Iterator[Key]:
    return (pod.key for pod in view.table("pods").find("node", node) if not pod.addresses) if node else iter(())


def _heeds(before: Any, after: Any) -> bool:
    """Whether a change is news: a kubelet's own reports are none, but for those whose gates others open."""
    return not (
        isinstance(after, Pod)
        and before.spec is after.spec
        and before.metadata.annotations is after.metadata.annotations
        and before.metadata.deletion_timestamp == after.metadata.deletion_timestamp
        and not after.spec.readiness_gates
        and before.finished == after.finished
    )


def _all_of(context: Context, node: str) -> Iterator[Key]:
    """All that one kubelet has to do with: its node, the Pods bound to it and those that it runs."""
    yield ("", node)
    yield from (pod.key for pod in context.view.table("pods").find("node", node))
    yield from (key for key, box in context.sandboxes.items() if box.node == node)


def _node_of(stored: View, sandboxes: Tree[Key, Sandbox], key: Key) -> str:
    """The node whose kubelet works on a key."""
    if not key[0]:
        return key[1]
    box, pod = sandboxes.get(key), stored.get("pods", key)
    return box.node if box is not None else pod.spec.node_name if pod is not None else ""


STAGES = (  # the first row whose ``when`` holds is the Pod's stage
    Stage("stop", lambda pod, box: pod.deleting and box.running and box.stopping is None, lambda _, __: 0.0, stop),
    Stage("end", lambda pod, _: pod.deleting, end_due, end),
    Stage("address", lambda _, box: not box.ips, lambda _, box: box.created + SANDBOX, _give_address),
    Stage("live", lambda _, __: True, lambda _, __: 0.0, _live),
)


CONTROLLER = Controller(
    "kubelet",
    {"pods": _own_and_waiting, "nodes": _of_node, "services": _nothing, "configmaps": _readers},
    reconcile,
    heeds=_heeds,
    instance=_all_of,
    whose=_node_of,
)
