"""Panels in real JupyterLab in real Chromium: the past rewound, the mode switched, the lab in Chinese."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from labpage import chromium, jupyterlab, notebook, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.chromium

SETUP = """from kdisco import Cluster
from kdisco.examples import ARTICLE
c = Cluster(nodes=2, seed=1)
c.apply(ARTICLE)
c.settle();"""
PANELS = {
    "timeline": "c.scale('deployment/my-app', 5)\nc.settle()\nc.timeline(revision=c.revision)",
    "rules": "c.rules_panel(service='default/my-app-svc')",
    "chinese": "c.lab(lang='zh')",
    "commands": "box = c.command_line()\nbox",
}
PANEL = ".jp-OutputArea .kdisco-panel"
PODS = f'{PANEL} .kdisco-diagram g.pod[id^="pod.default.my-app-"]'
WANTED = {"commands": f"{PANEL} .kdisco-prompt input"}
IDS = f"() => [...document.querySelectorAll({PODS!r})].map(pod => pod.id).sort()"
DRAWN = f"count => document.querySelectorAll({PODS!r}).length === count"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Each panel on a page of its own."""
    pytest.importorskip("playwright")
    home = tmp_path_factory.mktemp("home")
    with jupyterlab(home) as url, chromium() as browser:
        urls = {name: notebook(home, url, name, (SETUP, cell)) for name, cell in PANELS.items()}
        first = f"{PANEL} .kdisco-diagram svg"
        yield {name: opened(browser, address, WANTED.get(name, first)) for name, address in urls.items()}


def test_the_past_rewound_is_the_earlier_picture(pages: dict[str, Any]) -> None:
    page = pages["timeline"]
    page.wait_for_function(DRAWN, arg=5)
    newest = page.evaluate(IDS)
    handle = page.locator(f"{PANEL} .widget-slider .noUi-handle").first
    handle.focus()
    handle.press("Home")
    page.wait_for_function(DRAWN, arg=0)
    handle.press("End")
    page.wait_for_function(DRAWN, arg=5)
    assert page.evaluate(IDS) == newest
    assert not page.errors


def test_a_key_switches_the_mode_and_the_rules_with_it(pages: dict[str, Any]) -> None:
    page = pages["rules"]
    modes = page.locator(f"{PANEL} .widget-toggle-buttons button")
    for mode, words in (("nftables", "# map service-ips"), ("ipvs", ":80 rr"), ("iptables", "KUBE-SVC-")):
        button = modes.filter(has_text=re.compile(f"^{mode}$", re.IGNORECASE))
        button.focus()
        button.press("Enter")
        page.wait_for_function(
            f"words => document.querySelector({PANEL!r}).innerText.includes(words)", arg=words, timeout=20_000
        )
    assert not page.errors


def test_a_line_runs_as_it_was_typed_however_fast(pages: dict[str, Any]) -> None:
    page = pages["commands"]
    field, screen = page.locator(WANTED["commands"]), page.locator(f"{PANEL} .kdisco-shown pre")
    for line in ("kubectl get service your-app-svc -o name", "kubectl get deployment my-app -o name"):
        field.focus()
        page.keyboard.press("Control+a")
        page.keyboard.type(line)  # without a pause: no kernel hears of every letter in time
        page.keyboard.press("Enter")
        kind, name = line.split()[2:4]
        page.wait_for_function(
            "([screen, words]) => document.querySelector(screen)?.textContent.includes(words)",
            arg=[f"{PANEL} .kdisco-shown pre", f"$ {line}\n{kind}"], timeout=20_000,
        )  # fmt: skip
        assert name in screen.inner_text()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert field.input_value() == "kubectl get service your-app-svc -o name"
    page.locator(f"{PANEL} .kdisco-run").press("Enter")
    page.wait_for_function(
        "screen => document.querySelector(screen).textContent.split('get service').length === 3",
        arg=f"{PANEL} .kdisco-shown pre", timeout=20_000,
    )  # fmt: skip
    assert not page.errors


def test_the_lab_speaks_chinese_and_no_text_leaves_its_box(pages: dict[str, Any]) -> None:
    page = pages["chinese"]
    panel = page.locator(PANEL).first
    assert len(re.findall(r"[\u4e00-\u9fff]", panel.inner_text())) > 20
    wide = page.evaluate(
        f"""() => [...document.querySelectorAll("{PANEL} .kdisco-diagram g.node")].flatMap(node => {{
            const box = node.querySelector(":scope > path, :scope > polygon")?.getBoundingClientRect();
            const texts = box ? [...node.querySelectorAll(":scope > text")] : [];
            const out = texts.filter(text => text.getBoundingClientRect().right > box.right + 2);
            return out.map(text => text.textContent);
        }})"""
    )
    assert wide == []
    assert not page.errors
