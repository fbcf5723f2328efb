"""Help for every command, in lines that begin with its name."""

from __future__ import annotations

import pytest

from kdisco.console.about import ABOUT
from kdisco.console.shell import COMMANDS


def test_every_command_has_its_help() -> None:
    assert ABOUT.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", sorted(ABOUT))
def test_help_shows_how_it_is_written_then_what_for(name: str) -> None:
    written, *_, purpose = ABOUT[name].splitlines()
    assert written.split()[0] == name
    assert purpose.endswith(".")
