"""``kubectl get -w``: what a watch shows that was begun before the last write, up to now.

Time does not move while one watches. So the list is as it was before the last write, and a row follows for each event
since: ``scale``, ``settle``, ``get pods -w`` show how the Pods came. Upstream: kubectl pkg/cmd/get/get.go (watch).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kdisco.arguments import selected
from kdisco.console.kubectl.builder import Target, targets
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.get import ALLOWED, table_rows
from kdisco.console.kubectl.printers import plain, printer
from kdisco.console.kubectl.tabs import tabulated
from kdisco.store.fields import field_selector
from kdisco.store.watch import WatchEvent, chosen, events, present

__all__ = ["watch"]

Seen = tuple[float, WatchEvent]  # the Unix time of an event, and the event


def watch(call: Call) -> None:
    """Print the list and the events."""
    named = targets(call, call.given.words)
    if len(named) != 1:
        msg = "you may only specify a single resource type"
        raise refuse(msg)
    target = named[0]
    seen = list(_events(call, target))
    call.objects.extend(each.object for _, each in seen)
    form = call.flag("output")
    if form not in ("", "wide"):
        show = printer(form, ALLOWED, call.flag("template") or "")
        call.write("".join(show(plain(each.object)) for _, each in seen))
        return
    rows: list[list[str]] = []
    for now, event in seen:
        table = table_rows(call, target.served, [event.object], now=now)
        if call.flag("output-watch-events"):
            heads = [] if call.flag("no-headers") else [["EVENT", *table[0]]]
            table = [*heads, [event.type, *table[-1]]]
        rows += table[-1:] if rows else table
    call.write(tabulated(rows) if rows else "")


def _events(call: Call, target: Target) -> Iterator[Seen]:
    """An ADDED for all that was there, then what happened."""
    history, row = call.cluster.history, target.served.row
    if row is None:
        return
    labels, fields = call.flag("selector"), call.flag("field-selector")
    if target.name:
        call.get(target.served, target.name)  # NotFound, where there is none now
    wanted = chosen(selected(labels) if labels else None, field_selector(row, fields) if fields else None)

    def fits(found: Any) -> bool:
        return wanted(found) and target.name in ("", found.name)

    space = call.namespace if row.namespaced and not call.everywhere else None
    start = history.began()
    before = history[max(start - 1, 0)].state
    if not call.flag("watch-only"):
        for event in present(before.view, row.plural, space, fits):
            yield before.epoch + before.now, event
    for moment in [*history][start:]:
        state = moment.state
        for event in events(state.changes, row.plural, space, fits):
            yield state.epoch + state.now, event
