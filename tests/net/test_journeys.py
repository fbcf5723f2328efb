"""Golden journeys: whole traces as text, one for each way that a packet can take. ``pytest --rewrite`` renews them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from kdisco.net.trace import Deliver, Drop, Encapsulate, Refuse, Reject, Rewrite, Route, Session
from kdisco.net.walk import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.net.trace import Trace
    from kdisco.store.state import State

JOURNEYS = Path(__file__).parent / "journeys"
CLIENT, WEB, LONELY, NEAR = "pod/shop/client", "10.111.4.20", "10.111.4.22", "10.111.4.23"
OUTSIDE, ALDER, BIRCH = "198.51.100.7", "192.0.2.11", "192.0.2.12"
HERE, THERE = "10.61.0.5:8080", "10.61.1.5:8080"

WAYS: dict[str, tuple[str, str, int, str, str]] = {  # by name: from, to, port, protocol, which endpoint ("": any)
    "a Service, the Pod is on another node": (CLIENT, WEB, 80, "tcp", THERE),
    "a Service, the Pod is beside": (CLIENT, WEB, 80, "tcp", HERE),
    "a Service, the Pod is the client itself": ("pod/shop/web-1", WEB, 80, "tcp", HERE),
    "a Service, asked by a node": ("node/alder", WEB, 80, "tcp", THERE),
    "a Service, asked by a Pod on the host network": ("pod/shop/agent", WEB, 80, "tcp", HERE),
    "a Service, the Pod is on the host network": (CLIENT, "10.111.4.24", 80, "tcp", "192.0.2.12:9100"),
    "a nodePort from outside, the Pod is on another node": (OUTSIDE, ALDER, 30080, "tcp", THERE),
    "a nodePort from outside, the Pod is on that node": (OUTSIDE, ALDER, 30080, "tcp", HERE),
    "a Pod on another node": (CLIENT, "10.61.1.5", 8080, "tcp", ""),
    "the world": (CLIENT, "203.0.113.9", 443, "tcp", ""),
    "the Pod's own node": (CLIENT, ALDER, 10250, "tcp", ""),
    "a Pod where nobody listens": (CLIENT, "10.61.1.5", 9999, "tcp", ""),
    "a Pod that is not there": (CLIENT, "10.61.0.99", 8080, "tcp", ""),
}
VERDICTS: dict[str, tuple[str, str, int, str, str, str]] = {  # the same, and the verdict in iptables, nftables mode
    "a ping of a ClusterIP": (CLIENT, WEB, 0, "icmp", "UNREACHABLE", "REJECT"),
    "a port that the Service lacks": (CLIENT, WEB, 81, "tcp", "UNREACHABLE", "REJECT"),
    "a Service whose Pods are not ready": (CLIENT, LONELY, 80, "tcp", "REJECT", "REJECT"),
    "a Service without an endpoint on this node": (CLIENT, NEAR, 80, "tcp", "DROP", "DROP"),
    "the nodePort of another node, local only": (OUTSIDE, ALDER, 30083, "tcp", "DROP", "DROP"),
}


@pytest.fixture(name="town", scope="module")
def _town(build: Callable[..., State], doc: dict[str, Any]) -> Callable[..., State]:
    """The shop with what else a packet can meet; keywords are kube-proxy's flags."""
    near = {"type": "NodePort", "internalTrafficPolicy": "Local", "externalTrafficPolicy": "Local"}
    text = (
        doc["node"]("alder", ALDER, "10.61.0.0/24")
        + doc["node"]("birch", BIRCH, "10.61.1.0/24")
        + doc["service"]("web", WEB, {"port": 80, "nodePort": 30080}, type="NodePort")
        + doc["endpoints"](
            "web",
            8080,
            {"addresses": ["10.61.0.5"], "nodeName": "alder"},
            {"addresses": ["10.61.1.5"], "nodeName": "birch"},
        )
        + doc["service"]("lonely", LONELY, {"port": 80})
        + doc["endpoints"]("lonely", 8080, {"addresses": ["10.61.1.6"], "conditions": {"ready": False}})
        + doc["service"]("near", NEAR, {"port": 80, "nodePort": 30083}, **near)
        + doc["endpoints"]("near", 8080, {"addresses": ["10.61.1.5"], "nodeName": "birch"})
        + doc["service"]("agent", "10.111.4.24", {"port": 80})
        + doc["endpoints"]("agent", 9100, {"addresses": [BIRCH], "nodeName": "birch"})
        + doc["pod"]("client", "10.61.0.50", "alder")
        + doc["pod"]("web-1", "10.61.0.5", "alder", 8080)
        + doc["pod"]("web-2", "10.61.1.5", "birch", 8080)
        + doc["pod"]("agent", BIRCH, "birch", 9100)
    )
    return lambda **flags: build(text, **flags)


def sent(state: State, source: str, to: str, port: int, protocol: str, endpoint: str) -> Trace:
    """The first connection that goes to an endpoint."""
    for flow in range(40000, 40100):
        state, trace = send(state, source, to, port, protocol, flow)
        if endpoint in ("", trace.endpoint):
            return trace
    pytest.fail(f"never to {endpoint}")


