"""``kubectl auth can-i`` and ``auth whoami``. Upstream: kubectl pkg/cmd/auth."""

from __future__ import annotations

from typing import Any

from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.printers import FORMS, printer
from kdisco.console.kubectl.resources import find
from kdisco.console.kubectl.tabs import tabulated
from kdisco.errors import KdiscoError, UsageError
from kdisco.store.authorize import authenticate

__all__ = ["can_i", "whoami"]

TWO = "you must specify two arguments: verb resource or verb resource/resourceName."
KNOWN = (
    "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "bind", "impersonate",
    "*", "approve", "sign", "escalate", "attest",
)


def can_i(call: Call) -> int:
    """Yes or no, and status 1 for no."""
    words = call.given.words
    if call.flag("list"):
        msg = "--list is not known here: ask for a verb and a resource"
        raise refuse(msg)
    if len(words) not in (2, 3):
        msg = f"{TWO}\nSee 'kubectl auth can-i -h' for help and examples."
        raise refuse(msg)
    verb, what = words[0], words[1]
    if what.startswith("/"):
        msg = "non-resource URLs are not asked about here"
        raise refuse(msg)
    kind, _, name = what.partition("/")
    name = words[2] if len(words) > 2 else name  # noqa: PLR2004 - verb, resource, name
    if verb not in KNOWN:
        call.complain(f"Warning: verb '{verb}' is not a known verb\n")
    try:
        served = find(kind)
        plural = served.plural
    except UsageError:
        call.complain(f"Warning: the server doesn't have a resource type '{kind}'\n")
        return _answer(call, yes=_admin(call))
    if served.row is None:
        return _answer(call, yes=_admin(call))
    if not served.namespaced and not call.everywhere and call.explicit:
        call.complain(f"Warning: resource '{plural}' is not namespace scoped in group '{served.group}'\n".replace(
            " in group ''", ""
        ))
    part = f"/{call.flag('subresource')}" if call.flag("subresource") else ""
    space = None if call.everywhere else call.namespace
    found = call.cluster.can_i(verb, f"{plural}{part}", name, space)
    return _answer(call, yes=bool(found))


def _admin(call: Call) -> bool:
    """Whether the user may do anything at all."""
    try:
        return all(call.cluster.can_i(verb, kind) for verb, kind in (("delete", "nodes"), ("create", "clusterroles")))
    except KdiscoError:
        return False


def _answer(call: Call, *, yes: bool) -> int:
    if not call.flag("quiet"):
        call.say("yes" if yes else "no")
    return 0 if yes else 1


def whoami(call: Call) -> None:
    """The user that the server sees."""
    user = authenticate(call.cluster.user, call.cluster.groups)
    form = call.flag("output")
    if form:
        info: dict[str, Any] = {"username": user.name, "groups": list(user.groups)}
        call.write(printer(form, FORMS)({
            "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
            "metadata": {"creationTimestamp": call.cluster.state.time()}, "status": {"userInfo": info},
        }))
        return
    rows = [["ATTRIBUTE", "VALUE"], ["Username", user.name], ["Groups", f"[{' '.join(user.groups)}]"]]
    call.write(tabulated(rows))
