"""Every kind of picture of one fixed cluster: the article's two applications, with something going on for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from kdisco.cluster import Cluster
from kdisco.examples import ARTICLE
from kdisco.view.gallery import GALLERY, diagram

if TYPE_CHECKING:
    from kdisco.view.diagram import Diagram

__all__ = ["exhibited", "exhibition"]

STRAY = """\
apiVersion: v1
kind: Pod
metadata: {name: my-ap, labels: {app: my-ap}}
spec: {containers: [{name: web, image: "nginx:1.27", ports: [{containerPort: 8080}]}]}
"""  # its label is one letter short
UPDATE = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "nginx:1.28"}]}}}}
PACKETS, STEPS = 6, 60


@cache
def exhibited() -> Cluster:
    """The cluster that is shown: packets have travelled, node-2 has stopped hearing, a rollout is under way."""
    cluster = Cluster(nodes=3, seed=1)
    cluster.apply(ARTICLE)
    cluster.apply(STRAY)
    cluster.settle()
    asker = next(pod.name for pod in cluster.list("pods", namespace="default"))
    for _ in range(PACKETS):
        cluster.send(f"pod/default/{asker}", "your-app-svc")
    cluster.hold("kube-proxy@node-2")
    cluster.scale("deployment/your-app", 3)
    cluster.settle()
    cluster.patch("deployment", "my-app", UPDATE, type="strategic")
    for _ in range(STEPS):
        cluster.step()
    return cluster


def exhibition(lang: str | None = None) -> Mapping[str, Diagram]:
    """All kinds of GALLERY by name; raises UsageError for an unknown ``lang``."""
    return {kind: diagram(exhibited(), kind, lang) for kind in GALLERY}
