"""``kubectl exec`` and ``logs``: what happens in a Pod's containers. Upstream: kubectl pkg/cmd/{exec,logs}."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from kdisco.console.kubectl.call import Call, refuse, wrong_usage
from kdisco.console.kubectl.container_logs import lines_of
from kdisco.console.kubectl.resources import find
from kdisco.errors import BadRequest

__all__ = ["exec_", "logs"]

NOT_FOUND, NOT_EXECUTABLE = 127, 126
DEFAULT = "kubectl.kubernetes.io/default-container"


def _pod(call: Call, word: str) -> Any:
    """The Pod that ``NAME`` or ``TYPE/NAME`` means: of a workload or Service the first, ready ones before others."""
    kind, slash, name = word.partition("/")
    served = find(kind) if slash else find("pods")
    each = call.get(served, name if slash else word)
    if served.plural == "pods":
        return each
    selector = getattr(each.spec, "selector", None)
    if not selector:
        msg = f"invalid service '{each.name}': Service is defined without a selector" if served.kind == "Service" else (
            f"selector for {served.kind.lower()} not implemented"
        )
        raise refuse(msg)
    pods = list(call.cluster.state.view.select("pods", each.namespace, selector))
    if not pods:
        msg = f"error: timed out waiting for the condition: no Pod of {served.named(each.name)} is there"
        raise refuse(msg.removeprefix("error: "))
    return min(pods, key=_activity)


def _activity(pod: Any) -> tuple[Any, ...]:
    """Go's ActivePods order from its end: bound, running, ready ones first."""
    phases = ("Running", "Unknown", "Pending")
    phase = phases.index(pod.status.phase) if pod.status.phase in phases else len(phases)
    return not pod.spec.node_name, phase, not pod.ready, pod.metadata.creation_timestamp or "", pod.name


def _containers(pod: Any) -> list[Any]:
    return [*pod.spec.init_containers, *pod.spec.containers]


def _container(call: Call, pod: Any, *, quiet: bool = False) -> str:
    """The container that is meant, and a word about it where the Pod has several."""
    wanted = call.flag("container")
    names = [each.name for each in _containers(pod)]
    if wanted:
        if wanted not in names:
            msg = f"container {wanted} not found in pod {pod.name}"
            raise refuse(msg)
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
    pod = _pod(call, before[0])
    call.objects.append(pod)
    if pod.finished:
        msg = f"cannot exec into a container in a completed pod; current phase is {pod.status.phase}"
        raise refuse(msg)
    name = _container(call, pod, quiet=bool(call.flag("quiet")))
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


USAGE = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME "
USAGE += "is a required argument for the logs command"


def logs(call: Call) -> None:
    """What containers have printed."""
    words, selector = call.given.words, call.flag("selector")
    if not words and not selector:
        raise wrong_usage(USAGE, "logs")
    if words and selector:
        msg = "only a selector (-l) or a POD name is allowed"
        raise wrong_usage(msg, "logs")
    if call.flag("tail") < -1:
        msg = "--tail must be greater than or equal to -1"
        raise refuse(msg)
    if len(words) > 1 and not call.flag("container"):
        call.given.values["container"] = words[1]  # type: ignore[index]  # the older form: logs POD CONTAINER
    if selector:
        pods = list(call.listed(find("pods"), call.namespace, selector=selector))
        if not pods:
            call.complain(f"No resources found in {call.namespace} namespace.")
    else:
        pods = [_pod(call, words[0])]
    call.objects.extend(pods)
    for pod in pods:
        _pod_logs(call, pod, short=bool(selector))


def _pod_logs(call: Call, pod: Any, *, short: bool) -> None:
    every = bool(call.flag("all-containers"))
    names = [each.name for each in _containers(pod)] if every else [_container(call, pod)]
    for name in names:
        lines = _lines(call, pod, name)
        tail = call.flag("tail")
        if short and "tail" not in call.given.changed:
            tail = 10  # of Pods that a selector finds, kubectl shows the last ten lines
        kept = lines if tail < 0 else lines[len(lines) - tail :] if tail else []
        prefix = f"[pod/{pod.name}/{name}] " if call.flag("prefix") else ""
        since = call.flag("since")
        for moment, text in kept:
            if since and call.now - call.cluster.state.epoch - moment > since:
                continue
            stamp = f"{_stamp(call, moment)} " if call.flag("timestamps") else ""
            call.say(f"{prefix}{stamp}{text}")


def _lines(call: Call, pod: Any, name: str) -> list[tuple[float, str]]:
    """The lines of a container; raises BadRequest in the kubelet's words while there is none."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    status = next((each for each in statuses if each.name == name), None)
    if not pod.spec.node_name:
        return []
    if call.flag("previous") and (status is None or status.last_state.terminated is None):
        msg = f'previous terminated container "{name}" in pod "{pod.name}" not found'
        raise BadRequest(msg)
    if status is None or (status.state.waiting is not None and not status.restart_count):
        reason = (status.state.waiting or {}).get("reason", "ContainerCreating") if status else "ContainerCreating"
        words = TRYING.get(reason, "is waiting to start: ") + ("" if reason in TRYING else reason)
        msg = f'container "{name}" in pod "{pod.name}" {words}'
        raise BadRequest(msg)
    return lines_of(call.cluster, pod, name, previous=bool(call.flag("previous")))


TRYING = {
    "ErrImagePull": "is waiting to start: image can't be pulled",
    "ImagePullBackOff": "is waiting to start: trying and failing to pull image",
}


def _stamp(call: Call, moment: float) -> str:
    from kdisco.model.meta import stamp  # noqa: PLC0415 - with one flag only

    whole = stamp(call.cluster.state.epoch + moment)
    return whole.replace("Z", f"{moment % 1:.9f}"[1:] + "Z")

