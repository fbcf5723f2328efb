"""Random clusters in which much may be wrong: policies, stale rules, cut links, wrong resolvers, full tables."""

from __future__ import annotations

from random import Random
from typing import Any

from kdisco import Cluster, ProxyConfig
from kdisco.faults.hand import operate
from kdisco.store.host import Host

__all__ = ["troubled"]

Document = dict[str, Any]
DUAL = {"service_cidr": "10.96.0.0/16,fd00:10:96::/112", "pod_cidr": "10.244.0.0/16,fd00:10:244::/56"}
SPACES = ("default", "shop", "data")
AFFINITY = {"sessionAffinity": "ClientIP"}
APPS = ("web", "api", "db", "log")


def troubled(seed: int) -> Cluster:
    """A cluster of two to six nodes with a few applications in up to three namespaces, and then things go wrong."""
    rng = Random(seed)  # noqa: S311 - a test's own
    cluster = Cluster(nodes=rng.randint(2, 6), seed=seed, proxy=_proxy(rng), **_network(rng))
    spaces = SPACES[: rng.randint(1, 3)]
    for name in spaces:
        labels = {"team": rng.choice("ab")}
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    for node in cluster.list("nodes"):
        zone = {"topology.kubernetes.io/zone": rng.choice("xy")}
        cluster.patch("nodes", node.name, {"metadata": {"labels": zone}})
    for name in APPS[: rng.randint(1, 4)]:
        space = rng.choice(spaces) if name == APPS[0] else spaces[0]
        for document in _application(rng, name):
            cluster.create(document, namespace=space)
    cluster.settle()
    for trouble in rng.sample(TROUBLES, rng.randint(1, 3)):
        trouble(rng, cluster)
    return cluster


def _proxy(rng: Random) -> ProxyConfig:
    """Any mode, sometimes with a range of Pods that is not the cluster's."""
    more: Document = rng.choice([{}, {}, {}, {"masquerade_all": True}, {"cluster_cidr": "10.244.1.0/24"}])
    return ProxyConfig(mode=rng.choice(["iptables", "iptables", "nftables", "ipvs"]), **more)


def _network(rng: Random) -> Document:
    return {**(DUAL if rng.random() < 0.2 else {}), **({"backend": "host-gw"} if rng.random() < 0.2 else {})}


def _application(rng: Random, name: str) -> list[Document]:
    """A Deployment and its Service."""
    labels = {"app": name, "tier": rng.choice(["front", "back"])}
    container = {"name": "main", "image": "registry.test/app:1", "ports": [{"containerPort": 8080}]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": rng.randint(1, 6), "selector": {"matchLabels": labels}, "template": template}
    more: Document = rng.choice([
        {}, {}, {}, {"internalTrafficPolicy": "Local"}, {"trafficDistribution": "PreferSameZone"},
        {"trafficDistribution": "PreferSameNode"}, {"sessionAffinity": "ClientIP"}, {"clusterIP": "None"},
    ])  # fmt: skip
    front = {"selector": {"app": name}, "ports": [{"port": rng.choice([80, 8080]), "targetPort": 8080}], **more}
    return [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": front},
    ]


# What goes wrong


def _policies(rng: Random, cluster: Cluster) -> None:
    """One to three NetworkPolicies."""
    spaces = sorted({pod.namespace for pod in cluster.list("pods")})
    first = len(cluster.list("networkpolicies"))
    for number in range(first, first + rng.randint(1, 3)):
        directions = rng.choice([["Ingress"], ["Egress"], ["Ingress", "Egress"]])
        rules = {
            side: [{way: [_peer(rng, cluster) for _ in range(rng.randint(1, 2))], **_ports(rng)}]
            for side, way in (("ingress", "from"), ("egress", "to"))
            if side.capitalize() in directions and rng.random() < 0.8
        }
        selector = rng.choice([{}, {"matchLabels": {"app": rng.choice(APPS)}}, {"matchLabels": {"tier": "back"}}])
        meta = {"name": f"some-{number}", "namespace": rng.choice(spaces)}
        spec = {"podSelector": selector, "policyTypes": directions, **rules}
        document = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}
        cluster.create(document)
    cluster.settle()


def _ports(rng: Random) -> Document:
    return rng.choice([{}, {}, {"ports": [{"port": 8080}]}, {"ports": [{"port": 53, "protocol": "UDP"}]}])


