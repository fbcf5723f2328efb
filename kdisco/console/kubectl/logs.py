"""``kubectl logs``: what containers have printed. Upstream: kubectl pkg/cmd/logs, pkg/polymorphichelpers."""

from __future__ import annotations

from typing import Any

from kdisco.console.kubectl.call import Call, refuse, wrong_usage
from kdisco.console.kubectl.container_logs import lines_of
from kdisco.console.kubectl.inside import container_of, containers_of, pods_of
from kdisco.console.kubectl.resources import find
from kdisco.errors import BadRequest, NotFound

__all__ = ["logs"]

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
    _check(call)
    if len(words) > 1 and not call.flag("container"):
        call.given.values["container"] = words[1]  # type: ignore[index]  # the older form: logs POD CONTAINER
    if selector:
        pods = list(call.listed(find("pods"), call.namespace, selector=selector))
        if not pods:
            call.complain(f"No resources found in {call.namespace} namespace.")
    else:
        pods = _named(call, words[0])
    call.objects.extend(pods)
    for pod in pods:
        _pod_logs(call, pod, short=bool(selector))


def _check(call: Call) -> None:
    """Raise UsageError for flags that do not go together."""
    if call.flag("tail") < -1:
        msg = "--tail must be greater than or equal to -1"
        raise refuse(msg)
    if call.flag("all-containers") and call.flag("container"):
        msg = f"--all-containers=true should not be specified with container name {call.flag('container')}"
        raise refuse(msg)
    if call.flag("since") and call.flag("since-time"):
        msg = "at most one of `sinceTime` or `sinceSeconds` may be specified"
        raise refuse(msg)


def _named(call: Call, word: str) -> list[Any]:
    """The Pod to read, and a word about it where a workload has several; with ``--all-pods`` all of them."""
    try:
        pods = pods_of(call, word)
    except NotFound as problem:
        msg = f'error from server (NotFound): {problem.message} in namespace "{call.namespace}"'
        raise refuse(msg) from None
    if call.flag("all-pods"):
        return sorted(pods, key=lambda pod: str(pod.name))
    if len(pods) > 1:
        call.complain(f"Found {len(pods)} pods, using pod/{pods[0].name}")
    return pods[:1]


def _pod_logs(call: Call, pod: Any, *, short: bool) -> None:
    every = bool(call.flag("all-containers"))
    quiet, missing = bool(call.flag("all-pods")), "container {} is not valid for pod {}"
    one = [] if every else [container_of(call, pod, quiet=quiet, missing=missing)]
    names = one or [each.name for each in containers_of(pod)]
    for name in names:
        lines = _lines(call, pod, name)
        tail = call.flag("tail")
        if short and "tail" not in call.given.changed:
            tail = 10  # of Pods that a selector finds, kubectl shows the last ten lines
        kept = lines if tail < 0 else lines[len(lines) - tail :] if tail else []
        prefix = f"[pod/{pod.name}/{name}] " if call.flag("prefix") or quiet else ""
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
