"""The sample cases in a real kernel: the node's own rules loaded, real connections made, and read from conntrack."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from real_node import Asked, RealNode

from kdisco.net.fates import Fate, fates

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

pytestmark = [pytest.mark.root, pytest.mark.peer("conntrack")]
MISSED = 1e-9  # the chance that an endpoint is not seen though it can be
MOST = 1000  # connections at once


def enough(found: tuple[Fate, ...]) -> int:
    """How many connections show all endpoints, where so many can be open at once; a rejection shows at once."""
    if found[0].endpoint is None:
        return 5
    return min(MOST, max(20, math.ceil(math.log(MISSED) / math.log(1 - 1 / max(len(found), 2)))))


def listening(state: State, case: dict[str, Any]) -> set[tuple[str, int]]:
    """Ports that are open on whatever address the node itself has: those asked for, and all endpoints'."""
    slices = [each for each in state.view.list("endpointslices") if each.address_type.startswith("IP")]
    ends = {(ip, port.port) for each in slices for end in each.endpoints for ip in end.addresses for port in each.ports}
    return ends | {(flow["to"], flow["port"]) for flow in case["flows"]}


def judge(state: State, case: dict[str, Any]) -> None:
    """Ask for everything that a case asks for; the kernel, the model and upstream's word are the same."""
    sources = [flow["from"] for flow in case["flows"]]
    with RealNode(state, case["node"], sources, listening(state, case)) as node:
        for flow in case["flows"]:
            if flow["protocol"] == "sctp":
                continue  # modelled, not run: the kernels at hand have none
            found = fates(state, case["node"], flow["from"], flow["to"], flow["port"], flow["protocol"])
            seen = node.ask(Asked(flow["from"], flow["to"], flow["port"], flow["protocol"], enough(found)))
            ends = {str(fate.endpoint): fate.snat for fate in found if fate.endpoint}
            if flow.get("sticky"):
                assert len(seen.ends) == 1, flow
                assert seen.snat.items() <= ends.items(), flow
            elif found[0].verdict == "NONE":
                assert list(seen.snat.values()) == [False], (flow, seen)
                assert [end.rpartition(":")[0].strip("[]") for end in seen.ends] == [flow["to"]], (flow, seen)
                assert flow["expect"].startswith("none"), flow
            elif found[0].verdict == "DNAT" and enough(found) == MOST:
                assert seen.snat.items() <= ends.items(), (flow, seen)
                assert ends.keys() == set(flow["expect"]), flow
            elif found[0].verdict == "DNAT":
                assert seen.snat == ends, (flow, seen)
                assert set(seen.ends) == set(flow["expect"]), flow
            else:
                assert seen.word == found[0].verdict == flow["expect"], (flow, seen)


def test_sample(case: dict[str, Any], state_of: Callable[..., State]) -> None:
    judge(state_of(case), case)


def test_sample_in_nftables_mode(nftables_case: dict[str, Any], state_of: Callable[..., State]) -> None:
    judge(state_of(nftables_case, mode="nftables"), nftables_case)


def test_what_a_node_sends_itself_by_its_loopback_gets_its_address(
    build: Callable[..., State], doc: dict[str, Any]
) -> None:
    port = {"port": 80, "nodePort": 30080}
    text = doc["node"]("alder", "192.0.2.11") + doc["service"]("web", "10.111.0.1", port, type="NodePort")
    state = build(text + doc["endpoints"]("web", 8080, "192.0.2.11"))
    with RealNode(state, "alder", [], {("192.0.2.11", 8080)}) as node:
        for ip in ("127.0.0.1", "192.0.2.11"):
            (fate,) = fates(state, "alder", ip, ip, 30080)
            assert node.ask(Asked(ip, ip, 30080, "tcp", 5)).snat == {fate.endpoint: fate.snat}


