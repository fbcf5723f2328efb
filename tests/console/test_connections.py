"""conntrack and ss: connections as a kernel tracks them, and as sockets."""

from __future__ import annotations

import re

import pytest
from console_scene import Scene, scene

WHOLE = scene()


@pytest.fixture
def web() -> Scene:
    """After one connection that is over and one that is open."""
    found = Scene(WHOLE.cluster.branch())
    found.sh("curl -s 10.96.0.80")
    found.cluster.send("pod/default/client", "10.96.0.80", flow=40000)
    return found


def test_conntrack_lists_and_counts(web: Scene) -> None:
    found = web.sh("conntrack -L -p tcp -d 10.96.0.80", node=web.node)
    assert sorted(line.split()[3] for line in found.out.splitlines()) == ["ESTABLISHED", "TIME_WAIT"]
    assert found.err == "conntrack v1.4.7 (conntrack-tools): 2 flow entries have been shown.\n"
    one = web.sh("conntrack -L --sport 40000", node=web.node).out
    assert one.strip() in web.cluster.conntrack(web.node)
    assert web.sh("conntrack -L --sport 40000 -o extended", node=web.node).out == f"ipv4     2 {one}"
    assert web.sh("conntrack -C -p udp -s 10.244.0.250", node=web.node) == "0\n"
    assert web.sh(f"conntrack -L -q {web.address('client')} -p tcp", node=web.node).out == found.out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("conntrack --foo", "unknown option `--foo'"), ("conntrack -L -p foo", "`foo' unsupported protocol"),
        ("conntrack -L -s x", "Invalid IP address `x'"), ("conntrack -L -o foo", "Bad parameter `foo'"),
    ],
)
def test_conntrack_refuses(line: str, words: str) -> None:
    found = WHOLE.sh(line, node="node-1")
    hint = "Try `conntrack -h' or 'conntrack --help' for more information."
    assert (found, found.exit) == (f"conntrack v1.4.7 (conntrack-tools): {words}\n{hint}\n", 2)


def test_sockets_of_who_asks_and_who_answers(web: Scene) -> None:
    own = web.address("client")
    assert web.sh("ss -tnH").split() == ["ESTAB", "0", "0", f"{own}:40000", "10.96.0.80:80"]
    everything = web.sh("ss -tan").splitlines()
    assert everything[0].split()[0] == "State"
    assert sorted(line.split()[0] for line in everything[1:]) == ["ESTAB", "TIME-WAIT"]
    rows = [(pod, line.split()) for pod in web.webs for line in web.sh("ss -tnH", pod=pod.name).splitlines()]
    assert [row[3:] for _, row in rows] == [[f"{pod.addresses[0]}:8080", f"{own}:40000"] for pod, _ in rows]
    assert len(rows) == 1


def test_who_listens(web: Scene) -> None:
    told = web.sh("ss -tln", pod=web.webs[0].name)
    assert told == (
        "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n"
        "LISTEN 0      4096         0.0.0.0:8080      0.0.0.0:*          \n"
    )
    assert "0.0.0.0:10250" in web.sh("ss -tln", node=web.node)


def test_ss_refuses() -> None:
    found = WHOLE.sh("ss --foo")
    assert found.startswith("ss: unrecognized option '--foo'\nUsage: ss [ OPTIONS ]\n")
    assert found.exit == 255
    assert re.match(r"ss: a filter is not modelled here: dst", WHOLE.sh("ss dst 10.0.0.1"))
