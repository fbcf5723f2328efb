"""A box for commands: kubectl, and those that run in a Pod or on a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kdisco.errors import UsageError
from kdisco.widget.controls import Chooser, choose, row, shown, terminal
from kdisco.widget.panel import Panel
from kdisco.widget.places import node_names, pod_names
from kdisco.widget.prompt import Prompt

if TYPE_CHECKING:
    from kdisco.cluster import Cluster
    from kdisco.console.result import CommandResult
    from kdisco.store.state import State

__all__ = ["CommandLine"]

KUBECTL = "kubectl"
EXAMPLE = "kubectl get pods -o wide"
KEPT = 20  # results that stay on the screen


class CommandLine(Panel):
    """Commands typed and answered: ``b = c.command_line(); b.line = "kubectl get svc"; b.run()``.

    kubectl runs at the learner's own desk; ``dig``, ``curl``, ``ip`` and others run at ``where``, ``pod/ns/name`` or
    ``node/name``. ``results`` keeps (line, where, result).
    """

    KNOWN = (*Panel.KNOWN, "line", "where")

    def __init__(
        self, cluster: Cluster, lang: str | None = None, namespace: str = "default", **options: Any
    ) -> None:  # fmt: skip
        super().__init__(cluster, lang, namespace, **options)
        say = self.say
        self.results: list[tuple[str, str, CommandResult]] = []
        self.places = Chooser(say["where"])
        self.places.lead(_places(cluster.state))
        if "where" in options:
            self.where = options["where"]
        self.field = Prompt(
            lambda: self.change(self.run), value=options.get("line", EXAMPLE), label=say["command"], word=say["run"],
            tip=say.get("run tip", say["run"]),
        )  # fmt: skip
        self.shown = shown()
        self.stand(self.field, row(self.places), self.status, self.shown)

    @property
    def line(self) -> str:
        """The command line."""
        return str(self.field.value).strip()

    @line.setter
    def line(self, line: str) -> None:
        """Fill it in, as a hand would."""
        self.field.value = line

    @property
    def where(self) -> str:
        """Where commands other than kubectl run."""
        return str(self.places.value or "")

    @where.setter
    def where(self, where: str) -> None:
        """Choose another; raises UsageError for one that is not there."""
        choose(self.places, where)

    def run(self) -> CommandResult:
        """Run the line; raises UsageError where there is none, or nowhere to run it."""
        return self.act(self._run)

    def _run(self) -> CommandResult:
        first, _, rest = self.line.partition(" ")
        if not first:
            raise UsageError(self.say["no command"])
        kind, _, name = self.where.partition("/")
        if first == KUBECTL:
            found = self.cluster.kubectl(rest.strip())
        elif kind:
            found = self.cluster.sh(self.line, **{kind: name})
        else:
            raise UsageError(self.say["nowhere"])
        self.field.history = [*self.field.history, self.line][-KEPT:]
        self.results = [*self.results, (self.line, "" if first == KUBECTL else self.where, found)][-KEPT:]
        return found

    def follow(self, state: State) -> str:
        """Offer the places that there are; show what was answered, the newest first."""
        self.places.lead(_places(state))
        told = [f"{where}$ {line}\n{found}".rstrip() for line, where, found in reversed(self.results)]
        self.shown.value = terminal("\n\n".join(told), self.say["screen"])
        if not self.results:
            return ""
        code = self.results[-1][2].exit
        return self.say["exit"].format(code=code)


def _places(state: State) -> tuple[str, ...]:
    return (*(f"pod/{name}" for name in pod_names(state)), *(f"node/{name}" for name in node_names(state)))
