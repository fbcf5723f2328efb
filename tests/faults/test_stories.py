"""Every fault from beginning to end: injected, seen by a user, explained, mended by the remedy, and nothing is left."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from attrs import frozen
from remedies import carry_out

from kdisco import Cluster, KdiscoError
from kdisco.examples import application
from kdisco.faults.inject import FAULTS

CLIENTS = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: client}
spec:
  selector: {matchLabels: {run: client}}
  template:
    metadata: {labels: {run: client}}
    spec: {containers: [{name: main, image: "busybox:1.37"}]}
"""
STATEFUL = application("web", 2).replace("kind: Deployment", "kind: StatefulSet")
OUTSIDE = "one.two.three.four.example.com"
TRIES = 6  # connections from each node


def curl(cluster: Cluster) -> set[str]:
    """How connections from a client Pod on every node end: verdicts, or curl's words."""
    ports = cluster.get("svc", "web-svc").spec.ports
    seen = set()
    for pod in cluster.list("pods", "default", {"run": "client"}):
        for _ in range(TRIES):
            try:
                seen.add(cluster.send(f"pod/default/{pod.name}", "web-svc", ports[0].port).verdict)
            except KdiscoError as error:
                seen.add(str(error))
    return seen


def refused(cluster: Cluster) -> bool:
    """A rule rejects: connection refused from everywhere."""
    return curl(cluster) == {"REJECT"}


def ends(*verdicts: str) -> Callable[[Cluster], bool]:
    """Some connections end so."""
    return lambda cluster: bool(curl(cluster) & set(verdicts))


def unresolved(cluster: Cluster) -> bool:
    """Some client cannot resolve the name."""
    return "curl: (6) Could not resolve host: web-svc" in curl(cluster)


def flooded(cluster: Cluster) -> bool:
    """A full name of the world outside takes the search list first."""
    pod = next(each for each in cluster.list("pods", "default", {"app": "web"}) if each.ready)
    return len(cluster.lookup(OUTSIDE, f"default/{pod.name}", family="inet").questions) > 1


def elsewhere(cluster: Cluster) -> bool:
    """The client in the other namespace cannot resolve the host that it was told."""
    client = next(each for each in cluster.list("pods", "elsewhere") if not each.deleting)
    url = urlsplit(client.spec.containers[0].env[0].value)
    assert url.hostname is not None
    return cluster.lookup(url.hostname, f"elsewhere/{client.name}").error == "EAI_NONAME"


def from_outside(cluster: Cluster) -> bool:
    """A node without a Pod of the Service drops what comes to its nodePort."""
    port = cluster.get("svc", "web-svc").spec.ports[0].node_port
    verdicts = {cluster.send("203.0.113.7", node.internal_ips[0], port).verdict for node in cluster.list("nodes")}
    return verdicts == {"DELIVERED", "DROP"}


def one_pod(cluster: Cluster) -> bool:
    """A client always reaches the same Pod."""
    pod = cluster.list("pods", "default", {"run": "client"})[0]
    return len({cluster.send(f"pod/default/{pod.name}", "web-svc").endpoint for _ in range(8)}) == 1


def pending(cluster: Cluster) -> bool:
    """EXTERNAL-IP is <pending>."""
    return "<pending>" in cluster.kubectl("get svc web-svc")


def stale(cluster: Cluster) -> bool:
    """Some look-ups give the address that the Service had before."""
    own = cluster.get("svc", "web-svc").spec.cluster_ip
    pods = cluster.list("pods", "default", {"run": "client"})
    asked = [cluster.lookup("web-svc", f"default/{pod.name}") for pod in pods for _ in range(TRIES)]
    found = {ip for each in asked for ip in each.addresses}
    return own in found and len(found) == 2


def full_range(cluster: Cluster) -> bool:
    """No further Service can be made."""
    found = cluster.kubectl("create service clusterip web-svc --tcp=80:8080")
    return found.exit == 1 and "range is full" in found


@frozen
class Story:
    """What a user sees of a fault; ``warns``: it works, so that it is a warning only. ``then``: seconds to wait."""

    symptom: Callable[[Cluster], bool]
    warns: bool = False
    then: float = 0.0
    first: str = application("web", 3)


