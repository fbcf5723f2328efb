"""EndpointSlices, as their controller keeps them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from control_scenes import (
    context_of,
    deployment,
    front,
    made,
    owned,
    pod,
    problems,
    running,
    service,
    view_of,
    writes_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.control.controller import Tell, Try
from kdisco.control.endpointslice import CONTROLLER, MANAGED_BY, MANAGER
from kdisco.errors import InternalError
from kdisco.model.endpoints import SERVICE_NAME
from kdisco.store.events import Request

if TYPE_CHECKING:
    from kdisco import Cluster
    from kdisco.model.meta import Object

HEADLESS = "service.kubernetes.io/headless"
FAILED = "FailedToUpdateEndpointSlices"
TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
OWN = {SERVICE_NAME: "web", MANAGED_BY: MANAGER}


def written(*objects: Object) -> list[Any]:
    """What the controller writes for Service web: new bodies, or (name, deleted)."""
    writes = writes_of(CONTROLLER, context_of(*objects), ("default", "web"))
    return [each.body if each.body is not None else each.name for each in writes if isinstance(each, Request)]


def slice_of(name: str, *pods: Any, number: int = 8080, family: str = "IPv4", **more: Any) -> Any:
    """A slice of Service web that has these Pods as endpoints."""
    endpoints = [
        {
            "addresses": [each.status.pod_ip],
            "conditions": {"ready": each.ready, "serving": each.ready, "terminating": False},
            "targetRef": {"kind": "Pod", "namespace": "default", "name": each.name, "uid": each.metadata.uid},
        }
        for each in pods
    ]
    ports = [{"name": "", "port": number, "protocol": "TCP"}] if pods else None
    full = {"labels": OWN, "ownerReferences": owned(service()), **more}
    return made("EndpointSlice", name, addressType=family, endpoints=endpoints or None, ports=ports, **full)


def slices(cluster: Cluster, name: str = "web") -> list[Any]:
    """The slices of a Service."""
    return list(cluster.list("endpointslice", selector={SERVICE_NAME: name}))


def listed(cluster: Cluster, name: str = "web") -> list[str]:
    """The names of the Pods that a Service's slices list."""
    return sorted(each.target_ref.name for found in slices(cluster, name) for each in found.endpoints or ())


PODS = [pod(f"p{i}", f"10.0.0.{i + 1}") for i in range(5)]


def test_a_new_slice_has_the_metadata_of_its_service() -> None:
    (found,) = written(service(meta={"labels": {"x": "y", MANAGED_BY: "me", HEADLESS: "no", SERVICE_NAME: "other"}}))
    assert found.metadata.generate_name == "web-"
    assert found.labels == {"x": "y", **OWN}
    (owner,) = found.metadata.owner_references
    assert (owner.kind, owner.name, owner.controller, owner.block_owner_deletion) == ("Service", "web", True, True)


def test_a_headless_services_slices_say_so() -> None:
    (found,) = written(service(clusterIP="None"))
    assert found.labels[HEADLESS] == ""


@pytest.mark.parametrize("families", [["IPv4"], ["IPv4", "IPv6"]])
def test_without_pods_there_is_one_empty_slice_a_family(families: list[str]) -> None:
    found = written(service(ipFamilies=families))
    assert [(each.address_type, each.endpoints, each.ports) for each in found] == [
        (family, None, None) for family in families
    ]
    named = [evolve(each).with_meta(name=f"s{i}") for i, each in enumerate(found)]
    assert written(service(ipFamilies=families), *named) == []


@pytest.mark.parametrize("spec", [{"selector": {}}, {"type": "ExternalName"}])
def test_some_services_are_left_alone(spec: dict[str, Any]) -> None:
    assert written(service(**spec), *PODS, slice_of("web-1")) == []


def test_for_a_service_that_is_going_nothing_new_is_made() -> None:
    going = service(meta={"deletionTimestamp": "2026-01-01T00:00:00Z"})
    assert written(going, *PODS) == []
    (found,) = written(going, *PODS, slice_of("web-1", *PODS[:2]))
    assert (found.name, len(found.endpoints)) == ("web-1", 5)


def test_what_is_right_is_not_written_again() -> None:
    assert written(service(), *PODS, slice_of("web-1", *PODS)) == []


