"""The article's two applications."""

from __future__ import annotations

from kdisco import Cluster
from kdisco.examples import ARTICLE, application
from kdisco.model.manifest import documents


def test_an_application_is_a_deployment_and_its_service() -> None:
    made = documents(application("shop", 5))
    assert [(each["kind"], each["metadata"]["name"]) for each in made] == [
        ("Deployment", "shop"),
        ("Service", "shop-svc"),
    ]
    assert made[0]["spec"]["replicas"] == 5


def test_the_article_is_my_app_and_your_app_and_it_runs() -> None:
    cluster = Cluster(nodes=2)
    cluster.create(ARTICLE)
    cluster.settle()
    for name in ("my-app", "your-app"):
        (found,) = cluster.list("endpointslice", selector={"kubernetes.io/service-name": f"{name}-svc"})
        assert [each.ready for each in found.endpoints] == [True, True]
        assert cluster.get("service", f"{name}-svc").spec.ports[0].port == 80