def _peer(rng: Random, cluster: Cluster) -> Document:
    pod = rng.choice([each for each in cluster.list("pods") if each.addresses])
    blocks = ["10.244.0.0/23", "10.244.0.0/16", f"{pod.addresses[0]}/32", "172.18.0.0/30"]
    some = {"matchExpressions": [{"key": "app", "operator": "In", "values": rng.sample(APPS, 2)}]}
    return rng.choice([
        {"podSelector": {"matchLabels": {"app": rng.choice(APPS)}}},
        {"podSelector": some, "namespaceSelector": {}},
        {"namespaceSelector": {"matchLabels": {"team": rng.choice("ab")}}},
        {"ipBlock": {"cidr": rng.choice(blocks)}},
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": [rng.choice(blocks)]}},
    ])  # fmt: skip


def _fault(code: str) -> Any:
    def inject(rng: Random, cluster: Cluster) -> None:
        node = rng.choice([each.name for each in cluster.list("nodes")])
        if code == "vxlan-link-cut" and cluster.config.backend != "vxlan":
            return
        services = [each for each in cluster.list("services", namespace=None) if each.spec.selector]
        service = rng.choice([each for each in services if each.namespace != "kube-system"])
        aim = {"service": service.name, "namespace": service.namespace} if code == "wrong-cluster-dns" else {}
        cluster.inject(code, node=node, **aim)
        if rng.random() < 0.7:
            cluster.settle()

    return inject


def _lagging(rng: Random, cluster: Cluster) -> None:
    """A kube-proxy that hears nothing, and a Service that changes its size."""
    cluster.hold(f"kube-proxy@{rng.choice([each.name for each in cluster.list('nodes')])}")
    found = cluster.list("deployments", namespace=None)
    given = rng.choice([each for each in found if each.namespace != "kube-system"])
    cluster.scale(f"deployment/{given.name}", rng.randint(0, 5), namespace=given.namespace)
    cluster.settle()


def _unheard(rng: Random, cluster: Cluster) -> None:
    """A Pod whose program does not listen."""
    pods = [each for each in cluster.list("pods") if each.namespace != "kube-system"]
    pod = rng.choice(pods)
    body = {"metadata": {"annotations": {"kdisco.dev/listens": "9/tcp"}}}
    cluster.patch("pods", pod.name, body, namespace=pod.namespace)


def _busy(rng: Random, cluster: Cluster) -> None:
    """Connections that kernels remember."""
    pods = [each for each in cluster.list("pods") if each.addresses and each.namespace != "kube-system"]
    for service in cluster.list("services", namespace=None):
        cluster.patch("services", service.name, {"spec": rng.choice([{}, AFFINITY])}, namespace=service.namespace)
        for ip in service.virtual_ips[:1]:
            for pod in rng.sample(pods, min(3, len(pods))):
                cluster.send(f"pod/{pod.namespace}/{pod.name}", ip, service.spec.ports[0].port)


def _local(rng: Random, cluster: Cluster) -> None:
    """A Service whose traffic stays on its node, and two Pods for it."""
    found = [each for each in cluster.list("deployments", namespace=None) if each.namespace != "kube-system"]
    given = rng.choice(found)
    cluster.patch("services", given.name, {"spec": {"internalTrafficPolicy": "Local"}}, namespace=given.namespace)
    cluster.scale(f"deployment/{given.name}", 2, namespace=given.namespace)
    cluster.settle()


def _one_sided(rng: Random, cluster: Cluster) -> None:
    """A firewall that drops what one other node sends, and nobody else."""
    node, other = rng.sample([each.name for each in cluster.list("nodes")], 2)
    operate(cluster, cluster.state.hosts.merged({node: Host(blocked=frozenset([other]))}))


def _gone(rng: Random, cluster: Cluster) -> None:
    """An endpoint written by hand that nobody is."""
    front = {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "hand"},
        "spec": {"ports": [{"port": 80, "targetPort": 8080}]},
    }  # fmt: skip
    ip = rng.choice(["10.244.1.200", "192.0.2.7", "172.18.0.200", "172.18.0.2", "10.244.9.9"])
    slices = {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "hand-1", "labels": {"kubernetes.io/service-name": "hand"}},
        "ports": [{"name": "", "port": 8080, "protocol": "TCP"}], "endpoints": [{"addresses": [ip]}],
    }  # fmt: skip
    for document in (front, slices):
        cluster.create(document)
    cluster.settle()


TROUBLES = (
    _policies, _policies, _policies, _lagging, _unheard, _busy, _gone, _local, _one_sided, _fault("vxlan-link-cut"),
    _fault("wrong-cluster-dns"), _fault("conntrack-full"), _fault("node-down"), _fault("node-partitioned"),
)  # fmt: skip
