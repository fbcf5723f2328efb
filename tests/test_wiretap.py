"""Captures as text and as a file: what tcpdump prints of the file is what the text says, and tshark sees the NAT."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from console_scene import Scene, scene

from kdisco.errors import UsageError

if TYPE_CHECKING:
    from kdisco.wiretap import Capture

WHOLE = scene()
LINES = ("curl -s web", "curl -s empty", "dig nosuch.default.svc.cluster.local", "ping -c 1 {far}", "curl -s {far}:99",
         "nc -zvu {far} 6000", "nc -zvu {far} 53", "dig +tcp +short web.default.svc.cluster.local")


@pytest.fixture(scope="module")
def seen() -> Scene:
    """After a few commands."""
    found = Scene(WHOLE.cluster.branch())
    far = next(pod.addresses[0] for pod in found.webs if pod.spec.node_name != found.node)
    for line in LINES:
        found.sh(line.format(far=far))
    return found


def test_a_pod_sees_the_service_and_a_node_the_pod_behind_it(seen: Scene) -> None:
    own = seen.address("client")
    pod = seen.cluster.capture("pod/default/client", "eth0")
    syn = [each.packet for each in pod.packets if each.packet.dport == 80 and each.segment.flags == 2]
    assert {each.destination for each in syn} == {"10.96.0.80", "10.96.0.81"}
    behind = {each.packet.destination for pod in seen.webs
              for each in seen.cluster.capture(f"pod/default/{pod.name}").packets
              if each.packet.source == own and each.packet.dport == 8080}
    assert len(behind) == 1
    assert behind <= {each.addresses[0] for each in seen.webs}


def test_start_leaves_out_what_was_before(seen: Scene) -> None:
    cluster = seen.cluster.branch()
    start = len(cluster.history)
    assert len(cluster.capture("pod/default/client", start=start)) == 0
    cluster.sh("curl -s 10.96.0.80", pod="default/client")
    found = cluster.capture("pod/default/client", start=start)
    assert len(found) == 2
    assert [line.split()[1:3] for line in found.text.splitlines()] == [["eth0", "Out"], ["eth0", "In"]]


def test_what_cannot_be_listened_at(seen: Scene) -> None:
    for where, device in (("pod/default/nobody", None), ("node/nobody", None), ("pod/default/client", "cni0")):
        with pytest.raises(UsageError):
            seen.cluster.capture(where, device)


def real(program: str, *arguments: str) -> str:
    """What a real program prints."""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=True,
                          env={"TZ": "UTC", "PATH": "/usr/bin:/bin"})
    return done.stdout


def saved(found: Capture, folder: Path) -> str:
    """The file of a capture."""
    file = folder / "seen.pcap"
    file.write_bytes(found.pcap)
    return str(file)


@pytest.mark.peer("tcpdump")
@pytest.mark.parametrize("device", ["eth0", "flannel.1", "cni0"])
def test_the_text_is_what_tcpdump_prints_of_the_file(seen: Scene, device: str, tmp_path: Path) -> None:
    where = f"node/{seen.node}"
    found = seen.cluster.capture(where, device)
    assert len(found)
    assert real("tcpdump", "-n", "-S", "-r", saved(found, tmp_path)) == f"{found}\n"


@pytest.mark.peer("tcpdump")
def test_a_pods_text_too(seen: Scene, tmp_path: Path) -> None:
    found = seen.cluster.capture("pod/default/client", "eth0")
    assert real("tcpdump", "-n", "-S", "-r", saved(found, tmp_path)) == f"{found}\n"


@pytest.mark.peer("tshark")
def test_tshark_sees_the_question_and_the_connection_behind_nat(seen: Scene, tmp_path: Path) -> None:
    fields = ("-T", "fields", "-e", "ip.dst", "-e", "tcp.dstport", "-e", "dns.qry.name")
    inside = saved(seen.cluster.capture("pod/default/client", "eth0"), tmp_path)
    asked = real("tshark", "-r", inside, "-Y", "dns.flags.response == 0 && udp", *fields).splitlines()
    assert asked[0].split() == ["10.96.0.10", "web.default.svc.cluster.local"]
    syn = "tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.dstport in {80, 8080}"
    assert real("tshark", "-r", inside, "-Y", syn, *fields).split()[:2] == ["10.96.0.80", "80"]
    pods = {pod.addresses[0]: pod for pod in seen.webs}
    reached = []
    for pod in pods.values():
        file = saved(seen.cluster.capture(f"pod/default/{pod.name}", "eth0"), tmp_path)
        reached += [line.split() for line in real("tshark", "-r", file, "-Y", syn, *fields).splitlines()]
    assert len(reached) == 1
    assert reached[0][0] in pods
    assert reached[0][1] == "8080"
    assert real("tshark", "-r", inside, "-Y", "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0",
                "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE") == ""


def test_the_command_shows_the_same(seen: Scene) -> None:
    told = seen.sh("tcpdump -i eth0 -n")
    assert told.out == f"{seen.cluster.capture('pod/default/client', 'eth0')}\n"
    assert "listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n" in told.err
    few = seen.sh("tcpdump -ni any -c 1 udp and port 53 and dst host 10.96.0.10")
    assert len(few.out.splitlines()) == 1
    assert "1 packets captured\n" in few.err
    assert seen.sh("tcpdump -i nosuch").err == "tcpdump: nosuch: No such device exists\n(No such device exists)\n"
    assert seen.sh("tcpdump --foo").err.startswith("tcpdump: unrecognized option '--foo'\ntcpdump version 4.99.3\n")
    assert "can't parse filter expression" in seen.sh("tcpdump bogus words")