def test_a_change_of_one_pod_changes_only_its_slice() -> None:
    changed = pod("p3", "10.0.0.4", ready=False, since="2026-01-01T00:07:00Z")
    (found,) = written(
        service(), *PODS[:3], changed, PODS[4], slice_of("web-1", *PODS[:2]), slice_of("web-2", *PODS[2:])
    )
    assert found.name == "web-2"
    assert [each.ready for each in found.endpoints] == [True, False, True]
    assert found.metadata.annotations[TRIGGER] == "2026-01-01T00:07:00Z"


def test_a_first_slice_is_as_old_as_its_service() -> None:
    front = service(meta={"creationTimestamp": "2026-01-01T00:01:00Z"})
    (found,) = written(front, pod("a", "10.0.0.1", since="2026-01-01T00:09:00Z"))
    assert found.metadata.annotations[TRIGGER] == "2026-01-01T00:01:00Z"


def test_when_no_pod_turned_ready_or_unready_the_slice_names_no_time() -> None:
    dated = slice_of("web-1", *PODS, annotations={TRIGGER: "2026-01-01T00:00:00Z", "note": "mine"})
    (found,) = written(service(), *PODS[:4], dated)
    assert found.metadata.annotations == {"note": "mine"}


def test_a_pods_place_in_its_slice_stays() -> None:
    backwards = slice_of("web-1", *reversed(PODS))
    assert written(service(), *PODS, backwards) == []


def test_what_does_not_belong_is_taken_out() -> None:
    (found,) = written(service(), *PODS[:2], slice_of("web-1", *PODS))
    assert [each.target_ref.name for each in found.endpoints] == ["p0", "p1"]


def test_a_service_label_that_changes_is_mirrored() -> None:
    (found,) = written(service(meta={"labels": {"x": "y"}}), *PODS, slice_of("web-1", *PODS))
    assert found.labels == {"x": "y", **OWN}


def test_slices_of_a_former_service_of_the_name_go() -> None:
    former = slice_of("web-1", *PODS, ownerReferences=[{**owned(service())[0], "uid": "former"}])
    new, deleted = written(service(), *PODS, former)
    assert (deleted, new.name) == ("web-1", "")
    assert len(new.endpoints) == 5


def test_slices_of_a_family_that_the_service_has_no_more_go() -> None:
    assert written(service(), *PODS, slice_of("web-1", *PODS), slice_of("web-6", family="IPv6")) == ["web-6"]


def test_slices_of_other_managers_are_never_touched() -> None:
    foreign = slice_of("foreign", *PODS, labels={SERVICE_NAME: "web", MANAGED_BY: "me"})
    assert written(service(), *PODS, foreign, slice_of("web-1", *PODS)) == []


def test_the_slice_keeps_its_name_from_no_pod_to_many_and_back() -> None:
    (found,) = written(service(), *PODS, slice_of("web-1"))
    assert (found.name, len(found.endpoints)) == ("web-1", 5)
    (empty,) = written(service(), slice_of("web-1", *PODS))
    assert (empty.name, empty.endpoints, empty.ports) == ("web-1", None, None)


def test_another_port_goes_into_the_same_slice() -> None:
    moved = service(ports=[{"port": 80, "targetPort": 9090}])
    (found,) = written(moved, *PODS, slice_of("web-1", *PODS))
    assert (found.name, found.ports[0].port, len(found.endpoints)) == ("web-1", 9090, 5)


def test_of_several_empty_slices_one_is_left() -> None:
    kept, deleted = written(service(), slice_of("web-1"), slice_of("web-2"))
    assert (kept.name, kept.endpoints, deleted) == ("web-1", None, "web-2")


LOST = "skipping Pod {} for Service default/web: Node gone Not Found"


@pytest.mark.parametrize("families", [["IPv4"], ["IPv4", "IPv6"]])
@pytest.mark.parametrize("names", [["lost"], ["lost", "too"]])
def test_a_pod_on_a_missing_node_is_a_problem_but_not_for_the_others(families: list[str], names: list[str]) -> None:
    lost = [pod(name, f"10.0.0.{20 + place}", "gone") for place, name in enumerate(names)]
    work = CONTROLLER.reconcile(context_of(service(ipFamilies=families), *PODS, *lost), ("default", "web"))
    *tried, told = (next(work) for _ in [*families, "event"])
    sizes = [len(each.request.body.endpoints or ()) for each in tried if isinstance(each, Try)]
    assert sizes == [5, 0][: len(families)]
    text = ", ".join(LOST.format(name) for name in names)
    text = f"[{text}]" if len(names) > 1 else text
    words = f"Error updating Endpoint Slices for Service default/web: {text}"
    assert told == Tell(about=service(ipFamilies=families), reason=FAILED, message=words, type="Warning")
    with pytest.raises(InternalError, match="lost"):
        next(work)


