"""Questions as packets: who answers, and what becomes of them where something is broken."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from kdisco import Cluster, DnsConfig

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: a, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""
EXTERNAL = ("www.site.example. 300 IN A 203.0.113.9",)


def made(**settings: Any) -> tuple[Cluster, str]:
    """A cluster, and a Pod of it."""
    cluster = Cluster(nodes=2, upstream=EXTERNAL, **settings)
    cluster.create(WEB)
    cluster.settle()
    return cluster, f"default/{cluster.list('pods', namespace='default')[0].name}"


CLUSTER, CLIENT = made()
COREDNS = CLUSTER.list("pods", namespace="kube-system", selector="k8s-app=kube-dns")
SERVERS = {f"pod/kube-system/{pod.name}" for pod in COREDNS}


def client_with(cluster: Cluster, **spec: Any) -> str:
    """A further Pod with these fields."""
    body = {"containers": [{"name": "a", "image": "debian"}], **spec}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "asker"}, "spec": body})
    cluster.settle()
    return "default/asker"


def test_each_candidate_goes_to_one_coredns_and_all_of_them_are_asked_in_the_end() -> None:
    cluster = CLUSTER.branch()
    seen = set()
    for _ in range(12):
        found = cluster.lookup("www.site.example", CLIENT)
        assert found.addresses == ("203.0.113.9",)
        assert found.answered_by[0::2] == found.answered_by[1::2]
        seen |= set(found.answered_by)
    assert seen == SERVERS


def test_the_packets_can_be_followed() -> None:
    found = CLUSTER.branch().lookup("web", CLIENT)
    first, second = found.traces
    assert first is not None
    assert second is not None
    assert first.packet.destination == CLUSTER.get("service", "kube-dns", namespace="kube-system").spec.cluster_ip
    assert (first.packet.dport, first.packet.protocol) == (53, "udp")
    assert first.packet.sport == second.packet.sport
    assert first.hop("dnat") is not None
    assert second.hop("dnat") is None, "the connection is known by then"


def test_connections_are_remembered_and_nothing_else_changes() -> None:
    cluster = CLUSTER.branch()
    before = cluster.state
    cluster.lookup("web", CLIENT)
    after = evolve(
        cluster.state, conntrack=before.conntrack, remembered=before.remembered, counters=before.counters
    )
    assert after == before
    assert any("dport=53" in line for node in ("node-1", "node-2") for line in cluster.conntrack(node))
    assert "web is looked up" in str(cluster.history[-1])


def test_what_asks_nobody_leaves_no_trace() -> None:
    cluster = CLUSTER.branch()
    moments = len(cluster.history)
    assert cluster.lookup("localhost", CLIENT).addresses == ("127.0.0.1",)
    name = CLIENT.partition("/")[2]
    assert cluster.lookup(name, CLIENT).addresses == CLUSTER.get("pod", name).addresses
    assert len(cluster.history) == moments


def test_the_same_cluster_asks_the_same_way() -> None:
    told = [str(cluster.lookup("www.site.example", client)) for cluster, client in (made(), made())]
    assert told[0] == told[1]


@pytest.mark.parametrize(("libc", "seconds"), [("glibc", 0), ("musl", 5)])
def test_without_endpoints_the_connection_is_refused(libc: str, seconds: float) -> None:
    cluster = CLUSTER.branch()
    cluster.scale("deployment/coredns", 0, namespace="kube-system")
    cluster.settle()
    found = cluster.lookup("web", CLIENT, libc)
    assert (found.error, found.seconds) == ("EAI_AGAIN", seconds)
    assert {rcode for _, _, rcode in found.questions} == {"ECONNREFUSED"}
    assert found.reasons[0] == "connection refused: kube-system/kube-dns:dns has no endpoints"


def test_a_kube_proxy_that_never_heard_of_kube_dns() -> None:
    cluster = Cluster(nodes=1, addons=False, cluster_dns=("10.96.0.10",))
    cluster.create(WEB)
    cluster.settle()
    client = f"default/{cluster.list('pods', namespace='default')[0].name}"
    cluster.hold("kube-proxy@node-1")
    cluster.create("""
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {clusterIP: 10.96.0.10, ports: [{name: dns, port: 53, protocol: UDP}]}
""")
    cluster.settle()
    found = cluster.lookup("web", client)
    assert (found.error, found.seconds) == ("EAI_AGAIN", 20)
    assert "that range exists in the cluster only" in found.reasons[0]


def test_a_dead_coredns_that_kube_proxy_still_sends_to() -> None:
    cluster = CLUSTER.branch()
    cluster.hold("kube-proxy")
    cluster.scale("deployment/coredns", 0, namespace="kube-system")
    cluster.settle()
    found = cluster.lookup("web", CLIENT)
    assert found.error == "EAI_AGAIN"
    assert {rcode for _, _, rcode in found.questions} == {"TIMEOUT"}
    assert found.seconds == 20


def test_a_held_coredns_answers_what_it_knows() -> None:
    cluster = CLUSTER.branch()
    held = min(SERVERS).removeprefix("pod/")
    cluster.hold(f"coredns@{held}")
    cluster.delete("service", "web")
    cluster.settle()
    found = [cluster.lookup("web", CLIENT, family="inet") for _ in range(12)]
    assert {(each.error, each.answered_by[0]) for each in found} >= {(None, f"pod/{held}")}
    assert {each.error for each in found} == {None, "EAI_NONAME"}


def test_each_coredns_has_its_own_cache() -> None:
    cluster, client = made(dns=DnsConfig(cache=30))
    for _ in range(8):
        cluster.lookup("www.site.example.", client, family="inet")
    assert len([name for name, memory in cluster.state.remembered.items() if memory.positive]) == 2


def test_default_policy_asks_the_nodes_resolver() -> None:
    cluster = CLUSTER.branch()
    found = cluster.lookup("www.site.example", client_with(cluster, dnsPolicy="Default"))
    assert (found.addresses, set(found.answered_by)) == (("203.0.113.9",), {"192.0.2.53"})
    assert cluster.lookup("web", "default/asker").error == "EAI_NONAME"


def test_a_resolver_that_is_down() -> None:
    cluster = Cluster(nodes=1, upstream=None)
    found = cluster.lookup("www.site.example", client_with(cluster, dnsPolicy="Default"))
    assert (found.error, found.reasons[0]) == ("EAI_AGAIN", "no reply: 192.0.2.53 is down")


def test_a_loopback_resolver_is_there_on_the_host_only() -> None:
    cluster = Cluster(nodes=1, upstream=EXTERNAL, node_resolv_conf="nameserver 127.0.0.53\n")
    host = cluster.branch()
    assert host.lookup("www.site.example", client_with(host, dnsPolicy="Default", hostNetwork=True)).error is None
    found = cluster.lookup("www.site.example", client_with(cluster, dnsPolicy="Default"))
    assert (found.error, found.seconds) == ("EAI_AGAIN", 0)


def test_a_nameserver_that_nobody_has() -> None:
    cluster = CLUSTER.branch()
    config = {"nameservers": ["10.96.0.99"]}
    found = cluster.lookup("web", client_with(cluster, dnsPolicy="None", dnsConfig=config))
    assert (found.error, found.questions[0][2]) == ("EAI_AGAIN", "TIMEOUT")


def test_a_server_of_a_family_that_the_pod_lacks() -> None:
    cluster = CLUSTER.branch()
    config = {"nameservers": ["fd00::1", "10.96.0.10"]}
    found = cluster.lookup("web.default.svc.cluster.local.", client_with(cluster, dnsPolicy="None", dnsConfig=config))
    assert found.error is None
    assert [rcode for _, _, rcode in found.questions] == ["ECONNREFUSED", "ECONNREFUSED", "NOERROR", "NODATA"]


def test_another_pod_as_a_nameserver_is_none() -> None:
    cluster = CLUSTER.branch()
    address = cluster.get("pod", CLIENT.partition("/")[2]).addresses[0]
    config = {"nameservers": [address]}
    found = cluster.lookup("web.", client_with(cluster, dnsPolicy="None", dnsConfig=config))
    assert found.questions[0][2] == "ECONNREFUSED"


def test_a_coredns_pod_can_be_asked_by_its_own_address() -> None:
    cluster = CLUSTER.branch()
    pod = cluster.get("pod", min(SERVERS).rpartition("/")[2], namespace="kube-system")
    config = {"nameservers": [pod.addresses[0]], "searches": ["default.svc.cluster.local"]}
    found = cluster.lookup("web", client_with(cluster, dnsPolicy="None", dnsConfig=config))
    assert set(found.answered_by) == {min(SERVERS)}


def test_long_answers_are_asked_for_again_by_tcp() -> None:
    cluster = CLUSTER.branch()
    cluster.create(WEB.split("---")[1].replace("name: web", "name: all").replace("spec: {", "spec: {clusterIP: None, "))
    cluster.scale("deployment/web", 40)
    cluster.settle()
    found = cluster.lookup("all", CLIENT)
    assert len(found.addresses) == 40
    assert [reason.rpartition("(")[2] for reason in found.reasons[0::2]] == ["the reply is cut off)", "over TCP)"]
    musl = cluster.lookup("all", CLIENT, "musl")
    assert 0 < len(musl.addresses) < 40


def test_dual_stack_service_in_the_order_of_the_library() -> None:
    cluster = Cluster(nodes=1, pod_cidr="10.244.0.0/16,fd00:10:244::/56", service_cidr="10.96.0.0/16,fd00:10:96::/112")
    cluster.create(WEB.replace("spec: {selector", "spec: {ipFamilyPolicy: PreferDualStack, selector"))
    cluster.settle()
    client = f"default/{cluster.list('pods', namespace='default')[0].name}"
    assert [":" in each for each in cluster.lookup("web", client).addresses] == [True, False]
    assert [":" in each for each in cluster.lookup("web", client, "musl").addresses] == [False, True]


def test_a_pending_pod_asks_as_it_would() -> None:
    cluster = CLUSTER.branch()
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "asker"},
                    "spec": {"containers": [{"name": "a", "image": "debian"}]}})
    found = cluster.lookup("web", "default/asker")
    assert found.error is None
    assert found.traces == (None, None)
