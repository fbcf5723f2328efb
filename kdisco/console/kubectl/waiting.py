"""``kubectl wait`` and ``kubectl events``: what stands now. Upstream: kubectl pkg/cmd/{wait,events}.

Time does not move while one waits: what is not there yet ends as a timeout does, with the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from kdisco.console.kubectl.age import ago
from kdisco.console.kubectl.builder import NOTHING_GIVEN, Target, listed, targets
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.document import Document, at
from kdisco.console.kubectl.jsonpath import results, value_text
from kdisco.console.kubectl.pathreader import PathError, relaxed, template
from kdisco.console.kubectl.printers import FORMS, as_list, plain, printer
from kdisco.console.kubectl.resources import Served, find
from kdisco.console.kubectl.tabs import tabulated
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
    if not call.given.words and not call.flag("filename"):
        raise refuse(NOTHING_GIVEN)
    matched = 0
    for target in targets(call, call.given.words):
        try:
            found = [call.get(target.served, target.name)] if target.name else list(listed(call, target))
        except NotFound as problem:
            if wanted.lower() != GONE:
                call.fail(problem)
            matched += 1
            continue
        matched += len(found)
        call.each(found, partial(_one, call, target.served, met))
    if not matched and not call.failures and wanted.lower() != GONE:
        msg = "no matching resources found"
        raise refuse(msg)


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
    call.objects.append(each)
    if not met(plain(each)):
        msg = f"{TIMED_OUT} {served.plural}/{each.name}"
        raise refuse(msg)
    call.say(f"{served.named(each.name)} condition met")


def events(call: Call) -> None:
    """The events of a namespace, the oldest first."""
    found = list(call.listed(find("events"), None if call.everywhere else call.namespace))
    if call.flag("for"):
        target = _about(call)
        found = [each for each in found if (each.involved_object.kind, each.involved_object.name) == target]
    types = {text.lower() for text in call.flag("types") or ()}
    found = [each for each in found if not types or each.type.lower() in types]
    found.sort(key=lambda each: each.last_timestamp or each.event_time or "")
    call.objects.extend(found)
    documents = [plain(each) for each in found]
    form = call.flag("output")
    if form and form != "wide":
        call.write(printer(form, FORMS)(as_list(documents)))
        return
    if not documents:
        call.complain("No events found." if call.everywhere else f"No events found in {call.namespace} namespace.")
        return
    rows = [_row(call, each) for each in documents]
    heads = ["NAMESPACE"] if call.everywhere else []
    heads += ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    call.write(tabulated(rows if call.flag("no-headers") else [heads, *rows]))


def _about(call: Call) -> tuple[str, str]:
    parts = call.flag("for").split("/")
    if len(parts) != 2 or not all(parts):  # noqa: PLR2004 - a type and a name
        msg = "--for must be in resource/name form"
        raise refuse(msg)
    return Target(find(parts[0]), parts[1]).served.kind, parts[1]


def _row(call: Call, event: Document) -> list[str]:
    first = ago(event.get("firstTimestamp") or event.get("eventTime"), call.now)
    last, count = ago(event.get("lastTimestamp"), call.now), event.get("count") or 0
    seen = f"{last} (x{count} over {first})" if count > 1 else first
    about = at(event, "involvedObject", default={})
    space = [at(event, "metadata", "namespace", default="")] if call.everywhere else []
    words = [event.get("type", ""), event.get("reason", ""), f"{about.get('kind')}/{about.get('name')}"]
    return [*space, seen, *words, event.get("message", "").strip()]
