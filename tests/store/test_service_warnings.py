"""What the API server warns of, and that it does what was asked all the same."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, service

from kdisco.store.events import Warned

WARNINGS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    (
        {"trafficDistribution": "PreferClose"},
        ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'],
    ),
    ({"externalName": "a.test"}, ['spec.externalName is ignored when spec.type is not "ExternalName"']),
    ({"externalIPs": ["192.0.2.1"]}, ["spec.externalIPs is deprecated"]),
    (
        {"type": "ExternalName", "externalName": "a.test", "externalIPs": ["192.0.2.1"]},
        ["spec.externalIPs is deprecated", 'spec.externalIPs is ignored when spec.type is "ExternalName"'],
    ),
    (
        {"clusterIP": "None", "sessionAffinity": "ClientIP"},
        ["spec.SessionAffinity is ignored for headless services"],
    ),
    (
        {"clusterIP": "FD00:96::9"},
        ['spec.clusterIPs[0]: IPv6 address "FD00:96::9" should be in RFC 5952 canonical format ("fd00:96::9")'],
    ),
]


@pytest.mark.parametrize(("spec", "warnings"), WARNINGS)
def test_a_service_is_stored_with_a_warning(spec: dict[str, Any], warnings: list[str]) -> None:
    api = Api.made("10.96.0.0/24,fd00:96::/112")
    assert api.create(service(**spec)).metadata.uid
    assert [fact.text for fact in api.facts if isinstance(fact, Warned)] == warnings


def test_an_old_annotation_is_named_with_the_new_one() -> None:
    body = service()
    body["metadata"]["annotations"] = {"service.kubernetes.io/topology-aware-hints": "Auto"}
    api = Api.made()
    api.create(body)
    (told,) = (fact.text for fact in api.facts if isinstance(fact, Warned))
    assert told.startswith("annotation service.kubernetes.io/topology-aware-hints is deprecated, please use ")
