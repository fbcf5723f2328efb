"""The command line: ``kdisco lab`` opens the chapters, ``explain`` reads dumps, ``linux`` builds in a real kernel."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import kdisco
from kdisco.errors import KdiscoError, UsageError
from kdisco.shell.chapters import FIRST, FOLDER, copied, source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["main"]

LAB = """open the chapters in JupyterLab, in the folder ./kdisco-chapters; further options are JupyterLab's own
(--no-browser, --port 8899, --ip 0.0.0.0, ...)"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code. What goes wrong is one line on stderr."""
    about = "Kubernetes service discovery, alive in Jupyter"
    parser = argparse.ArgumentParser(prog="kdisco", description=about, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"kdisco {kdisco.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands.add_parser("lab", help="open the chapters in JupyterLab", description=LAB, allow_abbrev=False)
    commands.add_parser("explain", help="say why Services of manifests or a dump do not answer", add_help=False)
    commands.add_parser("linux", help="build the cluster in real network namespaces", add_help=False)
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    own = 1 if given[:1] in (["explain"], ["linux"]) else len(given)  # what follows may be another program's options
    chosen, rest = parser.parse_known_args(given[:own])
    try:
        return COMMANDS[chosen.command]([*rest, *given[own:]])
    except KdiscoError as problem:
        sys.stderr.write(f"kdisco {chosen.command}: {problem}\n")
        return 1


def lab(options: Sequence[str]) -> int:
    """Copy the chapters where they are missing and run JupyterLab on the first one until it is stopped."""
    try:
        from jupyterlab.labapp import LabApp  # noqa: PLC0415 - half a second that no other command needs
    except ImportError:
        msg = "JupyterLab is not installed: pip install jupyterlab"
        raise UsageError(msg) from None
    folder = copied(Path.cwd() / FOLDER, source())
    LabApp.launch_instance(argv=lab_arguments(folder, options))
    return 0


def lab_arguments(folder: Path, options: Sequence[str]) -> list[str]:
    """JupyterLab's arguments: the chapters' folder, the first chapter, then the user's own, which win."""
    own = [f"--ServerApp.root_dir={folder}", f"--LabApp.default_url=/lab/tree/{FIRST}"]
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # in containers, where Jupyter would refuse
    return [*own, *(["--allow-root"] if root and "--allow-root" not in options else []), *options]


def explain(options: Sequence[str]) -> int:
    """Diagnose the Services of manifests, or of a dump."""
    run: Callable[[Sequence[str]], int] = import_module("kdisco.shell.explain").explain  # the whole model: late
    return run(options)


def linux(options: Sequence[str]) -> int:
    """Build the cluster in this machine's kernel, or do something in it."""
    run: Callable[[Sequence[str]], int] = import_module("kdisco.shell.linux").linux  # the whole model: late
    return run(options)


COMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {"explain": explain, "lab": lab, "linux": linux}

if __name__ == "__main__":
    sys.exit(main())
