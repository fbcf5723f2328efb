"""``kdisco linux``: the cluster in real network namespaces, its rules loaded into this machine's kernel."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdisco.errors import UsageError
from kdisco.meter import set_meter
from kdisco.shell.bar import bar
from kdisco.shell.linux_build import RIGHTS, LinuxError, Missing
from kdisco.shell.linux_exec import become
from kdisco.shell.linux_plan import MODES
from kdisco.shell.linux_record import Record, alone, born, ended, folder, found, named, there
from kdisco.shell.linux_space import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["linux"]

ABOUT = """Build a cluster of the model in this machine's kernel: a network namespace for each node and each Pod,
bridges, VXLAN, and kube-proxy's rules to the letter. Takes root, or a user namespace: unshare -Urn."""
STOPPED = 130  # as a shell says of what Ctrl-C has ended
LACKING = 2  # the exit code where the machine lacks a tool, a right or a part of the kernel
USER_SPACE = ("unshare", "-U", "-r", "-n", "--")


def linux(arguments: Sequence[str]) -> int:
    """Run one of the commands; gives the exit code: 2 where the machine lacks what it takes."""
    given = ["check" if word == "--check" and at == 0 else word for at, word in enumerate(arguments)]
    chosen = _parser().parse_args(given[: 2 if given[:1] == ["exec"] else None])
    chosen.words = given[2:]
    if sys.stderr.isatty():
        set_meter(bar)
    try:
        return COMMANDS[chosen.action](chosen)
    except Missing as problem:
        sys.stderr.write(f"kdisco linux: {problem}\n")
        return LACKING
    except KeyboardInterrupt:
        sys.stderr.write("kdisco linux: stopped; nothing is left of what was begun\n")
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kdisco linux", description=ABOUT, allow_abbrev=False)
    actions = parser.add_subparsers(dest="action", metavar="up|exec|status|down|check", required=True)
    up = actions.add_parser("up", help="build a cluster", allow_abbrev=False)
    up.add_argument("files", nargs="*", metavar="FILE", help="manifests, or a dump; none: two small applications")
    up.add_argument("--nodes", type=int, default=3, help="how many, where no file has Nodes (3)")
    up.add_argument("--pod-cidr", help="the Pods' ranges, one a family")
    up.add_argument("--service-cidr", help="the Services' ranges, one a family")
    run = actions.add_parser("exec", help="exec POD|NODE -- COMMAND: run a command there", allow_abbrev=False)
    run.add_argument("where", metavar="POD|NODE", help="namespace/name, the beginning of a name, a node, or outside")
    actions.add_parser("status", help="what is up", allow_abbrev=False)
    actions.add_parser("down", help="take everything down, also what a crash left", allow_abbrev=False)
    check = actions.add_parser("check", help="random flows in model and kernel: what differs", allow_abbrev=False)
    check.add_argument("--flows", type=_count, default=200, help="how many (200)")
    check.add_argument("--seed", type=int, default=1, help="another one gives other clusters (1)")
    for each in (up, check):
        each.add_argument("--mode", choices=MODES, default="iptables", help="of kube-proxy")
    return parser


def _count(text: str) -> int:
    """A whole number of at least 1."""
    if not (text.isascii() and text.isdecimal() and int(text)):
        msg = f"{text!r} is no whole number of at least 1"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _up(chosen: argparse.Namespace) -> int:
    """Start the background process, and wait until all is up or nothing is."""
    with alone():
        if found() is not None:
            msg = "a cluster is up already; take it down first: kdisco linux down"
            raise UsageError(msg)
        ended()  # what a crash left behind
        told = _kept(chosen)
        if "error" in told:
            ended()
            raise (Missing if told["code"] == LACKING else LinuxError)(told["error"])
    _welcome(told)
    return 0


def _kept(chosen: argparse.Namespace) -> Mapping[str, Any]:
    """Start the background process; what it says when all is up, or nothing is."""
    wanted: dict[str, Any] = {"files": [str(Path(name).absolute()) for name in chosen.files]}
    wanted |= {"nodes": chosen.nodes, "mode": chosen.mode}
    wanted |= {name: value for name in ("pod_cidr", "service_cidr") if (value := getattr(chosen, name))}
    command = [*_rights(), sys.executable, "-m", "kdisco.shell.linux_keeper", json.dumps(wanted)]
    with (folder() / "log").open("w", encoding="utf-8") as log:
        keeper = subprocess.Popen(  # noqa: S603 - this program itself
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
    Record(pid=keeper.pid, born=born(keeper.pid), mode=chosen.mode, spaces={}).save()  # so that it can be found
    try:
        line = keeper.stdout.readline() if keeper.stdout else ""
    except KeyboardInterrupt:
        keeper.terminate()
        keeper.wait()
        ended()
        raise
    told: dict[str, Any] = json.loads(line) if line else {"error": _last_words(), "code": 1}
    if "error" in told:
        keeper.wait()
    return told


def _rights() -> tuple[str, ...]:
    """What a command begins with so that it may make namespaces."""
    if os.geteuid() == 0:
        return ()
    unshare = shutil.which(USER_SPACE[0])
    if unshare is None or subprocess.run([*USER_SPACE, "true"], capture_output=True, check=False).returncode:  # noqa: S603 - util-linux
        raise Missing(RIGHTS)
    return USER_SPACE


def _last_words() -> str:
    lines = (folder() / "log").read_text(encoding="utf-8").split("\n")
    return next((line for line in reversed(lines) if line), "the background process ended without a word")


def _welcome(told: Mapping[str, Any]) -> None:
    counts = [f"{told[what]} {what[:-1] if told[what] == 1 else what}" for what in ("nodes", "Pods")]
    lines = [f"{' and '.join(counts)} are up, kube-proxy in {told['mode']} mode"]
    if told["names"]:
        lines.append("each is a network namespace: ip netns list")
    sys.stdout.write("\n".join([*lines, "kdisco linux status shows them, kdisco linux down takes them down", ""]))


def _status(_chosen: argparse.Namespace) -> int:
    record, names = there(), named()
    rows = [["NAME", "NODE", "ADDRESS", *(["NAMESPACE"] if names else [])]]
    for space in record.spaces:
        name = space.removeprefix("pod/").removeprefix("node/")
        shown = [name, record.nodes[space] or "-", ",".join(record.addresses[space])]
        rows.append([*shown, *([name_of(space)] if names else [])])
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        sys.stdout.write("   ".join(f"{cell:<{wide}}" for cell, wide in zip(row, widths, strict=True)).rstrip() + "\n")
    return 0


def _down(_chosen: argparse.Namespace) -> int:
    with alone():
        something, left = ended(), named()
    if left:
        msg = f"{len(left)} namespaces are not yours to take down, {left[0]} the first: ask whoever is root here"
        raise LinuxError(msg)
    sys.stdout.write("everything is taken down\n" if something else "nothing was up\n")
    return 0


def _check(chosen: argparse.Namespace) -> int:
    from kdisco.shell.linux_check import check  # noqa: PLC0415 - the whole model, which the other commands do without

    if rights := _rights():
        again = ["--flows", str(chosen.flows), "--seed", str(chosen.seed), "--mode", chosen.mode]
        command = [*rights, sys.executable, "-m", "kdisco.shell.cli", "linux", "check", *again]
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    return check(chosen.flows, chosen.seed, chosen.mode, sys.stdout.write)


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "up": _up,
    "exec": lambda chosen: become(chosen.where, chosen.words),
    "status": _status,
    "down": _down,
    "check": _check,
}
