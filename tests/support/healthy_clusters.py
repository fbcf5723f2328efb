"""Random clusters in which nothing is wrong: every Service that they hold answers everybody."""

from __future__ import annotations

from random import Random
from typing import Any

from kdisco import Cluster, ProxyConfig

__all__ = ["healthy"]

DUAL = {"service_cidr": "10.96.0.0/16,fd00:10:96::/112", "pod_cidr": "10.244.0.0/16,fd00:10:244::/56"}
Document = dict[str, Any]


def healthy(seed: int) -> Cluster:
    """A settled cluster of one to four nodes with up to six applications, each of a random sort."""
    rng = Random(seed)  # noqa: S311 - a test's own
    dual = rng.random() < 0.2
    mode = rng.choice(["iptables", "iptables", "nftables"])
    cluster = Cluster(nodes=rng.randint(1, 4), seed=seed, proxy=ProxyConfig(mode=mode), **(DUAL if dual else {}))
    spaces = ["default", *(["shop"] if rng.random() < 0.6 else []), *(["data"] if rng.random() < 0.3 else [])]
    for name in spaces[1:]:
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for number in range(rng.randint(1, 6)):
        space = rng.choice(spaces)
        for document in rng.choice(SORTS)(rng, f"app-{number}", space, dual=dual):
            cluster.create(document, namespace=space)
    for space in spaces:
        if rng.random() < 0.3:
            cluster.create(_open_policy(space))
    cluster.settle()
    return cluster


def _service(rng: Random, name: str, space: str, ports: list[Document], **spec: Any) -> Document:
    more: Document = {"sessionAffinity": "ClientIP"} if rng.random() < 0.15 else {}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": space, "labels": {"team": rng.choice(["a", "b"])}},
        "spec": {"selector": {"app": name}, "ports": ports, **more, **spec},
    }


def _container(rng: Random, ports: list[Document]) -> Document:
    found: Document = {"name": "main", "image": f"registry.test/app:{rng.randint(1, 9)}", "ports": ports}
    if rng.random() < 0.5:
        target = rng.choice([ports[0]["containerPort"], ports[0].get("name") or ports[0]["containerPort"]])
        found["readinessProbe"] = {"tcpSocket": {"port": target}, "periodSeconds": rng.choice([2, 5])}
    if rng.random() < 0.3:
        found["livenessProbe"] = {"httpGet": {"path": "/", "port": ports[0]["containerPort"]}}
    return found


def _maker(rng: Random, kind: str, name: str, space: str, ports: list[Document], **spec: Any) -> Document:
    labels = {"app": name} | ({"tier": rng.choice(["front", "back"])} if rng.random() < 0.5 else {})
    template: Document = {"metadata": {"labels": labels}, "spec": {"containers": [_container(rng, ports)]}}
    if rng.random() < 0.2:
        template["spec"]["initContainers"] = [{"name": "wait", "image": "busybox", "command": ["sleep", "1"]}]
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": space},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template, **spec},
    }


def web(rng: Random, name: str, space: str, *, dual: bool) -> list[Document]:
    """A Deployment with a Service whose port is another than that of its Pods."""
    number = rng.randint(3000, 9000)
    named = rng.random() < 0.5
    ports = [{"containerPort": number} | ({"name": "http"} if named else {})]
    family: Document = {"ipFamilyPolicy": "RequireDualStack"} if dual and rng.random() < 0.7 else {}
    kind: Document = {"type": "NodePort"} if rng.random() < 0.3 else {}
    front = [{"port": 80, "targetPort": "http" if named else number}]
    made = _maker(rng, "Deployment", name, space, ports, replicas=rng.randint(1, 4))
    return [made, _service(rng, name, space, front, **family, **kind), *_caller(rng, name, space)]


