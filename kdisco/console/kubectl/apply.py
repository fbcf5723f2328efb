"""``kubectl apply`` and ``apply view-last-applied``. Upstream: kubectl pkg/cmd/apply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kdisco import client
from kdisco.console.kubectl.builder import found as objects_of
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.create import asked, placed
from kdisco.console.kubectl.document import name_of
from kdisco.console.kubectl.manifests import Given, source
from kdisco.console.kubectl.printers import FORMS, plain, printer, report
from kdisco.console.kubectl.resources import Served
from kdisco.console.kubectl.writing import dry_run, from_source, validation, worded
from kdisco.console.kubectl.yamltext import go_json, to_yaml
from kdisco.errors import ApiError, Conflict, NotFound
from kdisco.store.apply import LAST_APPLIED, last_applied, three_way

__all__ = ["apply", "view_last_applied"]

MISSING = (
    "Warning: resource {} is missing the {} annotation which is required by {verb} apply. {verb} apply should only be "
    "used on resources created declaratively by either {verb} create --save-config or {verb} apply. The missing "
    "annotation will be patched automatically."
)


WAYS_OUT = """\
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts"""


def apply(call: Call) -> None:
    """Create what is not there, patch what differs; ``--server-side`` lets the server merge."""
    if call.flag("prune"):
        msg = "--prune is not known here: delete what is not wanted any more"
        raise refuse(msg)
    if call.flag("force-conflicts") and not call.flag("server-side"):
        msg = "--force-conflicts only works with --server-side"
        raise refuse(msg)
    if call.flag("server-side") and dry_run(call) == "client":
        msg = "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
        raise refuse(msg)
    one = _serverside if call.flag("server-side") else _apply
    shown: list[dict[str, Any]] = []
    call.each(list(asked(call)), lambda found: one(call, found, shown))
    if shown and not call.failures:
        several = {"apiVersion": "v1", "items": shown, "kind": "List", "metadata": {}}
        call.write(printer(call.flag("output"), FORMS, call.flag("template") or "")(
            shown[0] if len(shown) == 1 else several
        ))


def _said(call: Call, found: Any, words: str, name: str, shown: list[dict[str, Any]]) -> None:
    """Say what was done to an object; those that ``-o`` wants in full are printed together at the end."""
    if call.flag("output") in ("", "name"):
        report(call, found, words, name=name)
        return
    call.objects.append(found)
    shown.append(plain(found, managed=bool(call.flag("show-managed-fields"))))


def _serverside(call: Call, found: Given, shown: list[dict[str, Any]]) -> None:
    served, document, space = found
    manager = call.flag("field-manager")
    try:
        made = call.ask(
            lambda: call.cluster.apply(
                document, space or "default", server_side=True, force_conflicts=bool(call.flag("force-conflicts")),
                field_manager="kubectl" if manager == "kubectl-client-side-apply" else manager,
                dry_run=dry_run(call) == "server", field_validation=validation(call),
            )
        )
    except Conflict as problem:
        msg = f"{problem.message}\n{WAYS_OUT}"
        raise refuse(msg) from None
    _said(call, made, "serverside-applied", served.named(made.name), shown)


def _apply(call: Call, found: Given, shown: list[dict[str, Any]]) -> None:
    served, document, space = found
    dry, name = dry_run(call), name_of(document)
    live = _live(call, found)
    if live is None and dry == "client":
        _said(call, placed(client.noted(document, space), space), "created", served.named(name), shown)
        return
    how = {"dry_run": dry == "server", "field_validation": validation(call)}
    if live is None:
        live = from_source(call, "creating", lambda: call.cluster.apply(document, space or "default", **how))
        _said(call, live, "created", served.named(live.name), shown)
        return
    words = "configured"
    if dry != "client":
        if LAST_APPLIED not in live.metadata.annotations:
            call.complain(MISSING.format(f"{served.plural}/{live.name}", LAST_APPLIED, verb="kubectl"))
        patch = _patch(document, live)
        if patch:
            live = _patched(call, found, live, patch)
        else:
            words = "unchanged"
        if live.deleting:
            call.complain(
                f"Warning: Detected changes to resource {live.name} which is currently being deleted."
            )
    _said(call, live, words, served.named(name), shown)


def _live(call: Call, found: Given) -> Any:
    """What is stored, None where nothing is."""
    served, document, space = found
    name = name_of(document)
    if not name and "generateName" in (document.get("metadata") or {}):
        msg = f"from {document['metadata']['generateName']}: cannot use generate name with apply"
        raise refuse(msg)

    def request() -> Any:
        if not name:
            msg = "resource name may not be empty"
            raise refuse(msg)
        try:
            return call.cluster.get(served.plural, name, space or "default")
        except NotFound:
            return None

    return from_source(
        call, f"retrieving current configuration of:\n{_where(served, name, space)}\nfrom server for:", request
    )


def _where(served: Served, name: str, space: str) -> str:
    group = f"{served.group}/{served.version}"
    return (
        f'Resource: "{group}, Resource={served.plural}", GroupVersionKind: "{group}, Kind={served.kind}"\n'
        f'Name: "{name}", Namespace: "{space}"'
    )


def _patch(document: Mapping[str, Any], live: Any) -> dict[str, Any]:
    """What the client sends so that the object becomes as the manifest wants it."""
    stored = live.to_dict()
    return three_way(last_applied(stored), client.noted(document, live.namespace), stored)


def _patched(call: Call, found: Given, live: Any, patch: dict[str, Any]) -> Any:
    """The object as the server stores it; of a refusal, what was sent and to what."""
    served, document, space = found
    dry = dry_run(call) == "server"
    doing = f"applying patch:\n{go_json(patch)}\nto:\n{_where(served, live.name, space)}\nfor:"

    def request() -> Any:
        try:
            return call.cluster.apply(document, space or "default", dry_run=dry, field_validation=validation(call))
        except ApiError as problem:
            raise worded(problem, f'error when patching "{source(call)}": {problem.message}') from None

    return from_source(call, doing, request)


def view_last_applied(call: Call) -> None:
    """What the last apply of an object sent."""
    form = call.flag("output")
    if form not in ("yaml", "json"):
        msg = f"Unexpected -o output mode: {form}, the flag 'output' must be one of yaml|json"
        raise refuse(msg)
    for _, each in objects_of(call):
        note = plain(each).get("metadata", {}).get("annotations", {}).get(LAST_APPLIED)
        if note is None:
            msg = f"no last-applied-configuration annotation found on resource: {each.name}"
            raise refuse(f'error when {msg}\n "{source(call)}": <nil>' if call.flag("filename") else msg)
        document = json.loads(note)
        call.write(to_yaml(document) if form == "yaml" else go_json(document, indent=2) + "\n")
