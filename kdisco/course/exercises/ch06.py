"""The exercises of chapter 06: where a shot lands, a node that hears nothing, a door for the world."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.judge import answered, backends, kept, unless, verdict
from kdisco.course.scenes import CLIENT, application, client, service
from kdisco.course.workbook import Answer, Exercise

__all__ = ["EXERCISES"]

OUTSIDE, FRONT = "203.0.113.9", 30080
MAPPED = "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]"
DEAF = """
apiVersion: v1
kind: Pod
metadata: {name: shop, labels: {app: shop}, annotations: {kdisco.dev/listens: "8080/tcp"}}
spec: {containers: [{name: web, image: "nginx:1.27", ports: [{containerPort: 80}]}]}
---
"""
NODE_PORT = """
c.patch("service", "shop", {"spec": {"type": "NodePort", POLICY
                                     "ports": [{"port": 80, "targetPort": 8080, "nodePort": 30080}]}})
"""
POINTED = """
c.patch("service", "shop", {"spec": {"ports": [{"port": PORT, "targetPort": TARGET}]}})
"""


def _target_port(c: Cluster) -> Answer:
    return verdict(kept(c, "pod", "shop"), kept(c, "service", "shop"), answered(c, "app=client", "shop"))


def _stale_node(c: Cluster) -> Answer:
    vip = c.get("service", "shop").spec.cluster_ip
    ways = (answered(c, f"node/{node.name}", vip) for node in c.list("nodes"))
    return verdict(backends(c, "shop", 2), answered(c, "app=client", "shop"), *ways)


def _from_outside(c: Cluster) -> Answer:
    doors = (answered(c, OUTSIDE, node.internal_ips[0], FRONT) for node in c.list("nodes"))
    return verdict(*doors, unless(c.get("service", "shop").spec.selector == {"app": "shop"}, "selector"),
                   answered(c, "app=client", "shop"))  # fmt: skip


EXERCISES = (
    Exercise(
        name="06/target-port",
        about=(3,),
        manifests=DEAF + service("shop", "selector: {app: shop}, ports: [{port: 80}]") + CLIENT,
        check=_target_port,
        solution=POINTED.replace("PORT", "80", 1).replace("TARGET", "8080"),
        wrong=(POINTED.replace("PORT", "8080", 1).replace("TARGET", "8080"),
               POINTED.replace("PORT", "80", 1).replace("TARGET", "8081")),
    ),
    Exercise(
        name="06/stale-node",
        about=(15,),
        manifests=application("shop") + service("shop", MAPPED) + client(more="nodeName: node-2"),
        faults=(("kube-proxy-stale", {"service": "shop", "node": "node-2"}),),
        check=_stale_node,
        solution="""
for pod in c.list("pods", "kube-system", selector="k8s-app=kube-proxy"):
    if pod.spec.node_name == "node-2":
        c.delete("pod", pod.name, "kube-system")
""",
        wrong=("kubectl rollout restart deployment/shop", "kubectl rollout restart deployment/coredns -n kube-system"),
    ),
    Exercise(
        name="06/from-outside",
        about=(5, 7),
        manifests=application("shop", 1) + service("shop", MAPPED) + CLIENT,
        check=_from_outside,
        solution=NODE_PORT.replace("POLICY", ""),
        wrong=(NODE_PORT.replace("POLICY", '"externalTrafficPolicy": "Local",'),
               NODE_PORT.replace("POLICY", "").replace("30080", "30081")),
    ),
)  # fmt: skip
