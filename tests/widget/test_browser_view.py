"""The live picture in real JupyterLab: by mouse, by keyboard, read aloud, in both themes, moving and still."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from labpage import PODS, VIEW, Shown, chromium, jupyterlab, notebook, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.chromium

BEGIN = """\
from kdisco import Cluster
from kdisco.examples import ARTICLE
c = Cluster(nodes=2)
c.apply(ARTICLE)
c.settle()
first = sorted(each.name for each in c.list("pods", "default"))[0]
v = c.view()
v"""
TRACE = """\
trace = c.send("pod/default/" + first, c.get("svc", "your-app-svc").spec.cluster_ip)
w = c.view("dnat", trace=trace)
w"""
CHINESE = 'z = c.view(lang="zh")\nz'
COUNTED = f"view.querySelectorAll({PODS!r}).length === value"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all pages."""
    pytest.importorskip("playwright")
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Notebooks, each with a kernel of its own: three with the three pictures, one with the whole panel."""
    home = tmp_path_factory.mktemp("home")
    with jupyterlab(home) as first:
        found = {name: notebook(home, first, name, [BEGIN, TRACE, CHINESE]) for name in ("view", "still", "again")}
        yield {**found, "lab": notebook(home, first, "lab", [BEGIN.removesuffix("\nv"), "c.lab()"])}


@pytest.fixture(scope="module")
def shown(browser: Any, urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """The notebook, run."""
    page = opened(browser, urls["view"], f":nth-match({VIEW}, 3) g.node")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("Escape")
    folder = tmp_path_factory.mktemp("screenshots")
    print(f"\nscreenshots: {folder}")  # noqa: T201 - where to look
    return Shown(page, folder)


@pytest.fixture(autouse=True)
def quiet(shown: Shown) -> Iterator[None]:
    """Nothing is chosen before a test, and nothing went wrong in the page after it."""
    shown.view().scroll_into_view_if_needed()
    yield
    assert not shown.page.errors
    close = shown.view().locator(".kdisco-close:visible")
    if close.count():
        close.click()


def test_a_click_opens_the_yaml_beside_and_a_deleted_pod_is_replaced(shown: Shown) -> None:
    view, before = shown.view(), shown.pods()
    view.locator(f'[id="{before[0]}"]').click()
    panel = view.locator(".kdisco-detail")
    panel.wait_for(state="visible")
    assert "selected" in view.locator(f'[id="{before[0]}"]').get_attribute("class").split()
    assert before[0].rpartition(".")[2] in panel.locator("pre").inner_text()
    assert panel.locator("pre").inner_text().startswith("apiVersion: v1\nkind: Pod\n")
    shown.photograph("detail")
    panel.get_by_role("button", name="Delete Pod").click()
    shown.until("!view.querySelector(`[id='${value}']`)", before[0])
    after = shown.pods()
    assert len(after) == len(before)
    assert len({*after} - {*before}) == 1
    assert not panel.is_visible()
    assert view.get_by_role("status").inner_text().startswith("now: Pod my-app-")
    assert view.locator(f'g.node[id="{shown.focused()}"]').count() == 1  # what stands nearest to the place of the gone


def test_what_the_api_server_refuses_is_told_in_the_page(shown: Shown) -> None:
    view, pod = shown.view(), shown.pods()[0]
    view.locator(f'[id="{pod}"]').click()
    field = view.locator(".kdisco-detail input")
    held = field.input_value()
    field.fill("app=not a label")
    field.press("Enter")
    alert = view.get_by_role("alert")
    shown.until("view.querySelector('[role=alert]').textContent")
    assert "a valid label must be" in alert.inner_text()
    assert field.input_value() == "app=not a label"
    shown.photograph("refused")
    field.fill(f"{held},team=blue")
    field.press("Enter")
    shown.until("!view.querySelector('[role=alert]').textContent")
    shown.until("view.querySelector('.kdisco-detail pre').textContent.includes(value)", "team: blue")


def test_it_scales_by_a_button_which_keeps_the_focus(shown: Shown) -> None:
    view, before = shown.view(), shown.pods()
    view.locator(f'[id="{before[0]}"]').click()
    more = view.get_by_role("button", name="Scale my-app to 3")
    more.focus()
    shown.page.keyboard.press("Enter")
    shown.until(COUNTED, len(before) + 1)
    view.get_by_role("button", name="Scale my-app to 4").wait_for()
    assert shown.page.evaluate("() => document.activeElement.dataset.key") == "more"
    view.get_by_role("button", name="Scale my-app to 2").click()
    shown.until(COUNTED, len(before))


def test_keys_walk_from_thing_to_thing_and_escape_lets_go(shown: Shown) -> None:
    view, page = shown.view(), shown.page
    view.locator('g.node[tabindex="0"]').focus()
    page.keyboard.press("Home")
    first = shown.focused()
    seen = {first}
    for key in ["ArrowDown", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft", "End"]:
        page.keyboard.press(key)
        seen.add(shown.focused())
        assert view.locator('g.node[tabindex="0"]').count() == 1
        assert view.locator('g.node[tabindex="0"]').get_attribute("id") == shown.focused()
    assert len(seen) > 3
    page.keyboard.press("Home")
    focused = view.locator(f'[id="{first}"]')
    tip = view.get_by_role("tooltip")
    assert tip.is_visible()
    assert focused.get_attribute("aria-describedby") == tip.get_attribute("id")
    shown.photograph("keyboard")
    page.keyboard.press("Enter")
    view.locator(".kdisco-detail").wait_for(state="visible")
    assert "its YAML is open" in view.get_by_role("status").inner_text()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "kdisco-close"
    page.keyboard.press("Escape")
    view.locator(".kdisco-detail").wait_for(state="hidden")
    assert shown.focused() == focused.get_attribute("id")
    page.keyboard.press("Escape")
    assert not tip.is_visible()


def test_the_pointer_is_told_the_facts(shown: Shown) -> None:
    view, pod = shown.view(), shown.pods()[0]
    shown.page.evaluate("() => document.activeElement.blur()")
    view.locator(f'[id="{pod}"]').hover()
    told = view.get_by_role("tooltip").inner_text().splitlines()
    assert told[0] == f"Pod default/{pod.rpartition('.')[2]}"
    assert "READY 1/1 · STATUS Running · RESTARTS 0 · IP 10.244." in told[1]
    assert "LABELS app=my-app," in told[2]
    shown.photograph("facts")
    shown.page.mouse.move(5, 5)
    assert not view.get_by_role("tooltip").is_visible()


def test_zoom_by_keys_buttons_and_wheel_and_pan_by_dragging(shown: Shown) -> None:
    view, page = shown.view(), shown.page

    def box() -> list[float]:
        told = view.locator(".kdisco-stage > svg").get_attribute("viewBox")
        return [float(part) for part in told.split()]

    whole, size = box(), view.locator(".kdisco-stage").bounding_box()
    view.locator('g.node[tabindex="0"]').focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert box()[2] == pytest.approx(whole[2] / 1.25**2, rel=0.01)
    assert view.get_by_role("status").inner_text() == "156 percent"
    view.get_by_role("button", name="Nearer").click()
    near = box()
    assert near[2] == pytest.approx(whole[2] / 1.25**3, rel=0.01)
    shown.photograph("near")
    start = (size["x"] + size["width"] / 2, size["y"] + size["height"] / 2)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] - 20, start[1] - 20)
    page.mouse.move(start[0] - 40, start[1] - 30)
    page.mouse.up()
    assert box()[0] > near[0]
    assert box()[1] > near[1]
    assert not view.locator(".kdisco-detail").is_visible()
    page.mouse.move(*start)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(100)
    page.keyboard.up("Control")
    assert box()[2] < near[2]
    assert view.locator(".kdisco-stage").bounding_box()["height"] == pytest.approx(size["height"], abs=1)
    view.locator('g.node[tabindex="0"]').focus()
    page.keyboard.press("0")
    assert box() == whole


def test_the_picture_can_be_taken_along(shown: Shown) -> None:
    view, page = shown.view(2), shown.page
    view.scroll_into_view_if_needed()
    files = {}
    for name in ("SVG", "PNG"):
        with page.expect_download() as waiting:
            view.get_by_role("button", name=name).click()
        files[name] = Path(waiting.value.path()).read_bytes()
        assert waiting.value.suggested_filename.endswith(f".{name.lower()}")
    (shown.folder / "taken.png").write_bytes(files["PNG"])
    text = files["SVG"].decode()
    assert "<style" in text
    assert "就绪" in text
    assert not any(word in text for word in ("<script", "foreignObject", " on", "href="))
    assert files["PNG"].startswith(b"\x89PNG\r\n")
    view.get_by_role("button", name="DOT").click()
    page.wait_for_timeout(300)
    assert page.evaluate("() => navigator.clipboard.readText()").startswith("digraph ")


def test_a_packet_is_stepped_to_the_end_and_back(shown: Shown) -> None:
    view = shown.view(1)
    view.scroll_into_view_if_needed()
    step, back = view.get_by_role("button", name="One hop further"), view.get_by_role("button", name="One hop back")
    place = view.locator(".kdisco-place")
    hops = int(place.inner_text().rpartition("/")[2])
    assert hops > 10
    for at in range(1, hops + 1):
        step.click()
        assert place.inner_text() == f"{at} / {hops}"
    assert view.locator(".kdisco-packet").count() == 1
    assert "gets the answer" in view.locator(".kdisco-caption").inner_text()
    assert view.get_by_role("status").inner_text().startswith(f"{hops} / {hops}")
    back.click()
    assert place.inner_text() == f"{hops - 1} / {hops}"
    shown.photograph("packet")
    view.get_by_label("Speed of the packet").select_option("4")
    view.get_by_role("button", name="Let the packet run").click()
    shown.until("view.querySelector('.kdisco-place').textContent === value", f"{hops} / {hops}", at=1)
    view.get_by_role("button", name="Let the packet run").wait_for()


def test_what_comes_fades_in_what_goes_fades_out_what_changed_is_marked(shown: Shown) -> None:
    view = shown.view()
    view.locator(f'[id="{shown.pods()[0]}"]').click()
    view.get_by_role("button", name="Scale my-app to 1").click()
    view.locator(".kdisco-leaving").first.wait_for(state="attached")
    shown.photograph("leaving")
    assert view.locator(".kdisco-leaving[id], .kdisco-leaving.node").count() == 0
    shown.until("!view.querySelector('.kdisco-leaving')")
    assert len(shown.pods()) == 1
    assert "changed" in view.locator('g.service[id$="my-app-svc"]').get_attribute("class").split()
    view.locator('g.service[id$="my-app-svc"]').click()
    view.locator(".kdisco-detail pre", has_text="kind: Service").wait_for()
    view.locator(f'[id="{shown.pods()[0]}"]').click()
    view.get_by_role("button", name="Scale my-app to 2").click()
    shown.until(COUNTED, 2)
    shown.until("view.querySelector('svg').getAnimations({subtree: true}).every(each => each.playState === 'finished')")


def test_nothing_moves_for_those_who_want_it_still(browser: Any, urls: dict[str, str]) -> None:
    page = opened(browser, urls["still"], f":nth-match({VIEW}, 2) g.node", reduced_motion="reduce")
    view = page.locator(VIEW).first
    view.locator(PODS).first.click()
    view.get_by_role("button", name="Scale my-app to 1").click()
    Shown(page, Path()).until(COUNTED, 1)
    assert view.locator(".kdisco-leaving").count() == 0
    assert view.evaluate("view => view.getAnimations({subtree: true}).length") == 0
    packet = page.locator(VIEW).nth(1)
    packet.get_by_label("Speed of the packet").select_option("4")
    packet.get_by_role("button", name="Let the packet run").click()
    hops = packet.locator(".kdisco-place").inner_text().rpartition("/")[2].strip()
    packet.locator(".kdisco-place").get_by_text(f"{hops} / {hops}", exact=True).wait_for()
    assert "gets the answer" in packet.locator(".kdisco-caption").inner_text()
    assert not page.errors
    page.context.close()


def test_a_restarted_kernel_shows_it_all_again(browser: Any, urls: dict[str, str]) -> None:
    page = opened(browser, urls["again"], f":nth-match({VIEW}, 3) g.node")
    for name in ("Kernel", "Restart Kernel and Run All Cells…"):
        page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel").get_by_text(name, exact=True).click()
    page.locator(".jp-Dialog .jp-mod-warn").click()
    page.locator(VIEW).first.wait_for(state="detached")
    page.locator(f":nth-match({VIEW}, 3) g.node").first.wait_for()
    view = page.locator(VIEW).first
    view.locator(PODS).first.click()
    view.get_by_role("button", name="Delete Pod").click()
    view.get_by_role("status").get_by_text("now: Pod my-app-").wait_for(state="attached")
    assert view.locator(PODS).count() == 2
    assert not page.errors
    page.context.close()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_serious(shown: Shown, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page, view = shown.page, shown.view()
    for name in ("Settings", "Theme", theme):
        page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel").get_by_text(name, exact=True).click()
    page.wait_for_selector(f'body[data-jp-theme-name="{theme}"]', state="attached", timeout=10_000)
    view.locator(f'[id="{shown.pods()[0]}"]').click()
    view.locator(".kdisco-detail").wait_for(state="visible")
    page.wait_for_timeout(500)
    shown.photograph(theme.rpartition(" ")[2].lower())
    assert not serious(axe, page, VIEW)


def serious(axe: Any, page: Any, context: str) -> str:
    """What axe-core finds that keeps somebody out, "" for nothing."""
    found = axe.run(page, context=context).response
    assert found["passes"]
    told = [
        (each["id"], each["impact"], [node["html"][:200] for node in each["nodes"]])
        for each in found["violations"]
        if each["impact"] in SERIOUS
    ]
    return json.dumps(told, indent=1) if told else ""


def test_axe_finds_nothing_serious_in_any_tab_of_the_lab(browser: Any, urls: dict[str, str]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened(browser, urls["lab"], f"{VIEW} g.node")
    tabs, told = page.locator(".kdisco-panel .lm-TabBar-tab"), {}
    assert tabs.count() > 1
    for at in range(tabs.count()):
        tabs.nth(at).click()
        page.wait_for_timeout(600)
        told[tabs.nth(at).inner_text()] = serious(axe, page, ".kdisco-panel")
    assert not [found for found in told.items() if found[1]]
    assert not page.errors
    page.context.close()
