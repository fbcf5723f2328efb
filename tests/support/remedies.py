"""Remedies carried out: the few commands that findings name, typed into a cluster as a user would type them."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from shlex import join, split
from typing import TYPE_CHECKING, Any

from kdisco.faults.commands import run_on_node
from kdisco.model.manifest import documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from kdisco import Cluster

__all__ = ["carry_out"]

HEREDOC = re.compile(r"kubectl (apply|replace --force) -f - <<EOF\n(.*?)\nEOF", re.DOTALL)
AGAIN = re.compile(r"kubectl get pod (\S+) -n (\S+) -o yaml \| kubectl replace --force -f -")


def carry_out(cluster: Cluster, text: str) -> None:
    """Run every command of a remedy; raises what the cluster raises, and ValueError for a command it has not."""
    for verb, document in HEREDOC.findall(text):
        if verb == "apply":
            cluster.apply(document)
        else:
            _replace(cluster, documents(document)[0])
    for line in HEREDOC.sub("", text).splitlines():
        again = AGAIN.fullmatch(line)
        if again is not None:
            document = cluster.get("pod", again[1], again[2]).to_dict()
            document["spec"].pop("nodeName", None)
            _replace(cluster, {key: value for key, value in document.items() if key != "status"})
        elif line and not line.startswith("#"):
            _run(cluster, split(line))


def _replace(cluster: Cluster, document: dict[str, Any]) -> None:
    """Delete at once and make anew: ``kubectl replace --force``."""
    written = ("name", "namespace", "labels", "annotations")
    meta = {key: value for key, value in document["metadata"].items() if key in written}
    cluster.delete(document["kind"], meta["name"], meta.get("namespace", "default"), grace_period=0)
    cluster.create({**document, "metadata": meta})


def _run(cluster: Cluster, words: list[str]) -> None:
    if words[:2] == ["kubectl", "debug"]:
        command = words[words.index("--") + 1 :]
        run_on_node(cluster, words[2].removeprefix("node/"), join(command))
        return
    parser = ArgumentParser(exit_on_error=False)
    for option in ("-n", "-p", "--type", "--replicas", "-c"):
        parser.add_argument(option, default="")
    given, rest = parser.parse_known_args(words[1:])
    verb = rest.pop(0)
    if verb not in VERBS:
        msg = f"no such remedy: {words}"
        raise ValueError(msg)
    VERBS[verb](cluster, rest, given)


def _patch(cluster: Cluster, rest: list[str], given: Any) -> None:
    cluster.patch(rest[0], rest[1], json.loads(given.p), given.n or "default", given.type)


def _delete(cluster: Cluster, rest: list[str], given: Any) -> None:
    cluster.delete(rest[0], rest[1], given.n or "default", grace_period=0 if "--force" in rest else None)


def _scale(cluster: Cluster, rest: list[str], given: Any) -> None:
    cluster.scale(rest[0], int(given.replicas), given.n or "default")


def _rollout(cluster: Cluster, rest: list[str], given: Any) -> None:
    rollout = cluster.rollout(rest[1], given.n or "default")
    {"undo": rollout.undo, "restart": rollout.restart, "resume": rollout.resume}[rest[0]]()


def _set(cluster: Cluster, rest: list[str], given: Any) -> None:
    kind, name = rest[1].split("/")
    pairs = dict(each.split("=", 1) for each in rest[2:])
    if rest[0] == "image":
        containers: list[dict[str, Any]] = [{"name": key, "image": image} for key, image in pairs.items()]
    else:
        containers = [{"name": given.c, "env": [{"name": key, "value": text} for key, text in pairs.items()]}]
    body = {"spec": {"template": {"spec": {"containers": containers}}}}
    cluster.patch(kind, name, body, given.n or "default", "strategic")


def _label(cluster: Cluster, rest: list[str], given: Any) -> None:
    pairs = dict(each.split("=", 1) for each in rest[2:] if "=" in each)
    cluster.patch(rest[0], rest[1], {"metadata": {"labels": pairs}}, given.n or "default")


def _uncordon(cluster: Cluster, rest: list[str], _given: Any) -> None:
    cluster.patch("node", rest[0], {"spec": {"unschedulable": None}})


def _taint(cluster: Cluster, rest: list[str], _given: Any) -> None:
    key, _, effect = rest[2].removesuffix("-").partition(":")
    taints = [each for each in cluster.get("node", rest[1]).spec.taints if (each.key, each.effect) != (key, effect)]
    kept = [{"key": each.key, "effect": each.effect, "value": each.value} for each in taints]
    cluster.patch("node", rest[1], {"spec": {"taints": kept or None}})


def _expose(cluster: Cluster, rest: list[str], given: Any) -> None:
    found = cluster.get(rest[0], rest[1], given.n)
    port = int(next(each for each in rest if each.startswith("--port=")).removeprefix("--port="))
    spec = {"selector": dict(found.spec.selector.match_labels), "ports": [{"port": port}]}
    meta = {"name": rest[1], "namespace": given.n}
    cluster.create({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})


VERBS: dict[str, Callable[[Cluster, list[str], Any], None]] = {
    "patch": _patch, "delete": _delete, "scale": _scale, "rollout": _rollout, "set": _set, "label": _label,
    "uncordon": _uncordon, "taint": _taint, "expose": _expose,
}  # fmt: skip
