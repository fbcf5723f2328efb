"""What answers HTTP in a cluster beside Pods: kube-proxy, to load balancers."""

from __future__ import annotations

import json

from kdisco import Cluster

MANIFESTS = """\
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: node-1, containers: [{name: c, image: c, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
"""


def test_kube_proxy_tells_load_balancers_where_pods_are() -> None:
    cluster = Cluster(nodes=2)
    cluster.apply(MANIFESTS)
    port = cluster.settle().get("service", "web").spec.health_check_node_port
    for node, count, status in (("node-1", 1, "200 OK"), ("node-2", 0, "503 Service Unavailable")):
        ip = cluster.get("node", node).internal_ips[0]
        head, _, body = cluster.sh(f"curl -s -i http://{ip}:{port}/healthz", node="node-1").partition("\r\n\r\n")
        assert head.splitlines()[0] == f"HTTP/1.1 {status}"
        assert f"X-Load-Balancing-Endpoint-Weight: {count}" in head
        assert body.startswith('{\n\t"service": {\n\t\t"namespace": "default",')
        assert json.loads(body)["localEndpoints"] == count


def test_what_kube_proxy_has_not_heard_it_does_not_tell() -> None:
    cluster = Cluster(nodes=1)
    cluster.apply(MANIFESTS)
    port = cluster.settle().get("service", "web").spec.health_check_node_port
    cluster.hold("kube-proxy@node-1")
    cluster.delete("pod", "web")
    cluster.settle()
    ip = cluster.get("node", "node-1").internal_ips[0]
    assert '"localEndpoints": 1' in cluster.sh(f"curl -s http://{ip}:{port}", node="node-1")
    cluster.release("kube-proxy@node-1").settle()
    assert '"localEndpoints": 0' in cluster.sh(f"curl -s http://{ip}:{port}", node="node-1")
