"""Completion: what could come next, from the tables of verbs and from what the cluster holds."""

from __future__ import annotations

import pytest

from kdisco import Cluster
from kdisco.console.complete import completions
from kdisco.console.kubectl.verbs import VERBS
from kdisco.console.shell import COMMANDS
from kdisco.examples import ARTICLE


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    c = Cluster(nodes=2, seed=1)
    c.apply(ARTICLE)
    c.settle()
    return c


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("kubec", ("kubectl",)),
        ("kubectl descr", ("describe",)),
        ("kubectl get endp", ("endpoints", "endpointslices")),
        ("kubectl get nodes ", ("node-1", "node-2")),
        ("kubectl get node/", ("node/node-1", "node/node-2")),
        ("kubectl get services -n kube-system ", ("kube-dns",)),
        ("kubectl get --namespace=kube-system services ", ("kube-dns",)),
        ("kubectl get pods -n kube-s", ("kube-system",)),
        ("kubectl get pods --namespace=kube-s", ("--namespace=kube-system",)),
        ("kubectl get pods -o w", ("wide",)),
        ("kubectl get pods -l ap", ("app=",)),
        ("kubectl get --show-l", ("--show-labels",)),
        ("dig my-app-svc.default.", ("my-app-svc.default.svc.cluster.local",)),
        ("dig your-app-svc AA", ("AAAA",)),
        ("cat /etc/r", ("/etc/resolv.conf",)),
        ("kubectl get nothing ", ()),
        ("nonsense ", ()),
        ("", ("kubectl", *COMMANDS)),
    ],
)
def test_what_could_come_next(cluster: Cluster, line: str, found: tuple[str, ...]) -> None:
    start, candidates = completions(line, cluster.state)
    assert candidates == tuple(sorted(found))
    assert all(candidate.startswith(line[start:]) for candidate in candidates)


def test_pods_come_after_exec_and_commands_after_the_dashes(cluster: Cluster) -> None:
    pods = tuple(sorted(pod.name for pod in cluster.list("pods", namespace="default")))
    assert completions("kubectl exec ", cluster.state)[1] == pods
    assert completions(f"kubectl exec {pods[0]} -- nsl", cluster.state)[1] == ("nslookup",)
    assert completions(f"kubectl exec {pods[0]} -- dig my-app-svc.def", cluster.state)[1][0] == "my-app-svc.default"


def test_every_verb_is_offered_and_a_group_offers_its_parts(cluster: Cluster) -> None:
    assert set(completions("kubectl ", cluster.state)[1]) == {verb.split()[0] for verb in VERBS}
    parts = {verb.split()[1] for verb in VERBS if verb.startswith("rollout ")}
    assert set(completions("kubectl rollout ", cluster.state)[1]) == parts != set()


@pytest.mark.parametrize("verb", [*VERBS])
def test_every_verb_offers_its_flags(cluster: Cluster, verb: str) -> None:
    offered = completions(f"kubectl {verb} --", cluster.state)[1]
    assert {f"--{flag.name}" for flag in VERBS[verb].flags} <= set(offered)
    assert "--namespace" in offered
