"""What ``%load_ext kdisco`` and the kernel give a notebook: a cluster, commands in cells, pictures without Graphviz.

Errors of kdisco show as their words alone without any help from here: they render themselves.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from graphviz.backend import dot_command

from kdisco.cluster import Cluster
from kdisco.meter import set_meter
from kdisco.shell.bar import bar
from kdisco.shell.magics import CLUSTER, Commands
from kdisco.view.render import RenderError, program

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Put a ready ``cluster`` into the notebook unless that name is taken, and let cells hold commands."""
    if CLUSTER not in shell.user_ns:
        shell.user_ns[CLUSTER] = Cluster()
    commands = Commands(shell)
    shell.register_magics(commands)
    shell.input_transformers_cleanup.append(commands.lines)
    shell.Completer.custom_matchers.append(commands.matches)
    set_meter(bar)
    gc.collect()
    gc.freeze()  # all of Jupyter is left out of later collections, each of which would hold a slider up
    try:
        dot_command.DOT_BINARY = Path(program())
    except RenderError:  # a learner's own Digraph will then say itself what is missing
        return


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the commands away, and the cluster if it is still one."""
    for hooks in (shell.input_transformers_cleanup, shell.Completer.custom_matchers):
        hooks[:] = [each for each in hooks if not isinstance(getattr(each, "__self__", None), Commands)]
    set_meter(None)
    if isinstance(shell.user_ns.get(CLUSTER), Cluster):
        del shell.user_ns[CLUSTER]
