"""What a NetworkPolicy must be: each rule with the field and the words of its breach."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api
from attrs import evolve

from kdisco.errors import Invalid
from kdisco.model.frozen import FrozenMap
from kdisco.model.manifest import to_object
from kdisco.store.table import Table

KIND = "NetworkPolicy.networking.k8s.io"
LABEL = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start"
CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
POD: dict[str, Any] = {"podSelector": {}}


def policy(**spec: Any) -> dict[str, Any]:
    """A NetworkPolicy of all Pods as a document."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "p", "namespace": "default"},
        "spec": {"podSelector": {}, **spec},
    }


def port(**fields: Any) -> dict[str, Any]:
    """One ingress rule with one port."""
    return {"ingress": [{"ports": [fields]}]}


def peer(**fields: Any) -> dict[str, Any]:
    """One egress rule with one peer."""
    return {"egress": [{"to": [fields]}]}


def block(cidr: str, *holes: str) -> dict[str, Any]:
    """One egress rule to one range."""
    return peer(ipBlock={"cidr": cidr, **({"except": list(holes)} if holes else {})})


RULES: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"podSelector": {"matchLabels": {"a": "-"}}},
        [f'spec.podSelector.matchLabels: Invalid value: "-": {LABEL}'],
    ),
    (
        {"podSelector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}},
        ['spec.podSelector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator'],
    ),
    (
        port(port=80, protocol="tcp"),
        ['spec.ingress[0].ports[0].protocol: Unsupported value: "tcp": supported values: "TCP", "UDP", "SCTP"'],
    ),
    (
        port(port=0),
        ["spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"],
    ),
    (
        port(port="-a"),
        ['spec.ingress[0].ports[0].port: Invalid value: "-a": must not begin or end with a hyphen'],
    ),
    (
        port(port=80, endPort=79),
        ["spec.ingress[0].ports[0].endPort: Invalid value: 79: must be greater than or equal to `port`"],
    ),
    (
        port(port=80, endPort=70000),
        ["spec.ingress[0].ports[0].endPort: Invalid value: 70000: must be between 1 and 65535, inclusive"],
    ),
    (
        port(port="http", endPort=90),
        ["spec.ingress[0].ports[0].endPort: Invalid value: 90: may not be specified when `port` is non-numeric"],
    ),
    (
        port(endPort=90),
        ["spec.ingress[0].ports[0].endPort: Invalid value: 90: may not be specified when `port` is not specified"],
    ),
    (peer(), ["spec.egress[0].to[0]: Required value: must specify a peer"]),
    (
        peer(ipBlock={"cidr": "10.0.0.0/8"}, **POD),
        ["spec.egress[0].to[0]: Forbidden: may not specify both ipBlock and another peer"],
    ),
    (
        peer(namespaceSelector={"matchLabels": {"a b": "c"}}),
        ['spec.egress[0].to[0].namespaceSelector.matchLabels: Invalid value: "a b": name part must consist of'],
    ),
    (block(""), ["spec.egress[0].to[0].ipBlock.cidr: Required value"]),
    (block("10.0.0.0"), [f'spec.egress[0].to[0].ipBlock.cidr: Invalid value: "10.0.0.0": {CIDR}']),
    (
        block("10.0.0.1/8"),
        [
            (
                'spec.egress[0].to[0].ipBlock.cidr: Invalid value: "10.0.0.1/8": '
                "must not have bits set beyond the prefix length"
            )
        ],
    ),
    (
        block("10.0.0.0/8", "x"),
        [f'spec.egress[0].to[0].ipBlock.except[0]: Invalid value: "x": {CIDR}'],
    ),
    *(
        (
            block("10.0.0.0/8", hole),
            [
                (
                    f'spec.egress[0].to[0].ipBlock.except[0]: Invalid value: "{hole}": '
                    "must be a strict subset of `cidr`"
                )
            ],
        )
        for hole in ("10.0.0.0/8", "11.0.0.0/16", "0.0.0.0/0", "fd00::/64")
    ),
    (
        {"policyTypes": ["Ingres"]},
        ['spec.policyTypes[0]: Unsupported value: "Ingres": supported values: "Ingress", "Egress"'],
    ),
    (
        {"policyTypes": ["Ingress", "Egress", "Ingress"]},
        [
            (
                'spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: '
                "may not specify more than two policyTypes"
            )
        ],
    ),
    (
        {"ingress": [{"ports": [{"port": 0}], "from": [{}]}], **peer()},
        [
            "spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
            "spec.ingress[0].from[0]: Required value: must specify a peer",
            "spec.egress[0].to[0]: Required value: must specify a peer",
        ],
    ),
]


