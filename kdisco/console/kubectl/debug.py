"""``kubectl debug node/...``: a command on a node itself, as root.

The Pod that kubectl makes for it is tried by the API server and not kept: the command runs at once, and what it
prints is printed. Upstream: kubectl pkg/cmd/debug/debug.go.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from kdisco.console.kubectl.builder import Target, targets
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.server import refused
from kdisco.faults.commands import knows, run_on_node

__all__ = ["debug"]


def debug(call: Call) -> int | None:
    """Run what stands behind ``--`` on each node that is named; a Pod is not entered without a terminal."""
    words, dash = call.given.words, call.given.dash
    names, command = (words, ()) if dash is None else (words[:dash], words[dash:])
    found = targets(call, names) if any("/" in name for name in names) else []
    if names and (not found or any(each.served.plural != "nodes" for each in found)):
        refused(call)
    if not call.flag("image"):
        msg = "you must specify --image when not using --copy-to."
        raise refuse(msg)
    if not found:
        msg = "NAME or filename is required for debug"
        raise refuse(msg)
    if not command:
        refused(call)
    return max(_run(call, each, command) for each in found)


def _run(call: Call, target: Target, command: Sequence[str]) -> int:
    node = call.get(target.served, target.name)
    call.objects.append(node)
    call.ask(lambda: call.cluster.create(_pod(call, node.name, command), call.namespace, dry_run=True))
    if knows(command):
        call.write(run_on_node(call.cluster, node.name, command))
        return 0
    inside = command[2:] if [*command[:2]] == ["chroot", "/host"] else command
    found = call.cluster.sh(shlex.join(inside), node=node.name)
    call.out.append(found.out)
    call.err.append(found.err)
    return int(found.exit)


def _pod(call: Call, node: str, command: Sequence[str]) -> dict[str, Any]:
    """The Pod that enters a node: in the host's namespaces, with the host's files below /host."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": f"node-debugger-{node}-", "labels": {"app.kubernetes.io/managed-by": "kubectl-debug"},
        },
        "spec": {
            "containers": [{
                "name": "debugger", "image": call.flag("image"), "args": [*command],
                "volumeMounts": [{"mountPath": "/host", "name": "host-root"}],
            }],
            "hostIPC": True, "hostNetwork": True, "hostPID": True, "nodeName": node, "restartPolicy": "Never",
            "tolerations": [{"operator": "Exists"}],
            "volumes": [{"name": "host-root", "hostPath": {"path": "/"}}],
        },
    }
