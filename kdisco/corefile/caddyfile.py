"""The form of a Corefile: words and lines, server blocks, directives with their arguments and properties.

Upstream: coredns/caddy caddyfile/lexer.go, parse.go, dispenser.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NoReturn

from attrs import frozen

from kdisco.errors import UsageError

__all__ = ["FILE", "CorefileError", "Directive", "Line", "ServerBlock", "blocks"]

FILE = "/etc/coredns/Corefile"


class CorefileError(UsageError):
    """A Corefile that CoreDNS does not start with, in its words; ``line`` is where (1 is the first), 0 unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@frozen
class Word:
    """One word of a Corefile and the line it begins in."""

    text: str
    line: int


@frozen
class Line:
    """A property inside a directive's braces, or the directive itself: its name and its arguments."""

    name: Word
    args: tuple[Word, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The arguments as text."""
        return tuple(word.text for word in self.args)

    def refuse(self, text: str) -> NoReturn:
        """Raise an error at this line."""
        raise _error((self.args or (self.name,))[-1], text)

    def refuse_name(self) -> NoReturn:
        """Raise the error for a property that there is not."""
        raise _error(self.name, f"unknown property '{self.name.text}'")

    def refuse_arguments(self) -> NoReturn:
        """Raise the error for too few or too many arguments."""
        last = (self.args or (self.name,))[-1]
        raise _error(last, f"Wrong argument count or unexpected line ending after '{last.text}'")


@frozen
class Directive(Line):
    """One directive of a server block: a plugin, its arguments, and the properties in its braces."""

    properties: tuple[Line, ...] = ()


@frozen
class ServerBlock:
    """What is served under some keys (``.:53``)."""

    keys: tuple[str, ...]
    directives: tuple[Directive, ...]

    @property
    def addresses(self) -> tuple[tuple[str, str], ...]:
        """Zone and port, "" for none, of each key: ``dns://example.org:1053``."""
        parts = (key.rpartition("://")[2].partition(":") for key in self.keys)
        return tuple((zone, port) for zone, _, port in parts)


def blocks(text: str, known: Iterable[str] | None = None) -> tuple[ServerBlock, ...]:
    """The server blocks of a Corefile; raises CorefileError that names the line.

    ``known`` are the directives that there are, any other is an error; None: any directive will do.
    """
    return tuple(_Reader(list(_words(text)), None if known is None else frozenset(known)).blocks())


def _words(text: str) -> Iterator[Word]:
    """Words parted by blanks; ``#`` at a word's start ends the line; double quotes hold a word together."""
    for number, line in enumerate(text.splitlines(), 1):
        at = 0
        while at < len(line):
            if line[at].isspace():
                at += 1
            elif line[at] == "#":
                break
            else:
                quoted = line[at] == '"'
                at += quoted
                end = at
                while end < len(line) and (line[end] != '"' if quoted else not line[end].isspace()):
                    end += 1
                yield Word(line[at:end], number)
                at = end + quoted


class _Reader:
    """Reads words one after another; ``at`` is the word that comes next."""

    def __init__(self, words: list[Word], known: frozenset[str] | None) -> None:
        self.words, self.known, self.at = words, known, 0

    def blocks(self) -> Iterator[ServerBlock]:
        while self.at < len(self.words):
            keys = list(self._keys())
            braces = self._here("{")
            self.at += braces
            directives = list(self._directives())
            if braces:
                if not self._here("}"):
                    self._missing("}")
                self.at += 1
            yield ServerBlock(tuple(keys), tuple(directives))

    def _keys(self) -> Iterator[str]:
        line, more = self.words[self.at].line, False
        while self.at < len(self.words):
            word = self.words[self.at]
            if word.text == "{":
                if more:
                    told = "Expected another address but had '{' - check for extra comma"
                    raise _error(word, told)
                return
            if word.line != line and not more:
                return
            line, more = word.line, word.text.endswith(",")
            self.at += 1
            yield word.text.removesuffix(",")
        if more:
            raise _error(self.words[-1], "Unexpected EOF")

    def _directives(self) -> Iterator[Directive]:
        while self.at < len(self.words) and not self._here("}"):
            name = self.words[self.at]
            if self.known is not None and name.text not in self.known:
                raise _error(name, f"Unknown directive '{name.text}'")
            args = self._arguments()
            yield Directive(name, args, tuple(self._properties()) if self._here("{") else ())

    def _arguments(self) -> tuple[Word, ...]:
        """The words after the one here, on its line, up to an opening brace."""
        line = self.words[self.at].line
        self.at += 1
        first = self.at
        while self.at < len(self.words) and self.words[self.at].line == line and self.words[self.at].text != "{":
            if self.words[self.at].text == "}":
                raise _error(self.words[self.at], "Unexpected '}' because no matching opening brace")
            self.at += 1
        return tuple(self.words[first : self.at])

    def _properties(self) -> Iterator[Line]:
        self.at += 1
        while self.at < len(self.words):
            if self._here("}"):
                self.at += 1
                return
            name = self.words[self.at]
            yield Line(name, self._property_arguments())
        raise _error(self.words[-1], "Unexpected EOF")

    def _property_arguments(self) -> tuple[Word, ...]:
        line = self.words[self.at].line
        self.at += 1
        first = self.at
        while self.at < len(self.words) and self.words[self.at].line == line and self.words[self.at].text != "}":
            self.at += 1
        return tuple(self.words[first : self.at])

    def _here(self, text: str) -> bool:
        return self.at < len(self.words) and self.words[self.at].text == text

    def _missing(self, text: str) -> NoReturn:
        word = self.words[min(self.at, len(self.words) - 1)]
        told = f"{FILE}:{word.line} - Syntax error: Unexpected token '{word.text}', expecting '{text}'"
        raise CorefileError(told, word.line)


def _error(word: Word, text: str) -> CorefileError:
    return CorefileError(f"{FILE}:{word.line} - Error during parsing: {text}", word.line)
