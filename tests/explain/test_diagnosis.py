"""How a diagnosis reads: as text, as a table, as JSON; and what may be asked for."""

from __future__ import annotations

import json
import re

import pytest
from broken import application

from kdisco import Cluster
from kdisco.errors import UsageError
from kdisco.explain.diagnosis import Diagnosis
from kdisco.explain.documents import DOCUMENTS, document
from kdisco.explain.finding import Finding

FINDING = Finding(
    code="wrong-selector",
    cause="The selector <app=wbe> finds no Pod.",
    evidence="service/default/web spec.selector app=wbe",
    remedy="kubectl apply -f - <<EOF\nkind: Service\nEOF",
    objects=("service/default/web",),
)


def test_the_text_is_short_and_readable() -> None:
    text = str(Diagnosis(target="service/default/web", findings=(FINDING,), warnings=(FINDING,)))
    assert text.splitlines()[:5] == [
        "service/default/web: 1 finding",
        "1. wrong-selector: The selector <app=wbe> finds no Pod.",
        "   evidence: service/default/web spec.selector app=wbe",
        "   remedy:   kubectl apply -f - <<EOF",
        "             kind: Service",
    ]
    assert "warning: wrong-selector" in text


def test_a_healthy_one_says_how_much_was_tried() -> None:
    found = Diagnosis(target="service/default/web", tried=12)
    assert found.healthy
    assert str(found) == "service/default/web: no fault found, all 12 connections and look-ups that were tried succeed"
    assert repr(found) == "<Diagnosis of service/default/web: no fault found>"


def test_the_table_is_escaped_and_has_a_row_for_each() -> None:
    html = Diagnosis(target="service/default/web", findings=(FINDING,), warnings=(FINDING,))._repr_html_()
    assert html.startswith('<table class="kdisco diagnosis">')
    assert html.count("<tr>") == 3
    assert "&lt;app=wbe&gt;" in html
    assert not re.search(r"<(script|style|iframe)|\son\w+=|javascript:", html)


def test_json_holds_all_of_it() -> None:
    told = json.loads(json.dumps(Diagnosis(target="service/default/web", findings=(FINDING,)).to_dict()))
    assert told["findings"][0]["objects"] == ["service/default/web"]
    assert told["findings"][0]["document"] == FINDING.document


def test_every_cause_has_a_page_of_the_kubernetes_documentation() -> None:
    for code in (*DOCUMENTS, "connection-fails", "pod-terminating"):
        assert re.fullmatch(r"[a-z-]+", code)
        assert re.fullmatch(r"https://kubernetes\.io/docs/[a-z0-9./-]+/(#[A-Za-z0-9-]+)?", document(code))


@pytest.mark.parametrize("target", ["web", "service/web", "svc/web", "services/web"])
def test_a_service_goes_by_any_name_that_kubectl_takes(target: str) -> None:
    cluster = Cluster(nodes=1)
    cluster.create(application())
    cluster.settle()
    assert cluster.explain(target).target == "service/default/web"


@pytest.mark.parametrize("target", ["deployment/web", "nonsense/web", ""])
def test_what_is_no_service_is_one_line(target: str) -> None:
    with pytest.raises(UsageError) as told:
        Cluster(nodes=1).explain(target)
    assert "\n" not in str(told.value)
