"""Whatever the Service, its endpoints and the flags: the rules do what kube-proxy does in plain words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_proxy import NODE, PODS, PORT, VIPS, Case, End, fate

from kdisco.net.fates import fates

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

NODE_PORT = 30080
IPS = ("10.61.0.5", "10.61.0.6", "10.61.1.5", "10.61.2.5", NODE[1])
SOURCES = (*IPS, "10.61.0.50", "10.61.3.7", "192.0.2.12", "198.51.100.7")
MAYBE = st.sampled_from((None, True, False))
ENDS = st.builds(
    End,
    ip=st.sampled_from(IPS),
    node=st.sampled_from((NODE[0], "birch", None)),
    ready=MAYBE,
    serving=MAYBE,
    terminating=MAYBE,
    zones=st.sampled_from(((), ("north",), ("south",), ("south", "north"))),
    nodes=st.sampled_from(((), (), ("alder",), ("birch",))),
)
CASES = st.builds(
    Case,
    ends=st.lists(ENDS, max_size=4, unique_by=lambda end: end.ip).map(tuple),
    doors=st.sets(st.sampled_from(("external", "balancer", "node"))).map(frozenset),
    inside_near=st.booleans(),
    outside_near=st.booleans(),
    ranges=st.lists(st.sampled_from(("198.51.100.0/24", "192.0.2.12/32", PODS)), max_size=2, unique=True).map(tuple),
    masquerade_all=st.booleans(),
    tells_pods=st.booleans(),
)


def manifests(case: Case) -> str:
    """The case as documents."""
    node = {"name": NODE[0], "labels": {"topology.kubernetes.io/zone": "north"}}
    address = {"type": "InternalIP", "address": NODE[1]}
    policies = {True: "Local", False: "Cluster"}
    port = {"port": 80, **({"nodePort": NODE_PORT} if "node" in case.doors else {})}
    spec = {
        "type": "LoadBalancer" if case.doors & {"balancer", "node"} else "ClusterIP",
        "clusterIP": VIPS["cluster"],
        "ports": [port],
        "internalTrafficPolicy": policies[case.inside_near],
        "externalTrafficPolicy": policies[case.outside_near],
        "externalIPs": [VIPS["external"]] if "external" in case.doors else [],
        "loadBalancerSourceRanges": list(case.ranges),
    }
    virtual = [{"ip": VIPS["balancer"]}] if "balancer" in case.doors else []
    found: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Node", "metadata": node, "status": {"addresses": [address]}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "shop", "name": "web"}, "spec": spec,
         "status": {"loadBalancer": {"ingress": virtual}}},
        {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
         "metadata": {"namespace": "shop", "name": "web-a", "labels": {"kubernetes.io/service-name": "web"}},
         "ports": [{"name": "", "port": PORT}], "endpoints": [_endpoint(end) for end in case.ends]},
    ]  # fmt: skip
    return "".join(f"---\n{json.dumps(each)}\n" for each in found)


def _endpoint(end: End) -> dict[str, Any]:
    said = {"ready": end.ready, "serving": end.serving, "terminating": end.terminating}
    hints = {"forZones": end.zones, "forNodes": end.nodes}
    return {
        "addresses": [end.ip],
        "conditions": {name: value for name, value in said.items() if value is not None},
        **({"nodeName": end.node} if end.node else {}),
        "hints": {name: [{"name": each} for each in found] for name, found in hints.items() if found},
    }


def told(state: State, source: str, door: str) -> str | dict[str, bool]:
    """The fates in the same words."""
    to, port = (NODE[1], NODE_PORT) if door == "node" else (VIPS[door], 80)
    found = fates(state, NODE[0], source, to, port)
    assert sum(each.probability for each in found) == 1
    return {str(each.endpoint): each.masquerade for each in found} if found[0].endpoint else found[0].verdict


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_the_rules_do_what_the_words_say(build: Callable[..., State], mode: str) -> None:
    @settings(max_examples=150)
    @given(case=CASES)
    def check(case: Case) -> None:
        detect = "ClusterCIDR" if case.tells_pods else "none"
        state = build(manifests(case), mode=mode, masquerade_all=case.masquerade_all, detect_local=detect)
        for door in (*VIPS, "node"):
            for source in SOURCES:
                assert told(state, source, door) == fate(case, mode, source, door), (door, source)

    check()
