"""Every way that a packet can go: the sample cases, checked upstream in a real kernel, and what always holds."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.errors import UsageError
from kdisco.net.fates import Fate, fates

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

def told(flow: dict[str, Any], found: tuple[Fate, ...]) -> dict[str, Any]:
    """The fates in the words of a sample flow."""
    first = found[0]
    if first.verdict != "DNAT":
        assert found == (Fate(first.verdict),)
        expect: Any = "none (not a service packet)" if first.verdict == "NONE" else first.verdict
        return {"expect": expect, "masquerade": first.masquerade}
    marks = {str(fate.endpoint): fate.masquerade for fate in found}
    expect = sorted(marks)
    assert len(marks) == len(found)
    if "masquerade_by_endpoint" in flow:
        return {"expect": expect, "masquerade_by_endpoint": marks}
    return {"expect": expect, "masquerade": marks[expect[0]] if len(set(marks.values())) == 1 else marks}


def judge(state: State, case: dict[str, Any]) -> None:
    """Compare all flows of a sample case with the fates."""
    for flow in case["flows"]:
        found = fates(state, case["node"], flow["from"], flow["to"], flow["port"], flow["protocol"])
        expect = sorted(flow["expect"]) if isinstance(flow["expect"], list) else flow["expect"]
        assert sum(fate.probability for fate in found) == 1
        assert told(flow, found).items() <= (flow | {"expect": expect}).items(), flow
        if "snat" in flow:
            assert {fate.snat for fate in found} == {flow["snat"]}, flow


def test_sample(case: dict[str, Any], state_of: Callable[..., State]) -> None:
    judge(state_of(case), case)


def test_sample_in_nftables_mode(nftables_case: dict[str, Any], state_of: Callable[..., State]) -> None:
    judge(state_of(nftables_case, mode="nftables"), nftables_case)


def test_three_endpoints_are_equally_likely(shop: State) -> None:
    found = fates(shop, "alder", "10.61.0.50", "10.111.4.20", 80)
    ends = ("10.61.0.5:8080", "10.61.1.5:8080", "10.61.1.6:8080")
    assert found == tuple(Fate("DNAT", end, Fraction(1, 3)) for end in ends)


def test_of_what_stays_only_what_the_node_sends_by_another_address_gets_another_source(
    build: Callable[..., State], doc: dict[str, Any]
) -> None:
    """Its own packets pass POSTROUTING on their way to itself; what comes in from elsewhere does not."""
    port = {"port": 80, "nodePort": 30080}
    text = doc["node"]("alder", "192.0.2.11") + doc["service"]("web", "10.111.0.1", port, type="NodePort")
    state = build(text + doc["endpoints"]("web", 8080, "192.0.2.11"))
    for source, to, snat in (
        ("127.0.0.1", "127.0.0.1", True),
        ("192.0.2.11", "192.0.2.11", False),
        ("198.51.100.7", "192.0.2.11", False),
    ):
        (fate,) = fates(state, "alder", source, to, 30080)
        assert (fate.masquerade, fate.snat) == (True, snat), source


def test_hairpin_is_masqueraded_for_its_own_endpoint_only(shop: State) -> None:
    found = fates(shop, "alder", "10.61.0.5", "10.111.4.20", 80)
    assert {fate.endpoint: fate.snat for fate in found} == {
        "10.61.0.5:8080": True,
        "10.61.1.5:8080": False,
        "10.61.1.6:8080": False,
    }


def test_what_stays_on_the_node_keeps_its_source(build: Callable[..., State], doc: dict[str, Any]) -> None:
    state = build(
        doc["node"]("alder", "192.0.2.11")
        + doc["service"]("host", "10.111.4.22", {"port": 80, "protocol": "TCP"})
        + doc["endpoints"]("host", 9100, "192.0.2.11")
    )
    for source in ("198.51.100.7", "192.0.2.11"):
        (fate,) = fates(state, "alder", source, "10.111.4.22", 80)
        assert (fate.endpoint, fate.masquerade, fate.snat) == ("192.0.2.11:9100", True, False)


def test_no_endpoints_is_a_rejection_and_a_strange_port_nothing(shop: State) -> None:
    assert fates(shop, "alder", "10.61.0.50", "10.111.4.21", 80) == (Fate("REJECT"),)
    assert fates(shop, "alder", "10.61.0.50", "10.111.4.20", 81) == (Fate("NONE"),)
    assert fates(shop, "alder", "10.61.0.50", "10.111.4.20", 80, "udp") == (Fate("NONE"),)


def test_a_stranger_to_localhost_is_dropped_unless_it_is_rewritten(shop: State) -> None:
    assert fates(shop, "alder", "198.51.100.7", "127.0.0.1", 9999) == (Fate("DROP"),)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("oak", "10.61.0.50", "10.111.4.20", 80), 'no node "oak"; there are alder, birch'),
        (("alder", "web", "10.111.4.20", 80), "'web' is not an IP address"),
        (("alder", "10.61.0.50", "fd00::1", 80), "not of one address family"),
        (("alder", "10.61.0.50", "10.111.4.20", 0), "port: 0 is not a whole number from 1 to 65535"),
        (("alder", "10.61.0.50", "10.111.4.20", 80, "icmp"), "protocol: 'icmp' is not one of tcp, udp, sctp"),
    ],
)
def test_what_cannot_be_meant(shop: State, arguments: tuple[Any, ...], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        fates(shop, *arguments)


@settings(max_examples=40)
@given(
    ready=st.lists(st.sampled_from(["ready", "draining", "gone"]), max_size=9),
    local=st.sets(st.integers(0, 8)),
    policy=st.sampled_from(["Cluster", "Local"]),
    source=st.sampled_from(["10.61.0.50", "192.0.2.11", "198.51.100.7", "10.61.9.0"]),
    to=st.sampled_from([("10.111.4.30", 80), ("192.0.2.11", 30090)]),
)
def test_chances_are_whole_and_every_target_is_eligible(
    build: Callable[..., State],
    doc: dict[str, Any],
    ready: list[str],
    local: set[int],
    policy: str,
    source: str,
    to: tuple[str, int],
) -> None:
    draining = {"ready": False, "serving": True, "terminating": True}
    conditions = {"ready": {}, "draining": draining, "gone": {"ready": False}}
    nodes = ["alder" if at in local else "birch" for at in range(len(ready))]
    ends = [
        {"addresses": [f"10.61.9.{at}"], "conditions": conditions[kind], "nodeName": nodes[at]}
        for at, kind in enumerate(ready)
    ]
    port = {"port": 80, "protocol": "TCP", "nodePort": 30090}
    state = build(
        doc["node"]("alder", "192.0.2.11")
        + doc["service"]("any", "10.111.4.30", port, type="NodePort", externalTrafficPolicy=policy)
        + doc["endpoints"]("any", 8080, *ends)
    )
    found = fates(state, "alder", source, to[0], to[1])
    assert sum(fate.probability for fate in found) == 1
    best = "ready" if "ready" in ready else "draining"
    usable: set[str | None] = {f"10.61.9.{at}:8080" for at, kind in enumerate(ready) if kind in ("ready", "draining")}
    assert {fate.endpoint for fate in found} <= {*usable, None}
    if to[0] == "10.111.4.30" or policy == "Cluster":
        chosen = {f"10.61.9.{at}:8080" for at, kind in enumerate(ready) if kind == best}
        assert {fate.endpoint or "" for fate in found} == (chosen or {""})
        assert chosen or found == (Fate("REJECT"),)
    assert len({fate.probability for fate in found}) == 1
