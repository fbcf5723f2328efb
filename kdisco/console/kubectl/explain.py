"""``kubectl explain``: what a field is for, from the API's own descriptions.

They are those of Kubernetes 1.36 (Apache License 2.0, The Kubernetes Authors); ``data/make.py`` gathers them.
Upstream: kubectl pkg/cmd/explain, pkg/explain/v2 (templates/plaintext.tmpl, funcs.go), mitchellh/go-wordwrap.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.resources import find
from kdisco.errors import UsageError

__all__ = ["explain"]

WIDTH = 76
FORMS = ("plaintext", "plaintext-openapiv2")
Schema = Mapping[str, Any]


@cache
def _schemas() -> Mapping[str, Any]:
    data = (files("kdisco.console.kubectl.data") / "schemas.json.gz").read_bytes()
    found: Mapping[str, Any] = json.loads(gzip.decompress(data))
    return found


def explain(call: Call) -> None:
    """Print the fields of a kind or of one of its fields."""
    words = call.given.words
    if not words:
        msg = 'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of '
        msg = f"{msg}supported resources."
        raise refuse(msg)
    if len(words) > 1:
        msg = "We accept only this format: explain RESOURCE"
        raise refuse(msg)
    if call.flag("output") not in FORMS:
        msg = f"unrecognized format: {call.flag('output')}"
        raise refuse(msg)
    name, *path = words[0].rstrip(".").split(".")
    try:
        served = find(name)
    except UsageError as problem:
        call.fail(str(problem).removeprefix("error: "))
        return
    wanted = call.flag("api-version")
    if wanted and wanted != served.group_version:
        group = wanted if "/" in wanted else f"/{wanted}"
        msg = f'couldn\'t find resource for "{group}, Resource={served.plural}"'
        raise refuse(msg)
    root = _schemas()["roots"].get(served.qualified)
    if root is None:
        msg = f"{served.qualified} is not among the kinds that are explained here"
        raise refuse(msg)
    head = [("GROUP", served.group)] if served.group else []
    head += [("KIND", served.kind), ("VERSION", served.version)]
    call.write("".join(f"{f'{title}:':<12}{text}\n" for title, text in head) + "\n")
    call.write(_page(root, path, recursive=bool(call.flag("recursive"))))


def _page(root: str, path: Sequence[str], *, recursive: bool) -> str:
    """The part about one field, or about the kind itself."""
    types: Mapping[str, Schema] = _schemas()["types"]
    kind, texts, field = f"#{root}", [types[root]["d"]], ""
    for step in path:
        schema = types.get(kind.rpartition("#")[2], {}) if "#" in kind else {}
        if step not in schema.get("f", {}):
            msg = f'field "{step}" does not exist'
            raise refuse(msg)
        kind, text = schema["f"][step]
        field, texts = step, [text]
    inner = types.get(kind.rpartition("#")[2]) if "#" in kind else None
    if field and inner is not None:
        texts.append(inner["d"])
    out = f"FIELD: {field} <{_shown(kind)}>\n\n\n" if field else ""
    out += "DESCRIPTION:\n" + "".join(f"{_block(text)}\n" for text in texts if text) + "    \n"
    if inner is not None and inner["f"]:
        out += "FIELDS:\n"
        out += "".join(_tree(inner, 1, ())) if recursive else "".join(_field(inner, name) for name in inner["f"])
        out += "\n"
    return out + ("" if inner is not None and inner["f"] else "\n")


def _shown(kind: str) -> str:
    """A type as it is printed: definitions by their last word, unless they are only a name for text."""
    before, sign, name = kind.partition("#")
    simple = _schemas()["types"].get(name, {}).get("t", "")
    return f"{before}{simple or name.rpartition('.')[2]}" if sign else kind


def _field(schema: Schema, name: str) -> str:
    kind, text = schema["f"][name]
    required = " -required-" if name in schema["r"] else ""
    return f"  {name}\t<{_shown(kind)}>{required}\n{_block(text)}\n\n"


def _tree(schema: Schema, level: int, seen: tuple[str, ...]) -> Iterator[str]:
    """All fields below each other; a type within itself is not opened again."""
    for name, (kind, _text) in schema["f"].items():
        required = " -required-" if name in schema["r"] else ""
        yield f"{'  ' * level}{name}\t<{_shown(kind)}>{required}\n"
        inner = kind.rpartition("#")[2] if "#" in kind else ""
        if inner and inner not in seen:
            yield from _tree(_schemas()["types"][inner], level + 1, (*seen, inner))


def _block(text: str) -> str:
    """A description, wrapped and moved to the right."""
    return "    " + _wrapped(text, WIDTH).replace("\n", "\n    ")


def _wrapped(text: str, limit: int) -> str:
    """Lines of at most ``limit`` letters, but for words that are longer."""
    out, current, space, word = "", 0, "", ""
    for letter in text:
        if letter == "\n":
            if word or current + len(space) <= limit:
                out += space + word
            out, current, space, word = out + "\n", 0, "", ""
        elif letter.isspace():
            if not space or word:
                current += len(space) + len(word)
                out, space, word = out + space + word, "", ""
            space += letter
        else:
            word += letter
            if current + len(space) + len(word) > limit and len(word) < limit:
                out, current, space = out + "\n", 0, ""
    if word or current + len(space) <= limit:
        out += space + word
    return out
