"""A node's rules cut into pieces that can be read one by one: chains and maps, virtual servers and sets of IPVS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kdisco.net.counters import Counted
    from kdisco.net.rule import Rules

__all__ = ["about", "pieces"]

Lines = tuple[str, ...]
RULE = re.compile(r"^(?:\[\d+:\d+\] )?-A (\S+) ")
NFT_HEAD = re.compile(r"^\t((?:chain|map|set) \S+) \{$")
SERVER = re.compile(r"^(?:TCP|UDP|SCTP) +\S+")
SET = "Name: "
WORD = re.compile(r"[A-Za-z0-9][\w./-]*")
OWN = re.compile(r"^\w+ (?:KUBE-(?:SVC|SVL|EXT|SEP|FW)|service|endpoint|external|firewall)-[A-Z0-9]{8}")


def pieces(rules: Rules, counted: Counted | None = None) -> dict[str, Lines]:
    """All pieces of what a node's kernel shows, in its order; with what it ``counted`` where that is given."""
    found: dict[str, list[str]] = {}
    save = (counted or rules).save.splitlines()
    for name, line in (
        *_headed(rules.ipvsadm.splitlines(), SERVER, "ipvs "),
        *_headed(rules.ipset.splitlines(), re.compile(rf"^{SET}\S+"), "ipset "),
        *(_nft(save) if rules.save.startswith("table ") else _iptables(save)),
    ):
        found.setdefault(name, []).append(line)
    return {name: tuple(lines) for name, lines in found.items()}


def _headed(lines: Iterable[str], head: re.Pattern[str], kind: str) -> Iterator[tuple[str, str]]:
    """Lines below their headings."""
    name = ""
    for line in lines:
        if found := head.match(line):
            name = kind + " ".join(found[0].removeprefix(SET).split())
        if name and line.strip():
            yield name, line.rstrip()


def _iptables(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    table = ""
    for line in lines:
        if line.startswith("*"):
            table = line[1:]
        elif found := RULE.match(line):
            yield f"{table} {found[1]}", line


def _nft(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    name = ""
    for line in lines:
        if found := NFT_HEAD.match(line):
            name = found[1]
        elif line == "\t}":
            name = ""
        elif name and line.strip():
            yield name, line.strip()


def about(whole: Mapping[str, Lines], service: str, addresses: Iterable[str] = ()) -> dict[str, Lines]:
    """What concerns one Service ``ns/name`` of these ``addresses``: lines that name it, and its own chains in full."""
    named = rf"(?:(?<![\w./-])|(?<=-[A-Z0-9]{{8}}-)){re.escape(service)}(?![\w.-])"
    marks = re.compile("|".join((named, *map(_mark, addresses))))
    by_name = {name.rpartition(" ")[2]: name for name in whole if OWN.match(name)}
    own = {name for name in whole if marks.search(name)}
    kept: dict[str, Lines] = {}
    for _ in whole:  # each round adds a chain at least
        kept = {
            name: lines if name in own else tuple(line for line in lines if marks.search(line))
            for name, lines in whole.items()
        }
        said = {word for lines in kept.values() for line in lines for word in WORD.findall(line)}
        led = {by_name[word] for word in said & by_name.keys()}
        if led <= own:
            break
        own |= led
    return {name: lines for name, lines in kept.items() if lines}


def _mark(address: str) -> str:
    """An address, not as a part of a longer one."""
    before, after = (r"(?<![\w:])", r"(?![\w:])") if ":" in address else (r"(?<![\d.])", r"(?!\.?\d)")
    return f"{before}{re.escape(address)}{after}"
