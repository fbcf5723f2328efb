"""The plots: each tells the same numbers as its table, the same bytes each time, in both themes and languages."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from kdisco import Cluster, KdiscoError
from kdisco.plot.balance import Tally
from kdisco.plot.gallery import PLOTS, plot
from kdisco.plot.words import WORDS

APP = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web:1, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
"""
QUICK: dict[str, dict[str, Any]] = {
    "balance": {"connections": 60}, "rollout": {"seconds": 12}, "visits": {"services": (5, 20)}, "ndots": {},
}  # fmt: skip


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    """Four Pods behind a Service; plots leave it as it is."""
    made = Cluster(nodes=2)
    made.apply(APP)
    made.settle()
    return made


@pytest.mark.parametrize("kind", PLOTS)
def test_a_plot_is_a_picture_and_a_table_and_changes_nothing(cluster: Cluster, kind: str) -> None:
    before, moments = cluster.state, len(cluster.history)
    made = cluster.plot(kind, **QUICK[kind])
    assert cluster.state is before
    assert len(cluster.history) == moments
    root = ET.fromstring(made.svg)  # noqa: S314 - our own text
    assert root.get("role") == "img"
    assert root.get("aria-label") == f"{made.title}. {made.told}"
    data = made._repr_mimebundle_()
    assert data["image/svg+xml"] == made.svg
    assert data["text/plain"] == str(made)
    for row in made.rows:
        assert len(row) == len(made.heads)
        assert all(cell in data["text/html"] and cell in data["text/plain"] for cell in row)


@pytest.mark.parametrize("kind", PLOTS)
def test_its_colours_are_the_themes_and_its_bytes_the_same(cluster: Cluster, kind: str) -> None:
    made, again = (plot(cluster, kind, **QUICK[kind]) for _ in range(2))
    assert made.svg == again.svg
    drawn = made.svg.partition("</style>")[2]
    free = re.sub(r"var\(--kd-[\w-]+, #\w+\)", "", drawn)
    assert "var(--kd-ink, #1a2433)" in drawn
    assert not re.findall(r"(?:fill|stroke): #(?!ffffff)[0-9a-f]{6}", free)
    assert 'href="http' not in drawn
    assert not re.findall(r'id="(?:figure|axes|patch|text)_\d+"', drawn)


@pytest.mark.parametrize("kind", PLOTS)
def test_it_speaks_chinese(cluster: Cluster, kind: str) -> None:
    made = plot(cluster, kind, "zh", **QUICK[kind])
    assert re.search(r"[\u4e00-\u9fff]", made.title)
    assert made.title in made.svg


def test_turns_are_even_and_chance_stays_in_its_band(cluster: Cluster) -> None:
    made = cluster.plot("balance", connections=400)
    for _, chance, turns, expected, band in made.rows:
        low, high = map(int, band.split("-"))
        assert turns == "100"
        assert expected == "100.0"
        assert (low, high) == (83, 117)
        assert low <= int(chance) <= high  # by the cluster's own seed


def test_the_band_is_that_of_the_binomial_distribution() -> None:
    made = Tally(service="web", mode="iptables", sent=100, counts={"a": 60, "b": 40}, shares={"a": 0.5, "b": 0.5})
    assert made.band("a") == pytest.approx((40.2, 59.8))
    assert made.band("c") == (0.0, 0.0)


def test_the_rollout_counts_what_the_load_counted(cluster: Cluster) -> None:
    other = cluster.branch()
    pod = f"node/{other.list('nodes')[0].name}"
    ip = other.get("service", "web").spec.cluster_ip
    load = other.load(rate=20, seconds=8, source=pod, to=ip, deeds={2: lambda c: c.rollout("deployment/web").restart()})
    made = cluster.plot("rollout", load=load)
    assert [int(row[1]) for row in made.rows] == [each["answered"] for each in load.bins]
    assert made.told == f"{load.sent} connections, {load.lost} of them lost"


def test_only_iptables_visits_more_rules_for_more_services(cluster: Cluster) -> None:
    made = cluster.plot("visits", services=(5, 20, 40))
    counts = {mode: [int(row[at]) for row in made.rows] for at, mode in enumerate(made.heads) if at}
    assert counts["iptables"][1] - counts["iptables"][0] == 15
    assert counts["iptables"][2] - counts["iptables"][1] == 20
    assert len(set(counts["nftables"])) == 1
    assert len(set(counts["ipvs"])) == 1


def test_ndots_decides_how_many_questions_a_full_name_takes(cluster: Cluster) -> None:
    made = cluster.plot("ndots", names=["web.default.svc.cluster.local"])
    assert made.rows == (("web.default.svc.cluster.local", "2", "2", "2", "2", "8", "8"),)


@pytest.mark.parametrize(
    ("kind", "what", "words"),
    [
        ("balanc", {}, "did you mean balance"),
        ("balance", {"nope": 1}, "no keyword nope; there are lang, service"),
        ("balance", {"connections": 0}, "0 is not a whole number above 0"),
        ("balance", {"modes": ("ebpf",)}, "'ebpf' is not one of iptables"),
        ("balance", {"service": "nope"}, "not found"),
        ("balance", {"lang": "fr"}, "'fr' is not one of en, zh"),
        ("visits", {"services": (0,)}, "0 is not a whole number from 1"),
        ("visits", {"services": ()}, "say how many"),
        ("rollout", {"load": 3}, "is not what c.load"),
        ("rollout", {"service": "kubernetes"}, "no Deployment is behind"),
        ("ndots", {"libc": "bionic"}, "bionic"),
    ],
)
def test_what_cannot_be_meant_is_an_error(cluster: Cluster, kind: str, what: dict[str, Any], words: str) -> None:
    with pytest.raises(KdiscoError, match=words):
        cluster.plot(kind, **what)


def test_without_a_service_it_is_said() -> None:
    with pytest.raises(KdiscoError, match="no Service with ready endpoints"):
        Cluster(nodes=1, addons=False).plot("balance")


def test_every_word_is_there_in_both_languages() -> None:
    for key, (english, chinese) in WORDS.items():
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", chinese)), key
