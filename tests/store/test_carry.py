"""What a Service keeps when it is written again: what was allocated comes back, what means nothing goes."""

from __future__ import annotations

from typing import Any

import pytest
from api import Api, service

from kdisco.errors import Invalid

PORTS = [{"name": "http", "port": 80}, {"name": "https", "port": 443}]


def spec_of(api: Api) -> dict[str, Any]:
    """The stored spec of web as JSON."""
    found: dict[str, Any] = api.get("service", "web").to_dict()["spec"]
    return found


@pytest.mark.parametrize("kind", ["ClusterIP", "NodePort", "LoadBalancer"])
def test_the_same_manifest_again_changes_nothing(kind: str) -> None:
    api = Api.made()
    body = service(type=kind, ports=PORTS)
    made = api.create(body)
    assert api.update(body) == made


def test_a_node_port_goes_with_the_name_of_its_port() -> None:
    api = Api.made()
    made = api.create(service(type="NodePort", ports=PORTS))
    before = {port.name: port.node_port for port in made.spec.ports}
    swapped = [{"name": "https", "port": 8443}, {"name": "more", "port": 1}, {"name": "http", "port": 8080}]
    after = {port.name: port.node_port for port in api.update(service(type="NodePort", ports=swapped)).spec.ports}
    assert {name: after[name] for name in before} == before
    assert after["more"] not in (0, *before.values())


def test_a_node_port_that_another_port_takes_over_is_not_carried() -> None:
    api = Api.made()
    made = api.create(service(type="NodePort", ports=PORTS))
    http, https = (port.node_port for port in made.spec.ports)
    ports = [PORTS[0], PORTS[1] | {"nodePort": http}]
    after = [port.node_port for port in api.update(service(type="NodePort", ports=ports)).spec.ports]
    assert after[1] == http
    assert after[0] not in (0, http, https)


def test_ports_added_to_a_service_get_node_ports_of_their_own() -> None:
    api = Api.made()
    udp = {"name": "dns", "port": 53, "protocol": "UDP"}
    api.create(service(type="NodePort", ports=[udp]))
    both = api.update(service(type="NodePort", ports=[udp, {"name": "dns-tcp", "port": 53}])).spec.ports
    assert both[0].node_port != both[1].node_port


CHANGED = [
    service(clusterIP="10.96.0.77"),
    service(clusterIP="10.96.0.77", clusterIPs=["10.96.0.77"]),
    service(clusterIP="None"),
    service(clusterIP="10.1.2.3"),
]


@pytest.mark.parametrize("body", CHANGED)
def test_the_address_is_for_good(body: dict[str, Any]) -> None:
    api = Api.made()
    api.create(service(clusterIP="10.96.0.80"))
    with pytest.raises(Invalid) as caught:
        api.update(body)
    words = f'spec.clusterIPs[0]: Invalid value: ["{body["spec"]["clusterIP"]}"]: may not change once set'
    assert caught.value.message == f'Service "web" is invalid: {words}'


def test_a_patch_of_the_singular_is_a_change_of_both() -> None:
    api = Api.made()
    api.create(service(clusterIP="10.96.0.80"))
    with pytest.raises(Invalid, match=r'clusterIPs\[0\]: Invalid value: \["10.96.0.77"\]: may not change once set'):
        api.patch("service", "web", {"spec": {"clusterIP": "10.96.0.77"}})


def test_headless_is_for_good_too() -> None:
    api = Api.made()
    api.create(service(clusterIP="None", selector={"app": "web"}))
    assert api.update(service(selector={"app": "web"})).spec.cluster_ips == ("None",)
    with pytest.raises(Invalid, match="may not change once set"):
        api.update(service(clusterIP="10.96.0.77", selector={"app": "web"}))


def test_an_external_name_has_no_address_and_gets_one_when_it_becomes_something_else() -> None:
    api = Api.made()
    api.create(service(clusterIP="10.96.0.80"))
    api.patch("service", "web", {"spec": {"type": "ExternalName", "externalName": "example.test"}})
    gone = {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"}
    assert not gone & spec_of(api).keys()
    api.patch("service", "web", {"spec": {"type": "ClusterIP"}})
    assert gone <= spec_of(api).keys()
    assert spec_of(api)["externalName"] == "example.test"


def test_back_to_cluster_ip_drops_node_ports_even_of_renamed_ports() -> None:
    api = Api.made()
    made = api.create(service(type="NodePort"))
    ports = [{"name": "renamed", "port": 80, "nodePort": made.spec.ports[0].node_port}]
    after = api.update(service(type="ClusterIP", ports=ports))
    assert [port.node_port for port in after.spec.ports] == [0]
    assert after.spec.external_traffic_policy == ""
    assert after.spec.cluster_ip == made.spec.cluster_ip


def test_a_new_node_port_is_refused_where_the_type_has_none() -> None:
    api = Api.made()
    api.create(service(type="NodePort"))
    with pytest.raises(Invalid, match="nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"):
        api.update(service(type="ClusterIP", ports=[{"port": 80, "nodePort": 30080}]))


def test_what_only_load_balancers_have_goes_with_the_type() -> None:
    api = Api.made()
    body = service(type="LoadBalancer", externalTrafficPolicy="Local", loadBalancerClass="example.test/one")
    made = api.create(body)
    ingress = {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.9"}]}}}
    api.patch("service", "web", ingress, subresource="status")
    assert api.get("service", "web").status.load_balancer.ingress[0].ip == "192.0.2.9"
    api.patch("service", "web", {"spec": {"type": "NodePort"}})
    after = spec_of(api)
    gone = {"healthCheckNodePort", "allocateLoadBalancerNodePorts", "loadBalancerClass"}
    assert not gone & after.keys()
    assert after["ports"][0]["nodePort"] == made.spec.ports[0].node_port
    assert api.get("service", "web").to_dict()["status"] == {"loadBalancer": {}}
