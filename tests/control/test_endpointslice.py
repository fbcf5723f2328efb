"""EndpointSlices, as their controller keeps them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from control_scenes import context_of, deployment, front, made, owned, pod, problems, running, service
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.control.endpointslice import CONTROLLER, MANAGED_BY, MANAGER
from kdisco.errors import InternalError
from kdisco.model.endpoints import SERVICE_NAME
from kdisco.store.events import Request

if TYPE_CHECKING:
    from kdisco import Cluster
    from kdisco.model.meta import Object

HEADLESS = "service.kubernetes.io/headless"
OWN = {SERVICE_NAME: "web", MANAGED_BY: MANAGER}


def written(*objects: Object) -> list[Any]:
    """What the controller writes for Service web: new bodies, or (name, deleted)."""
    writes = CONTROLLER.reconcile(context_of(*objects), ("default", "web"))
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


@pytest.mark.parametrize(
    "spec", [{"selector": {}}, {"type": "ExternalName"}, {"meta": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}]
)
def test_some_services_are_left_alone(spec: dict[str, Any]) -> None:
    assert written(service(**spec), *PODS, slice_of("web-1")) == []


def test_what_is_right_is_not_written_again() -> None:
    assert written(service(), *PODS, slice_of("web-1", *PODS)) == []


def test_a_change_of_one_pod_changes_only_its_slice() -> None:
    changed = pod("p3", "10.0.0.4", ready=False)
    (found,) = written(
        service(), *PODS[:3], changed, PODS[4], slice_of("web-1", *PODS[:2]), slice_of("web-2", *PODS[2:])
    )
    assert found.name == "web-2"
    assert [each.ready for each in found.endpoints] == [True, False, True]
    assert found.metadata.annotations["endpoints.kubernetes.io/last-change-trigger-time"] == "2026-01-01T00:00:00Z"


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
    deleted, new = written(service(), *PODS, former)
    assert deleted == "web-1"
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
    assert written(service(), slice_of("web-1"), slice_of("web-2")) == ["web-2"]


def test_a_pod_on_a_missing_node_is_a_problem_but_not_for_the_others() -> None:
    lost = pod("lost", "10.0.0.9", "gone")
    writes = CONTROLLER.reconcile(context_of(service(), *PODS, lost), ("default", "web"))
    found: Any = next(writes)
    assert len(found.body.endpoints) == 5
    with pytest.raises(InternalError, match="lost"):
        next(writes)


def test_a_pod_is_back_when_its_node_is() -> None:
    cluster = running(deployment(replicas=2), front())
    node = cluster.get("node", "node-2").to_dict()
    cluster.delete("node", "node-2")
    cluster.settle()
    assert len(listed(cluster)) == 1
    assert any("node-2" in each for each in problems(cluster))
    meta = {"name": "node-2", "labels": {"topology.kubernetes.io/zone": "z9"}}
    cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": node["spec"]})
    cluster.settle()
    assert len(listed(cluster)) == 2
    assert {each.zone for found in slices(cluster) for each in found.endpoints} == {None, "z9"}


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


@settings(max_examples=30, deadline=None)
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
