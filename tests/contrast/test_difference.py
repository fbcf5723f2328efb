"""What a change did: to objects, to DNS answers, to rules, to packets; nothing where nothing differs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front, running
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco import Cluster, KdiscoError, ProxyConfig
from kdisco.contrast.difference import Difference

if TYPE_CHECKING:
    from collections.abc import Callable

IP = "10.96.0.77"


def made(**settings: Any) -> Cluster:
    """Two Pods and a Service, with DNS."""
    return running(deployment(), front(clusterIP=IP), addons=True, **settings)


BASE = made()
DUMP = [
    {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "spec": {"podCIDR": "10.244.7.0/24"}},
    json.loads(front(clusterIP=IP)),
]


def change(cluster: Cluster, act: Callable[[Cluster], object]) -> Difference:
    """What an act and all that follows from it changed."""
    before = cluster.revision
    act(cluster)
    cluster.settle()
    found: Difference = cluster.diff(before, cluster.revision)
    return found


def spec(**spec: Any) -> Callable[[Cluster], object]:
    """Change the Service."""
    return lambda cluster: cluster.patch("service", "web", {"spec": spec})


def test_nothing_differs_from_itself() -> None:
    found = BASE.diff(BASE.revision, BASE.revision)
    assert not found
    assert (found.objects, found.dns, found.rules, found.fates) == ((), (), (), ())
    revision = BASE.revision
    assert str(found) == f"revision {revision} -> {revision}: 0 objects, 0 DNS answers, 0 chains, 0 fates differ"


def test_a_wrong_selector_shows_in_rules_and_fates_and_not_in_dns() -> None:
    found = change(BASE.branch(), spec(selector={"app": "nobody"}))
    assert ("spec.selector.app", "web", "nobody") in found.objects[-1].fields
    assert found.dns == ()
    chains = {each.chain for each in found.rules}
    assert {"filter KUBE-SERVICES", "nat KUBE-SERVICES"} < chains
    assert {each.node for each in found.rules} == {"node-1", "node-2"}
    refused = next(each for each in found.rules if each.chain == "filter KUBE-SERVICES")
    assert refused.gone == ()
    assert "default/web has no endpoints" in refused.come[0]
    assert [(each.source, each.nodes, each.after) for each in found.fates] == [
        ("a Pod", ("node-1", "node-2"), "REJECT"),
        ("the node itself", ("node-1", "node-2"), "REJECT"),
        ("outside", ("node-1", "node-2"), "REJECT"),
    ]
    assert found.fates[0].front == f"{IP}:80/tcp"
    assert found.fates[0].before == "DNAT to 10.244.0.3:8080 (1/2), 10.244.1.3:8080 (1/2)"


def test_another_address_shows_in_dns() -> None:
    def moved(cluster: Cluster) -> None:
        cluster.delete("service", "web")
        cluster.create(front(clusterIP="10.96.0.78"))

    found = change(BASE.branch(), moved)
    assert [(each.name, each.type, each.before, each.after) for each in found.dns] == [
        ("web.default.svc.cluster.local.", "A", IP, "10.96.0.78"),
        ("77.0.96.10.in-addr.arpa.", "PTR", "web.default.svc.cluster.local.", "NXDOMAIN"),
        ("78.0.96.10.in-addr.arpa.", "PTR", "NXDOMAIN", "web.default.svc.cluster.local."),
    ]
    assert {each.front for each in found.fates} == {f"{IP}:80/tcp", "10.96.0.78:80/tcp"}
    assert {each.after for each in found.fates if IP in each.front} == {"NONE"}


def test_a_headless_service_changes_names_alone() -> None:
    bare = front("bare", clusterIP="None", selector={"app": "web"}, ports=[{"name": "http", "port": 8080}])
    found = change(BASE.branch(), lambda cluster: cluster.create(bare))
    answers = {(each.name.removesuffix(".svc.cluster.local."), each.type): each.after for each in found.dns}
    assert answers["bare.default", "A"] == "10.244.0.3, 10.244.1.3"
    assert answers["_http._tcp.bare.default", "SRV"].count("0 50 8080 ") == 2
    assert answers["10-244-0-3.bare.default", "A"] == "10.244.0.3"
    assert (found.rules, found.fates) == ((), ())


def test_a_node_port_has_a_fate_at_every_node() -> None:
    cluster = BASE.branch()
    found = change(cluster, spec(type="NodePort"))
    port = cluster.get("service", "web").spec.ports[0].node_port
    outside = [each for each in found.fates if each.source == "outside" and each.front.endswith(f":{port}/tcp")]
    assert {each.nodes for each in outside} == {("node-1",), ("node-2",)}  # each has an address of its own
    assert all(each.before == "NONE" and each.after.startswith("DNAT to ") for each in outside)
    assert all("masqueraded" in each.after for each in outside)


def test_what_a_proxy_has_not_heard_of_has_not_changed_its_rules() -> None:
    cluster = BASE.branch()
    cluster.hold("kube-proxy@node-2")
    found = change(cluster, lambda c: c.scale("deployment/web", 0))
    assert {each.node for each in found.rules} == {"node-1"}
    assert {each.nodes for each in found.fates} == {("node-1",)}
    before = cluster.branch()
    cluster.release("kube-proxy@node-2").settle()
    later = before.diff(before, cluster)
    assert (later.objects, {each.node for each in later.rules}) == ((), {"node-2"})


@pytest.mark.parametrize("mode", ["iptables", "nftables", "ipvs"])
def test_the_rules_are_those_of_the_mode(mode: str) -> None:
    found = change(made(proxy=ProxyConfig(mode=mode)), lambda c: c.scale("deployment/web", 3))
    lines = [line for each in found.rules for line in each.come]
    assert any({"iptables": "-A KUBE-SVC-", "nftables": "numgen", "ipvs": "-> 10.244."}[mode] in line for line in lines)
    assert all(each.gone or each.come for each in found.rules)
    assert found.fates


def test_a_node_that_goes_takes_its_rules_along() -> None:
    found = change(BASE.branch(), lambda c: c.delete("node", "node-2"))
    there = [each for each in found.rules if each.node == "node-2"]
    assert there
    assert not any(each.come for each in there)
    assert "no such node" in {each.after for each in found.fates}


def test_another_corefile_changes_what_no_service_tells() -> None:
    cluster = BASE.branch()
    text = cluster.get("configmap", "coredns", "kube-system").data["Corefile"].replace("cluster.local", "other.local")
    before = cluster.revision
    cluster.patch("configmap", "coredns", {"data": {"Corefile": text}}, namespace="kube-system")
    cluster.run(200)
    found = cluster.diff(before, cluster.revision)
    assert any(each.name == "web.default.svc.cluster.local." and each.before == IP for each in found.dns)
    assert (found.rules, found.fates) == ((), ())


@pytest.mark.parametrize("dump", [DUMP, DUMP[:1], []])
def test_a_dump_can_be_compared(dump: list[Any]) -> None:
    cluster = Cluster.from_dump(dump)
    empty = Cluster.from_dump([])
    there, back = empty.diff(empty, cluster), empty.diff(cluster, empty)
    assert len(there.objects) == len(back.objects)
    assert [(each.before, each.after) for each in there.dns] == [(each.after, each.before) for each in back.dns]
    assert [(each.gone, each.come) for each in there.rules] == [(each.come, each.gone) for each in back.rules]


ACTS = st.lists(
    st.one_of(
        st.builds(lambda count: lambda c: c.scale("deployment/web", count), st.integers(0, 4)),
        st.sampled_from([spec(type="NodePort"), spec(sessionAffinity="ClientIP"), spec(selector={"app": "x"})]),
        st.just(lambda c: c.delete("service", "web")),
        st.just(lambda c: c.create(front("other"))),
        st.just(lambda c: c.hold("kube-proxy@node-1")),
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=15)
@given(ACTS)
def test_there_and_back_is_the_same_difference(acts: list[Callable[[Cluster], object]]) -> None:
    cluster = BASE.branch()
    for act in acts:
        try:
            act(cluster)
        except KdiscoError:
            continue
        cluster.run(1.5)
    there, back = BASE.diff(BASE, cluster), BASE.diff(cluster, BASE)
    assert {(each.name, each.type, each.before, each.after) for each in there.dns} == {
        (each.name, each.type, each.after, each.before) for each in back.dns
    }
    assert {(each.node, each.chain, each.gone, each.come) for each in there.rules} == {
        (each.node, each.chain, each.come, each.gone) for each in back.rules
    }
    assert {(each.nodes, each.source, each.front, each.before, each.after) for each in there.fates} == {
        (each.nodes, each.source, each.front, each.after, each.before) for each in back.fates
    }
    for each in there.fates:  # whoever fares otherwise has another rule
        assert set(each.nodes) <= {rule.node for rule in there.rules}


def test_it_is_told_as_text_and_as_tables() -> None:
    found = change(BASE.branch(), spec(selector={"app": "nobody"}))
    lines = str(found).splitlines()
    sizes = len(found.objects), len(found.rules)
    assert lines[0].endswith(": {} objects, 0 DNS answers, {} chains, 3 fates differ".format(*sizes))
    assert "  spec.selector.app: web -> nobody" in lines
    assert "~ node-1, node-2 IPv4 filter KUBE-SERVICES" in lines
    assert lines[-1].startswith(f"~ from outside, at node-1, node-2, to default/web {IP}:80/tcp: DNAT to ")
    html = found._repr_html_()
    assert [f"diff-{name}" in html for name in ("objects", "dns", "rules", "fates")] == [True, False, True, True]
    assert "<td>REJECT</td>" in html


def test_a_large_cluster_is_compared_front_by_front(monkeypatch: pytest.MonkeyPatch) -> None:
    from kdisco.contrast import fates as module  # noqa: PLC0415 - what is counted
    from kdisco.net import fates as net  # noqa: PLC0415 - beside it

    cluster = running(deployment(), *(front(f"s{number}", selector={"app": "web"}) for number in range(60)))
    asked: list[str] = []

    def noted(*what: Any) -> Any:
        asked.append(what[3])
        return net.fates(*what)

    monkeypatch.setattr(module, "fates", noted)
    found = change(cluster, lambda c: c.patch("service", "s7", {"spec": {"selector": {"app": "nobody"}}}))
    assert set(asked) == {cluster.get("service", "s7").spec.cluster_ip}
    assert {each.service for each in found.fates} == {"default/s7"}


@pytest.mark.parametrize("pair", [(0, 1), ("x", 1), (1, None), (10**9, 1), (True, 1)])
def test_revisions_that_never_were_are_refused(pair: tuple[Any, Any]) -> None:
    with pytest.raises(KdiscoError):
        BASE.diff(*pair)
