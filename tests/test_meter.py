"""Long work counts what it has done; whoever has a screen hears of it, and an interrupt leaves a whole state."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from kdisco import Cluster, KdiscoError
from kdisco.meter import counted, set_meter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kdisco.meter import Count

PODS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 5
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web:1}]}}
"""


class Screen:
    """What a meter was told: (task, total), how much was done, whether the task has ended."""

    def __init__(self, stop: int = 0) -> None:
        self.tasks: list[tuple[str, int | None]] = []
        self.done = self.ended = 0
        self.stop = stop

    @contextmanager
    def meter(self, task: str, total: int | None) -> Iterator[Count]:
        """Count; interrupt where it was said."""
        self.tasks.append((task, total))

        def count(more: int) -> None:
            self.done += more
            if self.done == self.stop:
                raise KeyboardInterrupt

        try:
            yield count
        finally:
            self.ended += 1


@pytest.fixture
def screen() -> Iterator[Screen]:
    """A screen that is taken away again."""
    made = Screen()
    set_meter(made.meter)
    yield made
    set_meter(None)


def test_settling_counts_every_moment(screen: Screen) -> None:
    cluster = Cluster(nodes=1)
    screen.done = 0
    cluster.apply(PODS)
    moments = len(cluster.history)
    cluster.settle()
    assert screen.done == len(cluster.history) - moments > 20
    assert screen.tasks[-1] == ("settle", None)
    assert screen.ended == len(screen.tasks)


def test_running_and_loading_count_too(screen: Screen) -> None:
    cluster = Cluster(nodes=1, addons=False)
    cluster.apply(PODS)
    cluster.run(0.5)
    assert screen.tasks[-1] == ("run", None)
    screen.done = 0
    made = Cluster.from_dump([each.to_dict() for each in cluster.list("deployments")] * 1)
    assert screen.tasks[-1] == ("load", None)
    assert screen.done == len(made.list("deployments")) == 1


def test_an_interrupted_settle_goes_on_to_the_same_end(screen: Screen) -> None:
    whole, cut = Cluster(nodes=2), Cluster(nodes=2)
    for each in (whole, cut):
        each.apply(PODS)
    whole.settle()
    heard: list[int] = []
    cut.observe(lambda state: heard.append(state.revision))
    screen.done, screen.stop = 0, 17
    with pytest.raises(KeyboardInterrupt):
        cut.settle()
    assert heard == [cut.revision]
    assert not cut.state.settled
    screen.stop = 0
    cut.settle()
    assert cut.state == whole.state


def test_an_interrupted_load_makes_no_cluster(screen: Screen) -> None:
    cluster = Cluster(nodes=1)
    dump = [each.to_dict() for each in cluster.list("pods")]
    screen.done, screen.stop = 0, 2
    with pytest.raises(KeyboardInterrupt):
        Cluster.from_dump(dump)
    screen.stop = 0
    assert len(Cluster.from_dump(dump).list("pods")) == len(dump)


def test_without_a_screen_nothing_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with counted("work", 3) as count:
        count(1)
    Cluster(nodes=1)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(KdiscoError, match="cannot be called"):
        set_meter(3)  # type: ignore[arg-type]  # what is wrong with it
