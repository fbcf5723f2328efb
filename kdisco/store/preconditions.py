"""What must be so for a write to be carried out: the uid and the resourceVersion that the writer names.

Upstream: apiserver pkg/storage/errors.go, pkg/storage/interfaces.go Preconditions.Check, pkg/registry/rest/delete.go.
"""

from __future__ import annotations

from typing import Any

from kdisco.errors import Conflict
from kdisco.model.kinds import Resource

__all__ = ["check", "precondition_failed"]

ETCD_PLACES = {"endpoints": "services/endpoints", "nodes": "minions", "services": "services/specs"}
TEXTS = {
    "UID": "The object might have been deleted and then recreated",
    "ResourceVersion": "The object might have been modified",
}


def check(row: Resource, found: Any, wanted: tuple[str, str]) -> None:
    """Raise Conflict unless an object to be deleted has this uid and resourceVersion ("" is any)."""
    has = {"UID": found.metadata.uid, "ResourceVersion": found.metadata.resource_version}
    for (name, there), asked in zip(has.items(), wanted, strict=True):
        if asked and asked != there:
            words = f"the {name} in the precondition ({asked}) does not match the {name} in record ({there})"
            where = f"{row.kind}.{row.group}" if row.group else row.kind
            msg = f'Operation cannot be fulfilled on {where} "{found.name}": {words}. {TEXTS[name]}'
            group = {"group": row.group} if row.group else {}
            raise Conflict(msg, {"name": found.name} | group | {"kind": row.kind})


def precondition_failed(row: Resource, found: Any, name: str, asked: str) -> str:
    """What the storage says of a PUT that names another uid than the object has."""
    place = "/".join(part for part in (ETCD_PLACES.get(row.plural, row.plural), *found.key) if part)
    has = found.metadata.uid if name == "UID" else found.metadata.resource_version
    words = f"Precondition failed: {name} in precondition: {asked}, {name} in object meta: {has}"
    head = f"StorageError: invalid object, Code: 4, Key: /registry/{place}, ResourceVersion: 0"
    return f"{head}, AdditionalErrorMsg: {words}"
