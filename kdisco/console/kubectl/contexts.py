"""``kubectl config``: the one context of a cluster in this process, and the namespace that it sets.

No kubeconfig file is read or written. Upstream: kubectl pkg/cmd/config.
"""

from __future__ import annotations

from typing import Any

from kdisco.console.kubectl.call import Call, refuse, wrong_usage
from kdisco.console.kubectl.printers import FORMS, printer
from kdisco.console.kubectl.tabs import tabulated

__all__ = [
    "CONTEXT", "current_context", "get_clusters", "get_contexts", "get_users", "set_context", "use_context", "view",
]

CONTEXT, CLUSTER = "kdisco", "kdisco"


def _space(call: Call) -> str:
    return str(call.cluster.kubeconfig.get("namespace", ""))


def view(call: Call) -> None:
    """The kubeconfig that a client of this cluster would have."""
    if call.given.words:
        msg = f"unexpected arguments: [{' '.join(call.given.words)}]"
        raise wrong_usage(msg, "config view")
    context: dict[str, Any] = {"cluster": CLUSTER, "user": call.cluster.user}
    context |= {"namespace": _space(call)} if _space(call) else {}
    config = {
        "apiVersion": "v1",
        "clusters": [
            {"cluster": {"certificate-authority-data": "DATA+OMITTED", "server": "https://127.0.0.1:6443"},
             "name": CLUSTER}
        ],
        "contexts": [{"context": context, "name": CONTEXT}],
        "current-context": CONTEXT,
        "kind": "Config",
        "preferences": {},
        "users": [{"name": call.cluster.user, "user": {"token": "REDACTED"}}],
    }
    call.write(printer(call.flag("output") or "yaml", FORMS)(config))


def current_context(call: Call) -> None:
    """Its name."""
    call.say(CONTEXT)


def get_contexts(call: Call) -> None:
    """The table of contexts."""
    for name in call.given.words:
        _known(name)
    if call.flag("output") == "name":
        call.say(CONTEXT)
        return
    heads = ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]
    row = ["*", CONTEXT, CLUSTER, call.cluster.user, _space(call)]
    call.write(tabulated([row] if call.flag("no-headers") else [heads, row]))


def _known(name: str) -> None:
    if name != CONTEXT:
        msg = f'no context exists with the name: "{name}"'
        raise refuse(msg)


def get_clusters(call: Call) -> None:
    """The clusters of the kubeconfig."""
    call.write(f"NAME\n{CLUSTER}\n")


def get_users(call: Call) -> None:
    """The users of the kubeconfig."""
    call.write(f"NAME\n{call.cluster.user}\n")


def use_context(call: Call) -> None:
    """Switch to a context."""
    if len(call.given.words) != 1:
        msg = f"accepts 1 arg(s), received {len(call.given.words)}"
        raise refuse(msg)
    _known(call.given.words[0])
    call.say(f'Switched to context "{CONTEXT}".')


def set_context(call: Call) -> None:
    """Set the namespace of the context."""
    words = call.given.words
    if len(words) != (0 if call.flag("current") else 1):
        msg = "you must specify a non-empty context name or --current" if not words else (
            "you cannot specify both a context name and --current"
        )
        raise refuse(msg)
    if words and words[0] != CONTEXT:
        msg = f'no context exists with the name: "{words[0]}": a cluster in this process has one, "{CONTEXT}"'
        raise refuse(msg)
    if "namespace" in call.given.changed:
        call.cluster.kubeconfig["namespace"] = call.given["namespace"]
    call.say(f'Context "{CONTEXT}" modified.')
