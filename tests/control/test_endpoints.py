"""Endpoints, the old list of a Service's backends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from control_scenes import context_of, deployment, front, made, pod, running, service, writes_of
from hypothesis import given
from hypothesis import strategies as st

from kdisco.control.controller import Later, Try
from kdisco.control.endpoints import CAPACITY, CONTROLLER, subsets, truncated
from kdisco.errors import ApiError, Conflict, Forbidden
from kdisco.model.endpoints import EndpointAddress, EndpointSubset
from kdisco.store.events import Request

if TYPE_CHECKING:
    from kdisco.model.meta import Object

GOING = {"deletionTimestamp": "2026-01-01T00:00:30Z"}
MANAGED_BY = "endpoints.kubernetes.io/managed-by"
SLICES = "endpointslice-controller.k8s.io"
TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
OVER = "endpoints.kubernetes.io/over-capacity"


def told(*args: Any) -> list[tuple[list[str], list[str], list[int]]]:
    """Ready addresses, others, ports of each subset."""
    return [
        ([a.ip for a in each.addresses], [a.ip for a in each.not_ready_addresses], [port.port for port in each.ports])
        for each in subsets(*args)
    ]


def written(*objects: Object) -> list[Any]:
    """What the controller writes for Service web."""
    writes = writes_of(CONTROLLER, context_of(*objects), ("default", "web"))
    return [each.body if each.body is not None else each.verb for each in writes if isinstance(each, Request)]


@pytest.mark.parametrize(
    ("publish", "more", "found"),
    [
        (False, {}, (["10.0.0.1"], [])),
        (False, {"ready": False}, ([], ["10.0.0.1"])),
        (False, GOING, None),
        (True, {"ready": False}, (["10.0.0.1"], [])),
        (True, GOING, (["10.0.0.1"], [])),
        (True, {"ready": False, **GOING}, (["10.0.0.1"], [])),
    ],
)
def test_ready_or_not_and_going(publish: bool, more: dict[str, Any], found: Any) -> None:  # noqa: FBT001 - a row of the table
    front = service(publishNotReadyAddresses=publish)
    assert told(front, [pod("a", "10.0.0.1", **more)]) == ([(*found, [8080])] if found else [])


def test_an_address_names_its_pod_and_node_but_no_zone() -> None:
    (subset,) = subsets(service(), [pod("a", "10.0.0.1", "n1", spec={"hostname": "h", "subdomain": "web"})])
    (found,) = subset.addresses
    assert (found.ip, found.hostname, found.node_name) == ("10.0.0.1", "h", "n1")
    assert found.target_ref is not None
    assert (found.target_ref.kind, found.target_ref.name, found.target_ref.uid) == ("Pod", "a", "p-a")


def test_ports_with_the_same_addresses_share_a_subset() -> None:
    front = service(
        ports=[{"name": "b", "port": 81, "targetPort": 8081}, {"name": "a", "port": 80, "targetPort": 8080}]
    )
    assert told(front, [pod("a", "10.0.0.1"), pod("b", "10.0.0.2")]) == [(["10.0.0.1", "10.0.0.2"], [], [8080, 8081])]


def test_a_pod_without_a_named_port_is_left_out_for_that_port() -> None:
    front = service(ports=[{"name": "a", "port": 80, "targetPort": "http"}, {"name": "b", "port": 81, "targetPort": 9}])
    bare = pod("b", "10.0.0.2", spec={"containers": [{"name": "web"}]})
    found = told(front, [pod("a", "10.0.0.1"), bare])
    assert sorted(found) == [(["10.0.0.1"], [], [8080]), (["10.0.0.1", "10.0.0.2"], [], [9])]


def test_addresses_are_ordered_as_text() -> None:
    pods = [pod("b", "10.0.0.9"), pod("a", "10.0.0.10")]
    assert told(service(), pods)[0][0] == ["10.0.0.10", "10.0.0.9"]


@pytest.mark.parametrize(("families", "ip"), [(["IPv4", "IPv6"], "10.0.0.1"), (["IPv6", "IPv4"], "fd00::1")])
def test_only_the_first_family_is_told(families: list[str], ip: str) -> None:
    assert told(service(ipFamilies=families), [pod("a", "10.0.0.1,fd00::1")])[0][0] == [ip]


def test_a_headless_service_without_ports_has_one_subset_without_ports() -> None:
    assert told(service(ports=[], clusterIP="None"), [pod("a", "10.0.0.1")]) == [(["10.0.0.1"], [], [])]


@pytest.mark.parametrize("spec", [{"selector": {}}, {"type": "ExternalName"}])
def test_without_a_selector_the_endpoints_are_somebody_elses(spec: dict[str, Any]) -> None:
    assert written(service(**spec), pod("a", "10.0.0.1"), made("Endpoints", "web")) == []


def test_labels_are_the_services_and_say_who_manages() -> None:
    (plain,) = written(service(meta={"labels": {"x": "y", "service.kubernetes.io/headless": "z"}}))
    assert plain.labels == {"x": "y", MANAGED_BY: "endpoint-controller"}
    (headless,) = written(service(clusterIP="None", meta={"labels": {"x": "y"}}))
    assert headless.labels == {"x": "y", MANAGED_BY: "endpoint-controller", "service.kubernetes.io/headless": ""}


def test_without_pods_there_are_no_subsets() -> None:
    (found,) = written(service())
    assert "subsets" not in found.to_dict()


def test_what_is_right_is_not_written_again_and_other_annotations_stay() -> None:
    (first,) = written(service(), pod("a", "10.0.0.1"))
    assert written(service(), pod("a", "10.0.0.1"), first) == []
    noted = first.with_meta(annotations=first.metadata.annotations.merged({"note": "mine"}))
    (second,) = written(service(), pod("a", "10.0.0.1", ready=False), noted)
    assert second.metadata.annotations["note"] == "mine"


def test_endpoints_go_with_their_service_but_may_stand_alone() -> None:
    assert written(made("Endpoints", "web")) == ["delete"]
    cluster = running()
    cluster.create({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "alone"}})
    cluster.settle()
    assert "alone" in [each.name for each in cluster.list("endpoints")]


def test_what_somebody_changed_by_hand_stays_until_the_next_change_but_is_made_anew_when_deleted() -> None:
    cluster = running(deployment(), front())
    cluster.patch("endpoints", "web", {"subsets": []})
    cluster.settle()
    assert cluster.get("endpoints", "web").subsets == ()
    cluster.scale("deployment/web", 3)
    cluster.settle()
    assert len(cluster.get("endpoints", "web").subsets[0].addresses) == 3
    cluster.delete("endpoints", "web")
    cluster.settle()
    assert len(cluster.get("endpoints", "web").subsets[0].addresses) == 3


@pytest.mark.parametrize("change", [{"selector": None}, {"type": "ExternalName", "externalName": "x.test"}])
def test_a_service_that_is_no_more_the_controllers_keeps_its_lists(change: dict[str, Any]) -> None:
    cluster = running(deployment(), front())
    own = {"kubernetes.io/service-name": "web", MANAGED_BY.replace("endpoints", "endpointslice"): SLICES}
    before = cluster.get("endpoints", "web").subsets, cluster.list("endpointslice", selector=own)[0].endpoints
    cluster.patch("service", "web", {"spec": change})
    cluster.scale("deployment/web", 4)
    cluster.settle()
    after = cluster.get("endpoints", "web").subsets, cluster.list("endpointslice", selector=own)[0].endpoints
    assert before == after


@pytest.mark.parametrize(
    ("there", "refusal", "reason", "words", "again"),
    [
        (True, Conflict("stale"), "FailedToUpdateEndpoint", "Failed to update endpoint default/web: stale", True),
        (False, ApiError("x"), "FailedToCreateEndpoint", "Failed to create endpoint for service default/web: x", False),
    ],
)
def test_a_refused_write_is_told_of(there: bool, refusal: ApiError, reason: str, words: str, again: bool) -> None:  # noqa: FBT001 - a row of the table
    old = [made("Endpoints", "web")] if there else []
    work: Any = CONTROLLER.reconcile(context_of(service(), pod("a", "10.0.0.1"), *old), ("default", "web"))
    assert isinstance(next(work), Try)
    told = work.throw(refusal)
    assert (told.about.name, told.reason, told.message, told.type) == ("web", reason, words, "Warning")
    if again:
        assert isinstance(next(work), Later)
    with pytest.raises(ApiError):
        next(work)


def test_in_a_namespace_that_ends_nobody_minds_that_nothing_can_be_made() -> None:
    work: Any = CONTROLLER.reconcile(context_of(service(), pod("a", "10.0.0.1")), ("default", "web"))
    next(work)
    with pytest.raises(StopIteration):
        work.throw(Forbidden("ends", {"causes": [{"reason": "NamespaceTerminating"}]}))


def test_the_time_of_the_change_is_that_of_the_first_pod_that_turned() -> None:
    old, new = pod("a", "10.0.0.1", since="2026-01-01T00:01:00Z"), pod("b", "10.0.0.2", since="2026-01-01T00:05:00Z")
    front = service(meta={"creationTimestamp": "2026-01-01T00:00:30Z"})
    (first,) = written(front, old)
    assert first.metadata.annotations[TRIGGER] == "2026-01-01T00:00:30Z"
    (second,) = written(front, old, new, first)
    assert second.metadata.annotations[TRIGGER] == "2026-01-01T00:05:00Z"
    (third,) = written(front, old, second)
    assert TRIGGER not in third.metadata.annotations


def test_another_order_of_the_same_is_no_change() -> None:
    ports = [{"name": "a", "port": 80, "targetPort": "http"}, {"name": "b", "port": 81, "targetPort": 9}]
    pods = [pod("a", "10.0.0.1"), pod("b", "10.0.0.2", spec={"containers": [{"name": "web"}]})]
    (first,) = written(service(ports=ports), *pods)
    assert len(first.subsets) == 2
    assert written(service(ports=ports), *pods, evolve(first, subsets=first.subsets[::-1])) == []


def test_deleting_the_service_takes_its_endpoints_along_at_once() -> None:
    cluster = running(deployment(), front())
    cluster.delete("service", "web")
    assert "web" not in [each.name for each in cluster.list("endpoints")]


def crowd(ready: int, others: int) -> EndpointSubset:
    """A subset of so many addresses."""
    return EndpointSubset(
        addresses=tuple(EndpointAddress(ip=f"10.0.{i // 250}.{i % 250}") for i in range(ready)),
        not_ready_addresses=tuple(EndpointAddress(ip=f"10.9.{i // 250}.{i % 250}") for i in range(others)),
    )


@pytest.mark.parametrize(
    ("there", "left"),
    [
        ([(1000, 0)], [(1000, 0)]),
        ([(600, 400)], [(600, 400)]),
        ([(1001, 5)], [(1000, 0)]),
        ([(900, 200)], [(900, 100)]),
        ([(500, 300), (400, 300)], [(500, 50), (400, 50)]),
        ([(800, 1), (700, 1)], [(534, 0), (466, 0)]),
        ([(1000, 7)], [(1000, 0)]),
    ],
)
def test_beyond_a_thousand_addresses_the_list_is_cut(there: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
    found = truncated(tuple(crowd(*each) for each in there))
    assert [(len(each.addresses), len(each.not_ready_addresses)) for each in found] == left


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), max_size=4))
def test_a_cut_list_is_full_and_prefers_the_ready(rows: list[tuple[int, int]]) -> None:
    found = truncated(tuple(crowd(*each) for each in rows))
    ready = sum(len(each.addresses) for each in found)
    others = sum(len(each.not_ready_addresses) for each in found)
    wanted, everything = sum(each[0] for each in rows), sum(map(sum, rows))
    assert ready == min(wanted, CAPACITY)
    assert ready + others == min(everything, CAPACITY)


def test_a_cut_list_says_that_it_is_cut() -> None:
    pods = [pod(f"p{i}", f"10.1.{i // 250}.{i % 250 + 1}") for i in range(1001)]
    (found,) = written(service(), *pods)
    assert found.metadata.annotations[OVER] == "truncated"
    assert written(service(), *pods, found) == []
    (shorter,) = written(service(), *pods[:900], found)
    assert OVER not in shorter.metadata.annotations
