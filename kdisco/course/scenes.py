"""The small applications that exercises are set in: a shop, and a client that asks it."""

from __future__ import annotations

__all__ = ["CLIENT", "application", "client", "service"]


def application(name: str, replicas: int = 2, port: int = 8080, more: str = "", namespace: str = "default") -> str:
    """A Deployment of Pods labelled ``app: name`` that listen on a port; ``more`` are fields of its container."""
    extra = f", {more}" if more else ""
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
      - {{name: web, image: "nginx:1.27", ports: [{{name: http, containerPort: {port}}}]{extra}}}
---
"""


def service(name: str, spec: str, namespace: str = "default") -> str:
    """A Service with a spec in flow style: ``selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]``."""
    return f"""\
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{{spec}}}
---
"""


def client(name: str = "client", namespace: str = "default", more: str = "") -> str:
    """A single Pod labelled ``app: name`` that asks others; ``more`` are fields of its spec."""
    extra = f", {more}" if more else ""
    return f"""\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}
spec: {{containers: [{{name: sh, image: "busybox:1.37"}}]{extra}}}
---
"""


CLIENT = client()
