"""The slider of chapter 02 in real JupyterLab in real Chromium, opened by ``kdisco lab``: keys go in, Pods come out."""

from __future__ import annotations

import re
import statistics
from typing import TYPE_CHECKING, Any

import pytest
from labpage import chromium, jupyterlab, opened

from kdisco.widget.diagram import DiagramWidget

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.chromium

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
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The chapter, run, with its slider in sight."""
    pytest.importorskip("playwright")
    with jupyterlab(tmp_path_factory.mktemp("home")) as url, chromium() as browser:
        yield opened(browser, url.replace("00-welcome", "02-service"), f"{DIAGRAM} {PODS}")


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
    for key in keys * 7:
        held += 1 if key == "ArrowRight" else -1
        times.append(press(page, key, held))
        assert count(page) == held
        page.wait_for_timeout(120)
        words = "now: Pod my-app-" if key == "ArrowRight" else "gone: Pod my-app-"
        assert page.locator(DIAGRAM).first.locator('[aria-live="polite"]').inner_text().startswith(words)
    median, slow = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    print(f"\nkey press to picture: median {median:.0f} ms, p95 {slow:.0f} ms of {len(times)}")  # noqa: T201 - a measure
    assert not page.errors


def test_two_hundred_fast_moves_leave_picture_and_slider_equal(page: Any) -> None:
    handle = page.locator(".widget-slider:has-text('my-app replicas') .noUi-handle").first
    handle.focus()
    for at in range(200):
        page.keyboard.press("ArrowRight" if at % 10 in (0, 1, 2, 3, 4, 7) else "ArrowLeft")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => document.querySelector({DIAGRAM!r}).querySelectorAll({PODS!r}).length === 2")
    page.wait_for_timeout(1000)
    assert (count(page), round(float(handle.get_attribute("aria-valuenow")))) == (2, 2)
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


def test_every_thing_has_a_name_and_one_is_in_the_order_of_focus(page: Any) -> None:
    things = page.locator(DIAGRAM).first.locator("g.node")
    stops = [things.nth(at).get_attribute("tabindex") for at in range(things.count())]
    assert stops.count("0") == 1
    assert set(stops) == {"0", "-1"}
    assert all(things.nth(at).get_attribute("aria-label") for at in range(things.count()))


def test_what_acts_is_taken_out_of_a_picture(page: Any) -> None:
    hostile = "<svg xmlns='http://www.w3.org/2000/svg' onload='window.bad=1'>"
    hostile += "<script>window.bad=1</script><a href='javascript:1'/>"
    page.evaluate(
        """text => { const frame = document.createElement('div');
        frame.innerHTML = ''; document.body.append(frame); window.frame = frame; window.hostile = text; }""",
        hostile + "<g class='node' id='x' onclick='window.bad=1'><title>x</title></g></svg>",
    )
    traits = {name: trait.default() for name, trait in DiagramWidget.class_traits(sync=True).items()}
    held = {name: value for name, value in traits.items() if isinstance(value, (bool, int, float, str, list, dict))}
    kept = page.evaluate(
        """async ([source, held]) => {
        const own = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
        held.svg = window.hostile;
        held.facts = {x: '<img src=x onerror="window.bad=1">'};
        const model = {get: name => held[name], set() {}, on() {}, off() {}, save_changes() {}, send() {}};
        own.default.render({model, el: window.frame});
        const thing = window.frame.querySelector('g.node');
        thing.dispatchEvent(new MouseEvent('click', {bubbles: true}));
        thing.dispatchEvent(new PointerEvent('pointerover', {bubbles: true}));
        const told = window.frame.querySelector('[role=tooltip]');
        const stage = window.frame.querySelector('.kdisco-stage');
        return [window.bad ?? 0, stage.innerHTML, told.childElementCount, told.textContent];
        }""",
        [DiagramWidget._esm, held],
    )
    assert kept[0] == 0
    assert not re.search(r"script|onload|onclick|href", kept[1])
    assert kept[2] == 0
    assert kept[3].startswith("<img")
