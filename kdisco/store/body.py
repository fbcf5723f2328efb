"""What a request's body says: JSON of the kind, or a patch that makes such an object of what is stored.

Fields that the kind does not have are an error, a warning or nothing, as the request wants (fieldValidation).
Upstream: apiserver pkg/endpoints/handlers/{create,update,patch,rest}.go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kdisco.errors import BadRequest, Invalid
from kdisco.model.codec import Mismatch, decode
from kdisco.model.kinds import RESOURCES, Resource
from kdisco.model.meta import Object
from kdisco.store.events import Request
from kdisco.store.field import invalid
from kdisco.store.patch import patched
from kdisco.store.strategic import go_words
from kdisco.store.transaction import Transaction

__all__ = ["of_json", "of_patch"]


def of_json(txn: Transaction, row: Resource, request: Request) -> Object:
    """The object that a body describes; kind and apiVersion go without saying, but may not be others.

    Raises BadRequest.
    """
    body: Mapping[str, Any] = request.body
    version, kind = body.get("apiVersion") or row.cls.API_VERSION, body.get("kind") or row.kind
    if version != row.cls.API_VERSION:
        words = f"({version}) does not match the expected API version ({row.cls.API_VERSION})"
        msg = f"the API version in the data {words}"
        raise BadRequest(msg)
    head = f'{kind} in version "{row.version}" cannot be handled as a {row.kind}: '
    if kind != row.kind:
        raise BadRequest(head + _no_conversion(row, str(kind)))
    unknown: list[str] = []
    try:
        found = decode(row.cls, body, unknown=unknown)
    except Mismatch as words:
        msg = f"{head}{words}"
        raise BadRequest(msg) from None
    if unknown and request.field_validation in ("", "Strict"):
        msg = head + _strict(unknown)
        raise BadRequest(msg)
    _warn(txn, request, unknown)
    return _owned_once(txn, found, "")


def of_patch(txn: Transaction, row: Resource, request: Request, old: Object) -> Object:
    """What is stored as a patch changes it.

    Raises BadRequest for what is no patch, Invalid for one that makes no object of the kind.
    """
    document = patched(old.to_dict(), request.body, request.patch_type)
    strategic = request.patch_type == "strategic"
    kind = document.get("kind") or row.kind
    if kind != row.kind and not strategic:  # a strategic patch goes to the fields of the type, whatever it is called
        raise _unfit(document, _no_conversion(row, str(kind)))
    shown = request.body if strategic else document
    unknown: list[str] = []
    try:
        found = decode(row.cls, document, unknown=unknown)
    except Mismatch as words:
        raise _unfit(shown, words.converter if strategic else str(words), strategic=strategic) from None
    if unknown and request.field_validation == "Strict":
        raise _unfit(shown, _strict(unknown), strategic=strategic)
    _warn(txn, request, unknown)
    return _owned_once(txn, found, " after mutating admission happens")


def _owned_once(txn: Transaction, found: Object, when: str) -> Object:
    """An object that names each owner once; who names one twice is warned."""
    owners = found.metadata.owner_references
    once = tuple(dict.fromkeys(owners))
    if len(once) == len(owners):
        return found
    twice = ", ".join(ref.uid for i, ref in enumerate(owners) if ref in owners[:i])
    txn.warn(
        f".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in 1.20+, "
        f"and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {twice}"
    )
    single: Object = found.with_meta(owner_references=once)
    return single


def _no_conversion(row: Resource, kind: str) -> str:
    """Go's words for an object of another kind than that of the URL."""
    if not any(other.kind == kind and other.group == row.group for other in RESOURCES.values()):
        version = row.cls.API_VERSION
        return f'no kind "{kind}" is registered for version "{version}" in scheme "pkg/api/legacyscheme/scheme.go:30"'
    package = row.group.partition(".")[0] or "core"
    return f"converting ({row.version}.{kind}) to ({package}.{row.kind}): unknown conversion"


def _unfit(shown: Any, words: str, *, strategic: bool = False) -> Invalid:
    """The refusal of a patch: it shows a strategic patch as Go prints it, of others the JSON that they made."""
    text = go_words(shown) if strategic else json.dumps(shown, separators=(",", ":"), ensure_ascii=False)
    return Invalid("", "", "", [invalid("patch", text, words)])


def _strict(unknown: list[str]) -> str:
    listed = ", ".join(f'unknown field "{path}"' for path in unknown)
    return f"strict decoding error: {listed}"


def _warn(txn: Transaction, request: Request, unknown: list[str]) -> None:
    if request.field_validation != "Ignore":
        for path in unknown:
            txn.warn(f'unknown field "{path}"')
