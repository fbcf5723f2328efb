"""Clients that ask for a Service by a wrong name or at a wrong port, and those who do it right."""

from __future__ import annotations

import pytest
from broken import application

from kdisco import Cluster


def explained(space: str, variable: str, value: str, **container: object) -> list[str]:
    """The codes of what is found where a Pod of a namespace has such a variable, or such a field of its container."""
    cluster = Cluster(nodes=1)
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    cluster.create(application())
    main = {"name": "main", "image": "busybox", "env": [{"name": variable, "value": value}], **container}
    meta = {"name": "client", "namespace": space}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [main]}})
    return [each.code for each in cluster.settle().explain("service/web").findings]


@pytest.mark.parametrize(
    ("space", "variable", "value"),
    [
        ("default", "WEB_URL", "http://web/x"),
        ("default", "WEB_URL", "http://web.default:80"),
        ("shop", "WEB_URL", "http://web.default.svc.cluster.local/"),
        ("shop", "WEB_HOST", "web.default.svc"),
        ("shop", "NAME", "web"),  # no host, just a word
        ("shop", "WEB_URL", "http://my-web/x"),
        ("shop", "WEB_URL", "http://web-2:81"),
        ("shop", "WEB_URL", "http://example.com/web"),
        ("shop", "WEB_URL", "http://web.example.com/"),
        ("shop", "ORIGIN_HOST", "web.io"),
        ("default", "WEB_URL", "https://user:pass@web:80/"),
    ],
)
def test_a_right_name_or_a_word_that_is_none_is_not_blamed(space: str, variable: str, value: str) -> None:
    assert explained(space, variable, value) == []


@pytest.mark.parametrize(
    ("space", "variable", "value", "code"),
    [
        ("shop", "WEB_URL", "http://web/x", "wrong-namespace-in-name"),
        ("shop", "WEB_HOST", "web", "wrong-namespace-in-name"),
        ("shop", "BACKEND", "web:80", "wrong-namespace-in-name"),
        ("default", "WEB_URL", "http://web.shop", "wrong-namespace-in-name"),
        ("default", "WEB_URL", "http://web.shop.svc.cluster.local/x", "wrong-namespace-in-name"),
        ("default", "WEB_URL", "http://web:8080", "client-names-wrong-port"),
        ("default", "WEB_ADDR", "web:8080", "client-names-wrong-port"),
        ("default", "WEB_URL", "https://web", "client-names-wrong-port"),
    ],
)
def test_a_wrong_name_or_port_is_told(space: str, variable: str, value: str, code: str) -> None:
    assert explained(space, variable, value) == [code]


def test_arguments_are_read_too() -> None:
    assert explained("shop", "X", "y", args=["--upstream=http://web:80"]) == ["wrong-namespace-in-name"]
