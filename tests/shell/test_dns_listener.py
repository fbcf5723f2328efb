"""The DNS on a real port: dig as the client, sockets where dig is too well behaved."""

from __future__ import annotations

import logging
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from dns_samples import SAMPLES, samples, server_of

from kdisco import Cluster, DnsConfig
from kdisco.dns.server import Server, question
from kdisco.errors import UsageError
from kdisco.shell import dns_listener
from kdisco.shell.dns_listener import Listener, listen

if TYPE_CHECKING:
    from collections.abc import Iterator

PODS = """
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: pg, port: 5432}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db}
spec:
  replicas: 40
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: registry.test/db, ports: [{containerPort: 5432}]}]}
"""
KUBERNETES = "kubernetes.default.svc.cluster.local."


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    made = Cluster(nodes=2, dns=DnsConfig(transfer=True))
    made.create(PODS)
    return made.settle()


@pytest.fixture(scope="module")
def served(cluster: Cluster) -> Iterator[Listener]:
    with cluster.dns.listen() as found:
        yield found


def dig(served: Listener, *words: str) -> str:
    command = ["dig", f"@{served.address}", "-p", str(served.port), "+tries=1", "+time=5", "+nocookie", *words]
    told = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert not told.stderr
    return told.stdout


def sections(text: str) -> dict[str, set[tuple[str, ...]]]:
    """What dig printed: records by section; letter case as it came."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for block in text.split("\n;; ")[1:]:
        head, _, body = block.partition(" SECTION:\n")
        if body:
            lines = [line for line in body.partition("\n\n")[0].splitlines() if line and not line.startswith(";")]
            found[head] = {tuple(line.split(maxsplit=4)) for line in lines}
    return found


def rows(rrsets: list[Any]) -> set[tuple[str, ...]]:
    return {
        (rrset.name.to_text(), str(rrset.ttl), "IN", dns.rdatatype.to_text(rrset.rdtype), data.to_text())
        for rrset in rrsets
        for data in rrset
    }


def compared(text: str, wanted: dns.message.Message) -> None:
    """That dig read exactly what was answered in process."""
    status = re.search(r"status: (\w+), id", text)
    assert status is not None, text
    assert status[1] == dns.rcode.to_text(wanted.rcode())
    flags = set(re.findall(r";; flags: ([a-z ]+);", text)[0].split()) - {"rd"}
    assert flags == {name.lower() for name in dns.flags.to_text(wanted.flags & ~dns.flags.RD).split()}
    found = sections(text)
    for name, rrsets in (("ANSWER", wanted.answer), ("AUTHORITY", wanted.authority), ("ADDITIONAL", wanted.additional)):
        assert found.get(name, set()) == rows(rrsets), text


@pytest.mark.peer("dig")
@pytest.mark.parametrize("words", [[], ["+tcp"], ["+noedns"], ["+bufsize=4096"], ["+tcp", "+noedns"]], ids=" ".join)
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (KUBERNETES, "A"),
        (KUBERNETES, "AAAA"),
        (KUBERNETES, "SRV"),
        (KUBERNETES, "ANY"),
        ("KuberNetes.Default.SVC.cluster.local.", "A"),
        ("_https._tcp." + KUBERNETES, "SRV"),
        ("1.0.96.10.in-addr.arpa.", "PTR"),
        ("dns-version.cluster.local.", "TXT"),
        ("cluster.local.", "SOA"),
        ("cluster.local.", "NS"),
        ("nothing.default.svc.cluster.local.", "A"),
        ("www.site.example.", "A"),
    ],
)
def test_dig_reads_what_is_answered_in_process(
    cluster: Cluster, served: Listener, name: str, kind: str, words: list[str]
) -> None:
    protocol, size = ("tcp" if "+tcp" in words else "udp"), (None if "+noedns" in words else 4096)
    told = dig(served, *words, *(["+notcp"] if kind == "ANY" and protocol == "udp" else []), name, kind)
    wire = cluster.dns.wire(question(name, kind, size), protocol, "127.0.0.1")
    compared(told, dns.message.from_wire(wire))


@pytest.mark.peer("dig")
def test_dig_asks_again_by_tcp_when_an_answer_is_cut(served: Listener) -> None:
    name = "db.default.svc.cluster.local."
    cut = dig(served, "+noedns", "+ignore", name)
    assert " tc " in cut
    assert len(sections(cut)["ANSWER"]) < 40
    whole = dig(served, "+noedns", name)
    assert "Truncated, retrying in TCP mode" in whole
    assert len(sections(whole)["ANSWER"]) == 40
    assert len(sections(dig(served, "+bufsize=4096", name))["ANSWER"]) == 40


@pytest.mark.peer("dig")
def test_dig_transfers_the_zone(cluster: Cluster, served: Listener) -> None:
    told = dig(served, "cluster.local.", "AXFR")
    lines = [tuple(line.split(maxsplit=4)) for line in told.splitlines() if line and not line.startswith(";")]
    wire = cluster.dns.wire(question("cluster.local.", "AXFR"), "tcp", "127.0.0.1")
    found = dns.message.from_wire(wire, one_rr_per_rrset=True)  # glue has a TTL of its own
    assert set(lines) == rows(found.answer)
    assert lines[0] == lines[-1]
    assert lines[0][3] == "SOA"
    assert sections(dig(served, "+notcp", "cluster.local.", "IXFR=1")) == {}
    assert ask(served, question("cluster.local.", "AXFR")).rcode() == dns.rcode.REFUSED  # not by UDP


@pytest.mark.peer("dig")
def test_a_large_zone_comes_in_several_messages() -> None:
    made = Cluster(nodes=1, dns=DnsConfig(transfer=True))
    spec = "spec: {ports: [{port: 80}]}}"
    services = [f"{{apiVersion: v1, kind: Service, metadata: {{name: s-{number}}}, {spec}" for number in range(400)]
    made.create("\n---\n".join(services))
    with made.settle().dns.listen() as served:
        told = dig(served, "cluster.local.", "AXFR")
    found = re.search(r"XFR size: (\d+) records \(messages (\d+),", told)
    assert found is not None, told
    assert (int(found[1]) > 800, int(found[2]) > 1) == (True, True)


@pytest.mark.peer("dig")
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample cases are not beside the project")
@pytest.mark.parametrize(("stem", "case"), samples("dns-*.json"))
def test_dig_agrees_on_every_question_of_the_sample_cases(stem: str, case: dict[str, Any]) -> None:
    del stem
    server = server_of(case["manifests"], case.get("upstream", ()), **case["corefile_options"])
    client: list[str | None] = [None]
    with listen(None, lambda data, protocol, _: server.exchange(data, protocol, client[0])[0]) as served:
        for asked in case["questions"]:
            client[0] = asked.get("client")
            check_sample(served, server, asked)


def check_sample(served: Listener, server: Server, asked: dict[str, Any]) -> None:
    protocol, size = asked.get("proto") or "udp", asked.get("bufsize")
    words = ["+tcp" if protocol == "tcp" else "+notcp", f"+bufsize={size}" if size else "+noedns", "+ignore"]
    told = dig(served, *words, asked["qname"], asked["qtype"])
    wire = server.wire(question(asked["qname"], asked["qtype"], size), protocol, asked.get("client"))
    wanted = dns.message.from_wire(wire)
    if asked["qtype"] == "AXFR":
        assert ("; Transfer failed." in told) == (wanted.rcode() != dns.rcode.NOERROR)
        return
    compared(told, wanted)


def test_answers_follow_the_cluster() -> None:
    made = Cluster(nodes=1)
    data = question("web.default.svc.cluster.local.")
    with made.dns.listen() as served:
        assert ask(served, data).authority
        made.create("{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}")
        made.settle()
        assert ask(served, data).answer[0][0].to_text() == made.get("Service", "web").spec.cluster_ip


def ask(served: Listener, data: bytes) -> dns.message.Message:
    return dns.query.udp(dns.message.from_wire(data), served.address, port=served.port, timeout=10)


def connected(served: Listener) -> socket.socket:
    return socket.create_connection((served.address, served.port), timeout=10)


def framed(*messages: bytes) -> bytes:
    return b"".join(len(message).to_bytes(2) + message for message in messages)


def received(connection: socket.socket) -> bytes:
    """One message; empty where the server has gone away."""
    with connection.makefile("rb") as stream:
        head = stream.read(2)
        return stream.read(int.from_bytes(head)) if head else b""


def echo(data: bytes, protocol: str, client: str) -> tuple[bytes, ...]:
    return (protocol.encode() + client.encode() + data,)


def test_one_connection_carries_many_messages_in_any_pieces() -> None:
    with listen(None, echo) as served, connected(served) as connection:
        for piece in (framed(b"one", b"two")[:4], framed(b"one", b"two")[4:] + framed(b"")):
            connection.sendall(piece)
            time.sleep(0.02)
        with connection.makefile("rb") as stream:
            assert stream.read(3 * 14 + 6) == framed(*(b"tcp127.0.0.1" + each for each in (b"one", b"two", b"")))


def test_several_messages_may_answer_one_and_nothing_may() -> None:
    answers = {b"all": (b"1", b"2" * 65535, b"3"), b"none": (b"",)}
    with listen(None, lambda data, *_: answers[data]) as served, connected(served) as connection:
        connection.sendall(framed(b"none", b"all"))
        with connection.makefile("rb") as stream:
            assert stream.read(2 * 3 + 65537) == framed(*answers[b"all"])
        with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            datagrams.settimeout(0.2)
            datagrams.sendto(b"none", (served.address, served.port))
            with pytest.raises(TimeoutError):
                datagrams.recv(10)


def test_a_slow_client_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_listener, "READ", 0.1)
    with listen(None, echo) as served, connected(served) as slow, connected(served) as quick:
        slow.sendall(b"\0")
        quick.sendall(framed(b"data"))
        assert received(quick) == b"tcp127.0.0.1data"
        assert received(slow) == b""
        quick.sendall(framed(b"more"))  # it has longer for its second message
        assert received(quick) == b"tcp127.0.0.1more"


def test_a_client_that_does_not_read_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_listener, "WRITE", 0.1)
    with listen(None, lambda *_: (bytes(65535),) * 200) as served, connected(served) as deaf:
        deaf.sendall(framed(b"x"))
        time.sleep(0.3)
        assert dns_alive(served)


def dns_alive(served: Listener) -> bool:
    with connected(served) as other:
        other.sendall(framed(b"x"))
        return bool(received(other))


def test_an_error_is_servfail_and_told_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def broken(data: bytes, protocol: str, _client: str) -> tuple[bytes, ...]:
        if data[:2] == b"ab":
            raise ZeroDivisionError
        return echo(data, protocol, "")

    with caplog.at_level(logging.ERROR), listen(None, broken) as served, connected(served) as connection:
        connection.sendall(framed(b"abcd", b"cd"))
        assert received(connection)[:4] == b"ab\x80\x02"
        with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            datagrams.settimeout(10)
            for data, wanted in ((b"ab", b"ab\x80\x02"), (b"cd", b"udpc")):
                datagrams.sendto(data, (served.address, served.port))
                assert datagrams.recv(100)[:4] == wanted
    assert "ZeroDivisionError" in caplog.text


def test_the_port_is_given_back_and_conversations_end() -> None:
    served = listen(None, echo)
    with connected(served) as connection:
        connection.sendall(framed(b"x"))
        assert received(connection)
        served.close()
        served.close()
        assert received(connection) == b""
    assert "closed" in repr(served)
    with listen(None, echo, served.port) as again:
        assert (again.port, again.address) == (served.port, "127.0.0.1")
        assert not any(thread.name == f"dns-{served.port}" and not thread.daemon for thread in threading.enumerate())
        with pytest.raises(UsageError, match="cannot be listened on"):
            listen(None, echo, again.port)
    assert not [thread for thread in threading.enumerate() if thread.name == f"dns-{served.port}"]


@pytest.mark.parametrize("port", [-1, 65536, "53", None, True])
def test_what_is_no_port(cluster: Cluster, port: Any) -> None:
    with pytest.raises(UsageError, match="port: "):
        cluster.dns.listen(port)


def test_listening_loads_no_widgets() -> None:
    script = "import sys, kdisco; kdisco.Cluster(nodes=0).dns.listen().close(); print('ipywidgets' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "False\n"


def test_random_bytes_end_nothing(cluster: Cluster, served: Listener) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        for size in range(40):
            noise = struct.pack("!HHHHHH", 1, 0, 1, 0, 0, 2)[:size] + bytes(range(size))
            datagrams.sendto(noise, (served.address, served.port))
    data = question(KUBERNETES)
    assert ask(served, data).answer == dns.message.from_wire(cluster.dns.wire(data)).answer


def test_writes_and_questions_do_not_lose_one_another() -> None:
    """A cache makes each new question a step of the cluster, in another thread than the writes."""
    made = Cluster(nodes=1, dns=DnsConfig(cache=30))
    asked = [question(f"n{number}.site.example.") for number in range(60)]
    with made.dns.listen() as served:
        asking = threading.Thread(target=lambda: [ask(served, data) for data in asked])
        asking.start()
        for number in range(60):
            spec = "spec: {ports: [{port: 80}]}"
            made.create(f"{{apiVersion: v1, kind: Service, metadata: {{name: s-{number}}}, {spec}}}")
            made.run(0.1)
        asking.join()
    assert len(made.list("Service", "default")) == 61
    remembered = next(iter(made.state.remembered.values()))
    assert len(remembered.negative) == 60
