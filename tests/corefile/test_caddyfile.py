"""The form of a Corefile, and the words for what has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdisco.corefile.caddyfile import FILE, CorefileError, blocks

TEXT = """
# a comment
.:53, example.org {
    forward . 192.0.2.1 { # brace at the end of the line
        policy "random"
        max_fails 3 }
    errors
}
"""


def test_blocks_have_keys_directives_and_properties() -> None:
    (block,) = blocks(TEXT)
    assert block.keys == (".:53", "example.org")
    forward, errors = block.directives
    assert (forward.name.text, forward.texts, forward.name.line) == ("forward", (".", "192.0.2.1"), 4)
    assert [(each.name.text, each.texts) for each in forward.properties] == [
        ("policy", ("random",)),
        ("max_fails", ("3",)),
    ]
    assert (errors.name.text, errors.args, errors.properties) == ("errors", (), ())


def test_one_server_needs_no_braces_and_there_may_be_several() -> None:
    assert [each.name.text for each in blocks(".\nerrors\nlog")[0].directives] == ["errors", "log"]
    assert [block.keys for block in blocks(". {\n}\na.example {\n}")] == [(".",), ("a.example",)]
    assert blocks("") == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (". {\n  errors\n  foo\n}", 3, "Error during parsing: Unknown directive 'foo'"),
        (". {\n  errors {\n", 2, "Error during parsing: Unexpected EOF"),
        (". {\n  errors\n", 2, "Syntax error: Unexpected token 'errors', expecting '}'"),
        (". {\n  errors }\n}", 2, "Error during parsing: Unexpected '}' because no matching opening brace"),
        (".,", 1, "Error during parsing: Unexpected EOF"),
        ("a, {\n}", 1, "Error during parsing: Expected another address but had '{' - check for extra comma"),
    ],
)
def test_an_error_names_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(CorefileError) as caught:
        blocks(text, ["errors", "log"])
    assert str(caught.value) == f"{FILE}:{line} - {words}"
    assert caught.value.line == line


@given(st.text(alphabet='.:53 {}\n"#,errorslog', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    lines = set(range(1, text.count("\n") + 2))
    try:
        read = {each.name.line for block in blocks(text) for each in block.directives}
    except CorefileError as problem:
        read = {problem.line}
    assert read <= lines
