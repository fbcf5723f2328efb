"""The course's cards in real JupyterLab in real Chromium, with the keyboard alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from labpage import chromium, jupyterlab, notebook, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.chromium

CELLS = (
    "from kdisco.course import progress, quiz, task\nprogress('04')",
    "quiz('04/readiness')",
    "task('04/lost-pod')",
)
CARD, SAID = ".kdisco-card", '[role="status"][aria-live="polite"]'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def page(home: Path) -> Iterator[Any]:
    """A notebook with one card of each kind."""
    pytest.importorskip("playwright")
    with jupyterlab(home) as url, chromium() as browser:
        yield opened(browser, notebook(home, url, "cards", CELLS), f"{CARD}.task button")


def said(page: Any, kind: str, words: str) -> None:
    """Wait until a card says these words."""
    place = page.locator(f"{CARD}.{kind} {SAID}")
    for _ in range(80):
        if words in place.inner_text():
            return
        page.wait_for_timeout(250)
    pytest.fail(f"it says {place.inner_text()!r} and not {words!r}; {page.errors}")


def test_a_question_is_answered_with_keys_and_kept_in_the_folder(page: Any, home: Path) -> None:
    cells = page.locator(".jp-Cell").count()
    card = page.locator(f"{CARD}.quiz")
    card.locator("input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Check"
    page.keyboard.press("Enter")
    said(page, "quiz", "✓ Right.")
    assert card.locator("input:checked").get_attribute("value") == "b"
    page.locator(f"{CARD}.progress .count", has_text="1 of 10").wait_for(timeout=20_000)
    kept = next(home.rglob(".kdisco-progress.json"))
    assert json.loads(kept.read_text(encoding="utf-8"))["quiz"]["04/readiness"]["answer"] == "b"
    assert (kept.parent / "en").is_dir(), "beside the chapters of both languages"
    assert page.locator(".jp-Cell").count() == cells, "no key was taken by the notebook"
    assert not page.errors


def test_an_exercise_gives_hints_and_its_solution_with_keys(page: Any) -> None:
    card = page.locator(f"{CARD}.task")
    card.locator("button").first.focus()
    page.keyboard.press("Enter")
    said(page, "task", "shop has 0 ready endpoints")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said(page, "task", "Hint 1 of 3")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    card.locator(".more pre", has_text="kubectl patch service shop").wait_for(timeout=20_000)
    assert not page.errors


def test_everything_that_can_be_operated_has_a_name(page: Any) -> None:
    fields = page.locator(f"{CARD} :is(input, progress)")
    assert fields.count() == 4
    assert all(fields.nth(at).evaluate("field => field.labels.length") for at in range(fields.count()))
    assert all(page.locator(f"{CARD} legend").all_inner_texts())
    assert all(page.locator(f"{CARD} button").all_inner_texts())


def test_what_acts_is_taken_out_of_a_card(page: Any) -> None:
    hostile = "<p onclick='window.bad=1'>x<script>window.bad=1</script><img src=x onerror='window.bad=1'></p>"
    kept = page.evaluate(
        """async ([source, hostile]) => {
        const own = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
        const held = {kind: 'task', lang: 'en', legend: hostile, text: hostile, choices: [['a', hostile]], chosen: '',
                      bars: [], buttons: [['check', hostile]], more: [hostile], said: hostile, mood: ''};
        const model = {get: name => held[name], set() {}, on() {}, off() {}, save_changes() {}, send() {}};
        const frame = document.createElement('div');
        document.body.append(frame);
        own.default.render({model, el: frame});
        return [window.bad ?? 0, frame.querySelectorAll('script, img, [onclick], [onerror]').length];
        }""",
        [card_source(), hostile],
    )
    assert kept == [0, 0]


def card_source() -> str:
    """The card's own script."""
    from kdisco.widget.cards import STATIC  # noqa: PLC0415 - only this test reads it

    return (STATIC / "card.js").read_text(encoding="utf-8")
