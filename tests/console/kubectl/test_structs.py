"""Objects as kubectl's structs have them."""

from __future__ import annotations

from kubectl_scene import scene

from kdisco.console.kubectl.structs import as_struct

KINDS = ("pods", "services", "deployments", "replicasets", "statefulsets", "daemonsets", "nodes", "roles", "events")


def test_nothing_that_is_known_is_lost_and_the_order_is_the_structs() -> None:
    cluster = scene()
    for kind in KINDS:
        for each in cluster.list(kind):
            found = as_struct(each.to_dict())
            assert list(found)[:3] == ["kind", "apiVersion", "metadata"]
            assert found["metadata"] == each.to_dict()["metadata"]
            assert as_struct(found) == found


def test_fields_that_are_always_written_and_those_of_a_newer_server() -> None:
    made = as_struct({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"containers": [{"image": "nginx", "name": "c"}]}}},
        "status": {"terminatingReplicas": 0, "replicas": 1},
    })
    assert made["metadata"] == {"name": "web", "creationTimestamp": None}
    assert made["spec"]["template"]["metadata"] == {"creationTimestamp": None}
    assert list(made["spec"]["template"]["spec"]["containers"][0].items()) == [
        ("name", "c"), ("image", "nginx"), ("resources", {}),
    ]
    assert made["status"] == {"replicas": 1}
    assert as_struct({"kind": "Nosuch", "apiVersion": "v1", "z": 1, "a": 2}) == {
        "kind": "Nosuch", "apiVersion": "v1", "z": 1, "a": 2,
    }
