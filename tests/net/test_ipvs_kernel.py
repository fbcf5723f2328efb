"""Packets under way in IPVS mode: exact turns across connections, what a ping gets, who keeps whom."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.net.walk import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.net.trace import Trace
    from kdisco.store.state import State

ENDS = ("10.61.0.5:8080", "10.61.1.5:8080", "10.61.1.6:8080")
VIP, CLIENT = "10.111.4.20", "pod/shop/client"
HTTP = {"port": 80, "protocol": "TCP"}


@pytest.fixture(name="ipvs", scope="module")
def _ipvs(shop: State) -> State:
    """The shop, with kube-proxy in IPVS mode."""
    return evolve(shop, config=evolve(shop.config, proxy=evolve(shop.config.proxy, mode="ipvs")))


def sent(state: State, many: int, source: str = CLIENT, to: str = VIP, port: int = 80) -> tuple[State, list[str]]:
    """Where that many new connections went."""
    found = []
    for _ in range(many):
        state, trace = send(state, source, to, port)
        assert trace.delivered, trace
        found.append(str(trace.endpoint))
    return state, found


def kinds(trace: Trace) -> list[str]:
    return [hop.kind for hop in trace.hops if hop.where == "node/alder"]


@settings(max_examples=25)
@given(st.integers(0, 5), st.integers(1, 12))
def test_round_robin_is_exact_however_many_came_before(ipvs: State, before: int, many: int) -> None:
    state, _ = sent(ipvs, before)
    _, found = sent(state, many)
    shares = [Counter(found)[end] for end in ENDS]
    assert sum(shares) == many
    assert max(shares) - min(shares) <= 1


def test_each_node_and_each_address_of_a_service_has_turns_of_its_own(ipvs: State) -> None:
    state, first = sent(ipvs, 2)
    state, by_node_port = sent(state, 1, "198.51.100.7", "192.0.2.11", 30080)
    state, of_birch = sent(state, 1, "node/birch")
    _, third = sent(state, 1)
    assert first == [ENDS[0], ENDS[1]]
    assert by_node_port == of_birch == [ENDS[0]]
    assert third == [ENDS[2]]


def test_all_packets_of_one_connection_reach_one_real_server(ipvs: State) -> None:
    found = set()
    for _ in range(4):
        ipvs, trace = send(ipvs, CLIENT, VIP, 80, flow="one")
        found.add(trace.endpoint)
    assert found == {ENDS[0]}


def test_what_comes_in_passes_input_and_goes_out_again(ipvs: State) -> None:
    _, trace = send(ipvs, CLIENT, VIP, 80, flow=40000)
    assert kinds(trace)[:6] == ["bridge", "prerouting", "filter", "dnat", "route", "filter"]
    inwards, outwards = (hop.why for hop in trace.hops if hop.kind == "filter" and hop.where == "node/alder")
    assert "INPUT" in inwards
    assert "OUTPUT" in outwards
    chosen = trace.hop("dnat")
    assert chosen is not None
    assert (chosen.before.destination, chosen.after.destination) == (VIP, "10.61.0.5")
    assert chosen.why == "IPVS TCP  10.111.4.20:80 rr: the turn of 10.61.0.5:8080"
    assert trace.reply[-1].after.source == VIP


def test_a_process_asks_from_the_address_that_it_asks_and_is_masqueraded(ipvs: State) -> None:
    state, _ = sent(ipvs, 1)
    _, trace = send(evolve(state, conntrack=ipvs.conntrack), "node/alder", VIP, 80)
    assert trace.packet.source == VIP
    snat = trace.hop("snat")
    assert snat is not None
    assert (snat.before.source, snat.after.source) == (VIP, "10.61.0.1")
    assert "filter INPUT" not in str(trace.hops)
    assert trace.reply[-1].after.destination == VIP


def test_who_reaches_itself_sees_its_node(ipvs: State) -> None:
    _, trace = send(ipvs, "pod/shop/web-1", VIP, 80)
    snat = trace.hop("snat")
    assert trace.endpoint == ENDS[0]
    assert snat is not None
    assert (snat.before.source, snat.after.source) == ("10.61.0.5", "10.61.0.1")


@pytest.mark.parametrize("source", [CLIENT, "node/alder"])
@pytest.mark.parametrize(
    ("to", "port", "protocol"),
    [
        (VIP, 0, "icmp"),  # a ping is for no port of the Service: refused, though kube-ipvs0 has the address
        (VIP, 81, "tcp"),
        (VIP, 80, "udp"),
        (VIP, 10250, "tcp"),
        ("10.111.4.21", 80, "tcp"),  # no real server
    ],
)
def test_what_is_refused_at_once(ipvs: State, source: str, to: str, port: int, protocol: str) -> None:
    _, trace = send(ipvs, source, to, port or 80, protocol)
    assert trace.verdict == "REJECT"
    assert trace.hops[-1].where == "node/alder"
    _, nobody = send(ipvs, source, "10.111.4.99", 80)
    assert nobody.verdict == "UNREACHABLE"


def test_a_ping_of_the_node_itself_is_answered(ipvs: State) -> None:
    _, trace = send(ipvs, CLIENT, "192.0.2.11", protocol="icmp")
    assert trace.delivered


def test_why_it_is_refused_is_said(ipvs: State) -> None:
    _, no_server = send(ipvs, CLIENT, "10.111.4.21", 80)
    _, no_port = send(ipvs, CLIENT, VIP, 81)
    assert "no real server" in no_server.hops[-1].why
    assert "KUBE-IPVS-FILTER" in no_port.hops[-1].why


def test_a_client_with_affinity_stays(build: Callable[..., State], doc: dict[str, Any]) -> None:
    state = build(
        doc["node"]("alder", "192.0.2.11", "10.61.0.0/24")
        + doc["service"]("web", VIP, HTTP, sessionAffinity="ClientIP")
        + doc["endpoints"]("web", 8080, *(f"10.61.0.{at}" for at in range(2, 6)))
        + "".join(doc["pod"](f"web-{at}", f"10.61.0.{at}", "alder", 8080) for at in range(2, 6))
        + doc["pod"]("client", "10.61.0.50", "alder")
        + doc["pod"]("other", "10.61.0.51", "alder"),
        mode="ipvs",
    )
    state, mine = sent(state, 3)
    state, others = sent(state, 3, "pod/shop/other")
    assert (set(mine), set(others)) == ({"10.61.0.2:8080"}, {"10.61.0.3:8080"})
    later = evolve(state, now=state.now + 10800.5)
    assert sent(later, 1)[1] == ["10.61.0.4:8080"]


def test_a_connection_outlives_its_endpoint_and_new_ones_go_elsewhere(
    build: Callable[..., State], doc: dict[str, Any]
) -> None:
    rest = doc["node"]("alder", "192.0.2.11", "10.61.0.0/24") + doc["service"]("web", VIP, HTTP)
    rest += "".join(doc["pod"](f"web-{at}", f"10.61.0.{at}", "alder", 8080) for at in (5, 6))
    rest += doc["pod"]("client", "10.61.0.50", "alder")
    before = build(rest + doc["endpoints"]("web", 8080, "10.61.0.5", "10.61.0.6"), mode="ipvs")
    after = build(rest + doc["endpoints"]("web", 8080, "10.61.0.6"), mode="ipvs")
    state, trace = send(before, CLIENT, VIP, 80, flow="old")
    state = evolve(after, conntrack=state.conntrack, draws=state.draws)
    state, same = send(state, CLIENT, VIP, 80, flow="old")
    assert trace.endpoint == same.endpoint == "10.61.0.5:8080"
    assert sent(state, 2)[1] == ["10.61.0.6:8080", "10.61.0.6:8080"]


def test_a_network_policy_is_asked_behind_ipvs(build: Callable[..., State], doc: dict[str, Any]) -> None:
    policy = (
        "---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: shut, namespace: shop}, "
        "spec: {podSelector: {}, policyTypes: [Ingress]}}\n"
    )
    state = build(
        doc["node"]("alder", "192.0.2.11", "10.61.0.0/24")
        + doc["service"]("web", VIP, HTTP)
        + doc["endpoints"]("web", 8080, "10.61.0.5")
        + doc["pod"]("web-1", "10.61.0.5", "alder", 8080)
        + doc["pod"]("client", "10.61.0.50", "alder")
        + policy,
        mode="ipvs",
    )
    _, trace = send(state, CLIENT, VIP, 80)
    assert trace.verdict == "DROP"
    assert trace.policies


def test_the_same_seed_gives_the_same_traces(ipvs: State) -> None:
    first, second = (send(ipvs, CLIENT, VIP, 80) for _ in range(2))
    assert str(first[1]) == str(second[1])
    assert first[0].conntrack == second[0].conntrack
