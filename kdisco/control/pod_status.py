"""What a kubelet writes into a Pod's status, from what really runs.

Upstream: pkg/kubelet/kubelet_pods.go (generateAPIPodStatus, getPhase, convertToAPIContainerStatuses),
pkg/kubelet/status/generate.go.
"""

from __future__ import annotations

from attrs import evolve

from kdisco.control.backoff import duration
from kdisco.control.containers import restarts, settled_inits
from kdisco.control.controller import Context
from kdisco.control.digest import digest
from kdisco.control.images import failed_pull
from kdisco.model.frozen import FrozenMap
from kdisco.model.node import Node
from kdisco.model.pod import Container, ContainerState, ContainerStatus, Pod, PodCondition, PodIP, PodStatus
from kdisco.store.state import Process, Sandbox

__all__ = ["gates_open", "ready", "reported"]

Told = tuple[str, str, str]  # status, reason, message
TRUE: Told = ("True", "", "")
ORDER = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
NOTHING = ContainerState()


def reported(context: Context, pod: Pod, sandbox: Sandbox, node: Node | None, *, over: bool = False) -> Pod:
    """The Pod with the status that its containers give it; ``over``: none of them is started any more."""
    inits = len(pod.spec.init_containers)
    done = settled_inits(pod, sandbox, inits) is not None
    statuses = [
        _container(context, pod, sandbox, container, index, waiting="PodInitializing" if inits else "ContainerCreating")
        for index, container in enumerate((*pod.spec.init_containers, *pod.spec.containers))
    ]
    status = evolve(
        pod.status,
        phase=_phase(pod, sandbox, done=done, over=over),
        observed_generation=pod.metadata.generation,
        init_container_statuses=tuple(statuses[:inits]),
        container_statuses=tuple(statuses[inits:]),
        start_time=pod.status.start_time or context.time(sandbox.created - context.now),
    )
    if sandbox.ips and sandbox.ips != pod.addresses:
        status = evolve(status, pod_ip=sandbox.ips[0], pod_ips=tuple(PodIP(ip=ip) for ip in sandbox.ips))
    if node is not None and not status.host_ip and node.internal_ips:
        hosts = tuple(FrozenMap({"ip": ip}) for ip in node.internal_ips)
        status = evolve(status, host_ip=node.internal_ips[0], kept=status.kept.merged({"hostIPs": hosts}))
    return _with(context, evolve(pod, status=status), _conditions(pod, sandbox, status, done=done))


def ready(pod: Pod, sandbox: Sandbox) -> bool:
    """Whether all its containers are ready and its gates are open."""
    first = len(pod.spec.init_containers)
    return all(each.ready for each in sandbox.processes[first:]) and (not pod.spec.readiness_gates or gates_open(pod))


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


def _phase(pod: Pod, sandbox: Sandbox, *, done: bool, over: bool) -> str:
    """The one word for all containers."""
    inits = len(pod.spec.init_containers)
    policy = pod.spec.restart_policy or "Always"
    if not done:
        failed = any(each.ended is not None and each.code for each in sandbox.processes[:inits])
        return "Failed" if failed and (over or policy == "Never") else "Pending"
    processes = sandbox.processes[inits:]
    if any(each.started is None for each in processes):
        return "Pending"
    again = (each.running or restarts(pod, index, each) for index, each in enumerate(processes, inits))
    if not over and any(again):
        return "Running"
    return "Failed" if any(each.code for each in processes) else "Succeeded"


def _container(
    context: Context, pod: Pod, sandbox: Sandbox, container: Container, index: int, waiting: str
) -> ContainerStatus:
    """How one container is."""
    process = sandbox.processes[index] if index < len(sandbox.processes) else Process()
    state, last = _state(context, pod, container, process, waiting)
    inits = len(pod.spec.init_containers)
    before = pod.status.init_container_statuses if index < inits else pod.status.container_statuses
    known = next((each for each in before if each.name == container.name), None)
    image, ids = container.image, ("", "")
    if known is not None and known.container_id and known.restart_count == process.restarts:
        image, ids = known.image, (known.image_id, known.container_id)
        if process.running and known.state.running:
            state = known.state
    elif process.started is not None:
        ids = (_image_id(container), _container_id(pod, container, process.restarts))
    if index < inits and container.restart_policy != "Always":
        good = process.ended is not None and process.started is not None and process.code == 0
    else:
        good = process.ready
    return ContainerStatus(
        name=container.name,
        state=state,
        last_state=last,
        ready=good,
        restart_count=process.restarts,
        image=image,
        image_id=ids[0],
        container_id=ids[1],
        started=process.up is not None and process.running,
    )


