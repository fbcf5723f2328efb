"""What a hand in the picture can do: each is a request, and the API server judges it."""

from __future__ import annotations

import re

import pytest

from kdisco import Cluster, KdiscoError
from kdisco.model.pod import Pod
from kdisco.widget.actions import ACTIONS, offered, perform
from kdisco.widget.captions import captions

SAY = captions("en")
PROBED = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: probed}
spec:
  replicas: 2
  selector: {matchLabels: {app: probed}}
  template:
    metadata: {labels: {app: probed}, annotations: {kdisco.dev/listens: "8080/tcp"}}
    spec: {containers: [{name: web, image: web:1, readinessProbe: {tcpSocket: {port: 8080}}}]}
"""


def first(cluster: Cluster, label: str = "app=my-app") -> Pod:
    """The first Pod with a label."""
    found: Pod = cluster.list("pods", "default", label)[0]
    return found


def labels(cluster: Cluster, found: object) -> dict[str, str]:
    """The words on the buttons, by key."""
    return {each["key"]: each["label"] for each in offered(cluster.state, found, SAY)}  # type: ignore[arg-type]


def test_what_is_offered_follows_the_kind(cluster: Cluster) -> None:
    pod = labels(cluster, first(cluster))
    assert [*pod] == ["delete", "fail", "fewer", "more", "label"]
    assert (pod["fewer"], pod["more"]) == ("Scale my-app to 1", "Scale my-app to 3")
    assert [*labels(cluster, cluster.get("service", "my-app-svc"))] == ["label"]
    assert [*labels(cluster, cluster.get("deployment", "my-app"))] == ["fewer", "more", "label"]
    cluster.scale("deployment/my-app", 0)
    assert [*labels(cluster, cluster.get("deployment", "my-app"))] == ["more", "label"]


def test_a_deleted_pod_is_replaced(cluster: Cluster) -> None:
    before = {each.name for each in cluster.list("pods", "default")}
    assert perform(cluster, "delete", first(cluster), None, SAY) == ""
    cluster.settle()
    after = {each.name for each in cluster.list("pods", "default")}
    assert len(after) == len(before) == 2
    assert len(after - before) == 1


def test_readiness_fails_and_comes_back_as_the_template_has_it(cluster: Cluster) -> None:
    cluster.apply(PROBED)
    cluster.settle()
    pod = first(cluster, "app=probed")
    assert perform(cluster, "fail", pod, None, SAY) == ""
    cluster.settle()
    deaf = cluster.get("pod", pod.name)
    assert not deaf.ready
    assert "restore" in labels(cluster, deaf)
    assert "fail" not in labels(cluster, deaf)
    perform(cluster, "restore", deaf, None, SAY)
    cluster.settle()
    back = cluster.get("pod", pod.name)
    assert back.ready
    assert back.metadata.annotations == pod.metadata.annotations


def test_without_a_readiness_probe_nothing_notices_and_that_is_said(cluster: Cluster) -> None:
    pod = first(cluster)
    assert "it stays ready: it has no readiness probe" in perform(cluster, "fail", pod, None, SAY)
    cluster.settle()
    assert cluster.get("pod", pod.name).ready
    assert cluster.send("node/node-1", pod.status.pod_ip, 8080).verdict == "REFUSED"
    perform(cluster, "restore", cluster.get("pod", pod.name), None, SAY)
    assert cluster.get("pod", pod.name).metadata.annotations == pod.metadata.annotations


def test_labels_become_exactly_what_was_typed(cluster: Cluster) -> None:
    pod = first(cluster)
    perform(cluster, "label", pod, " app=quarantine, team = blue ,empty=", SAY)
    assert cluster.get("pod", pod.name).labels == {"app": "quarantine", "team": "blue", "empty": ""}
    cluster.settle()
    assert len(cluster.list("pods", "default", "app=my-app")) == 2
    perform(cluster, "label", cluster.get("pod", pod.name), "", SAY)
    assert cluster.get("pod", pod.name).labels == {}


@pytest.mark.parametrize(
    ("typed", "words"), [("app", "'app' is not key=value"), ("=x", "'=x' is not"), ("a=b c", "a valid label must be")]
)
def test_labels_that_cannot_be_are_refused_and_nothing_changes(cluster: Cluster, typed: str, words: str) -> None:
    pod, revision = first(cluster), cluster.revision
    with pytest.raises(KdiscoError, match=re.escape(words)):
        perform(cluster, "label", pod, f"good=1,{typed}", SAY)
    assert cluster.revision == revision


@pytest.mark.parametrize(("key", "kind", "name"), [("delete", "service", "my-app-svc"), ("nope", "pod", "")])
def test_what_is_not_offered_is_not_done(cluster: Cluster, key: str, kind: str, name: str) -> None:
    found = cluster.get(kind, name) if name else first(cluster)
    with pytest.raises(KdiscoError, match="nothing of this kind can be done"):
        perform(cluster, key, found, None, SAY)


def test_who_may_not_is_told_so(cluster: Cluster) -> None:
    with pytest.raises(KdiscoError, match="cannot delete resource"):
        perform(cluster.as_user("jane"), "delete", first(cluster), None, SAY)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_action_has_its_words(cluster: Cluster, lang: str) -> None:
    cluster.apply(PROBED)
    cluster.settle()
    cluster.patch("pod", first(cluster).name, {"metadata": {"annotations": {"kdisco.dev/listens": ""}}})
    pods, say = cluster.list("pods", "default"), captions(lang)
    told = {each["key"] for pod in pods for each in offered(cluster.state, pod, say)}
    assert told == {*ACTIONS}
