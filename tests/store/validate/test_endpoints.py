"""What Endpoints and EndpointSlices must be."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api
from attrs import evolve

from kdisco.errors import Invalid
from kdisco.store.transaction import Transaction

WORDS = "a lowercase RFC 1123 label must consist of"
SLICES: list[tuple[dict[str, Any], str]] = [
    ({"addressType": ""}, "addressType: Required value"),
    ({"addressType": "IPX"}, 'addressType: Unsupported value: "IPX": supported values: "FQDN", "IPv4", "IPv6"'),
    ({"endpoints": [{"addresses": []}]}, "endpoints[0].addresses: Required value: must contain at least 1 address"),
    (
        {"endpoints": [{"addresses": ["fd00::1"]}]},
        'endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address',
    ),
    (
        {"endpoints": [{"addresses": ["127.0.0.1"]}]},
        (
            'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range '
            "(127.0.0.0/8, ::1/128)"
        ),
    ),
    ({"endpoints": [{"addresses": ["192.0.2.1"]}] * 1001}, "endpoints: Too many: 1001: must have at most 1000 items"),
    (
        {"endpoints": [{"addresses": ["192.0.2.1"], "hostname": "A"}]},
        f'endpoints[0].hostname: Invalid value: "A": {WORDS}',
    ),
    ({"ports": [{"port": 80}, {"port": 81}]}, 'ports[1].name: Duplicate value: ""'),
    ({"ports": [{"name": "A", "port": 80}]}, f'ports[0].name: Invalid value: "A": {WORDS}'),
    (
        {"ports": [{"port": 80, "protocol": "X"}]},
        'ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
    ),
    (
        {"endpoints": [{"addresses": ["192.0.2.01"]}]},
        'endpoints[0].addresses[0]: Invalid value: "192.0.2.01": must not have leading 0s',
    ),
    (
        {"endpoints": [{"addresses": ["192.0.2.1"] * 101}]},
        "endpoints[0].addresses: Too many: 101: must have at most 100 items",
    ),
    (
        {"endpoints": [{"addresses": ["192.0.2.1"], "nodeName": "Node"}]},
        'endpoints[0].nodeName: Invalid value: "Node": a lowercase RFC 1123 subdomain must consist of',
    ),
    (
        {"endpoints": [{"addresses": ["192.0.2.1"], "hints": {"forZones": [{"name": "a"}, {"name": "a"}]}}]},
        'endpoints[0].hints.forZones[1].name: Duplicate value: "a"',
    ),
    (
        {"endpoints": [{"addresses": ["192.0.2.1"], "hints": {"forZones": [{"name": "a b"}]}}]},
        'endpoints[0].hints.forZones[0].name: Invalid value: "a b": a valid label must be',
    ),
    (
        {"endpoints": [{"addresses": ["192.0.2.1"], "hints": {"forNodes": [{"name": f"n{i}"} for i in range(9)]}}]},
        "endpoints[0].hints.forNodes: Too many: 9: must have at most 8 items",
    ),
    (
        {"addressType": "FQDN", "endpoints": [{"addresses": ["db"]}]},
        'endpoints[0].addresses[0]: Invalid value: "db": should be a domain with at least two segments separated',
    ),
    ({"ports": [{"name": f"p{i}", "port": 80} for i in range(101)]}, "ports: Too many: 101: must have at most 100"),
    (
        {"ports": [{"port": 80, "appProtocol": "a b"}]},
        'ports[0].appProtocol: Invalid value: "a b": name part must consist of',
    ),
]
HEAD = {
    "apiVersion": "discovery.k8s.io/v1",
    "kind": "EndpointSlice",
    "metadata": {"name": "web"},
    "addressType": "IPv4",
}


@pytest.mark.parametrize(("body", "words"), SLICES)
def test_a_slice(body: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(HEAD | body)
    assert caught.value.message.startswith(f'EndpointSlice.discovery.k8s.io "web" is invalid: {words}')


def test_the_address_type_is_for_good() -> None:
    api = Api.made()
    api.create(HEAD)
    with pytest.raises(Invalid, match='addressType: Invalid value: "IPv6": field is immutable'):
        api.update(HEAD | {"addressType": "IPv6"})


def test_what_was_stored_once_may_stay() -> None:
    api = Api.made()
    made = api.create(HEAD | {"endpoints": [{"addresses": ["192.0.2.1"]}]})
    odd = made.endpoints[0].__class__(addresses=("169.254.0.1",))
    txn = Transaction(api.state)
    txn.put("endpointslices", evolve(made, endpoints=(odd,)))
    api.state = txn.commit()
    kept = api.patch("endpointslice", "web", {"metadata": {"labels": {"a": "b"}}})
    assert kept.endpoints == (odd,)
    with pytest.raises(Invalid, match="link-local"):
        api.patch("endpointslice", "web", {"endpoints": [{"addresses": ["169.254.0.2"]}]})


def test_names_and_unready_addresses_are_fine() -> None:
    api = Api.made()
    assert api.create(HEAD | {"addressType": "FQDN", "endpoints": [{"addresses": ["db.example.test"]}]}).metadata.uid
    subsets = [{"notReadyAddresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}]
    assert api.create({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "web"}, "subsets": subsets})


LEGACY: list[tuple[dict[str, Any], str]] = [
    ({}, "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"),
    (
        {"addresses": [{"ip": "x"}]},
        (
            '[subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or '
            '2001:db8::ffff), subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address]'
        ),
    ),
    (
        {"addresses": [{"ip": "192.0.2.1", "hostname": "A"}]},
        f'subsets[0].addresses[0].hostname: Invalid value: "A": {WORDS}',
    ),
    (
        {"addresses": [{"ip": "169.254.0.1"}]},
        'subsets[0].addresses[0].ip: Invalid value: "169.254.0.1": may not be in the link-local range',
    ),
    (
        {"addresses": [{"ip": "192.0.2.1"}], "ports": [{"name": "a", "port": 80}, {"port": 81}]},
        "subsets[0].ports[1].name: Required value",
    ),
]


@pytest.mark.parametrize(("subset", "words"), LEGACY)
def test_endpoints(subset: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "web"}, "subsets": [subset]})
    assert caught.value.message.startswith(f'Endpoints "web" is invalid: {words}')
