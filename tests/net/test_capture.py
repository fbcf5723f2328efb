"""What a wiretap at each device sees of a packet and its answer."""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kdisco import Cluster
from kdisco.net.capture import Captured, capture_file
from kdisco.net.link import hardware_address, veth_name
from kdisco.net.walk import send

if TYPE_CHECKING:
    from kdisco.net.trace import Trace
    from kdisco.store.state import State

CLIENT, WEB = "pod/shop/client", "10.111.4.20"
SUM = re.compile(r"cksum|udp sum|bad |wrong|incorrect")


def to(state: State, source: str, destination: str, endpoint: str, port: int = 80) -> Trace:
    """A connection that goes to an endpoint."""
    for _ in range(200):
        state, trace = send(state, source, destination, port)
        if trace.endpoint == endpoint:
            return trace
    pytest.fail(f"never to {endpoint}")


def seen(captured: tuple[Captured, ...]) -> list[str]:
    """Each sight in a word."""
    names = {veth_name(f"pod/shop/{name}"): f"veth of {name}" for name in ("client", "web-1", "web-2", "web-3")}
    return [
        f"{each.where.rpartition('/')[2]} {names.get(each.interface, each.interface)} {each.direction}"
        f"{' wrapped' if each.outer else ''} {each.packet.source}>{each.packet.destination} ttl {each.segment.ttl}"
        for each in captured
    ]


def test_to_a_pod_on_another_node(shop: State) -> None:
    trace = to(shop, CLIENT, WEB, "10.61.1.5:8080")
    there = "10.61.0.50>10.61.1.5"
    assert seen(trace.capture())[:10] == [
        "client eth0 Out 10.61.0.50>10.111.4.20 ttl 64",
        "alder veth of client In 10.61.0.50>10.111.4.20 ttl 64",
        "alder cni0 In 10.61.0.50>10.61.1.5 ttl 64",  # which has been rewritten at the bridge
        f"alder flannel.1 Out {there} ttl 63",
        f"alder eth0 Out wrapped {there} ttl 63",
        f"birch eth0 In wrapped {there} ttl 63",
        f"birch flannel.1 In {there} ttl 63",
        f"birch cni0 Out {there} ttl 62",
        f"birch veth of web-2 Out {there} ttl 62",
        f"web-2 eth0 In {there} ttl 62",
    ]
    assert seen(trace.capture("eth0", CLIENT)) == [
        "client eth0 Out 10.61.0.50>10.111.4.20 ttl 64",
        "client eth0 In 10.111.4.20>10.61.0.50 ttl 62",
    ]


def test_beside_a_pod_both_ways_pass_the_bridge_without_its_device(shop: State) -> None:
    trace = to(shop, CLIENT, WEB, "10.61.0.5:8080")
    assert seen(trace.capture(where="node/alder")) == [
        "alder veth of client In 10.61.0.50>10.111.4.20 ttl 64",
        "alder veth of web-1 Out 10.61.0.50>10.61.0.5 ttl 64",
        "alder veth of web-1 In 10.61.0.5>10.61.0.50 ttl 64",
        "alder veth of client Out 10.111.4.20>10.61.0.50 ttl 64",
    ]
    macs = [each.ethernet for each in trace.capture("eth0")]
    client, web, bridge = (
        hardware_address(*names) for names in ((CLIENT, "eth0"), ("pod/shop/web-1", "eth0"), ("alder", "cni0"))
    )
    assert macs == [(client, bridge), (client, web), (web, client), (web, client)]


def test_pods_side_by_side_talk_over_the_bridge_alone(shop: State) -> None:
    _, trace = send(shop, CLIENT, "10.61.0.5", 8080)
    assert "cni0" not in {each.interface for each in trace.capture()}
    assert seen(trace.capture("cni0")) == [
        "alder cni0 In 10.61.0.50>10.61.0.5 ttl 64",
        "alder cni0 In 10.61.0.5>10.61.0.50 ttl 64",
    ]
    assert {each.segment.ttl for each in trace.capture()} == {64}


