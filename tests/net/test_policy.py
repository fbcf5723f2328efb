"""NetworkPolicies on the path: who reaches whom, and what the trace says of it."""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.net.trace import Drop, Policy
from kdisco.net.walk import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.net.trace import Trace
    from kdisco.store.state import State

    Place = Callable[..., State]

DB, WEB, FAR, STRANGER, SHARED = "shop/db", "shop/web", "shop/far", "bank/teller", "shop/agent"
DB_IP, WEB_IP, FAR_IP, STRANGER_IP = "10.61.0.5", "10.61.0.6", "10.61.1.7", "10.61.1.8"
SERVICE, OUTSIDE = "10.111.4.20", "198.51.100.7"
PEERS: dict[str, tuple[dict[str, Any], str]] = {  # what a rule names, and who of web, far, teller may then come in
    "nobody named": ({}, "web far teller"),
    "pods": ({"podSelector": {"matchLabels": {"app": "web"}}}, "web"),
    "all pods of the namespace": ({"podSelector": {}}, "web far"),
    "expressions": (
        {"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "far"]}]}},
        "web far",
    ),
    "a namespace": ({"namespaceSelector": {"matchLabels": {"team": "money"}}}, "teller"),
    "a namespace by its name": (
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "bank"}}},
        "teller",
    ),
    "all namespaces": ({"namespaceSelector": {}}, "web far teller"),
    "pods of a namespace": (
        {"namespaceSelector": {"matchLabels": {"team": "money"}}, "podSelector": {"matchLabels": {"app": "teller"}}},
        "teller",
    ),
    "no such pods of a namespace": (
        {"namespaceSelector": {"matchLabels": {"team": "money"}}, "podSelector": {"matchLabels": {"app": "web"}}},
        "",
    ),
    "a range": ({"ipBlock": {"cidr": "10.61.1.0/24"}}, "far teller"),
    "a range with a hole": ({"ipBlock": {"cidr": "10.61.0.0/16", "except": ["10.61.1.8/32"]}}, "web far"),
    "a range of the other family": ({"ipBlock": {"cidr": "::/0"}}, ""),
}
PORTS: dict[str, tuple[list[dict[str, Any]], str]] = {  # what a rule names, and which of the ports are then open
    "none": ([], "tcp/8080 tcp/8081 udp/8080 sctp/8080"),
    "a number": ([{"port": 8080}], "tcp/8080"),
    "another protocol": ([{"port": 8080, "protocol": "UDP"}], "udp/8080"),
    "the third protocol": ([{"port": 8080, "protocol": "SCTP"}], "sctp/8080"),
    "a name": ([{"port": "http"}], "tcp/8080"),
    "a name of no port": ([{"port": "https"}], ""),
    "a name of the other protocol": ([{"port": "http", "protocol": "UDP"}], ""),
    "a range": ([{"port": 8080, "endPort": 8081}], "tcp/8080 tcp/8081"),
    "a range elsewhere": ([{"port": 8082, "endPort": 9000}], ""),
    "a protocol alone": ([{"protocol": "TCP"}], "tcp/8080 tcp/8081"),
    "two": ([{"port": 8081}, {"port": 8080, "protocol": "UDP"}], "tcp/8081 udp/8080"),
}


def namespace(name: str, **labels: str) -> str:
    """A Namespace as a document."""
    return _document("v1", "Namespace", {"name": name, "labels": {"kubernetes.io/metadata.name": name, **labels}})


def policy(name: str = "p", selector: dict[str, Any] | None = None, at: str = "shop", **spec: Any) -> str:
    """A NetworkPolicy as a document."""
    spec = {"podSelector": selector if selector is not None else {"matchLabels": {"app": "db"}}, **spec}
    return _document("networking.k8s.io/v1", "NetworkPolicy", {"namespace": at, "name": name}, spec=spec)


def _document(version: str, kind: str, metadata: dict[str, Any], **rest: Any) -> str:
    return "---\n" + json.dumps({"apiVersion": version, "kind": kind, "metadata": metadata, **rest}) + "\n"


BANK = namespace("bank", team="money")


def labelled(text: str, at: str = "shop") -> str:
    """A Pod's document with its name as its label, and four ports of which one has a name."""
    found = json.loads(text.removeprefix("---\n"))
    found["metadata"] |= {"namespace": at, "labels": {"app": found["metadata"]["name"]}}
    (container,) = found["spec"]["containers"]
    first = {"containerPort": 8080, "name": "http"}
    others = [(8081, "TCP"), (8080, "UDP"), (8080, "SCTP")]
    container["ports"] = [first, *({"containerPort": port, "protocol": name} for port, name in others)]
    return "---\n" + json.dumps(found) + "\n"


