"""The few rules of IPVS mode, to the letter, in the order in which kube-proxy writes them."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from kdisco.net.ipset import SETS, Member
from kdisco.net.iptables import Settings
from kdisco.net.ipvs_rules import CHAINS, jumps, rules

FLAGS = Settings(family=4, node_ips=("192.0.2.11",), cluster_cidr="10.61.0.0/16")
FULL = frozenset(SETS)
SAID = {key: f'-m comment --comment "{comment}"' for key, (_, comment) in SETS.items()}


def lines(flags: Settings = FLAGS, filled: frozenset[str] = frozenset(), *barred: Member) -> list[str]:
    made = rules(flags, lambda _key: lambda _sight, _ends: False, filled, barred, ("10.61.0.0/24",))
    return [f"{rule.table} {rule.restored()}" for rule in made]


def asked(key: str, chain: str, ends: str, target: str, before: str = "", after: str = "") -> str:
    return f"-A {chain} {before}{SAID[key]} -m set --match-set {key} {ends} {after}-j {target}"


SNAT = '-m comment --comment "kubernetes service traffic requiring SNAT"'
HEALTH = "-m set --match-set KUBE-HEALTH-CHECK-NODE-PORT dst"
FORWARD = 'filter -A KUBE-FORWARD -m comment --comment "kubernetes forwarding'
ALWAYS = [
    "nat -A KUBE-SERVICES -s 127.0.0.0/8 -j RETURN",
    "nat -A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT",
    "nat -A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ",
    "filter -A KUBE-SOURCE-RANGES-FIREWALL -j DROP",
    f'{FORWARD} rules" -m mark --mark 0x00004000/0x00004000 -j ACCEPT',
    f'{FORWARD} conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    f'filter -A KUBE-NODE-PORT -m comment --comment "Kubernetes health check node port" {HEALTH} -j ACCEPT',
    "filter -A KUBE-IPVS-FILTER -m set --match-set KUBE-LOAD-BALANCER dst,dst -j RETURN",
    "filter -A KUBE-IPVS-FILTER -m set --match-set KUBE-CLUSTER-IP dst,dst -j RETURN",
    "filter -A KUBE-IPVS-FILTER -m set --match-set KUBE-EXTERNAL-IP dst,dst -j RETURN",
    "filter -A KUBE-IPVS-FILTER -m set --match-set KUBE-EXTERNAL-IP-LOCAL dst,dst -j RETURN",
    f"filter -A KUBE-IPVS-FILTER {HEALTH} -j RETURN",
    "filter -A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT",
    "nat -A KUBE-POSTROUTING -m mark ! --mark 0x00004000/0x00004000 -j RETURN",
    "nat -A KUBE-POSTROUTING -j MARK --xor-mark 0x00004000",
    f"nat -A KUBE-POSTROUTING {SNAT} -j MASQUERADE --random-fully",
    "nat -A KUBE-MARK-MASQ -j MARK --or-mark 0x00004000",
]


def test_what_is_there_without_any_service() -> None:
    assert lines() == ALWAYS


def test_a_set_with_members_has_its_rules() -> None:
    external = asked("KUBE-EXTERNAL-IP", "KUBE-SERVICES", "dst,dst", "ACCEPT", after="{}")
    local = asked("KUBE-EXTERNAL-IP-LOCAL", "KUBE-SERVICES", "dst,dst", "ACCEPT", after="{}")
    afar, here = "-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL ", "-m addrtype --dst-type LOCAL "
    by_set = [
        "nat " + asked("KUBE-LOOP-BACK", "KUBE-POSTROUTING", "dst,dst,src", "MASQUERADE"),
        "nat " + asked("KUBE-LOAD-BALANCER", "KUBE-SERVICES", "dst,dst", "KUBE-LOAD-BALANCER"),
        "nat " + asked("KUBE-LOAD-BALANCER-LOCAL", "KUBE-LOAD-BALANCER", "dst,dst", "RETURN"),
        "nat " + asked("KUBE-NODE-PORT-LOCAL-TCP", "KUBE-NODE-PORT", "dst", "RETURN", "-p tcp "),
        "nat " + asked("KUBE-NODE-PORT-TCP", "KUBE-NODE-PORT", "dst", "KUBE-MARK-MASQ", "-p tcp "),
        "nat " + asked("KUBE-NODE-PORT-LOCAL-UDP", "KUBE-NODE-PORT", "dst", "RETURN", "-p udp "),
        "nat " + asked("KUBE-NODE-PORT-UDP", "KUBE-NODE-PORT", "dst", "KUBE-MARK-MASQ", "-p udp "),
        "nat " + asked("KUBE-NODE-PORT-LOCAL-SCTP-HASH", "KUBE-NODE-PORT", "dst,dst", "RETURN", "-p sctp "),
        "nat " + asked("KUBE-NODE-PORT-SCTP-HASH", "KUBE-NODE-PORT", "dst,dst", "KUBE-MARK-MASQ", "-p sctp "),
        "filter "
        + asked("KUBE-LOAD-BALANCER-FW", "KUBE-PROXY-FIREWALL", "dst,dst", "KUBE-SOURCE-RANGES-FIREWALL"),
        "filter "
        + asked("KUBE-LOAD-BALANCER-SOURCE-CIDR", "KUBE-SOURCE-RANGES-FIREWALL", "dst,dst,src", "RETURN"),
        "filter " + asked("KUBE-LOAD-BALANCER-SOURCE-IP", "KUBE-SOURCE-RANGES-FIREWALL", "dst,dst,src", "RETURN"),
        "nat "
        + asked("KUBE-CLUSTER-IP", "KUBE-SERVICES", "dst,dst", "KUBE-MARK-MASQ", after="! -s 10.61.0.0/16 "),
        "nat " + asked("KUBE-EXTERNAL-IP", "KUBE-SERVICES", "dst,dst", "KUBE-MARK-MASQ"),
        "nat " + external.format(afar),
        "nat " + external.format(here),
        "nat " + local.format(afar),
        "nat " + local.format(here),
    ]
    last = [
        "nat -A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT",
        "nat -A KUBE-SERVICES -m set --match-set KUBE-LOAD-BALANCER dst,dst -j ACCEPT",
    ]
    assert lines(filled=FULL) == [ALWAYS[0], *by_set, *ALWAYS[1:4], *last, *ALWAYS[4:]]


@pytest.mark.parametrize(
    ("changes", "ends", "whom"),
    [
        ({"masquerade_all": True}, "dst,dst", ""),
        ({"cluster_cidr": None}, "src,dst", ""),
        ({"masquerade_all": True, "cluster_cidr": None}, "dst,dst", ""),
        ({"cluster_cidr": "10.9.0.0/16"}, "dst,dst", "! -s 10.9.0.0/16 "),
    ],
)
def test_who_is_masqueraded_on_the_way_to_a_cluster_ip(changes: dict[str, Any], ends: str, whom: str) -> None:
    found = [line for line in lines(evolve(FLAGS, **changes), frozenset({"KUBE-CLUSTER-IP"})) if "masquerade" in line]
    assert found == ["nat " + asked("KUBE-CLUSTER-IP", "KUBE-SERVICES", ends, "KUBE-MARK-MASQ", after=whom)]


def test_a_load_balancer_that_the_node_may_not_use_has_a_rule_of_its_own() -> None:
    found = lines(FLAGS, FULL, Member.of_end("203.0.113.9", "tcp", 443))
    rule = (
        "filter -A KUBE-IPVS-OUT-FILTER -s 203.0.113.9 "
        "-m ipvs --vaddr 203.0.113.9 --vproto tcp --vport 443 -j DROP"
    )
    assert found[found.index(rule) - 1] == "filter -A KUBE-SOURCE-RANGES-FIREWALL -j DROP"
    assert len(found) == len(lines(FLAGS, FULL)) + 1


def test_ipv6_has_its_own_sets_and_localhost() -> None:
    found = lines(Settings(family=6, node_ips=()), FULL)
    assert found[0] == "nat -A KUBE-SERVICES -s ::1/128 -j RETURN"
    assert all("--match-set KUBE-6-" in line for line in found if "--match-set" in line)
    refused = [rule for rule in rules(FLAGS, lambda _: lambda *_: False, FULL, (), ()) if "REJECT" in rule.restored()]
    assert [rule.saved().rpartition(" ")[2] for rule in refused] == ["icmp-port-unreachable"]


def test_every_rule_stands_in_a_chain_that_is_declared_or_leads_to_one() -> None:
    declared = {(table, chain) for table, chains in CHAINS.items() for chain in chains}
    made = rules(FLAGS, lambda _: lambda *_: False, FULL, (Member.of_end("203.0.113.9", "tcp", 443),), ())
    assert {rule.place for rule in made} == declared
    assert len(declared) == 11


def test_jumps_in_the_order_in_which_they_are_put_in_front() -> None:
    assert [f"{rule.table} {rule.restored(verb='-I')}" for rule in jumps(FLAGS)] == [
        'nat -I OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        'nat -I PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
        'nat -I POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
        'filter -I FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
        'filter -I INPUT -m comment --comment "kubernetes health check rules" -j KUBE-NODE-PORT',
        'filter -I INPUT -m comment --comment "kube-proxy firewall rules" -j KUBE-PROXY-FIREWALL',
        'filter -I FORWARD -m comment --comment "kube-proxy firewall rules" -j KUBE-PROXY-FIREWALL',
        'filter -I INPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER',
        'filter -I OUTPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-OUT-FILTER',
        "filter -I INPUT -j KUBE-FIREWALL",
        "filter -I OUTPUT -j KUBE-FIREWALL",
    ]
    assert len(jumps(Settings(family=6, node_ips=()))) == 9
