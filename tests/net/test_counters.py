"""Counters of rules: what a plain walk would have counted, in the words of iptables-save -c, and gone with a sync."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from kdisco import Cluster
from kdisco.errors import UsageError
from kdisco.net import counters as module
from kdisco.net.counters import Counters, Passed, length, survivors
from kdisco.net.fates import ruleset
from kdisco.net.iptables_read import read
from kdisco.net.packet import Packet
from kdisco.net.ruleset import Ruleset
from kdisco.net.text import counted, rules
from kdisco.net.walk import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.net.counters import Counted
    from kdisco.store.state import State

CLIENT = "pod/shop/client"


def iptables(state: State, node: str = "alder") -> Ruleset:
    found = ruleset(state, node)
    assert isinstance(found, Ruleset)
    return found


def by_chain(found: Counted, table: str = "nat") -> dict[str, list[int]]:
    """The packets that the rules of each chain have counted, those that counted none left out; hashes cut off."""
    rows: dict[str, list[int]] = {}
    for rule, packets, _ in found.rules:
        if rule.table == table:
            rows.setdefault(re.sub(r"-[A-Z2-7]{16}$", "", rule.chain), []).append(packets)
    return rows


def many(state: State, times: int, to: str = "10.111.4.20", source: str = CLIENT) -> State:
    for _ in range(times):
        state, _ = send(state, source, to, 80)
    return state


def test_before_any_packet_nothing_is_counted(shop: State) -> None:
    found = counted(shop, "alder")
    assert (found.rules, found.policies) == ((), {})
    lines = found.save.splitlines()
    assert [line.removeprefix("[0:0] ") for line in lines] == rules(shop, "alder").save.splitlines()
    assert str(found) == found.save


def test_every_rule_that_fits_counts_the_packet(shop: State) -> None:
    found = counted(many(shop, 30), "alder")
    rows = {(rule.chain, rule.comment): (packets, size) for rule, packets, size in found.rules}
    assert rows["KUBE-SERVICES", "shop/web:http cluster IP"] == (30, 1800)
    chosen = [packets for rule, packets, _ in found.rules if " -> " in rule.comment]
    assert len(chosen) == 3
    assert sum(chosen) == 30
    assert rows["FORWARD", "kubernetes forwarding rules"] == (60, 60 * 30 * 2)  # answers too
    assert rows["KUBE-FORWARD", "kubernetes forwarding conntrack rule"] == (30, 1800)
    assert found.policies["mangle", "PREROUTING"] == (60, 3600)
    assert found.policies["nat", "POSTROUTING"] == (30, 1800)
    assert ("nat", "PREROUTING") not in found.policies  # DNAT decided


def test_the_text_reads_back_as_the_counts(shop: State) -> None:
    found = counted(many(shop, 12), "alder")
    tables = read(found.save)
    told = [count for counts in tables.counts.values() for count in counts if any(count)]
    assert sorted(told) == sorted((packets, size) for _, packets, size in found.rules)
    assert tables == read(rules(shop, "alder").save)


def test_only_first_packets_meet_the_nat_table(shop: State) -> None:
    state = shop
    for _ in range(5):
        state, _ = send(state, CLIENT, "10.111.4.20", 80, flow=40000)
    found = counted(state, "alder")
    assert by_chain(found)["PREROUTING"] == [1]
    sizes = {rule.comment: size for rule, _, size in found.rules if rule.chain == "FORWARD"}
    assert sizes["kubernetes forwarding rules"] == 2 * 60 + 8 * 52


def test_a_refused_packet_is_counted_up_to_where_it_ends(shop: State) -> None:
    state, trace = send(shop, CLIENT, "10.111.4.21", 80)
    assert trace.verdict == "REJECT"
    found = counted(state, "alder")
    assert by_chain(found, "filter")["KUBE-SERVICES"] == [1]
    assert by_chain(found) == {"PREROUTING": [1]}
    met = (("mangle", "PREROUTING"), ("nat", "PREROUTING"), ("mangle", "FORWARD"))
    assert found.policies == dict.fromkeys(met, (1, 60))


def test_each_kernel_on_the_way_counts_for_itself(shop: State) -> None:
    state = many(shop, 30)
    far = sum(1 for entry in state.conntrack["birch"].living(state.now))
    assert 0 < far < 30
    assert by_chain(counted(state, "birch"))["PREROUTING"] == [far]
    assert by_chain(counted(state, "birch")) == {"PREROUTING": [far], "POSTROUTING": [far], "KUBE-POSTROUTING": [far]}


def test_sums_are_the_same_whenever_they_are_added_up(shop: State, monkeypatch: pytest.MonkeyPatch) -> None:
    apart = counted(many(shop, 20), "alder")
    monkeypatch.setattr(module, "LONGEST", 3)
    assert counted(many(shop, 20), "alder") == apart
    assert many(shop, 20).counters.sums


def test_a_sync_begins_again_where_it_writes(shop: State, build: Callable[..., State], doc: dict[str, Any]) -> None:
    state = many(shop, 9)
    table = state.tables["endpointslices"]
    for each in build(doc["endpoints"]("empty", 80, "10.61.0.77")).tables["endpointslices"].objects.values():
        table = table.put("endpointslices", each)
    after = evolve(state, tables=state.tables.merged({"endpointslices": table}))
    rows = by_chain(counted(after, "alder"))
    assert rows["PREROUTING"] == [9]
    assert sum(rows["KUBE-SVC"]) == 9  # web's chains stay as they are
    assert not {"KUBE-SERVICES", "KUBE-POSTROUTING"} & set(rows)
    later = by_chain(counted(many(after, 2), "alder"))
    assert (later["PREROUTING"], later["KUBE-SERVICES"], sum(later["KUBE-SVC"])) == ([11], [2], 11)
    gone = evolve(after, tables=after.tables.merged({"endpointslices": build("").tables["endpointslices"]}))
    assert set(by_chain(counted(gone, "alder"))) == {"PREROUTING", "POSTROUTING"}


def test_what_kube_proxy_does_not_notice_keeps_all_counts(shop: State) -> None:
    state = many(shop, 4)
    (service, *_) = state.tables["services"].objects.values()
    again = evolve(service, metadata=evolve(service.metadata, resource_version="77"))
    after = evolve(state, tables=state.tables.merged({"services": state.tables["services"].put("services", again)}))
    assert counted(after, "alder") == counted(state, "alder")


def test_other_flags_begin_everything_again_but_the_jumps(shop: State) -> None:
    state = many(shop, 4)
    counts = state.counters.of(iptables(state))
    flags = evolve(state.config.proxy, masquerade_all=True)
    other = iptables(evolve(state, config=evolve(state.config, proxy=flags)))
    assert {spot[1] for spot in survivors(counts, iptables(state), other)} <= {"PREROUTING", "POSTROUTING", "FORWARD"}


@pytest.mark.parametrize(
    ("protocol", "what", "size"),
    [
        ("tcp", {}, 60),
        ("tcp", {"known": True}, 52),
        ("tcp", {"reset": True}, 40),
        ("udp", {"known": True}, 28),
        ("icmp", {}, 84),
    ],
)
def test_a_packet_is_as_long_as_its_headers(protocol: str, what: dict[str, bool], size: int) -> None:
    assert length(Packet("10.0.0.1", 1, "10.0.0.2", 2, protocol), **what) == size
    assert length(Packet("fd00::1", 1, "fd00::2", 2, protocol), **what) == size + 20


def test_notes_without_a_way_are_the_policys(shop: State) -> None:
    passed = Passed("alder", iptables(shop), ((("mangle", "INPUT", None, 60, False),),))
    assert Counters().after((passed, passed)).of(iptables(shop)) == {("mangle", "INPUT", None): (2, 120)}


def test_the_facade_shows_them() -> None:
    cluster = Cluster(nodes=1)
    address = cluster.get("svc", "kube-dns", "kube-system").spec.cluster_ip
    cluster.send("node/node-1", address, 53, "udp")
    lines = cluster.proxy("node-1").counters().save.splitlines()
    assert [line for line in lines if line.startswith("[1:28] -A KUBE-SERVICES") and "kube-dns:dns cluster IP" in line]


def test_nftables_rules_count_nothing(shop: State) -> None:
    state = evolve(shop, config=evolve(shop.config, proxy=evolve(shop.config.proxy, mode="nftables")))
    assert many(state, 1).counters is None
    with pytest.raises(UsageError, match="kube-proxy is in nftables mode"):
        counted(state, "alder")


@pytest.mark.root
def test_a_kernel_counts_the_same_in_the_nat_table(build: Callable[..., State], doc: dict[str, Any]) -> None:
    text = doc["node"]("alder", "192.0.2.11", "10.61.0.0/24") + doc["service"](
        "s", "10.111.0.1", {"port": 80, "protocol": "TCP", "nodePort": 30080}, type="NodePort"
    )
    text += doc["endpoints"]("s", 8080, {"addresses": ["192.0.2.11"], "nodeName": "alder"})
    state = build(text + doc["pod"]("s-1", "192.0.2.11", "alder", 8080))
    rows = (("10.111.0.1", 80), ("10.111.0.1", 80), ("192.0.2.11", 30080), ("192.0.2.11", 8080), ("127.0.0.1", 8080))
    for to, port in rows:
        state, _ = send(state, "node/alder", to, port)
    fed = rules(state, "alder")
    script = f"""set -e
