"""``kubectl delete``. Time does not move: what goes is gone after ``settle``. Upstream: kubectl pkg/cmd/delete."""

from __future__ import annotations

from typing import Any

from kdisco.console.kubectl.builder import NOTHING_GIVEN, found
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.printers import DRY
from kdisco.console.kubectl.resources import Served
from kdisco.console.kubectl.writing import dry_run
from kdisco.errors import NotFound

__all__ = ["delete"]

CASCADES = {"background": "Background", "foreground": "Foreground", "orphan": "Orphan"}
AT_ONCE = (
    "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
    "The resource may continue to run on the cluster indefinitely."
)


def delete(call: Call) -> None:
    """DELETE the objects that the command line names."""
    given = call.given
    if not given.words and not call.flag("filename") and not call.flag("kustomize"):
        raise refuse(NOTHING_GIVEN)
    if call.flag("all") and call.flag("selector"):
        msg = "setting 'all' parameter but found a non empty selector. "
        raise refuse(msg)
    if call.flag("cascade") not in CASCADES:
        msg = f'invalid cascade value ({call.flag("cascade")}). Must be "background", "foreground", or "orphan"'
        raise refuse(msg)
    if call.flag("now") and call.flag("grace-period") >= 0:
        msg = "--now and --grace-period cannot be specified together"
        raise refuse(msg)
    if call.flag("output") not in ("", "name"):
        msg = f"unexpected -o output mode: {call.flag('output')}. We only support '-o name'"
        raise refuse(msg)
    grace = _grace(call)
    dry_run(call)
    if call.flag("force"):
        call.complain(AT_ONCE)
    chosen = _found(call)
    call.each(chosen, lambda pair: _one(call, pair[0], pair[1], grace))
    if not chosen and not call.failures and not call.flag("ignore-not-found"):
        call.say("No resources found")


def _found(call: Call) -> list[tuple[Served, Any]]:
    if not call.flag("ignore-not-found"):
        return found(call)
    before = len(call.failures), len(call.err)
    chosen = found(call)
    del call.failures[before[0] :], call.err[before[1] :]
    return chosen


def _grace(call: Call) -> int | None:
    """Seconds; None for the object's own."""
    period = int(call.flag("grace-period"))
    if call.flag("now"):
        return 1
    if call.flag("force"):
        return max(period, 0)
    return None if period < 0 else max(period, 1)  # 0 would lose data, and so needs --force


def _one(call: Call, served: Served, each: Any, grace: int | None) -> None:
    dry = dry_run(call)
    if dry != "client":
        try:
            each = call.ask(
                lambda: call.cluster.delete(
                    served.plural, each.name, each.namespace or call.namespace, grace_period=grace,
                    propagation_policy=CASCADES[call.flag("cascade")], dry_run=dry == "server",
                )
            )
        except NotFound:
            if not call.flag("ignore-not-found"):
                raise
    call.objects.append(each)
    if call.flag("output") == "name":
        call.say(served.named(each.name))
        return
    how = "force deleted" if call.flag("force") and call.flag("grace-period") <= 0 else "deleted"
    call.say(f'{served.type} "{each.name}" {how}{DRY.get(dry, "")}')
