"""dig's command line, and real dig beside it."""

from __future__ import annotations

import re
import shutil
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
PLACES = (
    (r"id: \d+", "id: N"), (r"Query time: \d+", "Query time: N"), (r"WHEN: .*", "WHEN: T"), (r"<<>>.*", "<<>>"),
    (r"COOKIE: \w+", "COOKIE: C"), (r"SERVER: .* \(", "SERVER: S ("), (r"; \(1 server found\)\n", ""),
)
QUESTIONS = (
    "web.default.svc.cluster.local",
    "web.default.svc.cluster.local AAAA",
    "nosuch.default.svc.cluster.local",
    "docs.default.svc.cluster.local",
    "SRV _http._tcp.web.default.svc.cluster.local",
    "-x 10.96.0.80",
    "TXT dns-version.cluster.local",
    "ANY web.default.svc.cluster.local",
    "SOA cluster.local",
    "NS cluster.local",
    "AXFR cluster.local",
    "+tcp web.default.svc.cluster.local",
    "+noedns web.default.svc.cluster.local",
    "+bufsize=4096 +nocookie web.default.svc.cluster.local",
    "+dnssec web.default.svc.cluster.local",
    "+norecurse www.site.example",
    "+noall +answer +authority nosuch.cluster.local",
    "+short docs.default.svc.cluster.local",
    "WeB.Default.svc.cluster.local",
    "www.site.example",
)


def steady(text: str) -> str:
    """A text without what differs between two runs."""
    for pattern, word in PLACES:
        text = re.sub(pattern, word, text)
    return text


@pytest.mark.peer("dig")
@pytest.mark.parametrize("question", QUESTIONS)
def test_real_dig_prints_the_same(question: str) -> None:
    cluster = CLUSTER.branch()
    with cluster.dns.listen() as listener:
        host, port = listener.address, listener.port
        command = [shutil.which("dig") or "dig", "-r", f"@{host}", "-p", str(port), *question.split()]
        real = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    ours = cluster.sh(f"dig {question}", "default/client")
    assert steady(ours) == steady(real.stdout)
    assert ours.exit == real.returncode


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("dig +foo web", 1, "Invalid option: +foo"),
        ("dig -Z web", 1, "Invalid option: -Z"),
        ("dig +trace web", 1, "dig: +trace is not modelled here"),
        ("dig @nosuch web", 1, "dig: couldn't get address for 'nosuch': not found"),
        ("dig a..b", 10, "dig: 'a..b' is not a legal name (empty label)"),
        (f"dig {'a' * 64}", 10, f"dig: '{'a' * 64}' is not a legal name (label too long)"),
        ("dig +tries=x web", 1, "invalid tries 'x': not a valid number\ndig: Couldn't parse tries\n"),
        ("dig +bufsize=99999 web", 1, "invalid buffer size '99999': out of range\ndig: Couldn't parse buffer size\n"),
        ("dig -p 99999 web", 1, "invalid port number '99999': out of range\ndig: Couldn't parse port number\n"),
        ("dig @ web", 1, "dig: couldn't get address for '': not found"),
        ("dig -t", 1, "Invalid option: -t"),
        ("dig -v", 0, "DiG 9.18"),
        ("dig -t NONE2 web.default.svc.cluster.local +short", 0, "10.96.0.80"),
    ],
)
def test_what_dig_complains_of(line: str, status: int, words: str) -> None:
    found = CLUSTER.branch().sh(line, "default/client")
    assert found.exit == status
    assert found.startswith(words)


def test_a_server_by_name() -> None:
    line = "dig @kube-dns.kube-system.svc.cluster.local +short web.default.svc.cluster.local"
    assert CLUSTER.branch().sh(line, "default/client") == "10.96.0.80\n"


def test_the_search_list_is_for_those_who_ask_for_it() -> None:
    cluster = CLUSTER.branch()
    assert not cluster.sh("dig +short web", "default/client")
    assert cluster.sh("dig +short +search web", "default/client") == "10.96.0.80\n"
    assert cluster.sh("dig +short +domain=default.svc.cluster.local web", "default/client") == "10.96.0.80\n"


def test_waiting_takes_time() -> None:
    found = CLUSTER.branch().sh("dig +time=3 +tries=2 @192.0.2.1 a", "default/client")
    assert found.exit == 9
    assert found.count(";; communications error to 192.0.2.1#53: timed out\n") == 2
