"""A small cluster to try commands in: two nodes, a Service with two Pods, one that nobody serves, one closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kdisco import Cluster

if TYPE_CHECKING:
    from kdisco.console.result import CommandResult

__all__ = ["MANIFEST", "Scene", "scene"]

MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.80, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: empty}
spec: {clusterIP: 10.96.0.81, selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: shut, labels: {app: shut}}
spec: {containers: [{name: a, image: nginx, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: shut}
spec: {clusterIP: 10.96.0.82, selector: {app: shut}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shut}
spec: {podSelector: {matchLabels: {app: shut}}, policyTypes: [Ingress]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: a, image: debian}]}
---
apiVersion: v1
kind: Pod
metadata: {name: small}
spec: {containers: [{name: a, image: "busybox:1.36"}]}
"""


class Scene:
    """The cluster, of which each test has a branch."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def sh(self, line: str, pod: str = "client", node: str = "") -> CommandResult:
        """A command in a Pod of the namespace default, or on a node."""
        return self.cluster.sh(line, node=node) if node else self.cluster.sh(line, pod=f"default/{pod}")

    def address(self, pod: str) -> str:
        """A Pod's address."""
        return str(self.cluster.get("pod", pod).addresses[0])

    @property
    def webs(self) -> list[Any]:
        """The Pods behind the Service web."""
        return list(self.cluster.list("pods", namespace="default", selector="app=web"))

    @property
    def node(self) -> str:
        """The node of the Pod client."""
        return str(self.cluster.get("pod", "client").spec.node_name)


def scene(**settings: Any) -> Scene:
    """A cluster with the manifest at rest."""
    cluster = Cluster(nodes=2, **settings)
    cluster.apply(MANIFEST)
    return Scene(cluster.settle())
