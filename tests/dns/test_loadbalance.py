"""The order of records in an answer."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import Any

from attrs import evolve
from dns_samples import server_of

NAME = "many.c.svc.cluster.local."
FOUR = """
apiVersion: v1
kind: Namespace
metadata: {name: c}
---
apiVersion: v1
kind: Service
metadata: {name: many, namespace: c}
spec: {clusterIP: None, clusterIPs: [None], ports: [{port: 1}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: many, namespace: c, labels: {kubernetes.io/service-name: many}}
addressType: IPv4
ports: [{port: 1}]
endpoints:
- {addresses: [10.0.0.1]}
- {addresses: [10.0.0.2]}
- {addresses: [10.0.0.3]}
- {addresses: [10.0.0.4]}
---
apiVersion: v1
kind: Service
metadata: {name: alias, namespace: c}
spec: {type: ExternalName, externalName: many.c.svc.cluster.local}
"""
SERVER = server_of(FOUR)


def order(server: Any = SERVER, name: str = NAME) -> tuple[str, ...]:
    return tuple(data.to_text() for rrset in server.query(name).answer for data in rrset)


def test_every_order_comes_and_each_address_is_first_as_often() -> None:
    found = Counter(order(evolve(SERVER, turn=turn)) for turn in range(1200))
    assert set(found) == set(permutations(order()))
    firsts = Counter(each[0] for each in found.elements())
    assert all(240 < count < 360 for count in firsts.values())


def test_the_same_course_gives_the_same_answers() -> None:
    assert order() == order()
    later = [order(evolve(SERVER, now=SERVER.now + seconds)) for seconds in range(12)]
    assert len(set(later)) > 3
    other = evolve(SERVER, config=evolve(SERVER.config, seed=2))
    assert [order(evolve(SERVER, turn=turn)) for turn in range(5)] != [
        order(evolve(other, turn=turn)) for turn in range(5)
    ]


def test_the_messages_id_turns_the_order_too() -> None:
    message = SERVER.query(NAME).to_wire()[12:]
    question = message[: message.index(b"\0") + 5]
    answers = {
        SERVER.wire(number.to_bytes(2, "big") + b"\1\0\0\1\0\0\0\0\0\0" + question)[2:] for number in range(20)
    }
    assert len(answers) > 5


def test_aliases_stay_before_the_addresses() -> None:
    for turn in range(20):
        assert order(evolve(SERVER, turn=turn), "alias.c.svc.cluster.local.")[0] == NAME


def test_records_without_addresses_keep_their_order() -> None:
    found = {
        tuple(data.to_text() for data in evolve(SERVER, turn=turn).query(NAME, "SRV").answer[0]) for turn in range(20)
    }
    assert len(found) == 1
