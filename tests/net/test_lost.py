"""What gets lost between two machines, and that nothing gets lost between those with which nothing is wrong."""

from __future__ import annotations

import pytest
from attrs import evolve

from kdisco import Cluster
from kdisco.examples import application
from kdisco.model.frozen import FrozenMap
from kdisco.net.lost import host, lost, most_connections
from kdisco.net.walk import send
from kdisco.store.host import Host
from kdisco.store.state import State


@pytest.fixture(scope="module")
def settled() -> State:
    cluster = Cluster(nodes=3)
    cluster.create(application("web", 3))
    return cluster.settle().state


def having(state: State, **hosts: Host) -> State:
    """A state in which something is wrong with some machines; their names without the dash."""
    return evolve(state, hosts=FrozenMap({name.replace("node", "node-"): each for name, each in hosts.items()}))


@pytest.mark.parametrize(
    ("here", "there", "wrapped", "words"),
    [
        ("node-1", "node-2", False, ""),
        ("node-1", "node-3", False, "node node-3 is switched off"),
        ("node-3", "node-3", False, "node node-3 is switched off"),
        ("", "node-3", False, "node node-3 is switched off"),
        ("node-2", "node-4", False, "nothing passes the network card of node node-4"),
        ("node-4", "", False, "nothing passes the network card of node node-4"),
        ("node-4", "node-4", False, ""),
        ("node-1", "node-2", True, "the firewall of node node-2 drops UDP port 8472 from node-1"),
        ("node-2", "node-1", True, "the firewall of node node-2 drops UDP port 8472 to node-1"),
    ],
)
def test_why_a_packet_is_lost(settled: State, here: str, there: str, wrapped: bool, words: str) -> None:  # noqa: FBT001
    state = having(
        settled, node2=Host(blocked=frozenset({"node-1"})), node3=Host(down=True), node4=Host(cut=True)
    )
    assert lost(state, here, there, wrapped=wrapped) == words


def test_nothing_is_lost_where_nothing_is_wrong(settled: State) -> None:
    assert lost(settled, "node-1", "node-2", wrapped=True) == ""
    assert host(settled, "node-1") == Host()
    assert most_connections(settled, "node-1") == settled.config.proxy.conntrack_max
    assert most_connections(having(settled, node1=Host(conntrack_max=7)), "node-1") == 7


def test_a_packet_to_a_machine_without_power_ends_as_lost(settled: State) -> None:
    pods = {pod.spec.node_name: pod for pod in settled.view.list("pods", "default")}
    state = having(settled, node3=Host(down=True))
    for source in (f"pod/default/{pods['node-1'].name}", "node/node-2"):
        trace = send(state, source, pods["node-3"].addresses[0], 8080)[1]
        assert (trace.verdict, trace.hops[-1].kind) == ("LOST", "lost")
    own = send(state, f"pod/default/{pods['node-3'].name}", pods["node-1"].addresses[0], 8080)[1]
    assert (own.verdict, len(own.hops)) == ("LOST", 2)
    own_ip = state.view.get("nodes", ("", "node-3")).internal_ips[0]
    assert send(state, "203.0.113.5", own_ip, 10250)[1].verdict == "LOST"
    assert send(state, "node/node-1", pods["node-2"].addresses[0], 8080)[1].delivered


def test_a_firewall_that_knows_vxlan_lets_node_addresses_through(settled: State) -> None:
    pods = {pod.spec.node_name: pod for pod in settled.view.list("pods", "default")}
    state = having(settled, node2=Host(blocked=frozenset({"node-1"})))
    assert send(state, "node/node-1", pods["node-2"].addresses[0], 8080)[1].verdict == "LOST"
    assert send(state, "node/node-1", state.view.get("nodes", ("", "node-2")).internal_ips[0], 10250)[1].delivered
    assert send(state, "node/node-3", pods["node-2"].addresses[0], 8080)[1].delivered
