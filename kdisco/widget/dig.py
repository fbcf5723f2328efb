"""Ask for a name within a Pod: what ``dig`` prints, and the walk of getaddrinfo() as a picture."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from kdisco.errors import UsageError
from kdisco.phrase import said
from kdisco.view.discovery import discovery
from kdisco.widget.controls import Chooser, button, choose, combo, menu, row, scroll, shown, terminal
from kdisco.widget.panel import Panel
from kdisco.widget.places import pod_names, service_names

if TYPE_CHECKING:
    from kdisco.cluster import Cluster
    from kdisco.console.result import CommandResult
    from kdisco.dns.lookup import Lookup
    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram

__all__ = ["FAMILIES", "DigPanel"]

FAMILIES = {"A": "inet", "AAAA": "inet6"}  # what getaddrinfo() is asked for
TYPES = (*FAMILIES, "SRV", "PTR", "CNAME", "TXT", "NS", "SOA", "ANY")
LIBCS = ("glibc", "musl")


class DigPanel(Panel):
    """A name looked up in a Pod: ``c.dig_panel(pod="default/client", name="my-app-svc", libc="musl")``.

    ``ask()`` gives what ``dig +search`` prints; ``answer`` keeps it, and ``lookup`` is what getaddrinfo() of that libc
    does with the same name (None for types that it does not ask for).
    """

    KNOWN = (*Panel.KNOWN, "libc", "name", "pod", "type")

    def __init__(
        self, cluster: Cluster, lang: str | None = None, namespace: str = "default", **options: Any
    ) -> None:  # fmt: skip
        super().__init__(cluster, lang, namespace, **options)
        say = self.say
        self.answer: CommandResult | None = None
        self.lookup: Lookup | None = None
        self._drawing: Diagram | None = None
        self.pods = Chooser(say["pod"])
        first = next(iter(service_names(cluster.state)), "/").partition("/")[2]
        self.names = combo(say["name"], options.pop("name", first), "my-app-svc")
        self.types = menu(say["type"], TYPES)
        self.libcs = menu(say["libc"], LIBCS)
        self.go = button("ask", "search", lambda: self.change(self.ask), say)
        self.shown = shown()
        self.pods.lead(pod_names(cluster.state))
        for name in [each for each in ("pod", "type", "libc") if each in options]:
            setattr(self, name, options[name])
        controls = row(self.pods, self.names, self.types, self.libcs, self.go)
        self.stand(controls, self.status, self.diagram, self.shown)

    @property
    def pod(self) -> str:
        """Which Pod asks, ``ns/name``."""
        return str(self.pods.value or "")

    @pod.setter
    def pod(self, pod: str) -> None:
        """Choose another; raises UsageError for one that is not there."""
        full = pod.removeprefix("pod/")
        choose(self.pods, full if "/" in full else f"{self.namespace}/{full}")

    @property
    def name(self) -> str:
        """The name that is asked for, as somebody types it."""
        return str(self.names.value).strip()

    @name.setter
    def name(self, name: str) -> None:
        """Fill it in, as a hand would."""
        self.names.value = name

    @property
    def type(self) -> str:
        """The record type."""
        return str(self.types.value)

    @type.setter  # noqa: A003 - DNS' own word
    def type(self, wanted: str) -> None:
        """Choose another; raises UsageError for one that is not there."""
        choose(self.types, wanted)

    @property
    def libc(self) -> str:
        """Whose resolver walks the search list."""
        return str(self.libcs.value)

    @libc.setter
    def libc(self, libc: str) -> None:
        """Choose another; raises UsageError for one that is not there."""
        choose(self.libcs, libc)

    def ask(self) -> CommandResult:
        """Ask; raises UsageError where there is no name or no Pod, and the last answer stays."""
        return self.act(self._ask)

    def _ask(self) -> CommandResult:
        if not self.pod or not self.name:
            raise UsageError(self.say["nothing to ask"])
        cluster, family = self.cluster, FAMILIES.get(self.type)
        found = None if family is None else cluster.lookup(self.name, self.pod, self.libc, family)
        self._drawing = None
        if found is not None:
            self._drawing = discovery(found, self.name, self.pod, cluster.resolv_conf(self.pod), self.lang)
        self.lookup = found
        self.answer = cluster.sh(f"dig +search {shlex.quote(self.name)} {self.type}", pod=self.pod)
        walk = scroll(found.html(self.lang), self.say["walk"]) if found is not None else ""
        self.shown.value = walk + terminal(str(self.answer), self.say["dig prints"])
        return self.answer

    def follow(self, state: State) -> str:
        """Offer the Pods and names that there are; tell what came of the last question."""
        self.pods.lead(pod_names(state))
        keys = [name.split("/") for name in service_names(state)]
        self.names.options = tuple(name if space == self.namespace else f"{name}.{space}" for space, name in keys)
        if self.answer is None:
            return self.say["no question yet"]
        if self.lookup is None:
            return self.say["addresses only"].format(type=self.type)
        return str(said(self.lookup.verdict, self.lang))

    def picture(self, state: State, since: int | None) -> Diagram | None:
        """The walk of the last question."""
        del state, since
        return self._drawing

