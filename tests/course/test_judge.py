"""What checks are made of, each told what is missing."""

from __future__ import annotations

import pytest

from kdisco import Cluster
from kdisco.course import judge
from kdisco.course.scenes import CLIENT, application, service
from kdisco.course.verdict import Said


@pytest.fixture(scope="module")
def c() -> Cluster:
    made = Cluster(nodes=2)
    made.apply(application("shop", more='env: [{name: URL, value: "http://shop:80/x"}, {name: BARE, value: shop}]'))
    made.apply(service("shop", "selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]") + CLIENT)
    return made.settle()


def test_what_holds_is_nothing_to_speak_of(c: Cluster) -> None:
    pod = judge.pod_of(c, "app=shop")
    found = (
        judge.kept(c, "service", "shop"),
        judge.answered(c, "app=client", "shop"),
        judge.heard(c, "app=client", "shop"),
        judge.calls(c, pod, "URL"),
        judge.silent(c, "app=client", "shop", 81),
        judge.backends(c, "shop", 2),
        judge.replicas(c, "shop", 2),
        judge.resolves(c, "app=client", "shop"),
        judge.unless(1, "gone"),
    )
    assert found == (None,) * 9
    assert judge.verdict(*found) is True


def test_what_does_not_hold_says_so(c: Cluster) -> None:
    pod = judge.pod_of(c, "app=shop")
    found = {
        "gone": judge.kept(c, "service", "shop", "store"),
        "unreached": judge.answered(c, "app=client", "shop", 81),
        "still timeout": judge.heard(c, "app=client", "shop", 81),
        "still unresolved": judge.heard(c, "app=client", "store"),
        "no host": judge.calls(c, pod, "BARE"),
        "reached": judge.silent(c, "app=client", "shop"),
        "no pods": judge.answered(c, "app=nobody in kube-system", "shop"),
        "backends": judge.backends(c, "shop", 3),
        "replicas": judge.replicas(c, "shop", 3),
        "unresolved": judge.resolves(c, "app=client", "store"),
    }
    assert {each.key for each in found.values() if isinstance(each, Said)} == found.keys()
    assert judge.verdict(None, *found.values()) == found["gone"]


def test_only_what_gets_traffic_counts(c: Cluster) -> None:
    other = c.branch()
    other.delete("pod", judge.ready_pods(other, "app=shop")[0].name)
    assert len(judge.ready_pods(other, "app=shop")) == 1
    assert len(judge.slice_ends(other.run(1), "shop")) < 3
