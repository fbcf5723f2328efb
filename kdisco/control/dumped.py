"""What a node must be running for a Pod of a dump to be as it is; a crash that nobody can explain stays one."""

from __future__ import annotations

import math

from kdisco.model.pod import ContainerStatus, Pod
from kdisco.store.state import Process, Sandbox

__all__ = ["sandbox_of"]


def sandbox_of(pod: Pod) -> Sandbox | None:
    """The sandbox of a Pod that runs somewhere; None for one that does not, or not yet."""
    if not pod.spec.node_name or not pod.addresses or pod.finished:
        return None
    running = pod.status.phase == "Running"
    listed = {each.name: each for each in (*pod.status.init_container_statuses, *pod.status.container_statuses)}
    return Sandbox(
        pod=pod.key,
        uid=pod.metadata.uid,
        node=pod.spec.node_name,
        ips=pod.addresses,
        created=0.0,
        started=0.0 if running else None,
        processes=(
            *(_process(listed.get(each.name), Process(started=0.0, ended=0.0)) for each in pod.spec.init_containers),
            *(_process(listed.get(each.name), _silent(pod)) for each in pod.spec.containers),
        ),
    )


def _silent(pod: Pod) -> Process:
    """A container of which the status says nothing: the Pod's phase does."""
    return Process(started=0.0, up=0.0, ready=pod.ready) if pod.status.phase == "Running" else Process()


def _process(status: ContainerStatus | None, silent: Process) -> Process:
    if status is None:
        return silent
    count = status.restart_count
    if status.state.running is not None:
        return Process(started=0.0, up=0.0, ready=status.ready, restarts=count)
    over = status.state.terminated or status.last_state.terminated
    if over is None:
        return silent if status.state.waiting is None else Process()
    waiting = status.state.waiting is not None
    return Process(
        started=0.0, ended=0.0, code=int(over.get("exitCode", 0)), restarts=count, waiting=waiting, delay=math.inf
    )
