"""The manifests that ``-f`` names: files, folders and the standard input, one document after the other.

What comes before a document that cannot be read has been used when that is met, as kubectl's streams are. What is no
manifest is refused without a word of what it holds. Upstream: cli-runtime pkg/resource (builder, visitor).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.document import at
from kdisco.console.kubectl.resources import Served, typed
from kdisco.errors import UsageError
from kdisco.model.manifest import ManifestError, find_resource, parts
from kdisco.model.selector import parse_selector
from kdisco.source import read

__all__ = ["Given", "given", "place", "source"]

ENDINGS = (".json", ".yaml", ".yml")
UNKNOWN = "resource mapping not found"
Given = tuple[Served, Mapping[str, Any], str]  # the kind, the document and its namespace


def given(call: Call) -> Iterator[Given]:
    """The documents that ``-f`` names and ``-l`` selects; what is wrong with one is noted, and ends its source.

    A kind that nobody serves ends nothing. Raises UsageError when there is none at all.
    """
    if call.flag("kustomize"):
        msg = "kustomizations are not built here: give the manifests themselves with -f"
        raise refuse(msg)
    any_met, begun = False, len(call.failures)
    for name in call.flag("filename") or ():
        try:
            for document in _of(name, call):
                met = _known(call, document)
                if met is not None and _selected(call, document):
                    any_met = True
                    yield met
        except ManifestError as problem:
            call.fail(problem)
    if not any_met and len(call.failures) == begun:
        msg = f"no objects passed to {call.verb.split()[0]}"
        raise refuse(msg)


def _known(call: Call, document: Mapping[str, Any]) -> Given | None:
    """A document with its kind and namespace; None, and noted, where there is no such kind."""
    try:
        served = typed(find_resource(document, source(call)))
    except ManifestError as problem:
        if UNKNOWN not in str(problem):
            raise
        call.fail(ManifestError(f"{problem}\nensure CRDs are installed first"))
        return None
    try:
        return served, document, place(call, document, served)
    except UsageError as problem:
        call.fail(problem)
        return None


def _selected(call: Call, document: Mapping[str, Any]) -> bool:
    return not call.selector or parse_selector(call.selector).selects(at(document, "metadata", "labels", default={}))


def place(call: Call, document: Mapping[str, Any], served: Served) -> str:
    """The namespace that a manifest's object belongs to; raises UsageError where ``-n`` says another one."""
    space = str(at(document, "metadata", "namespace", default="") or "")
    if call.explicit and served.namespaced and space and space != call.namespace:
        msg = f'the namespace from the provided object "{space}" does not match the namespace "{call.namespace}". '
        msg = f"{msg}You must pass '--namespace={space}' to perform this operation."
        raise refuse(msg)
    return (space or call.namespace) if served.namespaced else ""


def source(call: Call) -> str:
    """What errors call the place that manifests come from."""
    names = call.flag("filename") or ()
    return "STDIN" if not names or names[0] == "-" else str(names[0])


def _of(name: str, call: Call) -> Iterator[dict[str, Any]]:
    if name == "-":
        yield from parts(call.stdin or "")
        return
    if name.startswith(("http://", "https://")):
        msg = f"unable to read URL {name!r}: there is no network here"
        raise refuse(msg)
    path = Path(name)
    if not path.is_dir():
        yield from read(path)
        return
    inside = path.rglob("*") if call.flag("recursive") else path.iterdir()
    files = sorted(each for each in inside if each.suffix in ENDINGS and each.is_file())
    if not files:
        msg = f"error reading {ENDINGS}: recognized file extensions are [.json .yaml .yml]"
        raise refuse(msg.replace(f"{ENDINGS}", f"[{name}]"))
    for file in files:
        yield from read(file)
