"""Who answers in a built cluster: Pods by TCP and UDP with their names, CoreDNS with the model's records."""

from __future__ import annotations

import re
import socket
import threading
from typing import TYPE_CHECKING

import dns.message
import dns.query
import pytest

from kdisco import Cluster
from kdisco.shell.linux_build import Built, LinuxError
from kdisco.shell.linux_listen import Answering
from kdisco.shell.linux_namespace import inside
from kdisco.shell.linux_plan import planned
from kdisco.shell.linux_space import Listener, Space, batch

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.root
ECHO = """\
apiVersion: v1
kind: Pod
metadata: {name: echo, labels: {app: echo}}
spec: {containers: [{name: c, image: c, ports: [{containerPort: 8080}, {containerPort: 9090, protocol: UDP}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: echo}
spec:
  selector: {app: echo}
  ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, protocol: UDP, targetPort: 9090}]
"""


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    """One node, one Pod behind a Service by TCP and UDP."""
    made = Cluster(nodes=1)
    made.apply(ECHO)
    return made.settle()


@pytest.fixture(scope="module")
def built(cluster: Cluster) -> Iterator[Built]:
    """The same in the kernel, with everybody listening."""
    spaces = planned(cluster.state)
    with Built(spaces) as made, Answering(cluster, spaces, made):
        yield made


def asked(built: Built, space: str, address: str, port: int, data: bytes, kind: socket.SocketKind) -> bytes:
    """What comes back, until the other side has no more to say."""
    with inside(built.descriptors[space]):
        made = socket.socket(socket.AF_INET, kind)
    with made:
        made.settimeout(5)
        made.connect((address, port))
        made.sendall(data)
        found = made.recv(1 << 12)
        while kind == socket.SOCK_STREAM and (more := made.recv(1 << 12)):
            found += more
    return found


def test_http_names_the_pod_and_who_asked(cluster: Cluster, built: Built) -> None:
    ip = cluster.get("service", "echo").spec.cluster_ip
    data = b"GET /any HTTP/1.1\r\nHost: echo\r\n\r\n"
    head, _, body = asked(built, "pod/default/echo", ip, 80, data, socket.SOCK_STREAM).decode().partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert f"Content-Length: {len(body)}" in head
    pod = cluster.get("pod", "echo").status.pod_ip
    assert re.fullmatch(rf"pod/default/echo answers on {pod}:8080, asked by 10\.244\.0\.1:\d+\n", body)  # hairpin


def test_a_datagram_comes_back_behind_the_line(cluster: Cluster, built: Built) -> None:
    ip = cluster.get("service", "echo").spec.cluster_ip
    line, _, rest = asked(built, "node/node-1", ip, 81, b"what I sent", socket.SOCK_DGRAM).partition(b"\n")
    assert line.startswith(b"pod/default/echo answers on 10.244.0.")
    assert rest == b"what I sent"


def test_whatever_leaves_the_cluster_is_answered_outside(built: Built) -> None:
    for port, kind in ((443, socket.SOCK_STREAM), (123, socket.SOCK_DGRAM)):
        found = asked(built, "pod/default/echo", "192.0.2.200", port, b"\r\n\r\n", kind)
        assert b"outside answers on " in found
        assert b"asked by 172.18.0.3:" in found  # flanneld's masquerade


@pytest.mark.parametrize("ask", [dns.query.udp, dns.query.tcp], ids=["udp", "tcp"])
def test_the_cluster_dns_answers_on_its_service_address(cluster: Cluster, built: Built, ask: object) -> None:
    question = dns.message.make_query("echo.default.svc.cluster.local", "A")
    with inside(built.descriptors["pod/default/echo"]):
        assert callable(ask)
        response = ask(question, "10.96.0.10", timeout=5)
    assert [str(record) for record in response.answer[0]] == [cluster.get("service", "echo").spec.cluster_ip]


def test_an_address_that_is_not_there_is_one_line_and_leaves_nothing(cluster: Cluster) -> None:
    heard = (Listener("127.0.0.1", 8080, "tcp", "one"), Listener("10.9.9.9", 8080, "tcp", "two"))
    spaces = (Space(name="lone", feeds=(batch(["link set lo up"]),), listeners=heard),)
    before = threading.active_count()
    words = r"^lone: 10\.9\.9\.9 port 8080 cannot be listened on: Cannot assign requested address$"
    with Built(spaces) as made:
        for _ in range(2):  # the first port is free again
            with pytest.raises(LinuxError, match=words):
                Answering(cluster, spaces, made)
    assert threading.active_count() == before
