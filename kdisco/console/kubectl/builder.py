"""Which objects a command line means: ``TYPE NAME...``, ``TYPE/NAME...``, a selector, all of a kind, manifests.

Upstream: cli-runtime pkg/resource/builder.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.document import at
from kdisco.console.kubectl.manifests import manifests
from kdisco.console.kubectl.resources import Served, find, kinds, typed
from kdisco.errors import BadRequest, KdiscoError
from kdisco.model.manifest import find_resource

__all__ = ["NOTHING_GIVEN", "Target", "found", "targets"]

NOTHING_GIVEN = (
    "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n"
    "   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'"
)
SEPARATE = (
    "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form "
    "(e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'"
)
PAIR = 2


@frozen
class Target:
    """One object by name, or with "" those of a kind that the selectors choose."""

    served: Served
    name: str = ""
    namespace: str | None = None


def targets(call: Call, words: Sequence[str]) -> list[Target]:
    """What the arguments name; raises UsageError."""
    chosen = bool(call.selector or call.flag("field-selector"))
    if any("/" in word for word in words):
        return [_slashed(word, chosen=chosen) for word in words]
    types, names = kinds(words[0]) if words else (), words[1:]
    if names and chosen:
        msg = "name cannot be provided when a selector is specified"
        raise refuse(msg)
    if names and call.everywhere:
        msg = "a resource cannot be retrieved by name across all namespaces"
        raise refuse(msg)
    if names and call.flag("all"):
        msg = "name cannot be provided when all is specified"
        raise refuse(msg)
    if names:
        return [Target(served, name) for served in types for name in names]
    return [Target(served) for served in types]


def _slashed(word: str, *, chosen: bool) -> Target:
    parts = word.split("/")
    if len(parts) == 1:
        raise refuse(SEPARATE)
    if len(parts) != PAIR:
        msg = "arguments in resource/name form may not have more than one slash"
        raise refuse(msg)
    if not all(parts):
        msg = "arguments in resource/name form must have a single resource and name"
        raise refuse(msg)
    if chosen:
        msg = "name cannot be provided when a selector is specified"
        raise refuse(msg)
    if "," in parts[0]:
        msg = "arguments in resource/name form must have a single resource and name"
        raise refuse(msg)
    return Target(find(parts[0]), parts[1])


def listed(call: Call, target: Target) -> tuple[Any, ...]:
    """The objects of a kind that the selectors choose."""
    space = None if call.everywhere or not target.served.namespaced else call.namespace
    chosen: dict[str, Any] = {"selector": call.selector or None}
    if call.flag("field-selector"):
        chosen["field_selector"] = call.flag("field-selector")
    try:
        return call.listed(target.served, space, **chosen)
    except BadRequest as problem:
        selectors = f'label selector "{call.selector}", field selector "{call.flag("field-selector") or ""}"'
        msg = f'Unable to find "{_resource(target.served)}" that match {selectors}: {problem.message}'
        raise BadRequest(msg) from None


def _resource(served: Served) -> str:
    return f"{served.group}/{served.version}, Resource={served.plural}"


def found(call: Call, words: Sequence[str] | None = None, *, every: bool = False) -> list[tuple[Served, Any]]:
    """The objects that a command works on, with their kinds; what is not there is complained of and left out.

    ``every``: a kind alone means all its objects. Raises UsageError when nothing is named.
    """
    given = list(call.given.words if words is None else words)
    if call.flag("filename") or call.flag("kustomize"):
        return _of_files(call)
    if not given:
        raise refuse(NOTHING_GIVEN)
    named = targets(call, given)
    whole = every or call.flag("all") or call.selector or call.flag("field-selector")
    if any(not each.name for each in named) and not whole:
        msg = "resource(s) were provided, but no name was specified"
        raise refuse(msg)
    result: list[tuple[Served, Any]] = []
    for target in named:
        try:
            if target.name:
                result.append((target.served, call.get(target.served, target.name)))
            else:
                result += [(target.served, each) for each in listed(call, target)]
        except KdiscoError as problem:
            call.fail(problem)
    return result


def _of_files(call: Call) -> list[tuple[Served, Any]]:
    result = []
    for document in manifests(call):
        served = typed(find_resource(document))
        space = at(document, "metadata", "namespace", default=call.namespace)
        try:
            result.append((served, call.get(served, str(at(document, "metadata", "name", default="")), space)))
        except KdiscoError as problem:
            call.fail(problem)
    return result
