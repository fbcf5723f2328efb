"""The selector panel: labels are edited as text, and the Service finds other Pods."""

from __future__ import annotations

import pytest

from kdisco import Cluster, KdiscoError
from kdisco.widget.selector import read_labels


def test_a_pod_that_loses_its_label_is_replaced_and_no_longer_found(cluster: Cluster) -> None:
    made = cluster.selector_panel(service="my-app-svc")
    before = made.matching
    assert len(before) == 2
    made.editors[before[0]].field.value = "app=other"
    made.editors[before[0]].go.click()
    assert before[0] not in made.matching
    assert len(made.matching) == 2
    assert "selects 2 of 3 Pods" in made.status.value
    assert cluster.get("pod", before[0].split("/")[1]).labels == {"app": "other"}


def test_another_selector_finds_others(cluster: Cluster) -> None:
    made = cluster.selector_panel(service="my-app-svc")
    made.selector.field.value = "app=nobody,tier=front"
    made.selector.go.click()
    assert cluster.get("service", "my-app-svc").spec.selector == {"app": "nobody", "tier": "front"}
    assert made.matching == ()
    made.set_selector({"app": "my-app"})
    assert cluster.get("service", "my-app-svc").spec.selector == {"app": "my-app"}
    assert made.selector.field.value == "app=my-app"


def test_what_is_typed_stays_until_it_is_set(cluster: Cluster) -> None:
    made = cluster.selector_panel(service="my-app-svc")
    made.selector.field.value = "app=my-ap"
    cluster.scale("deployment/my-app", 3)
    cluster.settle()
    assert made.selector.field.value == "app=my-ap"


@pytest.mark.parametrize(
    ("typed", "words"), [("app", "'app' is no label"), ("=x", "'=x' is no label"), ("app=a b", "Invalid value")]
)
def test_what_is_no_label_is_told_and_kept(cluster: Cluster, typed: str, words: str) -> None:
    made, state = cluster.selector_panel(service="my-app-svc"), cluster.state
    made.selector.field.value = typed
    made.selector.go.click()
    assert words in made.status.value
    assert made.selector.field.value == typed
    assert cluster.state.view is not None
    assert cluster.revision == state.revision


def test_another_service_has_its_own_selector(cluster: Cluster) -> None:
    made = cluster.selector_panel(service="my-app-svc")
    made.service = "kube-system/kube-dns"
    assert made.selector.field.value == "k8s-app=kube-dns"
    assert all(name.startswith("kube-system/coredns-") for name in made.matching)
    with pytest.raises(KdiscoError, match="is not one of"):
        made.service = "nope"


def test_labels_are_read_as_kubectl_reads_them() -> None:
    assert read_labels(" app = web , tier==front,empty=") == {"app": "web", "tier": "front", "empty": ""}
    assert read_labels("") == {}
