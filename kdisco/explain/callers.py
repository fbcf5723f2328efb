"""Who calls the Service by a wrong name: hosts in the variables and arguments of Pods, read as their resolvers would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.explain.scene import Scene, workload
from kdisco.model.meta import Object
from kdisco.model.pod import Container, Pod

__all__ = ["callers"]

TELLING = re.compile(r"(HOST|URL|URI|ADDR|ADDRESS|ENDPOINT|SERVER|SERVICE|BACKEND|UPSTREAM|TARGET)S?$", re.IGNORECASE)
HOST = r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/@\s]*@)?)?(?<![\w.-]){name}(?P<rest>(?:\.[a-z0-9-]+)*)(?::(?P<port>\d+))?(?![\w-])"
USUAL = {"http": 80, "https": 443}


def callers(scene: Scene) -> Iterator[Finding]:
    """The Pods that ask for this Service by a name that is not its own, or at a port that it has not."""
    pattern = re.compile(HOST.format(name=re.escape(scene.service.name)))
    seen = set()
    for pod in scene.view.list("pods"):
        if pod.finished or pod.deleting:
            continue
        for container in pod.spec.containers:
            for field, text, sure in _texts(container):
                found = pattern.search(text)
                if found is None or not (sure or found["scheme"] or found["port"]):
                    continue
                finding = _judged(scene, pod, container, field, text, found)
                if finding is not None and (finding.code, finding.objects[0]) not in seen:
                    seen.add((finding.code, finding.objects[0]))
                    yield finding


def _texts(container: Container) -> Iterator[tuple[str, str, bool]]:
    """Where a host may be named: field, text, and whether the field's name says that it is one."""
    for variable in container.env:
        if variable.value:
            yield f"env {variable.name}", variable.value, bool(TELLING.search(variable.name))
    for field, listed in (("command", container.command), ("args", container.args)):
        for text in listed:
            yield field, text, False


def _judged(
    scene: Scene, pod: Pod, container: Container, field: str, text: str, found: re.Match[str]
) -> Finding | None:
    service, domain = scene.service, scene.state.config.domain
    parts = found["rest"].removesuffix(f".{domain}").removesuffix(".svc").strip(".").split(".")
    namespace = parts[0] or pod.namespace
    if len(parts) > 1:
        return None  # a name of the world outside, or of one Pod
    above = workload(scene.view, pod)
    where = f"{pod} spec.containers {container.name} {field} {text!r}"
    if namespace == service.namespace:
        return _port(scene, above, container, field, text, found, where)
    known = scene.view.get("namespaces", ("", namespace)) is not None
    if scene.view.get("services", (namespace, service.name)) is not None or (parts[0] and not known and "." in text and not found["scheme"]):
        return None
    right = text[: found.start("rest")] + f".{service.namespace}" + text[found.end("rest") :]
    asked = f"{service.name}.{namespace}"
    return Finding(
        code="wrong-namespace-in-name",
        cause=f"{above.KIND} {above.name} in namespace {above.namespace} asks for {asked}, but the Service is "
        f"{service.name}.{service.namespace}.",
        evidence=f"{where}: there is no Service {service.name} in namespace {namespace}",
        remedy=_respelled(above, container, field, text, right),
        objects=(str(above), scene.name),
    )


def _port(
    scene: Scene, above: Object, container: Container, field: str, text: str, found: re.Match[str], where: str
) -> Finding | None:
    """A port in the address that the Service does not have."""
    number = int(found["port"]) if found["port"] else USUAL.get(found["scheme"] or "", 0)
    ports = [port.port for port in scene.service.spec.ports]
    if not number or not ports or number in ports or scene.service.spec.type == "ExternalName":
        return None
    at = found.end("rest")
    right = f"{text[:at]}:{ports[0]}{text[found.end() :]}"
    return Finding(
        code="client-names-wrong-port",
        cause=f"{above.KIND} {above.name} calls the Service on port {number}; it has {', '.join(map(str, ports))} only.",
        evidence=f"{where}; {scene.name} spec.ports {', '.join(map(str, ports))}",
        remedy=_respelled(above, container, field, text, right),
        objects=(str(above), scene.name),
    )


def _respelled(above: Object, container: Container, field: str, text: str, right: str) -> str:
    kind, _, name = field.partition(" ")
    if name and above.KIND != "Pod":
        return f"kubectl set env {above.KIND.lower()}/{above.name} -c {container.name} {name}={right} -n {above.namespace}"
    fields: dict[str, Any] = {"env": [{"name": name, "value": right}]}
    if not name:
        fields = {kind: [right if each == text else each for each in getattr(container, kind)]}
    return remedy.in_template(above, {"spec": {"containers": [{"name": container.name, **fields}]}})
