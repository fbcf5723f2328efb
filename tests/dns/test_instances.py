"""The CoreDNS processes of a cluster: what each has seen, remembers and runs with."""

from __future__ import annotations

from typing import Any

import dns.rcode
import pytest
from dns_samples import SAMPLES, sample

from kdisco import Cluster, DnsConfig
from kdisco.corefile.caddyfile import FILE
from kdisco.dns import instances
from kdisco.errors import NotFound
from kdisco.store.events import Answered, Reload, Reloaded

UPSTREAM = ("www.site.example. 600 IN A 203.0.113.9",)
WWW, CART = "www.site.example", "kubernetes.default.svc.cluster.local"
WEB = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"


def cluster(**dns: Any) -> Cluster:
    return Cluster(nodes=2, upstream=UPSTREAM, dns=DnsConfig(**dns))


def pods(found: Cluster) -> list[str]:
    return [pod.name for pod in found.list("pods", namespace="kube-system", selector="k8s-app=kube-dns")]


def edit(found: Cluster, old: str, new: str) -> None:
    text = found.get("configmap", "coredns", "kube-system").data["Corefile"]
    assert old in text
    found.patch("configmap", "coredns", {"data": {"Corefile": text.replace(old, new)}}, namespace="kube-system")


def ttl(found: Cluster, name: str = WWW, pod: str | None = None) -> int:
    return found.dns.query(name, pod=pod).answer[0].ttl


def test_without_a_cache_reading_changes_nothing() -> None:
    found = cluster()
    state, moments = found.state, len(found.history)
    assert (ttl(found), ttl(found, CART)) == (600, 30)
    assert (found.state is state, len(found.history)) == (True, moments)


def test_each_coredns_keeps_answers_of_its_own() -> None:
    found = cluster(cache=30)
    one, two = pods(found)
    moments = len(found.history)
    assert ttl(found, pod=one) == 30
    assert isinstance(found.history[-1].facts[0], Answered)
    assert str(found.history[-1]).endswith(f"coredns kube-system/{one} keeps an answer")
    found.run(7)
    branch = found.branch()
    assert (ttl(found, pod=one), ttl(found, pod=f"kube-system/{two}")) == (23, 30)
    assert len(found.history) == moments + 3  # kept, time passed, kept; what is given again changes nothing
    branch.run(3)
    assert (ttl(branch, pod=one), ttl(branch, pod=two)) == (20, 30)
    assert ttl(found, pod=one) == 23


def test_the_past_remembers_no_later_answers() -> None:
    found = cluster(cache=30)
    ttl(found)
    found.create(WEB)
    found.run(5)
    assert ttl(found) == 25
    found.undo()
    assert ttl(found) == 30


def test_answers_come_from_what_this_coredns_has_seen() -> None:
    found = cluster()
    one, two = pods(found)
    found.hold(f"coredns@kube-system/{one}")
    found.create(WEB)
    found.settle()
    rcodes = {pod: found.dns.query("web.default.svc.cluster.local", pod=pod).rcode() for pod in (one, two)}
    assert rcodes == {one: dns.rcode.NXDOMAIN, two: dns.rcode.NOERROR}
    found.release(f"coredns@kube-system/{one}").settle()
    assert found.dns.query("web.default.svc.cluster.local", pod=one).rcode() == dns.rcode.NOERROR


def test_the_serial_is_the_time_of_the_last_change_that_shows() -> None:
    found = cluster()

    def serial(pod: str | None = None) -> int:
        return int(found.dns.query("cluster.local", "SOA", pod=pod).answer[0][0].serial)

    before = serial()
    found.run(100)
    found.create({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "quiet"}})
    found.run(100)
    assert serial() == before
    (one, _) = pods(found)
    found.hold(f"coredns@kube-system/{one}")
    found.create(WEB)
    found.settle()
    assert serial(pods(found)[1]) == int(found.state.epoch + found.now)
    assert serial(one) == before


def test_a_dump_has_a_coredns_without_a_pod() -> None:
    found = Cluster.from_dump(WEB, dns=DnsConfig(cache=30), upstream=UPSTREAM)
    assert ttl(found) == 30
    assert str(found.history[-1]).endswith("coredns keeps an answer")
    found.run(10)
    assert ttl(found) == 20
    assert found.dns.corefile().blocks[0].options.dns.cache == 30
    assert found.dns.probe() == {"health": (200, "OK"), "ready": (200, "OK")}
    assert found.dns.log() == ()


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample cases are not beside the project")
@pytest.mark.parametrize("name", ["dns-22-cache-kubeadm.json", "dns-24-autopath.json"])
def test_the_samples_that_need_memory_hold_in_a_cluster_too(name: str) -> None:
    case = sample(name)
    lines = [f"{row['name']} {row['ttl']} IN {row['type']} {row['data']}" for row in case["upstream"]]
    found = Cluster.from_dump(case["manifests"], dns=DnsConfig(**case["corefile_options"]), upstream=lines)
    for asked in case["questions"]:
        found.run(asked.get("sleep", 0))
        answer = found.dns.query(asked["qname"], asked["qtype"], client=asked.get("client")).answer
        told = [(rrset.name.to_text(), rrset.ttl, data.to_text()) for rrset in answer for data in rrset]
        assert told == [(row["name"], row["ttl"], row["data"]) for row in asked["answer"]]