@pytest.fixture(name="cast", scope="session")
def _cast(doc: dict[str, Callable[..., str]]) -> str:
    """Two nodes, two namespaces, four Pods and one on the host network, and a Service of the database."""
    port = {"port": 80, "nodePort": 30080, "targetPort": 8080}
    return (
        doc["node"]("alder", "192.0.2.11", "10.61.0.0/24")
        + doc["node"]("birch", "192.0.2.12", "10.61.1.0/24")
        + namespace("shop")
        + BANK
        + doc["service"]("db", SERVICE, port, type="NodePort")
        + doc["endpoints"]("db", 8080, {"addresses": [DB_IP], "nodeName": "alder"})
        + labelled(doc["pod"]("db", DB_IP, "alder"))
        + labelled(doc["pod"]("web", WEB_IP, "alder"))
        + labelled(doc["pod"]("far", FAR_IP, "birch"))
        + labelled(doc["pod"]("teller", STRANGER_IP, "birch"), "bank")
        + labelled(doc["pod"]("agent", "192.0.2.12", "birch"))
    )


@pytest.fixture(name="place", scope="session")
def _place(build: Callable[[str], State], cast: str) -> Place:
    """The cast under these policies."""
    return lambda *policies: build(cast + "".join(policies))


def asked(state: State, source: str, to: str = DB_IP, port: int = 8080, protocol: str = "tcp") -> Trace:
    """One connection."""
    return send(state, source, to, port, protocol)[1]


def reaches(state: State, source: str, to: str = DB_IP, port: int = 8080, protocol: str = "tcp") -> bool:
    """Whether a connection is answered; what is not is dropped in silence."""
    trace = asked(state, source, to, port, protocol)
    assert trace.verdict in ("DELIVERED", "DROP"), str(trace)
    return trace.delivered


def test_without_policies_everybody_reaches_everybody_and_nothing_is_said(place: Place) -> None:
    state = place()
    for source, to in product((DB, WEB, FAR, STRANGER), (DB_IP, WEB_IP, FAR_IP, STRANGER_IP)):
        trace = asked(state, source, to)
        assert trace.delivered
        assert trace.policies == ()


def test_a_selected_pod_is_isolated_and_the_others_are_not(place: Place) -> None:
    state = place(policy())
    assert not any(reaches(state, source) for source in (WEB, FAR, STRANGER))
    assert all(reaches(state, source, WEB_IP) for source in (DB, FAR, STRANGER))
    assert not any(reaches(place(policy(selector={})), source, WEB_IP) for source in (DB, FAR, STRANGER))


def test_a_policy_selects_in_its_own_namespace_only(place: Place) -> None:
    assert reaches(place(policy(selector={}, at="bank")), WEB)


@pytest.mark.parametrize("name", PEERS)
def test_who_may_come_in(place: Place, name: str) -> None:
    peer, allowed = PEERS[name]
    state = place(policy(ingress=[{"from": [peer]} if peer else {}]))
    who = {"web": WEB, "far": FAR, "teller": STRANGER}
    assert [name for name, source in who.items() if reaches(state, source)] == allowed.split()


def test_an_empty_list_of_peers_or_of_ports_is_all(place: Place) -> None:
    state = place(policy(ingress=[{"from": [], "ports": []}]))
    assert all(reaches(state, source) for source in (WEB, FAR, STRANGER))


@pytest.mark.parametrize("name", PEERS)
def test_whom_may_be_asked(place: Place, name: str) -> None:
    peer, allowed = PEERS[name]
    state = place(policy(policyTypes=["Egress"], egress=[{"to": [peer]} if peer else {}]))
    who = {"web": WEB_IP, "far": FAR_IP, "teller": STRANGER_IP}
    assert [name for name, to in who.items() if reaches(state, DB, to)] == allowed.split()


@pytest.mark.parametrize("direction", ["ingress", "egress"])
@pytest.mark.parametrize("name", PORTS)
def test_which_ports_are_open(place: Place, name: str, direction: str) -> None:
    ports, allowed = PORTS[name]
    rules: dict[str, Any] = {direction: [{"ports": ports}], "policyTypes": [direction.capitalize()]}
    state = place(policy(selector={"matchLabels": {"app": "db" if direction == "ingress" else "web"}}, **rules))
    open_ = [
        f"{protocol}/{port}"
        for protocol, port in (("tcp", 8080), ("tcp", 8081), ("udp", 8080), ("sctp", 8080))
        if reaches(state, WEB, port=port, protocol=protocol)
    ]
    assert open_ == allowed.split()


