"""What a learner reads, piece by piece and without its code: chapters, course texts, pictures, glossary, notes."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

__all__ = ["CODE", "HAN", "VALUE", "Piece", "chinese", "english", "without_code"]

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "notebooks/TEACHING.md")
GLOSSARY = ROOT / "notebooks" / "glossary.md"
TEXTS = ROOT / "kdisco" / "course" / "texts"
Piece = tuple[str, str]
"""Where it stands (``en/02-service 02-07``) and what it says."""

CODE, VALUE = "`", "\N{OBJECT REPLACEMENT CHARACTER}"
"""What stands in a text where code was, and where a value is filled in, which may be a word of either language."""

HAN = "\u4e00-\u9fff"
SPOKEN = re.compile(f"[{HAN}]")
FENCED = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^ {4,}\S.*$", re.MULTILINE)
SPAN = re.compile(r"(`+)(?:.|\n(?!\s*\n))+?\1|<[a-z]+>")  # <pending> is code, too
FILLED = re.compile(r"\{\w+\}")
ADDRESS = re.compile(r"(?<=\])\([^)\s]+\)|https?://[\w./#%@:?=&,~+-]+")
MARKUP = re.compile(r"<!--.*?-->|</?(?:a|br|code|details|div|em|h\d|img|p|picture|source|summary)\b[^>]*>", re.DOTALL)
COMMENT = re.compile(r"(?:^|\s)#\s(.*)$", re.MULTILINE)


def without_code(text: str, code: str = CODE) -> str:
    """A Markdown text with ``code`` for each code span; blocks of code, addresses and markup are left out."""
    spoken = MARKUP.sub("", ADDRESS.sub("", FENCED.sub("", text)))
    return SPAN.sub(code, FILLED.sub(VALUE if code == CODE else code, spoken))


def english() -> Iterator[Piece]:
    """All English prose: pages, the glossary, chapters with their comments, course texts."""
    for page in (*(ROOT / name for name in PAGES), GLOSSARY):
        yield page.name, without_code(SPOKEN.sub(" ", page.read_text(encoding="utf-8")), " ")
    yield from _course("en", " ")


def chinese() -> Iterator[Piece]:
    """All Chinese prose: the glossary, chapters with their comments, course texts, words in pictures and widgets."""
    terms = re.split(r"[|·\n]", without_code(GLOSSARY.read_text(encoding="utf-8")))
    yield from ((GLOSSARY.name, term) for term in terms if SPOKEN.search(term))
    yield from _course("zh", CODE)
    for module in sorted((ROOT / "kdisco").rglob("*.py")):
        for found in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(found, ast.Constant) and isinstance(found.value, str) and SPOKEN.search(found.value):
                yield f"{module.name} {found.lineno}", without_code(found.value)


def _course(lang: str, code: str) -> Iterator[Piece]:
    for chapter in sorted(ROOT.glob(f"notebooks/{lang}/*.ipynb")):
        for cell in json.loads(chapter.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            prose = source if cell["cell_type"] == "markdown" else "\n".join(COMMENT.findall(source))
            yield f"{lang}/{chapter.stem} {cell['id']}", without_code(prose, code)
    for page in sorted((TEXTS / lang).glob("*.yaml")):
        for path, text in _strings(yaml.safe_load(page.read_text(encoding="utf-8"))):
            yield f"{lang}/{page.name} {path}", without_code(INDENTED.sub("", text), code)


def _strings(found: Any, path: str = "") -> Iterator[Piece]:
    """Every text in nested data, with its keys."""
    if isinstance(found, str):
        yield path, found
        return
    pairs = found.items() if isinstance(found, Mapping) else enumerate(found)
    for key, value in pairs:
        yield from _strings(value, f"{path}/{key}".lstrip("/"))
