"""Values as HTML tables and as aligned text."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from kdisco.table import Bold, Link, columns, table

CELLS = st.text(max_size=12)
ALLOWED = {"table", "caption", "thead", "tbody", "tr", "th", "td", "strong"}


class Tags(HTMLParser):
    """Every tag with its attributes, and the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.found.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data


def test_a_table_can_be_read_aloud() -> None:
    page = table("lookup", "who & what", ("name", "why"), [("a", Bold("<b>")), ("c", "d")])
    assert page == (
        '<table class="kdisco lookup"><caption>who &amp; what</caption>'
        '<thead><tr><th scope="col">name</th><th scope="col">why</th></tr></thead>'
        '<tbody><tr><th scope="row">a</th><td><strong>&lt;b&gt;</strong></td></tr>'
        '<tr><th scope="row">c</th><td>d</td></tr></tbody></table>'
    )


@given(CELLS, st.lists(st.tuples(CELLS, CELLS), max_size=3))
def test_no_text_becomes_markup(caption: str, rows: list[tuple[str, str]]) -> None:
    tags = Tags()
    tags.feed(table("lookup", caption, ("<script>", "\"onclick='"), rows))
    tags.close()
    assert {tag for tag, _ in tags.found} <= ALLOWED
    assert {name for _, attrs in tags.found for name, _ in attrs} <= {"class", "scope"}
    assert len([tag for tag, _ in tags.found if tag == "tr"]) == len(rows) + 1


def test_columns_are_as_wide_as_they_must_be() -> None:
    assert columns([("a", "bb", "c"), ("aaa", "b", "")]) == ["a    bb  c", "aaa  b"]
    assert columns([]) == []


def test_an_address_is_a_link_with_a_short_name() -> None:
    page = "https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports"
    assert f'<td><a href="{page}">field-spec-ports</a></td>' in table("x", "", ("a", "b"), [("1", Link(page))])
    assert "<a " not in table("x", "", ("a", "b"), [("1", Link("javascript:alert(1)"))])