@pytest.mark.parametrize("first", ["by its port", "by its address"])
def test_of_two_that_refuse_a_packet_the_first_in_the_text_does(
    build: Callable[..., State], doc: dict[str, Any], first: str
) -> None:
    """One Service has the port on all of the node's addresses and nobody here, the other at one of them, and nobody."""
    names = ("a", "b") if first == "by its port" else ("b", "a")
    text = doc["node"]("alder", "192.0.2.11", "10.61.0.0/24")
    port = {"port": 80, "nodePort": 30080}
    text += doc["service"](names[0], "10.111.0.1", port, type="NodePort", externalTrafficPolicy="Local")
    text += doc["endpoints"](names[0], 8080, "10.61.1.5")
    text += doc["service"](names[1], "10.111.0.2", {"port": 30080}, externalIPs=["192.0.2.11"])
    state = build(text)
    (fate,) = fates(state, "alder", "198.51.100.7", "192.0.2.11", 30080)
    assert fate.verdict == ("DROP" if first == "by its port" else "REJECT")
    with RealNode(state, "alder", ["198.51.100.7"]) as node:
        assert node.ask(Asked("198.51.100.7", "192.0.2.11", 30080, "tcp", 5)).word == fate.verdict


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_three_hundred_connections_fall_on_three_endpoints_as_chance_has_it(
    shop: State, mode: str
) -> None:
    state = evolve(shop, config=evolve(shop.config, proxy=evolve(shop.config.proxy, mode=mode)))
    found = fates(state, "alder", "10.61.0.50", "10.111.4.20", 80)
    with RealNode(state, "alder", ["10.61.0.50"]) as node:
        seen = node.ask(Asked("10.61.0.50", "10.111.4.20", 80, "tcp", 300))
    assert sum(seen.ends.values()) == 300
    assert set(seen.ends) == {fate.endpoint for fate in found}
    for fate in found:
        share = float(fate.probability)
        spread = math.sqrt(300 * share * (1 - share))
        assert abs(seen.ends[str(fate.endpoint)] - 300 * share) < 6 * spread  # misses once in 500 million runs


def test_affinity_keeps_a_client_with_one_endpoint_and_other_clients_elsewhere(
    build: Callable[..., State], doc: dict[str, Any]
) -> None:
    """Whichever of the Service's addresses is asked: the memory is the service port's."""
    port = {"port": 80, "protocol": "TCP", "nodePort": 30080}
    text = doc["node"]("alder", "192.0.2.11", "10.61.0.0/24")
    text += doc["service"]("web", "10.111.0.1", port, type="NodePort", sessionAffinity="ClientIP")
    text += doc["endpoints"]("web", 8080, "10.61.0.5", "10.61.1.5", "10.61.1.6")
    clients = [f"10.61.7.{at}" for at in range(1, 41)]
    for mode in ("iptables", "nftables"):
        with RealNode(build(text, mode=mode), "alder", clients) as node:
            chosen: list[str] = []
            for client in clients:
                targets = (("10.111.0.1", 80), ("192.0.2.11", 30080))
                ways = [node.ask(Asked(client, to, at, "tcp", 4)) for to, at in targets]
                assert len({end for way in ways for end in way.ends}) == 1
                chosen += ways[0].ends
        assert set(chosen) == {"10.61.0.5:8080", "10.61.1.5:8080", "10.61.1.6:8080"}


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_a_refusal_in_ipv6_is_heard_too(build: Callable[..., State], doc: dict[str, Any], mode: str) -> None:
    text = doc["node"]("alder", "2001:db8::11", "fd61::/64") + doc["service"]("s", "fd11::20", {"port": 80})
    state = build(text, mode=mode, cluster_cidr="fd61::/48")
    found = fates(state, "alder", "fd61::50", "fd11::20", 80)
    with RealNode(state, "alder", ["fd61::50"]) as node:
        seen = node.ask(Asked("fd61::50", "fd11::20", 80, "tcp", 5))
    assert [fate.verdict for fate in found] == [seen.word] == ["REJECT"]
