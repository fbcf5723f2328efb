"""What describe says of namespaces, ConfigMaps, roles, and of kinds that it has no words of its own for.

Upstream: kubectl pkg/describe/describe.go (the last: genericDescriber).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from kdisco.console.kubectl.describe_parts import Lines, head, labels, notes
from kdisco.console.kubectl.document import Document, at, name_of

__all__ = ["binding_lines", "config_lines", "generic_lines", "namespace_lines", "role_lines"]


def namespace_lines(found: Document) -> Lines:
    """A Namespace; nobody makes quotas or limits in the model."""
    yield f"Name:\t{name_of(found)}"
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    yield f"Status:\t{at(found, 'status', 'phase', default='')}"
    conditions = at(found, "status", "conditions", default=())
    if conditions:
        yield "Conditions:"
        yield "  Type\tStatus\tLastTransitionTime\tReason\tMessage"
        yield "  ----\t------\t------------------\t------\t-------"
        for each in conditions:
            words = (each.get(part, "") for part in ("type", "status", "lastTransitionTime", "reason", "message"))
            yield "  " + "\t".join(words)
    yield from ("", "No resource quota.", "", "No LimitRange resource.")


def config_lines(found: Document) -> Lines:
    """A ConfigMap with all it holds."""
    yield from head(found)
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    yield ""
    yield "Data"
    yield "===="
    for key, value in sorted((found.get("data") or {}).items()):
        yield f"{key}:"
        yield "----"
        yield from value.split("\n")
        yield ""
    yield ""
    yield "BinaryData"
    yield "===="
    for key, value in sorted((found.get("binaryData") or {}).items()):
        yield f"{key}: {len(value) * 3 // 4 - value.count('=')} bytes"
    yield ""


def role_lines(found: Document) -> Lines:
    """A Role or ClusterRole: what it allows, a line for each resource."""
    yield f"Name:\t{name_of(found)}"
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    yield "PolicyRule:"
    yield "  Resources\tNon-Resource URLs\tResource Names\tVerbs"
    yield "  ---------\t-----------------\t--------------\t-----"
    yield from (f"  {row}" for row in _rules(found.get("rules") or ()))


def _rules(rules: Sequence[Document]) -> list[str]:
    """Rules taken apart by resource and name, verbs of the same things put together, in the order of Go's texts."""
    merged: dict[tuple[str, str, str, str], list[str]] = {}
    for rule in rules:
        names, verbs = rule.get("resourceNames") or ("",), rule.get("verbs") or ()
        for group, resource in product(rule.get("apiGroups") or ("",), rule.get("resources") or ()):
            for name in names:
                merged.setdefault((group, resource, name, ""), []).extend(verbs)
        for url in rule.get("nonResourceURLs") or ():
            merged.setdefault(("", "", "", url), []).extend(verbs)
    rows = []
    for (group, resource, name, url), listed in merged.items():
        verbs = " ".join(dict.fromkeys(listed))
        base, slash, part = resource.partition("/")
        full = f"{base}.{group}{slash}{part}" if group else resource
        order = "".join(f"[{text}]" for text in (verbs, "" if url else group or '""', resource, name, url))
        rows.append((order, f"{full}\t[{url}]\t[{name}]\t[{verbs}]"))
    return [row for _, row in sorted(rows)]


def binding_lines(found: Document) -> Lines:
    """A RoleBinding or ClusterRoleBinding: who has the role."""
    yield f"Name:\t{name_of(found)}"
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    yield "Role:"
    yield f"  Kind:\t{at(found, 'roleRef', 'kind')}"
    yield f"  Name:\t{at(found, 'roleRef', 'name')}"
    yield "Subjects:"
    yield "  Kind\tName\tNamespace"
    yield "  ----\t----\t---------"
    for each in found.get("subjects") or ():
        yield f"  {each.get('kind')}\t{each.get('name')}\t{each.get('namespace', '')}"


HIDDEN = (
    ("metadata", "managedFields"), ("metadata", "name"), ("metadata", "namespace"), ("metadata", "labels"),
    ("metadata", "annotations"),
)


def generic_lines(found: Document, *, namespaced: bool) -> Lines:
    """Any object: its fields, one a line."""
    yield f"Name:\t{name_of(found)}"
    yield f"Namespace:\t{at(found, 'metadata', 'namespace', default='') if namespaced else ''}"
    yield from labels("Labels", at(found, "metadata", "labels"))
    yield from notes(found)
    yield from _fields(found, 0, ())


def _fields(found: Mapping[str, Any], level: int, path: tuple[str, ...]) -> Lines:
    named = {_title(key): key for key in found if (*path, key) not in HIDDEN}
    for title in sorted(named):
        key = named[title]
        yield from _field(title, found[key], level, (*path, key))


def _field(title: str, value: Any, level: int, path: tuple[str, ...]) -> Lines:
    space = "  " * level
    if isinstance(value, Mapping):
        yield f"{space}{title}:"
        yield from _fields(value, level + 1, path)
    elif isinstance(value, list | tuple):
        yield f"{space}{title}:"
        for item in value:
            if isinstance(item, Mapping):
                yield from _fields(item, level + 1, path)
            else:
                yield f"{space}  {_text(item)}"
    else:
        yield f"{space}{title}:\t{_text(value)}"


def _text(value: Any) -> str:
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


ACRONYMS = {"api": "API", "uid": "UID", "url": "URL", "id": "ID", "ip": "IP", "os": "OS", "cidr": "CIDR"}


def _title(key: str) -> str:
    """``creationTimestamp`` as ``Creation Timestamp``. Upstream: smartLabelFor."""
    if not key[:1].isalpha():
        return key
    words: list[str] = []
    for letter in key:
        before = words[-1][-1:] if words else ""
        if not words or (letter.isupper() and not before.isupper()) or not letter.isalnum() or not before.isalnum():
            words.append("")
        words[-1] += letter
    return " ".join(ACRONYMS.get(word.lower(), word[:1].upper() + word[1:]) for word in words if word.isalnum())
