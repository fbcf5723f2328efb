"""A DNS answer in process, bytes in and bytes out, beside dnspython building the same message.

Run: ``python benchmarks/dns_answer.py [SERVICES]`` (default 1000). Plain A questions for ClusterIP Services. ``asked
first`` goes through all plugins, ``asked again`` has been asked before in the same state; ``changed`` is the first
question after a change that CoreDNS has seen. dnspython reads the same query, makes a response and writes it. Times
are minima of several rounds in one process, so read the last column, the ratio to dnspython (budget: 100 us).
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.rrset

from kdisco import Cluster
from kdisco.dns.server import question

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS, ASKED = 9, 500
BUDGET = 100.0  # us


def filled(services: int) -> Cluster:
    """A settled cluster with so many ClusterIP Services."""
    cluster = Cluster(nodes=2)
    for number in range(services):
        spec = {"selector": {"app": f"app-{number}"}, "ports": [{"name": "http", "port": 80}]}
        cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"app-{number}"}, "spec": spec})
    return cluster.settle()


def seconds(ask: Callable[[bytes], object], queries: list[bytes]) -> float:
    """How long these questions take one after the other."""
    began = time.perf_counter()
    for query in queries:
        ask(query)
    return time.perf_counter() - began


def built(query: bytes, answer: str) -> bytes:
    """What dnspython does for the same bytes."""
    read = dns.message.from_wire(query)
    response = dns.message.make_response(read)
    response.flags |= dns.flags.AA
    response.answer.append(dns.rrset.from_text(read.question[0].name, 30, "IN", "A", answer))
    return response.to_wire()


def touched(cluster: Cluster) -> None:
    """Change something that CoreDNS hears of, and that is none of the questions' matter."""
    metadata = {"annotations": {"example.com/round": str(cluster.revision)}}
    cluster.patch("Service", "app-0", {"metadata": metadata})
    cluster.settle()


def main() -> int:
    """Print the table; 1 when an answer takes longer than the budget."""
    services = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    cluster = filled(services)
    queries = [question(f"app-{at % services}.default.svc.cluster.local.", "A", 1232) for at in range(ASKED)]
    address, front = cluster.get("Service", "app-0").spec.cluster_ip, cluster.dns
    if built(queries[0], address) != front.wire(queries[0]):
        print("note: dnspython's message is the same in other bytes, it compresses names")
    best = dict.fromkeys(("asked first", "asked again", "changed", "dnspython"), float("inf"))
    for _ in range(ROUNDS):  # in turns, so that a busy moment hits all of them
        touched(cluster)
        taken = {
            "changed": seconds(front.wire, queries[:1]) * ASKED,
            "asked first": seconds(front.wire, queries[1:]) * ASKED / (ASKED - 1),
            "asked again": seconds(front.wire, queries),
            "dnspython": seconds(lambda query: built(query, address), queries),
        }
        best = {name: min(least, taken[name]) for name, least in best.items()}
    print(f"{services} Services\n{'an A question':20}{'each':>12}{'ratio':>8}")
    for name, least in best.items():
        print(f"{name:20}{least / ASKED * 1e6:9.1f} us{least / best['dnspython']:8.2f}")
    return int(best["asked first"] / ASKED * 1e6 > BUDGET)


if __name__ == "__main__":
    raise SystemExit(main())
