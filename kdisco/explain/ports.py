"""The link from a Service port to a container that listens: names, numbers, protocols."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from attrs import frozen

from kdisco.control.listen import LISTENS, Ports
from kdisco.control.selection import target_port
from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.explain.scene import Scene, template_of, workload
from kdisco.explain.words import labelled, ports_told, told
from kdisco.model.pod import Pod
from kdisco.model.service import ServicePort
from kdisco.phrase import Phrase

__all__ = ["ports"]

LOCALHOST = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\]):([0-9]+)")


@frozen(kw_only=True)
class Gap:
    """A port of a Service that some of its Pods do not serve. ``number`` is the target's in ``pod``, 0 for none."""

    scene: Scene
    place: int
    port: ServicePort
    pods: tuple[Pod, ...]
    number: int

    @property
    def pod(self) -> Pod:
        """The first of the Pods."""
        return self.pods[0]

    @property
    def protocol(self) -> str:
        """The port's protocol in capitals."""
        return self.port.protocol or "TCP"

    @property
    def field(self) -> str:
        """The port as a field of the Service."""
        return f"{self.scene.name} spec.ports[{self.place}]"

    @property
    def target(self) -> Any:
        """The targetPort as written, else the port itself."""
        return self.port.port if self.port.target_port is None else self.port.target_port

    def finding(self, code: str, cause: str, evidence: str, fix: str) -> Finding:
        """A finding about it."""
        names = tuple(str(pod) for pod in self.pods)
        return Finding(code=code, cause=cause, evidence=evidence, remedy=fix, objects=(self.scene.name, *names))


def ports(scene: Scene) -> Iterator[Finding]:
    """Why nobody listens where the Service's ports lead."""
    if not scene.service.spec.selector or not scene.backends:
        return
    for place, port in scene.ports:
        deaf: dict[int, list[Pod]] = {}
        for pod in scene.backends:
            number = target_port(pod, port)
            if not _heard(scene.listens(pod), port, number, headless=scene.service.headless):
                deaf.setdefault(number, []).append(pod)
        for number, pods in deaf.items():
            yield _told(Gap(scene=scene, place=place, port=port, pods=tuple(pods), number=number))


def _heard(listened: Ports | None, port: ServicePort, number: int, *, headless: bool) -> bool:
    """Whether somebody may listen behind a port: of a headless Service nobody translates it."""
    protocol = port.protocol or "TCP"
    if headless:
        return listened is None or (port.port, protocol) in listened
    return bool(number) and (listened is None or (number, protocol) in listened)


def _told(gap: Gap) -> Finding:
    listened = gap.scene.listens(gap.pod) or frozenset()
    if gap.scene.service.headless and (gap.number, gap.protocol) in listened:
        return _headless(gap)
    if len(gap.pods) < len(gap.scene.backends) and (wide := _too_wide(gap)):
        return wide
    if not gap.number:
        return _unnamed(gap, listened)
    other = next((name for number, name in sorted(listened) if number == gap.number), "")
    if other:
        return gap.finding(
            "wrong-protocol",
            Phrase(
                "The Service forwards {protocol} to port {port}, but the Pods listen there on {other}.",
                protocol=gap.protocol, port=gap.number, other=other,
            ),
            Phrase(
                "{field}.protocol {protocol}; {pod} listens on {port}/{other}",
                field=gap.field, protocol=gap.protocol, pod=gap.pod, port=gap.number, other=other,
            ),
            remedy.json_patch(gap.scene.service, ("replace", f"/spec/ports/{gap.place}/protocol", other)),
        )
    if LISTENS in gap.pod.metadata.annotations and _declared(gap):
        return _silent(gap)
    return _elsewhere(gap, listened)


def _declared(gap: Gap) -> bool:
    return any(port.container_port == gap.number for each in gap.pod.spec.containers for port in each.ports)


def _headless(gap: Gap) -> Finding:
    return gap.finding(
        "headless-with-port-mapping",
        Phrase(
            "The Service is headless: clients reach the Pods themselves, and nobody translates port {port} to "
            "{target}.",
            port=gap.port.port, target=gap.number,
        ),
        Phrase(
            "{field} port {port}, targetPort {target}, spec.clusterIP None; {pod} listens on {number}, not on {port}",
            field=gap.field, port=gap.port.port, target=gap.target, pod=gap.pod, number=gap.number,
        ),
        remedy.json_patch(gap.scene.service, ("replace", f"/spec/ports/{gap.place}/port", gap.number)),
    )


