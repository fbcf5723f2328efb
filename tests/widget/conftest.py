"""A cluster with the article's first application, for the panels to stand around."""

from __future__ import annotations

from typing import Any

import pytest

from kdisco import Cluster
from kdisco.config import ProxyConfig

MY_APP = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: my-app}
spec:
  replicas: 2
  selector: {matchLabels: {app: my-app}}
  template:
    metadata: {labels: {app: my-app}}
    spec: {containers: [{name: my-app, image: my-app:1, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: my-app-svc}
spec: {selector: {app: my-app}, ports: [{port: 80, targetPort: 8080}]}
"""


def settled(**settings: Any) -> Cluster:
    """my-app with two Pods, settled."""
    made = Cluster(nodes=2, **settings)
    made.apply(MY_APP)
    made.settle()
    return made


@pytest.fixture
def cluster() -> Cluster:
    """my-app with two Pods, settled."""
    return settled()


@pytest.fixture
def ipvs() -> Cluster:
    """The same with kube-proxy in IPVS mode."""
    return settled(proxy=ProxyConfig(mode="ipvs"))
