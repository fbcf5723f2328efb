"""The first links: is there such a Service at all, has it an address, does an alias lead anywhere."""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Iterator

from kdisco.arguments import is_address
from kdisco.dns.asking import look_up
from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.explain.scene import Scene
from kdisco.explain.sources import clients
from kdisco.explain.words import told
from kdisco.model.endpoints import SERVICE_NAME
from kdisco.model.service import Service
from kdisco.net.packet import number, span
from kdisco.phrase import Phrase
from kdisco.store.events import LookUp
from kdisco.store.state import State

__all__ = ["address", "alias", "exhausted", "missing"]

RESERVED = (".invalid", ".test", ".example", ".localhost", ".local")  # never delegated: RFC 2606, RFC 6761, RFC 6762
SPARE_RANGES = ("10.112.0.0/16", "172.30.0.0/16", "192.168.192.0/20")


def missing(state: State, namespace: str, name: str) -> Iterator[Finding]:
    """Why there is no Service of that name in the namespace."""
    view = state.view
    elsewhere = [each for each in view.list("services") if each.name == name]
    if elsewhere:
        yield _elsewhere(namespace, name, elsewhere)
        return
    yield from exhausted(state, f"service/{namespace}/{name}")
    if next(exhausted(state, ""), None):
        return
    there = [each.name for each in view.list("services", namespace)]
    near = difflib.get_close_matches(name, there, 1)
    words = Phrase("there is {names}", names=told(sorted(there))) if there else Phrase("there is none at all")
    if view.get("namespaces", ("", namespace)) is None:
        words = Phrase("nor is there a namespace {namespace}", namespace=namespace)
    cause = Phrase("There is no Service {name} in namespace {namespace}.", name=name, namespace=namespace)
    if near:
        asked = "There is no Service {name} in namespace {namespace}; did you mean {near}?"
        cause = Phrase(asked, name=name, namespace=namespace, near=near[0])
    fix = _new_service(state, namespace, name) if not near else f"kubectl get service {near[0]} -n {namespace}"
    yield Finding(
        code="service-not-found",
        cause=cause,
        evidence=Phrase(
            'services "{name}" not found in namespace {namespace}: {words}',
            name=name, namespace=namespace, words=words,
        ),
        remedy=fix,
        objects=(f"service/{namespace}/{name}",),
    )


def _elsewhere(namespace: str, name: str, found: list[Service]) -> Finding:
    home = found[0]
    target = f"{name}.{home.namespace}.svc.cluster.local"
    document = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"type": "ExternalName", "externalName": target},
    }
    where = told(each.namespace for each in found)
    return Finding(
        code="wrong-namespace-in-name",
        cause=Phrase(
            "Service {name} is not in namespace {namespace} but in {where}: from elsewhere it is "
            "{name}.{home}.",
            name=name, namespace=namespace, where=where, home=home.namespace,
        ),
        evidence=Phrase(
            'services "{name}" not found in namespace {namespace}; {home} is there',
            name=name, namespace=namespace, home=home,
        ),
        remedy=Phrase(
            "# ask for {name}.{home}, or make the name known here too:\n{command}",
            name=name, home=home.namespace, command=remedy.apply(document),
        ),
        objects=(f"service/{namespace}/{name}", str(home)),
    )


def _new_service(state: State, namespace: str, name: str) -> str:
    """A command that makes the Service, where a workload of its name is there."""
    for kind in ("deployments", "statefulsets"):
        found = state.view.get(kind, (namespace, name))
        if found is not None:
            ports = [port for each in found.spec.template.spec.containers for port in each.ports]
            number = ports[0].container_port if ports else 80
            return f"kubectl expose {found.KIND.lower()} {name} -n {namespace} --port={number}"
    return f"kubectl get services -n {namespace}"


def exhausted(state: State, target: str) -> Iterator[Finding]:
    """Whether the Service ranges have no address left, so that no new Service can be made."""
    ranges = [each for each in state.view.list("servicecidrs") if not each.deleting]
    cidrs = [cidr for each in ranges for cidr in each.spec.cidrs]
    taken = [number(each.name) for each in state.view.list("ipaddresses") if ":" not in each.name]
    if any(":" not in cidr and _free(cidr, taken) for cidr in cidrs) or not cidrs or all(":" in cidr for cidr in cidrs):
        return
    known = [ipaddress.ip_network(cidr) for cidr in (*cidrs, *state.config.pod_cidrs) if ":" not in cidr]
    spare = map(ipaddress.ip_network, SPARE_RANGES)
    free = [each for each in spare if not any(each.overlaps(other) for other in known)]
    document = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "ServiceCIDR",
        "metadata": {"name": "more-services"},
        "spec": {"cidrs": [str(free[0]) if free else "10.0.0.0/16"]},
    }
    yield Finding(
        code="service-cidr-exhausted",
        cause=Phrase("Every address of the Service range is taken: no further Service can get a ClusterIP."),
        evidence=Phrase(
            "servicecidr/{name} spec.cidrs {cidrs}: {count} IPAddress objects, none free",
            name=ranges[0].name, cidrs=told(cidrs), count=len(taken),
        ),
        remedy=remedy.apply(document),
        objects=(f"servicecidr/{ranges[0].name}", *([target] if target else ())),
    )


