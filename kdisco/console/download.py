"""One request of a program that fetches files, whoever wrote it: names, connection, answer, where the body goes."""

from __future__ import annotations

from abc import ABC, abstractmethod

from attrs import define

from kdisco.console.contact import SILENCE, Contact
from kdisco.console.options import Given, amount
from kdisco.console.result import CommandResult, Complaint
from kdisco.console.session import Session
from kdisco.console.url import Url
from kdisco.console.web import Response, respond
from kdisco.dns.resolver import address_of

__all__ = ["ERROR", "GENERIC", "Fetch", "downloaded"]

GENERIC = 1  # the exit status of most failures
ERROR = 400  # the first HTTP status that is a failure
UNRESOLVED = {"EAI_AGAIN": "Temporary failure in name resolution", "EAI_NODATA": "No address associated with hostname"}


@define
class Fetch(ABC):
    """One request: ``out`` is what it brought, ``err`` what is said of it."""

    session: Session
    given: Given
    text: str
    out: str = ""
    err: str = ""

    @abstractmethod
    def run(self) -> int:
        """Do it; gives the exit status."""

    @property
    def patience(self) -> float:
        """Seconds that a connection may take."""
        return amount(self.given.last("T", "0")) or 900.0

    def connect(self, url: Url, address: str) -> tuple[str, Contact]:
        """What the kernel says, "" for nothing, and what came of it."""
        found = self.session.connect(address, url.port or 1)
        return (SILENCE if found.error and found.seconds > self.patience else found.error), found

    def respond(self, url: Url, found: Contact) -> Response | None:
        """The answer."""
        return respond(self.session.now(), found, url.path)

    def say(self, words: str) -> None:
        """Tell what happens, unless it is to be quiet."""
        self.err += "" if "q" in self.given else words

    def addresses(self, url: Url) -> tuple[tuple[str, ...], str]:
        """The addresses, or why there are none."""
        literal = address_of(url.host)
        if literal:
            return (literal,), ""
        family = "inet" if "4" in self.given else "inet6" if "6" in self.given else "unspec"
        found = self.session.lookup(url.host, family)
        return found.addresses, UNRESOLVED.get(found.error or "", "Name or service not known")

    def take(self, found: Response) -> None:
        """Take the body where it is to be shown."""
        if self.given.last("O") == "-":
            self.out += found.body

    @property
    def target(self) -> str:
        """The name of the file that it would be written to."""
        last = self.text.partition("://")[2].partition("?")[0].rpartition("/")[2] if "://" in self.text else ""
        return self.given.last("O") or last or "index.html"


def downloaded(kind: type[Fetch], session: Session, given: Given) -> CommandResult:
    """What the requests to all URLs of a command line print, one after the other."""
    out = err = ""
    status = 0
    for text in given.words:
        fetch = kind(session, given, text)
        try:
            status = fetch.run() or status
        except Complaint as problem:
            out, err = out + problem.result.out, err + problem.result.err
            return CommandResult(out, err, problem.result.exit)
        out, err = out + fetch.out, err + fetch.err
    return CommandResult(out, err, status)
