"""The links of discovery: who is asked, does the question get there, does every CoreDNS know the answer."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import dns.rcode
from attrs import evolve

from kdisco.dns import instances
from kdisco.dns.asking import look_up
from kdisco.dns.lookup import Lookup
from kdisco.dns.memory import Memory
from kdisco.dns.resolvconf import resolv_conf
from kdisco.dns.resolver import read_conf
from kdisco.dns.server import Server
from kdisco.explain import remedy
from kdisco.explain.alike import alike
from kdisco.explain.finding import Finding
from kdisco.explain.groups import Group
from kdisco.explain.probes import Probe, backs
from kdisco.explain.scene import Scene, workload
from kdisco.explain.sources import Source, clients
from kdisco.explain.way import stopped
from kdisco.explain.words import told
from kdisco.model.pod import Pod
from kdisco.model.service import Service
from kdisco.net.ends import pod_at
from kdisco.net.memo import Memo
from kdisco.phrase import Phrase
from kdisco.store.events import LookUp
from kdisco.store.state import State

__all__ = ["answers", "cluster_dns", "lookups", "nameservers", "tried", "zone"]

KUBE_DNS = ("kube-system", "kube-dns")
PORT = 53
FAILS = "lookup-fails"
READ = ("services", "endpointslices", "pods", "namespaces")  # what CoreDNS answers from
SURE = "kubernetes.default"  # a name that every cluster has

_TRIED: Memo[tuple[tuple[Source, Lookup], ...]] = Memo(4)
_MISLED: Memo[tuple[tuple[Pod, str], ...]] = Memo(4)


def cluster_dns(state: State) -> Service | None:
    """The Service before CoreDNS, where there is one."""
    found: Service | None = state.view.get("services", KUBE_DNS)
    return found


def nameservers(scene: Scene) -> Iterator[Finding]:
    """Pods that should ask the cluster DNS, and whose file names somebody else."""
    dns = cluster_dns(scene.state)
    misled = _MISLED.get((scene.state,), (), lambda: tuple(_misled(scene, dns)))
    if dns is None or not misled:
        return
    right, given = dns.virtual_ips[0], misled[0][1]
    nodes = [pod.spec.node_name for pod, _ in misled]
    config = f"sed -i s/{given}/{right}/ /var/lib/kubelet/config.yaml"
    own = [name for name in nodes if scene.dump or (name in scene.state.hosts and scene.state.hosts[name].cluster_dns)]
    fixes = [remedy.on_node(name, f'sh -c "{config} && systemctl restart kubelet"') for name in own]
    where = {"nodes": told(nodes), "given": given, "right": right}
    gave = "The kubelet of {nodes} gave Pods the nameserver {given}, where nobody is; the cluster DNS is at {right}."
    several = (
        "The kubelets of {nodes} gave Pods the nameserver {given}, where nobody is; the cluster DNS is at {right}."
    )
    yield Finding(
        code="wrong-cluster-dns",
        cause=Phrase(several, **where) if len(nodes) > 1 else Phrase(gave, **where),
        evidence=f"{misled[0][0]} /etc/resolv.conf nameserver {given}; {dns} spec.clusterIP {right}",
        remedy="\n".join(dict.fromkeys([*fixes, *(each for name in nodes for each in _anew(scene, name, given))])),
        objects=(*(f"node/{name}" for name in nodes), *(str(pod) for pod, _ in misled)),
    )


def _misled(scene: Scene, dns: Service | None) -> Iterator[tuple[Pod, str]]:
    """One Pod of each node whose first nameserver is nobody's address, with that address."""
    if dns is None or not dns.virtual_ips:
        return
    seen: set[str] = set()
    for source in clients(scene.state):
        if not source.asks or source.node in seen:
            continue
        pod = _pod(scene.state, source)
        conf = read_conf(resolv_conf(scene.state, pod), "glibc")
        own = pod.spec.dns_config.nameservers if pod.spec.dns_config else ()
        given = next(iter(conf.nameservers), "")
        if given and given not in dns.virtual_ips and given not in own and not given.startswith("169.254."):
            seen.add(source.node)
            yield pod, given


def _pod(state: State, source: Source) -> Pod:
    namespace, _, name = source.name.partition("/")
    found: Pod = state.view.get("pods", (namespace, name))
    return found


def _anew(scene: Scene, node: str, given: str) -> Iterator[str]:
    """The commands that make the Pods of a node anew that have the wrong file."""
    homes = {}
    for pod in scene.view.table("pods").find("node", node):
        if pod.key in scene.state.sandboxes and f"nameserver {given}\n" in resolv_conf(scene.state, pod):
            above = workload(scene.view, pod)
            homes[str(above)] = above
    return (remedy.restart(above) for above in homes.values())


