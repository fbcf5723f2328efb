"""What is fed to which program, for all kinds of clusters: without a kernel."""

from __future__ import annotations

import pytest

from kdisco import Cluster
from kdisco.config import ProxyConfig
from kdisco.errors import UsageError
from kdisco.examples import ARTICLE
from kdisco.net.devices import links
from kdisco.shell import linux_plan
from kdisco.shell.linux_plan import planned
from kdisco.shell.linux_space import Space, name_of

DUMP = """\
apiVersion: v1
kind: Node
metadata: {name: alder}
status: {addresses: [{type: InternalIP, address: 192.0.2.11}]}
---
apiVersion: v1
kind: Node
metadata: {name: birch}
spec: {podCIDR: 10.61.1.0/24, podCIDRs: [10.61.1.0/24]}
status: {addresses: [{type: InternalIP, address: 192.0.2.12}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {nodeName: alder, containers: [{name: c, image: c, ports: [{containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.99.0.5}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop}
spec: {nodeName: birch, hostNetwork: true, containers: [{name: c, image: c, ports: [{containerPort: 9100}]}]}
status: {phase: Running, podIP: 192.0.2.12}
"""
RANGES = {"pod_cidr": "10.61.0.0/16", "service_cidr": "10.111.0.0/16"}


@pytest.fixture(scope="module")
def article() -> Cluster:
    """Three nodes, two applications, two CoreDNS."""
    cluster = Cluster(nodes=3)
    cluster.apply(ARTICLE)
    return cluster.settle()


def space(spaces: tuple[Space, ...], name: str) -> Space:
    return next(each for each in spaces if each.name.startswith(name))


def text(found: Space) -> str:
    return "".join(feed.text for feed in found.feeds)


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_rules_are_fed_as_the_proxy_gives_them(mode: str) -> None:
    cluster = Cluster(nodes=2, proxy=ProxyConfig(mode=mode))
    feeds = space(planned(cluster.state), "node/node-2").feeds
    for family in (4, 6):
        rules = cluster.proxy("node-2").rules(family=family)
        fed = [(feed.program, feed.text) for feed in feeds]
        if mode == "nftables":
            assert (("nft", "-f", "-"), rules.restore) in fed
        else:
            tool = "iptables-restore" if family == 4 else "ip6tables-restore"
            assert fed.index(((tool, "--noflush"), rules.jumps)) + 1 == fed.index(
                ((tool, "--noflush", "--counters"), rules.restore)
            )


def test_loopback_is_routed_only_where_node_ports_answer_there() -> None:
    for ranges, routed in (((), True), (("127.0.0.0/8",), True), (("172.18.0.0/16",), False)):
        state = Cluster(nodes=1, proxy=ProxyConfig(nodeport_addresses=ranges)).state
        assert (("net/ipv4/conf/all/route_localnet", "1") in space(planned(state), "node/").after) is routed


def test_there_is_one_space_for_each_node_and_pod_and_one_outside(article: Cluster) -> None:
    names = [each.name for each in planned(article.state)]
    pods = [f"pod/{pod.namespace}/{pod.name}" for pod in article.list("pods") if not pod.spec.host_network]
    assert sorted(names) == sorted(["outside", "node/node-1", "node/node-2", "node/node-3", *pods])
    assert names.index("outside") < names.index("node/node-1") < names.index(pods[0])
    assert name_of(pods[0]) == f"kd-{pods[0].replace('/', '.')}"


def test_each_cable_is_made_once_with_its_numbers_and_addresses(article: Cluster) -> None:
    spaces = planned(article.state)
    for link in links(article.state, "node/node-1"):
        made = f"link add {link.name} index {link.number} address {link.mac} mtu {link.mtu} "
        assert text(space(spaces, "node/node-1")).count(made) == (link.name not in ("lo", "eth0"))
    assert text(space(spaces, "outside")).count(" type veth peer name eth0 ") == 3


def test_everybody_on_the_overlay_knows_all_others(article: Cluster) -> None:
    fed = text(space(planned(article.state), "node/node-2"))
    behind = [line.split()[-1] for line in fed.splitlines() if line.startswith("fdb append")]
    assert behind == ["172.18.0.3", "172.18.0.5"]
    assert fed.count("nud permanent") == 2
    routed = Cluster(nodes=2, backend="host-gw")
    fed = text(space(planned(routed.state), "node/node-2"))
    assert "flannel.1" not in fed
    assert "route add 10.244.0.0/24 via 172.18.0.3 dev eth0\n" in fed


def test_who_listens(article: Cluster) -> None:
    spaces = planned(article.state)
    app = space(spaces, "pod/default/my-app")
    assert {(each.address, each.port, each.protocol) for each in app.listeners} == {
        (app.addresses[0], 8080, "tcp"),
        ("127.0.0.1", 8080, "tcp"),
    }
    dns = space(spaces, "pod/kube-system/coredns")
    served = {(each.port, each.protocol) for each in dns.listeners if each.dns}
    assert served == {(53, "tcp"), (53, "udp")}
    assert {each.dns for each in dns.listeners if each.dns} == {dns.name.removeprefix("pod/")}
    assert {each.name for each in space(spaces, "node/node-1").listeners} == {"kubelet"}


def test_a_pod_finds_its_own_files(article: Cluster) -> None:
    app = space(planned(article.state), "pod/default/my-app")
    files = dict(app.files)
    assert files["/etc/resolv.conf"] == article.resolv_conf(app.name)
    assert app.addresses[0] in files["/etc/hosts"]


def test_a_dump_with_pods_beyond_all_ranges_and_on_the_host_network() -> None:
    spaces = planned(Cluster.from_dump(DUMP, **RANGES).state)
    assert [each.name for each in spaces] == ["outside", "node/alder", "node/birch", "pod/shop/web"]
    alder, birch = (space(spaces, f"node/{name}") for name in ("alder", "birch"))
    assert "route add 10.99.0.5/32 dev veth" in text(alder)
    assert "proxy_arp" in str(alder.after)
    assert "route add 10.99.0.5/32 via 192.0.2.11\n" in text(birch)
    assert [each.port for each in birch.listeners if each.name == "pod/shop/agent"] == [9100]


def test_published_addresses_are_known_outside_alone() -> None:
    cluster = Cluster(nodes=2)
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}], "externalIPs": ["198.18.5.5"], "selector": {"app": "x"}}
    cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})
    balanced = {"status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.9"}]}}}
    cluster.patch("service", "web", balanced, subresource="status")
    outside, node, _ = planned(cluster.settle().state)[:3]
    hops = "nexthop via 172.18.0.3 nexthop via 172.18.0.4"
    for ip in ("198.18.5.5", "203.0.113.9"):
        assert f"route add {ip}/32 table 100 {hops}\n" in text(outside)
        assert f"route add {ip}" not in text(node)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"proxy": ProxyConfig(mode="ipvs")}, "mode ipvs is not loaded into a kernel; take iptables or nftables"),
        ({"nodes": 0}, "there is no node to build"),
        ({"nodes": 2}, "2 Pods on 2 nodes are too many: at most 3 of both are built"),
    ],
)
def test_what_cannot_be_built(settings: dict[str, object], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux_plan, "MOST", 3)
    with pytest.raises(UsageError, match=words):
        planned(Cluster(**settings).state)
