"""A namespace is closed, then opened door by door, as packets and lookups from its Pods show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kdisco import Cluster

if TYPE_CHECKING:
    from kdisco.net.trace import Trace

APPS = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: web, ports: [{containerPort: 8080, name: http}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client, labels: {app: client}}
spec: {containers: [{name: c, image: client}]}
"""
POLICY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
CLOSED = f"{POLICY}metadata: {{name: closed}}\nspec: {{podSelector: {{}}, policyTypes: [Ingress, Egress]}}\n"
TO_DNS = f"""{POLICY}
metadata: {{name: to-dns}}
spec:
  podSelector: {{}}
  policyTypes: [Egress]
  egress:
  - to:
    - namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: kube-system}}}}
      podSelector: {{matchLabels: {{k8s-app: kube-dns}}}}
    ports: [{{port: 53, protocol: UDP}}, {{port: 53, protocol: TCP}}]
"""
TO_WEB = f"""{POLICY}
metadata: {{name: to-web}}
spec:
  podSelector: {{matchLabels: {{app: client}}}}
  policyTypes: [Egress]
  egress: [{{to: [{{podSelector: {{matchLabels: {{app: web}}}}}}], ports: [{{port: PORT}}]}}]
"""
FROM_CLIENT = f"""{POLICY}
metadata: {{name: from-client}}
spec:
  podSelector: {{matchLabels: {{app: web}}}}
  ingress: [{{from: [{{podSelector: {{matchLabels: {{app: client}}}}}}], ports: [{{port: http}}]}}]
"""
CLIENT = "pod/default/client"


@pytest.fixture(name="cluster")
def _cluster() -> Cluster:
    cluster = Cluster(nodes=2)
    cluster.create(APPS)
    return cluster.settle()


def asked(cluster: Cluster) -> Trace:
    """A connection to the Service's address."""
    return cluster.send(CLIENT, cluster.get("Service", "web").spec.cluster_ip)


def test_a_closed_namespace_has_no_names_and_no_ways(cluster: Cluster) -> None:
    assert cluster.send(CLIENT, "web").delivered
    cluster.create(CLOSED)
    assert cluster.lookup("web", CLIENT).error == "EAI_AGAIN"
    trace = asked(cluster)
    assert trace.verdict == "DROP"
    assert trace.hops[-1].why.startswith(
        "Egress of pod/default/client: NetworkPolicy default/closed isolates it, and no rule allows to 10.244."
    )


def test_names_come_back_with_the_door_to_the_dns(cluster: Cluster) -> None:
    cluster.create(CLOSED)
    cluster.create(TO_DNS)
    assert cluster.lookup("web", CLIENT).addresses == (cluster.get("Service", "web").spec.cluster_ip,)
    assert asked(cluster).verdict == "DROP"


def test_the_doors_to_an_app_are_at_both_ends_and_of_the_pods_port(cluster: Cluster) -> None:
    cluster.create(CLOSED)
    cluster.create(TO_DNS)
    cluster.create(TO_WEB.replace("PORT", "80"))
    wrong = asked(cluster)
    assert wrong.policies[0].judgement.why.endswith("on 8080/tcp"), "the policy is asked behind the Service's DNAT"
    cluster.apply(TO_WEB.replace("PORT", "8080"))
    half = asked(cluster)
    assert [(hop.judgement.direction, hop.judgement.allowed) for hop in half.policies] == [
        ("Egress", True),
        ("Ingress", False),
    ]
    cluster.create(FROM_CLIENT)
    assert all(cluster.send(CLIENT, "web").delivered for _ in range(8))
    assert not cluster.send(CLIENT, cluster.list("Pod", selector="app=web")[0].status.pod_ip, 9090).delivered


def test_what_is_closed_stays_open_to_the_node_alone(cluster: Cluster) -> None:
    cluster.create(CLOSED)
    (web, other) = cluster.list("Pod", selector="app=web")
    for pod in (web, other):
        assert cluster.send(f"node/{pod.spec.node_name}", pod.status.pod_ip, 8080).delivered
    away = next(node for node in ("node-1", "node-2") if node != web.spec.node_name)
    assert cluster.send(f"node/{away}", web.status.pod_ip, 8080).verdict == "DROP"


def test_probes_pass_and_pods_stay_ready(cluster: Cluster) -> None:
    cluster.create(CLOSED)
    cluster.run(60)
    assert all(pod.ready for pod in cluster.list("Pod", selector="app=web"))