def answers(scene: Scene) -> Iterator[Finding]:
    """Whether every CoreDNS answers for this Service what the API server has stored."""
    state, service = scene.state, scene.service
    domain = state.config.domain
    pods = [pod for pod in instances.coredns_pods(state) if pod.ready] if domain else []
    for pod in pods:
        view = state.seen_by(f"coredns@{pod.namespace}/{pod.name}")
        if all(view.tables.get(kind) is state.tables.get(kind) for kind in READ):
            continue
        name = f"{service.name}.{service.namespace}.svc.{domain}."
        server = evolve(instances.server(state, "/".join(pod.key)), memory=Memory())
        has, should = _answer(server, name), _answer(evolve(server, view=state.view), name)
        if has != should:
            old = "CoreDNS in Pod {pod} has not heard of the newest state of the Service."
            share = (
                "CoreDNS in Pod {pod} has not heard of the newest state of the Service: its share of the answers is "
                "old."
            )
            yield Finding(
                code="coredns-stale",
                cause=Phrase(share, pod=pod.name) if len(pods) > 1 else Phrase(old, pod=pod.name),
                evidence=Phrase(
                    "{pod} answers {name} with {has}; the API server's objects give {should}",
                    pod=pod, name=name, has=has, should=should,
                ),
                remedy=remedy.delete(pod),
                objects=(str(pod), scene.name),
            )


def zone(state: State) -> Iterator[Finding]:
    """Whether CoreDNS serves the domain that the Pods' search lists name."""
    domain = state.config.domain
    if state.view.get("services", ("default", "kubernetes")) is None or not domain:
        return
    for pod in (each for each in instances.coredns_pods(state) if each.ready):
        name = f"{SURE}.svc.{domain}."
        said = _answer(evolve(instances.server(state, "/".join(pod.key)), memory=Memory(), view=state.view), name)
        if said in ("NXDOMAIN", "REFUSED", "SERVFAIL"):
            yield Finding(
                code="coredns-wrong-zone",
                cause=Phrase(
                    "CoreDNS does not serve the domain {domain} that the Pods' search lists name.",
                    domain=domain,
                ),
                evidence=Phrase(
                    "configmap/kube-system/coredns data.Corefile; {pod} answers {name} with {said}",
                    pod=pod, name=name, said=said,
                ),
                remedy="kubectl edit configmap coredns -n kube-system",
                objects=("configmap/kube-system/coredns", str(pod)),
            )
            return


def _answer(server: Server, name: str) -> str:
    """The records of a name, or the rcode where there are none."""
    message = server.query(name, "A", udp_size=4096)
    found = sorted(text for rrset in message.answer for text in (str(item) for item in rrset))
    return ", ".join(found) or dns.rcode.to_text(message.rcode())


def lookups(scene: Scene) -> Iterator[Finding]:
    """Whether questions of Pods from every namespace and node get to a CoreDNS and come back: each cause once."""
    found: dict[tuple[str, ...], Finding] = {}
    for source, asked in tried(scene.state):
        if asked.error:
            finding = _unanswered(scene, source, asked)
            about = (source.namespace, str(asked.error)) if finding.code == FAILS else finding.objects[:1]
            found.setdefault((finding.code, finding.remedy, *about), finding)
    yield from found.values()


def _unanswered(scene: Scene, source: Source, asked: Lookup) -> Finding:
    """Why a look-up failed: what stopped the last question that did not arrive, else what was answered."""
    trace = next((each for each in reversed(asked.traces) if each is not None and not each.delivered), None)
    if trace is not None:
        packet = trace.packet
        return stopped(scene, Probe(source, packet.destination, PORT, packet.protocol, trace, endpoint=False))
    return Finding(
        code=FAILS,
        cause=Phrase("Look-ups of Pods like {source} fail: {error}.", source=source.name, error=asked.error),
        evidence=Phrase("pod/{pod} looks up {name}: {why}", pod=source.name, name=asked.name, why=_last(asked)),
        remedy="kubectl logs -n kube-system -l k8s-app=kube-dns",
        objects=(f"pod/{source.name}", "service/kube-system/kube-dns"),
    )


def _last(asked: Lookup) -> str:
    """What is said of the question that came to nothing last."""
    return asked.reasons[-1] if asked.reasons else str(asked.error)


def tried(state: State) -> tuple[tuple[Source, Lookup], ...]:
    """A look-up from each sort of Pod that asks the cluster DNS; what is asked for is there in every cluster."""
    return _TRIED.get((state,), (), lambda: tuple(_tried(state)))


def _tried(state: State) -> Iterator[tuple[Source, Lookup]]:
    dns = cluster_dns(state)
    if state.view.get("services", ("default", "kubernetes")) is None or dns is None:
        return
    for source in _askers(state, dns):
        yield source, look_up(state, LookUp(name=SURE, pod=source.name, family="inet"))[1]


def _askers(state: State, dns: Service) -> Iterator[Source]:
    """Of the Pods that ask the cluster DNS one of each sort: with the same files, and the same ways to all servers."""
    kin, scene = alike(state), Scene(state, dns)
    servers = [back for back in backs(scene) if back[1] == PORT]
    tests = [*(kin.treatment(dns, ip) for ip in dns.virtual_ips), *map(kin.ways, servers)]
    ways: dict[Group, tuple[Hashable, ...]] = {}
    answering = {"/".join(key) for key in (pod_at(state, ip) for ip, *_ in servers) if key}
    seen = set()
    for source in clients(state):
        if not source.asks:
            continue
        pod, group = _pod(state, source), kin.groups.homes[source.name][1]
        files = resolv_conf(state, pod), str(pod.spec.kept.get("hostAliases"))
        if group not in ways:
            ways[group] = tuple([each(group) for each in tests])
        elsewhere = any(each not in dns.virtual_ips for each in read_conf(files[0], "glibc").nameservers)
        sort = *files, ways[group], group if elsewhere else None, source if source.name in answering else None
        if sort not in seen:
            seen.add(sort)
            yield source
