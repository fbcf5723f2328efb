"""What a write may touch: status and spec apart, generations counted."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, deployment, pod, service

from kdisco.errors import Invalid

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


SAID = [  # what a PUT may say of metadata that the server sets, and what it is told
    ({"creationTimestamp": "2001-01-01T00:00:00Z", "generation": 7}, ""),
    (
        {"deletionTimestamp": "2001-01-01T00:00:00Z"},
        'metadata.deletionTimestamp: Invalid value: "2001-01-01T00:00:00Z": field is immutable',
    ),
    ({"deletionGracePeriodSeconds": 5}, "metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable"),
]


@pytest.mark.parametrize(("meta", "words"), SAID)
def test_metadata_that_the_server_sets_is_carried_over_or_an_error(meta: dict[str, Any], words: str) -> None:
    api = Api.made()
    before = api.create(deployment())
    body = deployment()
    body["metadata"] |= meta
    if words:
        with pytest.raises(Invalid) as caught:
            api.update(body)
        assert words in caught.value.message
    else:
        assert api.update(body) == before


def test_a_patch_of_the_uid_is_an_error_and_not_a_conflict() -> None:
    api = Api.made()
    api.create(service())
    with pytest.raises(Invalid, match=r'metadata\.uid: Invalid value: "x": field is immutable'):
        api.patch("service", "web", {"metadata": {"uid": "x"}})


def test_a_grace_that_stands_may_be_repeated_but_not_changed() -> None:
    api = Api.made()
    api.create(pod(node="node-1"))
    api.delete("pod", "web")
    assert api.patch("pod", "web", {"metadata": {"deletionGracePeriodSeconds": None}}).deleting
    with pytest.raises(Invalid, match=r"metadata\.deletionGracePeriodSeconds: Invalid value: 5: field is immutable"):
        api.patch("pod", "web", {"metadata": {"deletionGracePeriodSeconds": 5}})


THROUGH_STATUS = [  # kind, metadata that comes with a status, and what of it stays as it was
    (service(), {"labels": {"a": "b"}, "annotations": {"c": "d"}}, ()),
    (deployment(), {"labels": {"a": "b"}, "annotations": {"c": "d"}}, ("labels",)),
    (pod(), {"labels": {"a": "b"}}, ()),
]


@pytest.mark.parametrize(("body", "meta", "stays"), THROUGH_STATUS)
def test_metadata_comes_with_a_status_where_the_kind_lets_it(
    body: dict[str, Any], meta: dict[str, Any], stays: tuple[str, ...]
) -> None:
    api = Api.made()
    before = api.create(body)
    after = api.patch(body["kind"], "web", {"metadata": meta}, subresource="status").metadata
    for name, value in meta.items():
        assert getattr(after, name) == ({} if name in stays else value)
    assert after.generation == before.metadata.generation


def test_a_status_that_is_sent_has_legal_metadata() -> None:
    api = Api.made()
    api.create(service())
    with pytest.raises(Invalid, match=r'metadata\.labels: Invalid value: "b c"'):
        api.patch("service", "web", {"metadata": {"labels": {"a": "b c"}}}, subresource="status")


def test_a_namespace_keeps_its_finalizers_but_from_its_controller() -> None:
    api = Api.made()
    after = api.patch("namespace", "other", {"spec": {"finalizers": []}, "metadata": {"labels": {"a": "b"}}})
    assert (after.spec.finalizers, after.labels["a"]) == (("kubernetes",), "b")
    api.delete("namespace", "other")
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}, "spec": {"finalizers": []}}
    api.update(body, subresource="finalize")
    assert api.get("namespace", "other") is None


def test_labels_in_another_order_are_the_same() -> None:
    api = Api.made()
    first = api.create(service() | {"metadata": {"name": "web", "labels": {"a": "1", "b": "2"}}})
    assert api.update(service() | {"metadata": {"name": "web", "labels": {"b": "2", "a": "1"}}}) == first