def _free(cidr: str, taken: list[int]) -> bool:
    """Whether a range has an address to give: all but its first and its last."""
    network, mask = span(cidr)
    used = sum(1 for each in set(taken) if each & mask == network)
    size = ipaddress.ip_network(cidr).num_addresses
    return used < size - (2 if ":" not in cidr else 1)


def address(scene: Scene) -> Iterator[Finding]:
    """A Service that should have a ClusterIP and has none."""
    spec = scene.service.spec
    if spec.cluster_ip or spec.type == "ExternalName" or scene.service.headless:
        return
    full = list(exhausted(scene.state, scene.name))
    yield from full
    if not full:
        yield Finding(
            code="cluster-ip-missing",
            cause=Phrase("The Service has no ClusterIP: it is a manifest that no API server has taken yet."),
            evidence=Phrase("{service} spec.clusterIP is not set", service=scene.name),
            remedy=f"kubectl get service {scene.service.name} -n {scene.service.namespace} -o yaml | "
            "kubectl replace --force -f -",
            objects=(scene.name,),
        )


def alias(scene: Scene) -> Iterator[Finding]:
    """An ExternalName whose target is no name that anybody knows."""
    spec = scene.service.spec
    target = spec.external_name.removesuffix(".")
    problem = _nowhere(scene, target)
    if problem:
        near = _near_service(scene, target)
        if "is an address" in problem:
            fix = _to_address(scene, target)
        elif near:
            fix = remedy.merge_patch(scene.service, {"spec": {"externalName": near}})
        elif spec.selector:
            fix = remedy.merge_patch(scene.service, {"spec": {"type": "ClusterIP", "externalName": None}})
        else:
            words = "# give it a name that exists, or take the alias away:\n{command}"
            fix = Phrase(words, command=remedy.delete(scene.service))
        yield Finding(
            code="external-name-to-nowhere",
            cause=Phrase(
                "The Service is an alias for {target}, which leads nowhere: {problem}.",
                target=target, problem=problem,
            ),
            evidence=f"{scene.name} spec.externalName {target}",
            remedy=fix,
            objects=(scene.name,),
        )


def _to_address(scene: Scene, ip: str) -> str:
    """What leads a Service to an address outside: no selector, and an EndpointSlice that names it."""
    service = scene.service
    written = service.to_dict()["spec"].get("ports") or [{"port": 80, "protocol": "TCP"}]
    front = remedy.merge_patch(service, {"spec": {"type": "ClusterIP", "externalName": None, "ports": written}})
    parts = ("name", "port", "protocol")
    ports = [{"name": "", "protocol": "TCP"} | {key: each[key] for key in parts if key in each} for each in written]
    slices = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{service.name}-outside",
            "namespace": service.namespace,
            "labels": {SERVICE_NAME: service.name},
        },
        "addressType": "IPv6" if ":" in ip else "IPv4",
        "ports": ports,
        "endpoints": [{"addresses": [ip]}],
    }
    return f"{front}\n{remedy.apply(slices)}"


def _nowhere(scene: Scene, target: str) -> str:
    """Why an alias's target cannot be reached, "" when it can, or when a dump does not tell."""
    if is_address(target):
        return Phrase("that is an address, and DNS looks it up as a name")
    zone = f".svc.{scene.state.config.domain}"
    if target.endswith(zone):
        name, _, namespace = target.removesuffix(zone).rpartition(".")
        name = name.rpartition(".")[2]
        if scene.view.get("services", (namespace, name)) is None:
            return Phrase("there is no Service {name} in namespace {namespace}", name=name, namespace=namespace)
        return ""
    if target.endswith(RESERVED) or "." not in target:
        return Phrase("no resolver knows such a name")
    pod = next((source.name for source in clients(scene.state) if source.asks), "")
    if not pod or (scene.dump and not scene.state.config.upstream):
        return ""
    found = look_up(scene.state, LookUp(name=f"{target}.", pod=pod))[1]
    ended = Phrase("the look-up of {target} ends with {error}", target=target, error=found.error)
    return ended if found.error else ""


def _near_service(scene: Scene, target: str) -> str:
    """The name of a Service that was probably meant."""
    zone = f".svc.{scene.state.config.domain}"
    others = [each for each in scene.view.list("services") if each.key != scene.service.key]
    names = {f"{each.name}.{each.namespace}{zone}": each.name for each in others}
    same = [full for full, name in names.items() if name == target.partition(".")[0]]
    return next(iter(same), "") or next(iter(difflib.get_close_matches(target, names, 1, 0.75)), "")
