"""``kubectl label``, ``annotate``, ``scale``, ``patch``, ``taint``: small changes of what is there.

Upstream: kubectl pkg/cmd/{label,annotate,scale,patch,taint}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from kdisco.console.kubectl.builder import found
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.document import at
from kdisco.console.kubectl.printers import report
from kdisco.console.kubectl.resources import Served
from kdisco.console.kubectl.writing import dry_run, patched
from kdisco.errors import NotFound
from kdisco.model.reader import Unreadable
from kdisco.model.reader import read as read_yaml
from kdisco.store.scale import SCALABLE

__all__ = ["annotate", "label", "patch", "scale"]

NO_OBJECTS = "one or more resources must be specified as <resource> <name> or <resource>/<name>"


def label(call: Call) -> None:
    """Set and take away labels."""
    _pairs(call, "labels", "label")


def annotate(call: Call) -> None:
    """Set and take away annotations."""
    _pairs(call, "annotations", "annotation")


def _parted(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that name objects, and those that say what is to be set."""
    update = ("=" in word or (word.endswith("-") and place > 0) for place, word in enumerate(words))
    first = next((place for place, found_ in enumerate(update) if found_), len(words))
    return list(words[:first]), list(words[first:])


def _pairs(call: Call, field: str, noun: str) -> None:
    names, updates = _parted(call.given.words)
    if not names and not call.flag("filename"):
        raise refuse(NO_OBJECTS)
    if not updates and not call.flag("list"):
        msg = f"at least one {noun} update is required"
        raise refuse(msg)
    dry_run(call)
    wanted: dict[str, str | None] = {}
    for word in updates:
        key, sign, value = word.partition("=")
        if not sign and not word.endswith("-"):
            raise refuse(f"unknown {noun} spec: {word}" if noun == "label" else NO_OBJECTS)
        wanted[key if sign else word[:-1]] = value if sign else None
    call.each(found(call, names), partial(_set_pairs, call, field, wanted))


def _set_pairs(call: Call, field: str, wanted: Mapping[str, str | None], pair: tuple[Served, Any]) -> None:
    served, each = pair
    noun = field.removesuffix("s")
    have: Mapping[str, str] = getattr(each.metadata, field)
    if call.flag("list"):
        call.write("".join(f"{key}={value}\n" for key, value in sorted(have.items())))
        return
    if not call.flag("overwrite"):
        taken = [key for key, value in wanted.items() if value is not None and have.get(key, value) != value]
        if taken:
            texts = [f"'{key}' already has a value ({have[key]}), and --overwrite is false" for key in taken]
            raise refuse("; ".join(texts) if len(texts) == 1 else f"[{', '.join(texts)}]")
    missing = [key for key, value in wanted.items() if value is None and key not in have]
    for key in missing:
        if noun == "label":
            call.say(f'label "{key}" not found.')
    changes = {key: value for key, value in wanted.items() if have.get(key) != value}
    body: dict[str, Any] = {"metadata": {field: changes}} if changes else {}
    if call.flag("resource-version"):
        body.setdefault("metadata", {})["resourceVersion"] = call.flag("resource-version")
    after = patched(call, served, each, body, "merge")
    report(call, after, _pair_words(noun, changes), name=served.named(each.name))


def _pair_words(noun: str, changes: Mapping[str, str | None]) -> str:
    if noun == "annotation":
        return "annotated"
    if not changes:
        return "not labeled"
    return "labeled" if any(value is not None for value in changes.values()) else "unlabeled"


def scale(call: Call) -> None:
    """Want so many Pods."""
    if "replicas" not in call.given.changed:
        msg = 'required flag(s) "replicas" not set'
        raise refuse(msg)
    wanted = call.flag("replicas")
    if wanted < 0:
        msg = "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"
        raise refuse(msg)
    dry_run(call)
    chosen = found(call)
    if not chosen:
        missing = [line.removeprefix("Error from server (NotFound): ").rstrip() for line in call.err]
        call.err.clear()  # kubectl tells of it in one line
        raise refuse(" ".join(["no objects passed to scale", *missing]))
    call.each(chosen, lambda pair: _scale(call, pair[0], pair[1], wanted))


def _scale(call: Call, served: Served, each: Any, wanted: int) -> None:
    if served.plural not in SCALABLE:
        msg = "the server could not find the requested resource"
        raise NotFound(msg)
    now, expected = each.spec.replicas or 0, call.flag("current-replicas")
    if expected >= 0 and now != expected:
        msg = f"Expected replicas to be {expected}, was {now}"
        raise refuse(msg)
    version = call.flag("resource-version")
    if version and version != each.metadata.resource_version:
        msg = f"Expected resource version to be {version}, was {each.metadata.resource_version}"
        raise refuse(msg)
    dry = dry_run(call)
    if dry != "client":
        each = call.ask(
            lambda: call.cluster.scale(
                f"{served.plural}/{each.name}", wanted, each.namespace, dry_run=dry == "server"
            )
        )
    report(call, each, "scaled", name=served.named(each.name))


PATCHES = ("json", "merge", "strategic")


def patch(call: Call) -> None:
    """PATCH objects with what ``-p`` says."""
    kind = call.flag("type").lower()
    if not call.flag("patch"):
        if call.flag("patch-file"):
            msg = "--patch-file: no file of this machine is read here; give the patch with -p"
            raise refuse(msg)
        msg = "must specify --patch or --patch-file containing the contents of the patch"
        raise refuse(msg)
    if kind not in PATCHES:
        msg = f"--type must be one of [json merge strategic], not {json.dumps(call.flag('type'))}"
        raise refuse(msg)
    body = _patch_body(call.flag("patch"))
    dry_run(call)
    call.each(found(call), lambda pair: _patch(call, pair[0], pair[1], body, kind))


def _patch_body(text: str) -> Any:
    try:
        return next(iter(read_yaml(text)), {})
    except Unreadable as problem:
        msg = f"unable to parse {json.dumps(text)}: {problem}"
        raise refuse(msg) from None


def _patch(call: Call, served: Served, each: Any, body: Any, kind: str) -> None:
    dry, part = dry_run(call), call.flag("subresource") or None
    if part == "scale":
        replicas = at(body, "spec", "replicas") if isinstance(body, Mapping) else None
        after = call.ask(lambda: call.cluster.scale(f"{served.plural}/{each.name}", replicas, each.namespace))
    else:
        after = call.ask(
            lambda: call.cluster.patch(
                served.plural, each.name, body, each.namespace or call.namespace, kind, subresource=part,
                dry_run=dry != "none",
            )
        )
    same = after.with_meta(resource_version="") == each.with_meta(resource_version="")
    words = "patched (no change)" if same else "patched"
    report(call, after, words, name=served.named(each.name), suffixed=dry != "client")
