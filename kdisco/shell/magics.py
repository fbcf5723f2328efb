"""The magics behind commands in cells: ``%on`` says where they run, ``%cluster`` in which cluster."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher
from IPython.core.magic import (
    Magics,
    cell_magic,
    line_cell_magic,
    line_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)

from kdisco.cluster import Cluster
from kdisco.console.about import ABOUT
from kdisco.console.cells import MAGIC, command_in, expanded, in_python
from kdisco.console.complete import completions
from kdisco.console.kubectl.verbs import VERBS
from kdisco.console.result import CommandResult, failed
from kdisco.console.shell import COMMANDS
from kdisco.errors import UsageError
from kdisco.phrase import Phrase, said

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["CLUSTER", "NAMES", "Commands", "Shown"]

CLUSTER = "cluster"
NAMES = frozenset({"kubectl", *COMMANDS})
"""What a line of a cell can begin with to be a command."""


class Shown(CommandResult):
    """A command's result whose text is on the screen already: as a cell's last value it shows nothing more."""

    __slots__ = ()

    @classmethod
    def of(cls, result: CommandResult) -> Self:
        """Print the two streams and keep the result."""
        for stream, text in ((sys.stdout, result.out), (sys.stderr, result.err)):
            stream.write(text)
            stream.flush()  # each kernel stream waits by itself: without this, all errors of a cell come last
        return cls(result.out, result.err, result.exit, result.objects)

    def _ipython_display_(self) -> None:
        """Nothing: it was printed when it ran."""


class Answer(CommandResult):
    """A command's result that can still be shown, or go into a variable."""

    __slots__ = ()

    def show(self) -> Shown:
        """Print it, as a terminal would."""
        return Shown.of(self)


