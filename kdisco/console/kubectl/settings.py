"""``kubectl set image``, ``set env``, ``set selector``: small changes of Pod templates and Services.

Upstream: kubectl pkg/cmd/set.
"""

from __future__ import annotations

import copy
import fnmatch
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kdisco.console.kubectl.builder import every_found, found
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.printers import plain, report
from kdisco.console.kubectl.resources import Served
from kdisco.console.kubectl.writing import dry_run, parted, patched
from kdisco.errors import ApiError, UsageError
from kdisco.model.manifest import to_object
from kdisco.model.selector import Requirement, parse_selector
from kdisco.store.apply import three_way
from kdisco.store.strategic import go_words

__all__ = ["env", "image", "selector"]

TEMPLATED = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")
NO_OBJECTS = "one or more resources must be specified as <resource> <name> or <resource>/<name>"
PARTS = ("containers", "initContainers")
Spec = dict[str, Any]


def _changed(call: Call, pair: tuple[Served, Any], what: str, change: Callable[[Spec], None]) -> None:
    """Change the Pod spec of an object, or of its template, and say so; nothing is said where nothing changes."""
    served, each = pair
    if each.KIND not in (*TEMPLATED, "Pod"):
        msg = f"{served.plural}/{each.name} the object is not a pod or does not have a pod template: *v1.{each.KIND}"
        raise refuse(msg)
    before = plain(each, managed=True)
    after = copy.deepcopy(before)
    change(after["spec"] if each.KIND == "Pod" else after["spec"].setdefault("template", {}).setdefault("spec", {}))
    patch = three_way(before, after, before)
    if not patch:
        return
    dry, made = dry_run(call), to_object(after, strict=False)
    if dry != "client":
        try:
            made = call.ask(lambda: call.cluster.patch(
                served.plural, each.name, patch, each.namespace or call.namespace, "strategic", dry_run=dry == "server"
            ))
        except ApiError as problem:
            msg = f"failed to patch {what} update to pod template: {problem.message}"
            raise refuse(msg) from None
    report(call, made, f"{what} updated", name=served.named(each.name), typed=True)


def image(call: Call) -> None:
    """``set image TYPE/NAME CONTAINER=IMAGE``."""
    names, updates = parted(call.given.words, "image")
    chosen = every_found(call, names)
    if call.failures:
        return
    wanted = dict(word.partition("=")[::2] for word in updates)
    if not wanted:
        msg = "at least one image update is required"
        raise refuse(msg)
    if "*" in wanted and len(wanted) > 1:
        msg = "all containers are already specified by *, but saw more than one container_name=container_image pairs"
        raise refuse(msg)
    dry_run(call)
    call.each(chosen, lambda pair: _changed(call, pair, "image", lambda spec: _set_images(call, spec, wanted)))


def _set_images(call: Call, spec: Spec, wanted: dict[str, str]) -> None:
    every = [one for part in PARTS for one in spec.get(part) or ()]
    for name, new in wanted.items():
        met = [one for one in every if name in ("*", one["name"])]
        for one in met:
            one["image"] = new
        if not met:
            call.fail(UsageError(f'error: unable to find container named "{name}"'))


def env(call: Call) -> None:
    """``set env TYPE/NAME NAME=value NAME-``."""
    words = call.given.words
    update = ["=" in word or word.endswith("-") for word in words]
    first = update.index(True) if True in update else len(words)
    if not all(update[first:]):
        msg = f"all resources must be specified before environment changes: {' '.join(words)}"
        raise refuse(msg)
    if not first and not call.flag("filename"):
        raise refuse(NO_OBJECTS)
    if call.flag("from"):
        msg = "--from is not known here: give variables as NAME=value"
        raise refuse(msg)
    chosen = every_found(call, words[:first])
    dry_run(call)
    updates = [*(call.flag("env") or ()), *words[first:]]
    for pair in chosen:
        if call.flag("list"):
            _list(call, pair)
            continue
        call.each([pair], lambda one: _changed(
            call, one, "env", lambda spec: _set_variables(call, one, spec, updates)
        ))


def _chosen(call: Call, containers: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    asked = call.flag("containers") or "*"
    return [one for one in containers if fnmatch.fnmatchcase(one["name"], asked)]


def _set_variables(call: Call, pair: tuple[Served, Any], spec: Spec, updates: Sequence[str]) -> None:
    """Set and take away variables: those that are there keep their place, new ones come last."""
    served, each = pair
    met = _chosen(call, [one for part in PARTS for one in spec.get(part) or ()])
    if not met:
        asked = call.flag("containers")
        call.complain(f'Warning: {served.kind}/{each.name} does not have any containers matching "{asked}"')
    wanted = {
        call.flag("prefix") + word.partition("=")[0]: word.partition("=")[2] for word in updates if "=" in word
    }
    gone = {word.removesuffix("-") for word in updates if "=" not in word}
    for one in met:
        have = one.get("env") or []
        taken = [old for old in have if old["name"] in wanted and not call.flag("overwrite")]
        if taken:
            there = {old["name"]: old.get("value", "") for old in taken}
            end = "and --overwrite is false"
            texts = [f"'{name}' already has a value ({value}), {end}" for name, value in there.items()]
            listed = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
            msg = f"{served.plural}/{each.name} {listed}"
            raise refuse(msg)
        left = {name: value for name, value in wanted.items() if name not in gone}
        kept = [_variable(old["name"], left.pop(old["name"])) if old["name"] in left else old
                for old in have if old["name"] not in gone]
        made = [*kept, *(_variable(name, value) for name, value in left.items())]
        one.pop("env", None)
        if made:
            one["env"] = made


def _variable(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value} if value else {"name": name}


def _list(call: Call, pair: tuple[Served, Any]) -> None:
    """Print the variables of each container."""
    served, each = pair
    spec = plain(each)["spec"]
    inner = spec if each.KIND == "Pod" else spec.get("template", {}).get("spec", {})
    for one in _chosen(call, [container for part in PARTS for container in inner.get(part) or ()]):
        call.say(f"# {served.kind} {each.name}, container {one['name']}")
        for variable in one.get("env") or ():
            call.say(_listed(variable))


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
    parts = APART.split(words[-1]) if words else []
    requirements = [each for part in parts for each in parse_selector(part).match_expressions]
    labels = {found_[1]: found_[2] for part in parts if (found_ := EQUAL.fullmatch(part))}
    others = [each for each in requirements if each.key not in labels]
    chosen = found(call, words[:-1])
    if not words:
        msg = "one selector is required"
        raise refuse(msg)
    dry_run(call)
    call.each(chosen, lambda pair: _selector(call, pair, labels, others))


APART = re.compile(r",(?![^()]*\))")  # a comma that is not in brackets
EQUAL = re.compile(r"\s*([^\s=!<>(),]+)\s*==?\s*([^\s=!<>(),]*)\s*")


def _selector(
    call: Call, pair: tuple[Served, Any], labels: dict[str, str], others: Sequence[Requirement]
) -> None:
    served, each = pair
    if each.KIND != "Service":
        msg = "setting a selector is only supported for Services"
        raise refuse(msg)
    if others:
        terms = [f"{{{term.key} {term.operator} {go_words(list(term.values))}}}" for term in others]
        msg = f"match expression [{' '.join(terms)}] not supported on this object"
        raise refuse(msg)
    gone = {key: None for key in each.spec.selector if key not in labels}
    after = patched(call, served, each, {"spec": {"selector": {**gone, **labels}}}, "merge")
    report(call, after, "selector updated", name=served.named(each.name))
