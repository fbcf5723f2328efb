"""What describe says of containers, volumes and templates. Upstream: kubectl pkg/describe/describe.go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kdisco.console.kubectl.age import date
from kdisco.console.kubectl.describe_parts import Lines, indented, labels, notes, yes_no
from kdisco.console.kubectl.document import Document, at, selector_text

__all__ = ["containers", "template", "tolerations", "volumes"]

NONE = "<none>"
Resolver = Callable[[str], str]


def template(found: Document) -> Lines:
    """The Pod template of a workload."""
    spec = found.get("spec") or {}
    yield "Pod Template:"
    yield from labels("Labels", at(found, "metadata", "labels"), indent="  ")
    if at(found, "metadata", "annotations"):
        yield from notes(found, indent="  ")
    if spec.get("serviceAccountName"):
        yield f"  Service Account:\t{spec['serviceAccountName']}"
    if spec.get("initContainers"):
        yield from containers("Init Containers", spec["initContainers"], (), None, "  ")
    yield from containers("Containers", spec.get("containers") or (), (), None, "  ")
    yield from volumes(spec.get("volumes") or (), "  ")
    if spec.get("topologySpreadConstraints"):
        yield from _spread(spec["topologySpreadConstraints"], "  ")
    if spec.get("priorityClassName"):
        yield f"  Priority Class Name:\t{spec['priorityClassName']}"
    yield from labels("Node-Selectors", spec.get("nodeSelector"), indent="  ")
    yield from tolerations(spec.get("tolerations") or (), "  ")


def _spread(found: Sequence[Document], space: str) -> Lines:
    start = f"{space}Topology Spread Constraints:\t"
    for each in sorted(found, key=lambda one: one.get("topologyKey", "")):
        selector = f" for selector {selector_text(each['labelSelector'])}" if each.get("labelSelector") else ""
        yield (
            f"{start}{each.get('topologyKey')}:{each.get('whenUnsatisfiable')} when max skew {each.get('maxSkew')} "
            f"is exceeded{selector}"
        )
        start = f"{space}\t"


def containers(
    title: str, found: Sequence[Document], statuses: Sequence[Document], resolve: Resolver | None, space: str = ""
) -> Lines:
    """Containers with what is known of how they are."""
    known = {each.get("name"): each for each in statuses}
    yield f"{space}{title}:{'' if found else ' <none>'}"
    for container in found:
        status = known.get(container.get("name"))
        yield f"  {' ' if space else ''}{container.get('name')}:"
        yield from indented(_basics(container, status), 2)
        yield from indented(_command(container), 2)
        if status is not None:
            yield from indented(_state(status), 2)
        yield from indented(_resources(container), 2)
        yield from indented(_probes(container), 2)
        yield from indented(_environment(container, resolve), 2)
        yield from indented(_mounts(container), 2)


def _basics(container: Document, status: Document | None) -> Lines:
    if status is not None:
        yield f"Container ID:\t{status.get('containerID', '')}"
    yield f"Image:\t{container.get('image', '')}"
    if status is not None:
        yield f"Image ID:\t{status.get('imageID', '')}"
    for title, part in (("Port", "containerPort"), ("Host Port", "hostPort")):
        ports = container.get("ports") or ()
        text = ", ".join(f"{port.get(part, 0)}/{port.get('protocol', 'TCP')}" for port in ports)
        yield f"{title}{'s' if ',' in text else ''}:\t{text or NONE}"


def _command(container: Document) -> Lines:
    for title, part in (("Command", "command"), ("Args", "args")):
        if container.get(part):
            yield f"{title}:"
            yield from (f"  {line}" for word in container[part] for line in word.split("\n"))


def _state(status: Document) -> Lines:
    yield from _one_state("State", status.get("state") or {})
    if at(status, "lastState", "terminated") is not None:
        yield from _one_state("Last State", status["lastState"])
    yield f"Ready:\t{yes_no(status.get('ready'))}"
    yield f"Restart Count:\t{status.get('restartCount', 0)}"


def _one_state(title: str, state: Document) -> Lines:
    if state.get("running") is not None:
        yield f"{title}:\tRunning"
        yield f"  Started:\t{date(state['running'].get('startedAt'))}"
    elif state.get("terminated") is not None and state.get("waiting") is None:
        over = state["terminated"]
        yield f"{title}:\tTerminated"
        for name, part in (("Reason", "reason"), ("Message", "message")):
            if over.get(part):
                yield f"  {name}:\t{over[part]}"
        yield f"  Exit Code:\t{over.get('exitCode', 0)}"
        if over.get("signal"):
            yield f"  Signal:\t{over['signal']}"
        yield f"  Started:\t{date(over.get('startedAt'))}"
        yield f"  Finished:\t{date(over.get('finishedAt'))}"
    else:
        yield f"{title}:\tWaiting"
        if at(state, "waiting", "reason"):
            yield f"  Reason:\t{state['waiting']['reason']}"


def _resources(container: Document) -> Lines:
    for title, part in (("Limits", "limits"), ("Requests", "requests")):
        found = at(container, "resources", part, default={})
        if found:
            yield f"{title}:"
            yield from (f"  {name}:\t{value}" for name, value in sorted(found.items()))


PROBES = (("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe"))
NUMBERS = (
    ("delay", "initialDelaySeconds", "s"), ("timeout", "timeoutSeconds", "s"), ("period", "periodSeconds", "s"),
    ("#success", "successThreshold", ""), ("#failure", "failureThreshold", ""),
)


def _probes(container: Document) -> Lines:
    for title, part in PROBES:
        probe = container.get(part)
        if probe is not None:
            numbers = " ".join(f"{name}={probe.get(key, 0)}{unit}" for name, key, unit in NUMBERS)
            yield f"{title}:\t{_action(probe)} {numbers}"


def _action(probe: Document) -> str:
    if probe.get("exec"):
        return f"exec [{' '.join(probe['exec'].get('command') or ())}]"
    if probe.get("httpGet"):
        get = probe["httpGet"]
        host = f"[{get['host']}]" if ":" in get.get("host", "") else get.get("host", "")
        path = get.get("path", "")
        slash = "/" if path and not path.startswith("/") else ""
        return f"http-get {get.get('scheme', 'http').lower()}://{host}:{get.get('port')}{slash}{path}"
    if probe.get("tcpSocket"):
        return f"tcp-socket {probe['tcpSocket'].get('host', '')}:{probe['tcpSocket'].get('port')}"
    if probe.get("grpc"):
        return f"grpc <pod>:{probe['grpc'].get('port')} {probe['grpc'].get('service', '')}"
    return "unknown"


def _environment(container: Document, resolve: Resolver | None) -> Lines:
    if container.get("envFrom"):
        yield "Environment Variables from:"
        for source in container["envFrom"]:
            kind, ref = ("ConfigMap", source["configMapRef"]) if source.get("configMapRef") else (
                "Secret", source.get("secretRef") or {}
            )
            prefix = f" with prefix '{source['prefix']}'" if source.get("prefix") else ""
            yield f"  {ref.get('name', '')}\t{kind}{prefix}\tOptional: {str(bool(ref.get('optional'))).lower()}"
    variables = container.get("env") or ()
    yield "Environment:" if variables else f"Environment:\t{NONE}"
    for variable in variables:
        yield from indented(_variable(variable, container, resolve))


REFERENCES = (("secretKeyRef", "in secret"), ("configMapKeyRef", "of config map"))


def _variable(variable: Document, container: Document, resolve: Resolver | None) -> Lines:
    name, source = variable.get("name", ""), variable.get("valueFrom")
    if source is None:
        first, *rest = variable.get("value", "").split("\n")
        yield f"{name}:\t{first}"
        yield from (f"\t{line}" for line in rest)
        return
    if source.get("fieldRef"):
        ref = source["fieldRef"]
        path = ref.get("fieldPath", "")
        yield f"{name}:\t{resolve(path) if resolve else ''} ({ref.get('apiVersion', 'v1')}:{path})"
    if source.get("resourceFieldRef"):
        resource = source["resourceFieldRef"].get("resource", "")
        part, _, kind = resource.partition(".")
        value = at(container, "resources", part, kind, default="0")
        limits = resource in ("limits.cpu", "limits.memory")
        yield f"{name}:\t{'node allocatable' if value == '0' and limits else value} ({resource})"
    for key, words in REFERENCES:
        if source.get(key):
            ref = source[key]
            optional = str(bool(ref.get("optional"))).lower()
            yield f"{name}:\t<set to the key '{ref.get('key')}' {words} '{ref.get('name')}'>\tOptional: {optional}"


def _mounts(container: Document) -> Lines:
    mounts = container.get("volumeMounts") or ()
    yield "Mounts:" if mounts else f"Mounts:\t{NONE}"
    for mount in sorted(mounts, key=lambda each: each.get("mountPath", "")):
        path = f',path="{mount["subPath"]}"' if mount.get("subPath") else ""
        yield f"  {mount.get('mountPath')} from {mount.get('name')} ({'ro' if mount.get('readOnly') else 'rw'}{path})"


def volumes(found: Sequence[Document], space: str = "") -> Lines:
    """The volumes of a Pod."""
    yield f"{space}Volumes:" if found else f"{space}Volumes:\t{NONE}"
    for volume in found:
        yield f"  {' ' if space else ''}{volume.get('name')}:"
        sort = next((name for name in VOLUMES if volume.get(name) is not None), "")
        yield from indented(VOLUMES[sort](volume[sort]) if sort else ("<unknown>",), 2 if sort else 1)


def _of_projection(source: Document) -> Lines:
    yield "Type:\tProjected (a volume that contains injected data from multiple sources)"
    for each in source.get("sources") or ():
        if each.get("secret"):
            yield f"SecretName:\t{each['secret'].get('name')}"
            yield f"Optional:\t{_flag(each['secret'].get('optional'))}"
        if each.get("configMap"):
            yield f"ConfigMapName:\t{each['configMap'].get('name')}"
            yield f"Optional:\t{_flag(each['configMap'].get('optional'))}"
        if each.get("downwardAPI"):
            yield "DownwardAPI:\ttrue"
        if each.get("serviceAccountToken"):
            yield f"TokenExpirationSeconds:\t{each['serviceAccountToken'].get('expirationSeconds', 3600)}"


def _flag(value: Any) -> str:
    return "false" if value is None else str(bool(value)).lower()


def _of_names(kind: str, words: str, *rows: tuple[str, str, str]) -> Callable[[Document], Lines]:
    """A volume that is a few names: its type in words, and (title, field, default)."""

    def lines(source: Document) -> Lines:
        yield f"Type:\t{kind} ({words})"
        yield from (f"{title}:\t{_word(source.get(part), default)}" for title, part, default in rows)

    return lines


def _word(value: Any, default: str) -> str:
    return default if value in (None, "") else _flag(value) if isinstance(value, bool) else str(value)


def _of_downward(source: Document) -> Lines:
    yield "Type:\tDownwardAPI (a volume populated by information about the pod)"
    yield "Items:"
    for item in source.get("items") or ():
        yield f"  {at(item, 'fieldRef', 'fieldPath', default='')} -> {item.get('path', '')}"


VOLUMES: Mapping[str, Callable[[Document], Any]] = {
    "hostPath": _of_names(
        "HostPath", "bare host directory volume", ("Path", "path", NONE), ("HostPathType", "type", "")
    ),
    "emptyDir": _of_names(
        "EmptyDir", "a temporary directory that shares a pod's lifetime",
        ("Medium", "medium", ""), ("SizeLimit", "sizeLimit", "<unset>"),
    ),
    "secret": _of_names(
        "Secret", "a volume populated by a Secret",
        ("SecretName", "secretName", ""), ("Optional", "optional", "false"),
    ),
    "configMap": _of_names(
        "ConfigMap", "a volume populated by a ConfigMap", ("Name", "name", ""), ("Optional", "optional", "false")
    ),
    "persistentVolumeClaim": _of_names(
        "PersistentVolumeClaim", "a reference to a PersistentVolumeClaim in the same namespace",
        ("ClaimName", "claimName", ""), ("ReadOnly", "readOnly", "false"),
    ),
    "nfs": _of_names(
        "NFS", "an NFS mount that lasts the lifetime of a pod",
        ("Server", "server", ""), ("Path", "path", ""), ("ReadOnly", "readOnly", "false"),
    ),
    "projected": _of_projection,
    "downwardAPI": _of_downward,
}


def tolerations(found: Sequence[Document], space: str = "") -> Lines:
    """What taints a Pod bears."""
    start = f"{space}Tolerations:\t"
    if not found:
        yield f"{start}{NONE}"
    for each in sorted(found, key=lambda one: one.get("key", "")):
        yield f"{start}{_toleration(each)}"
        start = "\t"


def _toleration(each: Document) -> str:
    text = str(each.get("key", ""))
    text += f"={each['value']}" if each.get("value") else ""
    text += f":{each['effect']}" if each.get("effect") else ""
    if each.get("operator") == "Exists" and not each.get("value"):
        text += " op=Exists" if each.get("key") or each.get("effect") else "op=Exists"
    return text + (f" for {each['tolerationSeconds']}s" if each.get("tolerationSeconds") is not None else "")