def told(name: str, trace: Trace, rewrite: bool) -> None:  # noqa: FBT001 - the fixture
    """Compare a trace with how it was told."""
    path = JOURNEYS / f"{name.replace(' ', '-').replace(',', '')}.txt"
    if rewrite:
        path.write_text(f"{trace}\n")
    assert f"{trace}\n" == path.read_text()


@pytest.mark.parametrize("name", WAYS)
def test_a_journey(town: Callable[..., State], name: str, rewrite: bool) -> None:  # noqa: FBT001 - the fixture
    told(name, sent(town(), *WAYS[name]), rewrite)


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
@pytest.mark.parametrize("name", VERDICTS)
def test_where_a_journey_ends(town: Callable[..., State], name: str, mode: str, rewrite: bool) -> None:  # noqa: FBT001 - the fixture
    source, to, port, protocol, iptables, nftables = VERDICTS[name]
    trace = sent(town(mode=mode), source, to, port, protocol, "")
    assert trace.verdict == {"iptables": iptables, "nftables": nftables}[mode]
    told(f"{name}, {mode}", trace, rewrite)


def test_no_journey_is_told_that_is_not_made() -> None:
    names = [*WAYS, *(f"{name}, {mode}" for name in VERDICTS for mode in ("iptables", "nftables"))]
    made = {f"{name.replace(' ', '-').replace(',', '')}.txt" for name in names}
    assert {path.name for path in JOURNEYS.iterdir()} == made


@pytest.mark.parametrize("name", WAYS)
def test_every_hop_has_its_type_its_reason_and_what_belongs_to_it(town: Callable[..., State], name: str) -> None:
    trace = sent(town(), *WAYS[name])
    types = {
        "route": Route,
        "dnat": Rewrite,
        "snat": Rewrite,
        "vxlan": Encapsulate,
        "conntrack": Session,
        "deliver": Deliver,
        "refuse": Refuse,
        "reject": Reject,
        "drop": Drop,
    }
    for hop in (*trace.hops, *trace.reply):
        assert isinstance(hop, types.get(hop.kind, object)), hop
        assert hop.why
        changed = hop.before.with_mark(0) != hop.after.with_mark(0)
        assert not changed or hop.kind in ("dnat", "snat", "conntrack"), "nothing else rewrites a packet"
        if isinstance(hop, Rewrite):
            assert hop.what in ("source", "destination", "source and destination")


@pytest.mark.parametrize("name", WAYS)
def test_hops_follow_one_another_and_the_answer_undoes_what_was_done(town: Callable[..., State], name: str) -> None:
    trace = sent(town(), *WAYS[name])
    for way in (trace.hops, trace.reply):
        for before, after in pairwise(way):
            assert before.after.with_mark(0) == after.before.with_mark(0), (before, after)
    if trace.reply:
        assert trace.reply[0].before == trace.hops[-1].after.answer
        assert trace.reply[-1].after == trace.packet.answer


def test_one_connection_is_one_pod_and_many_connections_are_many(town: Callable[..., State]) -> None:
    state, first = send(town(), CLIENT, WEB, flow=40000)
    for _ in range(50):
        state, trace = send(state, CLIENT, WEB, flow=40000)
        assert trace.endpoint == first.endpoint
    ends = set()
    for flow in range(41000, 41030):
        state, trace = send(state, CLIENT, WEB, flow=flow)
        ends.add(trace.endpoint)
    assert ends == {HERE, THERE}


def test_a_full_table_drops_new_connections_in_the_kernels_words(town: Callable[..., State]) -> None:
    state = town(conntrack_max=2)
    for flow in (40001, 40002):
        state, trace = send(state, CLIENT, "10.61.0.5", 8080, flow=flow)
        assert trace.delivered
    state, dropped = send(state, CLIENT, "10.61.0.5", 8080, flow=40003)
    assert dropped.verdict == "DROP"
    last = dropped.hops[-1]
    assert isinstance(last, Drop)
    assert last.by == "nf_conntrack: table full, dropping packet"
    assert send(state, CLIENT, "10.61.0.5", 8080, flow=40002)[1].delivered, "those that stand go on"
    later = evolve(state, now=state.now + 86401)
    assert send(later, CLIENT, "10.61.0.5", 8080, flow=40003)[1].delivered, "what has expired makes room"


def test_two_clients_with_one_port_behind_one_address_get_two(town: Callable[..., State]) -> None:
    state = town(masquerade_all=True)
    ports = set()
    for source in (CLIENT, "pod/shop/web-1"):
        for _ in range(30):
            state, trace = send(state, source, WEB, flow=40000)
            if trace.endpoint == THERE:
                break
            state = evolve(state, conntrack=town().conntrack)
        snat = trace.hop("snat")
        assert snat is not None
        assert snat.after.source == "10.61.0.0"
        ports.add(snat.after.sport)
        assert trace.reply[-1].after == trace.packet.answer
    assert len(ports) == 2
