"""The exercises of chapter 04: selectors, readiness, endpoints by hand."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.judge import answered, backends, kept, replicas, slice_ends, unless, verdict
from kdisco.course.scenes import CLIENT, application, service
from kdisco.course.workbook import Answer, Exercise

__all__ = ["EXERCISES"]

BY_APP = "selector: {{app: {0}}}, ports: [{{port: 80, targetPort: 8080}}]"
SICK = "readinessProbe: {httpGet: {path: /ready, port: 8081}, periodSeconds: 5}"


def _lost_pod(c: Cluster) -> Answer:
    return verdict(kept(c, "service", "shop"), replicas(c, "shop", 2), backends(c, "shop", 2),
                   answered(c, "app=client", "shop"))  # fmt: skip


def _not_ready(c: Cluster) -> Answer:
    found = c.get("deployment", "shop").spec.template.spec.containers[0]
    probe = unless(found.readiness_probe, "no-probe")
    return verdict(kept(c, "service", "shop"), probe, backends(c, "shop", 2), answered(c, "app=client", "shop"))


def _by_hand(c: Cluster) -> Answer:
    legacy = c.get("service", "legacy")
    untouched = unless(not legacy.spec.selector and legacy.spec.type == "ClusterIP", "changed-service")
    shop = {pod.status.pod_ip for pod in c.list("pods", "default", selector="app=shop")}
    ends = {address for end in slice_ends(c, "legacy") for address in end.addresses}
    none = unless(ends, "no-slice")
    return verdict(untouched, none, unless(ends <= shop, "elsewhere"), answered(c, "app=client", "legacy"))


SLICE = """
c.apply('''
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: legacy-1, labels: {kubernetes.io/service-name: legacy}}
addressType: IPv4
ports: [{port: %s, protocol: TCP}]
endpoints: [{addresses: ["%%s"]}]
''' %% c.list("pods", selector="app=shop")[0].status.pod_ip)
"""

EXERCISES = (
    Exercise(
        name="04/lost-pod",
        about=(1,),
        manifests=application("shop") + service("shop", BY_APP.format("web")) + CLIENT,
        check=_lost_pod,
        solution="""kubectl patch service shop -p '{"spec": {"selector": {"app": "shop"}}}'""",
        wrong=(
            "kubectl scale deployment/shop --replicas=4",
            """kubectl patch service shop -p '{"spec": {"selector": {"app": "Shop"}}}'""",
            "kubectl delete service shop",
        ),
    ),
    Exercise(
        name="04/not-ready",
        about=(2,),
        manifests=application("shop", more=SICK) + service("shop", BY_APP.format("shop")) + CLIENT,
        check=_not_ready,
        solution="""
c.patch("deployment", "shop", type="strategic", patch={"spec": {"template": {"spec": {"containers": [
    {"name": "web", "readinessProbe": {"httpGet": {"port": 8080}}}]}}}})
""",
        wrong=(
            "kubectl rollout restart deployment/shop",
            """
c.patch("deployment", "shop", type="json",
        patch=[{"op": "remove", "path": "/spec/template/spec/containers/0/readinessProbe"}])
""",
        ),
    ),
    Exercise(
        name="04/by-hand",
        about=(20,),
        manifests=application("shop", 1) + service("legacy", "ports: [{port: 80, targetPort: 8080}]") + CLIENT,
        check=_by_hand,
        solution=SLICE % 8080,
        wrong=(
            """kubectl patch service legacy -p '{"spec": {"selector": {"app": "shop"}}}'""",
            SLICE % 80,
        ),
    ),
)
