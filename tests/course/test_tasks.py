"""An exercise at work: set up, hints one by one, judged on a copy, kept as done."""

from __future__ import annotations

import pytest

from kdisco import Cluster, set_language
from kdisco.course import exercise, progress, task
from kdisco.course.record import record
from kdisco.errors import UsageError

FIX = {"spec": {"selector": {"app": "shop"}}}


def test_it_has_a_cluster_of_its_own_made_when_first_asked_for() -> None:
    work = task("04/lost-pod")
    assert work._own is None
    assert work.cluster is task("04/lost-pod").cluster
    assert len(work.cluster.list("pods", "default", selector="app=shop")) == 2
    assert work.cluster.history[-1] is work.cluster.history[0]


def test_what_was_done_stays_until_one_begins_anew() -> None:
    work = task("04/lost-pod")
    before = work.cluster
    before.patch("service", "shop", FIX)
    assert task("04/lost-pod").check()
    assert not work.setup().check()
    assert work.cluster is not before
    assert work.done, "it was done once"


def test_the_check_judges_a_settled_copy_and_changes_nothing() -> None:
    work = task("04/lost-pod")
    work.cluster.patch("service", "shop", FIX)
    revision, now = work.cluster.revision, work.cluster.now
    assert work.check(), "nobody has let time run yet"
    assert (work.cluster.revision, work.cluster.now) == (revision, now)


def test_it_can_be_done_in_the_cluster_of_the_learner() -> None:
    mine = Cluster(nodes=2)
    work = task("04/lost-pod", mine)
    assert work.cluster is mine
    mine.patch("service", "shop", FIX)
    assert task("04/lost-pod", mine).check(), "the cell that was run again broke nothing"
    assert not work.setup().check(), "set up again it is broken again"


def test_an_exercise_that_needs_its_own_cluster_says_so() -> None:
    with pytest.raises(UsageError, match=r"05/few-questions needs a cluster of its own: task\('05/few-questions'\)"):
        task("05/few-questions", Cluster(nodes=1))


def test_hints_come_one_by_one() -> None:
    work = task("04/lost-pod")
    given = [str(work.hint()) for _ in range(4)]
    assert [text.partition(":")[0] for text in given[:3]] == [f"✓ Hint {number} of 3" for number in (1, 2, 3)]
    assert given[3] == "✗ There are no more hints. `.solution()` shows one way to do it."
    assert len(work.hints) == 3
    assert work.hints[0] in str(work)


def test_the_solution_is_shown_on_demand_and_noted() -> None:
    work = task("04/lost-pod")
    assert "kubectl patch" not in str(work)
    assert repr(work.solution()).startswith("kubectl patch service shop")
    assert record().get("task", "04/lost-pod")["seen"]
    assert not work.check(), "to look at it is not to do it"


def test_done_is_kept_and_forgotten() -> None:
    assert task("04/lost-pod").solve().check()
    assert "(done)" in str(task("04/lost-pod"))
    assert "04/lost-pod" not in progress("04").left
    assert not task("04/lost-pod").reset().done
    assert "(open)" in str(task("04/lost-pod"))


def test_it_speaks_the_language_that_was_set() -> None:
    set_language("zh")
    assert "谁也找不到的 Service（" not in str(task("04/lost-pod"))  # noqa: RUF001 - Chinese bracket
    assert str(task("04/lost-pod")).startswith("谁也找不到的 Service (未完成)")
    assert "个就绪端点" in task("04/lost-pod").check().word
    assert str(task("04/lost-pod", lang="en")).startswith("The Service that finds nobody (open)")


def test_a_name_that_is_not_there_brings_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"there is no exercise '04/lost-pot'; did you mean 04/lost-pod\?"):
        task("04/lost-pot")


def test_what_a_check_reaches_for_in_vain_is_a_word_and_no_traceback() -> None:
    @exercise("mine/deep", text="Make a Pod.")
    def deep(c: Cluster) -> bool:
        return bool(c.list("pods", "default")[0].ready)

    assert deep.name == "mine/deep"
    assert str(task("mine/deep").check()) == "✗ Something that should be there is not: tuple index out of range."


def test_without_a_solution_nothing_is_carried_out() -> None:
    @exercise("mine/open", text="Think.")
    def _open(_: Cluster) -> bool:
        return False

    assert str(task("mine/open").solution()) == "nobody has written a solution down"
    assert str(task("mine/open").check()) == "✗ Not yet."
    with pytest.raises(UsageError, match="mine/open: nobody has written a solution down"):
        task("mine/open").solve()
