"""The layout program behind its one function: its errors, its CJK widths, what it may not let through."""

from __future__ import annotations

import re
import sys
import sysconfig
import unicodedata
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdisco.view import dot, render

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
CHINESE = ["服务", "端点切片与服务发现", "正在终止", "Pod 网络 10.244.0.0/16 任意互通", "ClusterIP 没有路由"]


def picture(label: str, **more: object) -> ET.Element:
    return ET.fromstring(render.svg(dot.graph("a title", [dot.node(label, **more)])))  # noqa: S314 - our own


def test_the_program_stands_beside_python() -> None:
    assert render.program()


def test_a_missing_program_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    render.program.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path))
    with pytest.raises(render.RenderError, match="pip install graphviz-pure"):
        render.program()
    monkeypatch.undo()
    render.program.cache_clear()


@pytest.mark.parametrize("text", ["digraph {", "digraph { a [label=<<b>half]> ] }", "not dot at all"])
def test_what_is_no_dot_is_an_error_of_one_line(text: str) -> None:
    with pytest.raises(render.RenderError) as caught:
        render.run(text, "svg")
    assert "Error" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_picture_has_a_name_classes_and_both_themes() -> None:
    thing = dot.thing("pod", "default", "web-1", states=("ready",))
    text = render.svg(dot.graph("a title", [dot.node("one", **thing)]))
    root = ET.fromstring(text)  # noqa: S314 - our own
    assert root.get("aria-label") == "a title"
    assert root.get("class") == "kdisco"
    assert 'id="pod.default.web-1" class="node pod ready"' in text
    assert "prefers-color-scheme:dark" in text
    assert 'data-jp-theme-light="false"' in text


def test_a_tooltip_becomes_the_accessible_name() -> None:
    root = picture("one", tooltip="Pod default/one, ready")
    group = next(each for each in root.iter(f"{SVG}g") if each.get("class") == "node")
    assert [title.text for title in group.iter(f"{SVG}title")] == ["Pod default/one, ready"]
    assert not list(root.iter(f"{SVG}a"))


@pytest.mark.parametrize("href", ["javascript:alert(1)", "https://example.com/", "data:text/html,x"])
def test_no_link_survives(href: str) -> None:
    text = render.svg(dot.graph("g", [dot.node("one", href=href, tooltip="x")]))
    assert "href=" not in text


@given(st.text(st.characters(codec="utf-8"), max_size=40))
@settings(max_examples=60)
def test_any_text_stays_text(text: str) -> None:
    lines = [dot.node(f"n {text}", label=dot.label(dot.strong(text)), tooltip=text), dot.node("b", label=text, id=text)]
    root = ET.fromstring(render.svg(dot.graph(text, lines)))  # noqa: S314 - our own
    tags = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert tags <= {"svg", "style", "g", "title", "text", "path", "polygon", "a"}
    assert not [name for each in root.iter() for name in each.attrib if name.startswith("on") or name.endswith("href")]


@pytest.mark.parametrize("words", CHINESE)
def test_chinese_words_fit_their_box(words: str) -> None:
    text = render.svg(dot.graph("g", [dot.node("one", label=words, style="filled")]))
    points = re.search(r'<polygon [^>]*points="([^"]*)"', text)
    assert points
    places = [float(pair.split(",")[0]) for pair in points[1].split()]
    size = 10.0
    real = sum(size if unicodedata.east_asian_width(letter) in "WF" else 0.5 * size for letter in words)
    assert max(places) - min(places) >= real
    assert render.SPACER not in text


def test_a_png_is_one_and_says_when_it_lacks_letters() -> None:
    assert render.png(dot.graph("g", [dot.node("one")])).startswith(b"\x89PNG")
    with pytest.raises(render.RenderError, match=r"\.svg"):
        render.png(dot.graph("g", [dot.node("服务")]))
