"""Every sentence that the package says of itself is there in Chinese, and says the same of the same things."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

import pytest
from phrases import PACKAGE, made

from kdisco.chinese import SENTENCES, TABLES
from kdisco.faults.inject import FAULTS
from kdisco.phrase import Phrase

if TYPE_CHECKING:
    from pathlib import Path

MODULES = [file for file in sorted(PACKAGE.rglob("*.py")) if "Phrase(" in file.read_text(encoding="utf-8")]
MARKS = "\uff0c\u3002\uff1a\uff1b\uff08\uff09\uff1f"
BETWEEN = {", ", "; ", " and "}  # what stands between phrases in a row
READ_OFF = {"faults/fault.py"}  # the first line of what a function says of itself


def short(file: Path) -> str:
    """A file's name for the report."""
    return file.relative_to(PACKAGE).as_posix()


def templates() -> set[str]:
    """All templates there are."""
    written = {template for file in MODULES for _, template in made(file) if template is not None}
    described = {each.what.template for each in FAULTS.values() if isinstance(each.what, Phrase)}
    assert len(described) == len(FAULTS)
    return written | described


def fields(template: str) -> list[tuple[str, str | None, str | None]]:
    """The places in a template: name, form, conversion."""
    parts = string.Formatter().parse(template)
    return sorted((name, form, conversion) for _, name, form, conversion in parts if name is not None)


@pytest.mark.parametrize("file", MODULES, ids=short)
def test_templates_are_written_out_where_phrases_are_made(file: Path) -> None:
    hidden = [line for line, template in made(file) if template is None]
    assert not hidden or short(file) in READ_OFF or file.name == "phrase.py"


def test_every_template_has_its_chinese_sentence_and_none_is_left_over() -> None:
    known = templates()
    assert len(known) > 500
    assert known - SENTENCES.keys() == set()
    assert SENTENCES.keys() - known - BETWEEN == set()


def test_a_sentence_stands_in_one_table() -> None:
    assert sum(map(len, TABLES)) == len(SENTENCES)


@pytest.mark.parametrize("english", SENTENCES)
def test_both_languages_say_the_same_things(english: str) -> None:
    chinese = SENTENCES[english]
    assert fields(chinese) == fields(english)
    assert english.count("\n") == chinese.count("\n")
    assert not re.search(f" [{MARKS}]|[{MARKS}] ", chinese), "no blanks at Chinese marks"
    assert not re.search("[\u4e00-\u9fff][:;,?]", chinese), "Chinese marks after Chinese"


def test_the_collector_sees_what_is_made_and_how(tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text(
        'A = Phrase("one")\n'
        "def f(x):\n"
        '    words, more = "two {a}", "three {a}"\n'
        "    return Phrase(words, a=x) if x else partial(Phrase, more, a=x)\n"
        "def g(words):\n"
        "    return Phrase(words)\n",
        encoding="utf-8",
    )
    assert sorted(made(file), key=str) == [(1, "one"), (4, "three {a}"), (4, "two {a}"), (6, None)]
