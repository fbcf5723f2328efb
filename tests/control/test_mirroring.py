"""Endpoints that somebody wrote, as EndpointSlices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import context_of, made, running, service, writes_of
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.control.controller import Tell
from kdisco.control.mirroring import CONTROLLER, LIMIT, MIRROR, desired
from kdisco.control.slice_plan import MANAGED_BY
from kdisco.model.endpoints import SERVICE_NAME
from kdisco.store.events import Request

if TYPE_CHECKING:
    from kdisco import Cluster

OWN = {SERVICE_NAME: "db", MANAGED_BY: MIRROR}
FRONT = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "db"}, "spec": {"ports": [{"port": 5432}]}}
HTTP = {"name": "", "port": 8443, "protocol": "TCP"}


def lists(*subsets: dict[str, Any], **meta: Any) -> dict[str, Any]:
    """The document of Endpoints db."""
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "db", **meta}, "subsets": list(subsets)}


def subset(ready: list[str], others: list[str] | None = None, *ports: dict[str, Any]) -> dict[str, Any]:
    """A subset of these addresses."""
    found: dict[str, Any] = {"ports": list(ports) or [HTTP]}
    for name, ips in (("addresses", ready), ("notReadyAddresses", others or [])):
        if ips:
            found[name] = [{"ip": ip} for ip in ips]
    return found


def mirrored(cluster: Cluster) -> list[Any]:
    """The mirrored slices of db."""
    return list(cluster.list("endpointslice", selector=OWN))


def told(found: Any) -> tuple[str, list[Any], list[Any]]:
    """The family, (port, name) of each port, (address, ready) of each endpoint."""
    endpoints = [(each.addresses[0], each.conditions.ready) for each in found.endpoints or ()]
    return found.address_type, [(port.port, port.name) for port in found.ports or ()], endpoints


def ready_cluster(*subsets: dict[str, Any], **meta: Any) -> Cluster:
    """A settled cluster with Service db and Endpoints of it."""
    return running(FRONT, lists(*subsets, **meta))


def test_a_subset_becomes_a_slice_of_each_family() -> None:
    cluster = ready_cluster(subset(["203.0.113.7", "2001:db8::7"], ["203.0.113.8"]))
    assert sorted(map(told, mirrored(cluster))) == [
        ("IPv4", [(8443, "")], [("203.0.113.7", True), ("203.0.113.8", False)]),
        ("IPv6", [(8443, "")], [("2001:db8::7", True)]),
    ]


def test_only_ready_is_known_of_an_endpoint() -> None:
    ref = {"kind": "Pod", "name": "p", "namespace": "default"}
    entry = {"ip": "203.0.113.7", "hostname": "h", "nodeName": "node-1", "targetRef": ref}
    (found,) = mirrored(ready_cluster({"addresses": [entry], "ports": [HTTP]}))
    (only,) = found.endpoints
    assert (only.conditions.ready, only.conditions.serving, only.conditions.terminating) == (True, None, None)
    assert (only.hostname, only.node_name, only.zone, only.target_ref.name) == ("h", "node-1", None, "p")


def test_labels_and_annotations_are_copied_but_for_some() -> None:
    marks = {
        "note": "mine",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
        "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z",
    }
    cluster = ready_cluster(subset(["203.0.113.7"]), labels={"team": "red"}, annotations=marks)
    (found,) = mirrored(cluster)
    assert found.labels == {"team": "red", **OWN}
    assert found.metadata.annotations == {"note": "mine"}
    assert (found.metadata.generate_name, found.name[:3]) == ("db-", "db-")
    (owner,) = found.metadata.owner_references
    assert (owner.kind, owner.uid, owner.controller) == ("Endpoints", cluster.get("endpoints", "db").metadata.uid, True)


def test_a_change_is_made_in_place() -> None:
    cluster = ready_cluster(subset(["203.0.113.7"]))
    (before,) = mirrored(cluster)
    cluster.patch("endpoints", "db", {"subsets": [subset(["203.0.113.9"], None, {**HTTP, "port": 1})]})
    (after,) = mirrored(cluster.settle())
    assert (after.name, after.metadata.uid) == (before.name, before.metadata.uid)
    assert told(after) == ("IPv4", [(1, "")], [("203.0.113.9", True)])
    cluster.patch("endpoints", "db", {"metadata": {"labels": {"team": "blue"}}})
    assert mirrored(cluster.settle())[0].labels == {"team": "blue", **OWN}


def test_subsets_are_packed_before_they_are_mirrored() -> None:
    one, two = {**HTTP, "name": "a"}, {**HTTP, "name": "b", "port": 2}
    (found,) = mirrored(ready_cluster(subset(["203.0.113.7"], None, one), subset(["203.0.113.7"], None, two)))
    assert sorted(port.name for port in found.ports) == ["a", "b"]


@pytest.mark.parametrize(
    "change",
    [
        lambda cluster: cluster.delete("endpoints", "db"),
        lambda cluster: cluster.delete("service", "db"),
        lambda cluster: cluster.patch("service", "db", {"spec": {"selector": {"app": "db"}}}),
        lambda cluster: cluster.patch(
            "endpoints", "db", {"metadata": {"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}}}
        ),
        lambda cluster: cluster.patch(
            "endpoints", "db", {"metadata": {"annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"}}}
        ),
        lambda cluster: cluster.patch("endpoints", "db", {"subsets": []}),
    ],
)
def test_mirrored_slices_go_on_all_paths(change: Any) -> None:
    cluster = ready_cluster(subset(["203.0.113.7"]))
    assert mirrored(cluster)
    change(cluster)
    assert mirrored(cluster.settle()) == []


def test_a_service_that_gets_and_loses_a_selector() -> None:
    cluster = ready_cluster(subset(["203.0.113.7"]))
    cluster.patch("service", "db", {"spec": {"selector": {"app": "db"}}})
    cluster.settle()
    cluster.patch("service", "db", {"spec": {"selector": None}})
    cluster.patch("endpoints", "db", {"subsets": [subset(["203.0.113.9"])]})
    assert [told(found)[2] for found in mirrored(cluster.settle())] == [[("203.0.113.9", True)]]


@pytest.mark.parametrize("meta", [{"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}}])
def test_what_is_not_to_be_mirrored(meta: dict[str, Any]) -> None:
    assert mirrored(ready_cluster(subset(["203.0.113.7"]), **meta)) == []
    assert mirrored(running(lists(subset(["203.0.113.7"])))) == [], "there is no Service"
    cluster = running()
    assert [each.name for each in cluster.list("endpointslice")] == ["kubernetes"], "the API server's own"


def test_endpoints_may_come_before_their_service() -> None:
    cluster = running(lists(subset(["203.0.113.7"])))
    cluster.create(FRONT)
    assert len(mirrored(cluster.settle())) == 1


def test_slices_changed_or_deleted_by_hand_are_put_right() -> None:
    cluster = ready_cluster(subset(["203.0.113.7"]))
    expected = [told(found) for found in mirrored(cluster)]
    cluster.patch("endpointslice", mirrored(cluster)[0].name, {"endpoints": []})
    assert [told(found) for found in mirrored(cluster.settle())] == expected
    cluster.delete("endpointslice", mirrored(cluster)[0].name)
    assert [told(found) for found in mirrored(cluster.settle())] == expected


def test_what_is_right_is_not_written_again() -> None:
    endpoints = made("Endpoints", "web", subsets=[subset(["203.0.113.7"])])
    front = service(selector={})
    (first,) = writes_of(CONTROLLER, context_of(front, endpoints), ("default", "web"))
    assert isinstance(first, Request)
    there = first.body.with_meta(name="web-1")
    assert writes_of(CONTROLLER, context_of(front, endpoints, there), ("default", "web")) == []
    spare = there.with_meta(name="web-2")
    (gone,) = writes_of(CONTROLLER, context_of(front, endpoints, there, spare), ("default", "web"))
    assert isinstance(gone, Request)
    assert (gone.verb, gone.name) == ("delete", "web-2")


def test_more_than_a_thousand_addresses_of_a_subset_are_left_out_and_told_of() -> None:
    ips = [f"10.{i // 65536}.{i // 256 % 256}.{i % 256}" for i in range(1, LIMIT + 5)]
    groups, events = desired(made("Endpoints", "web", subsets=[subset(ips)]))
    assert [len(group) for group in groups.values()] == [LIMIT]
    words = "A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 4 addresses were skipped"
    assert [(each.reason, each.message, each.type) for each in events] == [
        ("TooManyAddressesToMirror", words, "Warning")
    ]


def test_what_is_no_address_is_left_out_and_told_of() -> None:
    groups, events = desired(made("Endpoints", "web", subsets=[subset(["10.0.0.256", "10.0.0.1"])]))
    assert [len(group) for group in groups.values()] == [1]
    words = "Skipped 1 invalid IP addresses when mirroring to EndpointSlices"
    assert events == [Tell(about=events[0].about, reason="InvalidIPAddress", message=words, type="Warning")]


ips = st.sampled_from(["203.0.113.1", "203.0.113.2", "203.0.113.3", "2001:db8::1", "2001:db8::2"])
subsets = st.builds(
    lambda ready, others, numbers: subset(
        sorted(ready), sorted(others - ready), *({**HTTP, "name": f"p{each}", "port": each} for each in numbers)
    ),
    st.sets(ips, min_size=1),
    st.sets(ips),
    st.sets(st.integers(1, 3), min_size=1).map(sorted),
)


@settings(max_examples=25)
@given(st.lists(st.lists(subsets, max_size=3), min_size=1, max_size=4))
def test_mirrored_slices_say_what_the_endpoints_say(steps: list[list[dict[str, Any]]]) -> None:
    cluster = running(FRONT, lists(), nodes=1)
    for step in steps:
        cluster.patch("endpoints", "db", {"subsets": step})
        revision = cluster.settle().revision
        assert cluster.settle().revision == revision
        wanted: dict[tuple[str, int], bool] = {}
        for each in step:
            for port in each["ports"]:
                for name, ready in (("addresses", True), ("notReadyAddresses", False)):
                    for one in each.get(name, ()):
                        place = one["ip"], port["port"]
                        wanted[place] = ready and wanted.get(place, True)
        there = {
            (one.addresses[0], port.port): one.conditions.ready
            for found in mirrored(cluster)
            for port in found.ports
            for one in found.endpoints
        }
        assert there == wanted
