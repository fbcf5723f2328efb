"""The exercises of chapter 02: a front door, a Pod set aside, one client that keeps its Pod."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.judge import answered, backends, kept, pod_of, replicas, slice_ends, unless, verdict
from kdisco.course.scenes import CLIENT, application, service
from kdisco.course.workbook import Answer, Exercise

__all__ = ["EXERCISES"]

MAPPED = "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]"
DOOR = """
c.apply('''
apiVersion: v1
kind: Service
metadata: {name: door}
spec: {selector: {app: shop}, ports: [PORTS]}
''')
"""
ASIDE = """
pod = c.list("pods", "default", selector="app=shop")[0]
c.DEED
"""
CONNECTIONS = range(42000, 42030)


def _front_door(c: Cluster) -> Answer:
    return verdict(answered(c, "app=client", "door"), backends(c, "door", 3), replicas(c, "shop", 3))


def _quarantine(c: Cluster) -> Answer:
    behind = {end.target_ref.name for end in slice_ends(c, "shop")}
    pods = [pod for pod in c.list("pods", "default") if "pod-template-hash" in pod.labels]
    alone = [pod for pod in pods if not pod.metadata.owner_references and pod.ready]
    return verdict(unless(alone, "no-patient"), unless(not behind & {pod.name for pod in alone}, "still-found"),
                   replicas(c, "shop", 2), backends(c, "shop", 2), answered(c, "app=client", "shop"))  # fmt: skip


def _one_client_one_pod(c: Cluster) -> Answer:
    client = pod_of(c, "app=client")
    picked = {c.send(client, "shop", flow=flow).endpoint for flow in CONNECTIONS}
    return verdict(kept(c, "service", "shop"), replicas(c, "shop", 3), backends(c, "shop", 3),
                   answered(c, client, "shop"), unless(len(picked) == 1, "several", count=len(picked)))  # fmt: skip


EXERCISES = (
    Exercise(
        name="02/front-door",
        about=(3,),
        manifests=application("shop", 3) + CLIENT,
        check=_front_door,
        solution=DOOR.replace("PORTS", "{port: 80, targetPort: 8080}"),
        wrong=(DOOR.replace("PORTS", "{port: 80}"), DOOR.replace("PORTS", "{port: 8080}")),
    ),
    Exercise(
        name="02/quarantine",
        manifests=application("shop") + service("shop", MAPPED) + CLIENT,
        check=_quarantine,
        solution=ASIDE.replace("DEED", 'patch("pod", pod.name, {"metadata": {"labels": {"app": "patient"}}})'),
        wrong=(
            ASIDE.replace("DEED", 'delete("pod", pod.name)'),
            ASIDE.replace("DEED", 'patch("pod", pod.name, {"metadata": {"labels": {"patient": "yes"}}})'),
            "kubectl scale deployment/shop --replicas=1",
        ),
    ),
    Exercise(
        name="02/one-client-one-pod",
        settings={"nodes": 1},
        manifests=application("shop", 3) + service("shop", MAPPED) + CLIENT,
        check=_one_client_one_pod,
        solution="""kubectl patch service shop -p '{"spec": {"sessionAffinity": "ClientIP"}}'""",
        wrong=(
            "kubectl scale deployment/shop --replicas=1",
            """kubectl patch service shop -p '{"spec": {"internalTrafficPolicy": "Local"}}'""",
        ),
    ),
)
