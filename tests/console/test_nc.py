"""nc -z: which ports are open."""

from __future__ import annotations

import pytest
from console_scene import Scene, scene

WHOLE = scene()


@pytest.mark.parametrize(
    ("line", "words", "status"),
    [
        ("nc -zv web 80", "Connection to web (10.96.0.80) 80 port [tcp/http] succeeded!", 0),
        ("nc -zv 10.96.0.80 80", "Connection to 10.96.0.80 80 port [tcp/http] succeeded!", 0),
        ("nc -z web 80", "", 0),
        ("nc -zv empty 80", "nc: connect to empty (10.96.0.81) port 80 (tcp) failed: Connection refused", 1),
        ("nc -zv -w 1 shut 80",
         "nc: connect to shut (10.96.0.82) port 80 (tcp) timed out: Operation now in progress", 1),
        ("nc -zv shut 80", "nc: connect to shut (10.96.0.82) port 80 (tcp) failed: Connection timed out", 1),
        ("nc -zv nosuch 80", 'nc: getaddrinfo for host "nosuch" port 80: Name or service not known', 1),
        ("nc -zv web", "nc: missing port number", 1),
        ("nc -zv web abc", "nc: port number invalid: abc", 1),
        ("nc -zv web 99999", "nc: port number too large: 99999", 1),
        ("nc -zvu kube-dns.kube-system 53",
         "Connection to kube-dns.kube-system (10.96.0.10) 53 port [udp/domain] succeeded!", 0),
        ("nc -zu empty 53", "", 0),  # sends nothing: without -v nobody would hear of it
        ("nc web 80", "nc: only -z is modelled here: nc -zv HOST PORT", 1),
    ],
)
def test_a_port(line: str, words: str, status: int) -> None:
    found = Scene(WHOLE.cluster.branch()).sh(line)
    assert (found.out, found.err.rstrip("\n"), found.exit) == ("", words, status)


def test_a_range_of_ports() -> None:
    web = Scene(WHOLE.cluster.branch())
    found = web.sh(f"nc -zv {web.webs[0].addresses[0]} 8079-8081")
    assert [line.split()[-1] for line in found.splitlines()] == ["refused", "succeeded!", "refused"]
    assert found.exit == 0
