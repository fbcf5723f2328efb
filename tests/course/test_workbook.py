"""A teacher's own exercise: ten lines, and it works like those of the course."""

from __future__ import annotations

import pytest

from kdisco import Cluster
from kdisco.course import exercise, progress, task
from kdisco.course.scenes import application, service
from kdisco.course.verdict import Said
from kdisco.course.workbook import exercise_named, exercises
from kdisco.errors import UsageError

WEB = application("web", 1) + service("web", "selector: {app: web}, ports: [{port: 80, targetPort: 8080}]")


def port(c: Cluster) -> bool | str:
    """Whether the Service answers on 8080."""
    vip = c.get("service", "web").spec.cluster_ip
    return bool(c.assert_reaches("node/node-1", vip, 8080, soft=True)) or "Nobody answers on 8080."


SOLUTION = """kubectl patch service web --type=merge -p '{"spec": {"ports": [{"port": 8080}]}}'"""
HINT = "Look at `ports`."


def test_it_is_set_up_judged_hinted_and_solved_like_the_others() -> None:
    text = "Make `web` answer on 8080."
    made = exercise("mine/port", text=text, hints=(HINT,), manifests=WEB, solution=SOLUTION)(port)
    assert list(exercises("mine")) == [made]
    work = task("mine/port")
    assert str(work).splitlines() == ["port (open)", "Make `web` answer on 8080."]
    assert work.check().word == "Nobody answers on 8080."
    assert work.hint().word == "Hint 1 of 1: Look at `ports`."
    assert (progress("mine").done, progress("mine").total) == (0, 1)
    assert work.solve().check()
    assert progress("mine").done == 1


def test_its_texts_may_be_in_both_languages() -> None:
    text, title = {"en": "Do it.", "zh": "做吧。"}, {"zh": "题目"}
    exercise("mine/two", text=text, title=title, hints=({"en": "So."},))(lambda _: "no")
    assert str(task("mine/two", lang="zh")) == "题目 (未完成)\n做吧。"
    assert task("mine/two", lang="zh").hint().word == "提示 1/1：So."  # noqa: RUF001 - Chinese colon
    assert "Do it." in str(task("mine/two", lang="en"))


def test_it_may_break_its_cluster_with_a_fault() -> None:
    exercise("mine/fault", text="Mend.", manifests=WEB, faults=(("no-endpoints", {"service": "web"}),))(
        lambda c: bool(c.list("pods", "default", selector="app=web")) or "no Pods"
    )
    assert task("mine/fault").check().word == "no Pods"


def test_written_again_it_takes_the_place_of_the_first() -> None:
    exercise("mine/x", text="One.")(lambda _: True)
    assert task("mine/x").check()
    exercise("mine/x", text="Two.")(lambda _: False)
    assert not task("mine/x").check()
    assert "Two." in str(task("mine/x"))


@pytest.mark.parametrize("name", ["04/mine", "mine", "mine/", "/x"])
def test_its_name_is_its_own(name: str) -> None:
    with pytest.raises(UsageError, match="name yours as mine/port"):
        exercise(name, text="x")


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="'colour' is not one of 'dump', 'faults', 'settings', 'setup', 'wrong'"):
        exercise("mine/x", text="x", colour="red")


def test_a_check_may_give_a_word_of_the_catalogue() -> None:
    found = exercise_named("04/lost-pod")
    assert found.said(Said("gone", {"kind": "service", "name": "shop"})).startswith("service shop has gone.")
    assert found.said(answer=True) == ""
    assert found.said("as it is {here}") == "as it is {here}"
