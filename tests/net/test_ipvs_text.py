"""The texts of a node in IPVS mode: what is fed, what is printed back, and ipvsadm's list."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from kdisco.net.fates import ruleset
from kdisco.net.ipset import SETS
from kdisco.net.ipvs import VirtualServer
from kdisco.net.ipvs_ruleset import IpvsRuleset
from kdisco.net.ipvs_text import ipvsadm
from kdisco.net.text import rules, text_of
from kdisco.net.walk import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

TITLE = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
"""
WEB = """\
  -> 10.61.0.5:8080               Masq    1      0          0         
  -> 10.61.1.5:8080               Masq    1      0          0         
  -> 10.61.1.6:8080               Masq    1      0          0         
"""  # noqa: W291 - the columns are padded
VIP = ("tcp", "10.111.4.20", 80)


@pytest.fixture(name="ipvs")
def _ipvs(shop: State) -> State:
    """The shop, with kube-proxy in IPVS mode."""
    return evolve(shop, config=evolve(shop.config, proxy=evolve(shop.config.proxy, mode="ipvs")))


def counts(text: str, server: str = "TCP  10.111.4.20:80 rr") -> list[list[str]]:
    """Each real server of a virtual server with weight, active and inactive connections."""
    block = re.split(r"\n(?! )", text)
    (found,) = (each for each in block if each.startswith(f"{server}\n"))
    return [[line.split()[at] for at in (1, 3, 4, 5)] for line in found.splitlines()[1:]]


def test_ipvsadm_lists_the_virtual_servers_of_a_node(ipvs: State) -> None:
    heads = ("192.0.2.11:30080", "10.61.0.0:30080", "10.61.0.1:30080", "10.111.4.20:80")
    wanted = TITLE + "".join(f"TCP  {head} rr\n{WEB}" for head in heads) + "TCP  10.111.4.21:80 rr\n"
    assert rules(ipvs, "alder").ipvsadm == wanted


@pytest.mark.parametrize(
    ("listed", "wanted"),
    [
        (("10.96.0.1", "192.168.0.1"), ["192.168.0.1", "10.96.0.1"]),  # too far apart for a C int
        (("172.18.0.2", "192.168.0.1"), ["172.18.0.2", "192.168.0.1"]),
        (("10.96.0.10", "10.96.0.9"), ["10.96.0.9", "10.96.0.10"]),
        (("fd00::2", "fd00::1"), ["fd00::1", "fd00::2"]),
        (("fd00::1", "2001:db8::1"), ["fd00::1", "2001:db8::1"]),
    ],
)
def test_ipvsadm_sorts_by_addresses_as_signed_numbers(listed: tuple[str, ...], wanted: list[str]) -> None:
    made = (VirtualServer(protocol="tcp", address=ip, port=80, real=()) for ip in listed)
    heads = ipvsadm({each.key: each for each in made}).splitlines()[3:]
    assert [line.split()[1].removesuffix(":80").strip("[]") for line in heads] == wanted


def test_ipvsadm_puts_tcp_before_udp_before_sctp_and_lower_ports_first() -> None:
    wanted = [("tcp", 53), ("tcp", 443), ("udp", 53), ("sctp", 7)]
    made = [VirtualServer(protocol=name, address="10.96.0.1", port=port, real=()) for name, port in reversed(wanted)]
    heads = ipvsadm({each.key: each for each in made}).splitlines()[3:]
    assert heads == [f"{name.upper():<4} 10.96.0.1:{port} rr" for name, port in wanted]


def test_connections_are_counted_where_they_went(ipvs: State) -> None:
    for _ in range(4):
        ipvs, _ = send(ipvs, "pod/shop/client", "10.111.4.20", 80)
    assert counts(rules(ipvs, "alder").ipvsadm) == [
        ["10.61.0.5:8080", "1", "2", "0"],
        ["10.61.1.5:8080", "1", "1", "0"],
        ["10.61.1.6:8080", "1", "1", "0"],
    ]
    assert counts(rules(ipvs, "birch").ipvsadm) == counts(TITLE + f"TCP  10.111.4.20:80 rr\n{WEB}")
    closed, _ = send(ipvs, "pod/shop/client", "10.111.4.20", 80, close=True)
    assert counts(rules(closed, "alder").ipvsadm)[1] == ["10.61.1.5:8080", "1", "1", "1"]


def test_a_real_server_drains_with_weight_0_while_it_has_connections(ipvs: State) -> None:
    state, _ = send(ipvs, "pod/shop/client", "10.111.4.20", 80)
    entries = list(state.conntrack["alder"].living(state.now))
    rest = VirtualServer(protocol="tcp", address="10.111.4.20", port=80, real=())
    assert counts(ipvsadm({VIP: rest}, entries)) == [["10.61.0.5:8080", "0", "1", "0"]]
    assert ipvsadm({VIP: rest}) == TITLE + "TCP  10.111.4.20:80 rr\n"


