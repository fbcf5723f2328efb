"""Chapter 02 in real JupyterLab, done from its first cell to its full bar by somebody who has no mouse."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hands import POINTED, Hands, keyboard_only
from labpage import chromium, jupyterlab, notebook
from matplotlib.image import imread

from kdisco.course.question import questions
from kdisco.course.workbook import exercise_named

pytestmark = pytest.mark.chromium

CHAPTER = Path(__file__).parents[1] / "notebooks" / "en" / "02-service.ipynb"
CELLS = [(cell["id"], "".join(cell["source"])) for cell in json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]]
RIGHT = {f'quiz("{each.name}")': each for each in questions("02")}
TASKS = {f'task("{name}")': name for name in ("02/front-door", "02/quarantine", "02/one-client-one-pod")}
STATES = (
    """\
import json
from kdisco import Cluster
from kdisco.course import progress, quiz, task
from kdisco.examples import ARTICLE
c = Cluster(nodes=2, seed=1)
c.apply(ARTICLE)
c.apply(ARTICLE.replace("my-app", "slow").replace("your-app", "late"))
c.settle()
app = c.get("deployment", "slow").spec.template.spec.containers[0].name
probe = [{"name": app, "readinessProbe": {"httpGet": {"port": 9999}}}]
patch = json.dumps({"spec": {"template": {"spec": {"containers": probe}}}})
assert not c.kubectl(f"patch deployment slow -p '{patch}'").exit
c.scale("deployment/late", 0)
c.settle();""",
    "c.view()",
    "c.kubectl(f'delete pod {c.list(\"pods\", selector=\"app=my-app\")[0].name} --wait=false')\nc.run(0.5);",
    "c.view('endpoints', service='my-app-svc')",
    """\
who = "pod/default/" + c.list("pods", selector="app=your-app")[0].name
c.view("dnat", trace=c.send(who, "my-app-svc"))""",
    "c.view('dnat', trace=c.send(who, c.get('service', 'late-svc').spec.cluster_ip, 80))",
    "right = quiz('02/front')\nright.answer('c')\nright",
    "wrong = quiz('04/readiness')\nwrong.answer('a')\nwrong",
    "done = task('02/front-door').solve()\ndone.check()\ndone",
    "task('02/quarantine').reset()",
)
"""A cell for each thing that has a state: Pods, marks, verdicts, answers, exercises."""

WORDS = {"ready": r"(?<!not )ready$", "not-ready": "not ready|starting|no ready", "terminating": "terminating"}
DRAWN = "at => document.querySelectorAll('.jp-Notebook .jp-Cell')[at].querySelector('.kdisco-diagram g.node')"
LOOKS = """at => [...document.querySelectorAll('.jp-Notebook .jp-Cell')[at]
    .querySelectorAll('.kdisco-diagram g.node')].map(node => {
        const line = getComputedStyle(node.querySelector(':is(path, polygon, ellipse)'));
        return {classes: [...node.classList], dash: line.strokeDasharray, width: parseFloat(line.strokeWidth),
                words: [...node.querySelectorAll('text')].map(each => each.textContent).join(' ')};
    })"""
SAID = """([at, place]) => [...document.querySelectorAll('.jp-Notebook .jp-Cell')[at].querySelectorAll(place)]
    .map(each => each.textContent).join(' ')"""
MOOD = """at => {
    const said = document.querySelectorAll('.jp-Notebook .jp-Cell')[at].querySelector('.kdisco-card .said');
    return [said.textContent, getComputedStyle(said).borderLeftStyle];
}"""
READY = ".jp-Notebook .jp-CodeCell .cm-content"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A learner's home, and the address of the first chapter."""
    pytest.importorskip("playwright")
    home = tmp_path_factory.mktemp("home")
    with jupyterlab(home) as url:
        yield home, url


@pytest.fixture(scope="module")
def hands(lab: tuple[Path, str]) -> Iterator[Hands]:
    """The chapter in a page, and no mouse."""
    home, url = lab
    with chromium() as browser, keyboard_only():
        page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
        page.add_init_script(POINTED)
        page.goto(url.replace("00-welcome", CHAPTER.stem))
        page.wait_for_selector(READY, timeout=120_000)
        page.wait_for_timeout(2000)
        yield Hands(page, home)


def slide(hands: Hands, at: int) -> None:
    """The slider from 2 to 5: the picture gains three Pods, and says so."""
    hands.into(at, "slider", "my-app replicas")
    for count in (3, 4, 5):
        hands.press("ArrowRight")
        hands.page.wait_for_timeout(400)
        assert [each["value"] for each in hands.tree("slider") if each["name"] == "my-app replicas"] == [count]
    hands.told(at, "now: Pod my-app-")


