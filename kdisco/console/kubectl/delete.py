"""``kubectl delete``. Time does not move: what goes is gone after ``settle``. Upstream: kubectl pkg/cmd/delete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from kdisco.console.kubectl.builder import NOTHING_GIVEN, chosen, listed
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.document import name_of
from kdisco.console.kubectl.manifests import given
from kdisco.console.kubectl.printers import DRY
from kdisco.console.kubectl.resources import Served
from kdisco.console.kubectl.writing import dry_run, from_source
from kdisco.errors import KdiscoError, NotFound

__all__ = ["delete"]

CASCADES = {"background": "Background", "foreground": "Foreground", "orphan": "Orphan"}
OLDER = {"true": "background", "false": "orphan"}
AT_ONCE = (
    "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
    "The resource may continue to run on the cluster indefinitely."
)
BEYOND = "Warning: deleting cluster-scoped resources, not scoped to the provided namespace"


@frozen
class Doomed:
    """One object to delete: named objects are not looked up first."""

    served: Served
    name: str
    namespace: str


def delete(call: Call) -> None:
    """DELETE the objects that the command line names."""
    _check(call)
    dry_run(call)
    if call.flag("force"):
        call.complain(AT_ONCE)
    deleted: list[Doomed] = []

    def one(each: Doomed) -> None:
        if call.explicit and not each.served.namespaced and all(other.served.namespaced for other in deleted):
            call.complain(BEYOND)
        deleted.append(each)
        _one(call, each)

    call.each(_doomed(call), one)
    if not deleted and not call.failures:
        call.say("No resources found")


def _check(call: Call) -> None:
    """Raise UsageError for flags that do not go together."""
    if not call.given.words and not call.flag("filename") and not call.flag("kustomize"):
        raise refuse(NOTHING_GIVEN)
    if call.flag("all") and call.flag("selector"):
        msg = "setting 'all' parameter but found a non empty selector. "
        raise refuse(msg)
    cascade = call.flag("cascade")
    if cascade in OLDER:
        call.complain(
            f"warning: --cascade={cascade} is deprecated (boolean value) "
            f"and can be replaced with --cascade={OLDER[cascade]}."
        )
    elif cascade not in CASCADES:
        msg = f'invalid cascade value ({cascade}). Must be "background", "foreground", or "orphan"'
        raise refuse(msg)
    if call.flag("now") and call.flag("grace-period") >= 0:
        msg = "--now and --grace-period cannot be specified together"
        raise refuse(msg)
    if call.flag("force") and call.flag("grace-period") > 0:
        msg = "--force and --grace-period greater than 0 cannot be specified together"
        raise refuse(msg)
    if call.flag("output") not in ("", "name"):
        msg = f"unexpected -o output mode: {call.flag('output')}. We only support '-o name'"
        raise refuse(msg)


def _doomed(call: Call) -> Iterator[Doomed]:
    """What the command line means; of a kind that cannot be listed the error is noted."""
    if call.flag("filename") or call.flag("kustomize"):
        yield from (Doomed(served, name_of(document), space) for served, document, space in given(call))
        return
    for target in chosen(call, call.given.words):
        if target.name:
            yield Doomed(target.served, target.name, call.namespace if target.served.namespaced else "")
            continue
        try:
            found = listed(call, target)
        except KdiscoError as problem:
            call.fail(problem)
            continue
        yield from (Doomed(target.served, each.name, each.namespace) for each in found)


def _grace(call: Call) -> int | None:
    """Seconds; None for the object's own."""
    period = int(call.flag("grace-period"))
    if call.flag("now"):
        return 1
    if call.flag("force"):
        return 0
    return None if period < 0 else max(period, 1)  # 0 would lose data, and so needs --force


def _cascade(call: Call) -> str:
    """The API's word for what becomes of dependents."""
    given_ = call.flag("cascade")
    return CASCADES[OLDER.get(given_, given_)]


def _one(call: Call, each: Doomed) -> None:
    dry = dry_run(call)

    def request() -> Any:
        if each.served.row is None:
            msg = f'{each.served.qualified} "{each.name}" not found'
            raise NotFound(msg, {"name": each.name, "kind": each.served.plural})
        return call.cluster.delete(
            each.served.plural, each.name, each.namespace, grace_period=_grace(call),
            propagation_policy=_cascade(call), dry_run=dry == "server",
        )

    if dry != "client":
        try:
            call.objects.append(from_source(call, "deleting", request) if call.flag("filename") else call.ask(request))
        except NotFound:
            if call.flag("ignore-not-found"):
                return
            raise
    if call.flag("output") == "name":
        call.say(each.served.named(each.name))
        return
    how = "force deleted" if _grace(call) == 0 else "deleted"
    call.say(f'{each.served.type} "{each.name}" {how}{DRY.get(dry, "")}')
