"""From the id of a drawn thing to the object behind it, and what is to be told of it: facts in short, YAML in full."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

from kdisco.console.kubectl.columns import layout_of
from kdisco.console.kubectl.document import format_labels
from kdisco.console.kubectl.printers import plain
from kdisco.console.kubectl.yamltext import to_yaml
from kdisco.model.kinds import RESOURCES, resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kdisco.model.meta import Key, Object
    from kdisco.store.state import State

__all__ = ["address", "facts", "find", "ids", "plural_of", "title", "yaml"]

NODE = re.compile(r'<g id="([^"]+)" class="node')
DRAWN = {  # the class of a drawn thing where it is not the kind's own name
    "k8s-node": "nodes",
    **{row.kind.lower(): row.plural for row in RESOURCES.values() if row.kind != "Node"},
}
UNTOLD = ("NAME", "AGE")  # columns of `kubectl get -o wide` that the title has, or that change with every moment
NOTHING = ("", "<none>", "<unknown>")


def ids(svg: str) -> Iterator[str]:
    """The ids of the things in a picture."""
    return map(unescape, NODE.findall(svg))


def address(thing: str) -> tuple[str, Key] | None:
    """The resource and the key that an id such as ``pod.default.web-1`` means; None for what is no API object."""
    kind, _, rest = thing.partition(".")
    plural = DRAWN.get(kind)
    if plural is None or not rest:
        return None
    namespace, _, name = rest.partition(".") if RESOURCES[plural].namespaced else ("", "", rest)
    return plural, (namespace, name)


def find(state: State, thing: str) -> Object | None:
    """The object behind an id; None where there is none, or none any more."""
    meant = address(thing)
    found: Object | None = state.view.get(*meant) if meant else None
    return found


def plural_of(found: Object) -> str:
    """The resource that an object is of: ``pods``."""
    return resource(found.KIND).plural


def title(found: Object) -> str:
    """The object's kind and name: ``Pod default/web-1``."""
    return f"{found.KIND} {'/'.join(filter(None, found.key))}"


def facts(state: State, found: Object) -> str:
    """What ``kubectl get -o wide`` tells of it, as far as it says something, and its labels."""
    layout, document = layout_of(plural_of(found)), plain(found)
    cells = zip(layout.shown(wide=True), layout.row(document, state.epoch + state.now, wide=True), strict=True)
    told = [(head, cell.partition(" (")[0] if head == "RESTARTS" else cell) for head, cell in cells]
    line = " · ".join(f"{head} {cell}" for head, cell in told if head not in UNTOLD and cell not in NOTHING)
    labels = format_labels(found.labels)
    return "\n".join(filter(None, (title(found), line, f"LABELS {labels}" if labels not in NOTHING else "")))


def yaml(found: Object) -> str:
    """What ``kubectl get -o yaml`` prints of it."""
    document: Any = plain(found)
    return to_yaml(document)
