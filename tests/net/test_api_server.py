"""The API server's own machine: no node of the cluster, and asked by everybody in it."""

from __future__ import annotations

import pytest

from kdisco import Cluster, ProxyConfig
from kdisco.examples import ARTICLE
from kdisco.net.ends import api_servers, at_address, machine_at

MODES = ("iptables", "nftables", "ipvs")


@pytest.fixture(params=MODES)
def c(request: pytest.FixtureRequest) -> Cluster:
    cluster = Cluster(nodes=2, proxy=ProxyConfig(mode=request.param))
    cluster.apply(ARTICLE)
    cluster.settle()
    return cluster


def pod(c: Cluster) -> str:
    return f"pod/default/{c.list('pods', 'default', 'app=my-app')[0].name}"


def test_pods_and_nodes_reach_it_by_its_service(c: Cluster) -> None:
    ((ip, port),) = api_servers(c.state)
    for source in (pod(c), "node/node-1"):
        trace = c.send(source, "10.96.0.1", 443)
        assert (trace.verdict, trace.endpoint) == ("DELIVERED", f"{ip}:{port}")
        assert [hop.where for hop in trace.hops][-3:] == [f"outside/{ip}"] * 3
        assert trace.reply[-1].after.source == "10.96.0.1"
    assert at_address(c.state, ip) is None


def test_a_pod_meets_it_with_its_nodes_address(c: Cluster) -> None:
    trace = c.send(pod(c), "10.96.0.1", 443)
    node = c.get("pod", pod(c).rpartition("/")[2]).spec.node_name
    assert trace.hops[-1].after.source == c.get("node", node).internal_ips[0]


def test_on_other_ports_nobody_listens(c: Cluster) -> None:
    ((ip, _),) = api_servers(c.state)
    assert c.send(pod(c), ip, 8080).verdict == "REFUSED"


def test_its_machine_is_a_neighbour_of_the_node_that_asked(c: Cluster) -> None:
    ((ip, _),) = api_servers(c.state)
    c.send("node/node-1", "10.96.0.1", 443)
    assert f"{ip} dev eth0 lladdr" in c.neighbors("node/node-1")


def test_a_node_whose_cable_is_cut_does_not_reach_it(c: Cluster) -> None:
    c.inject("node-partitioned", node="node-1")
    assert c.send("node/node-1", "10.96.0.1", 443).verdict == "LOST"
    assert c.send("node/node-2", "10.96.0.1", 443).verdict == "DELIVERED"


def test_curl_reads_what_somebody_without_credentials_is_told(c: Cluster) -> None:
    told = c.sh("curl -k https://kubernetes", pod=pod(c).removeprefix("pod/"))
    assert 'User \\"system:anonymous\\" cannot get path \\"/\\"' in told
    assert "unable to get local issuer certificate" in c.sh("curl https://kubernetes", pod=pod(c).removeprefix("pod/"))


def test_beside_it_is_the_router_which_answers_pings_alone(c: Cluster) -> None:
    for source in (pod(c), "node/node-1"):
        assert c.send(source, "172.18.0.1", protocol="icmp").verdict == "DELIVERED"
        assert c.send(source, "172.18.0.1", 443).verdict == "REFUSED"
        assert c.send(source, "172.18.0.250", 443).verdict == "UNREACHABLE"


def test_where_a_node_has_its_address_the_node_answers() -> None:
    c = Cluster(nodes=1)
    address = c.get("node", "node-1").internal_ips[0]
    c.patch("endpointslice", "kubernetes", {"endpoints": [{"addresses": [address]}]})
    c.settle()
    assert address in dict(api_servers(c.state))
    assert machine_at(c.state, address) is None
    trace = c.send("node/node-1", address, 6443)
    assert (trace.verdict, trace.hops[-1].where) == ("DELIVERED", "node/node-1")


def test_curl_reads_the_version_that_everybody_may() -> None:
    c = Cluster(nodes=1)
    assert '"gitVersion": "v1.36.0"' in c.sh("curl -k https://10.96.0.1/version", node="node-1")
    c.delete("clusterrolebinding", "system:public-info-viewer")
    assert 'cannot get path \\"/version\\"' in c.sh("curl -k https://10.96.0.1/version", node="node-1")
