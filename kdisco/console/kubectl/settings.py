"""``kubectl set image``, ``set env``, ``set selector``: small changes of Pod templates and Services.

Upstream: kubectl pkg/cmd/set.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Any

from kdisco.console.kubectl.builder import found
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.printers import plain, report
from kdisco.console.kubectl.resources import Served
from kdisco.console.kubectl.writing import dry_run, patched

__all__ = ["env", "image", "selector"]

TEMPLATED = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")


def _containers(each: Any, part: str = "containers") -> list[dict[str, Any]]:
    """The containers of a Pod or of a workload's template, as JSON."""
    spec = plain(each)["spec"]
    inner = spec if each.KIND == "Pod" else spec.get("template", {}).get("spec", {})
    return list(inner.get(part) or ())


def _in_template(each: Any, spec: dict[str, Any]) -> dict[str, Any]:
    """A patch of the Pod spec, wherever the kind has it."""
    return {"spec": spec} if each.KIND == "Pod" else {"spec": {"template": {"spec": spec}}}


def _pairs(words: Sequence[str]) -> tuple[list[str], list[str]]:
    return [word for word in words if "=" not in word], [word for word in words if "=" in word]


def _checked(served: Served, each: Any) -> None:
    if each.KIND not in (*TEMPLATED, "Pod"):
        msg = f"{served.plural}/{each.name} the object is not a pod or does not have a pod template: {each.KIND}"
        raise refuse(msg)


def image(call: Call) -> None:
    """``set image TYPE/NAME CONTAINER=IMAGE``."""
    names, updates = _pairs(call.given.words)
    chosen = found(call, names)
    if not updates:
        msg = "at least one image update is required"
        raise refuse(msg)
    dry_run(call)
    wanted = dict(word.partition("=")[::2] for word in updates)
    call.each(chosen, lambda pair: _image(call, pair[0], pair[1], wanted))


def _image(call: Call, served: Served, each: Any, wanted: dict[str, str]) -> None:
    _checked(served, each)
    patch: dict[str, Any] = {}
    for name, new in wanted.items():
        met = False
        for part in ("containers", "initContainers"):
            for container in _containers(each, part):
                if name in ("*", container["name"]):
                    met = True
                    if container.get("image") != new:
                        patch.setdefault(part, []).append({"name": container["name"], "image": new})
        if not met:
            msg = f'unable to find container named "{name}"'
            raise refuse(msg)
    if patch:
        after = patched(call, served, each, _in_template(each, patch))
        report(call, after, "image updated", name=served.named(each.name))


def env(call: Call) -> None:
    """``set env TYPE/NAME NAME=value NAME-``."""
    words = [*call.given.words, *(call.flag("env") or ())]
    names = [word for at, word in enumerate(words) if "=" not in word and not (word.endswith("-") and at)]
    updates = [word for at, word in enumerate(words) if "=" in word or (word.endswith("-") and at)]
    if call.flag("from"):
        msg = "--from is not known here: give variables as NAME=value"
        raise refuse(msg)
    chosen = found(call, names)
    dry_run(call)
    call.each(chosen, lambda pair: _env(call, pair[0], pair[1], updates))


def _env(call: Call, served: Served, each: Any, updates: Sequence[str]) -> None:
    _checked(served, each)
    asked = call.flag("containers") or "*"
    every = [*_containers(each), *_containers(each, "initContainers")]
    chosen = [one for one in every if fnmatch.fnmatchcase(one["name"], asked)]
    if call.flag("list"):
        for one in chosen:
            call.say(f"# {served.kind} {each.name}, container {one['name']}")
            for variable in one.get("env") or ():
                call.say(_listed(variable))
        return
    if not chosen:
        call.complain(f'warning: {served.plural}/{each.name} does not have any containers matching "{asked}"')
        return
    changes = [_change(word) for word in updates]
    patch: dict[str, Any] = {}
    for part in ("containers", "initContainers"):
        met = [{"name": one["name"], "env": changes} for one in _containers(each, part) if one in chosen]
        patch |= {part: met} if met and changes else {}
    if not patch:
        return
    after = patched(call, served, each, _in_template(each, patch))
    if after.with_meta(resource_version="") != each.with_meta(resource_version="") or dry_run(call) != "none":
        report(call, after, "env updated", name=served.named(each.name))


def _change(word: str) -> dict[str, str]:
    name, sign, value = word.partition("=")
    return {"name": name, "value": value} if sign else {"name": word[:-1], "$patch": "delete"}


def _listed(variable: dict[str, Any]) -> str:
    source = variable.get("valueFrom")
    if source is None:
        return f"{variable['name']}={variable.get('value', '')}"
    kinds = {"configMapKeyRef": "configmap", "secretKeyRef": "secret"}
    for part, kind in kinds.items():
        if part in source:
            return f"# {variable['name']} from {kind} {source[part].get('name')}, key {source[part].get('key')}"
    return f"# {variable['name']} from field path {source.get('fieldRef', {}).get('fieldPath', '')}"


def selector(call: Call) -> None:
    """``set selector service NAME key=value,...``."""
    words = list(call.given.words)
    if not words or "=" not in words[-1]:
        msg = "one or more resources must be specified as <resource> <name> or <resource>/<name>"
        raise refuse(msg)
    dry_run(call)
    wanted = dict(part.partition("=")[::2] for part in words[-1].split(","))
    call.each(found(call, words[:-1]), lambda pair: _selector(call, pair[0], pair[1], wanted))


def _selector(call: Call, served: Served, each: Any, wanted: dict[str, str]) -> None:
    if each.KIND != "Service":
        msg = "setting a selector is only supported for Services"
        raise refuse(msg)
    gone = {key: None for key in each.spec.selector if key not in wanted}
    after = patched(call, served, each, {"spec": {"selector": {**gone, **wanted}}}, "merge")
    report(call, after, "selector updated", name=served.named(each.name))