@pytest.mark.parametrize(
    ("spec", "comes_in", "goes_out"),
    [
        ({}, False, True),
        ({"ingress": [{}]}, True, True),
        ({"egress": []}, False, True),
        ({"egress": [{}]}, False, True),
        ({"egress": [{"ports": [{"port": 53}]}]}, False, False),
        ({"policyTypes": ["Egress"]}, True, False),
        ({"policyTypes": ["Ingress"], "egress": [{"ports": [{"port": 53}]}]}, False, True),
        ({"policyTypes": ["Ingress", "Egress"]}, False, False),
        ({"policyTypes": ["Ingress", "Egress"], "egress": [{}]}, False, True),
    ],
)
def test_which_directions_a_policy_is_about(place: Place, spec: dict[str, Any], comes_in: bool, goes_out: bool) -> None:  # noqa: FBT001 - a row
    state = place(policy(**spec))
    assert (reaches(state, WEB), reaches(state, DB, WEB_IP)) == (comes_in, goes_out)


def test_both_ends_must_allow_it(place: Place) -> None:
    out = policy("out", {"matchLabels": {"app": "web"}}, policyTypes=["Egress"], egress=[{"to": [{"podSelector": {}}]}])
    assert not reaches(place(policy(), out), WEB)
    trace = asked(place(policy(ingress=[{}]), out), WEB)
    assert [(hop.judgement.direction, hop.judgement.pod) for hop in trace.policies] == [
        ("Egress", "pod/shop/web"),
        ("Ingress", "pod/shop/db"),
    ]
    assert trace.delivered


def test_what_policies_allow_adds_up(place: Place) -> None:
    web = policy("web", ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}])
    far = policy("far", ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "far"}}}]}])
    state = place(web, far, policy("deny", selector={}))
    assert [reaches(state, source) for source in (WEB, FAR, STRANGER)] == [True, True, False]


def test_peers_and_ports_of_one_rule_belong_together(place: Place) -> None:
    rules = [
        {"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 8080}]},
        {"from": [{"podSelector": {"matchLabels": {"app": "far"}}}], "ports": [{"port": 8081}]},
    ]
    state = place(policy(ingress=rules))
    assert [reaches(state, source, port=port) for source, port in product((WEB, FAR), (8080, 8081))] == [
        True,
        False,
        False,
        True,
    ]


def test_answers_pass_where_questions_would_not(place: Place) -> None:
    state = place(policy(ingress=[{}], policyTypes=["Ingress", "Egress"]))
    trace = asked(state, WEB)
    assert trace.delivered
    assert trace.reply[-1].where == f"pod/{WEB}"
    assert not reaches(state, DB, WEB_IP)


def test_a_connection_that_stands_stays_and_a_new_one_is_refused(place: Place) -> None:
    state, first = send(place(), WEB, DB_IP, 8080, flow=40000)
    assert first.delivered
    after = evolve(place(policy()), conntrack=state.conntrack)
    assert send(after, WEB, DB_IP, 8080, flow=40000)[1].delivered
    assert not reaches(after, WEB)


def test_a_pod_reaches_itself(place: Place) -> None:
    state = place(policy(selector={}, policyTypes=["Ingress", "Egress"]))
    assert reaches(state, DB, DB_IP)
    assert asked(state, DB, SERVICE, 80).delivered


def test_a_node_and_its_own_pods_reach_one_another(place: Place) -> None:
    state = place(policy(selector={}, policyTypes=["Ingress", "Egress"]))
    assert reaches(state, "node/alder")
    assert asked(state, DB, "192.0.2.11", 10250).delivered
    assert not asked(state, DB, "192.0.2.12", 10250).delivered


def test_a_pod_on_the_host_network_is_its_node(place: Place) -> None:
    state = place(policy(ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "agent"}}}]}]))
    assert not reaches(state, SHARED)
    by_address = place(policy(ingress=[{"from": [{"ipBlock": {"cidr": "10.61.1.0/32"}}]}]))
    assert reaches(by_address, SHARED), "a node's packets into the overlay have the address of its end of it"
    assert reaches(place(policy(selector={"matchLabels": {"app": "agent"}})), WEB, "192.0.2.12")


