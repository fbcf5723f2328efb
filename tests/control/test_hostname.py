"""The name that a Pod has for itself."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import made

from kdisco.config import ClusterConfig
from kdisco.control.hostname import domain_of, hostname_of, kernel_name

CASES = [  # spec, short name, domain, what `hostname` prints
    ({}, "web-0", "", "web-0"),
    ({"hostname": "one"}, "one", "", "one"),
    ({"subdomain": "db"}, "web-0", "db.default.svc.cluster.local", "web-0"),
    ({"hostname": "one", "subdomain": "db"}, "one", "db.default.svc.cluster.local", "one"),
    (
        {"subdomain": "db", "setHostnameAsFQDN": True},
        "web-0",
        "db.default.svc.cluster.local",
        "web-0.db.default.svc.cluster.local",
    ),
    ({"setHostnameAsFQDN": True}, "web-0", "", "web-0"),
    ({"hostNetwork": True, "nodeName": "node-1"}, "web-0", "", "node-1"),
    ({"hostnameOverride": "any.name", "hostname": "one", "subdomain": "db"}, "any.name", "", "any.name"),
]


@pytest.mark.parametrize(("spec", "name", "domain", "printed"), CASES)
def test_a_pods_name(spec: dict[str, Any], name: str, domain: str, printed: str) -> None:
    pod, config = made("Pod", "web-0", {"containers": [], **spec}), ClusterConfig()
    assert (hostname_of(pod), domain_of(pod, config), kernel_name(pod, config)) == (name, domain, printed)


@pytest.mark.parametrize(("name", "cut"), [("a" * 63, "a" * 63), ("a" * 64, "a" * 63), (f"{'a' * 61}-.b", "a" * 61)])
def test_a_long_name_is_cut(name: str, cut: str) -> None:
    assert hostname_of(made("Pod", name, {"containers": []})) == cut
