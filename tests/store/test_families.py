"""Which families a Service gets, by its policy and by what the cluster has."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, service

from kdisco.errors import Invalid

RANGES = {
    "IPv4": "10.96.0.0/24",
    "IPv6": "fd00:96::/112",
    "dual": "10.96.0.0/24,fd00:96::/112",
    "dual, IPv6 first": "fd00:96::/112,10.96.0.0/24",
}
ALONE = {"clusterIP": "None"}
CASES: list[tuple[str, dict[str, Any], str, list[str]]] = [  # cluster, spec, policy, families
    ("IPv4", {}, "SingleStack", ["IPv4"]),
    ("IPv6", {}, "SingleStack", ["IPv6"]),
    ("dual", {}, "SingleStack", ["IPv4"]),
    ("dual, IPv6 first", {}, "SingleStack", ["IPv6"]),
    ("IPv4", {"ipFamilyPolicy": "PreferDualStack"}, "PreferDualStack", ["IPv4"]),
    ("dual", {"ipFamilyPolicy": "PreferDualStack"}, "PreferDualStack", ["IPv4", "IPv6"]),
    ("dual, IPv6 first", {"ipFamilyPolicy": "RequireDualStack"}, "RequireDualStack", ["IPv6", "IPv4"]),
    ("dual", {"ipFamilies": ["IPv6"]}, "SingleStack", ["IPv6"]),
    ("dual", {"ipFamilies": ["IPv6"], "ipFamilyPolicy": "PreferDualStack"}, "PreferDualStack", ["IPv6", "IPv4"]),
    ("dual", {"clusterIP": "fd00:96::9"}, "SingleStack", ["IPv6"]),
    ("IPv4", ALONE, "RequireDualStack", ["IPv4", "IPv6"]),
    ("IPv6", ALONE, "RequireDualStack", ["IPv6", "IPv4"]),
    ("IPv4", ALONE | {"selector": {"app": "web"}}, "SingleStack", ["IPv4"]),
    ("IPv4", ALONE | {"ipFamilyPolicy": "SingleStack"}, "SingleStack", ["IPv4"]),
    ("IPv4", ALONE | {"ipFamilies": ["IPv6"], "ipFamilyPolicy": "SingleStack"}, "SingleStack", ["IPv6"]),
]


@pytest.mark.parametrize(("cluster", "spec", "policy", "families"), CASES)
def test_a_new_service(cluster: str, spec: dict[str, Any], policy: str, families: list[str]) -> None:
    made = Api.made(RANGES[cluster]).create(service(**spec)).spec
    assert (made.ip_family_policy, list(made.ip_families)) == (policy, families)
    assert made.cluster_ips == ("None",) or len(made.cluster_ips) == len(families)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "IPv4",
        {"ipFamilyPolicy": "RequireDualStack"},
        (
            'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured '
            "for dual-stack services"
        ),
    ),
    ("IPv4", {"ipFamilies": ["IPv6"]}, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'),
    (
        "IPv4",
        {"clusterIP": "fd00:96::9"},
        'spec.clusterIPs[0]: Invalid value: ["fd00:96::9"]: IPv6 is not configured on this cluster',
    ),
    (
        "dual",
        {"ipFamilies": ["IPv4", "IPv6"]},
        (
            'spec.ipFamilyPolicy: Invalid value: "SingleStack": '
            "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"
        ),
    ),
    (
        "dual",
        {"clusterIP": "10.96.0.9", "ipFamilies": ["IPv6"]},
        'spec.clusterIPs[0]: Invalid value: "10.96.0.9": expected an IPv6 value as indicated by `ipFamilies[0]`',
    ),
]


@pytest.mark.parametrize(("cluster", "spec", "words"), REFUSED)
def test_families_that_cannot_be_had_are_the_only_thing_said(cluster: str, spec: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made(RANGES[cluster]).create(service("WEB", **spec, ports=[{"port": 0}]))
    assert caught.value.message == f'Service "WEB" is invalid: {words}'


def test_a_second_family_comes_and_goes_and_the_first_address_stays() -> None:
    api = Api.made(RANGES["dual"])
    first = api.create(service()).spec.cluster_ip
    both = api.patch("service", "web", {"spec": {"ipFamilyPolicy": "PreferDualStack"}}).spec
    assert both.cluster_ips[0] == first
    assert both.ip_families == ("IPv4", "IPv6")
    assert api.addresses() == set(both.cluster_ips)
    one = api.patch("service", "web", {"spec": {"ipFamilyPolicy": "SingleStack"}}).spec
    assert (one.cluster_ips, one.ip_families) == ((first,), ("IPv4",))
    assert api.addresses() == {first}


def test_a_second_family_cannot_be_dropped_without_the_policy() -> None:
    api = Api.made(RANGES["dual"])
    made = api.create(service(ipFamilyPolicy="PreferDualStack"))
    with pytest.raises(Invalid, match="must be 'SingleStack' to release the secondary cluster IP"):
        api.patch("service", "web", {"spec": {"clusterIPs": [made.spec.cluster_ip]}})
    with pytest.raises(Invalid, match="must be 'SingleStack' to release the secondary IP family"):
        api.patch("service", "web", {"spec": {"ipFamilies": ["IPv4"]}})


def test_a_preference_of_old_is_not_acted_on_when_the_cluster_gains_a_family() -> None:
    api = Api.made(RANGES["IPv4"])
    api.create(service(ipFamilyPolicy="PreferDualStack"))
    api.patch("servicecidr", "kubernetes", {"spec": {"cidrs": [RANGES["IPv4"], RANGES["IPv6"]]}})
    assert api.patch("service", "web", {"metadata": {"labels": {"a": "b"}}}).spec.ip_families == ("IPv4",)
    spec = {"spec": {"ipFamilyPolicy": "RequireDualStack"}}
    assert api.patch("service", "web", spec).spec.ip_families == ("IPv4", "IPv6")


def test_a_headless_service_may_change_its_families() -> None:
    api = Api.made(RANGES["dual"])
    api.create(service(clusterIP="None", selector={"app": "web"}))
    assert api.patch("service", "web", {"spec": {"ipFamilies": ["IPv6"]}}).spec.ip_families == ("IPv6",)


def test_the_family_of_an_address_is_for_good() -> None:
    api = Api.made(RANGES["dual"])
    api.create(service())
    with pytest.raises(Invalid):
        api.patch("service", "web", {"spec": {"ipFamilies": ["IPv6"]}})
    with pytest.raises(Invalid):
        api.patch("service", "web", {"spec": {"ipFamilies": ["IPv6", "IPv4"], "ipFamilyPolicy": "PreferDualStack"}})
