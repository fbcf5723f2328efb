"""What Nodes must be, and what of them is for good."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api

from kdisco.errors import Invalid

TAINT = {"key": "a", "value": "b", "effect": "NoSchedule"}
RULES: list[tuple[dict[str, Any], str]] = [
    ({"taints": [TAINT | {"key": "-"}]}, 'spec.taints[0].key: Invalid value: "-": name part must consist of'),
    ({"taints": [TAINT | {"value": "a b"}]}, 'spec.taints[0].value: Invalid value: "a b": a valid label must be'),
    ({"taints": [TAINT | {"effect": ""}]}, "spec.taints[0].effect: Required value"),
    (
        {"taints": [TAINT | {"effect": "X"}]},
        'spec.taints[0].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExec',
    ),
    (
        {"taints": [TAINT, TAINT]},
        (
            'spec.taints[1]: Duplicate value: {"Key":"a","Value":"b","Effect":"NoSchedule","TimeAdded":null}: '
            "taints must be unique by key and effect pair"
        ),
    ),
    ({"podCIDRs": ["10.0.0.1/24"]}, 'spec.podCIDRs[0]: Invalid value: "10.0.0.1/24": must not have bits set beyond'),
    (
        {"podCIDRs": ["10.0.0.0/24", "10.0.1.0/24"]},
        (
            'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: '
            "may specify no more than one CIDR for each IP family"
        ),
    ),
]


def node(**spec: Any) -> dict[str, Any]:
    """A Node."""
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}, "spec": spec}


@pytest.mark.parametrize(("spec", "words"), RULES)
def test_a_breach_is_named_with_its_field(spec: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(node(**spec))
    assert caught.value.message.startswith(f'Node "node-1" is invalid: {words}')


CHANGES = [
    ({"podCIDRs": ["10.0.1.0/24"]}, 'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to'),
    ({"providerID": "b"}, 'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid'),
]


@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_what_a_node_was_given_it_keeps(change: dict[str, Any], words: str) -> None:
    api = Api.made()
    api.create(node(podCIDRs=["10.0.0.0/24"], providerID="a", taints=[TAINT]))
    with pytest.raises(Invalid) as caught:
        api.patch("node", "node-1", {"spec": change})
    assert caught.value.message.startswith(f'Node "node-1" is invalid: {words}')
    assert api.patch("node", "node-1", {"spec": {"unschedulable": True, "taints": []}}).spec.unschedulable
