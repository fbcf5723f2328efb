"""One run of kubectl: the cluster that it talks to, what its command line says, and what it prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from attrs import field, frozen

from kdisco.console.kubectl.args import Given
from kdisco.console.kubectl.resources import Served
from kdisco.errors import ApiError, Invalid, KdiscoError, NotFound, Unprocessable, UsageError

__all__ = ["Call", "minor", "refuse", "server_version", "words_of", "wrong_usage"]


VERSION = re.compile(r"v1\.(\d+)")
DEPRECATED = re.compile(r"deprecated in v1\.(\d+)")  # an older server does not say so


def refuse(words: str) -> UsageError:
    """The error that ends a command with ``error: ...``."""
    return UsageError(f"error: {words}")


def wrong_usage(words: str, verb: str) -> UsageError:
    """The same with where to find help."""
    return UsageError(f"error: {words}\nSee 'kubectl {verb} -h' for help and examples")


@frozen(kw_only=True)
class Call:
    """What a verb gets. ``out`` and ``err`` gather what is printed, ``objects`` what was found or made."""

    cluster: Any
    verb: str
    given: Given
    namespace: str = "default"
    explicit: bool = False  # whether the namespace was given on the command line
    stdin: str | None = None
    out: list[str] = field(factory=list)
    err: list[str] = field(factory=list)
    objects: list[Any] = field(factory=list)
    failures: list[KdiscoError | str] = field(factory=list)  # what went wrong so far; printed at the end
    warned: set[str] = field(factory=set)

    def flag(self, name: str) -> Any:
        """The value of a flag, its default where it was not given."""
        return self.given[name]

    @property
    def selector(self) -> str:
        """The label selector of ``-l``; of expose, ``--selector`` is something else."""
        flag = self.given.flags.get("selector")
        return str(self.flag("selector")) if flag is not None and flag.short else ""

    @property
    def everywhere(self) -> bool:
        """Whether all namespaces are meant."""
        return bool(self.flag("all-namespaces"))

    @property
    def now(self) -> float:
        """The cluster's time in Unix seconds."""
        state = self.cluster.state
        return float(state.epoch + state.now)

    def say(self, text: str) -> None:
        """Print a line."""
        self.out.append(f"{text}\n")

    def write(self, text: str) -> None:
        """Print text as it is."""
        self.out.append(text)

    def complain(self, text: str) -> None:
        """Print a line on standard error."""
        self.err.append(f"{text}\n")

    def fail(self, error: KdiscoError | str) -> None:
        """Note what went wrong, and go on; text is printed as it is."""
        self.failures.append(error)

    def failed(self) -> str:
        """What is printed of all that went wrong: of several errors none says that it is one.

        Upstream: kubectl pkg/cmd/util/helpers.go checkErr, MultipleErrors.
        """
        words = words_of if len(self.failures) == 1 else _among_others
        texts = [each if isinstance(each, str) else words(each) for each in self.failures]
        if len(texts) == 1 and not isinstance(self.failures[0], Invalid):
            texts = [texts[0].removesuffix("\n")]
        return "".join(f"{text}\n" for text in texts)

    def each(self, things: Iterable[Any], do: Callable[[Any], None]) -> None:
        """Do something with each thing; one that fails does not stop the others."""
        for thing in things:
            try:
                do(thing)
            except KdiscoError as problem:
                self.fail(problem)

    # The API

    def ask(self, request: Callable[[], Any]) -> Any:
        """Carry out a request, and print what the server warns of."""
        self.cluster.warnings = ()
        try:
            return request()
        finally:
            for text in self.cluster.warnings:
                known = DEPRECATED.search(text)
                if text not in self.warned and not (known and minor(server_version(self)) < int(known[1])):
                    self.warned.add(text)
                    self.complain(f"Warning: {text}")

    def get(self, served: Served, name: str, namespace: str | None = None) -> Any:
        """One object; raises NotFound."""
        if served.row is None:
            msg = f'{served.qualified} "{name}" not found'
            raise NotFound(msg, {"name": name, "kind": served.plural})
        space = self.namespace if namespace is None else namespace
        return self.ask(lambda: self.cluster.get(served.plural, name, space))

    def listed(self, served: Served, namespace: str | None = None, **chosen: Any) -> tuple[Any, ...]:
        """Objects of a resource; ``namespace`` None is all of them."""
        if served.row is None:
            return ()
        return tuple(self.ask(lambda: self.cluster.list(served.plural, namespace, **chosen)))


def server_version(call: Call) -> str:
    """The version of the API server: kubelets are never newer, so of a dump, which does not say, the newest one."""
    nodes = call.cluster.state.view.list("nodes")
    kubelets = [str((each.status.kept.get("nodeInfo") or {}).get("kubeletVersion", "")) for each in nodes]
    return max((text for text in kubelets if minor(text)), key=minor, default=call.cluster.config.kubernetes_version)


def minor(version: str) -> int:
    """36 of ``v1.36.0``, 0 for what is no version."""
    found = VERSION.match(version)
    return int(found[1]) if found else 0


SPOKEN = ("error: ", "Error", "The ", "the server doesn't have a resource type")  # what is printed as it is


def _among_others(error: KdiscoError) -> str:
    """What kubectl prints for an error that is not the only one."""
    if isinstance(error, Invalid | Unprocessable):
        return f"Error from server ({error.reason}): {error.message}"
    return str(error) if isinstance(error, ApiError) else str(error).removeprefix("error: ")


def words_of(error: KdiscoError) -> str:
    """What kubectl prints for an error."""
    text = str(error)
    return text if isinstance(error, ApiError) or text.startswith(SPOKEN) else f"error: {text}"
