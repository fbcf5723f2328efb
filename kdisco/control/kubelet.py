"""Kubelets: a Pod's life on its node, a table of stages with their times.

The status words and their order are upstream's (pkg/kubelet/status, docs concepts/workloads/pods/pod-lifecycle);
the seconds are the model's: what a small image on a quiet node takes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve, frozen

from kdisco.control.controller import Context, Controller, Later, Run, Write, delete_now, update_status
from kdisco.control.listen import probe_answered
from kdisco.control.pod_status import gates_open, running, starting, stopped
from kdisco.model.meta import Key, Object
from kdisco.model.node import Node
from kdisco.model.pod import Pod
from kdisco.store.state import Sandbox
from kdisco.store.table import View

__all__ = ["CONTROLLER", "STAGES", "Stage"]

SANDBOX, START, STOP = 0.2, 1.0, 0.5  # seconds: network set up, containers up, containers ended after SIGTERM
PRECISION = 1e-6  # the agenda's own


@frozen
class Stage:
    """One step of a Pod's life: when it may be taken, at what cluster time it is due, what it does."""

    name: str
    when: Callable[[Pod, Sandbox], bool]
    due: Callable[[Pod, Sandbox], float]
    do: Callable[[Context, Pod, Sandbox], Iterator[Write]]


def reconcile(context: Context, key: Key) -> Iterator[Write]:
    """Take the one step that a Pod is due for, or come back when it is."""
    pod: Pod | None = context.view.get("pods", key)
    sandbox = context.sandboxes.get(key)
    if sandbox is not None and (pod is None or pod.metadata.uid != sandbox.uid):
        yield Run(key, None)  # the object is gone: so are its containers
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


def _admit(context: Context, pod: Pod) -> Iterator[Write]:
    """The kubelet has heard of a Pod of its node and begins; one that is to go already has nothing to end."""
    if pod.deleting:
        yield delete_now(pod)
    elif context.view.get("nodes", ("", pod.spec.node_name)) is not None:
        yield Run(
            pod.key, Sandbox(pod=pod.key, uid=pod.metadata.uid, node=pod.spec.node_name, ips=(), created=context.now)
        )
        yield Later(SANDBOX)


def _give_address(context: Context, pod: Pod, sandbox: Sandbox) -> Iterator[Write]:
    """The network is up: the CNI plugin has taken the next address of the node's range."""
    node: Node | None = context.view.get("nodes", ("", sandbox.node))
    if node is None or not (pod.spec.host_network or node.spec.pod_cidr):
        return
    ips, lease = (node.internal_ips, None) if pod.spec.host_network else _next_address(context, node)
    if not ips:
        return  # the range is used up: when a Pod of the node goes, its address serves
    wired = evolve(sandbox, ips=ips)
    yield Run(pod.key, wired, lease)
    yield update_status(starting(context, pod, wired, node))
    yield Later(START)


def _next_address(context: Context, node: Node) -> tuple[tuple[str, ...], int | None]:
    """host-local IPAM: the free address after the last one given, wrapping; .1 is the node's bridge."""
    try:
        networks = [ipaddress.ip_network(cidr) for cidr in node.spec.pod_cidrs or (node.spec.pod_cidr,)]
    except ValueError:  # a dump may say anything
        return (), None
    end = min(network.num_addresses for network in networks) - 1
    boxes = (context.sandboxes.get(pod.key) for pod in context.view.table("pods").find("node", node.name))
    used = {ip for box in boxes if box is not None for ip in box.ips}
    last = context.leases.get(node.name, 1)
    for offset in (*range(last + 1, min(end, last + 2 + len(used))), *range(2, min(end, 3 + len(used)))):
        ips = tuple(str(network[offset]) for network in networks)
        if used.isdisjoint(ips):
            return ips, offset
    return (), None


