"""The commands there are, and which of them a line means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module

from kdisco.console.applets import SMALL
from kdisco.console.result import CommandResult, Complaint, failed
from kdisco.console.session import Session
from kdisco.console.words import Several, Unclosed, words_of
from kdisco.errors import UsageError
from kdisco.store.events import Event, Fact
from kdisco.store.history import Moment
from kdisco.store.state import State

__all__ = ["COMMANDS", "SMALL", "run"]

Command = Callable[[Session, list[str]], CommandResult]
COMMANDS: Mapping[str, tuple[str, str]] = {  # name: (module, function)
    "bridge": ("ip", "bridge"),
    "busybox": ("applets", "busybox"),
    "cat": ("files", "cat"),
    "conntrack": ("connections", "conntrack"),
    "curl": ("curl", "curl"),
    "dig": ("dig", "dig"),
    "echo": ("files", "echo"),
    "env": ("files", "env"),
    "getent": ("getent", "getent"),
    "host": ("host", "host"),
    "hostname": ("files", "hostname"),
    "ip": ("ip", "ip"),
    "ip6tables": ("iptables", "ip6tables"),
    "ip6tables-save": ("rules_seen", "ip6tables_save"),
    "ipset": ("rules_seen", "ipset"),
    "iptables": ("iptables", "iptables"),
    "iptables-save": ("rules_seen", "iptables_save"),
    "ipvsadm": ("rules_seen", "ipvsadm"),
    "nc": ("nc", "nc"),
    "nft": ("rules_seen", "nft"),
    "nslookup": ("nslookup", "nslookup"),
    "ping": ("ping", "ping"),
    "printenv": ("files", "printenv"),
    "ss": ("connections", "ss"),
    "tcpdump": ("tcpdump", "tcpdump"),
    "wget": ("wget", "wget"),
}
NOT_FOUND, WRONG = 127, 2


def run(
    line: str,
    where: str,
    tell: Callable[[Event], tuple[Fact, ...]],
    now: Callable[[], State],
    turns: Iterator[int],
    past: Callable[[], Iterable[Moment]] = tuple,
) -> CommandResult:
    """What a command line prints at ``where``: ``pod/ns/name`` or ``node/name``; see ``Session`` for the others."""
    session = Session(where=where, tell=tell, now=now, turns=turns, past=past)
    try:
        words = words_of(line, session.environment if "$" in line else {})
    except Unclosed:
        return failed("sh: 1: Syntax error: Unterminated quoted string", WRONG)
    except Several:
        return failed("sh: only single commands are understood here: no pipes, no redirections, no lists", WRONG)
    return _ran(session, *words) if words else CommandResult()


def _ran(session: Session, name: str, *arguments: str) -> CommandResult:
    found = SMALL.get(name) if session.small and name in SMALL else COMMANDS.get(name)
    if found is None:
        return failed(f"sh: {name}: not found\nthere are: {', '.join(COMMANDS)}", NOT_FOUND)
    command: Command = getattr(import_module(f"kdisco.console.{found[0]}"), found[1])
    try:
        return command(session, list(arguments))
    except Complaint as problem:
        return problem.result
    except UsageError as problem:
        return failed(f"{name}: {problem}")