def guessed(hands: Hands, at: int) -> None:
    """The number in the cell is replaced before it runs."""
    hands.go(at)
    hands.press("Enter")
    hands.press("Control+End")
    hands.press("ArrowLeft")
    hands.press("Backspace")
    hands.page.keyboard.type("0")
    hands.press("Escape")


def choose(hands: Hands, at: int, letter: str) -> None:
    """Answer a question: to its choices, down to the letter, to the button."""
    hands.into(at, "radio")
    hands.press("Space")
    hands.press("ArrowDown", "abcdef".index(letter))
    hands.into(at, "button", "Check")
    hands.press("Enter")


def quizzed(hands: Hands, at: int, source: str) -> None:
    """First wrong, which gives a clue; then right."""
    question = RIGHT[source]
    wrong = next(letter for letter in question.choices("en") if letter != question.right)
    choose(hands, at, wrong)
    hands.told(at, "Not this one.")
    hands.into(at, "radio")
    steps = "abcdef".index(question.right) - "abcdef".index(wrong)
    hands.press("ArrowDown" if steps > 0 else "ArrowUp", abs(steps))
    hands.into(at, "button", "Check")
    hands.press("Enter")
    hands.told(at, "Right.")


def solved(hands: Hands, at: int, name: str) -> None:
    """An exercise: a hint, a check that fails, the solution, typed into a new cell, and a check that passes."""
    hands.into(at, "button", "Check")
    hands.press("Enter")
    hands.page.wait_for_timeout(1500)
    hands.into(at, "button", "Hint")
    hands.press("Enter")
    hands.told(at, "Hint 1 of")
    hands.into(at, "button", "Show a solution")
    hands.press("Enter")
    solution = exercise_named(name).solution.strip("\n")
    hands.page.wait_for_function(
        "([at, line]) => document.querySelectorAll('.jp-Notebook .jp-Cell')[at].innerText.includes(line)",
        arg=[at, solution.splitlines()[-1]],
    )
    own = solution.replace("c.", "here.")
    hands.write(at, f'here = task("{name}").cluster\n%cluster here\n{own}\n%cluster c')
    hands.into(at, "button", "Check")
    hands.press("Enter")
    hands.told(at, "Done.")


def selected(hands: Hands, at: int) -> None:
    """The selector is typed anew, and put back; the line below says how many Pods match."""
    for labels, words in (("app=quarantine", "1 of"), ("app=my-app", "5 of")):
        hands.into(at, "textbox", "Selector")
        hands.press("Control+a")
        hands.page.keyboard.type(labels)
        hands.press("Tab")
        assert hands.focus()[1].endswith("Set")
        hands.press("Enter")
        hands.told(at, words)


def balanced(hands: Hands, at: int) -> None:
    """One connection more than were asked for, and off they go."""
    hands.into(at, "slider", "Connections")
    hands.press("ArrowRight")
    hands.into(at, "button", "Send")
    hands.press("Enter")
    hands.told(at, "201 connections in iptables mode")


DEEDS = {"02-11": slide, "02-34": selected, "02-45": balanced}


def test_there_is_no_mouse(hands: Hands) -> None:
    body = hands.page.locator("body")
    for point in (body.click, body.focus, body.hover, hands.page.mouse.down, hands.page.mouse.up):
        with pytest.raises(AssertionError, match="no mouse"):
            point()


def test_chapter_02_is_done_by_keys_alone(hands: Hands) -> None:
    more = 0  # cells that the reader wrote
    for number, (name, source) in enumerate(CELLS):
        at = number + more
        if name == "02-13":
            guessed(hands, at)
        hands.run(at)
        if name in DEEDS:
            DEEDS[name](hands, at)
        if source in RIGHT:
            quizzed(hands, at, source)
        if source in TASKS:
            solved(hands, at, TASKS[source])
            more += 1
    bars = [each for each in hands.tree("progressbar") if each["name"] == "02 Services"]
    assert [(bar["value"], bar["valuemax"]) for bar in bars] == [(len(RIGHT) + len(TASKS),) * 2]
    kept = json.loads(next(hands.home.rglob(".kdisco-progress.json")).read_text(encoding="utf-8"))
    assert {name for part in ("quiz", "task") for name, fact in kept[part].items() if fact["passed"]} == {
        *(each.name for each in RIGHT.values()), *TASKS.values()
    }  # fmt: skip
    assert hands.failed(CHAPTER.stem) == []
    assert kept["guess"]["02/services-changed"]
    assert hands.page.evaluate("window.pointed") == []
    assert not hands.errors


