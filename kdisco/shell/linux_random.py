"""Clusters and flows drawn at random, so that model and kernel meet what nobody has thought of."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from kdisco.cluster import Cluster
from kdisco.config import ProxyConfig
from kdisco.shell.linux_flow import Flow
from kdisco.shell.linux_plan import CLIENTS, OUTSIDE

if TYPE_CHECKING:
    from random import Random

__all__ = ["random_cluster", "random_flows"]

RANGES = {False: ("10.244.0.0/16", "10.96.0.0/16"), True: ("10.244.0.0/16,fd00:244::/56", "10.96.0.0/16,fd00:96::/112")}
BALANCERS = {4: "203.0.113.{}", 6: "2001:db8:cb::{}"}
EXTERNALS = {4: "198.18.5.{}", 6: "2001:db8:e::{}"}
WORLD = {4: "192.0.2.200", 6: "2001:db8:aaaa::1"}
UNUSED = {4: "10.96.200.200", 6: "fd00:96::c8c8"}  # ClusterIPs that nobody has
NOBODY = 200  # number of an address that no Pod has, in each node's range
PORTS = {"tcp": 8080, "udp": 9090}  # what Pods listen on
ALLOWED = ({"port": 8080}, {"port": "web"}, {"port": 9000, "endPort": 9100, "protocol": "UDP"}, {"protocol": "TCP"})
OFFERED = {"tcp": 80, "udp": 81}  # and by which Services offer it


def random_cluster(dice: Random, mode: str) -> Cluster:
    """A settled cluster: some nodes, applications in all states, and Services with all kinds of fields."""
    dual = dice.random() < 0.4  # noqa: PLR2004 - a share
    pods, services = RANGES[dual]
    proxy = ProxyConfig(
        mode=mode,
        masquerade_all=dice.random() < 0.2,  # noqa: PLR2004 - a share
        detect_local=dice.choice(("ClusterCIDR", "ClusterCIDR", "none")),
        nodeport_addresses=dice.choice(((), (), ("172.18.0.4/32", "127.0.0.0/8"), ("0.0.0.0/0", "::/0"))),
        localhost_nodeports=dice.random() < 0.7,  # noqa: PLR2004 - a share
        service_cidrs=dice.choice(((), None)),
    )
    cluster = Cluster(
        nodes=dice.randint(1, 3),
        pod_cidr=pods,
        service_cidr=services,
        backend=dice.choice(("vxlan", "host-gw")),
        proxy=proxy,
        seed=dice.randrange(1 << 16),
    )
    for at in range(dice.randint(2, 5)):
        cluster.create(_application(dice, at))
        cluster.create(_service(dice, at, dual=dual))
    for at in range(dice.choice((0, 1, 2))):
        cluster.create(_policy(dice, at))
    cluster.settle()
    for service in cluster.list("services", namespace="default"):
        if service.spec.type == "LoadBalancer":
            versions = [6 if ":" in ip else 4 for ip in service.spec.cluster_ips]
            ips = [{"ip": BALANCERS[each].format(int(service.name[-1]) + 1)} for each in versions]
            status = {"status": {"loadBalancer": {"ingress": ips}}}
            cluster.patch("service", service.name, status, subresource="status")
    return cluster.settle()


def _application(dice: Random, at: int) -> dict[str, Any]:
    """A Deployment whose Pods are ready, not ready, or do not listen at all."""
    ports = [{"containerPort": number, "protocol": name.upper()} for name, number in PORTS.items()]
    ports[0]["name"] = "web"
    container: dict[str, Any] = {"name": "c", "image": "c", "ports": ports}
    meta: dict[str, Any] = {"labels": {"app": f"app-{at}"}}
    state = dice.choice(("ready", "ready", "ready", "unready", "deaf"))
    if state == "unready":
        container["readinessProbe"] = {"tcpSocket": {"port": 7}}
    if state == "deaf":
        meta["annotations"] = {"kdisco.dev/listens": ""}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"app-{at}", "namespace": "default"},
        "spec": {
            "replicas": dice.randint(0, 3),
            "selector": {"matchLabels": {"app": f"app-{at}"}},
            "template": {"metadata": meta, "spec": {"containers": [container]}},
        },
    }


def _service(dice: Random, at: int, *, dual: bool) -> dict[str, Any]:
    kind = dice.choice(("ClusterIP", "NodePort", "LoadBalancer"))
    spec: dict[str, Any] = {"type": kind, "selector": {"app": f"app-{at}"}}
    spec["ports"] = [
        {"name": name, "port": OFFERED[name], "protocol": name.upper(), "targetPort": PORTS[name]} for name in PORTS
    ]
    spec["internalTrafficPolicy"] = dice.choice(("Cluster", "Cluster", "Local"))
    if dual:
        spec["ipFamilyPolicy"] = dice.choice(("SingleStack", "PreferDualStack"))
    versions = (4, 6) if spec.get("ipFamilyPolicy") == "PreferDualStack" else (4,)
    if dice.random() < 0.4:  # noqa: PLR2004 - a share
        spec["externalIPs"] = [EXTERNALS[each].format(at + 1) for each in versions]
    if kind != "ClusterIP" or "externalIPs" in spec:
        spec["externalTrafficPolicy"] = dice.choice(("Cluster", "Local"))
    if kind == "LoadBalancer" and dice.random() < 0.5:  # noqa: PLR2004 - a share
        spec["loadBalancerSourceRanges"] = dice.choice((["198.51.100.0/24"], ["10.244.0.0/16", "172.18.0.3/32"]))
    if dice.random() < 0.2:  # noqa: PLR2004 - a share
        spec["sessionAffinity"] = "ClientIP"
    meta = {"name": f"svc-{at}", "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}


def _policy(dice: Random, at: int) -> dict[str, Any]:
    """A NetworkPolicy: it isolates some Pods, and allows this and that."""
    kinds = dice.choice((["Ingress"], ["Egress"], ["Ingress", "Egress"]))
    spec: dict[str, Any] = {"podSelector": _some_pods(dice), "policyTypes": kinds}
    for kind, field in (("Ingress", "from"), ("Egress", "to")):
        rules = [
            {field: [_peer(dice) for _ in range(dice.randint(0, 2))], "ports": dice.sample(ALLOWED, dice.randint(0, 2))}
            for _ in range(dice.randint(0, 2))
        ]
        spec |= {kind.lower(): rules} if kind in kinds else {}
    meta = {"name": f"policy-{at}", "namespace": "default"}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}


def _some_pods(dice: Random) -> dict[str, Any]:
    return dice.choice(({}, {"matchLabels": {"app": f"app-{dice.randint(0, 4)}"}}))


def _peer(dice: Random) -> dict[str, Any]:
    return dice.choice((
        {"podSelector": _some_pods(dice)},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}},
        {"ipBlock": {"cidr": "10.244.0.0/16", "except": ["10.244.1.0/24"]}},
        {"ipBlock": {"cidr": dice.choice(("172.18.0.0/16", "198.51.100.0/24", "::/0"))}},
    ))


def random_flows(dice: Random, cluster: Cluster, many: int) -> list[Flow]:
    """Flows between everybody and everything that can be asked for, right and wrong."""
    state = cluster.state
    sources = [f"pod/{'/'.join(key)}" for key, box in state.sandboxes.items() if box.ips and "kube-proxy" not in key[1]]
    nodes = list(state.view.list("nodes"))
    sources += [f"node/{node.name}" for node in nodes] * 3 + [OUTSIDE] * 6
    targets = _targets(cluster)
    found: list[Flow] = []
    while len(found) < many:
        protocol = dice.choice(("tcp", "tcp", "udp"))
        source, (ip, ports) = dice.choice(sources), dice.choice(targets)
        port = ports[protocol] if dice.random() < 0.85 else dice.choice((79, 8080, 10250))  # noqa: PLR2004 - a share
        if ip in CLIENTS.values() or (ip.startswith("127.") and not source.startswith("node/")):
            continue
        if not port or (source == OUTSIDE and (ip in WORLD.values() or _is_astray(ip, port, ports))):
            continue
        if ":" in ip and not any(":" in each for each in nodes[0].internal_ips):
            continue
        found.append(Flow(source, ip, port, protocol))
    return found


def _is_astray(ip: str, port: int, ports: dict[str, int]) -> bool:
    """Whether somebody outside asks a published address for what it does not have: every network has its own answer."""
    published = (*BALANCERS.values(), *EXTERNALS.values())
    return any(ip.startswith(each.format("")) for each in published) and port not in ports.values()


def _targets(cluster: Cluster) -> list[tuple[str, dict[str, int]]]:
    """Addresses, and the port of each protocol that is asked for there."""
    found: list[tuple[str, dict[str, int]]] = []
    node_ips = [ip for node in cluster.list("nodes") for ip in node.internal_ips]
    for service in cluster.list("services", namespace="default"):
        offered = {"tcp": 0, "udp": 0} | {port.protocol.lower(): port.port for port in service.spec.ports}
        published = [each.ip for each in service.status.load_balancer.ingress if each.ip]
        ips = (*service.spec.cluster_ips, *service.spec.external_ips, *published)
        found += [(ip, offered) for ip in ips if ip != "None"] * 2
        node_ports = {"tcp": 0, "udp": 0} | {port.protocol.lower(): port.node_port or 0 for port in service.spec.ports}
        if any(node_ports.values()):
            found += [(ip, node_ports) for ip in (*node_ips, "127.0.0.1")]
        if service.spec.health_check_node_port:
            found += [(ip, {"tcp": service.spec.health_check_node_port, "udp": 0}) for ip in (*node_ips, "127.0.0.1")]
    pods = [ip for pod in cluster.list("pods", namespace="default") for ip in pod.addresses]
    found += [(ip, PORTS) for ip in pods]
    ranges = [ipaddress.ip_network(cidr) for node in cluster.list("nodes") for cidr in node.spec.pod_cidrs]
    found += [(str(net[NOBODY]), OFFERED) for net in ranges]
    found += [(ip, OFFERED) for version in (4, 6) for ip in (UNUSED[version], WORLD[version])]
    return found
