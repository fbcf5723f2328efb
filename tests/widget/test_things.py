"""From what is drawn to the object behind it."""

from __future__ import annotations

import pytest

from kdisco import Cluster
from kdisco.view.topology import topology
from kdisco.widget.things import facts, find, ids, title, yaml


def test_every_api_object_of_a_picture_is_found(cluster: Cluster) -> None:
    drawn = list(ids(topology(cluster.state).svg))
    found = {thing: find(cluster.state, thing) for thing in drawn}
    assert sum(each is not None for each in found.values()) == len(cluster.list("pods", "default")) + 1 + 2
    for thing, each in found.items():
        if each is not None:
            assert thing.endswith(each.name)


@pytest.mark.parametrize(
    "thing", ["", "pod", "pod.", "pod.default", "pod.default.nope", "rule.there.1", "nope.default.x", "k8s-node.x.y"]
)
def test_what_is_no_object_is_none(cluster: Cluster, thing: str) -> None:
    assert find(cluster.state, thing) is None


def test_names_with_dots_are_whole(cluster: Cluster) -> None:
    spec = {"containers": [{"name": "web", "image": "web:1"}]}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a.b.c"}, "spec": spec})
    found = find(cluster.state, "pod.default.a.b.c")
    assert found is not None
    assert title(found) == "Pod default/a.b.c"


def test_the_facts_are_what_kubectl_tells(cluster: Cluster) -> None:
    pod = cluster.list("pods", "default")[0]
    row = cluster.kubectl(f"get pod {pod.name} -o wide --no-headers").split()
    told = facts(cluster.state, pod).splitlines()
    assert told[0] == f"Pod default/{pod.name}"
    assert told[1] == f"READY {row[1]} · STATUS {row[2]} · RESTARTS {row[3]} · IP {row[5]} · NODE {row[6]}"
    assert told[2].startswith("LABELS app=my-app,")


def test_the_yaml_is_what_kubectl_prints(cluster: Cluster) -> None:
    service = cluster.get("service", "my-app-svc")
    assert yaml(service) == cluster.kubectl("get service my-app-svc -o yaml")
