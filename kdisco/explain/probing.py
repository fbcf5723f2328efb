"""Why a Pod that runs is not ready: what its probes ask, and what answers there."""

from __future__ import annotations

from typing import Any

from kdisco.control.listen import LISTENS, listens, port_of
from kdisco.control.probes import LIVENESS, READINESS, STARTUP, find
from kdisco.explain import remedy
from kdisco.explain.scene import Scene, workload
from kdisco.explain.trouble import Trouble
from kdisco.model.meta import Object
from kdisco.model.pod import Container, Pod, Probe
from kdisco.phrase import Phrase

__all__ = ["asked", "failing", "killing", "mended"]

NAMES = {READINESS: "readinessProbe", STARTUP: "startupProbe"}


def failing(scene: Scene, pod: Pod) -> Trouble:
    """The probe that fails, or that nobody knows why the Pod is not ready."""
    above = workload(scene.view, pod)
    known = {each.name: each.ready for each in pod.status.container_statuses}
    for container in pod.spec.containers:
        if known.get(container.name):
            continue
        for place, probe in ((STARTUP, container.startup_probe), (READINESS, container.readiness_probe)):
            if probe is not None and (place == READINESS or scene.dump or not _succeeds(pod, container, place, probe)):
                return _failed(scene, pod, above, container, place, probe)
    said = next((each for each in pod.status.conditions if each.type == "Ready"), None)
    words: str = Phrase("is not reported")
    if said is not None:
        words = f"{said.status}: {said.message or said.reason}".rstrip(": ")
    return Trouble(
        code="readiness-failing",
        cause=Phrase("The Pods of {kind} {above} run but are not ready.", kind=above.KIND, above=above.name),
        evidence=Phrase("{pod} status.conditions Ready {words}", pod=pod, words=words),
        remedy=remedy.restart(above),
        about=above,
    )


def killing(pod: Pod, container: Container) -> tuple[str, Probe] | None:
    """The probe that has a container killed again and again, with its field's name; None when none does."""
    for place, name, probe in (
        (STARTUP, "startupProbe", container.startup_probe), (LIVENESS, "livenessProbe", container.liveness_probe),
    ):  # fmt: skip
        if probe is not None and not _succeeds(pod, container, place, probe):
            return name, probe
    return None


def _ip(pod: Pod) -> str:
    return next(iter(pod.addresses), "")


def _succeeds(pod: Pod, container: Container, place: int, probe: Probe) -> bool:
    return find(container, place, probe, listens(pod), _ip(pod)).success


def _failed(scene: Scene, pod: Pod, above: Object, container: Container, place: int, probe: Probe) -> Trouble:
    name = NAMES[place]
    finding = find(container, place, probe, listens(pod), _ip(pod))
    words = _events(scene, pod) or (finding.message if not finding.success else "")
    where = {"pod": pod, "container": container.name, "name": name, "asked": asked(probe)}
    said = "{pod} spec.containers {container} {name} {asked}: {words}"
    ready = "{pod} spec.containers {container} {name} {asked}; status.containerStatuses {container} ready false"
    return Trouble(
        code="readiness-failing",
        cause=Phrase(
            "The Pods of {kind} {above} run but are not ready: the {name} of container {container} fails.",
            kind=above.KIND, above=above.name, name=name, container=container.name,
        ),
        evidence=Phrase(said, **where, words=words) if words else Phrase(ready, **where),
        remedy=mended(pod, above, container, name, probe),
        about=above,
    )


def _events(scene: Scene, pod: Pod) -> str:
    """What the kubelet told last of a probe that failed."""
    told = [each for each in scene.view.table("events").find("about", pod.metadata.uid) if each.reason == "Unhealthy"]
    return str(max(told, key=lambda each: each.last_timestamp or "").message) if told else ""


def asked(probe: Probe) -> str:
    """What a probe asks, in a word."""
    if probe.http_get is not None:
        path, port = probe.http_get.path or "/", probe.http_get.port
        return Phrase("httpGet {path} on port {port}", path=path, port=port)
    if probe.tcp_socket is not None:
        return Phrase("tcpSocket on port {port}", port=probe.tcp_socket.port)
    if "grpc" in probe.kept:
        return Phrase("grpc on port {port}", port=probe.kept["grpc"].get("port"))
    return f"exec {' '.join(map(str, (probe.kept.get('exec') or {}).get('command') or ()))}"


def mended(pod: Pod, above: Object, container: Container, name: str, probe: Probe) -> str:
    """Ask where somebody listens; where nobody does, let it listen; else ask nothing."""
    ports = sorted(port for port, protocol in listens(pod) if protocol == "TCP")
    target = probe.http_get or probe.tcp_socket
    field = "httpGet" if probe.http_get is not None else "tcpSocket"
    body: dict[str, Any] | None = None
    if target is not None and ports and port_of(container, target.port) not in ports:
        body = {field: {"port": ports[0]}}
        if LISTENS in pod.metadata.annotations and _declares(container, target.port):
            return remedy.in_template(above, {"metadata": {"annotations": {LISTENS: None}}})
    return remedy.in_template(above, {"spec": {"containers": [{"name": container.name, name: body}]}})


def _declares(container: Container, port: int | str) -> bool:
    return any(port in (each.container_port, each.name) for each in container.ports)
