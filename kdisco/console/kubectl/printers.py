"""``-o``: an object or a list in the form that was asked for. Upstream: cli-runtime pkg/genericclioptions, printers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.document import Document, name_of
from kdisco.console.kubectl.jsonpath import go_value, results, texts, value_text
from kdisco.console.kubectl.pathreader import PathError, relaxed, template
from kdisco.console.kubectl.resources import of_kind
from kdisco.console.kubectl.structs import as_struct
from kdisco.console.kubectl.tabs import tabulated
from kdisco.console.kubectl.yamltext import go_json, to_json, to_yaml

__all__ = ["DRY", "FORMS", "Printer", "as_list", "custom_columns", "plain", "printer", "report"]

FORMS = (
    "go-template", "go-template-file", "json", "jsonpath", "jsonpath-as-json", "jsonpath-file", "name", "template",
    "templatefile", "yaml",
)
FILES = ("go-template-file", "jsonpath-file", "templatefile", "custom-columns-file")
Printer = Callable[[Any], str]


def plain(found: Any, *, managed: bool = False) -> dict[str, Any]:
    """An object as JSON, without managedFields."""
    document: dict[str, Any] = found.to_dict() if hasattr(found, "to_dict") else dict(found)
    if not managed and "managedFields" in document.get("metadata", {}):
        meta = {key: value for key, value in document["metadata"].items() if key != "managedFields"}
        document = {**document, "metadata": meta}
    return document


def as_list(documents: Sequence[Document]) -> dict[str, Any]:
    """Several objects as a List."""
    return {"apiVersion": "v1", "items": list(documents), "kind": "List", "metadata": {"resourceVersion": ""}}


def printer(text: str, allowed: Sequence[str] = FORMS, pattern: str = "") -> Printer:
    """The function that prints a document in a form, ``jsonpath={.metadata.name}``; raises UsageError for none such."""
    form, sign, rest = text.partition("=")
    given = rest if sign else pattern
    if form in FILES and form in allowed:
        msg = f"{form}: no file of this machine is read here; write the template into the command"
        raise refuse(msg)
    if form not in allowed or (sign and form in SIMPLE):
        msg = f'unable to match a printer suitable for the output format "{text}", allowed formats are: '
        raise refuse(msg + ",".join(sorted(allowed)))
    if form in SIMPLE:
        return SIMPLE[form]
    if form in ("go-template", "template"):
        msg = f"{form}: Go templates are not known here; use -o jsonpath or -o custom-columns"
        raise refuse(msg)
    if not given:
        columns = "custom-columns format specified but no custom columns given"
        raise refuse(columns if form == "custom-columns" else "template format specified but no template given")
    if form == "custom-columns":
        return lambda document: custom_columns(given, _items(document))
    return _jsonpath(given, as_json=form == "jsonpath-as-json")


def _items(document: Document) -> list[Any]:
    return list(document["items"]) if document.get("kind") == "List" else [document]


def _names(document: Document) -> str:
    lines = []
    for each in _items(document):
        served = of_kind(str(each.get("kind")), str(each.get("apiVersion")))
        kind = served.type if served else str(each.get("kind", "")).lower()
        lines.append(f"{kind}/{name_of(each)}\n")
    return "".join(lines)


SIMPLE: Mapping[str, Printer] = {"json": to_json, "yaml": to_yaml, "name": _names}


def _jsonpath(text: str, *, as_json: bool) -> Printer:
    try:
        nodes = template(text)
    except PathError as problem:
        msg = f"error parsing jsonpath {text}, {problem}"
        raise refuse(msg) from None

    def show(document: Any) -> str:
        try:
            if not as_json:
                return texts(nodes, document)
            groups = [list(group) for group in results(nodes, document)]
        except PathError as problem:
            where = f"template was:\n\t\t{text}\n\tobject given to jsonpath engine was:\n\t\t{go_value(document)}"
            more = f"Printing more information for debugging the template:\n\t{where}\n\n\n"
            msg = f'error executing jsonpath "{text}": Error executing template: {problem}. {more}'
            raise refuse(msg) from None
        return "".join(go_json(group, indent=4) + "\n" for group in groups)

    return show


def custom_columns(text: str, documents: Sequence[Document], *, headers: bool = True) -> str:
    """``NAME:.metadata.name,IP:.status.podIP`` as a table. Upstream: kubectl pkg/cmd/get/customcolumn.go."""
    heads, paths = [], []
    for part in text.split(","):
        head, sign, path = part.partition(":")
        if not sign:
            msg = f"unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
            raise refuse(msg)
        heads.append(head)
        paths.append(template(relaxed(path)))
    rows = [[_cell(path, document) for path in paths] for document in documents]
    return tabulated([*([heads] if headers else []), *rows])


def _cell(path: Any, document: Document) -> str:
    values = [value for group in results(path, document) for value in group]
    return ",".join(_column_text(value) for value in values) if values else "<none>"


def _column_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{_column_text(each)}' for key, each in sorted(value.items()))}]"
    if isinstance(value, list | tuple):
        return f"[{' '.join(_column_text(each) for each in value)}]"
    return value_text(value)


def report(
    call: Call, found: Any, words: str, *, name: str = "", document: Document | None = None, typed: bool = False,
    suffixed: bool = True,
) -> None:
    """Say what was done to an object: ``deployment.apps/web scaled``, or in the form that ``-o`` asks for.

    ``typed``: as kubectl prints objects that it knows as structs.
    """
    call.objects.append(found)
    shown = document if document is not None else plain(found, managed=bool(call.flag("show-managed-fields")))
    form = call.flag("output")
    if typed and form not in ("", "name"):
        shown = as_struct(shown)
    if form == "json" and typed:
        call.write(go_json(shown, indent=4, in_order=True) + "\n")
        return
    if form and form != "name":
        parted = "---\n" if form == "yaml" and call.out else ""  # documents of one stream
        call.write(parted + printer(form, FORMS, call.flag("template") or "")(shown))
        return
    label = name or _names(shown).rstrip("\n")
    call.say(label if form == "name" else f"{label} {words}{DRY.get(call.flag('dry-run'), '') if suffixed else ''}")


DRY = {"client": " (dry run)", "unchanged": " (dry run)", "server": " (server dry run)"}
