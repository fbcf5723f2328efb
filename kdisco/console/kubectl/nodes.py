"""``kubectl taint``, ``cordon``, ``uncordon``, ``drain``. Upstream: kubectl pkg/cmd/{taint,drain}, pkg/drain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from kdisco.console.kubectl.builder import Target, listed
from kdisco.console.kubectl.call import Call, refuse, wrong_usage
from kdisco.console.kubectl.printers import DRY, report
from kdisco.console.kubectl.resources import find
from kdisco.console.kubectl.writing import dry_run
from kdisco.errors import NotFound

__all__ = ["cordon", "drain", "taint", "uncordon"]

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
TAINT = re.compile(r"(?P<key>[^=:]+)(?:=(?P<value>[^:]*))?(?::(?P<effect>\w+))?(?P<gone>-)?")
NAME_PART = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
MIRROR = "kubernetes.io/config.mirror"


def _named(call: Call, words: Sequence[str]) -> list[Any]:
    """The nodes that are named or selected; raises NotFound."""
    served = find("nodes")
    if call.flag("selector") or call.flag("all"):
        return list(listed(call, Target(served)))
    return [call.get(served, word.removeprefix("node/").removeprefix("nodes/"), "") for word in words]


def taint(call: Call) -> None:
    """``taint nodes NAME key=value:effect key:effect-``."""
    words = call.given.words
    first = next((at for at, word in enumerate(words) if "=" in word or ":" in word or (word.endswith("-") and at)), 0)
    if not words or not first:
        msg = "one or more resources must be specified as <resource> <name>"
        raise refuse(msg if not words else "at least one taint update is required")
    if find(words[0]).plural != "nodes":
        msg = f"invalid resource type {words[0]}, only node types are supported"
        raise refuse(msg)
    updates = [_update(word) for word in words[first:]]
    dry_run(call)
    call.each(_named(call, words[1:first]), lambda node: _taint(call, node, updates))


def _update(word: str) -> dict[str, Any]:
    found = TAINT.fullmatch(word)
    if found is None or (not found["effect"] and not word.endswith("-")):
        msg = f"invalid taint spec: {word}, {NAME_PART}"
        raise wrong_usage(msg, "taint")
    key = found["key"].removesuffix("-")
    effect = found["effect"] or ""
    if effect and effect not in EFFECTS:
        msg = f"invalid taint effect: {effect}, unsupported taint effect"
        raise wrong_usage(msg, "taint")
    gone = bool(found["gone"]) or word.endswith("-")
    return {"key": key, "value": found["value"] or "", "effect": effect, "gone": gone}


def _taint(call: Call, node: Any, updates: Sequence[dict[str, Any]]) -> None:
    have = [each.to_dict() if hasattr(each, "to_dict") else _plain(each) for each in node.spec.taints]
    added = removed = 0
    for update in updates:
        same = [one for one in have if one["key"] == update["key"] and update["effect"] in ("", one["effect"])]
        if update["gone"]:
            if not same:
                effect = f":{update['effect']}" if update["effect"] else ""
                msg = f'taint "{update["key"]}{effect}" not found'
                raise refuse(msg)
            have, removed = [one for one in have if one not in same], removed + 1
            continue
        if same and not call.flag("overwrite"):
            effects = f"{update['key']}:{update['effect']}"
            msg = f"node {node.name} already has {update['key']} taint(s) with same effect(s) and --overwrite is false"
            raise refuse(msg if effects else "")
        new = {name: update[name] for name in ("key", "value", "effect") if update[name]}
        have, added = [new, *(one for one in have if one not in same)], added + 1
    dry, after = dry_run(call), node
    if dry != "client":
        after = call.ask(
            lambda: call.cluster.patch("nodes", node.name, {"spec": {"taints": have}}, dry_run=dry == "server")
        )
    words = "modified" if added and removed else "tainted" if added else "untainted"
    report(call, after, words, name=f"node/{node.name}", suffixed=False)


def _plain(taint_: Any) -> dict[str, str]:
    """A taint as JSON."""
    found = {"key": taint_.key, "value": taint_.value, "effect": taint_.effect}
    added = getattr(taint_, "time_added", None)
    return {name: value for name, value in {**found, "timeAdded": added}.items() if value}


def cordon(call: Call) -> None:
    """Let no Pods come to a node."""
    _mark(call, _cordoned(call, "cordon"), unschedulable=True)


def uncordon(call: Call) -> None:
    """Let Pods come to a node again."""
    _mark(call, _cordoned(call, "uncordon"), unschedulable=False)


def _cordoned(call: Call, verb: str) -> list[Any]:
    words = call.given.words
    if not words and not call.flag("selector"):
        msg = f"USAGE: {verb} NODE [flags]"
        raise wrong_usage(msg, verb)
    if words and call.flag("selector"):
        msg = "error: cannot specify both a node name and a --selector option"
        raise refuse(msg)
    dry_run(call)
    nodes: list[Any] = []
    for word in words:
        try:
            nodes += _named(call, [word])
        except NotFound as problem:
            call.fail(problem)
    return nodes if words else _named(call, ())


def _mark(call: Call, nodes: Sequence[Any], *, unschedulable: bool) -> None:
    word = "cordoned" if unschedulable else "uncordoned"
    dry = dry_run(call)
    for node in nodes:
        call.objects.append(node)
        if node.spec.unschedulable == unschedulable:
            call.say(f"node/{node.name} already {word}{DRY.get(dry, '')}")
            continue
        if dry != "client":
            patch = {"spec": {"unschedulable": True if unschedulable else None}}
            call.ask(partial(call.cluster.patch, "nodes", node.name, patch, dry_run=dry == "server"))
        call.say(f"node/{node.name} {word}{DRY.get(dry, '')}")


def drain(call: Call) -> None:
    """Cordon a node and evict its Pods; they are gone after ``settle``."""
    nodes = _cordoned(call, "drain")
    _mark(call, nodes, unschedulable=True)
    call.each(nodes, lambda node: _drain(call, node))


def _drain(call: Call, node: Any) -> None:
    selector = call.flag("pod-selector") or None
    pods = call.listed(find("pods"), None, selector=selector, field_selector=f"spec.nodeName={node.name}")
    gone, ignored, problems = _parted(call, pods)
    if problems:
        first, *rest = [f"cannot delete {words}: {names}" for words, names in problems.items()]
        listed_ = ", ".join([first, *rest])
        call.complain(f'error: unable to drain node "{node.name}" due to error: {f"[{listed_}]" if rest else first}, '
                      "continuing command...")
        call.complain("There are pending nodes to be drained:")
        call.complain(f" {node.name}")
        call.fail("\n".join(f"{line}" for line in (first, *rest)))
        return
    bare = [f"{pod.namespace}/{pod.name}" for pod in gone if pod.owner is None and not pod.finished]
    notes = [f"ignoring DaemonSet-managed Pods: {', '.join(ignored)}"] if ignored else []
    notes += [f"deleting Pods that declare no controller: {', '.join(bare)}"] if bare else []
    if notes:
        call.complain(f"Warning: {'; '.join(notes)}")
    dry = dry_run(call)
    grace = call.flag("grace-period")
    for pod in gone:
        call.say(f"evicting pod {pod.namespace}/{pod.name}{DRY.get(dry, '')}")
        if dry == "none":
            wait = None if grace < 0 else grace
            call.ask(partial(call.cluster.delete, "pods", pod.name, pod.namespace, grace_period=wait))
            call.say(f"pod/{pod.name} evicted")
    call.say(f"node/{node.name} drained{DRY.get(dry, '')}")


FORCE = "cannot delete Pods that declare no controller (use --force to override)"
DAEMON = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"
LOCAL = "Pods with local storage (use --delete-emptydir-data to override)"


def _parted(call: Call, pods: Sequence[Any]) -> tuple[list[Any], list[str], dict[str, str]]:
    """The Pods to evict, those of DaemonSets that stay, and what is in the way."""
    gone: list[Any] = []
    ignored: list[str] = []
    problems: dict[str, list[str]] = {}
    for pod in pods:
        if MIRROR in pod.metadata.annotations:
            continue
        full, owner = f"{pod.namespace}/{pod.name}", pod.owner
        if pod.finished:
            gone.append(pod)
        elif owner is not None and owner.kind == "DaemonSet":
            if call.flag("ignore-daemonsets"):
                ignored.append(full)
            else:
                problems.setdefault(DAEMON, []).append(full)
        elif any("emptyDir" in each for each in pod.spec.kept.get("volumes") or ()) and not call.flag(
            "delete-emptydir-data"
        ):
            problems.setdefault(LOCAL, []).append(full)
        elif owner is None and not call.flag("force"):
            problems.setdefault(FORCE, []).append(full)
        else:
            gone.append(pod)
    return gone, ignored, {words: ", ".join(names) for words, names in problems.items()}
