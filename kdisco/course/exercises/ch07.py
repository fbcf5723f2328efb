"""The exercises of chapter 07: a gap in a wall for the DNS, the caller's address, a rollout that loses no call."""

from __future__ import annotations

from kdisco.breakpoints import packet_fails
from kdisco.cluster import Cluster
from kdisco.course.judge import answered, backends, kept, pod_of, replicas, resolves, silent, unless, verdict
from kdisco.course.scenes import CLIENT, application, service
from kdisco.course.verdict import Said
from kdisco.course.workbook import Answer, Exercise
from kdisco.reach import reach

__all__ = ["EXERCISES"]

OUTSIDE, DOOR = "203.0.113.9", 30080
MAPPED = "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]"
VAULT = "{apiVersion: v1, kind: Namespace, metadata: {name: vault}}\n---\n"
SECRET = application("vault", 1, namespace="vault") + service(
    "vault", "selector: {app: vault}, ports: [{port: 80, targetPort: 8080}]", "vault"
)
ALLOW = """
c.apply('''
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: ask-the-dns}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress: [{to: [WHOM], ports: [PORT]}]
''')
"""
DNS_PODS = """{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}},
                  podSelector: {matchLabels: {k8s-app: kube-dns}}}"""
UDP = "{protocol: UDP, port: 53}, {protocol: TCP, port: 53}"
IN_TEMPLATE = """
c.patch("deployment", "shop", type="strategic",
        patch={"spec": {"template": {"spec": {"containers": [{"name": "web", FIELD}]}}}})
"""
LIMIT = 300  # seconds in which the Pods are replaced


def _let_dns_through(c: Cluster) -> Answer:
    client, vault = pod_of(c, "app=client"), c.get("service", "vault", "vault").spec.cluster_ip
    return verdict(resolves(c, client, "shop"), answered(c, client, "shop"), silent(c, client, vault),
                   silent(c, client, c.list("pods", "vault")[0].status.pod_ip, 8080))  # fmt: skip


def _true_source(c: Cluster) -> Answer:
    for node in c.list("nodes"):
        door = node.internal_ips[0]
        missing = answered(c, OUTSIDE, door, DOOR)
        if missing is not None:
            return missing
        seen = c.send(OUTSIDE, door, DOOR).hops[-1].after.source
        if seen != OUTSIDE:
            return Said("masked", {"node": node.name, "seen": seen})
    return True


def _no_lost_call(c: Cluster) -> Answer:
    whole = verdict(kept(c, "service", "shop"), replicas(c, "shop", 3), backends(c, "shop", 3),
                    answered(c, "app=client", "shop"))  # fmt: skip
    if whole is not True:
        return whole
    client, old = pod_of(c, "app=client"), _generation(c)
    c.rollout("deployment/shop").restart()
    moment = c.run_until(packet_fails(client, "shop"), limit=LIMIT)
    if moment is not None:
        return Said("lost", {"why": reach(c.state, client, "shop").why})
    c.settle()
    return verdict(unless(not old & _generation(c), "not-replaced"))


def _generation(c: Cluster) -> set[str]:
    return {pod.labels["pod-template-hash"] for pod in c.list("pods", "default", selector="app=shop")}


EXERCISES = (
    Exercise(
        name="07/let-dns-through",
        about=(22,),
        manifests=f"{VAULT}{SECRET}{application('shop', 1)}{service('shop', MAPPED)}{CLIENT}",
        faults=(("network-policy-blocks-dns", {}),),
        check=_let_dns_through,
        solution=ALLOW.replace("WHOM", DNS_PODS).replace("PORT", UDP),
        wrong=("kubectl delete networkpolicy --all",
               ALLOW.replace("WHOM", DNS_PODS).replace("PORT", "{protocol: TCP, port: 53}"),
               ALLOW.replace("to: [WHOM], ports: [PORT]", "")),
    ),
    Exercise(
        name="07/true-source",
        about=(7,),
        settings={"nodes": 2},
        manifests=application("shop")
        + service("shop", f"type: NodePort, {MAPPED.replace('8080', '8080, nodePort: 30080')}"),
        check=_true_source,
        solution="""kubectl patch service shop -p '{"spec": {"externalTrafficPolicy": "Local"}}'""",
        wrong=("""kubectl patch service shop -p '{"spec": {"internalTrafficPolicy": "Local"}}'""",
               """
kubectl patch service shop -p '{"spec": {"externalTrafficPolicy": "Local"}}'
kubectl scale deployment/shop --replicas=1
"""),
    ),
    Exercise(
        name="07/no-lost-call",
        about=(17,),
        manifests=application("shop", 3) + service("shop", MAPPED) + CLIENT,
        check=_no_lost_call,
        solution=IN_TEMPLATE.replace("FIELD", '"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}'),
        wrong=(IN_TEMPLATE.replace("FIELD", '"readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1}'),
               """c.patch("deployment", "shop", {"spec": {"strategy": {"rollingUpdate": {"maxUnavailable": 0}}}})""",
               """c.patch("deployment", "shop", {"spec": {"paused": True}})"""),
    ),
)  # fmt: skip
