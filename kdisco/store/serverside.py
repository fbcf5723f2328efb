"""Server-side apply: the server merges what a manager wants, and remembers whose each field is.

Only objects that were applied so have managedFields. Upstream: apimachinery pkg/util/managedfields/internal
(structuredmerge.go, conflict.go, skipnonapplied.go), structured-merge-diff merge/update.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from kdisco.errors import BadRequest, Conflict, Invalid, ServerError
from kdisco.model.codec import Mismatch, decode
from kdisco.model.frozen import freeze, thaw
from kdisco.model.kinds import Resource
from kdisco.store.events import Request
from kdisco.store.field import required
from kdisco.store.fieldset import Path, fields_of, from_json, shown, to_json
from kdisco.store.merge import merged, pruned, value_at
from kdisco.store.transaction import Transaction

__all__ = ["applied", "tracked"]

FIRST = "before-first-apply"  # who owned what was there before anybody applied
COMMANDS = {"update": "kubectl-replace", "patch": "kubectl-patch"}
COMPONENTS = {"apiserver": "kube-apiserver", "kubelet": "kubelet", "scheduler": "kube-scheduler"}
Owner = tuple[str, str, str, str]  # manager, operation, subresource, apiVersion
Managed = dict[Owner, tuple[frozenset[Path], str]]  # whose fields, and since when


def applied(txn: Transaction, row: Resource, request: Request, old: Any) -> Any:
    """The object as a manager's configuration makes it.

    Raises Conflict where a field to be changed is another's, and BadRequest, Invalid or ServerError for what
    is no configuration.
    """
    config = _configuration(row, request)
    mine: Owner = (request.manager, "Apply", request.subresource, "")
    wanted = fields_of(config, row.kind)
    live = old.to_dict() if old is not None else {}
    managed = _managed(old, row)
    if old is not None and not managed:
        managed[FIRST, "Update", "", row.cls.API_VERSION] = fields_of(live, row.kind), txn.time()
    before = managed.pop(mine, (frozenset[Path](), ""))
    result = merged(live, config, (row.kind,))
    changed = {path for path in wanted if value_at(live, path) != value_at(result, path)}
    managed = _given_up(managed, changed, force=request.force)
    theirs = frozenset[Path]().union(*(paths for paths, _ in managed.values()))
    kept = {path[:size] for path in wanted | theirs for size in range(1, len(path) + 1)}
    result = pruned(result, before[0] - kept)
    managed[mine] = wanted, (before[1] if before[0] == wanted else txn.time())
    found: Any = decode(row.cls, result, strict=False)
    return _with_managed(found, managed, row)


def tracked(txn: Transaction, row: Resource, request: Request, new: Any, old: Any) -> Any:
    """An object after any other write: where its fields have owners, what was changed is now the writer's."""
    managed = _managed(old, row)
    if not managed or request.patch_type == "apply":
        return new
    before, after = old.to_dict(), new.to_dict()
    there = fields_of(after, row.kind)
    gone = fields_of(before, row.kind) - there
    changed = {path for path in there if value_at(before, path) != value_at(after, path)}
    if not changed and not gone:
        return new
    writer: Owner = (request.manager or _agent(request), "Update", request.subresource, row.cls.API_VERSION)
    kept = {owner: (paths - changed - gone, since) for owner, (paths, since) in managed.items()}
    managed = {owner: part for owner, part in kept.items() if part[0]}
    if changed:
        held = managed.get(writer, (frozenset[Path](), ""))[0]
        managed[writer] = held | changed, txn.time()
    return _with_managed(new, managed, row)


def _agent(request: Request) -> str:
    """The name under which a client writes that gives none: its program, and of kubectl mostly the command too."""
    if request.user.startswith("system:"):
        component = request.user.rpartition(":")[2]
        return COMPONENTS.get(component, "kube-controller-manager")
    return "kubectl" if request.subresource else COMMANDS.get(request.verb, "kubectl")


