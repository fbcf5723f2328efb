"""The tracer: a packet is sent by hand, its way is a table and a picture, mistakes are told."""

from __future__ import annotations

import pytest

from kdisco import Cluster, KdiscoError


def client(cluster: Cluster) -> str:
    """The first Pod."""
    return f"pod/default/{cluster.list('pods', 'default')[0].name}"


def test_a_packet_is_sent_from_python(cluster: Cluster) -> None:
    made = cluster.tracer()
    assert "no packet was sent" in made.status.value
    made.source, made.to, made.port = client(cluster), "my-app-svc", 80
    trace = made.send()
    assert trace.verdict == "DELIVERED"
    assert made.trace is trace
    assert len(made.diagram.path) == len(trace.hops) + len(trace.reply) - 1
    assert all(f'id="{name}"' in made.diagram.svg for name in made.diagram.path)
    assert made.status.value.startswith(f"DELIVERED {trace.endpoint}")
    assert trace._repr_html_() in made.shown.value


def test_the_button_does_the_same_and_the_packet_starts_anew(cluster: Cluster) -> None:
    made = cluster.tracer(source=client(cluster), to="my-app-svc")
    made.go.click()
    made.diagram.position = 3
    made.go.click()
    assert made.diagram.position == 0
    assert made.trace.delivered


def test_its_connection_is_the_clusters_own(cluster: Cluster) -> None:
    made = cluster.tracer(source=client(cluster), to="my-app-svc")
    made.send()
    node = cluster.list("pods", "default")[0].spec.node_name
    assert any("dport=80" in line for line in cluster.conntrack(node))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("source", "pod/default/nobody", "nobody"),
        ("to", "no-such-name", "Could not resolve host: no-such-name"),
        ("source", "", "only Pods and nodes look names up here"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_lost(cluster: Cluster, field: str, value: str, words: str) -> None:
    made = cluster.tracer(source=client(cluster), to="my-app-svc")
    before = made.send()
    setattr(made, field, value)
    made.go.click()
    assert words in made.status.value
    assert getattr(made, field) == value
    assert made.trace is before
    with pytest.raises(KdiscoError):
        made.send()


def test_a_refused_packet_is_shown_too(cluster: Cluster) -> None:
    cluster.scale("deployment/my-app", 0)
    cluster.settle()
    made = cluster.tracer(source="node/node-1", to=cluster.get("service", "my-app-svc").spec.cluster_ip)
    assert made.send().verdict == "REJECT"
    assert made.status.value.startswith("REJECT")
    assert "REJECT" in made.diagram.diagram.text


def test_the_suggestions_follow_the_cluster(cluster: Cluster) -> None:
    made = cluster.tracer()
    assert made.sources.options[0].startswith("pod/default/my-app-")
    assert made.targets.options[0] == "my-app-svc"
    cluster.scale("deployment/my-app", 4)
    cluster.settle()
    assert sum(each.startswith("pod/default/my-app-") for each in made.sources.options) == 4


@pytest.mark.parametrize(
    ("options", "words"),
    [({"sorce": "x"}, "did you mean source"), ({"port": 70000}, "70000"), ({"protocol": "ip"}, "'ip' is not one of")],
)
def test_what_cannot_be_meant_is_an_error(cluster: Cluster, options: dict[str, object], words: str) -> None:
    with pytest.raises(KdiscoError, match=words):
        cluster.tracer(**options)


def test_it_speaks_chinese(cluster: Cluster) -> None:
    made = cluster.tracer(lang="zh", source=client(cluster), to="my-app-svc")
    made.send()
    assert made.go.description == "发送"
    assert "往返共" in made.status.value
