"""``kubectl get``: objects as a table, or in a form that ``-o`` names. Upstream: kubectl pkg/cmd/get/get.go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from kdisco.console.kubectl.builder import Target, listed, targets
from kdisco.console.kubectl.call import Call, refuse, wrong_usage
from kdisco.console.kubectl.columns import layout_of
from kdisco.console.kubectl.document import Document, at, format_labels, name_of
from kdisco.console.kubectl.manifests import given
from kdisco.console.kubectl.pathreader import relaxed
from kdisco.console.kubectl.printers import FORMS, as_list, custom_columns, plain, printer
from kdisco.console.kubectl.resources import Served
from kdisco.console.kubectl.sorting import sorted_by
from kdisco.console.kubectl.tabs import tabulated
from kdisco.errors import KdiscoError, NotFound

__all__ = ["Found", "get", "table_rows"]

ALLOWED = (*FORMS, "custom-columns", "custom-columns-file", "wide")
PAIR = 2  # words of one kind and one name
BREAKS = "\f\n\r"


@frozen
class Found:
    """The objects of one kind; ``single`` when they were named."""

    served: Served
    objects: tuple[Any, ...]
    single: bool = False


def get(call: Call) -> None:
    """Print what the command line names."""
    for name in ("raw", "kustomize"):
        if call.flag(name):
            msg = f"--{name} is not known here"
            raise refuse(msg)
    if call.flag("output-watch-events") and not (call.flag("watch") or call.flag("watch-only")):
        msg = "--output-watch-events option can only be used with --watch or --watch-only"
        raise refuse(msg)
    if not call.given.words and not call.flag("filename"):
        call.complain(HINT)
        raise wrong_usage(NO_RESOURCE, "get")
    if call.flag("watch") or call.flag("watch-only"):
        from kdisco.console.kubectl.watching import watch  # noqa: PLC0415 - it builds on this module

        watch(call)
        return
    form = call.flag("output")
    structured = form not in ("", "wide") and not _columns(form)
    show = printer(form, ALLOWED, call.flag("template") or "") if structured else None
    found = _found(call)
    call.objects.extend(each for group in found for each in group.objects)
    if show is None and not _columns(form):
        _tables(call, found)
    else:
        _documents(call, found, show)


NO_RESOURCE = (
    'Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource '
    "(e.g. kubectl explain pods)."
)
HINT = (
    'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported '
    "resources.\n"
)


def _columns(form: str) -> bool:
    return form.partition("=")[0] == "custom-columns"


def _found(call: Call) -> list[Found]:
    """The objects by kind; of those not there the errors are printed."""
    found: list[Found] = []
    named = _of_files(call) if call.flag("filename") else targets(call, call.given.words)
    if call.flag("subresource") and any(not each.name for each in named):
        msg = "subresource cannot be used when bulk resources are specified"
        raise refuse(msg)
    for target in named:
        try:
            if target.name:
                one = call.get(target.served, target.name, target.namespace)
                found.append(Found(target.served, (one,), single=True))
            else:
                found.append(Found(target.served, listed(call, target)))
        except NotFound as problem:
            if not call.flag("ignore-not-found"):
                call.fail(problem)
        except KdiscoError as problem:
            call.fail(problem)
    return found


def _of_files(call: Call) -> list[Target]:
    return [Target(served, name_of(document), space) for served, document, space in given(call)]


def _documents(call: Call, found: list[Found], show: Any) -> None:
    managed = bool(call.flag("show-managed-fields"))
    documents = [plain(each, managed=managed) for group in found for each in group.objects]
    if call.flag("sort-by"):
        places = sorted_by(call.flag("sort-by"), documents)
        if places is None:
            msg = f"couldn't find any field with path \"{relaxed(call.flag('sort-by'))}\" in the list of objects"
            raise refuse(msg)
        documents = [documents[place] for place in places]
    single = len(found) == 1 and found[0].single and len(call.given.words) <= PAIR
    if not found and len(call.given.words) <= PAIR:
        return
    if show is None:
        columns = call.flag("output").partition("=")[2] or call.flag("template")
        if not columns:
            msg = "custom-columns format specified but no custom columns given"
            raise refuse(msg)
        call.write(custom_columns(columns, documents, headers=not call.flag("no-headers")))
        return
    call.write(show(documents[0] if single else as_list(documents)))


def _tables(call: Call, found: list[Found]) -> None:
    """A table for each kind, a blank line between them."""
    with_kind = bool(call.flag("show-kind")) or len({group.served for group in found}) > 1
    blocks: list[tuple[Served, list[Any]]] = []
    for group in found:
        if blocks and blocks[-1][0] is group.served:
            blocks[-1][1].extend(group.objects)
        else:
            blocks.append((group.served, list(group.objects)))
    tables = [table_rows(call, served, objects, with_kind=with_kind) for served, objects in blocks if objects]
    texts = [tabulated(table) for table in tables if table]
    call.write(("" if call.flag("no-headers") else "\n").join(texts))
    if not texts and not call.failures and not call.flag("ignore-not-found"):
        spaced = not call.everywhere and all(group.served.namespaced for group in found)
        call.complain(f"No resources found in {call.namespace} namespace." if spaced else "No resources found")


def table_rows(
    call: Call, served: Served, objects: Iterable[Any], *, with_kind: bool = False, now: float | None = None
) -> list[list[str]]:
    """The rows of one kind's table, with the columns that flags add."""
    documents = [plain(each) for each in objects]
    if call.flag("sort-by"):
        places = sorted_by(call.flag("sort-by"), documents)
        if places is None:
            return []  # kubectl shows nothing then
        documents = [documents[place] for place in places]
    wide, layout = call.flag("output") == "wide", layout_of(served.plural)
    spaced = call.everywhere and served.namespaced
    heads = [*(["NAMESPACE"] if spaced else []), *layout.shown(wide=wide), *_label_heads(call)]
    rows = []
    for document in documents:
        cells = layout.row(document, call.now if now is None else now, wide=wide)
        if with_kind and layout.columns[0] == "Name":
            cells[0] = served.named(cells[0])
        space = [at(document, "metadata", "namespace", default="")] if spaced else []
        rows.append([_one_line(cell) for cell in (*space, *cells, *_label_cells(call, document))])
    return rows if call.flag("no-headers") else [heads, *rows]


def _label_heads(call: Call) -> Sequence[str]:
    heads = [name.rpartition("/")[2].upper() for name in call.flag("label-columns") or ()]
    return [*heads, *(["LABELS"] if call.flag("show-labels") else [])]


def _label_cells(call: Call, document: Document) -> Sequence[str]:
    labels = at(document, "metadata", "labels", default={})
    cells = [labels.get(name, "") for name in call.flag("label-columns") or ()]
    return [*cells, *([format_labels(labels)] if call.flag("show-labels") else [])]


def _one_line(cell: str) -> str:
    end = min((place for sign in BREAKS if (place := cell.find(sign)) >= 0), default=-1)
    return cell if end < 0 else f"{cell[:end]}..."
