"""The link from Pods to endpoints: why none of the selected Pods is ready, cause by cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kdisco.control.program import CRASHES, ending
from kdisco.explain import remedy, unscheduled
from kdisco.explain.finding import Finding
from kdisco.explain.machines import lost_machine
from kdisco.explain.probing import asked, failing, killing, mended
from kdisco.explain.scene import Scene, template_of, workload
from kdisco.explain.trouble import Trouble
from kdisco.explain.words import told
from kdisco.model.meta import Object, seconds
from kdisco.model.pod import Container, ContainerStatus, Pod
from kdisco.model.workload import Deployment
from kdisco.net.lost import host
from kdisco.phrase import Phrase, joined

__all__ = ["readiness", "trouble", "unready"]

ABOUT_TO_END = Phrase("The Pods are about to end.")
PULLS = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable")
STARTING = ("ContainerCreating", "PodInitializing", "")
PROBED = {"startupProbe": "startup-failing", "livenessProbe": "liveness-failing"}
CRASHED = ("CrashLoopBackOff", "RunContainerError", "StartError")


def readiness(scene: Scene) -> Iterator[Finding]:
    """Why no selected Pod is ready: a finding for each cause."""
    if scene.service.spec.selector and scene.selected and not scene.backends:
        yield from unready(scene)


def unready(scene: Scene) -> Iterator[Finding]:
    """What keeps Pods from being ready, a finding for each cause; the Pods that share one stand together."""
    found: dict[tuple[str, str, str], list[tuple[Pod, Trouble]]] = {}
    for pod in scene.selected:
        if not pod.ready or pod.deleting or pod.finished:
            each = trouble(scene, pod)
            own = isinstance(each.about, Pod)
            found.setdefault((each.code, each.cause, "" if own else str(each.about)), []).append((pod, each))
    for (code, cause, about), pods in found.items():
        first = pods[0][1]
        own = isinstance(first.about, Pod) or first.remedy.startswith("kubectl delete pod ")  # each Pod has its own
        fixes = dict.fromkeys(each.remedy for _, each in pods) if own else {first.remedy: None}
        names = tuple(str(pod) for pod, _ in pods)
        yield Finding(
            code=code,
            cause=cause,
            evidence=_with_others(first.evidence, names[1:]),
            remedy=joined("\n", fixes),
            objects=tuple(dict.fromkeys((about or names[0], *names, scene.name))),
        )


def _with_others(evidence: str, names: tuple[str, ...]) -> str:
    """What shows it of one Pod, and of which others it holds too."""
    return Phrase("{evidence} (as {names})", evidence=evidence, names=told(names)) if names else evidence


def trouble(scene: Scene, pod: Pod) -> Trouble:
    """What keeps one Pod from being ready."""
    return next(found for look in LOOKS if (found := look(scene, pod)) is not None)


def _lost_node(scene: Scene, pod: Pod) -> Trouble | None:
    name = pod.spec.node_name
    node = scene.view.get("nodes", ("", name))
    if not name or node is None or node.ready or not node.status.conditions:
        return None
    machine = host(scene.state, name)
    if machine.down or machine.cut:
        found = lost_machine(scene.state, name)
        return Trouble(code=found.code, cause=found.cause, evidence=found.evidence, remedy=found.remedy, about=node)
    ready = next(each for each in node.status.conditions if each.type == "Ready")
    return Trouble(
        code="node-not-ready",
        cause=Phrase("Node {name} is not ready, and so are its Pods.", name=name),
        evidence=f"{node} status.conditions Ready {ready.status}: {ready.message or ready.reason}",
        remedy=Phrase(
            "# start it or its kubelet again; if it does not come back:\n{command}", command=remedy.delete(node)
        ),
        about=node,
    )


def _terminating(scene: Scene, pod: Pod) -> Trouble | None:
    if not pod.deleting:
        return None
    kept = pod.metadata.finalizers
    if kept:
        return Trouble(
            code="stuck-terminating",
            cause=Phrase("A Pod is stuck Terminating: its finalizer {kept} is taken away by nobody.", kept=told(kept)),
            evidence=Phrase(
                "{pod} metadata.deletionTimestamp {deletion_timestamp}, metadata.finalizers {kept}",
                pod=pod, deletion_timestamp=pod.metadata.deletion_timestamp, kept=told(kept),
            ),
            remedy=remedy.merge_patch(pod, {"metadata": {"finalizers": None}}),
            about=pod,
        )
    late = seconds(pod.metadata.deletion_timestamp or "") < scene.state.epoch + scene.state.now
    return Trouble(
        code="stuck-terminating" if late else "pod-terminating",
        cause=Phrase("A Pod is stuck Terminating: its grace period is over.") if late else ABOUT_TO_END,
        evidence=f"{pod} metadata.deletionTimestamp {pod.metadata.deletion_timestamp}",
        remedy=f"{remedy.delete(pod)} --grace-period=0 --force",
        about=pod,
    )


def _finished(scene: Scene, pod: Pod) -> Trouble | None:
    if not pod.finished:
        return None
    above = workload(scene.view, pod)
    return Trouble(
        code="pod-finished",
        cause=Phrase("The Pods have ended ({phase}): nothing runs that could answer.", phase=pod.status.phase),
        evidence=f"{pod} status.phase {pod.status.phase}" + (f": {pod.status.reason}" if pod.status.reason else ""),
        remedy=remedy.restart(above),
        about=above,
    )


def _pending(scene: Scene, pod: Pod) -> Trouble | None:
    if pod.spec.node_name:
        return None
    above = workload(scene.view, pod)
    said = next((each for each in pod.status.conditions if each.type == "PodScheduled"), None)
    words = said.message if said is not None and said.message else Phrase("nobody has looked at it")
    return Trouble(
        code="pod-unschedulable",
        cause=Phrase("The Pods of {kind} {above} are Pending: no node takes them.", kind=above.KIND, above=above.name),
        evidence=Phrase("{pod} status.conditions PodScheduled False: {words}", pod=pod, words=words),
        remedy=unscheduled.fix(scene, pod, above),
        about=above,
    )


def _statuses(pod: Pod) -> Iterator[tuple[Container, ContainerStatus, bool]]:
    """Each container with its status, init containers first."""
    for listed, told_of, init in (
        (pod.spec.init_containers, pod.status.init_container_statuses, True),
        (pod.spec.containers, pod.status.container_statuses, False),
    ):
        known = {each.name: each for each in told_of}
        yield from ((each, known[each.name], init) for each in listed if each.name in known)


def _image(scene: Scene, pod: Pod) -> Trouble | None:
    for container, status, _ in _statuses(pod):
        waiting: Mapping[str, Any] = status.state.waiting or {}
        if waiting.get("reason") in PULLS:
            above = workload(scene.view, pod)
            return Trouble(
                code="image-pull-error",
                cause=Phrase(
                    "The image {image} of container {container} cannot be pulled.",
                    image=container.image, container=container.name,
                ),
                evidence=f"{pod} status.containerStatuses {container.name} waiting {waiting['reason']}: "
                f"{waiting.get('message', '')}".rstrip(": "),
                remedy=_before(scene, above) or _other_image(above, container),
                about=above,
            )
    return None


def _other_image(above: Object, container: Container) -> str:
    """The image of that name from the registry that is asked where none is named."""
    registry, slash, rest = container.image.partition("/")
    image = rest if slash and ("." in registry or ":" in registry) else f"{container.image.partition(':')[0]}:latest"
    return f"kubectl set image {above.KIND.lower()}/{above.name} {container.name}={image} -n {above.namespace}"


def _crash(scene: Scene, pod: Pod) -> Trouble | None:
    for container, status, init in _statuses(pod):
        waiting: Mapping[str, Any] = status.state.waiting or {}
        over: Mapping[str, Any] | None = status.state.terminated or status.last_state.terminated
        crashed = waiting.get("reason") in CRASHED or (over is not None and not status.ready and not init)
        failing = init and over is not None and over.get("exitCode")
        if not (crashed or failing) or (over is not None and init and not over.get("exitCode")):
            continue
        above = workload(scene.view, pod)
        code = int(over["exitCode"]) if over and "exitCode" in over else 0
        said = f"{pod} status.{'initContainerStatuses' if init else 'containerStatuses'} {container.name} "
        said += f"restartCount {status.restart_count}, exitCode {code}"
        said += f", waiting {waiting['reason']}" if waiting.get("reason") else ""
        killer = None if init else killing(pod, container)
        if killer is not None:
            name, probe = killer
            return Trouble(
                code=PROBED[name],
                cause=Phrase(
                    "The container {container} is killed again and again: its {name} fails.",
                    container=container.name, name=name,
                ),
                evidence=Phrase(
                    "{said}; spec.containers {container} {name} {asked}",
                    said=said, container=container.name, name=name, asked=asked(probe),
                ),
                remedy=_before(scene, above) or mended(pod, above, container, name, probe),
                about=above,
            )
        return Trouble(
            code="init-container-failing" if init else "crash-loop",
            cause=_ends(container.name, code, init=init),
            evidence=said,
            remedy=_uncrashed(scene, pod, above, container),
            about=above,
        )
    return None


def _ends(container: str, code: int, *, init: bool) -> str:
    if init:
        first = "The init container {container} ends with exit status {code} again and again."
        return Phrase(first, container=container, code=code)
    words = "The container {container} ends with exit status {code} again and again."
    return Phrase(words, container=container, code=code)


def _uncrashed(scene: Scene, pod: Pod, above: Any, container: Container) -> str:
    """What ends a crash loop: the template before, another command, another probe, or a new Pod."""
    template = template_of(above)
    if CRASHES in pod.metadata.annotations and CRASHES not in template.metadata.annotations:
        return remedy.delete(pod)
    if earlier := _before(scene, above):
        return earlier
    if CRASHES in template.metadata.annotations:
        return remedy.in_template(above, {"metadata": {"annotations": {CRASHES: None}}})
    if ending(pod, container):
        lists = "initContainers" if container in pod.spec.init_containers else "containers"
        return remedy.in_template(above, {"spec": {lists: [{"name": container.name, "command": None}]}})
    return f"kubectl logs {pod.name} -c {container.name} -n {pod.namespace} --previous"


def _before(scene: Scene, above: Any) -> str:
    """The command that takes a workload back to the template before, "" where there was none."""
    if not isinstance(above, Deployment):
        return ""
    sets = [each for each in scene.view.list("replicasets", above.namespace) if each.owned_by(above)]
    return remedy.undo(above) if len(sets) > 1 else ""


def _other_wait(scene: Scene, pod: Pod) -> Trouble | None:
    for container, status, _ in _statuses(pod):
        waiting: Mapping[str, Any] = status.state.waiting or {}
        reason = waiting.get("reason", "")
        if reason not in STARTING:
            above = workload(scene.view, pod)
            return Trouble(
                code="container-config-error",
                cause=Phrase(
                    "Container {container} cannot be made: {reason}.",
                    container=container.name, reason=reason,
                ),
                evidence=f"{pod} status.containerStatuses {container.name} waiting {reason}: "
                f"{waiting.get('message', '')}",
                remedy=_before(scene, above) or f"kubectl describe pod {pod.name} -n {pod.namespace}",
                about=above,
            )
    return None


def _starting(scene: Scene, pod: Pod) -> Trouble | None:
    running = [status for _, status, init in _statuses(pod) if not init and status.state.running is not None]
    if len(running) == len(pod.spec.containers) and pod.addresses:
        return None
    above = workload(scene.view, pod)
    return Trouble(
        code="pod-starting",
        cause=Phrase("The Pods of {kind} {above} have not started yet.", kind=above.KIND, above=above.name),
        evidence=f"{pod} status.phase {pod.status.phase or 'Pending'}",
        remedy=f"kubectl wait --for=condition=Ready pod/{pod.name} -n {pod.namespace} --timeout=60s",
        about=above,
    )


def _gate(scene: Scene, pod: Pod) -> Trouble | None:
    for gate in pod.spec.readiness_gates:
        if pod.condition(gate.condition_type) != "True":
            above = workload(scene.view, pod)
            return Trouble(
                code="readiness-gate-closed",
                cause=Phrase(
                    "The Pods wait for their readiness gate {condition_type}, which nobody opens.",
                    condition_type=gate.condition_type,
                ),
                evidence=Phrase(
                    "{pod} spec.readinessGates {condition_type}: the condition is {what}",
                    pod=pod, condition_type=gate.condition_type,
                    what=pod.condition(gate.condition_type) or Phrase("not reported"),
                ),
                remedy=remedy.in_template(above, {"spec": {"readinessGates": None}}),
                about=above,
            )
    return None


LOOKS: tuple[Callable[[Scene, Pod], Trouble | None], ...] = (
    _lost_node, _terminating, _finished, _pending, _image, _crash, _other_wait, _starting, _gate, failing,
)  # fmt: skip
