"""Every kind of picture of one fixed cluster: its DOT text and words as they are kept, in a browser they fit."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from kdisco import ApiError, Cluster, KdiscoError, set_language
from kdisco.examples import ARTICLE
from kdisco.shell.gallery import written
from kdisco.view.exhibition import exhibited, exhibition
from kdisco.view.gallery import GALLERY, diagram
from kdisco.view.words import LANGUAGES, TABLES, WORDS

GOLDEN = Path(__file__).parent / "golden" / "gallery"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
OVERFLOWS = """() => [...document.querySelectorAll('svg.kdisco')].flatMap(svg => {
  const page = svg.getBoundingClientRect(), found = [];
  for (const text of svg.querySelectorAll('text')) {
    const at = text.getBoundingClientRect();
    if (at.left < page.left - 1 || at.right > page.right + 1 || at.top < page.top - 1 || at.bottom > page.bottom + 1)
      found.push([svg.ariaLabel, 'page', text.textContent]);
  }
  for (const node of svg.querySelectorAll('g.node:not(.note)')) {
    const shape = node.querySelector('path, polygon, ellipse');
    if (!shape) continue;
    const box = shape.getBBox();
    for (const text of node.querySelectorAll('text')) {
      const at = text.getBBox();
      if (at.x < box.x - 0.5 || at.x + at.width > box.x + box.width + 0.5)
        found.push([svg.ariaLabel, node.id, text.textContent]);
    }
  }
  return found;
})"""


@pytest.mark.parametrize("kind", GALLERY)
def test_golden(kind: str, *, rewrite: bool) -> None:
    drawn = diagram(exhibited(), kind, "en")
    for suffix, text in (("dot", drawn.dot), ("txt", f"{drawn}\n")):
        path = GOLDEN / f"{kind}.{suffix}"
        if rewrite:
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", GALLERY)
def test_a_picture_has_a_name_its_things_too_and_nothing_acts(kind: str, lang: str) -> None:
    text = diagram(exhibited(), kind, lang).svg
    root = ET.fromstring(text)  # noqa: S314 - our own
    assert root.get("aria-label")
    assert not re.search(r"<(script|foreignObject|iframe|object|embed)\b|\son\w+=|href=", text)
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    groups = [each for each in root.iter() if (each.get("class") or "").startswith("node ")]
    titles = [[child.text for child in each.iter() if child.tag.endswith("title")] for each in groups]
    assert groups
    assert all(listed and listed[0] for listed in titles)


@pytest.mark.parametrize("kind", GALLERY)
def test_chinese_pictures_show_the_same_things(kind: str) -> None:
    english, chinese = (diagram(exhibited(), kind, lang) for lang in LANGUAGES)
    ids = [re.findall(r' id="([^"]*)"', each.dot) for each in (english, chinese)]
    assert ids[0] == ids[1]
    assert re.search("[\u4e00-\u9fff]", str(chinese))


def test_the_language_that_is_set_is_spoken() -> None:
    set_language("zh")
    try:
        assert exhibited().diagram("watch").dot == exhibited().diagram("watch", lang="zh").dot
    finally:
        set_language("en")


def test_every_word_stands_in_one_table_and_says_the_same_things() -> None:
    assert len(WORDS) == sum(map(len, TABLES))
    for english, chinese in WORDS.values():
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", chinese))


@cache
def hostile(name: str) -> Cluster:
    """The article's cluster, and in it objects whose free texts are what an attacker would write."""
    cluster = Cluster.from_dump(_dump(name))
    with pytest.raises(ApiError):  # which the registration tells of; the longest name is of an unknown namespace
        cluster.create({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "none"},
            "spec": {"ports": [{"port": 80}]},
        })  # fmt: skip
    return cluster


def _dump(name: str) -> list[dict[str, Any]]:
    made = Cluster(nodes=2)
    made.apply(ARTICLE)
    made.settle()
    listed = [each.to_dict() for kind in KINDS for each in made.list(kind)]
    return [_renamed(each, name) for each in listed]


KINDS = ("nodes", "namespaces", "deployments", "replicasets", "pods", "services", "endpointslices", "endpoints")


def _renamed(value: Any, name: str) -> Any:
    """A document in which every ``my-app-svc`` and ``my-app`` is the hostile name."""
    if isinstance(value, dict):
        return {key: _renamed(each, name) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, name) for each in value]
    return re.sub("my-app(-svc)?", lambda _: name, value) if isinstance(value, str) else value


HOSTILE = [
    '"><script>alert(1)</script>', "a\nb\t\\N\\G", "&lt;b&gt;'", "\u202egnp.\u200f\u2067", "服务<b>" * 4, "x" * 63,
]  # fmt: skip
NAMED = ("topology", "network", "selector", "endpoints", "records", "reachability", "registration", "service-journey")
TAGS = {"svg", "style", "g", "title", "text", "path", "polygon", "polyline", "ellipse", "a"}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", GALLERY)
def test_a_hostile_name_stays_text(kind: str, name: str) -> None:
    what = {"service": name} if kind in ("selector", "endpoints", "service") and "/" not in name else {}
    try:
        drawn = diagram(hostile(name), kind, "en", **what)
    except KdiscoError as refused:
        told, asking = str(refused), kind in ("discovery", "journey")
    else:
        root = ET.fromstring(drawn.svg)  # noqa: S314 - our own
        assert {each.tag.rpartition("}")[2] for each in root.iter()} <= TAGS
        assert not [key for each in root.iter() for key in each.attrib if key.startswith("on") or key.endswith("href")]
        assert kind not in NAMED or name in str(drawn)
        return
    assert asking, "only who asks must have a name that one can say"
    assert len(told.splitlines()) == 1


@pytest.mark.chromium
def test_all_words_fit_their_boxes_and_the_page() -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - of the tests in a browser alone

    drawn = [each.svg for lang in LANGUAGES for each in exhibition(lang).values()]
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        page.set_content("".join(drawn))
        assert page.evaluate("document.querySelectorAll('svg.kdisco').length") == 2 * len(GALLERY)
        assert page.evaluate(OVERFLOWS) == []
        browser.close()


def test_the_gallery_as_files(tmp_path: Path) -> None:
    found = written(tmp_path / "pictures", "zh")
    assert {path.name for path in found} == {f"{kind}.{suffix}" for kind in GALLERY for suffix in ("svg", "txt")}
    assert (tmp_path / "pictures" / "watch.svg").read_text(encoding="utf-8").startswith("<svg")