@pytest.mark.parametrize("colours", ["none", "active"])
def test_what_has_the_focus_can_be_seen(hands: Hands, colours: str) -> None:
    hands.page.emulate_media(forced_colors=colours)
    unseen = []
    for number, (name, source) in enumerate(CELLS):
        if name in DEEDS or source in (next(iter(RIGHT)), next(iter(TASKS))):
            at = number + sum(each in TASKS for _, each in CELLS[:number])
            hands.go(at)
            while hands.place()[0] == at:
                seen = hands.place()[1] or hands.tag().startswith("<jp-button") or hands.visible()
                unseen += [] if seen else [(name, *hands.focus(), hands.tag())]
                hands.press("Tab")
            hands.press("Shift+Tab")
    assert unseen == []


def looks(hands: Hands, at: int) -> list[dict[str, Any]]:
    """What there is to see of the things in the picture of a cell, but for colours."""
    hands.page.wait_for_function(DRAWN, arg=at, timeout=60_000)
    return [*hands.page.evaluate(LOOKS, at)]


def grey(picture: bytes) -> bool:
    """Whether no pixel of a screenshot has a colour."""
    pixels = imread(io.BytesIO(picture))[..., :3]
    return bool((pixels.max(axis=2) - pixels.min(axis=2)).max() < 0.02)


@pytest.fixture(scope="module")
def colourless(hands: Hands, lab: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Hands:
    """A notebook of all states, as somebody sees it without colours, and with the system's own forced on the page."""
    hands.page.goto(notebook(*lab, "states", STATES))
    hands.page.wait_for_selector(READY, timeout=120_000)
    hands.page.wait_for_timeout(2000)
    hands.page.emulate_media(forced_colors="active")
    assert not grey(hands.page.screenshot())
    hands.session.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    for at in range(len(STATES)):
        hands.run(at)
    folder = tmp_path_factory.mktemp("screenshots")
    assert hands.failed("states") == []
    for at in range(1, len(STATES)):
        hands.go(at)
        picture = hands.page.screenshot(path=str(folder / f"{at}.png"))
        assert grey(picture)
    print(f"\nscreenshots: {folder}")  # noqa: T201 - where to look
    return hands


def test_ready_not_ready_and_terminating_differ_in_line_and_word(colourless: Hands) -> None:
    for at in (1, 3):
        pods = [each for each in looks(colourless, at) if "pod" in each["classes"]]
        lines = {state: {each["dash"] for each in pods if state in each["classes"]} for state in WORDS}
        assert all(len(found) == 1 for found in lines.values()), lines
        assert len(set.union(*lines.values())) == len(WORDS)
    for each in looks(colourless, 1):
        told = [state for state in WORDS if state in each["classes"]]
        assert all(re.search(WORDS[state], each["words"]) for state in told), each
        assert "service" in each["classes"] or len(told) == ("pod" in each["classes"])


def test_what_changed_has_a_thicker_line(colourless: Hands) -> None:
    pods = [each for each in looks(colourless, 1) if "pod" in each["classes"]]
    changed = {each["width"] for each in pods if "changed" in each["classes"]}
    others = {each["width"] for each in pods if "changed" not in each["classes"]}
    assert changed
    assert others
    assert min(changed) > 1.5 * max(others)


def test_dnat_and_reject_are_told_in_words(colourless: Hands) -> None:
    for at, state, word in ((4, "changed", "DNAT"), (5, "refused", "REJECT")):
        marked = [each["words"] for each in looks(colourless, at) if state in each["classes"]]
        assert any(word in words for words in marked), marked
    verdicts = [colourless.page.evaluate(SAID, [at, "figcaption, .kdisco-words"]) for at in (4, 5)]
    assert ["REJECT" in told for told in verdicts] == [False, True]


def test_right_and_wrong_passed_and_open_differ_in_sign_word_and_line(colourless: Hands) -> None:
    colourless.into(9, "button", "Check")
    colourless.press("Enter")
    colourless.told(9, "✗")
    said = {at: colourless.page.evaluate(MOOD, at) for at in range(6, 10)}
    assert [said[at][0][0] for at in range(6, 10)] == ["✓", "✗", "✓", "✗"], said
    assert [said[at][1] for at in range(6, 10)] == ["double", "dotted"] * 2


def test_a_cell_that_fails_would_be_noticed(colourless: Hands) -> None:
    colourless.write(9, "c.get('pod', 'nobody')")
    assert colourless.failed("states") == ['Error from server (NotFound): pods "nobody" not found']
