"""When NAT rewrites a packet: the destination before the route is chosen, the source after the filter rules."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from real_node import Asked, RealNode

from kdisco.net.trace import Rewrite
from kdisco.net.walk import send
from kdisco.shell.linux_namespace import inside

if TYPE_CHECKING:
    from kdisco.net.packet import Packet
    from kdisco.net.trace import Trace
    from kdisco.store.state import State

FLOWS = {  # what is sent, and what the real client is
    "a Pod asks a ClusterIP": ("pod/shop/client", "10.61.0.50", "10.111.4.20", 80),
    "the world asks a nodePort, masqueraded": ("198.51.100.7", "198.51.100.7", "192.0.2.11", 30080),
}
FAR = "10.61.1.5:8080"  # an endpoint on another node, so that every packet passes this one


def through(state: State, source: str, to: str, port: int) -> Trace:
    """A connection whose chance led to the far endpoint."""
    trace = None
    while trace is None or trace.endpoint != FAR:
        state, trace = send(state, source, to, port)
    return trace


def passing(trace: Trace) -> Packet:
    """The answer as the filter rules of alder see it."""
    return next(hop.before for hop in trace.reply if hop.kind == "filter" and hop.where == "node/alder")


@pytest.mark.parametrize("flow", FLOWS)
def test_an_answer_gets_its_old_source_on_the_way_out(shop: State, flow: str) -> None:
    source, client, to, port = FLOWS[flow]
    trace = through(shop, source, to, port)
    assert (passing(trace).source, passing(trace).destination) == ("10.61.1.5", client)
    last = [hop for hop in trace.reply if hop.where == "node/alder" and hop.rewritten][-1]
    assert isinstance(last, Rewrite)
    assert last.what == "source"
    assert last.after == trace.packet.answer


@pytest.mark.root
@pytest.mark.parametrize("flow", FLOWS)
def test_the_kernel_sees_the_same_at_its_filter_rules(shop: State, flow: str) -> None:
    source, client, to, port = FLOWS[flow]
    found = passing(through(shop, source, to, port))
    with RealNode(shop, "alder", [client]) as node:
        pairs = [(ip, client) for ip in ("10.61.0.5", "10.61.1.5", "10.61.1.6", to)]
        with inside(node.built.descriptors["node"]):
            for start, end in pairs:
                subprocess.run(["iptables", "-I", "FORWARD", "-s", start, "-d", end], check=True)
        assert FAR in node.ask(Asked(client, to, port, "tcp", 60)).ends
        with inside(node.built.descriptors["node"]):
            saved = subprocess.run(["iptables-save", "-c"], capture_output=True, text=True, check=True).stdout
    counted = {
        (start, end): int(packets)
        for packets, start, end in re.findall(r"\[(\d+):\d+\] -A FORWARD -s (\S+)/32 -d (\S+)/32\n", saved)
    }
    assert counted.keys() == set(pairs)
    assert counted[found.source, found.destination] > 0
    assert counted[to, client] == 0  # nobody has the Service's address yet
