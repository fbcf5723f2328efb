"""An answer as a value."""

from __future__ import annotations

import dns.message
import pytest
from attrs.exceptions import FrozenInstanceError
from control_scenes import deployment, front

from kdisco import Cluster, DnsConfig
from kdisco.dns.answer import Answer, Line


def shop(**settings: object) -> Cluster:
    """A settled cluster with one application."""
    cluster = Cluster(nodes=1, **settings)
    cluster.create(f"{deployment()}\n---\n{front()}\n---\n{front('bare', clusterIP='None', selector={'app': 'web'})}")
    return cluster.settle()


CLUSTER = shop()
WEB = "web.default.svc.cluster.local"


def test_it_prints_itself() -> None:
    address = CLUSTER.get("service", "web").spec.cluster_ip
    found = CLUSTER.dns.ask(WEB)
    assert str(found).splitlines() == [
        f"{WEB} A?",
        f"answer  {WEB}.  30  A  {address}  the ClusterIP of Service default/web",
        f"-> NOERROR (AA) from kubernetes of CoreDNS {found.pod}: Service default/web has a ClusterIP",
    ]
    assert found.pod.startswith("kube-system/coredns-")
    assert found.records == (
        Line(
            section="answer", name=f"{WEB}.", ttl=30, type="A", data=address, why="the ClusterIP of Service default/web"
        ),
    )


def test_it_prints_itself_as_a_table() -> None:
    page = CLUSTER.dns.ask("nope.default.svc.cluster.local")._repr_html_()
    assert page.startswith('<table class="kdisco answer"><caption>nope.default.svc.cluster.local A? NXDOMAIN (AA) ')
    assert '<th scope="row">authority</th>' in page


def test_an_endpoint_names_its_pod() -> None:
    pods = {pod.status.pod_ip: pod.name for pod in CLUSTER.list("pods", namespace="default")}
    found = CLUSTER.dns.ask("bare.default.svc.cluster.local")
    assert {each.data: each.why for each in found.records} == {
        ip: f"a ready endpoint of Service default/bare: Pod {name}" for ip, name in pods.items()
    }


def test_it_is_frozen_and_equal_to_its_like() -> None:
    found = CLUSTER.dns.ask(WEB)
    assert found == CLUSTER.dns.ask(WEB)
    assert len({found, CLUSTER.dns.ask(WEB)}) == 1
    with pytest.raises(FrozenInstanceError):
        found.rcode = "NXDOMAIN"  # type: ignore[misc]  # frozen on purpose


def test_it_says_what_the_message_says() -> None:
    assert isinstance(CLUSTER.dns.query(WEB), dns.message.Message)
    found = CLUSTER.dns.ask("bare.default.svc.cluster.local", "SRV")
    message = CLUSTER.dns.query("bare.default.svc.cluster.local", "SRV")
    for section in ("authority", "additional"):
        rows = {each.data for each in getattr(found, section)}
        assert rows == {data.to_text() for rrset in getattr(message, section) for data in rrset}


def test_a_cached_answer_is_told_as_such() -> None:
    cluster = shop(dns=DnsConfig(cache=30), upstream=("a.example. 300 IN A 203.0.113.9",))
    assert cluster.dns.ask("a.example").served_by == "upstream"
    found = cluster.dns.ask("a.example")
    assert (found.served_by, found.reason) == ("cache", "kept from before: not a name of the cluster")


def test_a_pod_can_be_chosen() -> None:
    names = [pod.name for pod in CLUSTER.list("pods", namespace="kube-system", selector="k8s-app=kube-dns")]
    assert [CLUSTER.dns.ask(WEB, pod=name).pod for name in names] == [f"kube-system/{name}" for name in names]


def test_one_without_records_has_no_lines() -> None:
    found = Answer(question=("x.", "A"), rcode="REFUSED", reason="no server block serves this question")
    assert str(found) == "x. A?\n-> REFUSED: no server block serves this question"
