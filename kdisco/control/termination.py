"""How a Pod's containers end: hooks, SIGTERM, and what is told of it.

Upstream: pkg/kubelet/kubelet.go (SyncTerminatingPod, SyncTerminatedPod), kuberuntime_container.go killContainer.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kdisco.control.controller import Context, Later, Run, Tell, Write, delete_now, update_status
from kdisco.control.pod_status import reported
from kdisco.control.program import outcome
from kdisco.model.pod import Container, Pod
from kdisco.store.state import Sandbox

__all__ = ["end", "end_due", "stop"]

STOP = 0.5  # seconds from SIGTERM to the end


def stop(context: Context, pod: Pod, sandbox: Sandbox) -> Iterator[Write]:
    """Hooks, then SIGTERM: the containers still answer while they wind up."""
    for container, process in zip((*pod.spec.init_containers, *pod.spec.containers), sandbox.processes, strict=False):
        if process.running:
            path = f"spec.containers{{{container.name}}}"
            words = f"Stopping container {container.name}"
            yield Tell(about=pod, reason="Killing", message=words, host=sandbox.node, field_path=path)
    yield Run(pod.key, evolve(sandbox, stopping=context.now))
    yield Later(_patience(pod))


def end(context: Context, pod: Pod, sandbox: Sandbox) -> Iterator[Write]:
    """The containers have ended: nothing answers any more, the status says so, then the object goes."""
    yield Run(pod.key, None)
    if sandbox.started is not None:
        processes = (
            evolve(each, ended=context.now, ready=False, up=None) if each.running else each
            for each in sandbox.processes
        )
        over = evolve(sandbox, processes=tuple(processes))
        node = context.view.get("nodes", ("", sandbox.node))
        yield update_status(reported(context, pod, over, node, over=True))
    yield delete_now(pod)


def end_due(pod: Pod, sandbox: Sandbox) -> float:
    """When they have ended, in cluster time; a Pod of which nothing runs need not wait."""
    return 0.0 if sandbox.stopping is None else sandbox.stopping + _patience(pod)


def _patience(pod: Pod) -> float:
    """Seconds to the end: the longest hook, cut off by the grace period; after SIGTERM the containers need STOP."""
    hooks = max((_hook(each) for each in pod.spec.containers), default=0.0)
    return min(hooks, float(pod.metadata.deletion_grace_period_seconds or 0)) + STOP


def _hook(container: Container) -> float:
    """Seconds that a container's preStop hook takes."""
    hook = (container.kept.get("lifecycle") or {}).get("preStop") or {}
    if "sleep" in hook:
        return float(hook["sleep"].get("seconds", 0))
    command = tuple(str(word) for word in (hook.get("exec") or {}).get("command") or ())
    return (outcome(command) or (0.0, 0))[0]
