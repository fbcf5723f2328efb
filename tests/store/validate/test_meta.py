"""What every object's metadata must be, and what Service ranges must be."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, deployment, pod, service

from kdisco.errors import Invalid

REFERENCE = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "controller": True}
RULES: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "metadata.name: Required value: name or generateName is required"),
    ({"name": "A"}, 'metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of'),
    ({"name": "a" * 254}, f'metadata.name: Invalid value: "{"a" * 254}": must be no more than 253 bytes'),
    ({"labels": {"-a": "b"}}, 'metadata.labels: Invalid value: "-a": name part must consist of'),
    (
        {"labels": {"a": "b c"}},
        'metadata.labels: Invalid value: "b c": a valid label must be an empty string or consist of',
    ),
    ({"annotations": {"a b": ""}}, 'metadata.annotations: Invalid value: "a b": name part must consist of'),
    ({"annotations": {"a": "b" * 262144}}, "metadata.annotations: Too long: may not be more than 262144 bytes"),
    (
        {"ownerReferences": [REFERENCE, REFERENCE | {"uid": "v"}]},
        (
            "metadata.ownerReferences: Invalid value: "
            '[{"apiVersion":"v1","kind":"Pod","name":"p","uid":"u","controller":true}'
        ),
    ),
]


@pytest.mark.parametrize(("meta", "words"), RULES, ids=[words[:40] for _, words in RULES])
def test_a_breach_is_named_with_its_field(meta: dict[str, Any], words: str) -> None:
    body = pod() | {"metadata": {"name": "web"} | meta}
    with pytest.raises(Invalid) as caught:
        Api.made().create(body)
    text = caught.value.message.partition(" is invalid: ")[2]
    assert text.removeprefix("[").startswith(words)


@pytest.mark.parametrize(
    "body", [pod("web.shop"), deployment("1.web"), service("web-1")], ids=lambda body: body["kind"]
)
def test_names_that_fit_their_kind(body: dict[str, Any]) -> None:
    assert Api.made().create(body).name == body["metadata"]["name"]


RANGES: list[tuple[list[str], str]] = [
    ([], "spec.cidrs: Required value: at least one CIDR required"),
    (
        ["10.0.0.0/33"],
        'spec.cidrs[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ),
]


@pytest.mark.parametrize(("cidrs", "words"), RANGES)
def test_a_service_range(cidrs: list[str], words: str) -> None:
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": "x"}}
    with pytest.raises(Invalid) as caught:
        Api.made().create(head | {"spec": {"cidrs": cidrs}})
    assert caught.value.message == f'ServiceCIDR.networking.k8s.io "x" is invalid: {words}'


def test_an_address_object_belongs_to_something() -> None:
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", "metadata": {"name": "10.96.0.9"}}
    with pytest.raises(Invalid, match=r"spec\.parentRef: Required value"):
        Api.made().create(head)
