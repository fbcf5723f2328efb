"""What tcpdump sees of a connection's first two packets, in the kernel and in the model."""

from __future__ import annotations

import json
import re
import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from kdisco import Cluster, ProxyConfig
from kdisco.net.link import hardware_address
from kdisco.shell.linux_build import Built
from kdisco.shell.linux_listen import Answering
from kdisco.shell.linux_namespace import inside
from kdisco.shell.linux_plan import planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kdisco.net.capture import Captured

    Sight = tuple[str | None, ...]

TAP = ("tcpdump", "-n", "-e", "-v", "-l", "tcp and tcp[tcpflags] & tcp-syn != 0", "-i")
LINE = re.compile(
    r"\S+ (?:(?P<device>\S+) +(?P<way>In|Out|P) +ifindex \d+ )?(?P<mac>\S+) .*?ttl (?P<ttl>\d+),.*?"
    r"(?P<source>[\d.]+)\.\d+ > (?P<destination>[\d.]+)\.\d+: Flags"
)


def pod(name: str, node: str) -> str:
    """A Pod on a node that listens on 8080, and a Service of it alone, at nodePorts too."""
    labels = {"app": name}
    container = {"name": "c", "image": "c", "ports": [{"containerPort": 8080}]}
    spec = {"nodeName": node, "containers": [container]}
    port = {"port": 80, "targetPort": 8080}
    documents: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
         "spec": {"selector": labels, "type": "NodePort", "ports": [port]}},
    ]
    return "".join(f"---\n{json.dumps(each)}\n" for each in documents)


@pytest.fixture(scope="module", params=["iptables", "nftables"])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """Two Pods on one node, a third on another."""
    made = Cluster(nodes=2, proxy=ProxyConfig(mode=request.param))
    made.apply(pod("asker", "node-1") + pod("near", "node-1") + pod("far", "node-2"))
    return made.settle()


@pytest.fixture(scope="module")
def built(cluster: Cluster) -> Iterator[Built]:
    """The same in the kernel, with somebody listening."""
    spaces = planned(cluster.state)
    with ExitStack() as stack:
        made = stack.enter_context(Built(spaces))
        stack.enter_context(Answering(cluster, spaces, made))
        for each in cluster.list("pods", "default"):  # who is next door is known: else cni0 asks, and is seen to
            ip, mac = each.addresses[0], hardware_address(f"pod/default/{each.name}", "eth0")
            with inside(made.descriptors[f"node/{each.spec.node_name}"]):
                command = ["ip", "neigh", "replace", ip, "lladdr", mac, "dev", "cni0", "nud", "permanent"]
                subprocess.run(command, check=True)
                subprocess.run(["curl", "-s", f"http://{ip}:8080/"], capture_output=True, check=True)
        yield made


def heard(built: Built, where: str, source: str, url: str, device: str = "any") -> list[Sight]:
    """What tcpdump prints at a machine of one connection; at one device it does not say at which and which way."""
    with ExitStack() as stack:
        with inside(built.descriptors[where]):
            begun = subprocess.Popen([*TAP, device], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            tap = stack.enter_context(begun)
        assert tap.stderr is not None
        while "listening" not in (line := tap.stderr.readline()):
            assert line, "tcpdump has ended"
        with inside(built.descriptors[source]):
            subprocess.run(["curl", "-s", "-m", "5", url], capture_output=True, check=True)
        time.sleep(0.3)
        tap.terminate()
        told = tap.communicate()[0].replace("\n    ", " ")
    return [tuple(found.groupdict().values()) for found in map(LINE.match, told.splitlines()) if found]


def expected(seen: tuple[Captured, ...]) -> list[Sight]:
    """The same of the model, but for what travels wrapped: there tcpdump sees UDP."""
    return [
        (
            each.interface,
            "P" if each.direction == "In" and each.interface.startswith("veth") else each.direction,
            each.ethernet[0],
            str(each.segment.ttl),
            each.packet.source,
            each.packet.destination,
        )
        for each in seen
        if each.outer is None
    ]


@pytest.mark.root
@pytest.mark.peer("tcpdump", "curl")
@pytest.mark.parametrize("to", ["near", "far", "asker", "far by a nodePort", "near by a nodePort", "near, no Service"])
def test_every_device_sees_what_the_model_says(cluster: Cluster, built: Built, to: str) -> None:
    name = to.split(maxsplit=1)[0].strip(",")
    service, end = cluster.get("service", name), cluster.get("pod", name)
    far = cluster.get("node", "node-2").internal_ips[0]
    ip, port = service.spec.cluster_ip, 80
    if "nodePort" in to:
        ip, port = far, service.spec.ports[0].node_port
    elif "no Service" in to:
        ip, port = end.addresses[0], 8080
    url = f"http://{ip}:{port}/"
    trace = cluster.branch().send("pod/default/asker", ip, port)
    bridge = [(None, None, *rest) for _, _, *rest in expected(trace.capture("cni0", "node/node-1"))]
    if cluster.state.config.proxy.mode == "iptables":  # with nftables' rules the kernel routes the copy once more
        assert heard(built, "node/node-1", "pod/default/asker", url, "cni0") == bridge
    for where in ("node/node-1", "node/node-2", "pod/default/asker", f"pod/default/{name}"):
        assert (where, heard(built, where, "pod/default/asker", url)) == (where, expected(trace.capture(where=where)))
