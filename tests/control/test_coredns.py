"""CoreDNS and its Corefile: what starts, what does not, what is ready."""

from __future__ import annotations

import pytest

from kdisco import Cluster, DnsConfig
from kdisco.config import ClusterConfig
from kdisco.control.coredns import program
from kdisco.model.pod import Pod

TTL = "plugin/kubernetes: /etc/coredns/Corefile:10 - Error during parsing: ttl must be in range [0, 3600]: -1"
SELF = "nameserver 127.0.0.53\n"


def pods(cluster: Cluster) -> list[Pod]:
    return list(cluster.list("pods", namespace="kube-system", selector="k8s-app=kube-dns"))


def edit(cluster: Cluster, old: str, new: str) -> None:
    text = cluster.get("configmap", "coredns", "kube-system").data["Corefile"]
    assert old in text
    cluster.patch("configmap", "coredns", {"data": {"Corefile": text.replace(old, new)}}, namespace="kube-system")
    cluster.settle()


def broken() -> tuple[Cluster, Pod, Pod]:
    """A cluster with a broken Corefile, the CoreDNS that ran before, and one that was to start since."""
    cluster = Cluster(nodes=2)
    edit(cluster, "ttl 30", "ttl -1")
    first, second = pods(cluster)
    cluster.delete("pod", first.name, namespace="kube-system")
    cluster.settle()
    (fresh,) = [pod for pod in pods(cluster) if pod.name != second.name]
    return cluster, cluster.get("pod", second.name, namespace="kube-system"), fresh


def test_what_runs_goes_on_and_what_starts_crashes() -> None:
    cluster, old, fresh = broken()
    assert (old.ready, fresh.ready) == (True, False)
    state = fresh.status.container_statuses[0].state
    assert state.waiting is not None
    assert state.waiting["reason"] == "CrashLoopBackOff"
    assert cluster.dns.log(fresh.name) == (TTL,)
    assert "Corefile changed but reload failed" in cluster.dns.log(old.name)[-1]
    (endpoints,) = cluster.list("endpointslices", namespace="kube-system")
    ready = {address for each in endpoints.endpoints if each.ready for address in each.addresses}
    assert ready == set(old.addresses)
    assert cluster.dns.query("kubernetes.default.svc.cluster.local", pod=old.name).answer


def test_the_next_start_reads_the_repaired_file() -> None:
    cluster, _, fresh = broken()
    cluster.run(60)
    restarts = cluster.get("pod", fresh.name, namespace="kube-system").status.container_statuses[0].restart_count
    assert restarts == 3
    edit(cluster, "ttl -1", "ttl 60")
    found = cluster.get("pod", fresh.name, namespace="kube-system")
    assert (found.ready, found.status.container_statuses[0].restart_count) == (True, restarts + 1)
    assert cluster.dns.query("kubernetes.default.svc.cluster.local", pod=found.name).answer[0].ttl == 60


def test_one_that_has_not_listed_all_objects_is_not_ready() -> None:
    cluster = Cluster(nodes=1, dns=DnsConfig(synced=False))
    assert [pod.ready for pod in pods(cluster)] == [False, False]
    told = {each.message for each in cluster.list("events") if each.reason == "Unhealthy"}
    assert told == {"Readiness probe failed: HTTP probe failed with statuscode: 503"}
    spec = {"containers": [{"name": "a", "image": "debian"}]}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "asker"}, "spec": spec})
    cluster.settle()
    found = cluster.lookup("kubernetes", "default/asker")
    assert (found.error, {rcode for _, _, rcode in found.questions}) == ("EAI_AGAIN", {"ECONNREFUSED"})


@pytest.mark.parametrize("late", [True, False], ids=["by a reload", "from the start"])
@pytest.mark.parametrize(
    ("plugin", "probe", "restarts"),
    [
        ("ready", "Readiness probe failed", False),
        ("health {\n       lameduck 5s\n    }", "Liveness probe failed", True),
    ],
)
def test_without_the_plugin_nobody_answers_the_probe(plugin: str, probe: str, restarts: bool, late: bool) -> None:  # noqa: FBT001 - table rows
    cluster = Cluster(nodes=1)
    edit(cluster, f"    {plugin}\n", "")
    if not late:
        cluster.delete("pod", pods(cluster)[0].name, namespace="kube-system")
        cluster.settle()
    cluster.run(200)
    counts = [pod.status.container_statuses[0].restart_count for pod in pods(cluster)]
    assert [bool(count) for count in counts] == [restarts, restarts]
    assert restarts or not any(pod.ready for pod in pods(cluster))
    told = [each.message for each in cluster.list("events") if each.reason == "Unhealthy"]
    assert any(each.startswith(probe) and "connection refused" in each for each in told)


def test_a_server_that_asks_itself_is_stopped_by_the_loop_plugin() -> None:
    cluster = Cluster(nodes=1, node_resolv_conf=SELF)
    assert not any(pod.ready for pod in pods(cluster))
    (line,) = cluster.dns.log(pods(cluster)[0].name)
    assert line.startswith("[FATAL] plugin/loop: Loop (127.0.0.1:")
    edit(cluster, "    loop\n", "")
    assert all(pod.ready for pod in pods(cluster))
    edit(cluster, "    reload\n", "    reload\n    loop\n")
    cluster.run(100)
    assert not all(pod.ready for pod in pods(cluster)), "what runs looks for a loop at a reload too"


@pytest.mark.parametrize(
    ("text", "conf", "problem"),
    [
        (". {\n forward . /etc/resolv.conf\n loop\n}", SELF, "plugin/loop"),
        (". {\n forward . 192.0.2.1\n loop\n}", SELF, ""),
        (". {\n forward . /etc/resolv.conf\n}", SELF, ""),
        (". {\n forward . /etc/resolv.conf\n loop\n}", "nameserver 192.0.2.1\n", ""),
        ("corp.example {\n forward corp.example /etc/resolv.conf\n loop\n}", SELF, ""),
        (". {\n lop\n}", SELF, "Unknown directive 'lop'"),
        ("", SELF, "no server block"),
    ],
)
def test_what_lets_it_start(text: str, conf: str, problem: str) -> None:
    found = program(text, ClusterConfig(), conf)
    assert problem in found.problem
    assert bool(found.problem) == bool(problem)
    assert bool(found.ports) == (not problem)


def test_on_another_port_nobody_asks() -> None:
    cluster = Cluster(nodes=1)
    edit(cluster, ".:53 {", ".:1053 {")
    spec = {"containers": [{"name": "a", "image": "debian"}]}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "asker"}, "spec": spec})
    cluster.settle()
    assert cluster.lookup("kubernetes", "default/asker").error == "EAI_AGAIN"
    (address,) = pods(cluster)[0].addresses
    line = f"dig +short -p 1053 @{address} kubernetes.default.svc.cluster.local"
    assert cluster.sh(line, "default/asker") == "10.96.0.1\n"


def test_ports_are_those_of_the_plugins() -> None:
    assert program(". {\n health\n}", ClusterConfig(), "").ports == ((53, "TCP"), (53, "UDP"), (8080, "TCP"))
    assert program(".:1053 dns://a:1054 {\n log\n}", ClusterConfig(), "").ports[0::2] == ((1053, "TCP"), (1054, "TCP"))
    assert (8181, "TCP") in program(None, ClusterConfig(), "").ports
