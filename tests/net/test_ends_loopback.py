"""Who listens in a Pod or on a node listens at localhost too."""

from __future__ import annotations

from kdisco import Cluster
from kdisco.net.ends import end_of, listening


def test_localhost_is_answered_by_who_is_at_home() -> None:
    cluster = Cluster(nodes=1)
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
                    "spec": {"containers": [{"name": "a", "image": "a", "ports": [{"containerPort": 8080}]}]}})
    state = cluster.settle().state
    pod, node = end_of(state, "pod/default/web"), end_of(state, "node/node-1")
    assert listening(state, pod, "127.0.0.1", 8080, "tcp") == "pod/default/web"
    assert listening(state, pod, "127.0.0.1", 10250, "tcp") == ""
    assert listening(state, node, "127.0.0.1", 10250, "tcp") == "kubelet"
    assert listening(state, node, "127.0.0.1", 8080, "tcp") == ""