def test_the_corefile_of_a_dump_is_the_one_that_runs() -> None:
    text = "    . {\n      kubernetes corp.example {\n        ttl 9\n      }\n    }\n"
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: coredns, namespace: kube-system}\n"
    data = f"{head}data:\n  Corefile: |\n{text}"
    found = Cluster.from_dump(f"{data}---\n{WEB}", upstream=UPSTREAM)
    found.patch("service", "web", {"spec": {"type": "ExternalName", "externalName": "a.example"}})
    found.settle()
    assert ttl(found, "web.default.svc.corp.example") == 9
    assert found.dns.query(WWW).rcode() == dns.rcode.SERVFAIL


def test_only_a_pod_that_there_is_can_be_asked() -> None:
    with pytest.raises(NotFound):
        cluster().dns.query(WWW, pod="nobody")


def test_a_changed_corefile_is_read_in_time() -> None:
    found = cluster()
    edit(found, "ttl 30", "ttl 77")
    assert ttl(found, CART) == 30
    assert "ttl 30" in str(found.dns.corefile())
    began = found.now
    found.settle()
    assert 22 < found.now - began <= 60 + 38
    assert {ttl(found, CART, pod) for pod in pods(found)} == {77}
    assert found.dns.log() == ("[INFO] Reloading", "[INFO] Reloading complete")
    assert isinstance(found.history[-1].event, Reload)
    assert isinstance(found.history[-1].facts[-1], Reloaded)


def test_a_reload_empties_the_cache() -> None:
    found = cluster(cache=300)
    assert ttl(found) == 300
    edit(found, "ttl 30", "ttl 31")
    found.settle()
    assert ttl(found) == 300


@pytest.mark.parametrize(
    ("old", "new", "log"),
    [
        ("    loop\n", "    lop\n", "reload failed: starting with listener file descriptors: {}:16 - Error"),
        ("ttl 30", "ttl -1", "plugin/kubernetes: {}:10 - Error during parsing: ttl must be in range"),
        ("loadbalance\n}", "loadbalance\n", "[WARNING] plugin/reload: Corefile parse failed: {}:18 - Syntax error"),
    ],
)
def test_with_a_broken_corefile_the_old_one_runs_on(old: str, new: str, log: str) -> None:
    found = cluster()
    edit(found, old, new)
    found.settle()
    assert log.format(FILE) in found.dns.log()[-1]
    assert ttl(found, CART) == 30
    edit(found, new, old)
    found.settle()
    assert log.format(FILE) in found.dns.log()[-1]  # what runs is what the file says again: nothing to do


def test_without_the_reload_plugin_only_a_new_process_reads_it() -> None:
    found = cluster()
    edit(found, "    reload\n", "")
    found.settle()
    edit(found, "ttl 30", "ttl 50")
    found.settle()
    assert ttl(found, CART) == 30
    found.delete("pod", pods(found)[0], namespace="kube-system")
    found.settle()
    assert sorted(ttl(found, CART, pod) for pod in pods(found)) == [30, 50]


def test_ready_waits_for_the_objects() -> None:
    assert cluster(synced=False).dns.probe() == {"health": (200, "OK"), "ready": (503, "kubernetes")}
    assert instances.probe(cluster().state, "kube-system/nobody") == {}


def test_autopath_takes_the_search_list_of_the_node() -> None:
    found = Cluster(
        nodes=1,
        upstream=("www.corp.example. 60 IN A 203.0.113.9",),
        node_resolv_conf="search corp.example\nnameserver 192.0.2.53\n",
        dns=DnsConfig(autopath=True, pods="verified"),
    )
    client = found.list("pods", namespace="kube-system", selector="k8s-app=kube-dns")[0].status.pod_ip
    answer = found.dns.query("www.kube-system.svc.cluster.local", client=client).answer
    assert [rrset.name.to_text() for rrset in answer] == ["www.kube-system.svc.cluster.local.", "www.corp.example."]


def test_questions_alike_are_not_answered_alike() -> None:
    found = Cluster(nodes=1)
    found.create(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
        "spec: {replicas: 4, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}},"
        " spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}}}\n---\n"
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
        "spec: {clusterIP: None, selector: {a: b}, ports: [{port: 80}]}\n"
    )
    found.settle()
    orders = {tuple(found.dns.query("web.default.svc.cluster.local").answer[0]) for _ in range(12)}
    assert len(orders) > 3
