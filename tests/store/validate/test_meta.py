"""What every object's metadata must be, and what Service ranges must be."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, deployment, pod, service

from kdisco.errors import Invalid

REFERENCE = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "controller": True}
RULES: list[tuple[dict[str, Any], str]] = [
    ({"generateName": "A_b-"}, 'metadata.generateName: Invalid value: "A_b-": a lowercase RFC 1123 subdomain'),
    (
        {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "+1"}},
        (
            "metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: "
            'Invalid value: "+1": must be a 32bit integer'
        ),
    ),
    (
        {"ownerReferences": [{"kind": "Pod", "name": "p", "uid": "u"}]},
        'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
    ),
    (
        {"ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p"}]},
        'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ),
    (
        {"finalizers": ["mine"]},
        (
            'metadata.finalizers[0]: Invalid value: "mine": '
            "name is neither a standard finalizer name nor is it fully qualified"
        ),
    ),
    (
        {"finalizers": ["orphan", "foregroundDeletion"]},
        (
            'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: '
            "finalizer orphan and foregroundDeletion cannot be both set"
        ),
    ),
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
        ["10.0.0.0/24", "10.0.1.0/24"],
        (
            'spec.cidrs: Invalid value: {"CIDRs":["10.0.0.0/24","10.0.1.0/24"]}: may specify no more than one IP '
            "for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
        ),
    ),
    (
        ["10.0.0.0/24", "fd00::/112", "10.0.1.0/24"],
        (
            'spec.cidrs: Invalid value: {"CIDRs":["10.0.0.0/24","fd00::/112","10.0.1.0/24"]}: '
            "may only hold up to 2 values"
        ),
    ),
    (["10.0.0.1/24"], 'spec.cidrs[0]: Invalid value: "10.0.0.1/24": must not have bits set beyond the prefix length'),
    (["FD00::/112"], 'spec.cidrs[0]: Invalid value: "FD00::/112": must be in canonical form ("fd00::/112")'),
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


CHANGES: list[tuple[list[str], str]] = [
    (["10.0.0.0/24"], 'spec.cidrs[0]: Invalid value: "10.0.0.0/24": field is immutable'),
    ([], "spec.cidrs: Invalid value: []: field is immutable"),
    (
        ["fd00::/112", "10.96.0.0/12"],
        'spec.cidrs[0]: Invalid value: "fd00::/112": field is immutable',
    ),
]


@pytest.mark.parametrize(("cidrs", "words"), CHANGES)
def test_a_range_is_for_good(cidrs: list[str], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().patch("servicecidr", "kubernetes", {"spec": {"cidrs": cidrs}})
    assert words in caught.value.message


def test_a_second_family_may_be_added_to_a_range() -> None:
    api = Api.made()
    cidrs = ["10.96.0.0/12", "fd00:96::/112"]
    assert api.patch("servicecidr", "kubernetes", {"spec": {"cidrs": cidrs}}).spec.cidrs == tuple(cidrs)


ADDRESSES = [
    ("FD00::1", r'metadata.name: Invalid value: "FD00::1": must be in canonical form \("fd00::1"\)'),
    ("x", r'metadata.name: Invalid value: "x": must be a valid IP address'),
]


@pytest.mark.parametrize(("name", "words"), ADDRESSES)
def test_an_address_object_is_named_after_its_address(name: str, words: str) -> None:
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", "metadata": {"name": name}}
    with pytest.raises(Invalid, match=words):
        Api.made().create(head | {"spec": {"parentRef": {"resource": "services", "name": "web"}}})


def test_an_address_object_stays_with_its_owner() -> None:
    api = Api.made()
    api.create(service(clusterIP="10.96.0.80"))
    with pytest.raises(Invalid, match=r"spec.parentRef: Invalid value: .*: field is immutable"):
        api.patch("ipaddress", "10.96.0.80", {"spec": {"parentRef": {"name": "other"}}})


def test_what_the_server_wrote_is_for_good() -> None:
    api = Api.made()
    api.create(service())
    with pytest.raises(Invalid, match=r"metadata.deletionTimestamp: Invalid value: .*: field is immutable"):
        api.patch("service", "web", {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}})


def test_an_address_object_belongs_to_something() -> None:
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", "metadata": {"name": "10.96.0.9"}}
    with pytest.raises(Invalid, match=r"spec\.parentRef: Required value"):
        Api.made().create(head)
