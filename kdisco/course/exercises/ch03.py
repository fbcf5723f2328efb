"""The exercises of chapter 03: a manifest that is refused, an address that is promised, late news, a user's rights."""

from __future__ import annotations

from kdisco.cluster import Cluster
from kdisco.course.judge import answered, kept, pod_of, resolves, unless, verdict
from kdisco.course.scenes import CLIENT, application, service
from kdisco.course.workbook import Answer, Exercise

__all__ = ["EXERCISES"]

MAPPED = "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]"
PROMISED, INTERN = "10.96.0.50", "intern"
NODE_PORT = """
c.apply('''
apiVersion: v1
kind: Service
metadata: {name: shop-front}
spec: {type: NodePort, selector: {app: shop}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
''')
"""
DB = """
c.apply('''
apiVersion: v1
kind: Service
metadata: {name: NAME}
spec: {clusterIP: ADDRESS, selector: {app: db}, ports: [{port: 5432}]}
''')
"""
GRANT = """
c.apply('''
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: service-writer}
rules: [{apiGroups: [""], resources: [services], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: intern-writes-services}
subjects: [{kind: User, name: intern, apiGroup: rbac.authorization.k8s.io}]
roleRef: {kind: Role, name: service-writer, apiGroup: rbac.authorization.k8s.io}
''')
"""


def _refused(c: Cluster) -> Answer:
    found = c.get("service", "shop-front")
    return verdict(unless(found.spec.type == "NodePort", "no-node-port"),
                   unless([port.node_port for port in found.spec.ports] == [30080], "other-node-port"),
                   answered(c, "app=client", "shop-front"))  # fmt: skip


def _fixed_address(c: Cluster) -> Answer:
    address = c.get("service", "db").spec.cluster_ip
    client = pod_of(c, "app=client")
    found = c.lookup("db", client.removeprefix("pod/")).addresses
    return verdict(unless(address == PROMISED, "other-address", address=address), unless(found == (PROMISED,), "dns"),
                   answered(c, client, PROMISED, 5432))  # fmt: skip


def _late_news(c: Cluster) -> Answer:
    return verdict(kept(c, "service", "shop"), resolves(c, "app=client", "shop"), answered(c, "app=client", "shop"))


def _intern(c: Cluster) -> Answer:
    me = c.as_user(INTERN)
    return verdict(
        unless(me.can_i("create", "services"), "may-not"),
        unless(not me.can_i("delete", "services"), "too-much", verb="delete", kind="services"),
        unless(not me.can_i("create", "pods"), "too-much", verb="create", kind="pods"),
        unless(not me.can_i("create", "services", namespace="kube-system"), "everywhere"),
    )


def _deaf(c: Cluster) -> None:
    c.hold("coredns")
    c.apply(service("shop", MAPPED))


EXERCISES = (
    Exercise(
        name="03/refused",
        manifests=application("shop") + CLIENT,
        check=_refused,
        solution=NODE_PORT,
        wrong=(NODE_PORT.replace("nodePort: 30080", "nodePort: 30081"), NODE_PORT.replace("targetPort: 8080, ", ""),
               NODE_PORT.replace("type: NodePort, ", "").replace(", nodePort: 30080", "")),
    ),
    Exercise(
        name="03/fixed-address",
        manifests=application("db", 1, 5432) + service("db", "selector: {app: db}, ports: [{port: 5432}]") + CLIENT,
        check=_fixed_address,
        solution='c.delete("service", "db")' + DB.replace("NAME", "db").replace("ADDRESS", PROMISED),
        wrong=(DB.replace("NAME", "db2").replace("ADDRESS", PROMISED),
               'c.delete("service", "db")' + DB.replace("NAME", "db").replace("ADDRESS", "10.96.0.51")),
    ),
    Exercise(
        name="03/late-news",
        manifests=application("shop") + CLIENT,
        setup=_deaf,
        check=_late_news,
        solution='c.release("coredns")',
        wrong=(
            "kubectl rollout restart deployment/shop",
            'c.delete("service", "shop")',
        ),
    ),
    Exercise(
        name="03/intern",
        settings={"nodes": 1},
        check=_intern,
        solution=GRANT,
        wrong=(GRANT.replace("verbs: [create]", 'verbs: ["*"]'),
               GRANT.replace("kind: Role", "kind: ClusterRole"),
               GRANT.replace("name: intern,", "name: trainee,")),
    ),
)  # fmt: skip
