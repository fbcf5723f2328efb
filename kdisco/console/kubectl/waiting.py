"""``kubectl wait`` and ``kubectl events``: what stands now. Upstream: kubectl pkg/cmd/{wait,events}.

Time does not move while one waits: what is not there yet ends as a timeout does, with the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from kdisco.console.kubectl.age import ago
from kdisco.console.kubectl.builder import Target, chosen, listed
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.document import Document, at, name_of
from kdisco.console.kubectl.jsonpath import results, value_text
from kdisco.console.kubectl.manifests import Given, given
from kdisco.console.kubectl.pathreader import PathError, relaxed, template
from kdisco.console.kubectl.printers import FORMS, Printer, plain, printer, report
from kdisco.console.kubectl.resources import Served, find, find_or_none, unknown_kind
from kdisco.console.kubectl.structs import as_struct
from kdisco.console.kubectl.tabs import tabulated
from kdisco.console.kubectl.yamltext import go_json
from kdisco.errors import NotFound

__all__ = ["events", "wait"]

Met = Callable[[Document], bool]
CONDITION = re.compile(r"condition=([^=]+)(?:=(.*))?")
JSONPATH = re.compile(r"jsonpath=(\{.*?\}|[^=]*)(?:=(.*))?", re.DOTALL)
GONE, TIMED_OUT = "delete", "timed out waiting for the condition on"


def wait(call: Call) -> None:
    """Whether a condition holds of all the objects that the command line names."""
    wanted = call.flag("for")
    met = _condition(wanted)
    matched, named = 0, [Target(served, name_of(each), space) for served, each, space in _given(call)]
    for target in named or chosen(call, call.given.words):
        try:
            one = [call.get(target.served, target.name, target.namespace)] if target.name else None
            found = list(listed(call, target)) if one is None else one
        except NotFound as problem:
            if wanted.lower() == "create":
                msg = "timed out waiting for the condition"
                raise refuse(msg) from None
            if wanted.lower() != GONE:
                call.fail(problem)
            matched += 1
            continue
        matched += len(found)
        call.each(found, partial(_one, call, target.served, met))
    if not matched and not call.failures and wanted.lower() != GONE:
        msg = "no matching resources found"
        raise refuse(msg)


def _given(call: Call) -> Iterable[Given]:
    return given(call) if call.flag("filename") else ()


def _condition(text: str) -> Met:
    """What ``--for`` asks of an object; raises UsageError."""
    lower = text.lower()
    if lower == GONE:
        return lambda _document: False
    if lower == "create":
        return lambda _document: True
    if found := CONDITION.fullmatch(text):
        return partial(_holds, found[1], found[2] or "true")
    if found := JSONPATH.fullmatch(text):
        if not found[1]:
            msg = "jsonpath expression cannot be empty"
            raise refuse(msg)
        if found[2] is not None and not found[2].strip("'\""):
            msg = "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3"
            raise refuse(msg)
        return _of_path(found[1], found[2])
    msg = f'unrecognized condition: "{text}"'
    raise refuse(msg)


def _holds(kind: str, status: str, document: Document) -> bool:
    """Whether a condition has a status, and is of the object's present generation."""
    generation = at(document, "metadata", "generation", default=0)
    seen = at(document, "status", "observedGeneration", default=generation)
    for each in at(document, "status", "conditions", default=()):
        if str(each.get("type", "")).lower() == kind.lower():
            return bool(seen >= generation) and str(each.get("status", "")).lower() == status.lower()
    return False


def _of_path(path: str, value: str | None) -> Met:
    try:
        nodes = template(relaxed(path))
    except PathError as problem:
        msg = str(problem)
        raise refuse(msg) from None

    def met(document: Document) -> bool:
        found = [each for group in results(nodes, document) for each in group]
        return bool(found) and (value is None or value_text(found[0]) == value.strip("'\""))

    return met


def _one(call: Call, served: Served, met: Met, each: Any) -> None:
    if not met(plain(each)):
        at_once = not call.flag("timeout")
        msg = f"{'condition not met for' if at_once else TIMED_OUT} {served.plural}/{each.name}"
        raise refuse(msg)
    report(call, each, "condition met", name=served.named(each.name))


def events(call: Call) -> None:
    """The events of a namespace, the oldest first."""
    found = list(call.listed(find("events"), None if call.everywhere else call.namespace))
    if call.flag("for"):
        target = _about(call)
        found = [each for each in found if (each.involved_object.kind, each.involved_object.name) == target]
    types = {text.lower() for text in call.flag("types") or ()}
    if not types <= {"normal", "warning"}:
        msg = "valid --types are Normal or Warning"
        raise refuse(msg)
    found = [each for each in found if not types or each.type.lower() in types]
    found.sort(key=lambda each: each.last_timestamp or each.event_time or "")
    call.objects.extend(found)
    documents = [plain(each) for each in found]
    form = call.flag("output")
    show = printer(form, FORMS, call.flag("template") or "") if form else None
    if show is not None and documents:
        _structured(call, form, documents, show)
        return
    if not documents:
        call.complain("No events found." if call.everywhere else f"No events found in {call.namespace} namespace.")
        return
    rows = [_row(call, each) for each in documents]
    heads = ["NAMESPACE"] if call.everywhere else []
    heads += ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    call.write(tabulated(rows if call.flag("no-headers") else [heads, *rows]))


def _structured(call: Call, form: str, documents: list[dict[str, Any]], show: Printer) -> None:
    """Events as kubectl knows them, in a list of theirs: of such a list nothing has a name."""
    inner = [as_struct(each) for each in documents]
    found = {"kind": "EventList", "apiVersion": "v1", "metadata": {}, "items": inner}
    if form == "json":
        call.write(go_json(found, indent=4, in_order=True) + "\n")
        return
    call.write("" if form == "name" else show(found))


def _about(call: Call) -> tuple[str, str]:
    parts = call.flag("for").split("/")
    if len(parts) != 2 or not all(parts):  # noqa: PLR2004 - a type and a name
        msg = "--for must be in resource/name form"
        raise refuse(msg)
    served = find_or_none(parts[0])
    if served is None:
        raise unknown_kind(parts[0])
    return served.kind, parts[1]


def _row(call: Call, event: Document) -> list[str]:
    first = ago(event.get("firstTimestamp") or event.get("eventTime"), call.now)
    last, count = ago(event.get("lastTimestamp"), call.now), event.get("count") or 0
    seen = f"{last} (x{count} over {first})" if count > 1 else first
    about = at(event, "involvedObject", default={})
    space = [at(event, "metadata", "namespace", default="")] if call.everywhere else []
    words = [event.get("type", ""), event.get("reason", ""), f"{about.get('kind')}/{about.get('name')}"]
    return [*space, seen, *words, event.get("message", "").strip()]
