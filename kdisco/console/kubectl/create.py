"""``kubectl create``, ``apply``, ``replace`` and ``diff``: objects from manifests. Upstream: kubectl pkg/cmd."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kdisco import client
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.document import name_of
from kdisco.console.kubectl.manifests import manifests
from kdisco.console.kubectl.printers import plain, report
from kdisco.console.kubectl.resources import Served, typed
from kdisco.console.kubectl.writing import dry_run, from_source, place, sources
from kdisco.console.kubectl.yamltext import go_json
from kdisco.errors import ApiError, Conflict, Invalid, NotFound
from kdisco.model.manifest import find_resource
from kdisco.store.apply import LAST_APPLIED, last_applied, three_way

__all__ = ["apply", "create", "replace", "view_last_applied"]

Found = tuple[Served, Mapping[str, Any], str]
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


def _given(call: Call) -> list[Found]:
    """The manifests with their kinds and namespaces, all of them known before any is sent."""
    if not call.flag("filename") and not call.flag("kustomize"):
        msg = "must specify one of -f and -k"
        raise refuse(msg)
    dry_run(call)
    listed: list[Found] = []
    for document in manifests(call):
        served = typed(find_resource(document, sources(call)))
        listed.append((served, document, place(call, document, served)))
    return listed


def _placed(document: Mapping[str, Any], space: str) -> dict[str, Any]:
    meta = {**document.get("metadata", {})}
    return {**document, "metadata": {**meta, **({"namespace": space} if space else {})}}


def create(call: Call) -> None:
    """POST each manifest."""
    if call.given.words:
        msg = f"Unexpected args: [{' '.join(call.given.words)}]\nSee 'kubectl create -h' for help and examples"
        raise refuse(msg)
    call.each(_given(call), lambda found: _create(call, found))


def _create(call: Call, found: Found) -> None:
    served, document, space = found
    if call.flag("save-config"):
        document = client.noted(document, space)
    if dry_run(call) == "client":
        report(call, document, "created", name=served.named(name_of(document)), document=_placed(document, space))
        return
    made = from_source(
        call, "creating", lambda: call.cluster.create(document, space, dry_run=dry_run(call) == "server")
    )
    report(call, made, "created", name=served.named(made.name))


def replace(call: Call) -> None:
    """PUT each manifest; with ``--force`` delete what is there and create it again."""
    call.each(_given(call), lambda found: _replace(call, found))


def _replace(call: Call, found: Found) -> None:
    served, document, space = found
    dry = dry_run(call) != "none"
    if call.flag("force"):
        name = name_of(document)
        try:
            call.ask(lambda: call.cluster.delete(served.plural, name, space or "default", grace_period=0))
            call.say(f'{served.type} "{name}" deleted')
        except NotFound:
            pass
        made = from_source(call, "creating", lambda: call.cluster.create(document, space or "default"))
    else:
        made = from_source(
            call, "replacing", lambda: call.cluster.replace(document, space or "default", dry_run=dry)
        )
    report(call, made, "replaced", name=served.named(made.name))


def apply(call: Call) -> None:
    """Create what is not there, patch what differs; ``--server-side`` lets the server merge."""
    if call.flag("prune"):
        msg = "--prune is not known here: delete what is not wanted any more"
        raise refuse(msg)
    if call.given.words:
        msg = f"Unexpected args: [{' '.join(call.given.words)}]\nSee 'kubectl apply -h' for help and examples"
        raise refuse(msg)
    if call.flag("force-conflicts") and not call.flag("server-side"):
        msg = "--force-conflicts only works with --server-side"
        raise refuse(msg)
    if call.flag("server-side") and dry_run(call) == "client":
        msg = "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
        raise refuse(msg)
    one = _serverside if call.flag("server-side") else _apply
    call.each(_given(call), lambda found: one(call, found))


def _serverside(call: Call, found: Found) -> None:
    served, document, space = found
    manager = call.flag("field-manager")
    try:
        made = call.ask(
            lambda: call.cluster.apply(
                document, space or "default", server_side=True, force_conflicts=bool(call.flag("force-conflicts")),
                field_manager="kubectl" if manager == "kubectl-client-side-apply" else manager,
                dry_run=dry_run(call) == "server",
            )
        )
    except Conflict as problem:
        msg = f"{problem.message}\n{WAYS_OUT}"
        raise refuse(msg) from None
    report(call, made, "serverside-applied", name=served.named(made.name))


def _apply(call: Call, found: Found) -> None:
    served, document, space = found
    dry = dry_run(call)
    try:
        live = call.get(served, name_of(document), space)
    except NotFound:
        live = None
    if live is None:
        if dry == "client":
            note = client.noted(document, space)
            report(call, document, "created", name=served.named(name_of(document)), document=note)
            return
        made = from_source(
            call, "creating", lambda: call.cluster.apply(document, space or "default", dry_run=dry == "server")
        )
        report(call, made, "created", name=served.named(made.name))
        return
    if LAST_APPLIED not in live.metadata.annotations:
        text = MISSING.format(f"{served.plural}/{live.name}", LAST_APPLIED, verb="kubectl")
        call.complain(text)
    try:
        made = call.ask(lambda: call.cluster.apply(document, space or "default", dry_run=dry != "none"))
    except Invalid:
        raise
    except ApiError as problem:
        raise _refused(call, served, document, live, problem) from None
    same = _same(made, live)
    shown = live if dry == "client" and same else made
    report(call, shown, "unchanged" if same else "configured", name=served.named(made.name))


def _same(made: Any, live: Any) -> bool:
    """Whether an apply changed nothing."""
    return bool(made.with_meta(resource_version="") == live.with_meta(resource_version=""))


def _refused(call: Call, served: Served, document: Mapping[str, Any], live: Any, problem: ApiError) -> ApiError:
    """The error of a patch that the server does not take: what was sent, and to what."""
    noted = client.noted(document, live.namespace)
    stored = live.to_dict()
    patch = three_way(last_applied(stored), noted, stored)
    group = f"{served.group}/{served.version}" if served.group else f"/{served.version}"
    words = (
        f"error when applying patch:\n{go_json(patch)}\nto:\n"
        f'Resource: "{group}, Resource={served.plural}", GroupVersionKind: "{group}, Kind={served.kind}"\n'
        f'Name: "{live.name}", Namespace: "{live.namespace}"\nfor: "{sources(call)}": '
        f'error when patching "{sources(call)}": {problem.message}'
    )
    refused = type(problem)(words, problem.details)
    refused.message = words
    return refused


def view_last_applied(call: Call) -> None:
    """What the last apply of an object sent."""
    from kdisco.console.kubectl.builder import found  # noqa: PLC0415 - for this command only
    from kdisco.console.kubectl.yamltext import to_yaml  # noqa: PLC0415 - as well

    form = call.flag("output")
    if form not in ("yaml", "json"):
        msg = f"Unexpected -o output mode: {form}, the flag 'output' must be one of yaml|json"
        raise refuse(msg)
    for served, each in found(call):
        note = plain(each).get("metadata", {}).get("annotations", {}).get(LAST_APPLIED)
        if note is None:
            msg = f"no last-applied-configuration annotation found on resource: {each.name}"
            raise refuse(msg)
        del served
        document = json.loads(note)
        call.write(to_yaml(document) if form == "yaml" else go_json(document, indent=2) + "\n")
