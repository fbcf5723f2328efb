"""Addresses and families of a Service that is there: what may change, and in which words the rest is refused."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, service

from kdisco.errors import Invalid

DUAL = "10.96.0.0/24,fd00:96::/112"
ONE: dict[str, Any] = {"clusterIP": "10.96.0.9"}
TWO: dict[str, Any] = {
    "ipFamilyPolicy": "PreferDualStack",
    "clusterIP": "10.96.0.9",
    "clusterIPs": ["10.96.0.9", "fd00:96::9"],
}
LONE: dict[str, Any] = {"clusterIP": "None", "selector": {"app": "web"}}
AS_SAID = "value as indicated by `ipFamilies"
SET = "may not change once set"
CHANGES: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [  # what stands, the patch, what is said
    (ONE, {"clusterIP": "10.96.0.8"}, [f'spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: {SET}']),
    (ONE, {"clusterIP": "None"}, [f'spec.clusterIPs[0]: Invalid value: ["None"]: {SET}']),
    (LONE, {"clusterIP": "10.96.0.8"}, [f'spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: {SET}']),
    (
        ONE,
        {"clusterIPs": ["10.96.0.8"]},
        ['spec.clusterIPs: Invalid value: ["10.96.0.8"]: first value must match `clusterIP`'],
    ),
    (
        TWO,
        {"clusterIPs": ["10.96.0.9", "fd00:96::8"]},
        [f'spec.clusterIPs[1]: Invalid value: ["10.96.0.9","fd00:96::8"]: {SET}'],
    ),
    (
        TWO,
        {"clusterIPs": ["10.96.0.9"]},
        [
            (
                'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": '
                "must be 'SingleStack' to release the secondary cluster IP"
            )
        ],
    ),
    (
        TWO,
        {"ipFamilies": ["IPv4"]},
        [
            (
                'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": '
                "must be 'SingleStack' to release the secondary IP family"
            )
        ],
    ),
    (
        ONE,
        {"ipFamilies": ["IPv6"]},
        ['spec.clusterIPs[0]: Invalid value: "10.96.0.9": expected an IPv6 value as indicated by `ipFamilies[0]`'],
    ),
    (
        ONE,
        {"ipFamilies": ["IPv4", "IPv6"]},
        [
            (
                "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or "
                "'PreferDualStack' when multiple IP families are specified"
            )
        ],
    ),
    (
        TWO,
        {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv6", "IPv4"]},
        [
            f'spec.clusterIPs[0]: Invalid value: "10.96.0.9": expected an IPv6 {AS_SAID}[0]`',
            f'spec.clusterIPs[1]: Invalid value: "fd00:96::9": expected an IPv4 {AS_SAID}[1]`',
        ],
    ),
    (
        ONE,
        {"clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.9", "10.96.0.8"], "ipFamilyPolicy": "PreferDualStack"},
        [
            (
                'spec.clusterIPs: Invalid value: ["10.96.0.9","10.96.0.8"]: '
                "may specify no more than one IP for each IP family"
            )
        ],
    ),
    (
        ONE,
        {"clusterIPs": ["10.96.0.9", "fd00:96::8", "fd00:96::7"], "ipFamilyPolicy": "PreferDualStack"},
        ['spec.clusterIPs: Invalid value: ["10.96.0.9","fd00:96::8","fd00:96::7"]: may only hold up to 2 values'],
    ),
]


@pytest.mark.parametrize(("spec", "change", "words"), CHANGES)
def test_a_change_that_is_refused(spec: dict[str, Any], change: dict[str, Any], words: list[str]) -> None:
    api = Api.made(DUAL)
    api.create(service(**spec))
    before = api.state
    with pytest.raises(Invalid) as caught:
        api.patch("service", "web", {"spec": change})
    causes = [f"{each['field']}: {each['message']}" for each in caught.value.details["causes"]]
    assert causes == words
    assert api.state is before


FINE: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [  # what stands, the patch, the addresses after it
    (ONE, {"clusterIP": None}, ["10.96.0.9"]),
    (ONE, {"clusterIP": None, "clusterIPs": None}, ["10.96.0.9"]),
    (
        ONE,
        {"ipFamilyPolicy": "RequireDualStack", "clusterIPs": ["10.96.0.9", "fd00:96::8"]},
        ["10.96.0.9", "fd00:96::8"],
    ),
    (TWO, {"ipFamilyPolicy": "SingleStack"}, ["10.96.0.9"]),
    (TWO, {"ipFamilyPolicy": "SingleStack", "clusterIPs": ["10.96.0.9"], "ipFamilies": ["IPv4"]}, ["10.96.0.9"]),
    (TWO, {"ipFamilyPolicy": "RequireDualStack"}, ["10.96.0.9", "fd00:96::9"]),
    (LONE, {"ipFamilyPolicy": "RequireDualStack"}, ["None"]),
    ({"type": "ExternalName", "externalName": "a.test"}, {"type": "ClusterIP", "clusterIP": "None"}, ["None"]),
    (
        {"type": "ExternalName", "externalName": "a.test"},
        {"type": "NodePort", "clusterIP": "10.96.0.7"},
        ["10.96.0.7"],
    ),
]


@pytest.mark.parametrize(("spec", "change", "addresses"), FINE)
def test_a_change_that_is_made(spec: dict[str, Any], change: dict[str, Any], addresses: list[str]) -> None:
    api = Api.made(DUAL)
    api.create(service(**spec))
    changed = api.patch("service", "web", {"spec": change}).spec
    assert list(changed.cluster_ips) == addresses
    assert changed.cluster_ip == addresses[0]
    assert api.addresses() == set(addresses) - {"None"}


def test_an_external_name_gives_everything_up() -> None:
    api = Api.made(DUAL)
    api.create(service(**TWO, type="NodePort"))
    left = api.patch("service", "web", {"spec": {"type": "ExternalName", "externalName": "a.test"}}).to_dict()["spec"]
    assert left.keys() == {"type", "externalName", "ports", "sessionAffinity"}
    assert left["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    assert api.addresses() == set()