def _state(
    context: Context, pod: Pod, container: Container, process: Process, waiting: str
) -> tuple[ContainerState, ContainerState]:
    """Its state, and that of its run before."""
    before = NOTHING if process.last is None else _over(context, pod, container, process.last)
    if process.running:
        at = context.time((process.started or 0.0) - context.now)
        return ContainerState(running=FrozenMap({"startedAt": at})), before
    if process.started is not None:
        over = _over(context, pod, container, process)
        if not process.waiting:
            return over, before
        who = f"container={container.name} pod={pod.name}_{pod.namespace}({pod.metadata.uid})"
        words = f"back-off {duration(process.delay)} restarting failed {who}"
        return ContainerState(waiting=FrozenMap({"reason": "CrashLoopBackOff", "message": words})), over
    if process.pulls:
        reason, words = "ErrImagePull", failed_pull(container)
        if process.waiting:
            reason, words = "ImagePullBackOff", f'Back-off pulling image "{container.image}": ErrImagePull: {words}'
        return ContainerState(waiting=FrozenMap({"reason": reason, "message": words})), before
    return ContainerState(waiting=FrozenMap({"reason": waiting})), before


def _over(context: Context, pod: Pod, container: Container, process: Process) -> ContainerState:
    """A run that has ended."""
    return ContainerState(
        terminated=FrozenMap(
            {
                "exitCode": process.code,
                "reason": "Error" if process.code else "Completed",
                "startedAt": context.time((process.started or 0.0) - context.now),
                "finishedAt": context.time((process.ended or 0.0) - context.now),
                "containerID": _container_id(pod, container, process.restarts),
            }
        )
    )


def _container_id(pod: Pod, container: Container, number: int) -> str:
    name = f"{pod.metadata.uid}/{container.name}/{number}"
    return f"containerd://{digest(name)}"


def _image_id(container: Container) -> str:
    image = container.image.partition("@")[0]
    name = image if ":" not in image.rsplit("/", 1)[-1] else image.rpartition(":")[0]
    return f"{name}@sha256:{digest(container.image)}"


def _conditions(pod: Pod, sandbox: Sandbox, status: PodStatus, *, done: bool) -> dict[str, Told]:
    """The kubelet's own conditions."""
    wired = bool(sandbox.ips) and status.phase not in ("Succeeded", "Failed")
    told: dict[str, Told] = {"PodReadyToStartContainers": TRUE if wired else ("False", "", "")}
    if status.phase == "Succeeded":
        told["Initialized"] = ("True", "PodCompleted", "")
    elif done:
        told["Initialized"] = TRUE
    else:
        names = [
            each.name
            for number, each in enumerate(pod.spec.init_containers, 1)
            if settled_inits(pod, sandbox, number) is None
        ]
        words = f"containers with incomplete status: [{' '.join(names)}]"
        told["Initialized"] = ("False", "ContainersNotInitialized", words)
    return told | _readiness(pod, status)


def _readiness(pod: Pod, status: PodStatus) -> dict[str, Told]:
    """The conditions Ready and ContainersReady."""
    if status.phase in ("Succeeded", "Failed"):
        over = ("False", "PodCompleted" if status.phase == "Succeeded" else "PodFailed", "")
        return {"Ready": over, "ContainersReady": over}
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
            type=kind,
            status=status,
            reason=reason,
            message=message,
            last_transition_time=turned,
            observed_generation=pod.metadata.generation,
        )
    ordered = [before[kind] for kind in ORDER if kind in before]
    others = [entry for kind, entry in before.items() if kind not in ORDER]
    return evolve(
        pod,
        status=evolve(pod.status, conditions=(*ordered, *others)),
        metadata=evolve(pod.metadata, resource_version=""),
    )
