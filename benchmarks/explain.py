"""``kdisco explain`` on a dump of 3,000 objects: the whole command, file to exit status, in a fresh process.

Run: ``python benchmarks/explain.py [OBJECTS]`` (default 3000). The dump is what a cluster of that size gives for
``kubectl get all,ep,endpointslices,nodes -A``, as YAML and as JSON; one Service of it is broken. The smaller of
three runs counts; the budget is 5 s.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from kdisco import Cluster
from kdisco.model.manifest import to_yaml

BUDGET = 5.0
RUNS = 3
REPLICAS = 4
OF_A_SERVICE = 6 + REPLICAS  # Deployment, ReplicaSet, Service, Endpoints, EndpointSlice and a ConfigMap beside its Pods
KINDS = (
    "pods", "services", "deployments", "replicasets", "statefulsets", "daemonsets", "endpoints", "endpointslices",
    "nodes", "configmaps", "namespaces",
)  # fmt: skip


def dumped(objects: int) -> list[dict[str, Any]]:
    """So many objects of a settled cluster."""
    cluster = Cluster(nodes=20)
    for number in range(objects // OF_A_SERVICE):
        name, labels = f"app-{number}", {"app": f"app-{number}", "tier": "web", "team": f"team-{number % 7}"}
        container = {
            "name": "main", "image": "registry.test/app:1.4", "ports": [{"containerPort": 8080, "name": "http"}],
            "env": [{"name": "BACKEND_URL", "value": f"http://app-{max(number - 1, 0)}:80"}],
            "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
        }  # fmt: skip
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        spec = {"replicas": REPLICAS, "selector": {"matchLabels": labels}, "template": pod}
        front = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": "http"}]}
        cluster.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec})
        cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": front})
        cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"key": "value"}})
    cluster.patch("service", "app-1", {"spec": {"selector": {"app": "ap-1"}}})
    cluster.settle()
    return [each.to_dict() for kind in KINDS for each in cluster.state.view.list(kind)]


def timed(path: Path) -> tuple[float, int]:
    """Seconds of the quickest run, and its exit status."""
    taken, status = [], 0
    for _ in range(RUNS):
        began = time.perf_counter()
        command = [sys.executable, "-m", "kdisco.shell.cli", "explain", str(path)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        status = done.returncode if "1 with findings" in done.stdout else -1
        taken.append(time.perf_counter() - began)
    return min(taken), status


def main() -> int:
    """Print the table; 1 when the command takes longer than the budget or misses the broken Service."""
    objects = dumped(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
    print(f"{len(objects)} objects")
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("yaml", "json"):
            path = Path(folder) / f"dump.{ending}"
            body = {"apiVersion": "v1", "kind": "List", "items": objects}
            path.write_text(to_yaml(body) if ending == "yaml" else json.dumps(body), encoding="utf-8")
            seconds, status = timed(path)
            print(f"{ending:>6}{path.stat().st_size / 1e6:>8.1f} MB{seconds:>8.2f} s  exit {status}")
            failed |= seconds > BUDGET or status != 1
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
