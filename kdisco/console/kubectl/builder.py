"""Which objects a command line means: ``TYPE NAME...``, ``TYPE/NAME...``, a selector, all of a kind, manifests.

Upstream: cli-runtime pkg/resource/builder.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.document import name_of
from kdisco.console.kubectl.manifests import given
from kdisco.console.kubectl.resources import Served, find, kinds
from kdisco.errors import BadRequest, KdiscoError
from kdisco.model.manifest import to_object

__all__ = ["NOTHING_GIVEN", "Target", "chosen", "every_found", "found", "targets"]

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
    selected = bool(call.selector or call.flag("field-selector"))
    if any("/" in word for word in words):
        return [_slashed(word, selected=selected) for word in words]
    types, names = kinds(words[0]) if words else (), words[1:]
    if names and selected:
        msg = "name cannot be provided when a selector is specified"
        raise refuse(msg)
    if names and call.everywhere:
        msg = "a resource cannot be retrieved by name across all namespaces"
        raise refuse(msg)
    if names and call.flag("all"):
        msg = "name cannot be provided when a selector is specified"
        raise refuse(msg)
    if names:
        return [Target(served, name) for served in types for name in names]
    return [Target(served) for served in types]


def _slashed(word: str, *, selected: bool) -> Target:
    parts = word.split("/")
    if len(parts) == 1:
        raise refuse(SEPARATE)
    if len(parts) != PAIR:
        msg = "arguments in resource/name form may not have more than one slash"
        raise refuse(msg)
    if not all(parts):
        msg = "arguments in resource/name form must have a single resource and name"
        raise refuse(msg)
    if selected:
        msg = "name cannot be provided when a selector is specified"
        raise refuse(msg)
    if "," in parts[0]:
        msg = "arguments in resource/name form must have a single resource and name"
        raise refuse(msg)
    return Target(find(parts[0]), parts[1])


def listed(call: Call, target: Target) -> tuple[Any, ...]:
    """The objects of a kind that the selectors choose."""
    space = None if call.everywhere or not target.served.namespaced else call.namespace
    wanted: dict[str, Any] = {"selector": call.selector or None}
    if call.flag("field-selector"):
        wanted["field_selector"] = call.flag("field-selector")
    try:
        return call.listed(target.served, space, **wanted)
    except BadRequest as problem:
        selectors = f'label selector "{call.selector}", field selector "{call.flag("field-selector") or ""}"'
        msg = f'Unable to find "{_resource(target.served)}" that match {selectors}: {problem.message}'
        raise BadRequest(msg) from None


def _resource(served: Served) -> str:
    return f"{served.group}/{served.version}, Resource={served.plural}"


def chosen(call: Call, words: Sequence[str], *, every: bool = False) -> list[Target]:
    """What the arguments name; raises UsageError for nothing, and for a kind alone unless ``every`` one is meant."""
    if not words:
        raise refuse(NOTHING_GIVEN)
    named = targets(call, words)
    whole = every or call.flag("all") or call.selector or call.flag("field-selector")
    if any(not each.name for each in named) and not whole:
        msg = "resource(s) were provided, but no name was specified"
        raise refuse(msg)
    return named


def found(
    call: Call, words: Sequence[str] | None = None, *, every: bool = False, latest: bool = True
) -> list[tuple[Served, Any]]:
    """The objects that a command works on, with their kinds; what is not there is complained of and left out.

    ``every``: a kind alone means all its objects; without ``latest`` those of files are as the files say. Raises
    UsageError when nothing is named.
    """
    if call.flag("filename") or call.flag("kustomize"):
        return _of_files(call, latest=latest)
    result: list[tuple[Served, Any]] = []
    for target in chosen(call, list(call.given.words if words is None else words), every=every):
        try:
            if target.name:
                result.append((target.served, call.get(target.served, target.name)))
            else:
                result += [(target.served, each) for each in listed(call, target)]
        except KdiscoError as problem:
            call.fail(problem)
    return result


def every_found(call: Call, words: Sequence[str] | None = None) -> list[tuple[Served, Any]]:
    """The same for a command that works on all of them or none."""
    result = found(call, words)
    return [] if call.failures else result


def _of_files(call: Call, *, latest: bool) -> list[tuple[Served, Any]]:
    result: list[tuple[Served, Any]] = []
    for served, document, space in given(call):
        try:
            if latest:
                result.append((served, call.get(served, name_of(document), space)))
            else:
                result.append((served, to_object(document, strict=False).with_meta(namespace=space)))
        except KdiscoError as problem:
            call.fail(problem)
    return result
