"""UDP connections to who is gone: kube-proxy takes them out; TCP connections stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from kdisco import Cluster
from kdisco.net.conntrack import Conntrack, Entry, connections
from kdisco.net.packet import Packet
from kdisco.net.stale import is_stale, swept
from kdisco.net.walk import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

VIP, PUBLIC, CLIENT = "10.111.4.20", "198.51.100.99", "10.61.0.50"
HERE, THERE = "10.61.0.2", "10.61.0.3"


@pytest.fixture(name="made")
def _made(build: Callable[..., State], doc: dict[str, Any]) -> Callable[..., State]:
    """A UDP Service of these endpoints, on port 53 of three addresses and nodePort 30053."""
    port = {"port": 53, "protocol": "UDP", "nodePort": 30053}
    nodes = doc["node"]("alder", "192.0.2.11", "10.61.0.0/24") + doc["pod"]("client", CLIENT, "alder")
    service = doc["service"]("dns", VIP, port, type="NodePort", externalIPs=[PUBLIC])

    def made(*ends: Any) -> State:
        return build(nodes + service + doc["endpoints"]("dns", 5353, *ends).replace("TCP", "UDP"))

    return made


def entry(to: str, port: int, answers: str, protocol: str = "udp") -> Entry:
    """A connection from the client that an address answers."""
    asked = Packet(CLIENT, 40000, to, port, protocol)
    return Entry.of(asked, asked.to(answers, 5353), 0.0)


@pytest.mark.parametrize(
    ("to", "port", "answers", "stale"),
    [
        (VIP, 53, HERE, False),
        (VIP, 53, THERE, True),
        (VIP, 53, VIP, True),  # it was sent while nobody served, and rewritten by nothing
        (PUBLIC, 53, THERE, True),
        ("192.0.2.11", 30053, THERE, True),
        ("192.0.2.11", 30053, HERE, False),
        ("203.0.113.1", 30053, "203.0.113.1", True),  # a nodePort is one on every address, even on those of others
        (VIP, 54, VIP, False),
        (THERE, 5353, THERE, False),
    ],
)
def test_which_entries_go(made: Callable[..., State], to: str, port: int, answers: str, stale: bool) -> None:  # noqa: FBT001 - a row
    assert is_stale(made(HERE), "alder", entry(to, port, answers)) is stale


def test_tcp_stays(made: Callable[..., State]) -> None:
    assert not is_stale(made(HERE), "alder", entry(VIP, 53, THERE, "tcp"))


def test_while_nobody_serves_everything_stays(made: Callable[..., State]) -> None:
    gone = {"addresses": [HERE], "conditions": {"ready": False, "serving": False}}
    assert not is_stale(made(gone), "alder", entry(VIP, 53, THERE))
    assert not is_stale(made(), "alder", entry(VIP, 53, THERE))


def test_who_serves_while_it_terminates_keeps_its_connections(made: Callable[..., State]) -> None:
    leaving = {"addresses": [THERE], "conditions": {"ready": False, "serving": True, "terminating": True}}
    assert not is_stale(made(HERE, leaving), "alder", entry(VIP, 53, THERE))


def tracking(state: State, *entries: Entry) -> State:
    """A state in which the first node tracks these connections."""
    table = Conntrack()
    for each in entries:
        table = table.track(each)
    return evolve(state, conntrack=state.conntrack.merged({"alder": table}))


def test_a_change_of_udp_endpoints_makes_it_look(made: Callable[..., State]) -> None:
    kept = evolve(entry(VIP, 53, HERE), original=("udp", CLIENT, 1, VIP, 53))
    before, after = (tracking(made(*ends), entry(VIP, 53, THERE), kept) for ends in ((HERE, THERE), (HERE,)))
    assert [each.reply[1] for each in connections(after, "alder")] == [HERE, THERE]
    assert [each.reply[1] for each in connections(swept(before, after), "alder")] == [HERE]
    again = tracking(made(HERE), entry(VIP, 53, THERE))
    assert swept(again, evolve(again, seen=again.seen.merged({}))) == again, "nothing has changed: nobody looks"


def test_who_comes_back_does_not_find_old_connections(made: Callable[..., State]) -> None:
    both = tracking(made(HERE, THERE), entry(VIP, 53, THERE))
    alone = swept(both, evolve(made(HERE), conntrack=both.conntrack))
    again = swept(alone, evolve(made(HERE, THERE), conntrack=alone.conntrack))
    assert connections(again, "alder") == ()


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_the_affinity_to_an_endpoint_goes_with_its_rules(
    build: Callable[..., State], doc: dict[str, Any], mode: str
) -> None:
    node = doc["node"]("alder", "192.0.2.11", "10.61.0.0/24") + doc["pod"]("client", CLIENT, "alder")
    node += doc["pod"]("here", HERE, "alder", 80) + doc["pod"]("there", THERE, "alder", 80)
    service = node + doc["service"]("web", VIP, {"port": 80}, sessionAffinity="ClientIP")
    both, alone = (build(service + doc["endpoints"]("web", 80, *ends), mode=mode) for ends in ((HERE, THERE), (HERE,)))
    state, endpoint = both, ""
    for flow in range(1, 30):
        bound, trace = send(state, "pod/shop/client", VIP, flow=flow, close=True)
        endpoint = str(trace.endpoint)
        if endpoint == f"{THERE}:80":
            break
        state, _ = send(state, "node/alder", "203.0.113.1")  # another throw of the dice
    assert endpoint == f"{THERE}:80"
    assert send(bound, "pod/shop/client", VIP, flow=99)[1].endpoint == f"{THERE}:80"
    moved = swept(bound, evolve(alone, conntrack=bound.conntrack))
    assert send(moved, "pod/shop/client", VIP, flow=99)[1].endpoint == f"{HERE}:80"
    back = swept(moved, evolve(both, conntrack=moved.conntrack))
    assert back.conntrack["alder"].recent == Conntrack().recent


def test_an_answer_by_another_nodes_nodeport_finds_the_pod_that_asked() -> None:
    """Of the entry on its own node kube-proxy could think that it is stale, but nothing makes it look."""
    cluster = Cluster(nodes=2, seed=3)
    cluster.create("{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: c}]}}")
    cluster.patch("service", "kube-dns", {"spec": {"type": "NodePort"}}, "kube-system")
    cluster.settle()
    here = cluster.get("pod", "client").spec.node_name
    there = next(node for node in cluster.list("nodes") if node.name != here).internal_ips[0]
    port = cluster.get("service", "kube-dns", "kube-system").spec.ports[0].node_port
    for _ in range(12):
        trace = cluster.send("pod/default/client", there, port, "udp", flow=40000)
        assert (trace.delivered, trace.reply[-1].where) == (True, "pod/default/client")
    assert sum("sport=40000" in line for line in cluster.conntrack(here)) == 1


def test_coredns_moves_and_the_client_with_its_old_port_follows() -> None:
    cluster = Cluster(nodes=2, seed=3)
    cluster.create("{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: c}]}}")
    cluster.settle()
    node = cluster.get("Pod", "client").spec.node_name
    first = cluster.send("pod/default/client", "10.96.0.10", 53, "udp", flow=40000)
    assert first.endpoint is not None
    ip = first.endpoint.partition(":")[0]
    served = next(pod for pod in cluster.list("Pod", "kube-system") if ip in pod.addresses)
    cluster.hold(f"kube-proxy@{node}")
    cluster.delete("Pod", served.name, "kube-system", grace_period=0)
    cluster.settle()
    lost = cluster.send("pod/default/client", "10.96.0.10", 53, "udp", flow=40000)
    assert lost.verdict == "UNREACHABLE", "kube-proxy has not heard: the entry leads to who is gone"
    assert any(f"src={ip}" in line for line in cluster.conntrack(node))
    cluster.release(f"kube-proxy@{node}")
    cluster.settle()
    assert not any(f"src={ip} " in line for line in cluster.conntrack(node))
    again = cluster.send("pod/default/client", "10.96.0.10", 53, "udp", flow=40000)
    assert again.delivered
    assert again.endpoint != first.endpoint


def test_a_tcp_connection_to_who_is_gone_stays_and_goes_nowhere() -> None:
    cluster = Cluster(nodes=2, seed=3)
    cluster.create("{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: c}]}}")
    cluster.settle()
    first = cluster.send("pod/default/client", "10.96.0.10", 53, flow=40000)
    assert first.endpoint is not None
    ip = first.endpoint.partition(":")[0]
    served = next(pod for pod in cluster.list("Pod", "kube-system") if ip in pod.addresses)
    cluster.delete("Pod", served.name, "kube-system", grace_period=0)
    cluster.settle()
    assert cluster.send("pod/default/client", "10.96.0.10", 53, flow=40000).verdict == "UNREACHABLE"
    assert cluster.send("pod/default/client", "10.96.0.10", 53).delivered
