"""What the plugin knows of Services, endpoints and Pods, and how it follows a change."""

from __future__ import annotations

from attrs import evolve
from dns_samples import SHOP, view_of
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.config import DnsConfig
from kdisco.dns.names import RecordRequest
from kdisco.dns.records import Entry, Records
from kdisco.model.endpoints import Endpoint, EndpointSlice
from kdisco.model.frozen import FrozenMap
from kdisco.model.meta import ObjectMeta
from kdisco.store.table import Table, View

CART = RecordRequest(kind="svc", namespace="shop", service="cart")
PODS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: up, namespace: shop}
spec: {containers: []}
status: {phase: Running, podIP: 10.244.0.1, podIPs: [{ip: 10.244.0.1}, {ip: "fd00::1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: done, namespace: shop}
spec: {containers: []}
status: {phase: Succeeded, podIP: 10.244.0.2}
---
apiVersion: v1
kind: Pod
metadata: {name: leaving, namespace: shop, deletionTimestamp: "2026-01-01T00:00:00Z"}
spec: {containers: []}
status: {phase: Running, podIP: 10.244.0.3}
"""


def test_cluster_ip_rows() -> None:
    assert Records(view_of(SHOP), DnsConfig()).find(CART) == (Entry("10.96.10.11", ("cart", "shop", "svc"), 80),)


def test_ready_endpoints_only() -> None:
    records = Records(view_of(SHOP), DnsConfig())
    row = Entry("10.244.1.5", ("10-244-1-5", "cart", "shop", "svc"), 8080)
    assert records.find(evolve(CART, endpoint="10-244-1-5")) == (row,)
    assert records.find(evolve(CART, endpoint="10-244-1-6")) is None


def test_namespaces_that_are_not_listed_do_not_exist() -> None:
    assert Records(view_of(SHOP), DnsConfig(namespaces=("other",))).find(CART) is None
    assert Records(view_of(SHOP), DnsConfig(namespaces=("shop",))).find(CART)


def test_pods_by_mode() -> None:
    def known(mode: str, label: str) -> bool:
        request = RecordRequest(kind="pod", namespace="shop", service=label)
        return bool(Records(view_of(PODS), DnsConfig(pods=mode)).find(request))

    labels = ("10-244-0-1", "10-244-0-2", "10-244-0-3", "10-244-0-4", "fd00--1", "nonsense")
    assert [known("disabled", label) for label in labels] == [False] * 6
    assert [known("insecure", label) for label in labels] == [True] * 5 + [False]
    assert [known("verified", label) for label in labels] == [True] + [False] * 5


def test_empty_service_may_be_ignored() -> None:
    view = view_of(SHOP)
    bare = View(2, FrozenMap({name: table for name, table in view.tables.items() if name != "endpointslices"}))
    assert Records(bare, DnsConfig()).find(CART)
    assert Records(bare, DnsConfig(ignore_empty_service=True)).find(CART) is None
    assert Records(view, DnsConfig(ignore_empty_service=True)).find(CART)


def test_nameservers_are_the_service_of_the_own_address() -> None:
    records = Records(view_of(SHOP), DnsConfig())
    assert records.nameservers(["10.244.1.5"]) == ((("cart", "shop", "svc"), "10.96.10.11"),)
    assert [labels[0] for labels, _ in records.nameservers(["10.244.2.1"])] == ["db-0", "db-1"]
    assert records.nameservers(["10.9.9.9"]) == ((("ns", "dns"), "10.9.9.9"),)


def slice_of(name: str, addresses: list[int]) -> EndpointSlice:
    labels = FrozenMap({"kubernetes.io/service-name": f"svc-{name}"})
    endpoints = tuple(Endpoint(addresses=(f"10.0.0.{number}",)) for number in addresses)
    return EndpointSlice(metadata=ObjectMeta(name=name, namespace="ns", labels=labels), endpoints=endpoints)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.lists(st.integers(0, 5), max_size=4)), max_size=8))
def test_addresses_follow_every_change(changes: list[tuple[str, list[int]]]) -> None:
    """The index carried along by differences says what one made afresh would say."""
    others = [slice_of(f"other-{number}", [9]) for number in range(9)]  # so that one change is a small one
    table, held = Table.of("endpointslices", others), dict[str, list[int]]()
    for name, addresses in changes:
        table = table.put("endpointslices", slice_of(name, addresses))
        held[name] = addresses
        records = Records(View(1, FrozenMap({"endpointslices": table})), DnsConfig())
        for number in range(6):
            expected = {f"svc-{each}" for each, own in held.items() if number in own}
            assert {labels[1] for labels in records.names_of(f"10.0.0.{number}")} == expected


ZONED = SHOP + """
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-2, namespace: shop, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
ports: [{name: pg, protocol: TCP, port: 5432}]
endpoints: [{addresses: [10.244.3.1], zone: West}, {addresses: [10.244.3.2], zone: east}]
"""


def test_the_endpoints_of_a_zone() -> None:
    records = Records(view_of(ZONED), DnsConfig(zonal=True))

    def hosts(place: str, service: str = "db", *, prefer: bool = False) -> list[str] | None:
        found = records.find(RecordRequest(kind="svc", namespace="shop", service=service, place=place, prefer=prefer))
        return None if found is None else [entry.host for entry in found]

    assert hosts("west") == ["10.244.3.1"]
    assert hosts("east", prefer=True) == ["10.244.3.2"]
    assert hosts("south") == []
    assert hosts("south", prefer=True) == ["10.244.2.1", "10.244.2.2", "10.244.3.1", "10.244.3.2"]
    assert [hosts("west", service) for service in ("cart", "docs", "none")] == [None, None, None]
