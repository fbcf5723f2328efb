"""The exercises of chapter 09: manifests of one's own, two ports, a dump of somebody else's cluster."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.judge import answered, backends, unless, verdict
from kdisco.course.mending import answers
from kdisco.course.scenes import CLIENT, application, service
from kdisco.course.workbook import Answer, Exercise

__all__ = ["EXERCISES"]

FRONT, METRICS = 80, 9100
GATEWAY = """
c.apply('''
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway}
spec:
  replicas: 3
  selector: {matchLabels: {app: gateway}}
  template:
    metadata: {labels: {app: gateway}}
    spec:
      containers:
      - name: gateway
        image: "envoyproxy/envoy:v1.33"
        ports: [{name: http, containerPort: 9090}]
        readinessProbe: {tcpSocket: {port: PROBED}}
---
apiVersion: v1
kind: Service
metadata: {name: gateway}
spec: {selector: {app: gateway}, ports: [{name: NAMED, port: 80, targetPort: http}]}
''')
"""
PAIR = """
apiVersion: v1
kind: Pod
metadata: {name: shop, labels: {app: shop}}
spec: {containers: [{name: web, image: "nginx:1.27", ports: [{containerPort: 8080}, {containerPort: 9100}]}]}
---
"""
TWO = """
c.apply('''
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {selector: {app: shop}, ports: [{name: http, port: 80, targetPort: 8080}, {name: metrics, port: 9100 TARGET}]}
''')
"""
DUMPED = "get namespaces,nodes,all,endpoints,endpointslices,configmaps,serviceaccounts -A -o yaml"
BROKEN = "selector: {app: shop, tier: web}, ports: [{port: 80, targetPort: 80}]"
PORTS = 'c.patch("service", "shop", {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}})'
SELECTOR = 'c.patch("service", "shop", {"spec": {"selector": {"app": "shop", "tier": None}}})'


def _srv(c: Cluster, name: str) -> int | None:
    """The port that an SRV record names; None where there is none."""
    answer = c.dns.query(f"{name}.default.svc.cluster.local", "SRV").answer
    return int(answer[0][0].port) if answer else None


def _manifest(c: Cluster) -> Answer:
    container = c.get("deployment", "gateway").spec.template.spec.containers[0]
    named = unless(_srv(c, "_http._tcp.gateway") == FRONT, "no-name")
    return verdict(backends(c, "gateway", 3), answered(c, "app=client", "gateway"),
                   unless(container.readiness_probe, "no-probe"), named)  # fmt: skip


def _two_ports(c: Cluster) -> Answer:
    return verdict(answered(c, "app=client", "shop", FRONT), answered(c, "app=client", "shop", METRICS),
                   unless(_srv(c, "_metrics._tcp.shop") == METRICS, "no-name"))  # fmt: skip


def _of_somebody_else() -> str:
    c = Cluster(nodes=2)
    c.apply(application("shop") + service("shop", BROKEN) + CLIENT)
    return str(c.settle().kubectl(DUMPED))


EXERCISES = (
    Exercise(
        name="09/manifest",
        manifests=CLIENT,
        check=_manifest,
        solution=GATEWAY.replace("PROBED", "9090").replace("NAMED", "http"),
        wrong=(GATEWAY.replace("PROBED", "80").replace("NAMED", "http"),
               GATEWAY.replace("PROBED", "9090").replace("NAMED", "web")),
    ),
    Exercise(
        name="09/two-ports",
        about=(3,),
        manifests=PAIR + CLIENT,
        check=_two_ports,
        solution=TWO.replace("TARGET", ""),
        wrong=(TWO.replace("TARGET", ", targetPort: 8081"),
               TWO.replace("TARGET", "").replace("name: metrics", "name: stats")),
    ),
    Exercise(
        name="09/dump",
        about=(1, 3),
        dump=_of_somebody_else,
        check=answers,
        solution=f"{SELECTOR}\n{PORTS}",
        wrong=(SELECTOR, PORTS, "kubectl scale deployment/shop --replicas=3"),
    ),
)  # fmt: skip