def test_hairpin_goes_out_where_it_came_in(shop: State) -> None:
    trace = to(shop, "pod/shop/web-1", WEB, "10.61.0.5:8080")
    assert seen(trace.capture()) == [
        "web-1 eth0 Out 10.61.0.5>10.111.4.20 ttl 64",
        "alder veth of web-1 In 10.61.0.5>10.111.4.20 ttl 64",
        "alder veth of web-1 Out 10.61.0.1>10.61.0.5 ttl 64",
        "web-1 eth0 In 10.61.0.1>10.61.0.5 ttl 64",
        "web-1 eth0 Out 10.61.0.5>10.61.0.1 ttl 64",
        "alder veth of web-1 In 10.61.0.5>10.61.0.1 ttl 64",
        "alder veth of web-1 Out 10.111.4.20>10.61.0.5 ttl 64",
        "web-1 eth0 In 10.111.4.20>10.61.0.5 ttl 64",
    ]


def test_from_outside_and_to_the_world(shop: State) -> None:
    trace = to(shop, "198.51.100.7", "192.0.2.11", "10.61.0.5:8080", 30080)
    assert seen(trace.capture("eth0", "node/alder")) == [
        "alder eth0 In 198.51.100.7>192.0.2.11 ttl 64",
        "alder eth0 Out 192.0.2.11>198.51.100.7 ttl 63",
    ]
    _, world = send(shop, CLIENT, "203.0.113.9", 443)
    assert seen(world.capture("eth0", "node/alder")) == ["alder eth0 Out 192.0.2.11>203.0.113.9 ttl 63"]


def test_a_node_asks_itself_on_lo_and_its_pods_by_the_bridge(shop: State) -> None:
    _, own = send(shop, "node/alder", "192.0.2.11", 10250)
    assert [(each.interface, each.direction) for each in own.capture()] == [("lo", "In")] * 2
    _, pod = send(shop, "node/alder", "10.61.0.5", 8080)
    assert [(each.interface, each.direction) for each in pod.capture(where="node/alder")] == [
        ("cni0", "Out"),
        (veth_name("pod/shop/web-1"), "Out"),
        (veth_name("pod/shop/web-1"), "In"),
        ("cni0", "In"),
    ]


def test_what_nobody_has_still_leaves_for_the_gateway_but_not_for_a_neighbour(shop: State) -> None:
    _, far = send(shop, CLIENT, "10.111.77.77", 80)
    assert far.capture()[-1].interface == "eth0"
    assert far.capture()[-1].ethernet[1] == hardware_address("gateway")
    _, near = send(shop, CLIENT, "10.61.0.99", 80)
    assert near.verdict == "UNREACHABLE"
    assert near.capture() == ()


def test_a_rejection_comes_back_the_way_that_the_packet_came(shop: State) -> None:
    _, trace = send(shop, CLIENT, "10.111.4.21", 80)
    captured = trace.capture()
    assert [(each.where, each.direction) for each in captured[3:]] == [
        ("node/alder", "Out"),
        ("node/alder", "Out"),
        (CLIENT, "In"),
    ]
    assert all(each.segment.error and each.segment.reporter == "10.61.0.1" for each in captured[3:])


def test_an_icmp_error_counts_hops_as_its_packet_did(shop: State) -> None:
    """Of a packet that is handed on one has been taken off by the time that the rules reject it."""
    _, near = send(shop, CLIENT, "10.111.4.21", 80)
    _, far = send(shop, CLIENT, "10.61.1.5", 99, "udp")
    for trace, last, left in ((near, 64, 63), (far, 62, 62)):
        errors = [each.segment for each in trace.capture() if each.segment.error]
        assert (errors[-1].ttl, {each.left for each in errors}) == (last, {left})


def test_what_is_dropped_ends_where_it_is_dropped(shop: State) -> None:
    _, trace = send(shop, CLIENT, "203.0.113.9", 443)
    assert trace.capture()[-1].where == "node/alder"
    assert trace.reply == ()