def _too_wide(gap: Gap) -> Finding | None:
    """Whether the selector finds Pods of another application as well, of which nobody serves this port."""
    service = gap.scene.service
    good = [pod for pod in gap.scene.backends if pod not in gap.pods]
    homes = {str(workload(gap.scene.view, pod)) for pod in good}
    strangers = [pod for pod in gap.pods if str(workload(gap.scene.view, pod)) not in homes]
    if not strangers or len(strangers) < len(gap.pods):
        return None
    labels = template_of(workload(gap.scene.view, good[0])).metadata.labels
    own = {key: value for key, value in labels.items() if all(pod.labels.get(key) != value for pod in strangers)}
    if not own:
        return None
    return gap.finding(
        "selector-too-wide",
        Phrase(
            "The selector {selector} finds Pods of {others} too, which do not serve port {port}.",
            selector=labelled(service.spec.selector), port=gap.target,
            others=told(dict.fromkeys(str(workload(gap.scene.view, pod)) for pod in strangers)),
        ),
        Phrase(
            "{service} spec.selector {selector}; {pod} declares {ports}",
            service=gap.scene.name, selector=labelled(service.spec.selector), pod=gap.pod,
            ports=ports_told(gap.pod.spec.containers),
        ),
        remedy.merge_patch(service, {"spec": {"selector": own}}),
    )


def _best(gap: Gap, listened: Ports) -> int:
    """The port that was probably meant: one that is listened on, by name, by number, else the first; 0 for none."""
    containers = gap.pod.spec.containers
    named = {port.name: port.container_port for each in containers for port in each.ports}
    order = [port.container_port for each in containers for port in each.ports]
    heard = [number for number, protocol in listened if protocol == gap.protocol]
    wishes = (named.get(str(gap.target), 0), named.get(gap.port.name, 0), gap.port.port, *order)
    return next((each for each in wishes if each in heard), 0) or min(heard, default=0)


def _unnamed(gap: Gap, listened: Ports) -> Finding:
    best = _best(gap, listened)
    port = {"name": gap.target, "containerPort": gap.port.port, "protocol": gap.protocol}
    fix = _retarget(gap, best) if best else _open_port(gap, port)
    return gap.finding(
        "named-port-missing",
        Phrase(
            "The Service's targetPort {target} is a name, and no container of the Pods has a {protocol} port of "
            "that name.",
            target=gap.target, protocol=gap.protocol,
        ),
        Phrase(
            "{field}.targetPort {target}; {pod} spec.containers ports: {ports}",
            field=gap.field, target=gap.target, pod=gap.pod, ports=ports_told(gap.pod.spec.containers),
        ),
        fix,
    )


def _retarget(gap: Gap, number: int) -> str:
    op = "add" if gap.port.target_port is None else "replace"
    return remedy.json_patch(gap.scene.service, (op, f"/spec/ports/{gap.place}/targetPort", number))


def _silent(gap: Gap) -> Finding:
    """The container declares the port, but listens somewhere else."""
    told_of = gap.pod.metadata.annotations[LISTENS]
    local = gap.number in {int(each) for each in LOCALHOST.findall(told_of)}
    alone = (
        "The container declares port {port}, but its program listens only on 127.0.0.1, which nobody outside the Pod "
        "reaches."
    )
    other = "The container declares port {port}, but its program listens on {where}."
    where = told_of or Phrase("nothing")
    above = workload(gap.scene.view, gap.pod)
    return gap.finding(
        "listens-on-localhost" if local else "container-not-listening",
        Phrase(alone, port=gap.number) if local else Phrase(other, port=gap.number, where=where),
        Phrase(
            "{pod} spec.containers ports {ports}; annotation {annotation}: {told!r}",
            pod=gap.pod, ports=ports_told(gap.pod.spec.containers), annotation=LISTENS, told=told_of,
        ),
        remedy.in_template(above, {"metadata": {"annotations": {LISTENS: None}}}),
    )


def _elsewhere(gap: Gap, listened: Ports) -> Finding:
    best = _best(gap, listened)
    if best:
        fix = _retarget(gap, best)
    elif any(each.ports for each in gap.pod.spec.containers):
        fix = f"kubectl logs {gap.pod.name} -n {gap.pod.namespace}"
    else:
        fix = _open_port(gap, {"containerPort": gap.number, "protocol": gap.protocol})
    heard = ", ".join(f"{number}/{name}" for number, name in sorted(listened)) or Phrase("nothing")
    return gap.finding(
        "wrong-target-port",
        Phrase("The Service forwards to port {port}, where no container of its Pods listens.", port=gap.number),
        Phrase(
            "{field} targetPort {target}; {pod} listens on {heard}, its containers declare {ports}",
            field=gap.field, target=gap.target, pod=gap.pod, heard=heard, ports=ports_told(gap.pod.spec.containers),
        ),
        fix,
    )


def _open_port(gap: Gap, port: dict[str, Any]) -> str:
    """Let the first container have a port: declared, and in the model listened on."""
    above = workload(gap.scene.view, gap.pod)
    container = {"name": gap.pod.spec.containers[0].name, "ports": [port]}
    return remedy.in_template(above, {"spec": {"containers": [container]}})