@magics_class
class Commands(Magics):
    """Commands in cells: ``kubectl`` against the cluster, all others within a Pod or on a node."""

    shell: InteractiveShell

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self.variable = CLUSTER
        self.place = ""

    @property
    def cluster(self) -> Cluster:
        """The cluster that commands talk to: the variable ``cluster``, or the one that ``%cluster`` named."""
        found = self.shell.user_ns.get(self.variable)
        if not isinstance(found, Cluster):
            msg = f"no cluster in the variable {self.variable}: make one, or name another with %cluster NAME"
            raise UsageError(msg)
        return found

    @no_var_expand
    @needs_local_scope
    @line_cell_magic(MAGIC)  # type: ignore[arg-type]  # IPython's decorators are typed for no method at all
    def command(self, line: str, cell: str | None = None, local_ns: Mapping[str, object] | None = None) -> Answer:
        """Run one command; ``cell`` is what it reads. ``$name`` and ``{name}`` are Python's variables."""
        variables = {**self.shell.user_ns, **(local_ns or {})}
        found = self.run(expanded(line, variables), cell)
        return Answer(found.out, found.err, found.exit, found.objects)

    @no_var_expand
    @needs_local_scope
    @cell_magic("kubectl")  # type: ignore[arg-type]  # likewise
    def kubectl_cell(self, line: str, cell: str, local_ns: Mapping[str, object] | None = None) -> Shown:
        """``%%kubectl apply -f -``: the rest of the cell is what kubectl reads."""
        return self.command(f"kubectl {line}", cell, local_ns).show()

    @no_var_expand
    @needs_local_scope
    @line_magic("kubectl")  # type: ignore[arg-type]  # likewise
    def kubectl_line(self, line: str, local_ns: Mapping[str, object] | None = None) -> Shown:
        """``%kubectl get pods``, for a notebook where ``kubectl`` is a Python variable."""
        return self.command(f"kubectl {line}", None, local_ns).show()

    @line_magic("on")  # type: ignore[arg-type]  # likewise
    def on(self, line: str) -> None:
        """``%on pod/web-0``, ``%on pod/NAMESPACE/NAME`` or ``%on node/node-1``: where commands run from now on."""
        place = line.strip()
        if place:
            self.place = self._checked(place)
        words = Phrase("commands run on {place}", place=self.place or self._usual())
        sys.stdout.write(f"{said(words)}\n")

    @line_magic("cluster")  # type: ignore[arg-type]  # likewise
    def switch(self, line: str) -> None:
        """``%cluster other``: commands talk to the cluster in the variable ``other`` from now on."""
        name = line.strip()
        if name and not isinstance(self.shell.user_ns.get(name), Cluster):
            msg = f"%cluster: no cluster in a variable {name}"
            raise UsageError(msg)
        if name and name != self.variable:
            self.variable, self.place = name, ""
        words = Phrase("commands talk to {variable}: {cluster}", variable=self.variable, cluster=repr(self.cluster))
        sys.stdout.write(f"{said(words)}\n")

    def run(self, line: str, stdin: str | None = None) -> CommandResult:
        """One command line, with its variables in place already."""
        name, _, rest = line.strip().partition(" ")
        if name == "kubectl":
            return self.cluster.kubectl(rest.strip(), stdin=stdin)
        try:
            kind, _, where = (self.place or self._usual()).partition("/")
            return self.cluster.sh(line, **{kind: where})
        except UsageError as problem:
            return failed(f"{name}: {problem}")

    def lines(self, lines: list[str]) -> list[str]:
        """A cell with its commands made Python: IPython's input transformation."""
        return in_python(lines, NAMES, self.shell.user_ns.__contains__)

    # Before Python's own, which a command has no use for; a partial object, whose types mypy loses.
    @context_matcher(priority=1000)  # type: ignore[untyped-decorator]
    def matches(self, context: CompletionContext) -> SimpleMatcherResult:
        """IPython's completion, within a command only."""
        line = context.full_text.split("\n")[context.cursor_line][: context.cursor_position]
        started, found = self.candidates(line)
        completions = [SimpleCompletion(text=text, type="command") for text in found]
        return {"completions": completions, "matched_fragment": started, "suppress": bool(found)}

    def helped(self, line: str) -> str | None:
        """The help of the command that a line holds, up to the cursor; None where it holds none."""
        command = command_in(line, NAMES, self.shell.user_ns.__contains__)
        if command is None:
            return None
        words = [word for word in command.split()[1:] if not word.startswith("-")]
        if not command.startswith("kubectl"):
            return ABOUT[command.split()[0]]
        verb = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in VERBS), "")
        return str(self.run(f"kubectl {verb} --help"))

    def candidates(self, line: str) -> tuple[str, tuple[str, ...]]:
        """What could come next in a line of a cell up to the cursor: the word begun, and what it could become."""
        if line.startswith("%on "):
            view = self.cluster.state.view
            places = (*(f"node/{node.name}" for node in view.list("nodes")),
                      *(f"pod/{pod.namespace}/{pod.name}" for pod in view.list("pods")))  # fmt: skip
            return line[4:], tuple(place for place in places if place.startswith(line[4:]))
        command = command_in(line, NAMES, self.shell.user_ns.__contains__)
        if command is None or " " not in command:
            return "", ()
        start, found = completions(command, self.cluster.state)
        return command[start:], found

    def _usual(self) -> str:
        """Where commands run while nobody has said: in the first Pod of the namespace default that is ready."""
        for pod in self.cluster.list("pods", namespace="default"):
            if pod.status.phase == "Running":
                return f"pod/{pod.namespace}/{pod.name}"
        msg = "no Pod runs in the namespace default: say where, with %on pod/NAMESPACE/NAME or %on node/NAME"
        raise UsageError(msg)

    def _checked(self, place: str) -> str:
        kind, _, rest = place.partition("/")
        if kind == "node" and rest:
            return f"node/{self.cluster.get('node', rest).name}"
        if kind == "pod" and rest:
            namespace, _, name = rest.rpartition("/")
            found: Any = self.cluster.get("pod", name, namespace=namespace or "default")
            return f"pod/{found.namespace}/{found.name}"
        msg = f"%on: where is {place!r}? say %on pod/NAME, %on pod/NAMESPACE/NAME or %on node/NAME"
        raise UsageError(msg)