def test_a_service_is_judged_by_the_pod_behind_it(place: Place) -> None:
    to_db = {"to": [{"podSelector": {"matchLabels": {"app": "db"}}}], "ports": [{"port": 8080}]}
    to_vip = {"to": [{"ipBlock": {"cidr": f"{SERVICE}/32"}}], "ports": [{"port": 80}]}
    who = {"matchLabels": {"app": "web"}}
    for rule, arrives in ((to_db, True), (to_vip, False)):
        state = place(policy(selector=who, policyTypes=["Egress"], egress=[rule]))
        assert asked(state, WEB, SERVICE, 80).delivered is arrives


def test_from_outside_a_pod_on_the_entrance_node_sees_the_client(place: Place) -> None:
    state = place(policy(ingress=[{"from": [{"ipBlock": {"cidr": "198.51.100.0/24"}}]}]))
    assert asked(state, OUTSIDE, "192.0.2.11", 30080).delivered
    detour = asked(state, OUTSIDE, "192.0.2.12", 30080)
    assert detour.verdict == "DROP"
    assert "from 10.61.1.0 on 8080/tcp" in detour.hops[-1].why


def test_a_ping_needs_a_rule_without_ports(place: Place) -> None:
    assert asked(place(policy(ingress=[{}])), WEB, DB_IP, protocol="icmp").delivered
    state = place(policy(ingress=[{"ports": [{"protocol": "TCP"}]}]))
    assert asked(state, WEB, DB_IP, protocol="icmp").verdict == "DROP"


def test_a_namespace_that_a_dump_lacks_still_has_its_name(build: Callable[[str], State], cast: str) -> None:
    named = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "bank"}}}
    assert reaches(build(cast.replace(BANK, "") + policy(ingress=[{"from": [named]}])), STRANGER)


def test_a_trace_says_who_forbids_it_and_why(place: Place) -> None:
    trace = asked(place(policy("deny"), policy("web", ingress=[{"ports": [{"port": 1}]}])), FAR)
    judged, dropped = trace.hops[-2:]
    assert isinstance(judged, Policy)
    assert isinstance(dropped, Drop)
    assert judged.where == dropped.where == "node/alder"
    assert judged.judgement.policies == ("shop/deny", "shop/web")
    assert dropped.by == (
        "Ingress of pod/shop/db: NetworkPolicies shop/deny, shop/web isolate it, and no rule allows "
        "from 10.61.1.7 (pod/shop/far) on 8080/tcp"
    )
    allowed = asked(place(policy("web", ingress=[{"ports": [{"port": 1}]}, {}])), FAR).policies
    assert [str(hop.judgement) for hop in allowed] == [
        "Ingress of pod/shop/db: NetworkPolicy shop/web allows it by rule 2"
    ]


def test_what_is_dropped_is_not_tracked(place: Place) -> None:
    state, trace = send(place(policy(selector={})), WEB, DB_IP, 8080)
    assert trace.verdict == "DROP"
    assert not any(list(table.living(state.now)) for table in state.conntrack.values())


LABELS = [{}, {"app": "web"}, {"app": "far"}, {"team": "money"}]
selectors = st.sampled_from([{"matchLabels": labels} if labels else {} for labels in LABELS])
peers = st.one_of(
    st.fixed_dictionaries({}, optional={"podSelector": selectors, "namespaceSelector": selectors}).filter(bool),
    st.sampled_from([{"ipBlock": {"cidr": cidr}} for cidr in ("10.61.1.0/24", "0.0.0.0/0", "198.51.100.7/32")]),
)
ports = st.sampled_from(
    [{"port": 8080}, {"port": 8080, "endPort": 9000}, {"port": "http"}, {"protocol": "UDP"}, {"port": 1}]
)
rules = st.fixed_dictionaries({"from": st.lists(peers, max_size=2), "ports": st.lists(ports, max_size=2)})
SOURCES = (WEB, FAR, STRANGER, "node/birch")




@pytest.fixture(name="reachable", scope="session")
def _reachable(place: Place) -> Callable[[str], frozenset[tuple[str, int]]]:
    """Who reaches which port of the database under one policy's ingress rules (as JSON)."""

    @cache
    def reachable(listed: str) -> frozenset[tuple[str, int]]:
        state = place(policy(ingress=json.loads(listed)))
        return frozenset(pair for pair in product(SOURCES, (8080, 8081)) if reaches(state, pair[0], port=pair[1]))

    return reachable


@settings(max_examples=40)
@given(listed=st.lists(rules, max_size=3), more=rules)
def test_one_more_rule_never_takes_anything_away(
    reachable: Callable[[str], frozenset[tuple[str, int]]], listed: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    before, after, alone = (reachable(json.dumps(each)) for each in (listed, [*listed, more], [more]))
    assert after == before | alone
