"""The article's two applications, as manifests: ``my-app`` wants to talk to ``your-app``."""

from __future__ import annotations

__all__ = ["ARTICLE", "application"]


def application(name: str, replicas: int = 2) -> str:
    """A Deployment ``name`` of Pods that listen on 8080, and the Service ``name``-svc on port 80 before them."""
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: web, image: "nginx:1.27", ports: [{{containerPort: 8080}}]}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}-svc}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80, targetPort: 8080}}]}}
"""


ARTICLE = f"{application('my-app')}---\n{application('your-app')}"
