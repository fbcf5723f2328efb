"""Who may do what, all of it in a list."""

from __future__ import annotations

import pytest
from kubectl_scene import scene

from kdisco import Cluster


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return scene()


def test_what_a_user_may_do_is_listed_by_resource(cluster: Cluster) -> None:
    rows = cluster.kubectl("auth can-i --list --as=jane --no-headers").splitlines()
    words = [row.split(maxsplit=1)[0] for row in rows if row[0] != " "]
    assert words == [
        "configmaps", "selfsubjectreviews.authentication.k8s.io", "selfsubjectaccessreviews.authorization.k8s.io",
        "selfsubjectrulesreviews.authorization.k8s.io", "deployments/scale", "pods",
        "deployments.apps/scale", "pods.apps",
    ]
    assert rows[0].split() == ["configmaps", "[]", "[cm]", "[*]"]
    assert [row.split() for row in rows if row.startswith("pods ")] == [["pods", "[]", "[]", "[get", "list]"]]
    assert any(row.split() == ["[/healthz]", "[]", "[get]"] for row in rows)


def test_the_list_says_yes_where_the_question_does(cluster: Cluster) -> None:
    for user in ("jane", "system:serviceaccount:kube-system:coredns", "nobody"):
        listed = cluster.kubectl(f"auth can-i --list --no-headers --as={user}")
        assert (cluster.kubectl(f"auth can-i list pods --as={user}") == "yes\n") == any(
            row.split()[0] == "pods" and "list" in row for row in listed.splitlines() if row[0] != " "
        )


@pytest.mark.parametrize(("line", "said"), [
    ("auth can-i get /healthz --as=jane", "yes\n"),
    ("auth can-i get /metrics --as=jane", "no\n"),
    ("auth can-i get /metrics", "yes\n"),
    ("auth can-i get /api/v1 --as=jane", "yes\n"),
    ("auth can-i --list pods", "error: list option must be specified with no arguments\n"),
    ("auth can-i get pods --no-headers", "error: --no-headers cannot be set without --list specified\n"),
    ("auth can-i get nodes", "Warning: resource 'nodes' is not namespace scoped\n\n"),
])
def test_can_i(cluster: Cluster, line: str, said: str) -> None:
    found = cluster.kubectl(line)
    assert said in (found.out, found.err)
