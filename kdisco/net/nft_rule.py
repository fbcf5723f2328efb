"""What a table of nftables holds, as values: chains, sets and maps, their elements, rules.

Each prints the command by which kube-proxy makes it (``restored``) and what ``nft list ruleset`` shows (``saved``).
Upstream: sigs.k8s.io/knftables (objects.go).
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from kdisco.net.nft_match import shown
from kdisco.net.packet import number
from kdisco.net.proxy import ANY, Entry
from kdisco.net.rule import Rule

__all__ = ["Chain", "Container", "Element", "Item", "NftRule", "table_of"]

SIZES = {False: 4, True: 16}  # bytes of an address, by whether it is IPv6
PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132}
PRIORITIES = {  # those that have a name, by hook; dstnat is one in prerouting alone
    ("prerouting", -110): "dstnat - 10",
    ("prerouting", -100): "dstnat",
    ("postrouting", 100): "srcnat",
}
UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def table_of(version: int) -> str:
    """kube-proxy's table of a family: ``ip kube-proxy`` or ``ip6 kube-proxy``."""
    return "ip6 kube-proxy" if version == 6 else "ip kube-proxy"  # noqa: PLR2004 - the IP version


@frozen
class NftRule(Rule):
    """One rule; its place is the table and the chain."""

    note: str = ""

    @property
    def comment(self) -> str:
        """The words that it carries, "" when none."""
        return self.note

    def restored(self, *, large: bool = False, verb: str = "add") -> str:  # noqa: ARG002 - all clusters are alike
        """The command that adds it."""
        table, chain = self.place
        words = [f"{verb} rule {table} {chain}", *[part.restored() for part in self.matches]]
        if self.target:
            words.append(self.target.restored())
        if self.note:
            words.append(f'comment "{self.note}"')
        return " ".join(words)

    def saved(self, *, large: bool = False) -> str:  # noqa: ARG002 - all clusters are alike
        """The rule as nft lists it within its chain."""
        words = [part.saved() for part in self.matches]
        if self.target:
            words.append(self.target.saved())
        if self.note:
            words.append(f'comment "{self.note}"')
        return " ".join(words)

    def __str__(self) -> str:
        return f"{self.table} {self.chain}: {self.saved()}"


@frozen
class Element(Rule):
    """One element of a set or map: its place is the table and the set, its target the verdict of a map's."""

    key: tuple[str, ...] = ()
    note: str = ""

    @property
    def entry(self) -> Entry:
        """The key as packets are looked up by it: (address, protocol, port)."""
        *address, protocol, port = self.key if len(self.key) > 1 else (*self.key, "", "0")
        return number(address[0]) if address else ANY, protocol, int(port)

    @property
    def order(self) -> Any:
        """By what nft sorts its list: a single value as a number, several as their bytes read from the end."""
        if len(self.key) == 1:
            return number(self.key[0])
        *address, protocol, port = self.key
        rest = bytes((PROTOCOLS[protocol],)) + int(port).to_bytes(2, "big")
        data = number(address[0]).to_bytes(SIZES[":" in address[0]], "big") if address else b""
        return (data + rest)[::-1]

    @property
    def comment(self) -> str:
        """Whose it is, where it says so."""
        return self.note

    def restored(self, *, large: bool = False, verb: str = "add") -> str:  # noqa: ARG002 - all clusters are alike
        """The command that adds it; the one that deletes it names the key alone."""
        table, name = self.place
        text = f"{verb} element {table} {name} {{ {' . '.join(self.key)}"
        if verb != "add":
            return f"{text} }}"
        verdict = f" : {self.target.restored()}" if self.target else ""
        return f'{text} comment "{self.note}"{verdict} }}' if self.note else f"{text}{verdict} }}"

    def saved(self, *, large: bool = False) -> str:  # noqa: ARG002 - all clusters are alike
        """The element as nft lists it."""
        key = " . ".join([shown(part) if ":" in part else part for part in self.key])
        verdict = f" : {self.target.saved()}" if self.target else ""
        return f'{key} comment "{self.note}"{verdict}' if self.note else f"{key}{verdict}"

    def __str__(self) -> str:
        return f"{self.table} {self.chain}: {self.saved()}"


@frozen
class Chain:
    """A chain; with a hook it is a base chain, which packets meet there at its priority."""

    table: str
    name: str
    kind: str = ""
    hook: str = ""
    priority: int = 0
    note: str = ""

    def restored(self, verb: str = "add") -> str:
        """The command that adds it."""
        text = f"{verb} chain {self.table} {self.name}"
        if verb != "add":
            return text
        if self.hook:
            return f"{text} {{ type {self.kind} hook {self.hook} priority {self.priority} ; }}"
        return f'{text} {{ comment "{self.note}" ; }}' if self.note else text

    def saved(self) -> tuple[str, ...]:
        """What nft lists of it before its rules."""
        if self.hook:
            named = PRIORITIES.get((self.hook, self.priority), str(self.priority) if self.priority else "filter")
            return (f"type {self.kind} hook {self.hook} priority {named}; policy accept;",)
        return (f'comment "{self.note}"',) if self.note else ()


@frozen
class Container:
    """A set, or a map from keys of these types to verdicts; ``timeout`` in seconds makes it forget."""

    table: str
    name: str
    types: tuple[str, ...]
    verdicts: bool = False
    note: str = ""
    timeout: int | None = None

    @property
    def noun(self) -> str:
        """``map`` or ``set``."""
        return "map" if self.verdicts else "set"

    def restored(self, verb: str = "add") -> str:
        """The command that adds it."""
        words = [verb, self.noun, self.table, self.name]
        if verb == "add":
            words += ["{", self._type(), ";"]
            words += ["flags dynamic,timeout ;", f"timeout {self.timeout}s ;"] if self.timeout is not None else []
            words += [f'comment "{self.note}" ;'] if self.note else []
            words.append("}")
        return " ".join(words)

    def saved(self) -> tuple[str, ...]:
        """What nft lists of it before its elements; a set that rules write to has been given a size."""
        lines = [self._type()]
        if self.timeout is not None:
            lines += ["size 65535", "flags dynamic,timeout", f"timeout {_span(self.timeout)}"]
        return *lines, *((f'comment "{self.note}"',) if self.note else ())

    def _type(self) -> str:
        return f"type {' . '.join(self.types)}{' : verdict' if self.verdicts else ''}"


def _span(seconds: int) -> str:
    """Seconds as nft prints them: 3h, 1d1h1m1s."""
    text = ""
    for size, unit in UNITS:
        count, seconds = divmod(seconds, size)
        text += f"{count}{unit}" if count else ""
    return text


Item = Chain | Container | Element | NftRule  # what a transaction writes, in its order
