"""``kubectl patch``. Upstream: kubectl pkg/cmd/patch; evanphx/json-patch v4 for the errors of a client's dry run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kdisco.console.kubectl.builder import found
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.document import at
from kdisco.console.kubectl.printers import plain, report
from kdisco.console.kubectl.resources import Served
from kdisco.console.kubectl.syntax import broken
from kdisco.console.kubectl.writing import dry_run
from kdisco.errors import ApiError, BadRequest, NotFound, Unprocessable
from kdisco.model.reader import Unreadable
from kdisco.model.reader import read as read_yaml
from kdisco.store.jsonpatch import json_patch
from kdisco.store.patch import patched
from kdisco.store.scale import SCALABLE, scale_of

__all__ = ["patch"]

TYPES = ("json", "merge", "strategic")
WORDS = {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object", type(None): "null"}


def patch(call: Call) -> None:
    """PATCH objects with what ``-p`` says."""
    kind = call.flag("type").lower()
    if call.flag("patch") and call.flag("patch-file"):
        msg = "cannot specify --patch and --patch-file together"
        raise refuse(msg)
    if not call.flag("patch"):
        if call.flag("patch-file"):
            msg = "--patch-file: no file of this machine is read here; give the patch with -p"
            raise refuse(msg)
        msg = "must specify --patch or --patch-file containing the contents of the patch"
        raise refuse(msg)
    if kind not in TYPES:
        msg = f"--type must be one of [json merge strategic], not {json.dumps(call.flag('type'))}"
        raise refuse(msg)
    problem, body = _read(call.flag("patch"))
    dry = dry_run(call)
    one = _locally if dry == "client" else _patch
    call.each(found(call, latest=False), lambda pair: one(call, pair, kind, problem, body))


def _read(text: str) -> tuple[str, Any]:
    """What is wrong with a text that looks like JSON, and what it says; YAML that is none raises UsageError."""
    if text.lstrip().startswith("{"):
        problem = broken(text)
        return problem, None if problem else json.loads(text)
    try:
        return "", next(iter(read_yaml(text)), None)
    except Unreadable as problem:
        msg = f"unable to parse {json.dumps(text)}: {problem}"
        raise refuse(msg) from None


def _patch(call: Call, pair: tuple[Served, Any], kind: str, problem: str, body: Any) -> None:
    """Send the patch to the server; what it cannot read it refuses."""
    served, each = pair
    if problem:
        raise BadRequest(problem if kind == "strategic" else f"error decoding patch: {problem}")
    part = call.flag("subresource")
    if part not in ("", "status", *(["scale"] if served.plural in SCALABLE else [])):
        msg = "the server could not find the requested resource"
        raise NotFound(msg)
    after = call.ask(
        lambda: call.cluster.patch(
            served.plural, each.name, body, each.namespace or call.namespace, kind, subresource=part or None,
            dry_run=dry_run(call) == "server",
        )
    )
    words = "patched (no change)" if after == each else "patched"
    if part == "scale":
        shown = scale_of(after)
        report(call, after, words, name=f"scale.autoscaling/{each.name}", document=shown, suffixed=False)
        return
    report(call, after, words, name=served.named(each.name), suffixed=False)


def _locally(call: Call, pair: tuple[Served, Any], kind: str, problem: str, body: Any) -> None:
    """What a client's dry run makes of the object: the server is not asked."""
    served, each = pair
    before = plain(each, managed=True)
    try:
        after = LOCAL[kind](before, body, problem)
    except ApiError as refused:
        raise refuse(refused.message) from None
    words = "patched (no change)" if after == before else "patched"
    shown = plain(after, managed=bool(call.flag("show-managed-fields")))
    report(call, each, words, name=served.named(each.name), document=shown, suffixed=False)


def _merged(document: dict[str, Any], body: Any, problem: str) -> dict[str, Any]:
    if problem or not isinstance(body, dict | list):
        msg = "Invalid JSON Patch"
        raise refuse(msg)
    if isinstance(body, list):
        msg = "json: cannot unmarshal array into Go value of type unstructured.detector"
        raise refuse(msg)
    return patched(document, body, "merge")


def _strategically(document: dict[str, Any], body: Any, problem: str) -> dict[str, Any]:
    if problem or not isinstance(body, dict):
        msg = "invalid JSON document"
        raise refuse(msg)
    return patched(document, body, "strategic")


def _stepwise(document: dict[str, Any], body: Any, problem: str) -> dict[str, Any]:
    if problem:
        raise refuse(problem)
    if not isinstance(body, list):
        msg = f"json: cannot unmarshal {WORDS[type(body)]} into Go value of type jsonpatch.Patch"
        raise refuse(msg)
    for step in body:
        if not isinstance(step, dict):
            msg = f"json: cannot unmarshal {WORDS[type(step)]} into Go value of type jsonpatch.Operation"
            raise refuse(msg)
    for step in body:
        try:
            document = json_patch(document, [step])
        except Unprocessable:
            raise refuse(_impossible(document, step)) from None
    return document


LOCAL = {"json": _stepwise, "merge": _merged, "strategic": _strategically}


IMPOSSIBLE = {  # by what is not there: the field or item, or the place that it would be in
    ("test", ""): "testing value {path} failed: test failed",
    ("copy", ""): "copy operation does not apply: doc is missing from path: {source}: missing value",
    ("move", ""): "move operation does not apply: doc is missing from path: {source}: missing value",
    ("add", "place"): 'add operation does not apply: doc is missing path: "{path}": missing value',
    ("remove", "place"): 'remove operation does not apply: doc is missing path: "{path}": missing value',
    ("replace", "place"): "replace operation does not apply: doc is missing path: {path}: missing value",
    ("remove", "field"): "error in remove for path: '{path}': Unable to remove nonexistent key: {last}: missing value",
    ("replace", "field"): "replace operation does not apply: doc is missing key: {path}: missing value",
}
BAD_INDEX = "error in {name} for path: '{path}': Unable to access invalid index: {last}: invalid index referenced"


def _impossible(document: Any, step: Mapping[str, Any]) -> str:
    """Why a step of a JSON patch cannot be done."""
    name, path = str(step.get("op", "")), str(step.get("path", ""))
    *above, last = path.split("/")[1:] or [""]
    parent = at(document, *(int(part) if part.isdecimal() else part for part in above))
    lacking = "item" if isinstance(parent, list) else "field" if isinstance(parent, Mapping) else "place"
    words = IMPOSSIBLE.get((name, "")) or IMPOSSIBLE.get((name, lacking))
    if words is None:
        words = BAD_INDEX if name in ("add", "remove", "replace") else "Unexpected kind: {name}"
    return words.format(name=name or "unknown", path=path, last=last, source=step.get("from"))
