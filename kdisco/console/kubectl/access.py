"""``kubectl auth can-i`` and ``auth whoami``. Upstream: kubectl pkg/cmd/auth, pkg/util/rbac."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.printers import FORMS, printer
from kdisco.console.kubectl.resources import Served, find_or_none
from kdisco.console.kubectl.tabs import tabulated
from kdisco.model.rbac import PolicyRule
from kdisco.store.authorize import access, authenticate, may_visit
from kdisco.store.rbac import Asked, User, dangling, grants
from kdisco.store.table import View

__all__ = ["can_i", "rules_of", "whoami"]

TWO = "you must specify two arguments: verb resource or verb resource/resourceName."
HELP = "See 'kubectl auth can-i -h' for help and examples."
KNOWN = (
    "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "bind", "impersonate",
    "*", "approve", "sign", "escalate", "attest",
)
KNOWN_OF_URLS = ("get", "put", "post", "head", "options", "delete", "patch", "*")
UNLISTED = ("users", "groups")  # which only the verb impersonate knows
PAIR = 2
HEADS = ("Resources", "Non-Resource URLs", "Resource Names", "Verbs")


def can_i(call: Call) -> int:
    """Yes or no, and status 1 for no; with ``--list`` all that the user may do in the namespace."""
    words = call.given.words
    if call.flag("list"):
        return _list(call)
    if len(words) != PAIR:
        msg = f"{TWO}\n{HELP}"
        raise refuse(msg)
    verb, what = words
    if what.startswith("/"):
        return _visit(call, verb, what)
    kind, _, name = what.partition("/")
    served = None if kind == "*" else find_or_none(kind)
    if served is not None:
        _warn(call, served, verb)
    elif kind not in ("*", *UNLISTED):
        base, _, group = kind.partition(".")
        where = f" in group '{group}'" if group else ""
        call.complain(f"Warning: the server doesn't have a resource type '{base}'{where}\n")
    if call.flag("no-headers"):
        msg = "--no-headers cannot be set without --list specified"
        raise refuse(msg)
    if served is None and verb not in KNOWN:
        call.complain(f"Warning: verb '{verb}' is not a known verb\n")
    wish = Asked(
        verb=verb, resource=served.plural if served else kind, group=served.group if served else "",
        subresource=call.flag("subresource"), namespace="" if call.everywhere else call.namespace, name=name,
    )
    found = access(call.cluster.state.view, _user(call), wish)
    return _answer(call, yes=bool(found), why=found.problem)


def _warn(call: Call, served: Served, verb: str) -> None:
    if not served.namespaced and not call.everywhere:
        group = f" in group '{served.group}'" if served.group else ""
        call.complain(f"Warning: resource '{served.plural}' is not namespace scoped{group}\n")
    if not call.everywhere and verb not in KNOWN:
        call.complain(f"Warning: verb '{verb}' is not a known verb\n")


def _user(call: Call) -> User:
    return authenticate(call.cluster.user, call.cluster.groups)


def _answer(call: Call, *, yes: bool, why: str) -> int:
    if not call.flag("quiet"):
        call.say("yes" if yes else f"no - {why}" if why else "no")
    return 0 if yes else 1


def _visit(call: Call, verb: str, path: str) -> int:
    if call.flag("subresource"):
        msg = "--subresource can not be used with NonResourceURL"
        raise refuse(msg)
    if verb not in KNOWN_OF_URLS:
        call.complain(f"Warning: verb '{verb}' is not a known verb\n")
    view, user = call.cluster.state.view, _user(call)
    return _answer(call, yes=may_visit(view, user, verb, path), why=dangling(view, user, ""))


def _list(call: Call) -> int:
    if call.given.words:
        msg = "list option must be specified with no arguments"
        raise refuse(msg)
    if call.flag("quiet") or call.everywhere or call.flag("subresource"):
        msg = "list option can't be specified with neither quiet, all-namespaces nor subresource options"
        raise refuse(msg)
    rules = rules_of(call.cluster.state.view, _user(call), call.namespace)
    rows = [_row(rule) for rule in sorted(_compact(_parts(rules)), key=_text)]
    call.write(tabulated(rows if call.flag("no-headers") else [HEADS, *rows]))
    return 0


def rules_of(view: View, user: User, namespace: str) -> list[PolicyRule]:
    """What a user may do in a namespace, in the order of bindings, rules of resources before those of paths."""
    found = [grant.rule for grant in grants(view, user, namespace)]
    return [rule for rule in found if rule.resources] + [rule for rule in found if rule.non_resource_urls]


def _parts(rules: Iterable[PolicyRule]) -> Iterator[PolicyRule]:
    """Rules of one verb and one resource, or one path, each."""
    for rule in rules:
        names: list[tuple[str, ...]] = [(name,) for name in rule.resource_names] or [()]
        yield from (
            PolicyRule(verbs=(verb,), api_groups=(group,), resources=(resource,), resource_names=name)
            for group in rule.api_groups
            for resource in rule.resources
            for verb in rule.verbs
            for name in names
        )
        yield from (
            PolicyRule(verbs=(verb,), non_resource_urls=(url,)) for url in rule.non_resource_urls for verb in rule.verbs
        )


def _compact(rules: Iterable[PolicyRule]) -> list[PolicyRule]:
    """The same with the verbs of one resource together; those of paths stay apart."""
    apart: list[PolicyRule] = []
    together: dict[tuple[Any, ...], list[str]] = {}
    for rule in rules:
        if rule.non_resource_urls:
            apart.append(rule)
        else:
            together.setdefault((rule.api_groups, rule.resources, rule.resource_names), []).extend(rule.verbs)
    return apart + [
        PolicyRule(verbs=tuple(verbs), api_groups=groups, resources=resources, resource_names=names)
        for (groups, resources, names), verbs in together.items()
    ]


def _listed(words: Sequence[str]) -> str:
    return f"[{' '.join(words)}]"


def _text(rule: PolicyRule) -> str:
    """A rule as Go's generated code writes it, by which the list is sorted."""
    parts = {
        "Verbs": rule.verbs, "APIGroups": rule.api_groups, "Resources": rule.resources,
        "ResourceNames": rule.resource_names, "NonResourceURLs": rule.non_resource_urls,
    }
    return "&PolicyRule{" + "".join(f"{name}:{_listed(words)}," for name, words in parts.items()) + "}"


def _row(rule: PolicyRule) -> list[str]:
    resource, slash, part = "".join(rule.resources[:1]).partition("/")
    group = f".{rule.api_groups[0]}" if rule.api_groups and rule.api_groups[0] else ""
    what = f"{resource}{group}{slash}{part}"
    return [what, _listed(rule.non_resource_urls), _listed(rule.resource_names), _listed(rule.verbs)]


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
