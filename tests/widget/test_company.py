"""Panels in company: of one cluster, of two, after many moves, after an interrupt, after a restart."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from kdisco import Cluster, KdiscoError
from kdisco.view.topology import topology
from kdisco.widget.lab import PANELS
from kdisco.widget.words import WORDS

if TYPE_CHECKING:
    from kdisco.widget.panel import Panel

METHODS = (
    "registrar", "selector_panel", "dig_panel", "tracer", "rules_panel", "timeline", "faults_panel", "balance",
    "command_line",
)  # fmt: skip


def all_panels(cluster: Cluster, **options: Any) -> list[Panel]:
    """One of each."""
    return [getattr(cluster, name)(**options) for name in METHODS]


def test_every_panel_is_a_line_and_shows_itself(cluster: Cluster) -> None:
    for made in all_panels(cluster):
        data, _ = made._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in data
        with pytest.raises(KdiscoError, match="no keyword nonsense"):
            getattr(cluster, METHODS[0])(nonsense=1)


def test_all_panels_stand_around_an_empty_cluster() -> None:
    for made in all_panels(Cluster(nodes=0, addons=False)):
        made.redraw()
        made.cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: new}}")


def test_two_hundred_fast_moves_leave_model_and_picture_equal(cluster: Cluster) -> None:
    made, lab = cluster.scaler("my-app"), cluster.lab()
    for move in range(200):
        made.slider.set_state({"value": (move * 7) % 11})
    wanted = (199 * 7) % 11
    assert cluster.get("deployment", "my-app").spec.replicas == made.value == lab.sliders["my-app"].value == wanted
    for each in (made, lab):
        assert each.diagram.diagram.text == topology(cluster.state).text
        assert each.diagram.svg.count('class="node pod ') == wanted


def test_moves_from_several_threads_leave_model_and_picture_equal(cluster: Cluster) -> None:
    panels = [cluster.scaler("my-app") for _ in range(3)]

    def drive(panel: Any, start: int) -> None:
        for move in range(12):
            panel.slider.set_state({"value": (start + move) % 5})

    threads = [threading.Thread(target=drive, args=(panel, at)) for at, panel in enumerate(panels)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    stored = cluster.get("deployment", "my-app").spec.replicas
    for each in panels:
        each.redraw()
        assert each.value == stored
        assert each.diagram.svg.count('class="node pod ') == stored


def test_two_clusters_do_not_disturb_each_other(cluster: Cluster) -> None:
    other = cluster.branch()
    ours, theirs = cluster.lab(), other.lab()
    before = theirs.diagram.svg
    ours.sliders["my-app"].value = 6
    assert theirs.diagram.svg == before
    assert theirs.sliders["my-app"].value == 2
    assert other.get("deployment", "my-app").spec.replicas == 2
    theirs.sliders["my-app"].value = 1
    assert ours.sliders["my-app"].value == 6


def test_a_panel_that_is_gone_is_not_kept_alive(cluster: Cluster) -> None:
    made = cluster.tracer()
    made.close()
    del made
    cluster.scale("deployment/my-app", 3)
    cluster.settle()
    assert cluster.get("deployment", "my-app").spec.replicas == 3


def test_an_interrupt_leaves_a_state_that_goes_on(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    made, ticks = cluster.lab(), []
    tick = Cluster._tick

    def interrupted(self: Cluster) -> None:
        tick(self)
        ticks.append(1)
        if len(ticks) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(Cluster, "_tick", interrupted)
    cluster.scale("deployment/my-app", 5)
    with pytest.raises(KeyboardInterrupt):
        cluster.settle()
    assert f"revision {cluster.revision} " in made.status.value
    assert not cluster.state.settled
    ticks.clear()
    with pytest.raises(KeyboardInterrupt):
        made.settle.click()
    assert f"revision {cluster.revision} " in made.status.value
    cluster.settle()
    assert made.diagram.svg.count('class="node pod ') == 5


def test_a_restarted_kernel_runs_the_same_cells_again() -> None:
    app = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}"
    cells = [
        "%load_ext kdisco",
        f"cluster.apply({app!r}); cluster.settle()",
        "lab = cluster.lab(); lab.turn_to('tracer').go.click()",
    ]
    told = []
    for _ in range(2):
        InteractiveShell.clear_instance()
        shell = InteractiveShell.instance()
        for cell in cells:
            shell.run_cell(cell).raise_error()
        told.append(shell.user_ns["lab"].panels["tracer"].status.value)
    InteractiveShell.clear_instance()
    assert told[0] == told[1]


def test_the_lab_opens_every_panel_and_only_the_one_in_sight_is_awake(cluster: Cluster) -> None:
    made = cluster.lab()
    assert made.panels == {}
    for name in PANELS:
        panel = made.turn_to(name)
        assert made.panels[name] is panel
        assert [key for key, each in made.panels.items() if each.awake] == [name]
        assert not made.awake
    drawn = made.diagram.diagram
    cluster.scale("deployment/my-app", 4)
    cluster.settle()
    assert made.diagram.diagram is drawn
    assert made.turn_to("cluster") is made
    assert made.diagram.svg.count('class="node pod ') == 4
    with pytest.raises(KdiscoError, match="no panel 'nope'; there are cluster, registrar"):
        made.turn_to("nope")


def test_readiness_is_toggled_in_the_lab(cluster: Cluster) -> None:
    made = cluster.lab()
    assert made.deployments.toggles["my-app"].value
    made.deployments.toggles["my-app"].value = False
    assert "my-app: 0 of 2 ready" in made.status.value
    assert cluster.explain("service/my-app-svc").findings
    made.deployments.toggles["my-app"].value = True
    assert "my-app: 2 of 2 ready" in made.status.value


def test_every_word_is_there_in_both_languages() -> None:
    for key, (english, chinese) in WORDS.items():
        assert english, key
        assert chinese, key
        assert english.count("{") == chinese.count("{"), key


def test_panels_speak_the_language_that_was_set(cluster: Cluster) -> None:
    for made in all_panels(cluster, lang="zh"):
        assert made.lang == "zh"
    assert cluster.lab(lang="zh").tabs.titles[1] == "注册"
