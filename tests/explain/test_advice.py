"""What is unwise but works: warnings, never findings."""

from __future__ import annotations

import pytest
from broken import application
from remedies import carry_out

from kdisco import Cluster, ProxyConfig

UNDECLARED = ', annotations: {kdisco.dev/listens: "8080/tcp,9090/tcp"}'
WARNED = {
    "external-ips-deprecated": application(service=", externalIPs: [203.0.113.80]"),
    "traffic-distribution-deprecated": application(service=", trafficDistribution: PreferClose"),
    "session-affinity-surprise": application(service=", sessionAffinity: ClientIP"),
    "target-port-undeclared": application(port="port: 80, targetPort: 9090", meta=UNDECLARED),
    "ndots-flood": application(pod=", dnsConfig: {options: [{name: ndots, value: '9'}]}"),
}


@pytest.mark.parametrize("code", WARNED)
def test_a_warning_is_no_finding_and_its_remedy_ends_it(code: str) -> None:
    cluster = Cluster(nodes=2)
    cluster.create(WARNED[code])
    found = cluster.settle().explain("service/web")
    assert found.healthy
    assert [each.code for each in found.warnings] == [code]
    carry_out(cluster, found.warnings[0].remedy)
    after = cluster.settle().explain("service/web")
    assert after.healthy
    assert not after.warnings


def test_the_old_endpoints_api_is_told_of() -> None:
    cluster = Cluster(nodes=1)
    meta = {"name": "web"}
    cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"ports": [{"port": 80}]}})
    subsets = [{"addresses": [{"ip": "203.0.113.8"}], "ports": [{"port": 8080}]}]
    cluster.create({"apiVersion": "v1", "kind": "Endpoints", "metadata": meta, "subsets": subsets})
    found = cluster.settle().explain("service/web")
    assert found.healthy
    assert [each.code for each in found.warnings] == ["endpoints-api-deprecated"]


def test_ipvs_is_told_of() -> None:
    ports = [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    spec = {"clusterIP": "10.96.7.7", "ports": ports, "selector": {"app": "web"}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec}
    found = Cluster.from_dump([service], proxy=ProxyConfig(mode="ipvs")).explain("service/web")
    assert "ipvs-deprecated" in [each.code for each in found.warnings]


def test_ports_without_names_are_told_of_in_a_dump_which_no_api_server_would_take() -> None:
    cluster = Cluster(nodes=1)
    cluster.create(application())
    cluster.settle()
    listed = [each.to_dict() for kind in cluster.state.tables for each in cluster.state.view.list(kind)]
    service = next(each for each in listed if each["kind"] == "Service" and each["metadata"]["name"] == "web")
    service["spec"]["ports"].append({"port": 81, "protocol": "TCP", "targetPort": 8080})
    found = Cluster.from_dump(listed).explain("service/web")
    assert "unnamed-ports" in [each.code for each in (*found.warnings, *found.findings)]


def test_a_kube_proxy_that_is_cut_off_is_a_warning_as_long_as_nothing_changes() -> None:
    cluster = Cluster(nodes=2)
    cluster.create(application())
    cluster.settle().hold("kube-proxy@node-2")
    found = cluster.explain("service/web")
    assert found.healthy
    assert [each.code for each in found.warnings] == ["kube-proxy-stale"]


def test_what_is_under_way_is_told() -> None:
    cluster = Cluster(nodes=1)
    cluster.create(application())
    codes = [each.code for each in cluster.explain("service/web").warnings]
    assert "not-settled" in codes
