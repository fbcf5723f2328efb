"""NetworkPolicies as values."""

from __future__ import annotations

from typing import Any

import pytest

from kdisco.errors import BadRequest
from kdisco.model.kinds import resource
from kdisco.model.manifest import to_object
from kdisco.model.networkpolicy import NetworkPolicy

WHOLE = {
    "podSelector": {"matchLabels": {"app": "db"}},
    "ingress": [
        {
            "ports": [{"protocol": "TCP", "port": 5432}, {"port": "http"}, {"port": 8000, "endPort": 9000}],
            "from": [
                {"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}},
                {"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "b"}}},
                {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
            ],
        },
        {},
    ],
    "egress": [{"to": [{"podSelector": {}}], "ports": [{"protocol": "UDP", "port": 53}]}],
    "policyTypes": ["Ingress", "Egress"],
}


def document(**spec: Any) -> dict[str, Any]:
    """A NetworkPolicy as a document."""
    meta = {"name": "p", "namespace": "shop"}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}


@pytest.mark.parametrize("name", ["networkpolicies", "networkpolicy", "netpol", "networkpolicies.networking.k8s.io"])
def test_the_kind_and_its_names(name: str) -> None:
    row = resource(name)
    assert (row.cls, row.namespaced, row.short) == (NetworkPolicy, True, ("netpol",))
    assert (row.group, row.version) == ("networking.k8s.io", "v1")


@pytest.mark.parametrize("spec", [WHOLE, {"podSelector": {}}, {"podSelector": {}, "egress": [{}]}])
def test_json_goes_in_and_comes_out(spec: dict[str, Any]) -> None:
    assert to_object(document(**spec)).to_dict()["spec"] == spec


def test_an_empty_peer_is_not_no_peer() -> None:
    found = to_object(document(podSelector={}, ingress=[{"from": [{"podSelector": {}}]}]))
    assert isinstance(found, NetworkPolicy)
    (rule,) = found.spec.ingress
    (peer,) = rule.peers
    assert peer.pod_selector is not None
    assert peer.namespace_selector is None


@pytest.mark.parametrize(
    ("policy_types", "egress", "directions"),
    [
        ([], [], ("Ingress",)),
        ([], [{}], ("Ingress", "Egress")),
        (["Egress"], [], ("Egress",)),
        (["Ingress"], [{}], ("Ingress",)),
    ],
)
def test_directions(policy_types: list[str], egress: list[dict[str, Any]], directions: tuple[str, ...]) -> None:
    found = to_object(document(podSelector={}, egress=egress, policyTypes=policy_types))
    assert isinstance(found, NetworkPolicy)
    assert found.spec.directions == directions


@pytest.mark.parametrize("spec", [{"ingress": {}}, {"podSelector": []}, {"policyTypes": "Ingress"}])
def test_what_is_of_another_type_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        to_object(document(**spec))
