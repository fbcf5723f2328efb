"""The search list that the server walks for a Pod."""

from __future__ import annotations

import dns.rcode
import pytest
from attrs import evolve
from dns_samples import SHOP, server_of

POD = """
---
apiVersion: v1
kind: Namespace
metadata: {name: bank}
---
apiVersion: v1
kind: Service
metadata: {name: till, namespace: bank}
spec: {clusterIP: 10.96.10.15, clusterIPs: [10.96.10.15], ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop}
spec: {containers: []}
status: {phase: Running, podIP: 10.244.9.50}
"""
UPSTREAM = [{"name": "www.corp.example.", "type": "A", "ttl": 60, "data": "203.0.113.9"}]
SERVER = server_of(SHOP + POD, UPSTREAM, pods="verified", autopath=True, autopath_search=("corp.example",))
CLIENT = "10.244.9.50"


def told(name: str, kind: str = "A", client: str | None = CLIENT) -> list[str]:
    return [line for rrset in SERVER.query(name, kind, client=client).answer for line in rrset.to_text().splitlines()]


def test_the_first_name_that_exists_answers_behind_an_alias() -> None:
    assert told("Till.bank.shop.svc.cluster.local") == [
        "Till.bank.shop.svc.cluster.local. 30 IN CNAME Till.bank.svc.cluster.local.",
        "Till.bank.svc.cluster.local. 30 IN A 10.96.10.15",
    ]
    assert told("cart.shop.svc.cluster.local") == ["cart.shop.svc.cluster.local. 30 IN A 10.96.10.11"]


def test_the_servers_own_search_list_comes_last() -> None:
    assert told("www.shop.svc.cluster.local") == [
        "www.shop.svc.cluster.local. 60 IN CNAME www.corp.example.",
        "www.corp.example. 60 IN A 203.0.113.9",
    ]


def test_a_name_without_the_type_ends_the_walk() -> None:
    found = SERVER.query("till.bank.shop.svc.cluster.local", "AAAA", client=CLIENT)
    assert (found.rcode(), found.answer, len(found.authority)) == (dns.rcode.NOERROR, [], 1)


def test_if_all_fail_the_first_reply_is_given() -> None:
    found = SERVER.query("nope.shop.svc.cluster.local", client=CLIENT)
    assert found.rcode() == dns.rcode.NXDOMAIN
    assert found.authority[0].name.to_text() == "cluster.local."


@pytest.mark.parametrize("client", [None, "10.244.9.51", "::1"])
def test_who_is_no_known_pod_gets_no_walk(client: str | None) -> None:
    assert told("till.bank.shop.svc.cluster.local", client=client) == []


def test_names_outside_the_pods_own_namespace_are_not_walked() -> None:
    assert told("shop.bank.svc.cluster.local") == []
    assert told("www.corp.example") == ["www.corp.example. 60 IN A 203.0.113.9"]


def test_the_search_domain_itself_fails() -> None:
    assert SERVER.query("shop.svc.cluster.local", client=CLIENT).rcode() == dns.rcode.SERVFAIL


def test_without_verified_pods_there_is_no_walk() -> None:
    plain = server_of(SHOP + POD, UPSTREAM, autopath=True)
    assert plain.query("till.bank.shop.svc.cluster.local", client=CLIENT).rcode() == dns.rcode.NXDOMAIN


def test_an_upstream_that_fails_ends_the_walk() -> None:
    down = evolve(SERVER, config=evolve(SERVER.config, upstream=None))
    assert down.query("nope.shop.svc.cluster.local", client=CLIENT).rcode() == dns.rcode.SERVFAIL


def test_a_long_name_is_left_out_of_the_walk() -> None:
    label = "a" * 60
    name = f"{label}.{label}.{label}.shop.svc.cluster.local"
    own = evolve(SERVER.config.dns, autopath_search=(f"{label}.{label}",))
    long = evolve(SERVER, config=evolve(SERVER.config, dns=own))
    assert long.query(name, client=CLIENT).rcode() == dns.rcode.NXDOMAIN
