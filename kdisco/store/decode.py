"""JSON to an object of the kind, with its defaults; a patch is applied to what is stored.

Upstream: apiserver pkg/endpoints/handlers/{create,update,patch,namer}.go, pkg/registry/rest/meta.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from kdisco.errors import BadRequest, NotFound
from kdisco.model.kinds import Resource
from kdisco.model.meta import Object
from kdisco.phrase import Phrase
from kdisco.store.body import of_json, of_patch
from kdisco.store.defaults import defaulted
from kdisco.store.events import Request
from kdisco.store.patch import patched
from kdisco.store.scale import scale_of, scaled
from kdisco.store.serverside import applied
from kdisco.store.transaction import Transaction
from kdisco.store.update import MADE_BY_PUT

__all__ = ["DEPRECATED", "decoded", "details", "not_found"]

DEPRECATED = {  # resources whose every answer comes with a warning
    "endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
}
OTHER_NAMESPACE = "the namespace of the provided object does not match the namespace sent on the request"


def decoded(txn: Transaction, row: Resource, request: Request) -> tuple[Request, Any, Any, str]:
    """The request as it turns out (a PUT may create), what is stored, what is wanted, and a sentence.

    Raises BadRequest for what is no such object, NotFound where there is nothing to change.
    """
    old: Any = txn.get(row.plural, (request.namespace, request.name)) if request.name else None
    turned = request
    if request.verb != "create" and old is None:
        if row.kind not in MADE_BY_PUT if request.verb == "update" else request.patch_type != "apply":
            raise not_found(row, request.name)
        turned = evolve(request, verb="create")
    if row.plural in DEPRECATED and not request.user.startswith("system:"):
        txn.warn(DEPRECATED[row.plural])
    sent = _sent(txn, row, request, old)
    _check_place(row, request, sent)
    placed = sent.with_meta(namespace=request.namespace if row.namespaced else "")
    bare = request.subresource and row.kind != "Service"  # a subresource takes no spec
    new = placed if bare else defaulted(placed)
    kind = "Scale" if request.subresource == "scale" else row.kind
    if new == placed:
        return turned, old, new, Phrase("read as {kind}", kind=kind)
    return turned, old, new, Phrase("read as {kind}, defaults filled in", kind=kind)


def _sent(txn: Transaction, row: Resource, request: Request, old: Any) -> Any:
    """The object that a request wants stored, before any default."""
    body = request.body
    if request.subresource == "scale":
        document = scale_of(old)
        return scaled(old, patched(document, body, request.patch_type) if request.verb == "patch" else body)
    if request.patch_type == "apply":
        return applied(txn, row, request, old)
    if request.verb == "patch":
        return of_patch(txn, row, request, old)
    return of_json(txn, row, request) if isinstance(body, Mapping) else body


def _check_place(row: Resource, request: Request, sent: Object) -> None:
    """Raise BadRequest unless an object's namespace and name are those of the URL."""
    if row.namespaced and sent.namespace and sent.namespace != request.namespace:
        raise BadRequest(OTHER_NAMESPACE)
    if request.verb == "create" or sent.name == request.name:
        return
    if not sent.name:
        words = f"the name of the object ({request.name} based on URL) was undeterminable: name must be provided"
    else:
        words = f"the name of the object ({sent.name}) does not match the name on the URL ({request.name})"
    raise BadRequest(words)


def not_found(row: Resource, name: str) -> NotFound:
    """The error for an object that is not there."""
    return NotFound(f'{row.qualified} "{name}" not found', details(row, name))


def details(row: Resource, name: str) -> dict[str, Any]:
    """What an error says of the object that it is about: its name, its group and its resource."""
    return ({"name": name} if name else {}) | ({"group": row.group} if row.group else {}) | {"kind": row.plural}
