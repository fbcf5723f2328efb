"""The command line: ``kdisco lab`` opens the chapters; ``explain``, ``export``, ``linux`` have files of their own."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import kdisco
from kdisco.errors import KdiscoError, UsageError
from kdisco.shell.chapters import FIRST, FOLDER, LANGUAGES, chosen, copied, source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

__all__ = ["main"]

LAB = """open the chapters in JupyterLab, in the folder ./kdisco-chapters; further options are JupyterLab's own
(--no-browser, --port 8899, --ip 0.0.0.0, ...)"""
OF_OTHERS = ("explain", "export", "linux")  # commands that read their options themselves


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code. What goes wrong is one line on stderr."""
    about = "Kubernetes service discovery, alive in Jupyter"
    parser = argparse.ArgumentParser(prog="kdisco", description=about, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"kdisco {kdisco.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    own = commands.add_parser("lab", help="open the chapters in JupyterLab", description=LAB, allow_abbrev=False)
    own.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help="the chapters' language")
    own.add_argument("--chapter", default="0", help="where to begin: 3, or registration")
    commands.add_parser("explain", help="say why Services of manifests or a dump do not answer", add_help=False)
    commands.add_parser("export", help="run the chapters and write them as web pages", add_help=False)
    commands.add_parser("linux", help="build the cluster in real network namespaces", add_help=False)
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    first = 1 if given[:1] and given[0] in OF_OTHERS else len(given)
    asked, rest = parser.parse_known_args(given[:first])
    try:
        if asked.command == "lab":
            return lab(rest, asked.lang, asked.chapter)
        run: Callable[[Sequence[str]], int] = getattr(_module(asked.command), asked.command)
        return run(given[first:])
    except KdiscoError as problem:
        sys.stderr.write(f"kdisco {asked.command}: {problem}\n")
        return 1


def _module(command: str) -> ModuleType:
    """Where a command is written: loaded late, because it brings the whole model."""
    return import_module(f"kdisco.shell.{command}")


def lab(options: Sequence[str], lang: str = LANGUAGES[0], chapter: str = "0") -> int:
    """Copy the chapters where they are missing and run JupyterLab on the first one until it is stopped."""
    try:
        from jupyterlab.labapp import LabApp  # noqa: PLC0415 - half a second that no other command needs
    except ImportError:
        msg = "JupyterLab is not installed: pip install jupyterlab"
        raise UsageError(msg) from None
    folder = copied(Path.cwd() / FOLDER, source())
    LabApp.launch_instance(argv=lab_arguments(folder, options, chosen(folder, lang, chapter)))
    return 0


def lab_arguments(folder: Path, options: Sequence[str], first: str = FIRST) -> list[str]:
    """JupyterLab's arguments: the chapters' folder, the first chapter, then the user's own, which win."""
    own = [f"--ServerApp.root_dir={folder}", f"--LabApp.default_url=/lab/tree/{first}"]
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # in containers, where Jupyter would refuse
    return [*own, *(["--allow-root"] if root and "--allow-root" not in options else []), *options]


if __name__ == "__main__":
    sys.exit(main())
