"""A write goes through all stages in order; what one of them refuses was never there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from api import Api, deployment, pod, service
from attrs import evolve
from roles import bind, role, rule

from kdisco.errors import (
    AlreadyExists,
    ApiError,
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    ServerError,
    Unauthorized,
)
from kdisco.store.apiserver import STAGES
from kdisco.store.events import Change, Request, StagePassed

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def api() -> Api:
    """A server with the Service ``web`` and the Deployment ``web``."""
    made = Api.made()
    made.create(service(clusterIP="10.96.0.80"))
    made.create(deployment())
    return made


def test_a_create_passes_every_stage_in_order(api: Api) -> None:
    api.create(service("other"))
    assert list(api.stages()) == list(STAGES)
    assert api.stages()["decode + defaulting"] == "read as Service, defaults filled in"
    assert api.stages()["store"] == f"written to etcd at revision {api.state.revision}"


def test_a_refusal_is_the_last_stage_told(api: Api) -> None:
    with pytest.raises(Invalid):
        api.create(service("other", ports=[{"port": 0}]))
    told = [(fact.stage, fact.passed) for fact in api.facts if isinstance(fact, StagePassed)]
    assert told[-1] == ("validation", False)
    assert all(passed for _, passed in told[:-1])


def test_defaults_come_before_admission_and_addresses_before_validation() -> None:
    names = list(STAGES)
    assert names.index("decode + defaulting") < names.index("mutating admission") < names.index("allocation")
    assert names.index("allocation") < names.index("validation") < names.index("validating admission")


def test_the_server_sets_its_own_metadata(api: Api) -> None:
    claims = {"uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z", "generation": 7}
    body = service("other")
    body["metadata"] |= claims | {"deletionTimestamp": "2001-01-01T00:00:00Z", "deletionGracePeriodSeconds": 1}
    meta = api.create(body).metadata
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", meta.uid)
    assert meta.creation_timestamp == "2026-01-01T00:00:00Z"
    assert meta.deletion_timestamp is None
    assert meta.deletion_grace_period_seconds is None
    assert meta.generation == 0
    assert meta.resource_version == str(api.state.revision)


def test_the_same_name_again_is_another_object(api: Api) -> None:
    first = api.get("service", "web").metadata
    api.delete("service", "web")
    second = api.create(service(clusterIP="10.96.0.80")).metadata
    assert second.uid != first.uid
    assert int(second.resource_version) > int(first.resource_version)


def test_generated_names_end_in_five_letters_that_spell_nothing(api: Api) -> None:
    body = pod()
    body["metadata"] = {"generateName": "b" * 70}
    names = {api.create(body).name for _ in range(20)}
    assert len(names) == 20
    assert all(re.fullmatch("b{58}[bcdfghjklmnpqrstvwxz2456789]{5}", name) for name in names)


def test_a_generated_name_that_is_taken_is_drawn_again(api: Api) -> None:
    body = pod()
    body["metadata"] = {"generateName": "web-"}
    state = api.state
    first = api.create(body)
    api.state = evolve(api.state, draws=state.draws)
    assert api.create(body).name != first.name


BAD: dict[str, tuple[Callable[[Api], Any], type[ApiError], str]] = {
    "a resourceVersion on create": (
        lambda api: api.create(service("other") | {"metadata": {"name": "other", "resourceVersion": "1"}}),
        ServerError,
        "resourceVersion should not be set on objects to be created",
    ),
    "another namespace than the URL": (
        lambda api: api.create(service("x") | {"metadata": {"name": "x", "namespace": "other"}}, namespace="default"),
        BadRequest,
        "the namespace of the provided object does not match the namespace sent on the request",
    ),
    "another name than the URL": (
        lambda api: api.update(service("x"), name="web"),
        BadRequest,
        "the name of the object (x) does not match the name on the URL (web)",
    ),
    "a patch of the name": (
        lambda api: api.patch("service", "web", {"metadata": {"name": "x"}}),
        BadRequest,
        "the name of the object (x) does not match the name on the URL (web)",
    ),
    "a body of another kind": (
        lambda api: api.create(pod(), kind="service"),
        BadRequest,
        'Pod in version "v1" cannot be handled as a Service: converting (v1.Pod) to (core.Service): unknown conversion',
    ),
    "a body of another version": (
        lambda api: api.create(service("x") | {"apiVersion": "v2"}),
        BadRequest,
        "the API version in the data (v2) does not match the expected API version (v1)",
    ),
    "no name in the body": (
        lambda api: api.send("update", service("x") | {"metadata": {}}, name="web"),
        BadRequest,
        "the name of the object (web based on URL) was undeterminable: name must be provided",
    ),
    "an unknown verb": (
        lambda api: api.ask(Request(verb="deletecollection", resource="deployments", namespace="default")),
        MethodNotAllowed,
        'deletecollection is not supported on resources of kind "deployments.apps"',
    ),
    "a right that is not there": (
        lambda api: api.delete("service", "web", user="jane"),
        Forbidden,
        (
            'services "web" is forbidden: User "jane" cannot delete resource "services" in API group "" '
            'in the namespace "default"'
        ),
    ),
    "an unknown field": (
        lambda api: api.create(service("x", selektor={})),
        BadRequest,
        'Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.selektor"',
    ),
    "a name that is taken": (
        lambda api: api.create(service()),
        AlreadyExists,
        'services "web" already exists',
    ),
    "a name of a group that is taken": (
        lambda api: api.create(deployment()),
        AlreadyExists,
        'deployments.apps "web" already exists',
    ),
    "a missing namespace": (
        lambda api: api.create(service("x"), namespace="nowhere"),
        NotFound,
        'namespaces "nowhere" not found',
    ),
    "a PUT that would create in a missing namespace": (
        lambda api: api.update(service("x"), namespace="nowhere"),
        NotFound,
        'namespaces "nowhere" not found',
    ),
    "a PUT of what is not there": (
        lambda api: api.update(deployment("x")),
        NotFound,
        'deployments.apps "x" not found',
    ),
    "a patch of what is not there": (
        lambda api: api.patch("service", "x", {}),
        NotFound,
        'services "x" not found',
    ),
    "a delete of what is not there": (
        lambda api: api.delete("endpointslice", "x"),
        NotFound,
        'endpointslices.discovery.k8s.io "x" not found',
    ),
    "the same name and the same address": (
        lambda api: api.create(service(clusterIP="10.96.0.80")),
        Invalid,
        (
            'Service "web" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.80"]: '
            "failed to allocate IP 10.96.0.80: provided IP is already allocated"
        ),
    ),
    "nobody": (lambda api: api.create(service("x"), user=""), Unauthorized, "Unauthorized"),
}


@pytest.mark.parametrize(("act", "error", "words"), BAD.values(), ids=BAD)
def test_what_is_refused_is_said_in_the_servers_words_and_changes_nothing(
    api: Api, act: Callable[[Api], Any], error: type[ApiError], words: str
) -> None:
    before = api.state
    with pytest.raises(error) as caught:
        act(api)
    assert caught.value.message == words
    assert api.state is before


def test_a_patch_may_leave_kind_and_version_out(api: Api) -> None:
    before = api.state.revision
    assert api.patch("service", "web", {"kind": None, "apiVersion": None}).KIND == "Service"
    assert api.state.revision == before


def test_details_name_the_plural_and_the_group(api: Api) -> None:
    with pytest.raises(NotFound) as caught:
        api.delete("deployment", "x")
    assert caught.value.details == {"name": "x", "group": "apps", "kind": "deployments"}
    with pytest.raises(Invalid) as refused:
        api.create(deployment("x", replicas=-1))
    assert refused.value.details["kind"] == "Deployment"


STALE = (
    'Operation cannot be fulfilled on services "web": the object has been modified; '
    "please apply your changes to the latest version and try again"
)


@pytest.mark.parametrize("verb", ["update", "patch"])
def test_a_stale_resource_version_conflicts(api: Api, verb: str) -> None:
    old = api.get("service", "web").to_dict()
    api.patch("service", "web", {"metadata": {"labels": {"a": "b"}}})
    body = old if verb == "update" else {"metadata": {"resourceVersion": old["metadata"]["resourceVersion"]}}
    request = Request(verb=verb, resource="services", namespace="default", name="web", body=body)
    with pytest.raises(Conflict) as caught:
        api.ask(request)
    assert caught.value.message == STALE
    assert caught.value.details == {"name": "web", "kind": "services"}


def test_a_put_for_an_object_that_was_made_anew_conflicts(api: Api) -> None:
    old = api.get("service", "web").to_dict()
    api.delete("service", "web")
    new = api.create(service(clusterIP="10.96.0.80"))
    del old["metadata"]["resourceVersion"]
    with pytest.raises(Conflict) as caught:
        api.update(old)
    assert caught.value.message.endswith(
        f"UID in precondition: {old['metadata']['uid']}, UID in object meta: {new.metadata.uid}"
    )


def test_a_put_without_resource_version_is_unconditional(api: Api) -> None:
    api.patch("service", "web", {"metadata": {"labels": {"a": "b"}}})
    assert api.update(service()).labels == {}


@pytest.mark.parametrize("body", [service("x"), {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "x"}}])
def test_a_put_makes_services_and_endpoints_that_are_not_there(api: Api, body: dict[str, Any]) -> None:
    made = api.update(body)
    assert made.metadata.uid
    assert api.get(body["kind"], "x") == made


def test_a_write_that_changes_nothing_is_not_written(api: Api) -> None:
    before = api.state.revision
    same = api.get("service", "web")
    assert api.update(same.to_dict()) == same
    assert api.patch("service", "web", {}) == same
    assert api.state.revision == before
    assert not [fact for fact in api.facts if isinstance(fact, Change)]
    assert api.stages()["store"] == f"no change: still at revision {same.metadata.resource_version}"


DRY: dict[str, Callable[[Api], Any]] = {
    "create": lambda api: api.create(service("x"), dry_run=True),
    "update": lambda api: api.update(service(type="NodePort"), dry_run=True),
    "patch": lambda api: api.patch("service", "web", {"metadata": {"labels": {"a": "b"}}}, dry_run=True),
    "delete": lambda api: api.delete("service", "web", dry_run=True),
}


@pytest.mark.parametrize("act", DRY.values(), ids=DRY)
def test_a_dry_run_writes_nothing(api: Api, act: Callable[[Api], Any]) -> None:
    act(api)
    assert not [fact for fact in api.facts if isinstance(fact, Change)]


def test_a_dry_run_shows_the_first_address_of_the_range_and_refuses_as_the_real_one(api: Api) -> None:
    assert api.create(service("x"), dry_run=True).spec.cluster_ip == "10.96.0.0"
    with pytest.raises(AlreadyExists):
        api.create(service(), dry_run=True)


def test_the_address_is_stored_before_its_service_and_goes_after_it(api: Api) -> None:
    api.create(service("x"))
    assert [fact.resource for fact in api.facts if isinstance(fact, Change)] == ["ipaddresses", "services"]
    api.create({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "x"}})
    api.delete("service", "x")
    changes = [(fact.type, fact.resource) for fact in api.facts if isinstance(fact, Change)]
    assert changes == [("DELETED", "services"), ("DELETED", "endpoints"), ("DELETED", "ipaddresses")]


def test_the_watch_stage_counts_who_will_hear() -> None:
    api = Api.made()
    api.state = evolve(api.state, watchers=type(api.state.watchers)({"services": ("coredns", "kube-proxy")}))
    api.create(service())
    assert api.stages()["watch"] == "2 watchers will hear of it"
    api.create(pod())
    assert api.stages()["watch"] == "nobody to tell"


def test_a_pod_is_bound_once(api: Api) -> None:
    bound = api.create(pod())
    bound = evolve(bound, spec=evolve(bound.spec, node_name="node-1"))
    body = bound.with_meta(resource_version="")
    request = Request(verb="update", resource="pods", namespace="default", name="web", body=body, subresource="binding")
    api.ask(request)
    assert api.get("pod", "web").spec.node_name == "node-1"
    with pytest.raises(Conflict, match='pod web is already assigned to node "node-1"'):
        api.ask(request)


def test_eight_names_are_tried_before_the_server_gives_up(api: Api) -> None:
    body = pod()
    body["metadata"] = {"generateName": "web-"}
    tried = api.state.draws
    for _ in range(8):  # the same letters come again: each time one more is taken
        api.state = evolve(api.state, draws=tried)
        api.create(body)
    api.state = evolve(api.state, draws=tried)
    with pytest.raises(AlreadyExists) as caught:
        api.create(body)
    name = caught.value.details["name"]
    assert caught.value.message == (
        f'pods "{name}" already exists, the server was not able to generate a unique name for the object'
    )
    assert caught.value.details == {"name": name, "kind": "pods", "retryAfterSeconds": 1}
    assert len(list(api.state.view.list("pods"))) == 8


def test_a_resource_version_on_create_is_etcds_business(api: Api) -> None:
    body = service("other") | {"metadata": {"name": "other", "resourceVersion": "1"}}
    with pytest.raises(ServerError) as caught:
        api.create(body)
    assert (caught.value.status, caught.value.reason) == (500, "")
    assert str(caught.value) == "Error from server: resourceVersion should not be set on objects to be created"
    assert list(api.stages())[-1] == "store"
    assert api.create(body, dry_run=True).metadata.resource_version == ""


def test_what_a_later_stage_refuses_is_given_back(api: Api) -> None:
    before = api.addresses()
    with pytest.raises(Invalid):
        api.create(service("other", clusterIP="10.96.0.81", type="NodePort", ports=[{"port": 0, "nodePort": 30001}]))
    assert "allocation" in api.stages()
    assert api.addresses() == before
    taken = service("third", clusterIP="10.96.0.81", type="NodePort", ports=[{"port": 80, "nodePort": 30001}])
    assert api.create(taken).spec.cluster_ip == "10.96.0.81"


def test_a_put_that_creates_must_be_allowed_to_create(api: Api) -> None:
    api.create(role("updates", rule("update", "services")))
    api.create(bind("updates", "ClusterRole/updates", "User/jane"))
    api.update(service(clusterIP="10.96.0.80"), user="jane")
    with pytest.raises(Forbidden, match='cannot create resource "services"'):
        api.update(service("new"), user="jane")


def test_a_number_of_replicas_goes_through_scale(api: Api) -> None:
    scaled = api.patch("deployment", "web", {"spec": {"replicas": 3}}, subresource="scale")
    assert (scaled.spec.replicas, scaled.metadata.generation) == (3, 2)
    assert api.stages()["decode + defaulting"] == "read as Scale"
    assert api.stages()["validation"] == "the spec is as it was"
    with pytest.raises(Invalid) as caught:
        api.patch("deployment", "web", {"spec": {"replicas": -1}}, subresource="scale")
    words = "spec.replicas: Invalid value: -1: must be greater than or equal to 0"
    assert caught.value.message == f'Scale.autoscaling "web" is invalid: {words}'
    assert caught.value.details["kind"] == "Scale"


def test_who_may_scale_may_do_nothing_else(api: Api) -> None:
    api.create(role("scales", rule("patch", "deployments/scale", "apps")))
    api.create(bind("scales", "ClusterRole/scales", "User/jane"))
    body = {"spec": {"replicas": 3}}
    assert api.patch("deployment", "web", body, subresource="scale", user="jane").spec.replicas == 3
    with pytest.raises(Forbidden) as caught:
        api.patch("deployment", "web", body, user="jane")
    assert 'cannot patch resource "deployments" in API group "apps"' in caught.value.message
