"""Cluster DNS that does not answer, and what a user sees of it: in getaddrinfo(), and in the tools."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kdisco import Cluster, ProxyConfig

MODES = ("iptables", "nftables", "ipvs")
CLIENT, SERVER, NAME = "default/client", "10.96.0.10", "web.default.svc.cluster.local"
MANIFEST = """
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: a, image: debian}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.80, ports: [{port: 80}]}
"""
POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web-only}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 80}]}]}
"""
CLUSTERS: dict[str, Cluster] = {}


def cluster_in(mode: str) -> Cluster:
    """A cluster of its own in which all is well."""
    if mode not in CLUSTERS:
        made = Cluster(nodes=2, proxy=ProxyConfig(mode=mode))
        made.create(MANIFEST)
        CLUSTERS[mode] = made.settle()
    return CLUSTERS[mode].branch()


def forbidden(cluster: Cluster) -> None:
    """A NetworkPolicy that forgot DNS."""
    cluster.create(POLICY)
    cluster.settle()


def nobody_there(cluster: Cluster) -> None:
    """CoreDNS is scaled to zero."""
    cluster.scale("deployment/coredns", 0, namespace="kube-system")
    cluster.settle()


def nobody_told(cluster: Cluster) -> None:
    """CoreDNS is gone, and kube-proxy does not know."""
    cluster.hold("kube-proxy")
    nobody_there(cluster)


def moved(cluster: Cluster) -> None:
    """CoreDNS has other Pods, and the client's kube-proxy knows only the old ones."""
    cluster.hold(f"kube-proxy@{cluster.get('pod', 'client').spec.node_name}")
    for pod in cluster.list("pods", namespace="kube-system", selector="k8s-app=kube-dns"):
        cluster.delete("pod", pod.name, namespace="kube-system")
    cluster.settle()


def without_service(cluster: Cluster) -> None:
    """Somebody has deleted the Service."""
    cluster.delete("service", "kube-dns", namespace="kube-system")
    cluster.settle()


SILENT = [forbidden, nobody_told, moved, without_service]
REFUSED = [nobody_there]
Break = Callable[[Cluster], None]
every_mode = pytest.mark.parametrize("mode", MODES)


@every_mode
@pytest.mark.parametrize("break_it", SILENT)
def test_glibc_waits_ten_seconds_for_each_of_two_names(mode: str, break_it: Break) -> None:
    cluster = cluster_in(mode)
    assert cluster.lookup("web", CLIENT).addresses == ("10.96.0.80",)
    break_it(cluster)
    found = cluster.lookup("web", CLIENT)
    assert (found.error, found.seconds, found.addresses) == ("EAI_AGAIN", 20, ())
    asked = [(name, kind) for name in (f"{NAME}.", "web.") for _ in range(2) for kind in ("A", "AAAA")]
    assert [question[:2] for question in found.questions] == asked
    assert {rcode for _, _, rcode in found.questions} == {"TIMEOUT"}
    assert set(found.answered_by) == {""}


@every_mode
@pytest.mark.parametrize("break_it", [*SILENT, *REFUSED])
def test_musl_gives_up_after_five_seconds(mode: str, break_it: Break) -> None:
    cluster = cluster_in(mode)
    break_it(cluster)
    found = cluster.lookup("web", CLIENT, "musl")
    assert (found.error, found.seconds, len(found.questions)) == ("EAI_AGAIN", 5, 4)


@every_mode
def test_glibc_hears_of_a_refusal_at_once(mode: str) -> None:
    cluster = cluster_in(mode)
    nobody_there(cluster)
    found = cluster.lookup("web", CLIENT)
    assert (found.error, found.seconds) == ("EAI_AGAIN", 0)
    assert {rcode for _, _, rcode in found.questions} == {"ECONNREFUSED"}
    assert all(reason.startswith("connection refused: ") for reason in found.reasons)


@every_mode
@pytest.mark.parametrize("break_it", [*SILENT, *REFUSED])
def test_the_tools_say_so_in_their_words(mode: str, break_it: Break) -> None:
    cluster = cluster_in(mode)
    break_it(cluster)
    problem = "connection refused" if break_it in REFUSED else "timed out"
    error = f";; communications error to {SERVER}#53: {problem}\n"
    connection = f";; Connection to {SERVER}#53({SERVER}) for {NAME} failed: {problem}.\n"
    last = ";; no servers could be reached\n"
    told = {
        f"dig +short {NAME}": (error * 3 + last, 9),
        f"dig +short +tcp {NAME}": ((connection + last) * 3, 9),
        "nslookup web": (error * 3 + last + "\n", 1),
        "host web": (error * 2 + last, 1),
        "getent hosts web": ("", 2),
        "getent ahosts web": ("", 2),
    }
    for line, (text, status) in told.items():
        found = cluster.sh(line, CLIENT)
        assert (line, found, found.exit) == (line, text, status)
    assert cluster.sh("busybox nslookup web", CLIENT).out == ";; connection timed out; no servers could be reached\n\n"


@every_mode
def test_a_policy_that_allows_dns_by_udp_alone(mode: str) -> None:
    cluster = cluster_in(mode)
    cluster.create(POLICY.replace("egress: [", "egress: [{ports: [{port: 53, protocol: UDP}]}, "))
    cluster.settle()
    assert cluster.lookup("web", CLIENT).addresses == ("10.96.0.80",)
    assert cluster.sh(f"dig +short {NAME}", CLIENT) == "10.96.0.80\n"
    assert "timed out" in cluster.sh(f"dig +tcp +short {NAME}", CLIENT)


@every_mode
def test_when_all_is_well_again_names_are_found_again(mode: str) -> None:
    cluster = cluster_in(mode)
    nobody_told(cluster)
    assert cluster.lookup("web", CLIENT).error == "EAI_AGAIN"
    cluster.scale("deployment/coredns", 1, namespace="kube-system")
    cluster.release("kube-proxy").settle()
    assert cluster.lookup("web", CLIENT).addresses == ("10.96.0.80",)


@every_mode
def test_one_of_two_that_is_gone_is_met_by_chance(mode: str) -> None:
    cluster = cluster_in(mode)
    cluster.hold("kube-proxy")
    cluster.scale("deployment/coredns", 1, namespace="kube-system")
    cluster.settle()
    found = [cluster.lookup("web.default.svc.cluster.local.", CLIENT, family="inet") for _ in range(12)]
    assert {each.error for each in found} >= {None}
    assert {each.seconds for each in found} > {0}