def test_udp_is_not_drained(build: Callable[..., State], doc: dict[str, Callable[..., str]]) -> None:
    server = VirtualServer(protocol="udp", address="10.111.4.20", port=53, real=())
    text = doc["node"]("alder", "192.0.2.11", "10.61.0.0/24") + doc["pod"]("client", "10.61.0.50", "alder")
    text += doc["service"]("dns", "10.111.4.20", {"port": 53, "protocol": "UDP"})
    text += doc["endpoints"]("dns", 53, "10.61.0.5").replace('"TCP"', '"UDP"')
    state, _ = send(build(text, mode="ipvs"), "pod/shop/client", "10.111.4.20", 53, "udp")
    entries = list(state.conntrack["alder"].living(state.now))
    assert [entry.reply[1] for entry in entries] == ["10.61.0.5"]
    assert ipvsadm({server.key: server}, entries) == TITLE + "UDP  10.111.4.20:53 rr\n"
    assert counts(rules(state, "alder").ipvsadm, "UDP  10.111.4.20:53 rr") == [["10.61.0.5:53", "1", "0", "1"]]


def test_nat_is_fed_before_filter_with_all_chains_declared(ipvs: State) -> None:
    text = rules(ipvs, "alder").restore
    nat, filters = text.split("*filter\n")
    assert nat.startswith("*nat\n:KUBE-SERVICES - [0:0]\n:KUBE-POSTROUTING - [0:0]\n:KUBE-NODE-PORT - [0:0]\n")
    assert filters.startswith(":KUBE-FORWARD - [0:0]\n:KUBE-NODE-PORT - [0:0]\n:KUBE-PROXY-FIREWALL - [0:0]\n")
    assert text.count("COMMIT\n") == 2
    assert '-A KUBE-NODE-PORT -p tcp -m comment --comment "Kubernetes nodeport TCP port' in nat
    for part in (nat, filters):
        declared = set(re.findall(r"^:(\S+) ", part, re.MULTILINE))
        assert set(re.findall(r"^-A (\S+)", part, re.MULTILINE)) <= declared
        assert set(re.findall(r"-j (KUBE-\S+)", part)) <= declared


def test_saved_rules_have_their_heads_first_and_their_short_forms(ipvs: State) -> None:
    saved = rules(ipvs, "alder").save.splitlines()
    assert (
        '-A KUBE-SERVICES ! -s 10.61.0.0/16 -m comment --comment "Kubernetes service cluster ip + port for masquerade '
        'purpose" -m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ'
    ) in saved
    assert "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000" in saved
    assert [line for line in saved if line.startswith("-A INPUT")] == [
        "-A INPUT -j KUBE-FIREWALL",
        '-A INPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER',
        '-A INPUT -m comment --comment "kube-proxy firewall rules" -j KUBE-PROXY-FIREWALL',
        '-A INPUT -m comment --comment "kubernetes health check rules" -j KUBE-NODE-PORT',
    ]
    assert Counter(line[0] for line in saved)[":"] == 3 + 4 + 7 + 5  # built-in and own chains of both tables


def test_the_jumps_declare_what_they_lead_to(ipvs: State) -> None:
    text = rules(ipvs, "alder").jumps
    assert set(re.findall(r"-j (KUBE-\S+)", text)) <= set(re.findall(r"^:(\S+) ", text, re.MULTILINE))
    assert "CANARY" not in text  # kube-proxy watches none in this mode


def test_every_set_that_a_rule_asks_is_made_and_its_references_are_counted(ipvs: State) -> None:
    found = rules(ipvs, "alder")
    asked = Counter(re.findall(r"--match-set (\S+)", found.restore))
    assert asked["KUBE-CLUSTER-IP"] == 3
    listed = dict(re.findall(r"Name: (\S+)\n(?:.*\n){4}References: (\d+)", found.ipset))
    assert {name: int(count) for name, count in listed.items()} == {key: asked[key] for key in SETS}
    made = set(re.findall(r"^create (\S+)", found.ipset_restore, re.MULTILINE))
    assert set(asked) <= made == set(SETS)


def test_what_stands_in_the_sets(ipvs: State) -> None:
    adds = [line.split()[1:3] for line in rules(ipvs, "alder").ipset_restore.splitlines() if line.startswith("add ")]
    assert adds == [
        ["KUBE-LOOP-BACK", "10.61.0.5,tcp:8080,10.61.0.5"],
        ["KUBE-CLUSTER-IP", "10.111.4.21,tcp:80"],
        ["KUBE-CLUSTER-IP", "10.111.4.20,tcp:80"],
        ["KUBE-NODE-PORT-TCP", "30080"],
        ["KUBE-IPVS-IPS", "10.111.4.20"],
        ["KUBE-IPVS-IPS", "10.111.4.21"],
    ]


def test_the_number_of_rules_does_not_grow_with_the_services(
    build: Callable[..., State], doc: dict[str, Callable[..., str]]
) -> None:
    def text(many: int) -> str:
        listed = (doc["service"](f"s{at}", f"10.111.0.{at}", {"port": 80, "protocol": "TCP"}) for at in range(1, many))
        return doc["node"]("alder", "192.0.2.11") + "".join(listed)

    few, many = (rules(build(text(number), mode="ipvs"), "alder") for number in (3, 100))
    assert few.restore == many.restore
    assert len(many.ipset) > len(few.ipset)


def test_a_cluster_in_another_mode_can_be_asked_how_it_would_be(shop: State, ipvs: State) -> None:
    assert rules(shop, "alder", "ipvs").ipvsadm == rules(ipvs, "alder").ipvsadm
    assert rules(shop, "alder").ipvsadm == rules(shop, "alder").ipset == ""
    found = ruleset(ipvs, "alder")
    assert isinstance(found, IpvsRuleset)
    assert text_of(found) == rules(ipvs, "alder")
    assert "KUBE-6-CLUSTER-IP" in rules(ipvs, "alder", family=6).ipset
