"""``kubectl exec``: a command in one of a Pod's containers. Upstream: kubectl pkg/cmd/exec, pkg/polymorphichelpers."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.resources import find
from kdisco.errors import BadRequest

__all__ = ["container_of", "containers_of", "exec_", "pods_of"]

NOT_FOUND, NOT_EXECUTABLE = 127, 126
DEFAULT = "kubectl.kubernetes.io/default-container"


def pods_of(call: Call, word: str) -> list[Any]:
    """The Pods that ``NAME`` or ``TYPE/NAME`` means: of a workload or Service all, ready ones before others."""
    kind, slash, name = word.partition("/")
    served = find(kind) if slash else find("pods")
    each = call.get(served, name if slash else word)
    if served.plural == "pods":
        return [each]
    selector = getattr(each.spec, "selector", None)
    if not selector:
        msg = f"invalid service '{each.name}': Service is defined without a selector" if served.kind == "Service" else (
            f"selector for {served.kind.lower()} not implemented"
        )
        raise refuse(msg)
    pods = sorted(call.cluster.state.view.select("pods", each.namespace, selector), key=_activity)
    if not pods:
        msg = f"timed out waiting for the condition: no Pod of {served.named(each.name)} is there"
        raise refuse(msg)
    return pods


def _activity(pod: Any) -> tuple[Any, ...]:
    """Go's ActivePods order from its end: bound, running, ready ones first."""
    phases = ("Running", "Unknown", "Pending")
    phase = phases.index(pod.status.phase) if pod.status.phase in phases else len(phases)
    return not pod.spec.node_name, phase, not pod.ready, pod.metadata.creation_timestamp or "", pod.name


def containers_of(pod: Any) -> list[Any]:
    """All containers of a Pod, init containers first."""
    return [*pod.spec.init_containers, *pod.spec.containers]


def container_of(
    call: Call, pod: Any, *, quiet: bool = False, missing: str = "container {} not found in pod {}"
) -> str:
    """The container that is meant, and a word about it where the Pod has several."""
    wanted = call.flag("container")
    names = [each.name for each in containers_of(pod)]
    if wanted:
        if wanted not in names:
            raise refuse(missing.format(wanted, pod.name))
        return str(wanted)
    marked = pod.metadata.annotations.get(DEFAULT, "")
    if marked in names:
        return str(marked)
    chosen = str(pod.spec.containers[0].name)
    if len(names) > 1 and not quiet:
        inits = {each.name for each in pod.spec.init_containers}
        ordered = [each.name for each in pod.spec.containers] + [f"{name} (init)" for name in names if name in inits]
        call.complain(f"Defaulted container \"{chosen}\" out of: {', '.join(ordered)}")
    return chosen


def exec_(call: Call) -> int | None:
    """``exec POD -- COMMAND``: the commands that ``sh`` knows."""
    words, dash = call.given.words, call.given.dash
    before = words if dash is None else words[:dash]
    command: Sequence[str] = words[1:] if dash is None else words[dash:]
    if not before:
        msg = "pod, type/name or --filename must be specified"
        raise refuse(msg)
    if not command:
        msg = "you must specify at least one command for the container"
        raise refuse(msg)
    if dash is None:
        call.complain(
            "kubectl exec [POD] [COMMAND] is DEPRECATED and will be removed in a future version. "
            "Use kubectl exec [POD] -- [COMMAND] instead."
        )
    pod = pods_of(call, before[0])[0]
    call.objects.append(pod)
    if pod.finished:
        msg = f"cannot exec into a container in a completed pod; current phase is {pod.status.phase}"
        raise refuse(msg)
    name = container_of(call, pod, quiet=bool(call.flag("quiet")))
    if not pod.spec.node_name:
        msg = f"pod {pod.name} does not have a host assigned"
        raise BadRequest(msg)
    running = {each.name for each in pod.status.container_statuses if each.state.running is not None}
    if name not in running:
        msg = f'Internal error occurred: unable to upgrade connection: container not found ("{name}")'
        raise refuse(msg.removeprefix("Internal error occurred: "))
    return _executed(call, pod, list(command))


def _executed(call: Call, pod: Any, command: list[str]) -> int:
    if command[0].rpartition("/")[2] in ("sh", "bash", "ash") and command[1:2] == ["-c"] and len(command) > 2:  # noqa: PLR2004 - sh -c LINE
        line = command[2]
    else:
        line = shlex.join(command)
    found = call.cluster.sh(line, "/".join(pod.key))
    if found.exit == NOT_FOUND and line == shlex.join(command):
        call.complain(
            f'error: Internal error occurred: error executing command in container: failed to exec in container: '
            f'failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: '
            f'exec: "{command[0]}": executable file not found in $PATH: unknown'
        )
        return NOT_EXECUTABLE
    call.out.append(found.out)
    call.err.append(found.err)
    if found.exit:
        call.complain(f"command terminated with exit code {found.exit}")
    return int(found.exit)
