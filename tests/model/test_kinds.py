"""The kinds and the names under which kubectl finds them."""

from __future__ import annotations

import pytest

from kdisco.errors import UsageError
from kdisco.model.kinds import RESOURCES, Resource, resource, resource_of
from kdisco.model.service import Service

NAMES = {
    "services": "svc service Service services Services SVC svc",
    "pods": "po pod pods Pod",
    "endpoints": "ep endpoints Endpoints",
    "endpointslices": "endpointslice EndpointSlice endpointslices.discovery.k8s.io endpointslices.v1.discovery.k8s.io",
    "deployments": "deploy deployment Deployment deployments.apps deployment.apps deployments.v1.apps",
    "replicasets": "rs replicaset ReplicaSet replicasets.apps",
    "nodes": "no node Node",
    "namespaces": "ns namespace Namespace",
    "servicecidrs": "servicecidr ServiceCIDR servicecidrs.networking.k8s.io",
    "ipaddresses": "ip ipaddress IPAddress",
}


@pytest.mark.parametrize("plural", NAMES)
def test_a_kind_is_found_under_all_its_names(plural: str) -> None:
    assert {resource(name).plural for name in NAMES[plural].split()} == {plural}


@pytest.mark.parametrize("name", ["", "servizes", "pods.apps", "deployments.extensions", None, 3])
def test_what_is_no_kind_is_told_in_kubectl_s_words(name: object) -> None:
    with pytest.raises(UsageError, match="the server doesn't have a resource type"):
        resource(name)  # type: ignore[arg-type]  # wrong arguments are the test


def test_a_class_is_a_name_too() -> None:
    assert resource(Service) is RESOURCES["services"]


@pytest.mark.parametrize("row", RESOURCES.values(), ids=RESOURCES)
def test_a_row_agrees_with_its_class(row: Resource) -> None:
    assert resource_of(row.kind, row.cls.API_VERSION) is row
    assert resource_of(row.kind, "v9") is None


def test_errors_name_the_group_only_where_there_is_one() -> None:
    assert [RESOURCES[name].qualified for name in ("services", "deployments", "endpointslices")] == [
        "services",
        "deployments.apps",
        "endpointslices.discovery.k8s.io",
    ]


def test_nodes_and_namespaces_lie_outside_namespaces() -> None:
    outside = {name for name, row in RESOURCES.items() if not row.namespaced}
    roles = {"clusterroles", "clusterrolebindings"}
    assert outside == {"namespaces", "nodes", "servicecidrs", "ipaddresses"} | roles
