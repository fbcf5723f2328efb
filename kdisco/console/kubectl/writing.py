"""What every writing verb does: send a request for each object, say what was done, and go on when one is refused.

Upstream: kubectl pkg/cmd/util/helpers.go, pkg/cmd/{create,apply,replace,delete}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.document import at
from kdisco.console.kubectl.resources import Served
from kdisco.errors import ApiError, Invalid

__all__ = ["dry_run", "from_source", "patched", "place", "sources"]

DRY = ("none", "client", "server")


def dry_run(call: Call) -> str:
    """none, client or server; raises UsageError for anything else."""
    given = call.flag("dry-run") or "none"
    if given == "unchanged":  # --dry-run alone
        return "client"
    if given not in DRY:
        msg = f'Invalid dry-run value ({given}). Must be "none", "server", or "client".'
        raise refuse(msg)
    return str(given)


def place(call: Call, document: Mapping[str, Any], served: Served) -> str:
    """The namespace that a manifest's object belongs to; raises UsageError where ``-n`` says another one."""
    space = str(at(document, "metadata", "namespace", default="") or "")
    if call.explicit and served.namespaced and space and space != call.namespace:
        msg = f'the namespace from the provided object "{space}" does not match the namespace "{call.namespace}". '
        msg = f"{msg}You must pass '--namespace={space}' to perform this operation."
        raise refuse(msg)
    return (space or call.namespace) if served.namespaced else ""


def sources(call: Call) -> str:
    """What errors call the place that manifests come from."""
    names = call.flag("filename") or ()
    return "STDIN" if not names or names[0] == "-" else str(names[0])


def from_source(call: Call, doing: str, request: Callable[[], Any]) -> Any:
    """Carry out a request for a manifest; what the server refuses names the manifest's place."""
    try:
        return call.ask(request)
    except Invalid:
        raise
    except ApiError as problem:
        words = f'error when {doing} "{sources(call)}": {problem.message}'
        refused = type(problem)(words, problem.details)
        refused.message = words
        raise refused from None


def patched(call: Call, served: Served, found: Any, patch: Any, kind: str = "strategic") -> Any:
    """An object after a patch; with a client's dry run as it was sent."""
    if not patch:
        return found
    dry = dry_run(call)

    def request() -> Any:
        space = found.namespace or call.namespace
        return call.cluster.patch(served.plural, found.name, patch, space, kind, dry_run=dry != "none")

    return request() if dry == "client" else call.ask(request)

