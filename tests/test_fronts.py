"""What a cluster answers for its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front

from kdisco import Cluster, KdiscoError, NotFound
from kdisco.errors import UsageError
from kdisco.fronts import DnsFront, ProxyFront, find_pod, resolv_conf, routes

if TYPE_CHECKING:
    from collections.abc import Callable


def article() -> Cluster:
    """A settled cluster with its DNS and one application."""
    cluster = Cluster(nodes=2)
    cluster.create(f"{deployment()}\n---\n{front()}")
    return cluster.settle()


CLUSTER = article()
NAME = CLUSTER.list("pods", namespace="default")[0].name


@pytest.mark.parametrize("name", [NAME, f"default/{NAME}", f"pod/default/{NAME}", f"pods/{NAME}", f"po/default/{NAME}"])
def test_a_pod_goes_by_several_names(name: str) -> None:
    assert find_pod(CLUSTER.state, name).name == NAME


@pytest.mark.parametrize("name", ["", "/", "a/b/c", "pod/a/b/c", "default/", 5, None])
def test_what_is_no_pods_name_is_a_usage_error(name: Any) -> None:
    with pytest.raises(UsageError, match='a Pod is named "namespace/name"'):
        find_pod(CLUSTER.state, name)


@pytest.mark.parametrize("name", ["nobody", "default/nobody", f"kube-system/{NAME}"])
def test_a_pod_that_is_not_there_is_not_found(name: str) -> None:
    with pytest.raises(NotFound, match="pods"):
        find_pod(CLUSTER.state, name)


def test_a_front_answers_as_of_now() -> None:
    cluster = article()
    dns, proxy = cluster.dns, cluster.proxy("node-1")
    address = cluster.get("service", "web").spec.cluster_ip
    assert address in str(dns.query("web.default.svc.cluster.local.", "A"))
    assert len(proxy.fates("10.244.0.1", address, 80)) == 2
    cluster.scale("deployment/web", 3)
    assert len(proxy.fates("10.244.0.1", address, 80)) == 2
    cluster.settle()
    assert len(proxy.fates("10.244.0.1", address, 80)) == 3
    cluster.delete("service", "web")
    cluster.settle()
    assert "NXDOMAIN" in str(dns.query("web.default.svc.cluster.local.", "A"))


def test_a_front_of_a_dump_answers_without_pods_of_its_own() -> None:
    front_end = DnsFront(lambda: Cluster(nodes=0, addons=False).state)
    assert "10.96.0.1" in str(front_end.query("kubernetes.default.svc.cluster.local."))
    assert ProxyFront(lambda: Cluster(nodes=1, addons=False).state, "node-1").rules().restore


def test_a_message_goes_in_and_one_comes_out() -> None:
    query = CLUSTER.dns.query("web.default.svc.cluster.local.", "A")
    question = bytes.fromhex("123401000001000000000000") + query.to_wire()[12:46] + bytes.fromhex("00010001")
    assert CLUSTER.dns.wire(question)[:2] == question[:2]


def test_the_resolv_conf_names_the_cluster_dns() -> None:
    text = resolv_conf(CLUSTER.state, find_pod(CLUSTER.state, NAME))
    assert text.splitlines() == [
        "search default.svc.cluster.local svc.cluster.local cluster.local",
        "nameserver 10.96.0.10",
        "options ndots:5",
    ]


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({"cluster_dns": "10.9.9.9"}, ["nameserver 10.9.9.9"]),
        ({"cluster_dns": ("10.9.9.9", "10.9.9.8")}, ["nameserver 10.9.9.9", "nameserver 10.9.9.8"]),
        ({"service_cidr": "10.0.0.0/24"}, ["nameserver 10.0.0.10"]),
    ],
)
def test_the_nameserver_is_as_configured_else_kube_dns(settings: dict[str, Any], lines: list[str]) -> None:
    cluster = Cluster(nodes=1, **settings)
    cluster.create(deployment(replicas=1))
    cluster.settle()
    text = cluster.resolv_conf(cluster.list("pods", namespace="default")[0].name)
    assert [line for line in text.splitlines() if line.startswith("nameserver")] == lines


def test_a_lookup_goes_through_the_search_list() -> None:
    found = CLUSTER.lookup("web", NAME, family="inet")
    assert found.addresses == (CLUSTER.get("service", "web").spec.cluster_ip,)
    assert found.error is None


@pytest.mark.parametrize("where", [f"pod/default/{NAME}", "node/node-1"])
def test_pods_and_nodes_have_routes(where: str) -> None:
    assert "default via" in str(routes(CLUSTER.state, where))


@pytest.mark.parametrize(
    "ask",
    [
        lambda: CLUSTER.dns.query("x", "FOO"),
        lambda: CLUSTER.dns.query(5, "A"),  # type: ignore[arg-type]  # wrong on purpose
        lambda: CLUSTER.dns.query("x", client="nowhere"),
        lambda: CLUSTER.dns.query("x", udp_size=-1),
        lambda: CLUSTER.dns.wire("x"),  # type: ignore[arg-type]  # wrong on purpose
        lambda: CLUSTER.proxy("node-9"),
        lambda: CLUSTER.proxy(5),  # type: ignore[arg-type]  # wrong on purpose
        lambda: CLUSTER.proxy("node-1").rules("ebpf"),
        lambda: CLUSTER.proxy("node-1").rules(family=5),
        lambda: CLUSTER.proxy("node-1").fates("a", "b", 80),
        lambda: CLUSTER.proxy("node-1").fates("10.0.0.1", "10.0.0.2", 0),
        lambda: CLUSTER.proxy("node-1").fates("10.0.0.1", "10.0.0.2", 80, "icmp"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask: Callable[[], object]) -> None:
    with pytest.raises(KdiscoError):
        ask()
