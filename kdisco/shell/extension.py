"""What ``%load_ext kdisco`` and the kernel give a notebook: a cluster, and pictures without a system Graphviz.

Errors of kdisco show as their words alone without any help from here: they render themselves.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from graphviz.backend import dot_command

from kdisco.cluster import Cluster
from kdisco.view.render import RenderError, program

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension", "unload_ipython_extension"]

NAME = "cluster"


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Put a ready ``cluster`` into the notebook unless that name is taken, and let ``graphviz`` find its program."""
    if NAME not in shell.user_ns:
        shell.user_ns[NAME] = Cluster()
    gc.collect()
    gc.freeze()  # all of Jupyter is left out of later collections, each of which would hold a slider up
    try:
        dot_command.DOT_BINARY = Path(program())
    except RenderError:  # a learner's own Digraph will then say itself what is missing
        return


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the cluster away again if it is still the one that was given."""
    if isinstance(shell.user_ns.get(NAME), Cluster):
        del shell.user_ns[NAME]
