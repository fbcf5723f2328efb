"""Forty cells of Python and commands, one after another: in the kernel, and in plain Python with the extension."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

import kdisco

SPEC = Path(kdisco.__file__).parent / "shell" / "kernelspec"
POD = "{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: netshoot}]}}"
CELLS: tuple[tuple[str, str], ...] = (  # a cell, and words that its text must hold
    ("from kdisco import Cluster\ncluster = Cluster(nodes=2, seed=1)", ""),
    ("kubectl get nodes", "node-2   Ready"),
    ("kubectl create deployment web --image=nginx --port=80 --replicas=2", "deployment.apps/web created"),
    ("kubectl expose deployment web --port=80", "service/web exposed"),
    ("cluster.settle()\nkubectl get deployment web", "web    2/2     2            2"),
    ("pods = kubectl get pods -l app=web -o name", ""),
    ("print(len(pods.split()), pods.exit)", "2 0"),
    ("[pod.status.phase for pod in pods.objects]", "['Running', 'Running']"),
    ("for name in pods.split():\n    kubectl get $name -o jsonpath='{.status.phase}'", "RunningRunning"),
    (f"%%kubectl apply -f -\n{POD}",
     "pod/client created"),
    ("kubectl apply -f - <<EOF\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: other\nEOF",
     "namespace/other created"),
    ("cluster.settle();\nkubectl get pods -n other", "No resources found in other namespace."),
    ("%on pod/client", "commands run on pod/default/client"),
    ("dig +short web.default.svc.cluster.local", "10."),
    ("nslookup web", "Name:\tweb.default.svc.cluster.local"),
    ("host web", "web.default.svc.cluster.local has address 10."),
    ("getent hosts web", "web.default.svc.cluster.local"),
    ("cat /etc/resolv.conf", "search default.svc.cluster.local"),
    ("env", "KUBERNETES_SERVICE_HOST=10.96.0.1"),
    ("curl -s web", "web-"),
    ("code = curl -s -o /dev/null -w '%{http_code}' web\nprint(code)", "200"),
    ("ip route", "default via 10.244."),
    ("%on node/node-1", "commands run on node/node-1"),
    ("rules = iptables-save\nprint(next(line for line in rules.splitlines() if 'default/web' in line)[:7])", "-A KUBE"),
    ("iptables -t nat -L KUBE-SERVICES -n", "Chain KUBE-SERVICES"),
    ("conntrack -L", "dport=80"),
    ("text = '''\nkubectl get nothing\n'''\nlen(text)", "21"),
    ("kubectl get nothing", 'error: the server doesn\'t have a resource type "nothing"'),
    ("_.exit", "1"),
    ("kubectl get 'pods", "Syntax error: Unterminated quoted string"),
    ("kubectl scale deployment web \\\n    --replicas=3", "deployment.apps/web scaled"),
    ("if True:\n    cluster.settle()\n    kubectl get deployment web -o jsonpath='{.status.readyReplicas}'", "3"),
    ("def replicas(n):\n    kubectl scale deployment web --replicas={n}\nreplicas(1)", "deployment.apps/web scaled"),
    ("kubectl rollout status deployment web", "deployment"),
    ("kubectl label deployment web tier=front  # a comment", "deployment.apps/web labeled"),
    ("kubectl delete service web", 'service "web" deleted'),
    ("second = Cluster(nodes=1, seed=2)", ""),
    ("%cluster second", "commands talk to second"),
    ("kubectl get nodes -o name", "node/node-1"),
    ("ip = 40 + 2\nip", "42"),
)


def text_of(outputs: list[Any]) -> str:
    """All text that a cell showed."""
    shown = []
    for output in outputs:
        assert output.output_type != "error", output
        shown.append(output.get("text") or output.get("data", {}).get("text/plain", ""))
    return "".join(shown)


@pytest.mark.parametrize("kernel", ["kdisco", "python3"])
def test_forty_cells(kernel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(CELLS) == 40
    shutil.copytree(SPEC, tmp_path / "kernels" / "kdisco")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    paths = [str(Path(kdisco.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    first = [] if kernel == "kdisco" else ["%load_ext kdisco"]
    sources = [*first, *(cell for cell, _ in CELLS)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in sources])
    nbclient.NotebookClient(notebook, kernel_name=kernel, timeout=60).execute()
    for cell, (source, words) in zip(notebook.cells[len(first) :], CELLS, strict=True):
        shown = text_of(cell.outputs)
        assert words in shown, source
        assert bool(shown) == bool(words), source
