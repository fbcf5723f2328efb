"""A client turns manifests into requests: create, replace, apply, and kind/name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from api import Api, deployment, service
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco import client
from kdisco.errors import Conflict, KdiscoError, UsageError
from kdisco.store.apply import LAST_APPLIED


def apply(api: Api, body: dict[str, Any], namespace: str = "default") -> Any:
    """What kubectl apply does."""
    return api.ask(client.application(api.state, body, namespace))


def test_create_posts_to_the_documents_own_namespace() -> None:
    api = Api.made()
    request = client.creation(api.state, service(), "other")
    assert (request.verb, request.resource, request.namespace, request.name) == ("create", "services", "other", "")
    own = service() | {"metadata": {"name": "web", "namespace": "shop"}}
    assert client.creation(api.state, own, "other").namespace == "shop"
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}}
    assert client.creation(api.state, node, "other").namespace == ""


@pytest.mark.parametrize("make", [client.creation, client.application])
def test_what_was_read_before_can_be_created_again(make: Any) -> None:
    api = Api.made()
    read = service() | {"metadata": {"name": "web", "resourceVersion": "7"}}
    sent = make(api.state, read, "default")
    assert (sent.verb, "resourceVersion" in sent.body["metadata"]) == ("create", False)
    assert read["metadata"]["resourceVersion"] == "7"
    assert api.ask(sent).metadata.resource_version != "7"


def test_replace_puts_by_name() -> None:
    request = client.replacement(Api.made().state, deployment(), "other")
    assert (request.verb, request.resource) == ("update", "deployments")
    assert (request.namespace, request.name) == ("other", "web")


@pytest.mark.parametrize("make", [client.replacement, client.application])
def test_replace_and_apply_need_a_name(make: Any) -> None:
    with pytest.raises(UsageError, match="error: resource name may not be empty"):
        make(Api.made().state, {"apiVersion": "v1", "kind": "Pod"}, "default")
    generated = {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "web-"}}
    with pytest.raises(UsageError, match="error: from web-: cannot use generate name with apply"):
        make(Api.made().state, generated, "default")


def test_apply_notes_the_manifest_as_kubectl_writes_it() -> None:
    api = Api.made()
    made = apply(api, service() | {"metadata": {"name": "web", "annotations": {"note": "a<b & é"}}})
    note = made.metadata.annotations[LAST_APPLIED]
    assert note.endswith("}\n")
    assert r"a\u003cb \u0026 é" in note
    assert json.loads(note) == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "default", "annotations": {"note": "a<b & é"}},
        "spec": {"ports": [{"port": 80}]},
    }
    assert list(json.loads(note)) == sorted(json.loads(note))


PORTS = [{"name": "http", "port": 80}, {"name": "https", "port": 443}]
DNS = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53}]
BODIES = st.builds(
    lambda selector, ports, kind: service(selector=selector, ports=ports, type=kind),
    st.dictionaries(st.sampled_from(["app", "tier"]), st.sampled_from(["a", "b"]), max_size=2),
    st.sampled_from([PORTS, PORTS[::-1], PORTS[:1], [{"name": "http", "port": 80, "targetPort": "http"}]]),
    st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"]),
)


@given(st.lists(BODIES, min_size=1, max_size=3))
@settings(max_examples=60)
def test_the_same_manifest_again_writes_nothing(bodies: list[dict[str, Any]]) -> None:
    api = Api.made()
    for body in bodies:
        made = apply(api, body)
        assert [port.name for port in made.spec.ports] == [port["name"] for port in body["spec"]["ports"]]
        assert made.spec.selector == body["spec"]["selector"]
        assert apply(api, body) == made


def test_one_port_number_of_two_protocols_is_applied_again_as_it_is() -> None:
    api = Api.made()
    made = apply(api, service(ports=DNS))
    assert apply(api, service(ports=DNS)) == made
    changed = apply(api, service(ports=[DNS[0], DNS[1] | {"appProtocol": "dns"}]))
    assert len(changed.spec.ports) == 2


def test_apply_takes_out_what_it_once_put_in_and_leaves_what_others_did() -> None:
    api = Api.made()
    apply(api, deployment(replicas=2, minReadySeconds=3))
    api.patch("deployment", "web", {"spec": {"paused": True}, "metadata": {"labels": {"by": "other"}}})
    after = apply(api, deployment())
    assert (after.spec.replicas, after.spec.min_ready_seconds) == (1, 0)
    assert after.spec.paused
    assert after.labels == {"by": "other"}


def test_apply_changes_the_strategy_as_a_whole() -> None:
    api = Api.made()
    apply(api, deployment())
    after = apply(api, deployment(strategy={"type": "Recreate"}))
    assert after.to_dict()["spec"]["strategy"] == {"type": "Recreate"}


def test_apply_follows_the_order_of_the_manifest() -> None:
    api = Api.made()
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    apply(api, service(ports=ports))
    assert [port.name for port in apply(api, service(ports=ports[::-1])).spec.ports] == ["b", "a"]
    more = [{"name": "c", "port": 82}, *ports]
    assert [port.name for port in apply(api, service(ports=more)).spec.ports] == ["c", "a", "b"]


def test_apply_with_a_stale_resource_version_conflicts() -> None:
    api = Api.made()
    apply(api, service())
    with pytest.raises(Conflict):
        apply(api, service() | {"metadata": {"name": "web", "resourceVersion": "1"}})


@pytest.mark.parametrize("spoilt", [{"annotations": 5}, {"annotations": {"a": 1}}, {"labels": []}])
def test_spoilt_metadata_is_left_to_the_server(spoilt: dict[str, Any]) -> None:
    api = Api.made()
    before = api.state
    with pytest.raises(KdiscoError):
        apply(api, service() | {"metadata": {"name": "web"} | spoilt})
    assert api.state is before


TARGETS = [
    ("deployment/web", "deployments", ("shop", "web")),
    ("svc/web", "services", ("shop", "web")),
    ("Deployment.apps/web", "deployments", ("shop", "web")),
    ("no/node-1", "nodes", ("", "node-1")),
]


@pytest.mark.parametrize(("text", "plural", "key"), TARGETS)
def test_a_target_is_a_kind_and_a_name(text: str, plural: str, key: tuple[str, str]) -> None:
    row, found = client.target(text, "shop")
    assert (row.plural, found) == (plural, key)


@pytest.mark.parametrize("text", ["web", "deployment/", "/web", "", "nothing/web", None, 5])
def test_what_is_no_target_is_refused(text: Any) -> None:
    with pytest.raises(UsageError, match=r"^error: "):
        client.target(text, "default")
