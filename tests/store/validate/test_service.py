"""What a Service must be: each rule with the field and the words of its breach."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, service

from kdisco.errors import Invalid

PORT = [{"port": 80}]
TWO = [{"name": "a", "port": 80}, {"name": "a", "port": 81}]
RULES: list[tuple[dict[str, Any], str]] = [
    ({"ports": []}, "spec.ports: Required value"),
    (
        {"ports": [{"port": 65536, "targetPort": 1}]},
        "spec.ports[0].port: Invalid value: 65536: must be between 1 and 65535, inclusive",
    ),
    ({"ports": [{"port": 80}, {"name": "b", "port": 81}]}, "spec.ports[0].name: Required value"),
    ({"ports": TWO}, 'spec.ports[1].name: Duplicate value: "a"'),
    (
        {"ports": [{"port": 80, "protocol": "X"}]},
        'spec.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
    ),
    (
        {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80}]},
        (
            "spec.ports[1]: Duplicate value: "
            '{"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}'
        ),
    ),
    (
        {"ports": [{"port": 80, "targetPort": "a" * 16}]},
        f'spec.ports[0].targetPort: Invalid value: "{"a" * 16}": must be no more than 15 bytes',
    ),
    (
        {"ports": [{"port": 80, "targetPort": "80"}]},
        'spec.ports[0].targetPort: Invalid value: "80": must contain at least one letter (a-z)',
    ),
    (
        {"ports": [{"port": 80, "targetPort": "a--b"}]},
        'spec.ports[0].targetPort: Invalid value: "a--b": must not contain consecutive hyphens',
    ),
    (
        {"ports": [{"port": 80, "targetPort": "-a"}]},
        'spec.ports[0].targetPort: Invalid value: "-a": must not begin or end with a hyphen',
    ),
    (
        {"ports": [{"port": 80, "nodePort": 30080}]},
        "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ),
    (
        {"type": "Foo"},
        (
            'spec.type: Unsupported value: "Foo": supported values: "ClusterIP", "ExternalName", '
            '"LoadBalancer", "NodePort"'
        ),
    ),
    (
        {"type": "NodePort", "clusterIP": "None"},
        "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services",
    ),
    ({"type": "ExternalName"}, "spec.externalName: Required value"),
    (
        {"type": "ExternalName", "externalName": "a", "clusterIP": "None"},
        "spec.clusterIPs: Forbidden: may not be set for ExternalName services",
    ),
    (
        {"type": "ExternalName", "externalName": "a", "ipFamilies": ["IPv4"]},
        "spec.ipFamilies: Forbidden: may not be set for ExternalName services",
    ),
    (
        {"clusterIP": "10.96.0.300"},
        (
            'spec.clusterIPs[0]: Invalid value: "10.96.0.300": must be a valid IP address, (e.g. '
            "10.9.8.7 or 2001:db8::ffff)"
        ),
    ),
    ({"clusterIP": "10.96.0.080"}, 'spec.clusterIPs[0]: Invalid value: "10.96.0.080": must not have leading 0s'),
    (
        {"clusterIP": "::ffff:10.96.0.8"},
        'spec.clusterIPs[0]: Invalid value: "::ffff:10.96.0.8": must not be an IPv4-mapped IPv6 address',
    ),
    (
        {"clusterIPs": ["10.96.0.8"]},
        'spec.clusterIPs: Invalid value: ["10.96.0.8"]: must be empty when `clusterIP` is not specified',
    ),
    (
        {"clusterIP": "10.96.0.8", "clusterIPs": ["10.96.0.9"]},
        'spec.clusterIPs: Invalid value: ["10.96.0.9"]: first value must match `clusterIP`',
    ),
    (
        {"clusterIP": "None", "clusterIPs": ["None", "10.96.0.9"]},
        'spec.clusterIPs: Invalid value: ["None","10.96.0.9"]: \'None\' must be the first and only value',
    ),
    (
        {"clusterIP": "10.96.0.8", "clusterIPs": ["10.96.0.8", "10.96.0.9"]},
        'spec.clusterIPs: Invalid value: ["10.96.0.8","10.96.0.9"]: may specify no more than one IP for each IP family',
    ),
    ({"ipFamilies": ["IPv4", "IPv4"]}, 'spec.ipFamilies[1]: Duplicate value: "IPv4"'),
    ({"ipFamilies": ["IPv5"]}, 'spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"'),
    (
        {"ipFamilyPolicy": "Dual"},
        (
            'spec.ipFamilyPolicy: Unsupported value: "Dual": supported values: "PreferDualStack", '
            '"RequireDualStack", "SingleStack"'
        ),
    ),
    (
        {"internalTrafficPolicy": "X"},
        'spec.internalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"',
    ),
    (
        {"externalTrafficPolicy": "Local"},
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ),
    (
        {"type": "NodePort", "externalTrafficPolicy": "X"},
        'spec.externalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"',
    ),
    (
        {"trafficDistribution": "X"},
        (
            'spec.trafficDistribution: Unsupported value: "X": supported values: "PreferClose", '
            '"PreferSameZone", "PreferSameNode"'
        ),
    ),
    ({"sessionAffinity": "X"}, 'spec.sessionAffinity: Unsupported value: "X": supported values: "ClientIP", "None"'),
    (
        {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}}},
        (
            "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater "
            "than 0 and less than 86400"
        ),
    ),
    ({"externalIPs": ["::"]}, 'spec.externalIPs[0]: Invalid value: "::": may not be unspecified (::)'),
    ({"externalIPs": ["192.0.2.01"]}, 'spec.externalIPs[0]: Invalid value: "192.0.2.01": must not have leading 0s'),
    (
        {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.1/8"]},
        (
            'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.1/8": '
            "must not have bits set beyond the prefix length"
        ),
    ),
    (
        {"type": "LoadBalancer", "loadBalancerClass": "a b"},
        (
            'spec.loadBalancerClass: Invalid value: "a b": name part must consist of alphanumeric characters, '
            "'-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  "
            "or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
        ),
    ),
    (
        {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86401}}},
        (
            "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater "
            "than 0 and less than 86400"
        ),
    ),
    (
        {"externalIPs": ["127.0.0.1"]},
        'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ),
    (
        {"loadBalancerSourceRanges": ["10.0.0.0/8"]},
        "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ),
    (
        {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0/33"]},
        (
            'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR '
            "value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
        ),
    ),
    ({"loadBalancerClass": "a/b"}, "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"),
    (
        {"allocateLoadBalancerNodePorts": True},
        "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ),
    (
        {"type": "NodePort", "healthCheckNodePort": 30000},
        (
            "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is "
            "'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        ),
    ),
]


@pytest.mark.parametrize(("spec", "words"), RULES)
def test_a_breach_is_named_with_its_field(spec: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(service(**spec))
    assert caught.value.message == f'Service "web" is invalid: {words}'


FINE: list[dict[str, Any]] = [
    {"clusterIP": "None", "ports": []},
    {"type": "ExternalName", "externalName": "example.test.", "ports": []},
    {"type": "ExternalName", "externalName": "192.0.2.1", "ports": []},
    {"ports": [{"name": "a", "port": 53}, {"name": "b", "port": 53, "protocol": "UDP"}]},
    {"ports": [{"port": 80, "targetPort": "http-2", "appProtocol": "kubernetes.io/h2c"}]},
    {"trafficDistribution": "PreferSameNode", "internalTrafficPolicy": "Local"},
    {"externalIPs": ["192.0.2.1"], "externalTrafficPolicy": "Local"},
    {"type": "LoadBalancer", "loadBalancerSourceRanges": [" 10.0.0.0/8 "], "loadBalancerClass": "example.test/one"},
    {"selector": {}},
]


@pytest.mark.parametrize("spec", FINE)
def test_what_follows_the_rules_is_stored(spec: dict[str, Any]) -> None:
    assert Api.made().create(service(**spec)).metadata.uid


@pytest.mark.parametrize("name", ["Web", "1web", "web.shop", "web-", "a" * 64])
def test_a_service_name_begins_with_a_letter(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(service(name))
    assert all(each["field"] == "metadata.name" for each in caught.value.details["causes"])


def test_the_class_of_a_load_balancer_is_for_good() -> None:
    api = Api.made()
    api.create(service(type="LoadBalancer", loadBalancerClass="example.test/one"))
    with pytest.raises(Invalid, match=r'loadBalancerClass: Invalid value: "example.test/two": may not change once set'):
        api.patch("service", "web", {"spec": {"loadBalancerClass": "example.test/two"}})


def test_several_breaches_come_in_the_order_of_the_checks_and_kubectl_lists_them() -> None:
    with pytest.raises(Invalid) as caught:
        Api.made().create(service("WEB", ports=[{"port": 0, "targetPort": 70000}], type="X"))
    fields = [each["field"] for each in caught.value.details["causes"]]
    assert fields == ["metadata.name", "spec.ports[0].port", "spec.ports[0].targetPort", "spec.type"]
    assert str(caught.value).splitlines()[0] == 'The Service "WEB" is invalid: '
    assert [line[:2] for line in str(caught.value).splitlines()[1:]] == ["* "] * 4


MARKS: list[tuple[dict[str, str], dict[str, Any], str]] = [
    (
        {"service.kubernetes.io/topology-aware-hints": "Auto", "service.kubernetes.io/topology-mode": "x"},
        {},
        (
            'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "x": must match '
            "annotations[service.kubernetes.io/topology-aware-hints] when both are specified"
        ),
    ),
    (
        {"service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8"},
        {},
        (
            "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Forbidden: "
            "may only be used when `type` is 'LoadBalancer'"
        ),
    ),
    (
        {"service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8, x"},
        {"type": "LoadBalancer"},
        (
            "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: "
            '"x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
        ),
    ),
]


@pytest.mark.parametrize(("marks", "spec", "words"), MARKS)
def test_annotations_that_mean_something_to_the_server(marks: dict[str, str], spec: dict[str, Any], words: str) -> None:
    body = service(**spec)
    body["metadata"]["annotations"] = marks
    with pytest.raises(Invalid) as caught:
        Api.made().create(body)
    assert caught.value.message == f'Service "web" is invalid: {words}'


def test_a_class_that_is_taken_away_reads_null() -> None:
    api = Api.made()
    api.create(service(type="LoadBalancer", loadBalancerClass="example.test/one"))
    with pytest.raises(Invalid) as caught:
        api.patch("service", "web", {"spec": {"loadBalancerClass": None}})
    words = 'spec.loadBalancerClass: Invalid value: "null": may not change once set'
    assert caught.value.message == f'Service "web" is invalid: {words}'


def test_the_health_check_node_port_is_for_good() -> None:
    api = Api.made()
    api.create(service(type="LoadBalancer", externalTrafficPolicy="Local", healthCheckNodePort=30500))
    with pytest.raises(Invalid) as caught:
        api.patch("service", "web", {"spec": {"healthCheckNodePort": 30501}})
    assert caught.value.message == 'Service "web" is invalid: spec.healthCheckNodePort: Forbidden: field is immutable'


GIVEN = "status.loadBalancer.ingress"
STATUS: list[tuple[dict[str, Any], list[dict[str, Any]], str]] = [
    ({}, [{"ip": "192.0.2.1"}], f"{GIVEN}: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"),
    (
        {"type": "LoadBalancer"},
        [{"ip": "x"}],
        f'{GIVEN}[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ),
    (
        {"type": "LoadBalancer"},
        [{"hostname": "192.0.2.1"}],
        f'{GIVEN}[0].hostname: Invalid value: "192.0.2.1": must be a DNS name, not an IP address',
    ),
    (
        {"type": "LoadBalancer"},
        [{"ip": "192.0.2.1", "ipMode": "X"}],
        f'{GIVEN}[0].ipMode: Unsupported value: "X": supported values: "Proxy", "VIP"',
    ),
    (
        {"type": "LoadBalancer"},
        [{"hostname": "a.test", "ipMode": "VIP"}],
        f"{GIVEN}[0].ipMode: Forbidden: may not be specified when `ip` is not set",
    ),
]


@pytest.mark.parametrize(("spec", "ingress", "words"), STATUS)
def test_the_status_of_a_load_balancer(spec: dict[str, Any], ingress: list[dict[str, Any]], words: str) -> None:
    api = Api.made()
    api.create(service(**spec))
    status = {"status": {"loadBalancer": {"ingress": ingress}}}
    with pytest.raises(Invalid) as caught:
        api.patch("service", "web", status, subresource="status")
    assert caught.value.message == f'Service "web" is invalid: {words}'


def test_an_address_of_a_load_balancer_is_its_own() -> None:
    api = Api.made()
    api.create(service(type="LoadBalancer"))
    status = {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}, {"hostname": "a.test"}]}}}
    found = api.patch("service", "web", status, subresource="status").to_dict()["status"]["loadBalancer"]["ingress"]
    assert found == [{"ip": "192.0.2.1", "ipMode": "VIP"}, {"hostname": "a.test"}]
    left = api.patch("service", "web", {"spec": {"type": "ClusterIP"}}).to_dict()
    assert left["status"] == {"loadBalancer": {}}