def _start(context: Context, pod: Pod, sandbox: Sandbox) -> Iterator[Write]:
    """The containers run. Without a readiness probe that is enough to be Ready."""
    probed = any(each.readiness_probe for each in pod.spec.containers)
    started = evolve(sandbox, started=context.now, ready=None if probed else context.now)
    yield Run(pod.key, started)
    yield update_status(running(context, pod, started))
    if probed:
        yield Later(0.0)


def _probe(context: Context, pod: Pod, sandbox: Sandbox) -> Iterator[Write]:
    """The readiness probe's answer has changed: the Pod becomes Ready, or stops being it."""
    probed = evolve(sandbox, ready=context.now if probe_answered(pod) else None)
    yield Run(pod.key, probed)
    yield update_status(running(context, pod, probed))


def _report(context: Context, pod: Pod, sandbox: Sandbox) -> Iterator[Write]:
    """A readiness gate has opened or closed: somebody else's condition decides whether the Pod is Ready."""
    yield update_status(running(context, pod, sandbox))


def _stop(context: Context, pod: Pod, sandbox: Sandbox) -> Iterator[Write]:
    """SIGTERM is sent: the containers still answer while they wind up."""
    yield Run(pod.key, evolve(sandbox, stopping=context.now))
    yield Later(_patience(pod))


def _end(context: Context, pod: Pod, _sandbox: Sandbox) -> Iterator[Write]:
    """The containers have ended: nothing answers any more, the status says so, then the object goes."""
    yield Run(pod.key, None)
    yield update_status(stopped(context, pod))
    yield delete_now(pod)


def _patience(pod: Pod) -> float:
    """Seconds from SIGTERM to the end: the containers need STOP, the grace period allows no more."""
    return min(STOP, float(pod.metadata.deletion_grace_period_seconds or 0))


def _probe_due(pod: Pod, sandbox: Sandbox) -> float:
    """A first success counts after the probe's delay and its threshold; a failure is told at once."""
    probes = [each.readiness_probe for each in pod.spec.containers if each.readiness_probe]
    if sandbox.ready is not None:
        return 0.0
    waits = [each.initial_delay_seconds + each.period_seconds * max(0, each.success_threshold - 1) for each in probes]
    return (sandbox.started or 0.0) + max(waits, default=0)


def _probe_news(pod: Pod, sandbox: Sandbox) -> bool:
    probed = any(each.readiness_probe for each in pod.spec.containers)
    return probed and probe_answered(pod) != (sandbox.ready is not None)


def _gate_news(pod: Pod, sandbox: Sandbox) -> bool:
    return bool(pod.spec.readiness_gates and sandbox.ready is not None and pod.ready != gates_open(pod))


def _pods_of_node(view: View, node: Object) -> Iterator[Key]:
    """The Pods of a node that changed: they may have waited for its Pod CIDR."""
    return _without_address(view, node.name)


def _own_and_waiting(view: View, pod: Any) -> Iterator[Key]:
    """The Pod itself; when it has gone, its node's Pods that may have waited for its address."""
    yield pod.key
    if view.get("pods", pod.key) is None:
        yield from _without_address(view, pod.spec.node_name)


def _without_address(view: View, node: str) -> Iterator[Key]:
    return (pod.key for pod in view.table("pods").find("node", node) if not pod.addresses) if node else iter(())


STAGES = (  # the first row whose ``when`` holds is the Pod's stage
    Stage("stop", lambda pod, box: pod.deleting and box.running and box.stopping is None, lambda _, __: 0.0, _stop),
    Stage("end", lambda pod, _: pod.deleting, lambda pod, box: (box.stopping or 0.0) + _patience(pod), _end),
    Stage("address", lambda _, box: not box.ips, lambda _, box: box.created + SANDBOX, _give_address),
    Stage("start", lambda _, box: not box.running, lambda _, box: box.created + SANDBOX + START, _start),
    Stage("probe", _probe_news, _probe_due, _probe),
    Stage("gates", _gate_news, lambda _, __: 0.0, _report),
)
CONTROLLER = Controller("kubelet", {"pods": _own_and_waiting, "nodes": _pods_of_node}, reconcile)
