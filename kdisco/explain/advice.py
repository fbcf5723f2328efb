"""What is unwise but works: warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve

from kdisco.dns import instances
from kdisco.dns.resolvconf import resolv_conf
from kdisco.dns.resolver import read_conf
from kdisco.explain import remedy
from kdisco.explain.finding import Finding
from kdisco.explain.pods import unready
from kdisco.explain.proxies import behind, proxy_pod, proxy_runs
from kdisco.explain.scene import Scene, workload
from kdisco.explain.words import ports_told, told
from kdisco.model.endpoints import SERVICE_NAME
from kdisco.model.pod import Pod
from kdisco.net.lost import host
from kdisco.net.memo import Memo
from kdisco.phrase import Phrase

__all__ = ["advice"]

USUAL_NDOTS = 5

_OWN_DNS: Memo[tuple[Pod, ...]] = Memo(4)
_LAME: Memo[tuple[Finding, ...]] = Memo(4)


def advice(scene: Scene) -> Iterator[Finding]:
    """The warnings about one Service."""
    for look in LOOKS:
        yield from look(scene)


def _pods(scene: Scene) -> Iterator[Finding]:
    """Some of its Pods are not ready, others do their work."""
    if scene.backends:
        yield from unready(scene)


def _unnamed(scene: Scene) -> Iterator[Finding]:
    ports = scene.service.spec.ports
    bare = [place for place, port in enumerate(ports) if not port.name]
    if len(ports) > 1 and bare:
        steps = [("add", f"/spec/ports/{place}/name", f"port-{ports[place].port}") for place in bare]
        yield Finding(
            code="unnamed-ports",
            cause=Phrase(
                "A Service with several ports should name each: no SRV record and no slice port tells them apart.",
            ),
            evidence=Phrase("{service} spec.ports[{place}].name is not set", service=scene.name, place=bare[0]),
            remedy=remedy.json_patch(scene.service, *steps),
            objects=(scene.name,),
        )


def _undeclared(scene: Scene) -> Iterator[Finding]:
    for place, port in enumerate(scene.service.spec.ports):
        target = port.port if port.target_port is None else port.target_port
        for pod in scene.backends[:1]:
            declared = {(each.container_port, each.protocol or "TCP") for c in pod.spec.containers for each in c.ports}
            wanted, listened = (target, port.protocol or "TCP"), scene.listens(pod)
            works = not scene.service.headless and (listened is None or wanted in listened)
            if isinstance(target, int) and wanted not in declared and works:
                above: Any = workload(scene.view, pod)
                new = {"containerPort": target, "protocol": port.protocol or "TCP"}
                body = {"spec": {"containers": [{"name": pod.spec.containers[0].name, "ports": [new]}]}}
                yield Finding(
                    code="target-port-undeclared",
                    cause=Phrase(
                        "targetPort {target} is none of the ports that the containers declare: it works where the "
                        "program listens there, but nobody who reads the manifest knows.",
                        target=target,
                    ),
                    evidence=Phrase(
                        "{service} spec.ports[{place}].targetPort {target}; {pod} declares {ports}",
                        service=scene.name, place=place, target=target, pod=pod, ports=ports_told(pod.spec.containers),
                    ),
                    remedy=remedy.in_template(above, body),
                    objects=(scene.name, str(pod)),
                )


def _deprecated(scene: Scene) -> Iterator[Finding]:
    spec = scene.service.spec
    if spec.external_ips:
        yield Finding(
            code="external-ips-deprecated",
            cause=Phrase("spec.externalIPs is deprecated: whoever may write a Service can draw others' traffic to it."),
            evidence=Phrase(
                "{service} spec.externalIPs {external_ips}",
                service=scene.name, external_ips=told(spec.external_ips),
            ),
            remedy=remedy.merge_patch(scene.service, {"spec": {"externalIPs": None}}),
            objects=(scene.name,),
        )
    if spec.traffic_distribution == "PreferClose":
        yield Finding(
            code="traffic-distribution-deprecated",
            cause=Phrase("trafficDistribution PreferClose is deprecated: it is called PreferSameZone now."),
            evidence=f"{scene.name} spec.trafficDistribution PreferClose",
            remedy=remedy.merge_patch(scene.service, {"spec": {"trafficDistribution": "PreferSameZone"}}),
            objects=(scene.name,),
        )


def _affinity(scene: Scene) -> Iterator[Finding]:
    service = scene.service
    if service.spec.session_affinity != "ClientIP" or service.headless:
        return
    config = service.spec.session_affinity_config
    seconds = config.client_ip.timeout_seconds if config and config.client_ip else 10800
    yield Finding(
        code="session-affinity-surprise",
        cause=Phrase(
            "Session affinity: all connections of one client address go to one Pod, so load is not spread evenly.",
        ),
        evidence=Phrase("{service} spec.sessionAffinity ClientIP for {seconds} s", service=scene.name, seconds=seconds),
        remedy=remedy.merge_patch(service, {"spec": {"sessionAffinity": "None", "sessionAffinityConfig": None}}),
        objects=(scene.name,),
    )


def _ndots(scene: Scene) -> Iterator[Finding]:
    """Pods whose names take more detours than those of others."""
    seen = set()
    table = scene.view.table("pods")
    for pod in _OWN_DNS.get((table,), (), lambda: tuple(pod for pod in table.objects.values() if pod.spec.dns_config)):
        if pod.finished or not pod.spec.node_name:
            continue
        conf = read_conf(resolv_conf(scene.state, pod), "glibc")
        above: Any = workload(scene.view, pod)
        if conf.ndots <= USUAL_NDOTS or str(above) in seen:
            continue
        seen.add(str(above))
        yield Finding(
            code="ndots-flood",
            cause=Phrase(
                "ndots:{ndots} lets even full names walk the search list first: {count} names are asked for instead "
                "of one.",
                ndots=conf.ndots, count=len(conf.searches) + 1,
            ),
            evidence=f"{pod} /etc/resolv.conf options ndots:{conf.ndots}, search {' '.join(conf.searches)}",
            remedy=remedy.in_template(above, {"spec": {"dnsConfig": None}}),
            objects=(str(above),),
        )


def _legacy(scene: Scene) -> Iterator[Finding]:
    service = scene.service
    found = scene.view.get("endpoints", service.key)
    if not service.spec.selector and found is not None and found.subsets and service.key != ("default", "kubernetes"):
        yield Finding(
            code="endpoints-api-deprecated",
            cause=Phrase(
                "The endpoints are written as v1 Endpoints, which is deprecated since v1.33: write an "
                "EndpointSlice.",
            ),
            evidence=Phrase("{found} subsets; {service} has no selector", found=found, service=scene.name),
            remedy=f"kubectl get endpointslices -n {service.namespace} -l {SERVICE_NAME}={service.name} -o yaml",
            objects=(str(found), scene.name),
        )


def _ipvs(scene: Scene) -> Iterator[Finding]:
    if scene.state.config.proxy.mode == "ipvs":
        yield Finding(
            code="ipvs-deprecated",
            cause=Phrase("kube-proxy's mode ipvs is deprecated since v1.35: nftables takes its place."),
            evidence="configmap/kube-system/kube-proxy mode ipvs",
            remedy="kubectl edit configmap kube-proxy -n kube-system",
            objects=("configmap/kube-system/kube-proxy",),
        )


def _cut_off(scene: Scene) -> Iterator[Finding]:
    """Components that hear nothing, though nothing that concerns the Service has changed since."""
    state = scene.state
    for component in sorted(state.held):
        base, _, instance = component.partition("@")
        machine = host(state, instance)
        if base == "kube-proxy" and instance and not (machine.down or machine.cut):
            runs = proxy_runs(state, instance)
            yield Finding(
                code="kube-proxy-stale" if runs else "kube-proxy-dead",
                cause=Phrase(
                    "kube-proxy on {instance} hears of no change: its rules are right as long as nothing changes.",
                    instance=instance,
                ),
                evidence=Phrase(
                    "{what} is cut off from the API server",
                    what=proxy_pod(state, instance) or f"node/{instance}",
                ),
                remedy=behind(state, instance),
                objects=(f"node/{instance}",),
            )


def _one_coredns(scene: Scene) -> Iterator[Finding]:
    dns = scene.view.get("services", ("kube-system", "kube-dns"))
    if dns is None or dns.key == scene.service.key or not instances.coredns_pods(scene.state):
        return
    for each in _LAME.get((scene.state,), (), lambda: tuple(unready(Scene(scene.state, dns, scene.dump)))):
        yield evolve(each, code="coredns-down", cause=Phrase("One CoreDNS is down: {cause}", cause=each.cause))


def _under_way(scene: Scene) -> Iterator[Finding]:
    """Things are still on their way: what is said holds for this moment."""
    if not scene.dump and not scene.state.settled:
        yield Finding(
            code="not-settled",
            cause=Phrase("The cluster has not come to rest: what is said here may be over in a moment."),
            evidence=Phrase("{count} events are due", count=len(scene.state.agenda) - scene.state.background),
            remedy="kubectl get events -A --watch",
        )


LOOKS: tuple[Callable[[Scene], Iterator[Finding]], ...] = (
    _pods, _unnamed, _undeclared, _deprecated, _affinity, _legacy, _ndots, _ipvs, _cut_off, _one_coredns, _under_way,
)  # fmt: skip
