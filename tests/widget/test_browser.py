"""The slider of chapter 02 in real JupyterLab in real Chromium, opened by ``kdisco lab``: keys go in, Pods come out."""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import kdisco

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.chromium

ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|localhost):\d+/lab/tree/\S+\?token=\w+")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DIAGRAM = ".jupyter-widgets:has(> .widget-slider) .kdisco-diagram"
PODS = 'g.pod[id^="pod.default.my-app-"]'
WAIT_FOR = f"""wanted => {{ window.changed = new Promise(done => {{
    const root = document.querySelector({DIAGRAM!r});
    let start = performance.now();
    document.addEventListener("keydown", () => {{ start = performance.now(); }}, {{capture: true, once: true}});
    const look = () => {{
        if (root.querySelectorAll({PODS!r}).length !== wanted) return false;
        done(performance.now() - start);
        return true;
    }};
    const watcher = new MutationObserver((_, own) => look() && own.disconnect());
    if (!look()) watcher.observe(root, {{childList: true, subtree: true}});
}}) }}"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address that ``kdisco lab --no-browser`` prints, with its token, of the chapter with the slider."""
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    private = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **private}
    command = [sys.executable, "-m", "kdisco.shell.cli", "lab", "--no-browser", "--port", str(port)]
    log = home / "log"
    with log.open("wb") as out, subprocess.Popen(command, cwd=home, env=environment, stdout=out, stderr=out) as server:
        try:
            found = _printed(log, server)
            yield found.replace("00-welcome", "02-service")
        finally:
            server.terminate()


def _printed(log: Path, server: subprocess.Popen[bytes]) -> str:
    """Wait up to a minute for the line with the address."""
    for _ in range(240):
        found = ADDRESS.search(log.read_text(encoding="utf-8"))
        if found or server.poll() is not None:
            break
        time.sleep(0.25)
    assert found, log.read_text(encoding="utf-8")
    return found[0]


@pytest.fixture(scope="module")
def page(url: str) -> Iterator[Any]:
    """The chapter, run, with its slider in sight."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as play:
        chromium = shutil.which("chromium") or "/usr/bin/chromium"
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        shown = browser.new_page(viewport={"width": 1400, "height": 1000})
        shown.errors = []
        shown.on("pageerror", lambda error: shown.errors.append(str(error)))
        shown.goto(url)
        _run_until(shown, f"{DIAGRAM} {PODS}")
        yield shown
        browser.close()


def _run_until(shown: Any, wanted: str) -> None:
    """Run cell after cell by Shift+Enter until something is there; what no kernel heard yet is said again."""
    shown.wait_for_selector(".jp-Notebook .jp-CodeCell .cm-content", timeout=60_000)
    for _ in range(120):
        if shown.locator(wanted).count():
            break
        waiting = _unrun(shown)
        if waiting is not None:
            waiting.locator(".cm-content").click()
            shown.keyboard.press("Shift+Enter")
        shown.wait_for_timeout(500)
    assert shown.locator(wanted).count(), [shown.locator(".jp-Notebook").inner_text(), *shown.errors]
    shown.locator(wanted).first.scroll_into_view_if_needed()


def _unrun(shown: Any) -> Any:
    """The first code cell that has never run, None while one runs or when there is none."""
    cells = shown.locator(".jp-Notebook .jp-CodeCell")
    for at in range(cells.count()):
        prompt = cells.nth(at).locator(".jp-InputPrompt").inner_text()
        if "*" in prompt:
            return None
        if "[ ]" in prompt and cells.nth(at).locator(".cm-content").inner_text().strip():
            return cells.nth(at)
    return None


def count(page: Any, selector: str = PODS) -> int:
    """How many of these the live picture holds."""
    return int(page.locator(DIAGRAM).first.locator(selector).count())


def press(page: Any, key: str, wanted: int) -> float:
    """Press a key on the slider and wait for so many Pods; gives the milliseconds."""
    page.evaluate(WAIT_FOR, wanted)
    page.keyboard.press(key)
    return float(page.evaluate("() => window.changed"))


def test_keys_on_the_slider_change_the_pods_in_the_page(page: Any) -> None:
    handle = page.locator(".widget-slider:has-text('my-app replicas') .noUi-handle").first
    handle.focus()
    held = round(float(handle.get_attribute("aria-valuenow")))
    assert count(page) == held
    keys = ["ArrowRight"] * 3 + ["ArrowLeft"] * 3
    times = []
    for key in keys * 4:
        held += 1 if key == "ArrowRight" else -1
        times.append(press(page, key, held))
        assert count(page) == held
        page.wait_for_timeout(120)
    median = statistics.median(times)
    print(f"\nkey press to picture: median {median:.0f} ms, slowest {max(times):.0f} ms of {len(times)}")  # noqa: T201 - a measure
    assert not page.errors


def test_a_click_or_enter_chooses_a_thing_and_no_shortcut_fires(page: Any) -> None:
    pod, cells = page.locator(DIAGRAM).first.locator(PODS).first, page.locator(".jp-Cell").count()
    pod.click()
    page.wait_for_timeout(300)
    assert "selected" in pod.get_attribute("class").split()
    pod.focus()
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert "selected" not in pod.get_attribute("class").split()
    assert page.locator(".jp-Cell").count() == cells


def test_every_thing_can_be_reached_and_has_a_name(page: Any) -> None:
    things = page.locator(DIAGRAM).first.locator("g.node")
    for at in range(things.count()):
        assert things.nth(at).get_attribute("tabindex") == "0"
        assert things.nth(at).get_attribute("aria-label")
    assert page.locator(DIAGRAM).first.locator('[aria-live="polite"]').inner_text().startswith(("now:", "gone:"))


def test_what_acts_is_taken_out_of_a_picture(page: Any) -> None:
    hostile = "<svg xmlns='http://www.w3.org/2000/svg' onload='window.bad=1'>"
    hostile += "<script>window.bad=1</script><a href='javascript:1'/>"
    page.evaluate(
        """text => { const frame = document.createElement('div');
        frame.innerHTML = ''; document.body.append(frame); window.frame = frame; window.hostile = text; }""",
        hostile + "<g class='node' id='x' onclick='window.bad=1'><title>x</title></g></svg>",
    )
    source = (Path(kdisco.__file__).parent / "widget" / "static" / "diagram.js").read_text(encoding="utf-8")
    kept = page.evaluate(
        """async source => {
        const own = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
        const held = {svg: window.hostile, selected: '', path: [], position: 0, playing: false, said: '', words: {}};
        const model = {get: name => held[name], set() {}, on() {}, off() {}, save_changes() {}};
        own.default.render({model, el: window.frame});
        window.frame.querySelector('g').dispatchEvent(new MouseEvent('click'));
        return [window.bad ?? 0, window.frame.querySelector('.kdisco-stage').innerHTML];
        }""",
        source,
    )
    assert kept[0] == 0
    assert not re.search(r"script|onload|onclick|href", kept[1])
