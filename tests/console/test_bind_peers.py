"""Real nslookup and host beside ours, against the cluster's own DNS."""

from __future__ import annotations

import subprocess

import pytest

from kdisco import Cluster

MANIFEST = """
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: a, image: debian}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.80, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: docs}
spec: {type: ExternalName, externalName: www.site.example}
"""
CLUSTER = Cluster(nodes=1, upstream=("www.site.example. 300 IN A 203.0.113.9",))
CLUSTER.create(MANIFEST)
CLUSTER.settle()
SERVER = CLUSTER.get("service", "kube-dns", namespace="kube-system").spec.cluster_ip
NAMES = (
    "web.default.svc.cluster.local.", "docs.default.svc.cluster.local.", "nosuch.default.svc.cluster.local.",
    "www.site.example.", "10.96.0.80", "10.96.0.81", "default.svc.cluster.local.",
)
NSLOOKUP = (*NAMES, "-type=SRV _http._tcp.web.default.svc.cluster.local.", "-type=SOA cluster.local.",
            "-type=TXT dns-version.cluster.local.", "-type=NS cluster.local.", "-type=AAAA www.site.example.")
HOST = (*NAMES, "-t SRV _http._tcp.web.default.svc.cluster.local.", "-t SOA cluster.local.", "-T www.site.example.",
        "-t TXT dns-version.cluster.local.", "-t NS cluster.local.", "-t AAAA web.default.svc.cluster.local.")


def real(*command: str) -> subprocess.CompletedProcess[str]:
    """What the real tool does."""
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)


@pytest.mark.peer("nslookup")
@pytest.mark.parametrize("question", NSLOOKUP)
def test_nslookup(question: str) -> None:
    cluster = CLUSTER.branch()
    with cluster.dns.listen() as listener:
        told = real("nslookup", f"-port={listener.port}", *question.split(), "127.0.0.1")
        out = told.stdout.replace(f"127.0.0.1#{listener.port}", f"{SERVER}#53").replace("127.0.0.1", SERVER)
    ours = cluster.sh(f"nslookup {question} {SERVER}", "default/client")
    assert (ours, ours.exit) == (out, told.returncode)


@pytest.mark.peer("host")
@pytest.mark.parametrize("question", HOST)
def test_host(question: str) -> None:
    cluster = CLUSTER.branch()
    with cluster.dns.listen() as listener:
        told = real("host", "-p", str(listener.port), *question.split(), "127.0.0.1")
        out = told.stdout.replace(f"127.0.0.1#{listener.port}", f"{SERVER}#53").replace("127.0.0.1", SERVER)
    ours = cluster.sh(f"host {question} {SERVER}", "default/client")
    assert (ours, ours.exit) == (out, told.returncode)