@pytest.mark.parametrize(("spec", "words"), RULES, ids=[words[0][:70] for _, words in RULES])
def test_a_breach_is_named_with_its_field(spec: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(policy(**spec))
    head = f'{KIND} "p" is invalid: '
    assert caught.value.message.startswith(head + words[0] if len(words) == 1 else f"{head}[{words[0]}, ")
    causes = [f"{cause['field']}: {cause['message']}" for cause in caught.value.details["causes"]]
    assert len(causes) == len(words)
    assert all(cause.startswith(text) for cause, text in zip(causes, words, strict=True))


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"policyTypes": []},
        {"policyTypes": ["Egress", "Egress"]},
        port(),
        port(protocol="SCTP"),
        port(port=1, endPort=65535),
        port(port=80, endPort=80),
        port(port="http"),
        peer(**POD, namespaceSelector={}),
        block("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16"),
        block("2001:db8::/32", "2001:db8:1::/48"),
        {"ingress": [{}], "egress": [{}]},
    ],
)
def test_what_is_taken(spec: dict[str, Any]) -> None:
    assert Api.made().create(policy(**spec)).spec.policy_types


@pytest.mark.parametrize(
    ("spec", "types"),
    [
        ({}, ("Ingress",)),
        ({"egress": []}, ("Ingress",)),
        ({"egress": [{}]}, ("Ingress", "Egress")),
        ({"policyTypes": ["Egress"], "ingress": [{}]}, ("Egress",)),
    ],
)
def test_which_directions_go_without_saying(spec: dict[str, Any], types: tuple[str, ...]) -> None:
    assert Api.made().create(policy(**spec)).spec.policy_types == types


def test_a_port_is_of_tcp_unless_it_says_otherwise() -> None:
    stored = Api.made().create(policy(**port(port=53), egress=[{"ports": [{"protocol": "UDP"}]}]))
    assert stored.to_dict()["spec"] == {
        "podSelector": {},
        "ingress": [{"ports": [{"protocol": "TCP", "port": 53}]}],
        "egress": [{"ports": [{"protocol": "UDP"}]}],
        "policyTypes": ["Ingress", "Egress"],
    }


def test_a_generation_counts_the_changes_of_the_spec() -> None:
    api = Api.made()
    first = api.create(policy())
    same = api.update(policy(policyTypes=["Ingress"]))
    later = api.update(policy(ingress=[{}], policyTypes=["Ingress"]))
    assert [each.metadata.generation for each in (first, same, later)] == [1, 1, 2]


def test_a_range_that_was_there_may_stay_as_it_is() -> None:
    api = Api.made()
    api.create(policy(**block("10.0.0.0/8")))
    stored = api.state.tables["networkpolicies"].objects["default", "p"]
    crooked = evolve(to_object(policy(**block("10.0.0.1/8"))), metadata=stored.metadata)  # of an older server
    tables = {**api.state.tables, "networkpolicies": Table.of("networkpolicies", [crooked])}
    api.state = evolve(api.state, tables=FrozenMap(tables))
    kept = policy(egress=[{"to": [{"ipBlock": {"cidr": "10.0.0.1/8"}}]}, {}])
    assert len(api.update(kept).spec.egress) == len(kept["spec"]["egress"])
    with pytest.raises(Invalid, match="must not have bits set beyond the prefix length"):
        api.update(policy(**block("10.0.0.2/8")))
