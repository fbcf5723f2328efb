"""The whole chain for one Service: link after link; where one is broken those behind it are not blamed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import evolve

from kdisco.explain.advice import advice
from kdisco.explain.callers import callers
from kdisco.explain.diagnosis import Diagnosis
from kdisco.explain.existence import address, alias, missing
from kdisco.explain.finding import Finding
from kdisco.explain.machines import machines
from kdisco.explain.names import answers, cluster_dns, lookups, nameservers, tried
from kdisco.explain.outside import outside
from kdisco.explain.pods import readiness
from kdisco.explain.ports import ports
from kdisco.explain.probes import probes, succeeds
from kdisco.explain.proxies import rules
from kdisco.explain.scene import Scene
from kdisco.explain.selection import selection
from kdisco.explain.slices import by_hand, fresh
from kdisco.explain.way import way
from kdisco.store.state import State

__all__ = ["diagnose"]

Link = Callable[[Scene], Iterator[Finding]]
BACKENDS: tuple[Link, ...] = (address, selection, readiness, ports, by_hand, fresh, rules)
NAMES: tuple[Link, ...] = (nameservers, answers, lookups)
DOWN = ("no-endpoints", "crash-loop", "image-pull-error", "pod-unschedulable", "readiness-failing", "pod-starting")


def diagnose(state: State, namespace: str, name: str, *, dump: bool = False, partial: bool = False) -> Diagnosis:
    """Why a Service does not answer, or that it does. Changes nothing: packets are sent in a state of their own."""
    target = f"service/{namespace}/{name}"
    service = state.view.get("services", (namespace, name))
    if service is None:
        return Diagnosis(target=target, findings=tuple(missing(state, namespace, name)))
    scene = Scene(state, service, dump, partial)
    if service.spec.type == "ExternalName":
        found, count = [*alias(scene)], 1
    else:
        found, count = _behind(scene)
        found += [] if found else outside(scene)
    found = [*machines(state), *found]
    dns, asked = _names(scene, blamed=found)
    found = _once([*found, *dns, *([] if found else callers(scene))])
    codes = {(each.code, each.objects) for each in found}
    warnings = [each for each in advice(scene) if (each.code, each.objects) not in codes and each.code not in _told(found)]
    return Diagnosis(target=target, findings=tuple(found), warnings=tuple(warnings), tried=count + asked)


def _behind(scene: Scene) -> tuple[list[Finding], int]:
    """The first broken link from the Service to its Pods; where none is, what the packets that were sent ran into."""
    for link in BACKENDS:
        found = [*link(scene)]
        if found:
            return found, 0
    if scene.partial and not scene.service.spec.selector:
        return [], 0  # its endpoints were not in the dump
    listed = [*probes(scene)]
    return [*way(scene, (each for each in listed if not succeeds(scene, each)))], len(listed)


def _names(scene: Scene, blamed: list[Finding]) -> tuple[list[Finding], int]:
    """What is wrong with discovery. CoreDNS is behind a Service too: its chain is walked first."""
    dns = cluster_dns(scene.state)
    if dns is None:
        return [], 0
    first: list[Finding] = []
    if dns.key != scene.service.key:
        first, _ = _behind(Scene(scene.state, dns, scene.dump, scene.partial, only="UDP"))
        first = [_of_dns(each) for each in first]
    if first:
        return first, 0
    found: list[Finding] = []
    for link in NAMES:
        if link is answers and blamed and not scene.service.virtual_ips:
            continue  # the names of a headless Service follow from its endpoints
        found = [*link(scene)]
        if found:
            break
    return found, sum(1 for _ in tried(scene.state))


def _of_dns(found: Finding) -> Finding:
    """What is wrong with the Pods behind kube-dns is that CoreDNS is down."""
    if found.code in DOWN:
        return evolve(found, code="coredns-down", cause=f"The cluster DNS does not answer: {found.cause}")
    if found.code == "network-policy-blocks-port":
        return evolve(found, code="network-policy-blocks-dns")
    return found


def _told(found: Iterable[Finding]) -> set[str]:
    """The codes of causes, of which no warning need be given besides."""
    return {each.code for each in found}


def _once(found: Iterable[Finding]) -> list[Finding]:
    """Each cause once, the first time it is told."""
    first: dict[tuple[str, tuple[str, ...], str], Finding] = {}
    for each in found:
        first.setdefault((each.code, each.objects[:1], each.remedy), each)
    return list(first.values())
