"""A node in IPVS mode as text: its few rules, its sets, and its virtual servers as ``ipvsadm -Ln`` prints them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cmp_to_key
from typing import TYPE_CHECKING

from kdisco.net.ipset import text_of_list, text_of_restore
from kdisco.net.iptables import BUILT_IN
from kdisco.net.ipvs_match import InSet
from kdisco.net.ipvs_rules import CHAINS, kubelet_guard
from kdisco.net.packet import number, target
from kdisco.net.rule import Rules

if TYPE_CHECKING:
    from kdisco.net.conntrack import Entry
    from kdisco.net.ipvs import Server, VirtualServer
    from kdisco.net.ipvs_ruleset import IpvsRuleset

__all__ = ["ipvsadm", "texts"]

HEAD = (
    "IP Virtual Server version 1.2.1 (size=4096)\n"
    "Prot LocalAddress:Port Scheduler Flags\n"
    "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
)
NUMBERS = {"tcp": 6, "udp": 17, "sctp": 132}  # IP protocol numbers, by which ipvsadm sorts
WORD = 1 << 32
Ends = dict[tuple[str, int], list[int]]  # connections of each real server: active, inactive


def texts(rules: IpvsRuleset, connections: Iterable[Entry] = ()) -> Rules:
    """All texts of a node and family; ``connections`` are those that its kernel tracks now."""
    members = rules.members()
    family = rules.settings.family
    asked = Counter(match.name for rule in rules.rules for match in rule.matches if isinstance(match, InSet))
    return Rules(
        jumps=_lines(_jumps(rules)),
        restore=_lines(_restore(rules)),
        save=_lines(_save(rules)),
        ipvsadm=ipvsadm(rules.servers(), connections),
        ipset=text_of_list(members, family, asked),
        ipset_restore=text_of_restore(members, family),
    )


def _jumps(rules: IpvsRuleset) -> Iterator[str]:
    for table, chains in CHAINS.items():
        guard = [rule for rule in kubelet_guard(rules.settings) if rule.table == table]
        yield f"*{table}"
        yield from (f":{chain} - [0:0]" for chain in (*chains, *(rule.chain for rule in guard)))
        yield from (rule.restored() for rule in guard)
        yield from (rule.restored(verb="-I") for rule in rules.jumps if rule.table == table)
        yield "COMMIT"


def _restore(rules: IpvsRuleset) -> Iterator[str]:
    for table, chains in CHAINS.items():
        yield f"*{table}"
        yield from (f":{chain} - [0:0]" for chain in chains)
        yield from (rule.restored() for rule in rules.rules if rule.table == table)
        yield "COMMIT"


def _save(rules: IpvsRuleset) -> Iterator[str]:
    for table in ("filter", "nat"):
        built_in = BUILT_IN[table]
        guard = (rule.chain for rule in kubelet_guard(rules.settings) if rule.table == table)
        ordered = [*built_in, *sorted({*CHAINS[table], *guard})]
        yield f"*{table}"
        yield from (f":{chain} {'ACCEPT' if chain in built_in else '-'} [0:0]" for chain in ordered)
        yield from (rule.saved() for chain in ordered for rule in rules.chain((table, chain)))
        yield "COMMIT"


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def ipvsadm(servers: Mapping[Server, VirtualServer], connections: Iterable[Entry] = ()) -> str:
    """What ``ipvsadm -Ln`` prints.

    A real server of TCP that is an endpoint no more keeps its place, with weight 0, until its connections are over.
    """
    found: dict[Server, Ends] = {}
    for entry in connections:
        protocol, _, _, ip, port = entry.original
        if (protocol, ip, port) in servers:
            counts = found.setdefault((protocol, ip, port), {}).setdefault(entry.reply[1:3], [0, 0])
            counts[0 if entry.state == "ESTABLISHED" else 1] += 1
    ordered = sorted(servers.values(), key=cmp_to_key(_compared))
    return HEAD + "".join(f"{line}\n" for server in ordered for line in _printed(server, found.get(server.key, {})))


def _printed(server: VirtualServer, counted: Ends) -> Iterator[str]:
    yield str(server)
    weights = {(end.address, end.port): 1 for end in server.real}
    if server.protocol == "tcp":
        weights = dict.fromkeys(counted, 0) | weights
    for ip, port in sorted(weights, key=lambda end: (number(end[0]), end[1])):
        active, inactive = counted.get((ip, port), (0, 0))
        there = target(ip, port)
        yield f"  -> {there:<28} Masq    {weights[ip, port]:<6} {active:<10} {inactive:<10}"


def _compared(one: VirtualServer, other: VirtualServer) -> int:
    """As ipvsadm compares: the difference of two addresses is cut to a C int, so 192.0.2.1 stands before 10.0.0.1."""
    protocols = NUMBERS[one.protocol] - NUMBERS[other.protocol]
    pairs = zip(_words(one.address), _words(other.address), strict=True)
    differences = (_signed(mine - yours) for mine, yours in pairs)
    return protocols or next((each for each in differences if each), 0) or one.port - other.port


def _words(ip: str) -> tuple[int, ...]:
    """An address as the 32-bit numbers that it is compared by."""
    value = number(ip)
    return tuple(value >> shift & WORD - 1 for shift in (96, 64, 32, 0)) if ":" in ip else (value,)


def _signed(difference: int) -> int:
    cut = difference % WORD
    return cut - WORD if cut >= WORD // 2 else cut
