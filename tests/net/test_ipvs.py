"""Virtual servers: which there are for a Service, and who stands behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kdisco.net.fates import ruleset
from kdisco.net.ipvs import DEPRECATED, VirtualServer
from kdisco.net.ipvs_ruleset import IpvsRuleset
from kdisco.net.packet import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

HTTP = {"port": 80, "protocol": "TCP"}
LOCAL = {"type": "NodePort", "externalTrafficPolicy": "Local"}
NEAR = {"addresses": ["10.61.0.5"], "nodeName": "alder"}
FAR = {"addresses": ["10.61.1.5"], "nodeName": "birch"}
ENDS = {"alder": "10.61.0.5", "birch": "10.61.1.5"}
EVERYWHERE, NOWHERE = {"10.61.0.5", "10.61.1.5"}, set[str]()
INSIDE, OUTSIDE = ("tcp", "10.111.4.20", 80), ("tcp", "192.0.2.11", 30080)


def servers(state: State, node: str = "alder", version: int = 4) -> dict[tuple[str, str, int], set[str]]:
    """The addresses behind each virtual server of a node."""
    rules = ruleset(state, node, version)
    assert isinstance(rules, IpvsRuleset)
    return {key: {end.address for end in server.real} for key, server in rules.servers().items()}


@pytest.fixture(name="web")
def _web(build: Callable[..., State], doc: dict[str, Callable[..., str]]) -> Callable[..., State]:
    """A cluster of two nodes with one Service, of these endpoints and with this spec."""

    def made(*ends: dict[str, Any], node_port: int = 0, **spec: Any) -> State:
        port = HTTP | ({"nodePort": node_port} if node_port else {})
        return build(
            doc["node"]("alder", "192.0.2.11", "10.61.0.0/24")
            + doc["node"]("birch", "192.0.2.12", "10.61.1.0/24")
            + doc["service"]("web", "10.111.4.20", port, **spec)
            + doc["endpoints"]("web", 8080, *ends),
            mode="ipvs",
        )

    return made


def test_a_nodeport_has_a_virtual_server_at_every_address_of_the_node_but_localhost(web: Callable[..., State]) -> None:
    found = servers(web(NEAR, FAR, node_port=30080, type="NodePort", externalIPs=["198.18.5.5"]))
    assert found == dict.fromkeys(
        [
            INSIDE,
            ("tcp", "198.18.5.5", 80),
            OUTSIDE,
            ("tcp", "10.61.0.0", 30080),  # flannel.1
            ("tcp", "10.61.0.1", 30080),  # cni0
        ],
        EVERYWHERE,
    )


def test_nodeport_addresses_narrow_it(build: Callable[..., State], doc: dict[str, Callable[..., str]]) -> None:
    text = doc["node"]("alder", "192.0.2.11", "10.61.0.0/24")
    text += doc["service"]("web", "10.111.4.20", HTTP | {"nodePort": 30080}, type="NodePort")
    for wanted, ips in (("192.0.2.0/24", {"192.0.2.11"}), ("primary", {"192.0.2.11"}), ("127.0.0.0/8", NOWHERE)):
        found = servers(build(text, mode="ipvs", nodeport_addresses=(wanted,)))
        assert {ip for _, ip, port in found if port == 30080} == ips, wanted


@pytest.mark.parametrize(
    ("ends", "spec", "inner", "outer"),
    [
        ([NEAR, FAR], {}, EVERYWHERE, EVERYWHERE),
        ([NEAR, FAR], LOCAL, EVERYWHERE, {"10.61.0.5"}),
        ([FAR], LOCAL, {"10.61.1.5"}, {"10.61.1.5"}),  # nobody here: not dropped, as in other modes
        ([NEAR, FAR], {"internalTrafficPolicy": "Local"}, {"10.61.0.5"}, EVERYWHERE),
        ([FAR], {"internalTrafficPolicy": "Local"}, {"10.61.1.5"}, {"10.61.1.5"}),
        ([], {}, NOWHERE, NOWHERE),
    ],
)
def test_policies_choose_real_servers(
    web: Callable[..., State], ends: list[dict[str, Any]], spec: dict[str, Any], inner: set[str], outer: set[str]
) -> None:
    found = servers(web(*ends, node_port=30080, **({"type": "NodePort"} | spec)))
    assert (found[INSIDE], found[OUTSIDE]) == (inner, outer)


def test_internal_policy_local_without_anything_external_has_nobody_to_fall_back_to(
    web: Callable[..., State],
) -> None:
    assert servers(web(FAR, internalTrafficPolicy="Local")) == {INSIDE: NOWHERE}


def test_terminating_ones_serve_when_nobody_else_does(web: Callable[..., State]) -> None:
    leaving = {"conditions": {"ready": False, "serving": True, "terminating": True}}
    assert servers(web(NEAR | leaving, FAR))[INSIDE] == {"10.61.1.5"}
    assert servers(web(NEAR | leaving))[INSIDE] == {"10.61.0.5"}


def test_where_two_services_claim_an_address_the_later_has_it(
    build: Callable[..., State], doc: dict[str, Callable[..., str]]
) -> None:
    text = doc["node"]("alder", "192.0.2.11")
    for name, ip, end in (("one", "10.111.4.1", "10.61.0.5"), ("two", "10.111.4.2", "10.61.0.6")):
        text += doc["service"](name, ip, HTTP, externalIPs=["198.18.5.5"]) + doc["endpoints"](name, 8080, end)
    state = build(text, mode="ipvs")
    assert servers(state)["tcp", "198.18.5.5", 80] == {"10.61.0.6"}
    rules = ruleset(state, "alder")
    assert isinstance(rules, IpvsRuleset)
    found = rules.server((number("198.18.5.5"), "tcp", 80))
    assert found is not None
    assert [end.address for end in found.real] == ["10.61.0.6"]
    assert rules.server((number("198.18.5.5"), "tcp", 81)) is None


@pytest.mark.parametrize(
    ("server", "text"),
    [
        (VirtualServer(protocol="tcp", address="10.96.0.1", port=443, real=()), "TCP  10.96.0.1:443 rr"),
        (VirtualServer(protocol="sctp", address="10.96.0.1", port=1, real=()), "SCTP 10.96.0.1:1 rr"),
        (
            VirtualServer(protocol="udp", address="fd00::a", port=53, real=(), persistent=10800),
            "UDP  [fd00::a]:53 rr persistent 10800",
        ),
    ],
)
def test_a_virtual_server_as_ipvsadm_heads_it(server: VirtualServer, text: str) -> None:
    assert str(server) == text


def test_what_kube_proxy_itself_says_of_the_mode() -> None:
    assert DEPRECATED.startswith("The ipvs proxier is now deprecated")
    assert "nftables" in DEPRECATED