def test_tcp_numbers_survive_nat_and_go_on(shop: State) -> None:
    state, first = send(shop, CLIENT, WEB, flow=40000)
    _, second = send(state, CLIENT, WEB, flow=40000)
    for trace, flags in ((first, [0x02, 0x12]), (second, [0x18, 0x18])):
        segments = [each.segment for each in trace.capture("eth0", CLIENT, question=b"GET", answer=b"200")]
        assert [segment.flags for segment in segments] == flags
        assert len({each.segment.number for each in trace.capture()}) == 2
    begun, answered = (each.segment for each in first.capture("eth0", CLIENT))
    asks, told = (each.segment for each in second.capture("eth0", CLIENT, question=b"GET", answer=b"200"))
    assert answered.awaited == asks.number == begun.number + 1
    assert asks.awaited == told.number == answered.number + 1
    assert (told.awaited, asks.payload, told.payload) == (asks.number + 3, b"GET", b"200")


def test_a_refusal_is_a_reset_or_an_icmp_message(shop: State) -> None:
    traces = [send(shop, CLIENT, "10.61.1.5", 99, protocol)[1] for protocol in ("tcp", "udp")]
    tcp, udp = (trace.capture("eth0", CLIENT)[-1] for trace in traces)
    assert (tcp.segment.flags, tcp.segment.error) == (0x14, False)
    assert (udp.segment.error, udp.frame[23]) == (True, 1)


def test_the_order_is_in_the_times(shop: State) -> None:
    trace = to(shop, CLIENT, WEB, "10.61.1.5:8080")
    assert all(first.time < second.time for first, second in pairwise(trace.capture()))
    assert trace.capture()[0].time == trace.time == shop.now


def test_wrapped_packets_are_fifty_bytes_longer(shop: State) -> None:
    trace = to(shop, CLIENT, WEB, "10.61.1.5:8080")
    inner = trace.capture("flannel.1")[0]
    outer = trace.capture("eth0", "node/alder")[0]
    assert outer.size == inner.size + 50
    assert outer.frame.endswith(inner.frame)


@pytest.mark.peer("tcpdump")
def test_tcpdump_reads_them_and_finds_nothing_wrong(tmp_path: Path) -> None:
    dual = {"pod_cidr": "10.244.0.0/16,fd00:10:244::/56", "service_cidr": "10.96.0.0/12,fd00:10:96::/112"}
    cluster = Cluster(nodes=2, **dual)
    names = [pod.name for pod in cluster.list("Pod", "kube-system") if "10.244.0.2" in pod.addresses]
    pod = f"pod/kube-system/{names[0]}"
    question = cluster.dns.query("kubernetes.default.svc.cluster.local").to_wire()
    captured: list[Captured] = []
    for to, port, protocol in (
        ("10.96.0.10", 53, "udp"),
        ("10.96.0.10", 53, "tcp"),
        ("10.96.0.10", 99, "tcp"),
        ("fd00:10:244:1::2", 53, "udp"),
        ("fd00:10:244:1::2", 53, "tcp"),
        ("fd00:10:244:1::2", 98, "udp"),
        ("10.244.1.2", 98, "udp"),
        ("10.244.1.2", 1, "icmp"),
        ("fd00:10:244:1::2", 1, "icmp"),
        ("10.244.1.2", 98, "sctp"),
    ):
        captured += cluster.send(pod, to, port, protocol).capture(question=question, answer=question)
    file = tmp_path / "trace.pcap"
    file.write_bytes(capture_file(captured))
    ran = subprocess.run(["tcpdump", "-nn", "-vv", "-r", file], capture_output=True, text=True, check=True)
    sums = [line for line in ran.stdout.splitlines() if SUM.search(line)]
    assert len(sums) > 100
    assert not [line for line in sums if re.search(r"bad|wrong|incorrect", line)]
    assert "[bad" not in ran.stdout
    assert "kubernetes.default.svc.cluster.local" in ran.stdout
    assert "instance 1" in ran.stdout, "the network identifier of VXLAN"
    assert "ICMP echo request" in ran.stdout
    assert "ICMP6, echo reply" in ran.stdout
    assert "udp port 98 unreachable" in ran.stdout
