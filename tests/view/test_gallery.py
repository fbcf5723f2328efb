"""Pictures by name, of a real cluster: what is chosen where nothing is named, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from kdisco import Cluster, KdiscoError
from kdisco.view.gallery import GALLERY

APP = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: {name}, image: "{name}:1", ports: [{{containerPort: 8080}}]}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}-svc}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80, targetPort: 8080}}]}}
"""


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    """The article's two applications."""
    made = Cluster()
    for name in ("my-app", "your-app"):
        made.apply(APP.format(name=name))
    made.settle()
    return made


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", GALLERY)
def test_every_kind_needs_no_subject(cluster: Cluster, kind: str, lang: str) -> None:
    before = cluster.state
    assert cluster.diagram(kind, lang=lang).svg.startswith("<svg")
    assert cluster.state is before


@pytest.mark.parametrize("kind", GALLERY)
def test_every_kind_draws_a_fresh_cluster_or_says_what_it_lacks(kind: str) -> None:
    for fresh in (Cluster(nodes=1), Cluster(nodes=0, addons=False)):
        try:
            assert fresh.diagram(kind).svg
        except KdiscoError as problem:
            assert "\n" not in str(problem)  # noqa: PT017 - either is right


def test_my_app_asks_for_the_other_service(cluster: Cluster) -> None:
    assert "Discovery: your-app-svc asked by default/my-app-" in str(cluster.diagram("discovery"))
    address = cluster.get("service", "your-app-svc").spec.cluster_ip
    assert f"> {address}:80 tcp" in str(cluster.diagram("dnat")).splitlines()[0]


def test_the_last_service_posted_is_the_one_registered(cluster: Cluster) -> None:
    drawn = cluster.diagram("registration")
    assert str(drawn).startswith("Registration of your-app-svc")
    assert "EndpointSlice your-app-svc-" in str(drawn)
    assert str(cluster.diagram("registration", service="my-app-svc")).startswith("Registration of my-app-svc")


NAMES = ["my-app-svc", "service/my-app-svc", "default/my-app-svc", "svc/default/my-app-svc"]


@pytest.mark.parametrize("service", NAMES)
def test_a_service_goes_by_any_of_its_names(cluster: Cluster, service: str) -> None:
    assert str(cluster.diagram("endpoints", service=service)).startswith("Endpoints of my-app-svc\n")


@pytest.mark.parametrize(
    ("kind", "what", "words"),
    [
        ("topolgy", {}, "did you mean topology?"),
        ("", {}, "is not one of topology, network"),
        ("topology", {"color": 1}, "no keyword color; there are lang, namespace, since"),
        ("endpoints", {"lang": "fr"}, "'fr' is not one of en, zh"),
        ("rules", {"node": "node-9"}, "node-9"),
    ],
)
def test_what_cannot_be_meant_is_an_error(cluster: Cluster, kind: str, what: dict[str, Any], words: str) -> None:
    with pytest.raises(KdiscoError) as caught:
        cluster.diagram(kind, **what)
    assert words in str(caught.value)


def test_a_service_that_is_not_there_gives_a_picture_that_says_so(cluster: Cluster) -> None:
    assert str(cluster.diagram("endpoints", service="nope")) == "Endpoints of nope: nothing to show yet"
