"""The exercises of chapter 01: neighbours on one node, a policy on a flat network, a Pod on its node's network."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.judge import answered, pod_of, ready_pods, silent, unless, verdict
from kdisco.course.scenes import CLIENT, application, client
from kdisco.course.workbook import Answer, Exercise

__all__ = ["EXERCISES"]

SHOP = application("shop", 1)
CLOSED = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {matchLabels: {app: shop}}, policyTypes: [Ingress]}
"""
NEIGHBOUR = """
where = c.list("pods", "default", selector="app=shop")[0].spec.node_name
others = [node.name for node in c.list("nodes") if node.name != where]
c.apply('''
apiVersion: v1
kind: Pod
metadata: {name: neighbour, labels: {app: neighbour}}
spec: {nodeName: %s, containers: [{name: sh, image: "busybox:1.37"}]}
''' % WHERE)
"""
OPEN = """
c.apply('''
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open}
spec:
  podSelector: {matchLabels: {app: shop}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {PEER}}], ports: [{port: 8080}]}]
''')
"""
AGENT = """
c.apply('''
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec: {NETWORK containers: [{name: agent, image: agent, ports: [{containerPort: 9100}]}]}
''')
"""


def _same_node(c: Cluster) -> Answer:
    shop, beside = ready_pods(c, "app=shop"), ready_pods(c, "app=neighbour")
    if not shop or not beside:
        return "no-neighbour"
    trace = c.send(f"pod/default/{beside[0].name}", shop[0].status.pod_ip, 8080)
    return verdict(unless(trace.delivered, "not-there"), unless(trace.hop("vxlan") is None, "tunnel"))


def _by_address(c: Cluster) -> Answer:
    ip = c.list("pods", "default", selector="app=shop")[0].status.pod_ip
    return verdict(answered(c, pod_of(c, "app=client"), ip, 8080), silent(c, pod_of(c, "app=stranger"), ip, 8080))


def _host_network(c: Cluster) -> Answer:
    agent = c.get("pod", "agent")
    own = c.get("node", agent.spec.node_name).internal_ips
    return verdict(unless(agent.ready, "not-ready"), unless(agent.status.pod_ip in own, "own-address"),
                   answered(c, "app=client", own[0], 9100))  # fmt: skip


EXERCISES = (
    Exercise(
        name="01/same-node",
        manifests=SHOP,
        check=_same_node,
        solution=NEIGHBOUR.replace("WHERE", "where"),
        wrong=(
            NEIGHBOUR.replace("WHERE", "others[0]"),
            NEIGHBOUR.replace("WHERE", "where").replace("app: neighbour", "app: friend"),
        ),
    ),
    Exercise(
        name="01/by-address",
        manifests=f"{SHOP}{CLIENT}{client('stranger')}{CLOSED}",
        check=_by_address,
        solution=OPEN.replace("PEER", "matchLabels: {app: client}"),
        wrong=("kubectl delete networkpolicy closed", OPEN.replace("PEER", "matchLabels: {app: shop}")),
    ),
    Exercise(
        name="01/host-network",
        manifests=CLIENT,
        check=_host_network,
        solution=AGENT.replace("NETWORK", "hostNetwork: true,"),
        wrong=(AGENT.replace("NETWORK", ""), AGENT.replace("NETWORK", "hostNetwork: true,").replace("9100", "9101")),
    ),
)