STORIES = {
    "wrong-selector": Story(refused),
    "wrong-target-port": Story(ends("REFUSED")),
    "named-port-missing": Story(refused),
    "readiness-failing": Story(refused),
    "crash-loop": Story(refused),
    "image-pull-error": Story(refused),
    "stuck-terminating": Story(refused, then=40, first=STATEFUL),
    "no-endpoints": Story(refused),
    "network-policy-blocks-dns": Story(unresolved),
    "network-policy-blocks-port": Story(ends("DROP")),
    "service-cidr-exhausted": Story(full_range, first=""),
    "external-traffic-policy-local-without-pod": Story(from_outside),
    "session-affinity-surprise": Story(one_pod, warns=True),
    "ndots-flood": Story(flooded, warns=True),
    "wrong-namespace-in-name": Story(elsewhere),
    "headless-with-port-mapping": Story(ends("REFUSED")),
    "external-name-to-nowhere": Story(unresolved),
    "load-balancer-pending": Story(pending),
    "coredns-down": Story(unresolved, then=5),
    "coredns-stale": Story(stale),
    "kube-proxy-dead": Story(ends("UNREACHABLE")),
    "kube-proxy-stale": Story(ends("UNREACHABLE")),
    "node-down": Story(ends("LOST")),
    "node-partitioned": Story(ends("LOST")),
    "vxlan-link-cut": Story(ends("LOST")),
    "wrong-cluster-dns": Story(unresolved),
    "conntrack-full": Story(ends("DROP")),
}
LOST = ("node-down", "node-partitioned")  # what is seen before anybody has noticed; and their remedy takes its time


def broken(code: str) -> Cluster:
    """A cluster with the fault in force, settled and as long after it as the story says."""
    small = {"service_cidr": "10.96.0.0/28"} if code == "service-cidr-exhausted" else {}
    cluster = Cluster(upstream=(f"{OUTSIDE}. 300 IN A 203.0.113.1",), **small)
    cluster.create(CLIENTS + ("---\n" + STORIES[code].first if STORIES[code].first else ""))
    cluster.settle()
    aim = {"service": "web-svc"} if "service" in FAULTS[code].where else {}
    cluster.inject(code, **aim)
    if code not in LOST:
        cluster.settle()
    return cluster.run(STORIES[code].then)


def test_every_fault_has_its_story() -> None:
    assert STORIES.keys() == FAULTS.keys()


@pytest.mark.parametrize("code", FAULTS)
def test_a_user_sees_the_symptom(code: str) -> None:
    if code == "wrong-cluster-dns":  # only Pods made since then are misled: the clients are made anew
        cluster = broken(code)
        cluster.rollout("daemonset/client").restart()
        assert unresolved(cluster.settle())
        return
    assert STORIES[code].symptom(broken(code))


@pytest.mark.parametrize("code", FAULTS)
def test_explain_names_it_and_its_remedy_heals(code: str) -> None:
    cluster = broken(code)
    found = cluster.explain("service/web-svc")
    named = found.warnings if STORIES[code].warns else found.findings
    assert [each.code for each in named][:1] == [code]
    assert named[0].evidence
    assert named[0].objects
    assert found.healthy == STORIES[code].warns
    carry_out(cluster, named[0].remedy)
    cluster.settle()
    if code in LOST:
        cluster.run(60)  # the Pods of a node that is gone are collected, and made anew elsewhere
        cluster.settle()
    assert cluster.faults.injected == ()  # nobody called heal: it is seen
    if code == "service-cidr-exhausted":  # now what failed can be done
        assert cluster.kubectl("create service clusterip web-svc --tcp=80:8080").exit == 0
        cluster.settle()
        codes = [each.code for each in cluster.explain("service/web-svc").findings]
        assert codes == ["wrong-selector"]  # a Service for Pods that are still to come
        return
    after = cluster.explain("service/web-svc")
    assert not [str(each) for each in (*after.findings, *after.warnings)]
    assert not STORIES[code].symptom(cluster)


@pytest.mark.parametrize("code", FAULTS)
def test_healing_takes_it_back(code: str) -> None:
    cluster = broken(code)
    assert [each.code for each in cluster.faults.injected] == [code]
    cluster.heal(code).settle()
    assert cluster.faults.injected == ()
    cluster.run(120)  # back-offs end, nodes are noticed
    cluster.settle()
    if code == "service-cidr-exhausted":
        assert cluster.kubectl("create service clusterip web-svc --tcp=80:8080").exit == 0
        return
    after = cluster.explain("service/web-svc")
    assert not [str(each) for each in (*after.findings, *after.warnings)]
