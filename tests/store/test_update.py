"""What a write may touch: status and spec apart, generations counted."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, deployment, pod, service

GENERATIONS: list[tuple[dict[str, Any], dict[str, Any], int]] = [  # body, merge patch, generation after it
    (deployment(), {"spec": {"replicas": 3}}, 2),
    (deployment(), {"metadata": {"annotations": {"a": "b"}}}, 2),
    (deployment(), {"metadata": {"labels": {"a": "b"}}}, 1),
    (deployment(), {}, 1),
    (pod(), {"spec": {"containers": [{"name": "web", "image": "registry.test/web:2"}]}}, 2),
    (pod(), {"metadata": {"labels": {"a": "b"}}}, 1),
    (service(), {"spec": {"selector": {"a": "b"}}}, 0),
]
SLICE = {
    "apiVersion": "discovery.k8s.io/v1",
    "kind": "EndpointSlice",
    "metadata": {"name": "web"},
    "addressType": "IPv4",
    "endpoints": [{"addresses": ["10.244.0.5"]}],
}
GENERATIONS += [
    (SLICE, {"endpoints": []}, 2),
    (SLICE, {"metadata": {"labels": {"a": "b"}}}, 2),
    (SLICE, {"metadata": {"annotations": {"a": "b"}}}, 1),
]


@pytest.mark.parametrize(("body", "patch", "generation"), GENERATIONS)
def test_generations_count_what_controllers_must_act_on(
    body: dict[str, Any], patch: dict[str, Any], generation: int
) -> None:
    api = Api.made()
    assert api.create(body).metadata.generation == min(generation, 1)
    assert api.patch(body["kind"], "web", patch).metadata.generation == generation


def test_status_is_not_written_with_the_rest_nor_the_rest_with_status() -> None:
    api = Api.made()
    api.create(deployment() | {"status": {"replicas": 9}})
    assert api.get("deployment", "web").status.replicas == 0
    both = {"spec": {"replicas": 5}, "status": {"replicas": 7}}
    after = api.patch("deployment", "web", both)
    assert (after.spec.replicas, after.status.replicas) == (5, 0)
    after = api.patch("deployment", "web", both | {"spec": {"replicas": 6}}, subresource="status")
    assert (after.spec.replicas, after.status.replicas) == (5, 7)
    assert after.metadata.generation == 2


def test_a_status_write_keeps_addresses_and_asks_for_none() -> None:
    api = Api.made()
    before = api.create(service(type="NodePort"))
    after = api.patch("service", "web", {"spec": None, "status": {"conditions": []}}, subresource="status")
    assert after.spec == before.spec


def test_a_new_pod_is_pending_and_a_new_namespace_active() -> None:
    api = Api.made()
    assert api.create(pod() | {"status": {"phase": "Running"}}).status.phase == "Pending"
    namespace = api.get("namespace", "default")
    assert (namespace.status.phase, namespace.spec.finalizers) == ("Active", ("kubernetes",))


def test_a_put_keeps_what_the_server_set() -> None:
    api = Api.made()
    before = api.create(pod(node="node-1"))
    api.delete("pod", "web")
    api.wait(3)
    given: dict[str, Any] = {"serviceAccountName": "default", "serviceAccount": "default", "priority": 0}
    after = api.update(pod(node="node-1", **given))
    assert after.metadata.uid == before.metadata.uid
    assert after.metadata.creation_timestamp == before.metadata.creation_timestamp
    assert after.deleting
