"""Where iptables and nftables mode differ in what a packet meets, row by row; and that all else is the same."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.net.fates import fates
from kdisco.net.text import rules
from kdisco.net.walk import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

NODE, SECOND, OUTSIDE, POD = "192.0.2.11", "192.0.2.99", "198.51.100.7", "10.61.0.50"
WHO = {POD: "pod", NODE: "node", "127.0.0.1": "node"}  # whose the addresses are; outside otherwise
BALANCER, EXTERNAL, UNALLOCATED = "203.0.113.9", "198.18.5.5", "10.111.200.200"
RANGES = ["10.61.0.0/16", "192.0.2.0/24"]


def shop(build: Callable[..., State], doc: dict[str, Any], mode: str, **flags: Any) -> State:
    """A nodePort with an endpoint, load balancers with and without, whose clients have to come from RANGES."""
    alder = json.loads(doc["node"]("alder", NODE, "10.61.0.0/24").removeprefix("---\n"))
    alder["status"]["addresses"].append({"type": "InternalIP", "address": SECOND})
    text = f"---\n{json.dumps(alder)}\n"
    for at, name in enumerate(("full", "bare"), 1):
        port = {"name": "p", "port": 80, "protocol": "TCP", "nodePort": 30080 + at}
        spec = {"type": "LoadBalancer", "externalIPs": [EXTERNAL[:-1] + str(at)], "loadBalancerSourceRanges": RANGES}
        found = json.loads(doc["service"](name, f"10.111.0.{at}", port, **spec).removeprefix("---\n"))
        found["status"] = {"loadBalancer": {"ingress": [{"ip": BALANCER[:-1] + str(at)}]}}
        text += f"---\n{json.dumps(found)}\n"
    text += doc["endpoints"]("full", 8080, "10.61.0.5", port_name="p")
    text += doc["pod"]("client", POD, "alder") + doc["pod"]("full-1", "10.61.0.5", "alder", 8080)
    return build(text, mode=mode, service_cidrs=("10.111.0.0/16",), **flags)


FULL, BARE = "10.111.0.1", "10.111.0.2"
FIRST = {"nodeport_addresses": ("192.0.2.11/32",)}
DIFFERENT = [  # packet, from, to, port, protocol, iptables, nftables, flags
    ("a port that the Service lacks", POD, FULL, 81, "tcp", "NONE", "REJECT", {}),
    ("another protocol", OUTSIDE, FULL, 80, "udp", "NONE", "REJECT", {}),
    ("a port that the Service lacks, from the node", NODE, FULL, 81, "tcp", "NONE", "REJECT", {}),
    ("a ClusterIP that nobody has, forwarded", POD, UNALLOCATED, 80, "tcp", "NONE", "DROP", {}),
    ("a ClusterIP that nobody has, from the node", NODE, UNALLOCATED, 80, "tcp", "NONE", "DROP", {}),
    ("a nodePort on the second address", OUTSIDE, SECOND, 30081, "tcp", "DNAT", "NONE", {}),
    ("none behind it, beside the addresses", OUTSIDE, SECOND, 30082, "tcp", "REJECT", "NONE", FIRST),
    ("a nodePort on 127.0.0.1", "127.0.0.1", "127.0.0.1", 30081, "tcp", "DNAT", "NONE", {}),
    ("the node to a load balancer without endpoints", NODE, "203.0.113.2", 80, "tcp", "NONE", "REJECT", {}),
    ("the node to an external IP without endpoints", NODE, "198.18.5.2", 80, "tcp", "NONE", "REJECT", {}),
    ("a blocked client, no endpoints", OUTSIDE, "203.0.113.2", 80, "tcp", "REJECT", "DROP", {}),
]
SAME = [  # packet, from, to, port, verdict
    ("a Pod to a ClusterIP", POD, FULL, 80, "DNAT"),
    ("no endpoints", POD, BARE, 80, "REJECT"),
    ("no endpoints, from the node", NODE, BARE, 80, "REJECT"),
    ("a nodePort is not subject to source ranges", OUTSIDE, NODE, 30081, "DNAT"),
    ("an external IP is not subject to them", OUTSIDE, "198.18.5.1", 80, "DNAT"),
    ("a client in the ranges", "192.0.2.77", "203.0.113.1", 80, "DNAT"),
    ("a blocked client", OUTSIDE, "203.0.113.1", 80, "DROP"),
    ("a load balancer without endpoints", "192.0.2.77", "203.0.113.2", 80, "REJECT"),
    ("a nodePort without endpoints", OUTSIDE, NODE, 30082, "REJECT"),
    ("the node to its own nodePort without endpoints", NODE, NODE, 30082, "REJECT"),
    ("somebody else's address", POD, "198.51.100.8", 80, "NONE"),
]


@pytest.mark.parametrize("row", DIFFERENT, ids=[row[0] for row in DIFFERENT])
def test_they_differ(build: Callable[..., State], doc: dict[str, Any], row: tuple[Any, ...]) -> None:
    _, source, to, port, protocol, *verdicts, flags = row
    states = [shop(build, doc, mode, **flags) for mode in ("iptables", "nftables")]
    assert [fates(state, "alder", source, to, port, protocol)[0].verdict for state in states] == verdicts


@pytest.mark.parametrize("row", SAME, ids=[row[0] for row in SAME])
def test_they_are_alike(build: Callable[..., State], doc: dict[str, Any], row: tuple[Any, ...]) -> None:
    _, source, to, port, verdict = row
    iptables, nftables = (fates(shop(build, doc, mode), "alder", source, to, port) for mode in ("iptables", "nftables"))
    assert iptables == nftables
    assert iptables[0].verdict == verdict


def test_a_health_check_port_has_a_rule_in_iptables_mode_only(build: Callable[..., State], doc: dict[str, Any]) -> None:
    port = {"port": 80, "protocol": "TCP", "nodePort": 30080}
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 32001}
    state = build(doc["node"]("alder", NODE) + doc["service"]("s", FULL, port, **spec))
    assert "32001" in rules(state, "alder").restore
    assert "32001" not in rules(state, "alder", "nftables").restore


def test_invalid_packets_have_a_rule_in_iptables_mode_only(shop: State) -> None:
    assert "--ctstate INVALID" in rules(shop, "alder").restore
    assert "invalid" not in rules(shop, "alder", "nftables").restore.replace("invalid ports", "")


@pytest.mark.parametrize(
    ("to", "verdicts", "told"),
    [
        ((FULL, 81), ("UNREACHABLE", "REJECT"), "Reject traffic to invalid ports of ClusterIPs"),
        ((UNALLOCATED, 80), ("UNREACHABLE", "DROP"), "Drop traffic to unallocated ClusterIPs"),
        ((BARE, 80), ("REJECT", "REJECT"), "shop/bare:p"),
    ],
)
def test_a_trace_tells_the_rule(
    build: Callable[..., State], doc: dict[str, Any], to: tuple[str, int], verdicts: tuple[str, str], told: str
) -> None:
    traces = [send(shop(build, doc, mode), "pod/shop/client", *to)[1] for mode in ("iptables", "nftables")]
    assert tuple(trace.verdict for trace in traces) == verdicts
    assert told in traces[1].hops[-1].why


def test_a_blocked_source_range_falls_before_nat_in_nftables_mode(
    build: Callable[..., State], doc: dict[str, Any]
) -> None:
    kinds = []
    for mode in ("iptables", "nftables"):
        trace = send(shop(build, doc, mode), OUTSIDE, "203.0.113.1")[1]
        assert trace.verdict == "DROP"
        kinds.append([hop.kind for hop in trace.hops if hop.kind in ("prerouting", "filter")])
    assert kinds == [["prerouting", "filter"], ["filter"]]


def test_a_trace_goes_all_the_way_and_back(build: Callable[..., State], doc: dict[str, Any]) -> None:
    for source in ("pod/shop/client", "node/alder", OUTSIDE):
        to = (NODE, 30081) if source == OUTSIDE else (FULL, 80)
        both = [send(shop(build, doc, mode), source, *to)[1] for mode in ("iptables", "nftables")]
        assert [(trace.verdict, trace.endpoint, bool(trace.hop("snat"))) for trace in both] == [
            ("DELIVERED", "10.61.0.5:8080", source != "pod/shop/client")
        ] * 2
        prerouting = both[1].hop("prerouting") or both[1].hop("output")
        assert prerouting is not None
        assert "services > service-" in prerouting.why
        assert prerouting.visited < 12


@settings(max_examples=60)
@given(
    ready=st.lists(st.tuples(st.sampled_from(["ready", "draining", "gone"]), st.booleans()), max_size=6),
    internal=st.sampled_from(["Cluster", "Local"]),
    external=st.sampled_from(["Cluster", "Local"]),
    flags=st.fixed_dictionaries({}, optional={"masquerade_all": st.booleans(), "detect_local": st.just("none")}),
    source=st.sampled_from([POD, NODE, "192.0.2.77", "10.61.9.0"]),
    to=st.sampled_from([("10.111.0.9", 80), (NODE, 30090), ("198.18.5.9", 80), ("203.0.113.9", 80)]),
)
def test_a_packet_that_finds_endpoints_meets_the_same_in_both(
    build: Callable[..., State],
    doc: dict[str, Any],
    ready: list[tuple[str, bool]],
    internal: str,
    external: str,
    flags: dict[str, Any],
    source: str,
    to: tuple[str, int],
) -> None:
    draining = {"ready": False, "serving": True, "terminating": True}
    conditions = {"ready": {}, "draining": draining, "gone": {"ready": False}}
    ends = [
        {"addresses": [f"10.61.9.{at}"], "conditions": conditions[kind], "nodeName": "alder" if here else "birch"}
        for at, (kind, here) in enumerate(ready)
    ]
    port = {"port": 80, "protocol": "TCP", "nodePort": 30090}
    policies = {"internalTrafficPolicy": internal, "externalTrafficPolicy": external}
    spec = {"type": "LoadBalancer", "externalIPs": ["198.18.5.9"], "loadBalancerSourceRanges": RANGES, **policies}
    found = json.loads(doc["service"]("any", "10.111.0.9", port, **spec).removeprefix("---\n"))
    found["status"] = {"loadBalancer": {"ingress": [{"ip": "203.0.113.9"}]}}
    text = f"---\n{json.dumps(found)}\n" + doc["node"]("alder", NODE) + doc["endpoints"]("any", 8080, *ends)
    iptables, nftables = (
        fates(build(text, mode=mode, **flags), "alder", source, *to) for mode in ("iptables", "nftables")
    )
    if iptables[0].verdict == "DNAT" or source != NODE:  # the node to addresses that lead nowhere: a row above
        assert iptables == nftables


@pytest.mark.root
def test_the_same_rows_in_a_real_kernel(build: Callable[..., State], doc: dict[str, Any], tmp_path: Path) -> None:
    for flags in ({}, FIRST):
        rows = [(*row[1:5], row[6]) for row in DIFFERENT if row[7] == flags]
        rows += [] if flags else [(*row[1:4], "tcp", row[4]) for row in SAME]
        rows = [row for row in rows if row[1] != "198.51.100.8"]  # an address that nobody has: silence in any case
        rules_file = tmp_path / "rules.nft"
        rules_file.write_text(rules(shop(build, doc, "nftables", **flags), "alder").restore)
        asked = "".join(f"{WHO.get(row[0], 'outside')} {' '.join(map(str, row[:4]))}\n" for row in rows)
        script = ["unshare", "-n", "bash", str(Path(__file__).with_name("one_node.sh")), str(rules_file)]
        done = subprocess.run(script, input=asked, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        answers = {"DNAT": "endpoint", "REJECT": "refused", "DROP": "silence", "NONE": "node"}
        found = dict(zip(rows, done.stdout.split(), strict=True))
        assert found == {row: answers[row[4]] for row in rows}
