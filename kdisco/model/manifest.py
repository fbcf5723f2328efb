"""Manifests: YAML or JSON text in, documents and objects out, refusals in the words of kubectl.

Upstream: kubectl's resource builder, apimachinery's strict decoder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kdisco.errors import BadRequest, KdiscoError
from kdisco.model.codec import Mismatch, Unknown, decode
from kdisco.model.kinds import Resource, resource_of
from kdisco.model.meta import Object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["ManifestError", "documents", "find_resource", "parts", "to_object", "to_yaml"]


class ManifestError(KdiscoError, ValueError):
    """Text that holds no Kubernetes object; the message is kubectl's, one line."""


def documents(text: str, source: str = "STDIN") -> list[dict[str, Any]]:
    """All documents of a text, Lists taken apart, parsed whole before any is returned.

    Raises ManifestError naming ``source``, in the words that kubectl uses for a file that is not YAML.
    """
    return list(parts(text, source))


def parts(text: str, source: str = "STDIN") -> Iterator[dict[str, Any]]:
    """The same documents one by one: those before an unreadable one come before the error."""
    from kdisco.model.reader import Unreadable, read  # noqa: PLC0415 - YAML is slow to load, and a name needs none

    try:
        for document in read(text):
            yield from _items(document, source)
    except Unreadable as problem:
        msg = f"error: error parsing {source}: error converting YAML to JSON: {problem}"
        raise ManifestError(msg) from None


def find_resource(document: Mapping[str, Any], source: str = "STDIN") -> Resource:
    """The resource that a document is of; raises ManifestError where kubectl would."""
    kind, version = document.get("kind"), document.get("apiVersion")
    fields = {"apiVersion": version, "kind": kind}
    if unset := [f"{name} not set" for name, value in fields.items() if not value or not isinstance(value, str)]:
        listed = unset[0] if len(unset) == 1 else f"[{', '.join(unset)}]"
        msg = (
            f'error: error validating "{source}": error validating data: {listed}; '
            "if you choose to ignore these errors, turn validation off with --validate=false"
        )
        raise ManifestError(msg)
    found = resource_of(str(kind), str(version))
    if found is None:
        meta = document.get("metadata")
        name, space = (meta.get(part, "") if isinstance(meta, dict) else "" for part in ("name", "namespace"))
        msg = (
            f'error: resource mapping not found for name: "{name}" namespace: "{space}" from "{source}": '
            f'no matches for kind "{kind}" in version "{version}"'
        )
        raise ManifestError(msg)
    return found


def to_object(document: Mapping[str, Any], *, strict: bool = True) -> Object:
    """The object that a document describes; raises BadRequest as the API server's decoder does."""
    row = find_resource(document)
    head = f'{row.kind} in version "{row.version}" cannot be handled as a {row.kind}: '
    try:
        return decode(row.cls, document, strict=strict)
    except Unknown as fields:
        listed = ", ".join(f'unknown field "{path}"' for path in fields.args)
        msg = f"{head}strict decoding error: {listed}"
        raise BadRequest(msg) from None
    except Mismatch as words:
        msg = f"{head}{words}"
        raise BadRequest(msg) from None


def to_yaml(value: Object | Mapping[str, Any]) -> str:
    """An object or plain JSON as YAML, keys sorted as kubectl sorts them."""
    import yaml  # noqa: PLC0415 - as above

    plain = value.to_dict() if isinstance(value, Object) else dict(value)
    return str(yaml.safe_dump(plain, default_flow_style=False, allow_unicode=True, width=10**6))


def _items(document: Any, source: str) -> Iterator[dict[str, Any]]:
    if not isinstance(document, dict):
        msg = (
            f"error: error parsing {source}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal "
            f"{_json_word(document)} into Go value of type map[string]interface {{}}"
        )
        raise ManifestError(msg)
    if str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
        for item in document["items"]:
            yield from _items(item, source)
    else:
        yield document


def _json_word(value: Any) -> str:
    words = {str: "string", bool: "bool", int: "number", float: "number", list: "array"}
    return words.get(type(value), "object")
