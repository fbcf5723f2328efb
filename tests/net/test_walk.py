"""A packet's whole way, there and back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.errors import UsageError
from kdisco.net.conntrack import connections
from kdisco.net.fates import fates
from kdisco.net.trace import KINDS, VERDICTS
from kdisco.net.walk import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.net.trace import Trace
    from kdisco.store.state import State

CLIENT = "pod/shop/client"
WEB = "10.111.4.20"


def to_endpoint(state: State, source: str, ip: str, endpoint: str, port: int = 80) -> tuple[State, Trace]:
    """Send connections until one goes to an endpoint."""
    for _ in range(200):
        state, trace = send(state, source, ip, port)
        if trace.endpoint == endpoint:
            return state, trace
    pytest.fail(f"never to {endpoint}")


def test_to_a_pod_on_another_node(shop: State) -> None:
    _, trace = to_endpoint(shop, CLIENT, WEB, "10.61.1.5:8080")
    assert [(hop.kind, hop.where) for hop in trace.hops] == [
        ("pod", CLIENT),
        ("route", CLIENT),
        ("veth", CLIENT),
        ("bridge", "node/alder"),
        ("prerouting", "node/alder"),
        ("dnat", "node/alder"),
        ("route", "node/alder"),
        ("filter", "node/alder"),
        ("conntrack", "node/alder"),
        ("vxlan", "node/alder"),
        ("prerouting", "node/birch"),
        ("route", "node/birch"),
        ("filter", "node/birch"),
        ("conntrack", "node/birch"),
        ("bridge", "node/birch"),
        ("veth", "pod/shop/web-2"),
        ("pod", "pod/shop/web-2"),
        ("deliver", "pod/shop/web-2"),
    ]
    assert trace.verdict == "DELIVERED"
    assert {hop.kind for hop in (*trace.hops, *trace.reply)} <= KINDS.keys()


def test_the_destination_changes_before_the_route_is_chosen(shop: State) -> None:
    _, trace = to_endpoint(shop, CLIENT, WEB, "10.61.1.5:8080")
    on_the_node = [hop for hop in trace.hops if hop.where == "node/alder"]
    kinds = [hop.kind for hop in on_the_node]
    assert kinds.index("dnat") < kinds.index("route")
    route = on_the_node[kinds.index("route")]
    assert route.why == "10.61.1.5: 10.61.1.0/24 via 10.61.1.0 dev flannel.1 onlink"
    dnat = trace.hop("dnat")
    assert dnat is not None
    assert (dnat.before.destination, dnat.after.destination) == (WEB, "10.61.1.5")


def test_the_answer_seems_to_come_from_the_cluster_ip(shop: State) -> None:
    _, trace = to_endpoint(shop, CLIENT, WEB, "10.61.1.5:8080")
    assert trace.reply[0].before.source == "10.61.1.5"
    assert trace.reply[-1].after == trace.packet.answer
    rewritten = [hop for hop in trace.reply if hop.rewritten]
    assert [(hop.kind, hop.where) for hop in rewritten] == [("snat", "node/alder")]


def test_a_connection_keeps_its_pod_and_asks_no_rule_again(shop: State) -> None:
    state, first = send(shop, CLIENT, WEB, flow="browser")
    for _ in range(5):
        state, trace = send(state, CLIENT, WEB, flow="browser")
        assert trace.endpoint == first.endpoint
        assert trace.hop("dnat") is None
        assert trace.packet == first.packet
    assert send(state, CLIENT, WEB, flow=first.packet.sport)[1].endpoint == first.endpoint


def test_a_connection_to_a_pod_that_is_gone_still_goes_there(shop: State) -> None:
    state, first = send(shop, CLIENT, WEB, flow=40000)
    gone = next(key for key, box in state.sandboxes.items() if first.endpoint == f"{box.ips[0]}:8080")
    state = evolve(state, sandboxes=state.sandboxes.delete(gone))
    _, trace = send(state, CLIENT, WEB, flow=40000)
    assert trace.verdict == "UNREACHABLE"


def test_hairpin_comes_back_by_the_bridges_address(shop: State) -> None:
    _, trace = to_endpoint(shop, "pod/shop/web-1", WEB, "10.61.0.5:8080")
    snat = trace.hop("snat")
    assert snat is not None
    assert snat.after.source == "10.61.0.1"
    assert trace.reply[-1].after == trace.packet.answer


def test_a_nodeport_from_outside_is_masqueraded_to_the_other_node(shop: State) -> None:
    _, trace = to_endpoint(shop, "198.51.100.7", "192.0.2.11", "10.61.1.6:8080", port=30080)
    snat = trace.hop("snat")
    assert snat is not None
    assert snat.after.source == "10.61.0.0"
    assert (trace.reply[-1].kind, trace.reply[-1].after) == ("outside", trace.packet.answer)


def test_a_node_asks_too(shop: State) -> None:
    _, trace = to_endpoint(shop, "node/alder", WEB, "10.61.1.5:8080")
    assert [hop.kind for hop in trace.hops][:4] == ["process", "output", "dnat", "route"]
    assert trace.packet.source == "192.0.2.11"


@pytest.mark.parametrize(
    ("source", "to", "port", "verdict"),
    [
        (CLIENT, "10.111.4.21", 80, "REJECT"),
        (CLIENT, WEB, 81, "UNREACHABLE"),
        (CLIENT, "10.111.77.77", 80, "UNREACHABLE"),
        (CLIENT, "10.61.1.5", 9999, "REFUSED"),
        (CLIENT, "10.61.1.99", 80, "UNREACHABLE"),
        (CLIENT, "192.0.2.99", 80, "UNREACHABLE"),
        (CLIENT, "203.0.113.9", 443, "LEFT"),
        (CLIENT, "192.0.2.12", 10250, "DELIVERED"),
        (CLIENT, "fd00::1", 80, "UNREACHABLE"),
        ("198.51.100.7", WEB, 80, "UNREACHABLE"),
        ("198.51.100.7", "127.0.0.1", 80, "UNREACHABLE"),
        ("shop/client", "10.61.0.5", 8080, "DELIVERED"),
    ],
)
def test_verdicts(shop: State, source: str, to: str, port: int, verdict: str) -> None:
    _, trace = send(shop, source, to, port)
    assert trace.verdict == verdict
    assert verdict in VERDICTS
    assert str(trace)


def test_a_cluster_ip_without_such_a_port_leaves_by_the_default_route(shop: State) -> None:
    _, trace = send(shop, CLIENT, WEB, 81)
    assert [hop.why for hop in trace.hops if hop.kind == "route"][-1] == f"{WEB}: default via 192.0.2.1 dev eth0"


def test_a_pod_answers_only_while_its_containers_run(shop: State) -> None:
    box = shop.sandboxes["shop", "web-1"]
    state = evolve(shop, sandboxes=shop.sandboxes.set(box.pod, evolve(box, started=None)))
    assert send(state, CLIENT, "10.61.0.5", 8080)[1].verdict == "REFUSED"


def test_affinity_keeps_a_client_on_one_pod(build: Callable[..., State], doc: dict[str, Any]) -> None:
    port = {"port": 80, "protocol": "TCP"}
    affinity = {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 100}}}
    text = doc["node"]("alder", "192.0.2.11", "10.61.0.0/24") + doc["service"]("s", WEB, port, **affinity)
    text += doc["endpoints"]("s", 8080, *(f"10.61.0.{at}" for at in range(2, 12)))
    text += doc["pod"]("client", "10.61.0.50", "alder")
    text += "".join(doc["pod"](f"web-{at}", f"10.61.0.{at}", "alder", 8080) for at in range(2, 12))
    state, first = send(build(text), CLIENT, WEB)
    for _ in range(8):
        state, trace = send(evolve(state, now=state.now + 99), CLIENT, WEB)
        assert trace.endpoint == first.endpoint
    later = evolve(state, now=state.now + 101)
    ends = set()
    for _ in range(10):
        ends.add(send(later, CLIENT, WEB)[1].endpoint)
        later = evolve(later, draws=later.draws + 1)
    assert len(ends) > 1


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
@pytest.mark.parametrize(("to", "port", "noted"), [("192.0.2.11", 30080, True), ("10.111.0.1", 80, False)])
def test_what_a_node_sends_itself_is_noted_before_it_is_refused_on_its_way_in(
    build: Callable[..., State], doc: dict[str, Any], mode: str, to: str, port: int, noted: bool  # noqa: FBT001 - a row
) -> None:
    """The kernel confirms a connection when its packet leaves, by lo too; what OUTPUT refuses never leaves."""
    empty = doc["service"]("empty", "10.111.0.1", {"port": 80, "nodePort": 30080}, type="NodePort")
    state, trace = send(build(doc["node"]("alder", "192.0.2.11") + empty, mode=mode), "node/alder", to, port)
    assert trace.verdict == "REJECT"
    assert [entry.state for entry in connections(state, "alder")] == ["SYN_SENT"] * noted


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("pod/shop/nobody", 'pods "nobody" not found in namespace "shop"'),
        ("node/oak", 'nodes "oak" not found'),
        ("web", "'web' is not an IP address"),
    ],
)
def test_who_is_not_there_cannot_send(shop: State, source: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        send(shop, source, WEB)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32), flow=st.one_of(st.none(), st.integers(1, 65535), st.text(max_size=5)))
def test_a_send_is_a_function_and_ends_where_fates_says(shop: State, seed: int, flow: Any) -> None:
    state = evolve(shop, config=evolve(shop.config, seed=seed))
    after, trace = send(state, CLIENT, WEB, flow=flow)
    assert send(state, CLIENT, WEB, flow=flow) == (after, trace)
    assert trace.endpoint in {fate.endpoint for fate in fates(state, "alder", "10.61.0.50", WEB, 80)}
    assert state.conntrack == {}
    assert state.draws == 0


def test_dice_are_fair(shop: State) -> None:
    state, counts = shop, Counter[str | None]()
    for _ in range(600):
        state, trace = send(state, CLIENT, WEB)
        counts[trace.endpoint] += 1
    assert len(counts) == 3
    assert all(150 < count < 250 for count in counts.values())
