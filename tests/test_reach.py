"""Whether a Service answers: every endpoint is tried, the reason stands in one line, the cluster stays as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from control_scenes import deployment, front, running

from kdisco import Cluster, KdiscoError, ProxyConfig
from kdisco.attempt import attempt
from kdisco.net.fates import MODES
from kdisco.reach import reach

if TYPE_CHECKING:
    from collections.abc import Callable

IP = "10.96.0.77"
BROKEN = {"annotations": {"kdisco.dev/listens": ""}}
FRONTS = (front(clusterIP=IP), front("shut", clusterIP="10.96.0.78", selector={"app": "nobody"}))


def cluster(**settings: Any) -> Cluster:
    """Three Pods and a Service before them, and one without endpoints."""
    return running(deployment(replicas=3), *FRONTS, addons=True, **settings)


BASE = cluster()
POD = f"pod/default/{BASE.list('pods', namespace='default')[0].name}"


@pytest.mark.parametrize("mode", MODES)
def test_every_endpoint_is_tried_in_every_mode(mode: str) -> None:
    given = cluster(proxy=ProxyConfig(mode=mode))
    found = reach(given.state, "node/node-1", IP)
    ips = {pod.status.pod_ip for pod in given.list("pods", namespace="default")}
    assert {each.endpoint for each in found.attempts} == {f"{ip}:8080" for ip in ips}
    assert (found.verdict, len(found.attempts), bool(found)) == ("answered", 3, True)


def test_one_endpoint_that_does_not_answer_is_enough_to_fail() -> None:
    given = BASE.branch()
    name = given.list("pods", namespace="default")[1].name
    given.patch("pod", name, {"metadata": BROKEN})
    found = reach(given.state, "node/node-1", IP)
    address = given.get("pod", name).status.pod_ip
    assert found.verdict == "partly"
    assert found.why == (
        f"1 of 3 endpoints: {address}:8080 connection refused: nobody listens on 8080/tcp, at pod/default/{name}"
    )
    assert not given.assert_reaches("node/node-1", IP, soft=True)
    assert "some" not in str(given.assert_refused("node/node-1", IP, soft=True))


def test_a_published_port_is_tried_from_outside() -> None:
    given = BASE.branch()
    given.patch("service", "web", {"spec": {"type": "NodePort"}})
    given.settle()
    port = given.get("service", "web").spec.ports[0].node_port
    node = given.list("nodes")[0].internal_ips[0]
    assert len(reach(given.state, "203.0.113.9", node, port).attempts) == 3
    assert reach(given.state, "203.0.113.9", node, port + 1).verdict == "refused"


def test_a_name_is_looked_up_and_what_follows_carries_the_lookup() -> None:
    found = reach(BASE.state, POD, "web")
    assert found.verdict == "answered"
    assert {each.lookup.addresses for each in found.attempts if each.lookup} == {(IP,)}
    assert reach(BASE.state, POD.removeprefix("pod/"), "web").verdict == "answered"
    lost = reach(BASE.state, POD, "nowhere")
    assert (lost.verdict, lost.why) == ("unresolved", "could not resolve host: nowhere: no such name")


CASES: dict[str, tuple[str, str, int, str, str]] = {
    "answered": (POD, "web", 80, "answered", "answer"),
    "refused by a rule": (POD, "shut", 80, "refused", "default/shut has no endpoints, at node/"),
    "refused by a Pod": (POD, "10.244.0.2", 81, "refused", "nobody listens on 81/tcp"),
    "a timeout": ("node/node-2", "10.244.0.99", 80, "timeout", "nobody on 10.244.0.0/24 has 10.244.0.99"),
    "out of the cluster": (POD, "198.51.100.7", 80, "left", "not modelled: by the gateway"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_attempt_says_how_it_ended_and_why(case: tuple[str, str, int, str, str]) -> None:
    source, to, port, outcome, words = case
    before = BASE.state
    found = attempt(before, source, to, port)[1]
    assert found.outcome == outcome
    assert words in str(reach(before, source, to, port))
    assert "\n" not in str(found)
    assert (found.listener != "") == found.answered
    assert BASE.state is before


def test_an_assertion_passes_or_says_why_in_one_line() -> None:
    given = BASE.branch()
    length = len(given.history)
    assert given.assert_reaches(POD, "web").line.endswith("answer")
    assert given.assert_refused(POD, "shut")
    with pytest.raises(AssertionError) as caught:
        given.assert_reaches(POD, "shut")
    words = "should be answered, but connection refused: default/shut has no endpoints, at node/node-"
    assert str(caught.value)[:-1] == f"{POD} -> shut port 80: {words}"
    with pytest.raises(AssertionError, match=r"web port 80: should be refused, but pod/default/web-.* answer$"):
        given.assert_refused(POD, "web")
    with pytest.raises(AssertionError, match=r"should be refused, but connection timed out: "):
        given.assert_refused("node/node-2", "10.244.0.99")
    assert len(given.history) == length


def test_soft_tells_instead_of_raising() -> None:
    found = BASE.assert_reaches(POD, "shut", soft=True)
    assert not found
    assert found.reach is not None
    assert found.reach.verdict == "refused"
    assert str(found) == found.line
    wrong = BASE.assert_reaches("pod/default/nobody", "web", soft=True)
    assert not wrong
    assert 'pods "nobody" not found' in wrong.line


WRONG: dict[str, Callable[[Cluster], object]] = {
    "no source": lambda c: c.assert_reaches("pod/default/nobody", IP),
    "a name asked for outside": lambda c: c.assert_reaches("203.0.113.5", "web"),
    "a port that is none": lambda c: c.assert_refused("node/node-1", IP, 0),
    "a Service that is not there": lambda c: c.reachability(["nobody"]),
    "a source that is none": lambda c: c.reachability(sources=["x"]),
}


@pytest.mark.parametrize("ask", WRONG.values(), ids=WRONG)
def test_what_cannot_be_asked_is_said(ask: Callable[[Cluster], object]) -> None:
    with pytest.raises(KdiscoError) as caught:
        ask(BASE)
    assert "\n" not in str(caught.value)


def test_a_network_policy_shows_from_where_it_lets_nobody_in() -> None:
    policy = {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "shut"},
        "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]},
    }  # fmt: skip
    given = BASE.branch()
    given.create(json.dumps(policy))
    source = f"pod/kube-system/{given.list('pods', selector='k8s-app=kube-dns')[0].name}"
    found = given.assert_reaches(source, IP, soft=True)
    assert not found
    assert "connection timed out" in found.line
