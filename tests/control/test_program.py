"""What a container's program does, by its command and by the annotation."""

from __future__ import annotations

from typing import Any

import pytest
from control_scenes import pod

from kdisco.control.program import CRASHES, ending, outcome


def made(told: str | None = None, **container: Any) -> Any:
    """A Pod whose one container has these fields."""
    spec = {"containers": [{"name": "web", **container}]}
    return pod("a", spec=spec, annotations={} if told is None else {CRASHES: told})


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (None, None),
        ("after 2s", (2.0, 1)),
        ("after 0.5s exit 137", (0.5, 137)),
        ("after 0s", (0.1, 1)),
        ("web after 3s, after 9s", (3.0, 1)),
        ("side after 3s", None),
        ("side after 3s, after 9s exit 300", (9.0, 255)),
        ("soon", None),
        ("", None),
    ],
)
def test_the_annotation_says_when_a_container_ends(told: str | None, found: Any) -> None:
    crashing = made(told)
    assert ending(crashing, crashing.spec.containers[0]) == found


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (["false"], (0.0, 1)),
        (["/bin/true"], (0.0, 0)),
        (["sleep", "5"], (5.0, 0)),
        (["sleep", "infinity"], None),
        (["sh", "-c", "exit 3"], (0.0, 3)),
        (["/bin/sh", "-c", "echo up; sleep 2 && sleep 1.5\nexit 7; sleep 9"], (3.5, 7)),
        (["sh", "-c", "false; exit"], (0.0, 1)),
        (["sh", "-c", "while true; do sleep 1; done"], None),
        (["sh", "-c", "echo 'unclosed"], None),
        (["sh"], None),
        (["nginx", "-g", "daemon off;"], None),
        ([], None),
    ],
)
def test_a_command_ends_as_its_words_say(command: list[str], found: Any) -> None:
    assert outcome(tuple(command)) == found


def test_a_server_runs_for_ever_and_an_init_container_does_its_work() -> None:
    quiet = made()
    assert ending(quiet, quiet.spec.containers[0]) is None
    assert ending(quiet, quiet.spec.containers[0], init=True) == (1.0, 0)
    failing = made(command=["sh", "-c", "exit 2"])
    assert ending(failing, failing.spec.containers[0], init=True) == (0.1, 2)


def test_arguments_without_a_command_say_nothing() -> None:
    image = made(args=["false"])
    assert ending(image, image.spec.containers[0]) is None