def test_a_service_waits_for_its_pods_node() -> None:
    found = [service(), pod("a", "10.0.0.1", "n1"), made("Node", "n1"), made("Node", "n2")]
    keys = CONTROLLER.watches["nodes"]
    assert list(keys(view_of(*found), found[2])) == [("default", "web")]
    assert list(keys(view_of(*found), found[3])) == []
    assert list(keys(view_of(*found, slice_of("web-1", found[1])), found[2])) == [], "it is listed already"
    assert list(keys(view_of(*found[:2]), found[2])) == [], "the node is gone"


def test_a_pod_is_told_of_when_its_node_comes() -> None:
    cluster = running(deployment(replicas=2), front())
    node = cluster.get("node", "node-2").to_dict()
    name = next(each.name for each in cluster.list("pod") if each.spec.node_name == "node-2")
    cluster.delete("node", "node-2")
    cluster.patch("pod", name, {"metadata": {"labels": {"app": "other"}}})
    cluster.patch("service", "web", {"spec": {"selector": {"app": "other"}}})
    cluster.run(1)
    assert listed(cluster) == []
    assert any(f"skipping Pod {name} " in each for each in problems(cluster))
    assert FAILED in [each.reason for each in cluster.list("event")]
    meta = {"name": "node-2", "labels": {"topology.kubernetes.io/zone": "z9"}}
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": node["spec"]})
    cluster.run(1)
    (only,) = (each for found in slices(cluster) for each in found.endpoints)
    assert (only.target_ref.name, only.zone) == (name, "z9")


def test_a_zone_that_a_node_gets_later_is_told_with_the_next_change() -> None:
    cluster = running(deployment(replicas=2), front())
    cluster.patch("node", "node-1", {"metadata": {"labels": {"topology.kubernetes.io/zone": "z1"}}})
    cluster.settle()
    assert {each.zone for found in slices(cluster) for each in found.endpoints} == {None}
    cluster.scale("deployment/web", 3)
    cluster.settle()
    zones = {each.node_name: each.zone for found in slices(cluster) for each in found.endpoints}
    assert zones["node-1"] == "z1"


def test_two_hundred_fifty_pods_fill_three_slices() -> None:
    pods = [pod(f"p{i}", f"10.1.{i // 250}.{i % 250 + 1}") for i in range(250)]
    assert sorted(len(each.endpoints) for each in written(service(), *pods)) == [50, 100, 100]


def test_a_pod_whose_label_changes_leaves_the_slice_and_another_comes() -> None:
    cluster = running(deployment(), front())
    before = listed(cluster)
    cluster.patch("pod", before[0], {"metadata": {"labels": {"app": "debug"}}})
    cluster.settle()
    assert len(listed(cluster)) == 2
    assert before[0] not in listed(cluster)


def test_slices_changed_or_deleted_by_hand_are_put_right() -> None:
    cluster = running(deployment(), front())
    expected = listed(cluster)
    cluster.patch("endpointslice", slices(cluster)[0].name, {"endpoints": []})
    assert listed(cluster.settle()) == expected
    cluster.delete("endpointslice", slices(cluster)[0].name)
    assert listed(cluster.settle()) == expected
    assert len(slices(cluster)) == 1


def test_deleting_the_service_takes_its_slices_along() -> None:
    cluster = running(deployment(), front())
    cluster.delete("service", "web")
    assert slices(cluster.settle()) == []


def test_a_service_made_anew_gets_slices_of_its_own() -> None:
    cluster = running(deployment(), front())
    cluster.delete("service", "web")
    cluster.create(front())
    cluster.settle()
    (found,) = slices(cluster)
    assert found.owned_by(cluster.get("service", "web"))
    assert len(found.endpoints) == 2


