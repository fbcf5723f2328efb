"""The environment variables of a container: those of its spec, and those by which it can find Services without DNS.

They are made when the container starts, from the Services that its kubelet has seen by then, and never again.
Upstream: pkg/kubelet/envvars/envvars.go, pkg/kubelet/kubelet_pods.go (getServiceEnvVarMap, makeEnvironmentVariables).
Upstream's order is a Go map's; here: the runtime's own, the spec's in its order, Services by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from kdisco.config import ClusterConfig
from kdisco.control.hostname import kernel_name
from kdisco.errors import UsageError
from kdisco.model.frozen import FrozenMap
from kdisco.model.pod import Container, EnvVar, Pod
from kdisco.model.service import Service
from kdisco.phrase import Phrase
from kdisco.store.state import Process, Sandbox, State
from kdisco.store.table import LAST, Table, View
from kdisco.table import table

__all__ = ["Environment", "environment", "environment_of", "expanded", "informed", "service_variables"]

MASTER = ("default", "kubernetes")  # whose variables every container has
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
RUNTIME, SPEC = Phrase("the container runtime"), Phrase("the container's env")
REFERENCE = re.compile(r"\$(?:\$|\([^)]*\)|.)", re.DOTALL)
SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")


class Environment(FrozenMap[str, str]):
    """Variables by name, in order; its text is what ``env`` prints. ``sources`` says where each comes from."""

    __slots__ = ("sources",)

    def __init__(self, values: Mapping[str, str], sources: Mapping[str, str]) -> None:
        super().__init__(values)
        self.sources = FrozenMap(sources)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self), dict(self.sources))

    def __str__(self) -> str:
        return "".join(f"{name}={value}\n" for name, value in self.items())

    def _repr_html_(self) -> str:
        rows = [(name, value, self.sources[name]) for name, value in self.items()]
        heads = (Phrase("variable"), Phrase("value"), Phrase("from"))
        return table("environment", Phrase("Environment variables"), heads, rows)


def informed(view: View, before: Sandbox, after: Sandbox) -> Sandbox:
    """A sandbox whose containers that were started just now know what their kubelet had seen."""
    pairs = zip(before.processes, after.processes, strict=False)
    fresh = {place for place, (old, new) in enumerate(pairs) if new.running and new.started != old.started}
    if not fresh:
        return after
    services, configmaps = view.table("services"), view.table("configmaps")
    listed = tuple(
        evolve(each, services=services, configmaps=configmaps) if place in fresh else each
        for place, each in enumerate(after.processes)
    )
    return evolve(after, processes=listed)


def environment_of(state: State, pod: Pod, container: str | None = None) -> Environment:
    """The environment of a Pod's container, the first where none is named.

    Where nobody saw the container start (a dump), the Services that are older than it; one that has not started
    has what it would be given now. Raises UsageError for a container that the Pod has not.
    """
    place, found = _find(pod, container)
    box = state.sandboxes.get(pod.key)
    known = box.processes[place] if box is not None and place < len(box.processes) else Process()
    if known.services is not None and known.configmaps is not None:
        return environment(pod, found, state.config, known.services, known.configmaps)
    view = state.view
    return environment(pod, found, state.config, _older(pod, found, view), view.table("configmaps"))


def _find(pod: Pod, name: str | None) -> tuple[int, Container]:
    listed = (*pod.spec.init_containers, *pod.spec.containers)
    if name is None and pod.spec.containers:
        return len(pod.spec.init_containers), pod.spec.containers[0]
    for place, each in enumerate(listed):
        if each.name == name:
            return place, each
    there = ", ".join(each.name for each in listed)
    msg = f"container: {name!r} is not one of Pod {pod.name}; there are {there or 'none'}"
    raise UsageError(msg)


def _older(pod: Pod, container: Container, view: View) -> Table:
    """The Services that were there when a container of a dump started."""
    services = view.table("services")
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    running = next((each.state.running for each in statuses if each.name == container.name), None)
    since = running.get("startedAt") if running else None
    if not since:
        return services
    objects = (each for each in services.objects.values() if (each.metadata.creation_timestamp or "") <= since)
    return Table.of("services", objects)


def environment(
    pod: Pod, container: Container, config: ClusterConfig, services: Table, configmaps: Table
) -> Environment:
    """What a container is started with. Of ``valueFrom`` and ``envFrom``: fields of the Pod, and ConfigMaps."""
    own = service_variables(services, pod.namespace, links=pod.spec.enable_service_links is not False)
    linked = {name: value for name, (value, _) in own.items()}
    given = _Given(pod, configmaps)
    declared: dict[str, str] = {}
    sources: dict[str, str] = {}
    for entry in container.kept.get("envFrom", ()):
        found = given.all_of(entry)
        declared |= found
        sources |= dict.fromkeys(found, f"ConfigMap {(entry.get('configMapRef') or {}).get('name', '')}")
    for variable in container.env:
        value = expanded(variable.value, linked | declared) if variable.value else given.value_of(variable)
        if value is not None:
            declared[variable.name] = value
            sources[variable.name] = SPEC
    first = {"PATH": PATH, "HOSTNAME": kernel_name(pod, config)}
    rest = {name: value for name, value in linked.items() if name not in declared}
    values = {"HOME": "/root", **first, **declared, **rest}
    whose = {name: f"Service {service}" for name, (_, service) in own.items()}
    ordered = {name: values[name] for name in dict.fromkeys((*first, *declared, *rest, "HOME"))}
    return Environment(ordered, {name: sources.get(name) or whose.get(name) or RUNTIME for name in ordered})


def service_variables(services: Table, namespace: str, *, links: bool = True) -> dict[str, tuple[str, str]]:
    """The variables of the Services that a Pod of a namespace is told of: name to (value, ``ns/name`` of the Service).

    default/kubernetes always is one, unless the namespace has a Service of that name itself; ``links`` those of
    the namespace. Those without a ClusterIP have no variables.
    """
    master = services.objects.get(MASTER)
    listed: dict[str, Service] = {} if master is None or not _has_ip(master) else {master.name: master}
    if links:
        own = services.objects.range((namespace, ""), (namespace, LAST))
        listed |= {service.name: service for _, service in own if _has_ip(service)}
    return {
        name: (value, f"{listed[key].namespace}/{key}") for key in sorted(listed) for name, value in _of(listed[key])
    }


def _has_ip(service: Service) -> bool:
    return service.spec.cluster_ip not in ("", "None")


def _of(service: Service) -> Iterator[tuple[str, str]]:
    """One Service's variables: its first port also without a name, then Docker's way of saying it."""
    prefix, ip, ports = _name(service.name), service.spec.cluster_ip, service.spec.ports
    yield f"{prefix}_SERVICE_HOST", ip
    for port in ports[:1]:
        yield f"{prefix}_SERVICE_PORT", str(port.port)
    for port in ports:
        if port.name:
            yield f"{prefix}_SERVICE_PORT_{_name(port.name)}", str(port.port)
    host = f"[{ip}]" if ":" in ip else ip
    for place, port in enumerate(ports):
        protocol = port.protocol or "TCP"
        url = f"{protocol.lower()}://{host}:{port.port}"
        if not place:
            yield f"{prefix}_PORT", url
        link = f"{prefix}_PORT_{port.port}_{protocol.upper()}"
        yield link, url
        yield f"{link}_PROTO", protocol.lower()
        yield f"{link}_PORT", str(port.port)
        yield f"{link}_ADDR", ip


def _name(text: str) -> str:
    return text.replace("-", "_").upper()


def expanded(text: str, known: Mapping[str, str]) -> str:
    """A value with each ``$(NAME)`` that is known replaced; ``$$`` is a dollar sign.

    Upstream: third_party/forked/golang/expansion/expand.go.
    """

    def replaced(match: re.Match[str]) -> str:
        found = match[0]
        if found == "$$":
            return "$"
        return known.get(found[2:-1], found) if found.startswith("$(") and found.endswith(")") else found

    return REFERENCE.sub(replaced, text)


@frozen
class _Given:
    """What a container's variables may be taken from: its Pod and the ConfigMaps of the namespace."""

    pod: Pod
    configmaps: Table

    def all_of(self, entry: Mapping[str, Any]) -> dict[str, str]:
        """All that one entry of ``envFrom`` gives."""
        reference = entry.get("configMapRef") or {}
        prefix = entry.get("prefix") or ""
        return {f"{prefix}{key}": value for key, value in sorted(self._data(reference).items())}

    def value_of(self, variable: EnvVar) -> str | None:
        """What ``valueFrom`` gives: None where there is no such thing, or none that the model has."""
        source = variable.kept.get("valueFrom")
        if not source:
            return ""
        if "configMapKeyRef" in source:
            reference = source["configMapKeyRef"]
            return self._data(reference).get(reference.get("key", ""))
        path = (source.get("fieldRef") or {}).get("fieldPath", "")
        found = SUBSCRIPT.fullmatch(path)
        if found:
            named = self.pod.labels if found[1] == "labels" else self.pod.metadata.annotations
            return named.get(found[2], "")
        read = FIELDS.get(path)
        return None if read is None else read(self.pod)

    def _data(self, reference: Mapping[str, Any]) -> Mapping[str, str]:
        found = self.configmaps.objects.get((self.pod.namespace, reference.get("name", "")))
        return FrozenMap() if found is None else found.data


FIELDS: dict[str, Callable[[Pod], str]] = {
    "metadata.name": lambda pod: pod.name,
    "metadata.namespace": lambda pod: pod.namespace,
    "metadata.uid": lambda pod: pod.metadata.uid,
    "spec.nodeName": lambda pod: pod.spec.node_name,
    "spec.serviceAccountName": lambda pod: pod.spec.service_account_name,
    "status.hostIP": lambda pod: pod.status.host_ip,
    "status.hostIPs": lambda pod: ",".join(each["ip"] for each in pod.status.kept.get("hostIPs", ())),
    "status.podIP": lambda pod: next(iter(pod.addresses), ""),
    "status.podIPs": lambda pod: ",".join(pod.addresses),
}
