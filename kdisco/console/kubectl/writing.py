"""What every writing verb does: send a request for each object, say what was done, and go on when one is refused.

Upstream: kubectl pkg/cmd/util/helpers.go, pkg/cmd/{create,apply,replace,delete}.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.manifests import source
from kdisco.console.kubectl.resources import Served
from kdisco.errors import ApiError, UsageError
from kdisco.model.manifest import to_object
from kdisco.store.patch import patched as changed

__all__ = ["dry_run", "from_source", "parted", "patched", "validation", "worded"]

DRY = ("none", "client", "server")
VALIDATE = {"Strict": ("strict", "true"), "Warn": ("warn",), "Ignore": ("ignore", "false")}


def dry_run(call: Call) -> str:
    """none, client or server; raises UsageError for anything else."""
    given = call.flag("dry-run") or "none"
    if given == "unchanged":  # --dry-run alone
        return "client"
    if given not in DRY:
        msg = f'Invalid dry-run value ({given}). Must be "none", "server", or "client".'
        raise refuse(msg)
    return str(given)


def worded(problem: ApiError, message: str) -> ApiError:
    """A refusal in other words; what it is, and of which fields, stays."""
    other = type(problem).__new__(type(problem))
    other.__dict__.update(problem.__dict__)
    other.args, other.message = (message,), message
    return other


def validation(call: Call) -> str:
    """What the server does with unknown fields, as ``--validate`` says: Strict, Warn or Ignore; raises UsageError."""
    given = str(call.flag("validate") or "strict")
    for word, names in VALIDATE.items():
        if given in names:
            return word
    msg = f'invalid - validate option "{given}"; must be one of: strict (or true), warn, ignore (or false)'
    raise refuse(msg)


def parted(words: Sequence[str], pair: str) -> tuple[list[str], list[str]]:
    """The words that name objects, and the pairs behind them that say what is to be set; raises UsageError."""
    update = [("=" in word and word[0] != "=") or (word.endswith("-") and word != "-") for word in words]
    first = update.index(True) if True in update else len(words)
    for word, is_update in zip(words[first:], update[first:], strict=True):
        if not is_update:
            msg = f"all resources must be specified before {pair} changes: {word}"
            raise refuse(msg)
    return list(words[:first]), list(words[first:])


def from_source(call: Call, doing: str, request: Callable[[], Any]) -> Any:
    """Carry out a request for a manifest; what the server refuses names the manifest's place."""
    try:
        return call.ask(request)
    except ApiError as problem:
        raise worded(problem, f'error when {doing} "{source(call)}": {problem.message}') from None
    except UsageError as problem:
        words = str(problem).removeprefix("error: ")
        msg = f'error when {doing} "{source(call)}": {words}'
        raise refuse(msg) from None


def patched(call: Call, served: Served, found: Any, patch: Any, kind: str = "strategic") -> Any:
    """An object after a patch; with a client's dry run as the client has it: nobody is asked."""
    if not patch:
        return found
    dry = dry_run(call)
    if dry == "client":
        return to_object(changed(found.to_dict(), patch, kind), strict=False)
    space = found.namespace or call.namespace
    return call.ask(
        lambda: call.cluster.patch(served.plural, found.name, patch, space, kind, dry_run=dry == "server")
    )
