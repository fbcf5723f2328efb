"""Deletion: at once, after a grace period, or when the last finalizer is gone."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, deployment, pod, service

from kdisco.errors import AlreadyExists, Forbidden, Invalid
from kdisco.store.events import Change


@pytest.fixture
def api() -> Api:
    """A server with the bound Pod ``web``."""
    made = Api.made()
    made.create(pod(node="node-1"))
    return made


def meta(api: Api, kind: str = "pod") -> Any:
    """The metadata of web."""
    return api.get(kind, "web").metadata


def test_a_bound_pod_has_thirty_seconds_in_the_future(api: Api) -> None:
    api.wait(10)
    api.delete("pod", "web")
    assert meta(api).deletion_timestamp == "2026-01-01T00:00:40Z"
    assert meta(api).deletion_grace_period_seconds == 30
    assert meta(api).generation == 2


@pytest.mark.parametrize(("asked", "given"), [(5, 5), (-1, 1), (3600, 3600)])
def test_the_grace_may_be_asked_for(api: Api, asked: int, given: int) -> None:
    api.delete("pod", "web", grace_period=asked)
    assert meta(api).deletion_grace_period_seconds == given


def test_a_second_delete_changes_nothing(api: Api) -> None:
    first = api.delete("pod", "web")
    api.wait(5)
    for grace in (None, 30, 31):
        assert api.delete("pod", "web", grace_period=grace) == first


def test_grace_may_be_shortened_counted_from_the_first_wish(api: Api) -> None:
    api.wait(10)
    api.delete("pod", "web")
    api.wait(5)
    api.delete("pod", "web", grace_period=8)
    assert meta(api).deletion_timestamp == "2026-01-01T00:00:18Z"
    assert meta(api).deletion_grace_period_seconds == 8
    assert meta(api).generation == 2


def test_grace_zero_is_at_once(api: Api) -> None:
    api.delete("pod", "web")
    last = api.delete("pod", "web", grace_period=0)
    assert api.get("pod", "web") is None
    assert last.metadata.resource_version == str(api.state.revision)


def test_a_pod_that_goes_at_once_is_marked_first(api: Api) -> None:
    before = api.state.revision
    api.delete("pod", "web", grace_period=0)
    marked, gone = (fact for fact in api.facts if isinstance(fact, Change))
    assert (marked.type, marked.object.metadata.deletion_grace_period_seconds) == ("MODIFIED", 0)
    assert marked.object.metadata.generation == 2
    assert (gone.type, gone.revision) == ("DELETED", before + 2)


POLICIES = [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")]


@pytest.mark.parametrize(("policy", "finalizer"), POLICIES)
def test_a_policy_is_a_finalizer_for_the_garbage_collector(policy: str, finalizer: str) -> None:
    api = Api.made()
    api.create(deployment())
    marked = api.delete("deployment", "web", propagation=policy)
    assert marked.metadata.finalizers == (finalizer,)
    assert (marked.metadata.deletion_grace_period_seconds, marked.metadata.generation) == (0, 2)
    assert api.delete("deployment", "web") == marked
    api.delete("deployment", "web", propagation="Background")
    assert api.get("deployment", "web") is None


def test_a_second_policy_takes_the_place_of_the_first() -> None:
    api = Api.made()
    api.create(deployment() | {"metadata": {"name": "web", "finalizers": ["example.test/hold"]}})
    api.delete("deployment", "web", propagation="Foreground")
    marked = api.delete("deployment", "web", propagation="Orphan")
    assert marked.metadata.finalizers == ("example.test/hold", "orphan")
    assert marked.metadata.generation == 2


def test_a_finalizer_on_the_object_decides_where_no_policy_is_given() -> None:
    api = Api.made()
    api.create(deployment() | {"metadata": {"name": "web", "finalizers": ["foregroundDeletion"]}})
    assert api.delete("deployment", "web").metadata.finalizers == ("foregroundDeletion",)


def test_a_policy_that_there_is_none_of() -> None:
    api = Api.made()
    api.create(deployment())
    with pytest.raises(Invalid) as caught:
        api.delete("deployment", "web", propagation="Sideways")
    assert caught.value.message == (
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sideways": '
        'supported values: "Foreground", "Background", "Orphan", "nil"'
    )


def test_the_name_of_what_is_going_is_still_taken(api: Api) -> None:
    api.delete("pod", "web")
    with pytest.raises(AlreadyExists) as caught:
        api.create(pod())
    assert caught.value.message == 'object is being deleted: pods "web" already exists'


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_finished_pod_goes_at_once(api: Api, phase: str) -> None:
    api.patch("pod", "web", {"status": {"phase": phase}}, subresource="status")
    api.delete("pod", "web")
    assert api.get("pod", "web") is None


@pytest.mark.parametrize("body", [pod("x"), service("x"), deployment("x")], ids=lambda body: body["kind"])
def test_what_does_not_run_goes_at_once(api: Api, body: dict[str, Any]) -> None:
    api.create(body)
    api.delete(body["kind"], "x")
    assert api.get(body["kind"], "x") is None


def test_a_finalizer_keeps_an_object_until_it_is_gone() -> None:
    api = Api.made()
    api.create(service(clusterIP="10.96.0.80") | {"metadata": {"name": "web", "finalizers": ["example.test/hold"]}})
    marked = api.delete("service", "web")
    assert marked.metadata.deletion_grace_period_seconds == 0
    assert api.addresses() == {"10.96.0.80"}
    assert api.delete("service", "web") == marked
    with pytest.raises(Invalid, match="no new finalizers can be added if the object is being deleted"):
        api.patch("service", "web", {"metadata": {"finalizers": ["example.test/hold", "example.test/more"]}})
    api.patch("service", "web", {"metadata": {"finalizers": None}})
    assert api.get("service", "web") is None
    assert api.addresses() == set()


def test_a_pod_with_a_finalizer_outlives_its_grace(api: Api) -> None:
    api.patch("pod", "web", {"metadata": {"finalizers": ["example.test/hold"]}})
    api.delete("pod", "web")
    api.delete("pod", "web", grace_period=0)
    assert meta(api).deletion_grace_period_seconds == 0
    api.patch("pod", "web", {"metadata": {"finalizers": []}})
    assert api.get("pod", "web") is None


def test_a_namespace_is_terminating_and_takes_nothing_new() -> None:
    api = Api.made()
    api.create(service(), namespace="other")
    api.delete("namespace", "other")
    going = api.get("namespace", "other")
    assert (going.status.phase, going.metadata.deletion_grace_period_seconds) == ("Terminating", None)
    assert api.delete("namespace", "other") == going
    with pytest.raises(Forbidden) as caught:
        api.create(deployment("x"), namespace="other")
    words = "unable to create new content in namespace other because it is being terminated"
    assert caught.value.message == f'deployments.apps "x" is forbidden: {words}'
    assert caught.value.details["causes"][0]["reason"] == "NamespaceTerminating"
    assert api.patch("service", "web", {"metadata": {"labels": {"a": "b"}}}, namespace="other").labels == {"a": "b"}


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
def test_three_namespaces_never_go(name: str) -> None:
    api = Api.made()
    if name != "default":
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    with pytest.raises(Forbidden) as caught:
        api.delete("namespace", name)
    assert caught.value.message == f'namespaces "{name}" is forbidden: this namespace may not be deleted'
