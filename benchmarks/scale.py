"""One scale event, from the write to endpoints, DNS and rules, on a small and on a larger cluster.

Run: ``python benchmarks/scale.py [PODS]`` (default 3000). One Service in ten gets one Pod more, then one
less; the cost of such a change must not grow with the cluster. Times are medians of one run in one
process; the ratio of the two clusters is the figure to look at (budget 2).
"""

from __future__ import annotations

import gc
import statistics
import sys
import time

from kdisco import Cluster

SMALL = 150
PODS_A_SERVICE = 10
EVENTS = 20
BUDGET = 2.0


def filled(pods: int) -> Cluster:
    """A settled cluster with so many Pods, ten behind each Service."""
    cluster = Cluster(nodes=max(2, pods // 30), addons=False)
    for number in range(pods // PODS_A_SERVICE):
        name, labels = f"app-{number}", {"app": f"app-{number}"}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "registry.test/web"}]}}
        spec = {"replicas": PODS_A_SERVICE, "selector": {"matchLabels": labels}, "template": pod}
        cluster.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec})
        front = {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]}
        cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": front})
    cluster.settle()
    gc.collect()
    gc.freeze()
    return cluster


def events(cluster: Cluster) -> list[float]:
    """Milliseconds of each scale event, to the last controller's last write, a DNS answer and the fates."""
    address = cluster.get("Service", "app-0").spec.cluster_ip
    taken = []
    for number in range(EVENTS):
        began = time.perf_counter()
        cluster.scale("deployment/app-0", PODS_A_SERVICE + 1 - number % 2)
        cluster.settle()
        cluster.dns.query("app-0.default.svc.cluster.local.", "A")
        cluster.proxy("node-1").fates("10.244.0.9", address, 80)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def main() -> int:
    """Print the table; 1 when the larger cluster is more than twice as slow."""
    large = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    medians = {}
    print(f"{'Pods':>8}{'filled in':>12}{'p50':>12}{'worst':>12}")
    for pods in (SMALL, large):
        began = time.perf_counter()
        cluster = filled(pods)
        loaded = time.perf_counter() - began
        taken = events(cluster)
        medians[pods] = statistics.median(taken)
        print(f"{pods:8}{loaded:10.2f} s{medians[pods]:9.2f} ms{max(taken):9.2f} ms")
    ratio = medians[large] / medians[SMALL]
    print(f"{large} Pods / {SMALL} Pods: {ratio:.2f} (budget {BUDGET})")
    return int(ratio > BUDGET)


if __name__ == "__main__":
    raise SystemExit(main())
