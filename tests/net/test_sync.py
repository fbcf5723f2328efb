"""What a sync writes: the chains of changed Services, what all share, and the end of what nobody needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from hypothesis import given
from proxy_scenes import FLAGS, changes

from kdisco import Cluster
from kdisco.errors import UsageError
from kdisco.net.fates import ruleset
from kdisco.net.ipvs_ruleset import IpvsRuleset
from kdisco.net.sync import changed
from kdisco.net.text import sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco.store.state import State

PORT = {"port": 80, "protocol": "TCP"}


def two(doc: dict[str, Any], *ends: str) -> str:
    """Two Services, of which the second one has these endpoints."""
    text: str = doc["node"]("alder", "192.0.2.11") + doc["service"]("first", "10.111.0.1", PORT)
    text += doc["endpoints"]("first", 80, "10.61.0.1") + doc["service"]("second", "10.111.0.2", PORT)
    return text + str(doc["endpoints"]("second", 80, *ends))


def test_only_what_has_changed_is_written(build: Callable[..., State], doc: dict[str, Any]) -> None:
    before, after = (build(two(doc, *ends)) for ends in (("10.61.0.5", "10.61.0.6"), ("10.61.0.5",)))
    found = sync(before, after, "alder")
    assert (found.full, found.services, found.removal) == (False, ("shop/second",), "")
    nat = found.restore.partition("*nat\n")[2].splitlines()
    declared = [line.split()[0] for line in nat if line.startswith(":")]
    assert declared[:4] == [":KUBE-SERVICES", ":KUBE-NODEPORTS", ":KUBE-POSTROUTING", ":KUBE-MARK-MASQ"]
    assert [name.rpartition("-")[0] for name in declared[4:]] == [":KUBE-SVC", ":KUBE-SEP", ":KUBE-SEP"]
    gone = [line.removeprefix("-X ") for line in nat if line.startswith("-X")]
    assert gone == [declared[-1][1:]]  # emptied first
    assert nat[-3:-1] == [f"-X {gone[0]}", nat[-2]]  # only the jump to the nodePorts comes later
    assert [line for line in nat if "shop/first" in line and not line.startswith("-A KUBE-SERVICES ")] == []
    assert [line for line in nat if '"shop/first cluster IP"' in line]
    assert str(found) == found.restore


def test_a_change_that_kube_proxy_does_not_notice_is_no_sync(build: Callable[..., State], doc: dict[str, Any]) -> None:
    state = build(two(doc, "10.61.0.5"))
    (service, *_) = state.tables["services"].objects.values()
    table = state.tables["services"].put("services", evolve(service, metadata=evolve(service.metadata, uid="7")))
    after = evolve(state, tables=state.tables.merged({"services": table}))
    assert sync(state, after, "alder").restore == ""
    assert changed(*(_rules(each) for each in (state, after))) == frozenset()


def varied(doc: dict[str, Any], what: str) -> str:
    """Two Services as ever, but for one slice more, or for the node of an endpoint."""
    more = {
        "as it was": "",
        "an empty slice more": doc["endpoints"]("second", 80),
        "an endpoint in two slices": doc["endpoints"]("second", 80, "10.61.0.5"),
        "a slice of the other family": doc["endpoints"]("second", 80).replace('"IPv4"', '"IPv6"'),
        "a slice of nobody": doc["endpoints"]("nobody", 80, "10.61.0.9"),
    }
    ends: Any = "10.61.0.5", {"addresses": ["10.61.1.6"], "nodeName": "cedar" if what == "another node" else "birch"}
    return two(doc, *ends) + str(more.get(what, "")).replace("second-a", "second-b")


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
@pytest.mark.parametrize(
    ("what", "services", "rewritten"),
    [
        ("as it was", (), ""),
        ("another node", ("shop/second",), "iptables nftables"),
        ("an empty slice more", ("shop/second",), "iptables nftables"),
        ("an endpoint in two slices", ("shop/second",), "iptables nftables"),
        ("a slice of the other family", (), ""),
        ("a slice of nobody", (), "iptables"),  # where what all share is always written
    ],
)
def test_a_slice_that_is_another_is_a_change_even_if_its_endpoints_are_the_same(
    build: Callable[..., State], doc: dict[str, Any], mode: str, what: str, services: tuple[str, ...], rewritten: str
) -> None:
    """Upstream: endpointslicecache.go compares slices, not what comes of them."""
    before, after = (build(varied(doc, each), mode=mode) for each in ("as it was", what))
    found = sync(before, after, "alder", mode)
    assert (found.full, found.services) == (False, services)
    assert bool(found.restore) == (mode in rewritten)


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_of_a_new_range_of_cluster_ips_no_kube_proxy_takes_notice_at_once(
    build: Callable[..., State], doc: dict[str, Any], mode: str
) -> None:
    text = two(doc, "10.61.0.5")
    before, after = (build(text, mode=mode, service_cidrs=(cidr,)) for cidr in ("10.111.0.0/16", "10.96.0.0/12"))
    assert sync(before, after, "alder").restore == ""


def _rules(state: State) -> Any:
    found = ruleset(state, "alder")
    assert not isinstance(found, IpvsRuleset)
    return found


def test_other_flags_or_another_zone_write_everything(build: Callable[..., State], doc: dict[str, Any]) -> None:
    text = two(doc, "10.61.0.5")
    before, after = build(text), build(text, masquerade_all=True)
    found = sync(before, after, "alder")
    assert (found.full, found.services) == (True, ())
    assert "shop/first" in found.restore
    moved = build(text.replace('"name": "alder"', '"name": "alder", "labels": {"topology.kubernetes.io/zone": "z"}'))
    assert changed(_rules(before), _rules(moved)) is None


def test_in_large_clusters_chains_without_use_stay(build: Callable[..., State], doc: dict[str, Any]) -> None:
    ends = [f"10.61.{at // 200}.{at % 200 + 1}" for at in range(1002)]
    before, after = (build(two(doc, *ends[:size])) for size in (1002, 1001))
    assert "-X " not in sync(before, after, "alder").restore
    assert sync(before, build(two(doc, "10.61.0.5")), "alder").restore.count("\n-X ") == 1001


@given(changes(), FLAGS)
def test_both_modes_notice_the_same(build: Callable[..., State], texts: tuple[str, str], flags: dict[str, Any]) -> None:
    before, after = (build(text, **flags) for text in texts)
    for family in (4, 6):
        found = [sync(before, after, "alder", mode, family) for mode in ("iptables", "nftables")]
        assert found[0].services == found[1].services


def test_the_facade_goes_from_a_revision_to_now() -> None:
    cluster = Cluster(nodes=1, addons=False)
    spec = {"ports": [{"port": 80}]}
    cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})
    cluster.settle()
    since = cluster.revision
    cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "later"}, "spec": spec})
    assert cluster.proxy("node-1").sync(since).services == ()  # it has not heard yet
    cluster.settle()
    proxy = cluster.proxy("node-1")
    assert proxy.sync(since).services == ("default/later",)
    assert "default/later has no endpoints" in proxy.sync(since).restore
    assert "no-endpoint-services" in proxy.sync(since, "nftables").restore
    assert proxy.sync(cluster.revision).restore == ""
    with pytest.raises(UsageError, match="revision"):
        proxy.sync(cluster.revision + 1)
    with pytest.raises(UsageError, match="ipvs"):
        proxy.sync(since, "ipvs")
