"""What a kubelet writes into a Pod's status at each stage. Upstream: pkg/kubelet/status/generate.go."""

from __future__ import annotations

from attrs import evolve

from kdisco.control.controller import Context
from kdisco.model.frozen import FrozenMap
from kdisco.model.node import Node
from kdisco.model.pod import Container, ContainerState, ContainerStatus, Pod, PodCondition, PodIP, PodStatus
from kdisco.store.state import Sandbox

__all__ = ["gates_open", "running", "starting", "stopped"]

Told = tuple[str, str, str]  # status, reason, message
TRUE: Told = ("True", "", "")
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
        container_statuses=tuple(_container(each, waiting, ready=False) for each in pod.spec.containers),
    )
    begun = {"PodReadyToStartContainers": TRUE, "Initialized": TRUE}
    return _with(context, evolve(pod, status=status), begun | _readiness(pod, status))


def running(context: Context, pod: Pod, sandbox: Sandbox) -> Pod:
    """The containers run; ready or not is the probes' word, for a container without one there is no question."""
    at = context.time((sandbox.started or context.now) - context.now)
    state = ContainerState(running=FrozenMap({"startedAt": at}))
    probed = sandbox.ready is not None
    statuses = tuple(
        _container(each, state, ready=probed or each.readiness_probe is None) for each in pod.spec.containers
    )
    status = evolve(pod.status, phase="Running", container_statuses=statuses)
    return _with(context, evolve(pod, status=status), _readiness(pod, status))


def stopped(context: Context, pod: Pod) -> Pod:
    """The containers have ended after SIGTERM: exit code 0, no longer ready, phase Succeeded."""
    ended = FrozenMap({"exitCode": 0, "reason": "Completed", "finishedAt": context.time()})
    state = ContainerState(terminated=ended)
    statuses = tuple(_container(each, state, ready=False) for each in pod.spec.containers)
    status = evolve(pod.status, phase="Succeeded", container_statuses=statuses)
    over = ("False", "PodCompleted", "")
    told = {"PodReadyToStartContainers": ("False", "", ""), "Ready": over, "ContainersReady": over}
    return _with(context, evolve(pod, status=status), told)


def gates_open(pod: Pod) -> bool:
    """Whether every condition that a readiness gate names is True."""
    return not _closed(pod)


def _closed(pod: Pod) -> str:
    """Which readiness gates keep the Pod from being Ready, in the kubelet's words; "" for none."""
    problems = []
    for gate in pod.spec.readiness_gates:
        status = pod.condition(gate.condition_type)
        if not status:
            problems.append(f'corresponding condition of pod readiness gate "{gate.condition_type}" does not exist.')
        elif status != "True":
            words = f'the status of pod readiness gate "{gate.condition_type}" is not "True", but {status}'
            problems.append(words)
    return ", ".join(problems)


def _container(container: Container, state: ContainerState, *, ready: bool) -> ContainerStatus:
    return ContainerStatus(
        name=container.name, image=container.image, state=state, ready=ready, started=state.running is not None
    )


def _readiness(pod: Pod, status: PodStatus) -> dict[str, Told]:
    """The conditions Ready and ContainersReady."""
    unready = [each.name for each in status.container_statuses if not each.ready]
    if unready:
        told = ("False", "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]")
        return {"Ready": told, "ContainersReady": told}
    closed = _closed(pod)
    return {"Ready": ("False", "ReadinessGatesNotReady", closed) if closed else TRUE, "ContainersReady": TRUE}


def _with(context: Context, pod: Pod, told: dict[str, Told]) -> Pod:
    """The Pod with conditions set; a condition's time changes only when its status does."""
    before = {entry.type: entry for entry in pod.status.conditions}
    for kind, (status, reason, message) in told.items():
        old = before.get(kind)
        turned = old.last_transition_time if old is not None and old.status == status else context.time()
        before[kind] = PodCondition(
            type=kind, status=status, reason=reason, message=message, last_transition_time=turned
        )
    ordered = [before[kind] for kind in ORDER if kind in before]
    others = [entry for kind, entry in before.items() if kind not in ORDER]
    return evolve(
        pod,
        status=evolve(pod.status, conditions=(*ordered, *others)),
        metadata=evolve(pod.metadata, resource_version=""),
    )
