"""Panels in Chinese hold no English sentence but what is quoted: errors, command output, rules."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from english import sentences, shown
from ipywidgets import Widget

from kdisco import Cluster, KdiscoError
from kdisco.examples import ARTICLE
from kdisco.faults.inject import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

QUOTED = re.compile(
    r"(?:[\w-]+ )?has no endpoints"  # kube-proxy's comment on a Service that refuses
    r"|table full, dropping packet"  # the kernel's message
    r"|failed to (?:pull and unpack image|resolve reference|do request)|no such host"  # the container runtime's
    r"|is invalid|must be between"  # the API server's
    r"|(?:[\w-]+,? )?(?:A|None)"  # a record's type, spec.clusterIP
    r"|Could not resolve host"  # curl's
)
OWN = ("layout", "style", "comm", "keys", "log", "dot", "svg", "detail", "facts")  # that no reader sees, or is YAML
SMALL = {"service-cidr-exhausted": "10.96.0.0/24"}
PASSING = ("session-affinity-surprise", "ndots-flood")  # which no packet feels
TRACED = [code for code in FAULTS if code not in (*SMALL, *PASSING)]


def words(panel: Widget) -> Iterator[str]:
    """All texts of a panel and of what it is made of."""
    todo, seen = [panel], set()
    while todo:
        widget = todo.pop()
        if id(widget) in seen:
            continue
        seen.add(id(widget))
        for name in widget.trait_names():
            if not name.startswith("_") and name not in OWN:
                value = getattr(widget, name)
                values = value.values() if isinstance(value, dict) else value
                listed = [*values] if isinstance(value, (list, tuple, dict)) else [value]
                todo += [each for each in listed if isinstance(each, Widget)]
                yield from (shown(f">{each}<") if "<" in each else each for each in listed if isinstance(each, str))
        if hasattr(widget, "svg"):
            yield shown(widget.svg)


def english(panel: Widget) -> list[str]:
    """The English sentences of a panel that nobody quotes."""
    return [each for text in words(panel) for each in sentences(text) if not QUOTED.fullmatch(each)]


@cache
def broken(code: str) -> Cluster:
    """The article's cluster with a fault."""
    cluster = Cluster(nodes=3, seed=1, **({"service_cidr": SMALL[code]} if code in SMALL else {}))
    cluster.apply(ARTICLE)
    cluster.settle()
    cluster.inject(code)
    cluster.settle()
    return cluster


@pytest.mark.parametrize("code", FAULTS)
def test_faults_and_their_diagnoses(code: str) -> None:
    cluster = broken(code)
    aim = cluster.state.faults[code].aim
    panel = cluster.faults_panel(lang="zh", service=aim.get("service") or "my-app-svc")
    panel.explain()
    assert english(panel) == []
    assert re.search("[\u4e00-\u9fff]", panel.shown.value)


@pytest.mark.parametrize("code", TRACED)
def test_packets_and_questions_under_a_fault(code: str) -> None:
    cluster = broken(code)
    pod = next(each for each in cluster.list("pods", namespace="default") if not each.deleting)
    for to in ("your-app-svc", "my-app-svc", "10.244.9.9", "192.0.2.1"):
        tracer = cluster.tracer(lang="zh", source=f"pod/default/{pod.name}", to=to)
        tracer.change(tracer.send)
        assert english(tracer) == []
    asking = cluster.dig_panel(lang="zh")
    asking.change(asking.ask)
    assert english(asking) == []


def test_a_manifest_on_its_way_and_one_that_is_refused() -> None:
    cluster = Cluster(nodes=1)
    panel = cluster.registrar(lang="zh")
    panel.apply()
    panel.finish()
    assert "将通知" in panel.status.value
    assert english(panel) == []
    panel.manifest = panel.manifest.replace("port: 80\n", "port: 800000\n").replace("my-service", "other")
    with pytest.raises(KdiscoError):
        panel.apply()
    panel.finish()
    assert english(panel) == []


@pytest.mark.parametrize("name", ["lab", "scaler", "selector_panel", "rules_panel", "balance", "timeline"])
def test_the_other_panels(name: str) -> None:
    cluster = Cluster(nodes=2, seed=1)
    cluster.apply(ARTICLE)
    cluster.settle()
    aim = {"target": "deployment/my-app"} if name == "scaler" else {}
    panel: Any = getattr(cluster, name)(lang="zh", **aim)
    if name == "balance":
        panel.send()
    cluster.scale("deployment/my-app", 3)
    cluster.settle()
    if name == "timeline":
        panel.back()
    assert english(panel) == []


def test_an_error_of_our_own_is_told_in_chinese() -> None:
    panel = broken("wrong-selector").faults_panel(lang="zh")
    with pytest.raises(KdiscoError, match="wrong-selector is in force already"):
        panel.inject("wrong-selector")
    assert panel.status.value.startswith("wrong-selector 已注入")