ip link set lo up; ip addr add 192.0.2.11/24 dev lo; ip route add default dev lo
iptables-restore --noflush <<'END'\n{fed.jumps}END
iptables-restore --noflush --counters <<'END'\n{fed.restore}END
python3 - <<'END'
import socket
server = socket.create_server(("0.0.0.0", 8080))
for to in {rows!r}:
    with socket.create_connection(to), server.accept()[0]:
        pass
END
iptables-save -c -t nat
"""
    done = subprocess.run(["unshare", "-n", "sh"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    assert told == f"*nat{counted(state, 'alder').save.partition('*nat')[2]}".splitlines()


def test_a_trace_tells_how_many_rules_were_looked_at_at_each_hook(shop: State) -> None:
    _, trace = send(shop, CLIENT, "10.111.4.20", 80, flow=1)
    visits = trace.visits
    first = {(table, chain): count for node, table, chain, count in visits[:3] if node == "alder"}
    assert list(first) == [("nat", "PREROUTING"), ("filter", "FORWARD"), ("nat", "POSTROUTING")]
    assert first["nat", "POSTROUTING"] == 2  # the jump, and the rule that sends unmarked packets back
    told = [hop.visited for hop in (*trace.hops, *trace.reply) if hop.visited]
    assert sorted(told + [2] * len(trace.met)) == sorted(count for *_, count in visits)
