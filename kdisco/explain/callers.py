"""Who calls the Service by a wrong name: hosts in variables and arguments of Pods, read as their resolvers would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote
from typing import Any

from attrs import frozen

from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.explain.scene import Scene, workload
from kdisco.explain.words import told
from kdisco.model.meta import Object
from kdisco.model.pod import Container, Pod
from kdisco.net.memo import Memo
from kdisco.phrase import Phrase
from kdisco.store.table import Table

__all__ = ["callers"]

TELLING = re.compile(r"(HOST|URL|URI|ADDR|ADDRESS|ENDPOINT|SERVER|SERVICE|BACKEND|UPSTREAM|TARGET)S?$", re.IGNORECASE)
HOST = (
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/@\s]*@)?|(?<![\w./:@-])){name}"
    r"(?P<rest>(?:\.[a-z0-9-]+)*)(?::(?P<port>\d+))?(?![\w-])"
)
USUAL = {"http": 80, "https": 443}


@frozen
class Mention:
    """A text of a container in which hosts may be named; ``sure``: its field's name says so."""

    pod: Pod
    container: Container
    field: str
    text: str
    sure: bool

    @property
    def where(self) -> str:
        """The field as evidence."""
        return f"{self.pod} spec.containers {self.container.name} {self.field} {self.text!r}"


_MENTIONS: Memo[tuple[Mention, ...]] = Memo(4)


def callers(scene: Scene) -> Iterator[Finding]:
    """The Pods that ask for this Service by a name that is not its own, or at a port that it has not."""
    name = scene.service.name
    pattern = re.compile(HOST.format(name=re.escape(name)))
    table = scene.view.table("pods")
    seen = set()
    for mention in _MENTIONS.get((table,), (), lambda: tuple(_mentions(table))):
        found = pattern.search(mention.text) if name in mention.text else None
        if found is None or not (mention.sure or found["scheme"] or found["port"]):
            continue
        finding = _judged(scene, mention, found)
        if finding is not None and (finding.code, finding.objects[0]) not in seen:
            seen.add((finding.code, finding.objects[0]))
            yield finding


def _mentions(table: Table) -> Iterator[Mention]:
    """What the Pods of a cluster say, once for Pods of one template."""
    seen = set()
    for pod in table.objects.values():
        owner = pod.owner.uid if pod.owner is not None else pod.metadata.uid
        if owner not in seen and not pod.finished and not pod.deleting:
            seen.add(owner)
            for container in pod.spec.containers:
                for field, text, sure in _texts(container):
                    yield Mention(pod, container, field, text, sure)


def _texts(container: Container) -> Iterator[tuple[str, str, bool]]:
    """Where a host may be named: field, text, and whether the field's name says that it is one."""
    for variable in container.env:
        if variable.value:
            yield f"env {variable.name}", variable.value, bool(TELLING.search(variable.name))
    for field, listed in (("command", container.command), ("args", container.args)):
        for text in listed:
            yield field, text, False


def _judged(scene: Scene, mention: Mention, found: re.Match[str]) -> Finding | None:
    pod, text = mention.pod, mention.text
    service, domain = scene.service, scene.state.config.domain
    parts = found["rest"].removesuffix(f".{domain}").removesuffix(".svc").strip(".").split(".")
    namespace = parts[0] or pod.namespace
    if len(parts) > 1:
        return None  # a name of the world outside, or of one Pod
    above = workload(scene.view, pod)
    if namespace == service.namespace:
        return _port(scene, mention, above, found)
    stranger = parts[0] and not found["scheme"] and scene.view.get("namespaces", ("", namespace)) is None
    if stranger or scene.view.get("services", (namespace, service.name)) is not None:
        return None
    right = text[: found.start("rest")] + f".{service.namespace}" + text[found.end("rest") :]
    asked = f"{service.name}.{namespace}"
    return Finding(
        code="wrong-namespace-in-name",
        cause=Phrase(
            "{kind} {above} in namespace {namespace} asks for {asked}, but the Service is {service}.{home}.",
            kind=above.KIND, above=above.name, namespace=above.namespace, asked=asked, service=service.name,
            home=service.namespace,
        ),
        evidence=Phrase(
            "{where}: there is no Service {service} in namespace {namespace}",
            where=mention.where, service=service.name, namespace=namespace,
        ),
        remedy=_respelled(above, mention, right),
        objects=(str(above), scene.name),
    )


def _port(scene: Scene, mention: Mention, above: Object, found: re.Match[str]) -> Finding | None:
    """A port in the address that the Service does not have."""
    number = int(found["port"]) if found["port"] else USUAL.get(found["scheme"] or "", 0)
    ports = [port.port for port in scene.service.spec.ports]
    if not number or not ports or number in ports or scene.service.spec.type == "ExternalName":
        return None
    at = found.end("rest")
    text = mention.text
    right = f"{text[:at]}:{ports[0]}{text[found.end() :]}"
    return Finding(
        code="client-names-wrong-port",
        cause=Phrase(
            "{kind} {above} calls the Service on port {number}; it has {ports} only.",
            kind=above.KIND, above=above.name, number=number, ports=told(ports),
        ),
        evidence=Phrase(
            "{where}; {service} spec.ports {ports}",
            where=mention.where, service=scene.name, ports=told(ports),
        ),
        remedy=_respelled(above, mention, right),
        objects=(str(above), scene.name),
    )


def _respelled(above: Object, mention: Mention, right: str) -> str:
    kind, _, name = mention.field.partition(" ")
    container, text = mention.container, mention.text
    if name and above.KIND != "Pod":
        whose = f"{above.KIND.lower()}/{above.name} -n {above.namespace} -c {container.name}"
        return f"kubectl set env {whose} {name}={quote(right)}"
    fields: dict[str, Any] = {"env": [{"name": name, "value": right}]}
    if not name:
        fields = {kind: [right if each == text else each for each in getattr(container, kind)]}
    return remedy.in_template(above, {"spec": {"containers": [{"name": container.name, **fields}]}})
