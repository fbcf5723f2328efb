"""``kubectl taint``, ``cordon``, ``uncordon``, ``drain``. Upstream: kubectl pkg/cmd/{taint,drain}, pkg/drain."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from kdisco.console.kubectl.builder import Target, found, listed, targets
from kdisco.console.kubectl.call import Call, refuse, wrong_usage
from kdisco.console.kubectl.printers import DRY, report
from kdisco.console.kubectl.resources import find, find_or_none, unknown_kind
from kdisco.console.kubectl.tainting import taint_updates
from kdisco.console.kubectl.writing import dry_run

__all__ = ["cordon", "drain", "taint", "uncordon"]

MIRROR = "kubernetes.io/config.mirror"


def taint(call: Call) -> None:
    """``taint nodes NAME key=value:effect key:effect-``."""
    words = call.given.words
    first = next((at for at, word in enumerate(words) if "=" in word or ":" in word or (word.endswith("-") and at)), 0)
    if not words or not first:
        msg = "one or more resources must be specified as <resource> <name>"
        raise refuse(msg if not words else "at least one taint update is required")
    served = find_or_none(words[0])
    if served is None:
        raise unknown_kind(words[0])
    if served.plural != "nodes":
        msg = f"invalid resource type {words[0]}, only node types are supported"
        raise refuse(msg)
    updates = taint_updates(words[first:])
    if first == 1 and not call.flag("all") and not call.selector:
        msg = "at least one resource name must be specified since 'all' parameter is not set"
        raise refuse(msg)
    dry_run(call)
    call.each(found(call, words[:first]), lambda pair: _taint(call, pair[1], updates))


def _taint(call: Call, node: Any, updates: Sequence[dict[str, Any]]) -> None:
    have = [each.to_dict() if hasattr(each, "to_dict") else _plain(each) for each in node.spec.taints]
    new = [
        {name: update[name] for name in ("key", "value", "effect") if update[name]}
        for update in updates if not update["gone"]
    ]
    taken = {(each["key"], each["effect"]) for each in have} & {(each["key"], each["effect"]) for each in new}
    if taken and not call.flag("overwrite"):
        keys = ",".join(dict.fromkeys(each["key"] for each in new if (each["key"], each["effect"]) in taken))
        msg = f"node {node.name} already has {keys} taint(s) with same effect(s) and --overwrite is false"
        raise refuse(msg)
    wanted = new + [each for each in have if (each["key"], each["effect"]) not in taken]
    added, removed, missing = len(wanted) != len(have), False, list[str]()
    for update in (each for each in updates if each["gone"]):
        left = [
            each for each in wanted if each["key"] != update["key"] or update["effect"] not in ("", each["effect"])
        ]
        if len(left) == len(wanted):
            effect = f":{update['effect']}" if update["effect"] else ""
            missing.append(f'taint "{update["key"]}{effect}" not found')
        wanted, removed = left, len(left) != len(wanted)
    for text in missing:
        call.fail(refuse(text))
    if missing:
        return
    dry, after = dry_run(call), node
    if dry != "client":
        after = call.ask(
            lambda: call.cluster.patch("nodes", node.name, {"spec": {"taints": wanted}}, dry_run=dry == "server")
        )
    words = "modified" if (added and removed) or call.flag("overwrite") else "tainted" if added else "untainted"
    report(call, after, words, name=f"node/{node.name}", suffixed=False, typed=True)


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
    """The nodes that are meant, all of them known before anything is done; raises UsageError or NotFound."""
    words = call.given.words
    if not words and not call.flag("selector"):
        msg = f"USAGE: {verb} NODE [flags]"
        raise wrong_usage(msg, verb)
    if words and call.flag("selector"):
        msg = "cannot specify both a node name and a --selector option"
        raise wrong_usage(msg, verb)
    dry_run(call)
    if not words:
        return list(listed(call, Target(find("nodes"))))
    nodes: list[Any] = []
    for target in targets(call, words if any("/" in word for word in words) else ["nodes", *words]):
        nodes.append(call.get(target.served, target.name))
        if target.served.plural != "nodes":
            msg = f'expected resource of type node, got "{target.served.plural}"'
            raise refuse(msg)
    return nodes


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
    deleted = call.flag("disable-eviction")
    for pod in () if deleted else gone:
        call.say(f"evicting pod {pod.namespace}/{pod.name}{DRY.get(dry, '')}")
    for pod in gone if dry == "none" else ():
        wait = None if grace < 0 else grace
        call.ask(partial(call.cluster.delete, "pods", pod.name, pod.namespace, grace_period=wait))
        call.say(f"pod/{pod.name} {'deleted' if deleted else 'evicted'}")
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
