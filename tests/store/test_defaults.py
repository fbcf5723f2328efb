"""Defaults: what is left out gets its documented value, what is there stays."""

from __future__ import annotations

from typing import Any

import pytest
from api import deployment, pod, service

from kdisco.model.manifest import to_object
from kdisco.store.defaults import defaulted

PORT = {"port": 80, "protocol": "TCP", "targetPort": 80}
DNS = {"port": 53, "protocol": "UDP", "targetPort": "dns"}
SERVICES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster", "ports": [PORT]}),
    ({"type": "NodePort"}, {"externalTrafficPolicy": "Cluster", "internalTrafficPolicy": "Cluster"}),
    ({"type": "LoadBalancer"}, {"externalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": True}),
    ({"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False}, {"allocateLoadBalancerNodePorts": False}),
    ({"externalIPs": ["192.0.2.1"]}, {"externalTrafficPolicy": "Cluster"}),
    ({"type": "ExternalName"}, {"internalTrafficPolicy": None, "externalTrafficPolicy": None}),
    ({"sessionAffinity": "ClientIP"}, {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}}}),
    (
        {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {}}},
        {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}}},
    ),
    (
        {"sessionAffinity": "None", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 5}}},
        {"sessionAffinityConfig": None},
    ),
    ({"ports": [{"port": 80, "targetPort": 0}]}, {"ports": [PORT]}),
    ({"ports": [DNS]}, {"ports": [DNS]}),
]


@pytest.mark.parametrize(("spec", "full"), SERVICES)
def test_a_service(spec: dict[str, Any], full: dict[str, Any]) -> None:
    found = defaulted(to_object(service(**spec))).to_dict()["spec"]
    assert {key: found.get(key) for key in full} == full
    assert not {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"} & found.keys()


def test_a_deployment() -> None:
    spec = defaulted(to_object(deployment())).to_dict()["spec"]
    quarters = {"maxSurge": "25%", "maxUnavailable": "25%"}
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": quarters}
    assert (spec["replicas"], spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (1, 10, 600)
    kept = defaulted(to_object(deployment(replicas=0, strategy={"type": "Recreate"}))).to_dict()["spec"]
    assert (kept["replicas"], kept["strategy"]) == (0, {"type": "Recreate"})


def test_endpoints_of_both_kinds_speak_tcp() -> None:
    subsets = [{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}]
    legacy = to_object({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "x"}, "subsets": subsets})
    assert defaulted(legacy).to_dict()["subsets"][0]["ports"] == [{"port": 80, "protocol": "TCP"}]
    head = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "x"}}
    made = to_object(head | {"addressType": "IPv4", "ports": [{"port": 80}]})
    assert defaulted(made).to_dict()["ports"] == [{"name": "", "port": 80, "protocol": "TCP"}]


@pytest.mark.parametrize("body", [service(type="LoadBalancer"), deployment(), pod()], ids=lambda body: body["kind"])
def test_defaulting_twice_is_defaulting_once(body: dict[str, Any]) -> None:
    once = defaulted(to_object(body))
    assert defaulted(once) == once


def test_a_namespace_is_labelled_with_its_name() -> None:
    found = defaulted(to_object({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}))
    assert found.labels == {"kubernetes.io/metadata.name": "shop"}
