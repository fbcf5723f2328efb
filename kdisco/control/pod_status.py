"""What a kubelet writes into a Pod's status at each stage. Upstream: pkg/kubelet/status/generate.go."""

from __future__ import annotations

from attrs import evolve

from kdisco.control.controller import Context
from kdisco.model.frozen import FrozenMap
from kdisco.model.node import Node
from kdisco.model.pod import ContainerState, ContainerStatus, Pod, PodCondition, PodIP
from kdisco.store.state import Sandbox

__all__ = ["running", "starting", "stopped"]

ORDER = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")


def starting(context: Context, pod: Pod, sandbox: Sandbox, node: Node) -> Pod:
    """The sandbox is up: addresses are known, containers are being created."""
    waiting = ContainerState(waiting=FrozenMap({"reason": "ContainerCreating"}))
    status = evolve(
        pod.status,
        host_ip=next(iter(node.internal_ips), ""),
        pod_ip=sandbox.ips[0],
        pod_ips=tuple(PodIP(ip=ip) for ip in sandbox.ips),
        start_time=context.time(),
        container_statuses=_containers(pod, waiting, ready=False),
    )
    told = {"PodReadyToStartContainers": "True", "Initialized": "True", "Ready": "False", "ContainersReady": "False"}
    return _with(context, evolve(pod, status=status), told, "ContainersNotReady")


def running(context: Context, pod: Pod, sandbox: Sandbox) -> Pod:
    """The containers run; ready or not is the probe's word."""
    at = context.time((sandbox.started or context.now) - context.now)
    state = ContainerState(running=FrozenMap({"startedAt": at}))
    ready = sandbox.ready is not None
    status = evolve(pod.status, phase="Running", container_statuses=_containers(pod, state, ready=ready))
    word = "True" if ready else "False"
    return _with(context, evolve(pod, status=status), {"Ready": word, "ContainersReady": word}, "ContainersNotReady")


def stopped(context: Context, pod: Pod) -> Pod:
    """The containers have ended after SIGTERM: exit code 0, no longer ready, phase Succeeded."""
    ended = FrozenMap({"exitCode": 0, "reason": "Completed", "finishedAt": context.time()})
    state = ContainerState(terminated=ended)
    status = evolve(pod.status, phase="Succeeded", container_statuses=_containers(pod, state, ready=False))
    told = {"PodReadyToStartContainers": "False", "Ready": "False", "ContainersReady": "False"}
    return _with(context, evolve(pod, status=status), told, "PodCompleted")


def _containers(pod: Pod, state: ContainerState, *, ready: bool) -> tuple[ContainerStatus, ...]:
    return tuple(
        ContainerStatus(name=each.name, image=each.image, state=state, ready=ready, started=state.running is not None)
        for each in pod.spec.containers
    )


def _with(context: Context, pod: Pod, told: dict[str, str], reason: str) -> Pod:
    """The Pod with conditions set; a condition's time changes only when its status does."""
    before = {entry.type: entry for entry in pod.status.conditions}
    for kind, status in told.items():
        old = before.get(kind)
        if old is None or old.status != status:
            why = reason if status == "False" and kind in ("Ready", "ContainersReady") else ""
            names = " ".join(each.name for each in pod.spec.containers)
            words = f"containers with unready status: [{names}]" if why == "ContainersNotReady" else ""
            before[kind] = PodCondition(
                type=kind, status=status, reason=why, message=words, last_transition_time=context.time()
            )
    ordered = [before[kind] for kind in ORDER if kind in before]
    others = [entry for kind, entry in before.items() if kind not in ORDER]
    return evolve(
        pod,
        status=evolve(pod.status, conditions=(*ordered, *others)),
        metadata=evolve(pod.metadata, resource_version=""),
    )
