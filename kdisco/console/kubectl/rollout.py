"""``kubectl rollout``: each asks the cluster's own rollout. Upstream: kubectl pkg/cmd/rollout.

``status`` says how far it is now: time does not move while one looks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kdisco.console.kubectl.builder import found
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.describe_containers import template
from kdisco.console.kubectl.describe_parts import indented
from kdisco.console.kubectl.printers import plain, report
from kdisco.console.kubectl.resources import Served
from kdisco.console.kubectl.tabs import aligned
from kdisco.console.kubectl.writing import dry_run
from kdisco.rollouts import Revision, Rollout

__all__ = ["history", "pause", "restart", "resume", "status", "undo"]

CHANGE_CAUSE = "kubernetes.io/change-cause"


def _each(call: Call, do: Callable[[Served, Any, Rollout], None], *, said: bool = False) -> None:
    """Do something with each workload that is named; ``said``: that there is none is told."""
    if not call.given.words and not call.flag("filename"):
        msg = "required resource not specified"
        raise refuse(msg)
    chosen = found(call, every=True)
    if said and not chosen and not call.failures:
        call.complain(f"No resources found in {call.namespace} namespace.")

    def one(pair: tuple[Served, Any]) -> None:
        served, each = pair
        do(served, each, Rollout(call.cluster, f"{served.plural}/{each.name}", each.namespace))

    call.each(chosen, one)


def status(call: Call) -> None:
    """How far rollouts are; one that is not over is an error, as it is when ``--timeout`` ends."""
    _each(call, lambda served, each, rollout: _status(call, served, each, rollout), said=True)


def _status(call: Call, _served: Served, each: Any, rollout: Rollout) -> None:
    call.objects.append(each)
    progress = rollout.status(call.flag("revision") or None)
    call.say(progress.message)
    if not progress.done and call.flag("watch"):
        msg = "timed out waiting for the condition"
        raise refuse(msg)


def history(call: Call) -> None:
    """The revisions of workloads, or the template of one."""
    if call.flag("revision") < 0:
        msg = f"revision must be a positive integer: {call.flag('revision')}"
        raise refuse(msg)
    _each(call, lambda served, each, rollout: _history(call, served, each, rollout))


def _history(call: Call, served: Served, each: Any, rollout: Rollout) -> None:
    call.objects.append(each)
    wanted = call.flag("revision")
    if call.flag("output"):
        for document in rollout.documents(wanted or None):
            report(call, each, "", document=plain(document), typed=True)
        return
    past = rollout.history(wanted or None)
    if wanted:
        call.say(f"{served.named(each.name)} with revision #{wanted}")
        call.say(_template_text(past))  # its tabs stay: kubectl does not align it here
        return
    rows = [["REVISION", "CHANGE-CAUSE"]]
    rows += [[str(one.number), one.change_cause or "<none>"] for one in past]
    call.say(served.named(each.name) + " ")
    call.write(aligned("".join("\t".join(row) + "\n" for row in rows)))
    call.say("")


def _template_text(revision: Revision) -> str:
    from kdisco.model.codec import encode  # noqa: PLC0415 - for one command

    document = encode(revision.template)
    if revision.change_cause:
        annotations = {**(document.get("metadata", {}).get("annotations") or {}), CHANGE_CAUSE: revision.change_cause}
        document["metadata"] = {**document.get("metadata", {}), "annotations": annotations}
    return "".join(f"{line}\n" for line in indented(template(document), 0))


def _said(call: Call, each: Any, text: str) -> None:
    """Print what the rollout says it did: the name and the words."""
    name, _, words = text.partition(" ")
    report(call, each, words.removesuffix(" (server dry run)"), name=name, typed=True)


def undo(call: Call) -> None:
    """Go back to an earlier template; what is printed in full is the object as it was."""
    dry = dry_run(call)

    def one(served: Served, each: Any, rollout: Rollout) -> None:
        wanted = call.flag("to-revision") or None
        if dry == "client":
            head = "" if each.KIND == "Deployment" else "will roll back to "
            words = head + _template_text(rollout.earlier(wanted))
            report(call, each, words, name=served.named(each.name), typed=True)
            return
        _said(call, each, call.ask(lambda: rollout.undo(wanted, dry_run=dry != "none")))

    _each(call, one)


def _act(call: Call, act: Callable[[Rollout], str]) -> None:
    """Change each workload, and print it as it is then."""

    def one(served: Served, each: Any, rollout: Rollout) -> None:
        text = call.ask(lambda: act(rollout))
        _said(call, call.get(served, each.name, each.namespace), text)

    _each(call, one, said=True)


def restart(call: Call) -> None:
    """Replace all Pods."""
    _act(call, Rollout.restart)


def pause(call: Call) -> None:
    """Leave new templates alone."""
    _act(call, Rollout.pause)


def resume(call: Call) -> None:
    """Go on with a paused rollout."""
    _act(call, Rollout.resume)