def several_ports(rng: Random, name: str, space: str, *, dual: bool) -> list[Document]:
    """A Service with three ports, one of them UDP."""
    del dual
    ports: list[Document] = [
        {"name": "http", "containerPort": 8080},
        {"name": "metrics", "containerPort": 9090},
        {"name": "log", "containerPort": 514, "protocol": "UDP"},
    ]
    front = [
        {"name": "http", "port": 80, "targetPort": 8080},
        {"name": "metrics", "port": 9090},
        {"name": "log", "port": 514, "protocol": "UDP", "targetPort": "log"},
    ]
    return [_maker(rng, "Deployment", name, space, ports, replicas=2), _service(rng, name, space, front)]


def stateful(rng: Random, name: str, space: str, *, dual: bool) -> list[Document]:
    """A StatefulSet with its headless Service."""
    del dual
    ports = [{"name": "db", "containerPort": 5432}]
    made = _maker(rng, "StatefulSet", name, space, ports, replicas=rng.randint(1, 3), serviceName=name)
    front = [{"name": "db", "port": 5432, "targetPort": rng.choice(["db", 5432])}]
    return [made, _service(rng, name, space, front, clusterIP="None", sessionAffinity="None")]


def everywhere(rng: Random, name: str, space: str, *, dual: bool) -> list[Document]:
    """A DaemonSet, so that traffic can stay on its node."""
    del dual
    made = _maker(rng, "DaemonSet", name, space, [{"containerPort": 9100}])
    local = rng.choice([{"internalTrafficPolicy": "Local"}, {"type": "NodePort", "externalTrafficPolicy": "Local"}])
    return [made, _service(rng, name, space, [{"port": 9100}], **local)]


def bare(rng: Random, name: str, space: str, *, dual: bool) -> list[Document]:
    """A Pod on its own."""
    del dual
    meta = {"name": name, "namespace": space, "labels": {"app": name}}
    spec = {"containers": [_container(rng, [{"containerPort": 80}])]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
    return [pod, _service(rng, name, space, [{"port": 80}])]


def outside(rng: Random, name: str, space: str, *, dual: bool) -> list[Document]:
    """A Service without a selector, and a slice that leads outside."""
    del dual
    front = _service(rng, name, space, [{"name": "db", "port": 5432}])
    del front["spec"]["selector"]
    meta = {"name": f"{name}-1", "namespace": space, "labels": {"kubernetes.io/service-name": name}}
    slices = {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": meta, "addressType": "IPv4",
        "ports": [{"name": "db", "port": 15432, "protocol": "TCP"}],
        "endpoints": [{"addresses": [f"203.0.113.{rng.randint(1, 250)}"]}],
    }  # fmt: skip
    return [front, slices]


def alias(rng: Random, name: str, space: str, *, dual: bool) -> list[Document]:
    """An application, and an alias for its Service."""
    there = f"{name}.{space}.svc.cluster.local"
    meta = {"name": f"{name}-alias", "namespace": space}
    spec = {"type": "ExternalName", "externalName": there}
    return [*web(rng, name, space, dual=dual), {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}]


def _caller(rng: Random, name: str, space: str) -> list[Document]:
    """Sometimes a client that names the Service rightly."""
    if rng.random() < 0.6:
        return []
    full = f"{name}.{space}.svc.cluster.local"
    home, host = rng.choice([(space, name), (space, f"{name}.{space}"), ("default", full)])
    env = [{"name": "BACKEND_URL", "value": f"http://{host}/api"}, {"name": "NAME", "value": name}]
    spec = {"containers": [{"name": "client", "image": "busybox", "env": env}]}
    meta = {"name": f"{name}-client", "namespace": home, "labels": {"run": "client"}}
    return [{"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}]


def _open_policy(space: str) -> Document:
    """A policy that isolates and then allows all that is asked for here."""
    everybody = [{"namespaceSelector": {}}, {"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "open", "namespace": space},
        "spec": {
            "podSelector": {}, "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": everybody}], "egress": [{"to": everybody}],
        },
    }  # fmt: skip


SORTS = (web, web, several_ports, stateful, everywhere, bare, outside, alias)