def test_a_dual_stack_service_has_slices_of_both_families() -> None:
    wide = {"pod_cidr": "10.244.0.0/16,fd00:10:244::/56", "service_cidr": "10.96.0.0/16,fd00:10:96::/112"}
    cluster = running(deployment(), front(ipFamilyPolicy="RequireDualStack"), **wide)
    found = {each.address_type: len(each.endpoints) for each in slices(cluster)}
    assert found == {"IPv4": 2, "IPv6": 2}
    cluster.patch("service", "web", {"spec": {"ipFamilyPolicy": "SingleStack"}})
    assert [each.address_type for each in slices(cluster.settle())] == ["IPv4"]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans(), st.booleans()), max_size=12))
def test_the_slices_list_every_backend_once_whatever_happened_before(rows: list[tuple[str, bool, bool]]) -> None:
    there: list[Any] = []
    pods: dict[str, Any] = {}
    for name, ready, gone in rows:
        pods[name] = pod(name, f"10.0.0.{ord(name)}", ready=ready)
        if gone:
            del pods[name]
        for each in written(service(), *pods.values(), *there):
            there = [old for old in there if isinstance(each, str) or old.name != each.name]
            if isinstance(each, str):
                there = [old for old in there if old.name != each]
            else:
                there.append(each.with_meta(name=each.name or f"web-{len(there)}"))
        found = {each.target_ref.name: each.ready for one in there for each in one.endpoints or ()}
        assert found == {each.name: each.ready for each in pods.values()}
        assert len(there) == 1


def test_a_slice_is_valid_json_of_the_api() -> None:
    cluster = running(deployment(), front())
    (found,) = slices(cluster)
    body = json.loads(json.dumps(found.to_dict()))
    assert (body["apiVersion"], body["kind"], body["addressType"]) == ("discovery.k8s.io/v1", "EndpointSlice", "IPv4")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["scale", "relabel", "delete", "unready", "ready", "selector", "publish", "named"]),
        st.integers(0, 6),
    ),
    max_size=8,
)


def do(cluster: Cluster, step: str, number: int) -> None:
    """One change of a Deployment, a Pod or the Service."""
    pods = sorted(cluster.list("pod"), key=lambda each: str(each.name))
    chosen = pods[number % len(pods)].name if pods else ""
    if step == "scale":
        cluster.scale("deployment/web", number)
    elif step in ("selector", "publish", "named"):
        changes: dict[str, dict[str, Any]] = {
            "selector": {"selector": {"app": "web" if number % 2 else "other"}},
            "publish": {"publishNotReadyAddresses": number % 2 == 0},
            "named": {"ports": [{"port": 80, "targetPort": "http" if number % 2 else 8080}]},
        }
        cluster.patch("service", "web", {"spec": changes[step]})
    elif chosen and step == "relabel":
        cluster.patch("pod", chosen, {"metadata": {"labels": {"app": "other"}}})
    elif chosen and step == "delete":
        cluster.delete("pod", chosen)
    elif chosen:
        ready = {"type": "Ready", "status": str(step == "ready")}
        cluster.patch("pod", chosen, {"status": {"conditions": [ready]}}, subresource="status")


@settings(max_examples=25)
@given(STEPS)
def test_after_settling_the_slices_and_endpoints_are_the_ready_pods_that_the_selector_finds(
    steps: list[tuple[str, int]],
) -> None:
    cluster = running(deployment(replicas=3), front())
    for step, number in steps:
        do(cluster, step, number)
        revision = cluster.settle().revision
        assert cluster.settle().revision == revision, "a second settle writes nothing"
        spec = cluster.get("service", "web").spec
        pods = [pod for pod in cluster.list("pod") if spec.selector.items() <= pod.labels.items() and not pod.finished]
        wanted = {pod.name: pod.ready and not pod.deleting for pod in pods if pod.addresses}
        if spec.publish_not_ready_addresses:
            wanted = dict.fromkeys(wanted, True)
        endpoints = [one for found in slices(cluster) for one in found.endpoints or ()]
        assert {one.target_ref.name: one.ready for one in endpoints} == wanted
        assert len(endpoints) == len(wanted)
        assert all(len(found.endpoints or ()) <= 100 for found in slices(cluster))
        named = all(port.target_port != "http" for port in spec.ports)
        old = [one.target_ref.name for found in cluster.get("endpoints", "web").subsets for one in found.addresses]
        assert sorted(old) == sorted(name for name, ready in wanted.items() if ready and named)
