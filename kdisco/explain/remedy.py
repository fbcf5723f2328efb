"""Remedies as the commands that one would type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from shlex import quote
from typing import Any

from kdisco.model.manifest import to_yaml
from kdisco.model.meta import Object
from kdisco.store.strategic import strategic_patch as merged

__all__ = ["apply", "delete", "in_template", "json_patch", "merge_patch", "on_node", "restart", "undo"]

IMAGE = "busybox:1.37"
WRITTEN = ("name", "namespace", "labels", "annotations")  # the metadata that people write


def _of(found: Object) -> str:
    space = f" -n {found.namespace}" if found.namespace else ""
    return f"{found.KIND.lower()} {found.name}{space}"


def _patched(found: Object, body: Any, kind: str) -> str:
    return f"kubectl patch {_of(found)} --type={kind} -p {quote(json.dumps(body))}"


def merge_patch(found: Object, body: Mapping[str, Any]) -> str:
    """Lay fields over an object; None takes one away."""
    return _patched(found, body, "merge")


def json_patch(found: Object, *steps: tuple[str, str, Any]) -> str:
    """Set values at paths: (op, path, value)."""
    body = [{"op": op, "path": path} | ({} if op == "remove" else {"value": value}) for op, path, value in steps]
    return _patched(found, body, "json")


def in_template(found: Object, body: Mapping[str, Any]) -> str:
    """Lay fields over the template of a workload; a Pod on its own is replaced by one that has them."""
    if found.KIND != "Pod":
        return _patched(found, {"spec": {"template": dict(body)}}, "strategic")
    document = found.to_dict()
    document.pop("status", None)
    document["metadata"] = {key: value for key, value in document["metadata"].items() if key in WRITTEN}
    document["spec"].pop("nodeName", None)
    text = to_yaml(merged(document, body))
    return f"kubectl replace --force -f - <<EOF\n{text}EOF"


def delete(*found: Object) -> str:
    """Delete objects, one command each."""
    return "\n".join(f"kubectl delete {_of(each)}" for each in found)


def restart(found: Object) -> str:
    """Make the Pods of a workload anew, or a Pod that nothing stands behind."""
    if found.KIND == "Pod":
        return in_template(found, {})
    return f"kubectl rollout restart {found.KIND.lower()}/{found.name} -n {found.namespace}"


def undo(found: Object) -> str:
    """Go back to the template that a workload had before."""
    return f"kubectl rollout undo {found.KIND.lower()}/{found.name} -n {found.namespace}"


def apply(*documents: Mapping[str, Any]) -> str:
    """Apply manifests."""
    text = "---\n".join(to_yaml(each) for each in documents)
    return f"kubectl apply -f - <<EOF\n{text}EOF"


def on_node(node: str, command: str) -> str:
    """Run a command on a node, by a Pod that may do everything there."""
    return f"kubectl debug node/{node} --profile=sysadmin --image={IMAGE} -- chroot /host {command}"