def _configuration(row: Resource, request: Request) -> dict[str, Any]:
    """What is applied; raises for what has no manager or is no object of the kind."""
    if not request.manager:
        cause = required("fieldManager", "is required for apply patch")
        kind, group = "PatchOptions", "meta.k8s.io"
        raise Invalid(kind, group, "", [cause])
    config: dict[str, Any] = dict(request.body)
    if (config.get("metadata") or {}).get("managedFields"):
        msg = "metadata.managedFields must be nil"
        raise BadRequest(msg)
    unknown: list[str] = []
    where = f"{request.namespace}/{request.name}; {row.cls.API_VERSION}, Kind={row.kind}"
    try:
        decode(row.cls, config, unknown=unknown)
    except Mismatch as words:
        msg = f"failed to create typed patch object ({where}): {words}"
        raise ServerError(msg) from None
    if unknown:
        listed = "\n".join(f".{path}: field not declared in schema" for path in unknown)
        text = listed if len(unknown) == 1 else f"errors:\n{listed}"
        msg = f"failed to create typed patch object ({where}): {text}"
        raise ServerError(msg)
    return config


def _given_up(managed: Managed, changed: set[Path], *, force: bool) -> Managed:
    """The other owners' fields; of those that change, all are given up when forced, else raises Conflict."""
    conflicts = sorted(_conflicts(managed, changed))
    if conflicts and not force:
        causes = [
            {"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": path}
            for who, path in conflicts
        ]
        raise Conflict(_conflict_words(conflicts), {"causes": causes})
    left = {owner: (paths - changed, since) for owner, (paths, since) in managed.items()}
    return {owner: part for owner, part in left.items() if part[0]}


def _conflicts(managed: Managed, changed: set[Path]) -> Iterator[tuple[str, str]]:
    for (manager, operation, subresource, version), (paths, _) in managed.items():
        with_part = f' with subresource "{subresource}"' if subresource else ""
        using = f" using {version}" if operation == "Update" else ""
        for path in paths & changed:
            yield f'"{manager}"{with_part}{using}', shown(path)


def _conflict_words(conflicts: list[tuple[str, str]]) -> str:
    if len(conflicts) == 1:
        ((who, path),) = conflicts
        return f"Apply failed with 1 conflict: conflict with {who}: {path}"
    lines: list[str] = []
    for manager in dict.fromkeys(who for who, _ in conflicts):
        lines += [f"conflicts with {manager}:", *(f"- {path}" for who, path in conflicts if who == manager)]
    return f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines)


def _managed(found: Any, row: Resource) -> Managed:
    """Whose each field is, as an object's managedFields say."""
    entries = thaw(found.metadata.kept.get("managedFields") or ()) if found is not None else []
    managed: Managed = {}
    for entry in entries:
        operation = entry.get("operation", "Update")
        version = "" if operation == "Apply" else entry.get("apiVersion", row.cls.API_VERSION)
        owner = entry.get("manager", ""), operation, entry.get("subresource", ""), version
        managed[owner] = from_json(entry.get("fieldsV1") or {}), entry.get("time", "")
    return managed


def _with_managed(found: Any, managed: Managed, row: Resource) -> Any:
    """An object with managedFields that say so: who applies first, each in the order of their times."""
    order = sorted(managed.items(), key=lambda part: (part[0][1] != "Apply", part[1][1], part[0][0]))
    entries = [_entry(owner, paths, since, row) for owner, (paths, since) in order]
    meta: Mapping[str, Any] = found.metadata.kept.merged({"managedFields": freeze(entries)})
    return evolve(found, metadata=evolve(found.metadata, kept=meta))


def _entry(owner: Owner, paths: frozenset[Path], since: str, row: Resource) -> dict[str, Any]:
    manager, operation, subresource, version = owner
    entry = {
        "manager": manager,
        "operation": operation,
        "apiVersion": version or row.cls.API_VERSION,
        "time": since,
        "fieldsType": "FieldsV1",
        "fieldsV1": to_json(paths),
    }
    return entry | ({"subresource": subresource} if subresource else {})
