"""kube-proxy's rules on one node, in any of its three modes: text by chain, what was counted, the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipywidgets import Checkbox, ToggleButtons

from kdisco.view.gallery import diagram
from kdisco.widget.chains import about, pieces
from kdisco.widget.controls import LABEL, Chooser, choose, row, shown, terminal
from kdisco.widget.panel import Panel
from kdisco.widget.places import node_names, service_names

if TYPE_CHECKING:
    from kdisco.cluster import Cluster
    from kdisco.net.counters import Counted
    from kdisco.net.rule import Rules
    from kdisco.store.state import State
    from kdisco.view.diagram import Diagram

__all__ = ["MODES", "RulesPanel"]

MODES = ("iptables", "nftables", "ipvs")


class RulesPanel(Panel):
    """A node's rules as text by chain with what was counted, and as a picture: ``c.rules_panel(node="node-2")``.

    ``node``, ``mode`` and ``service`` (``ns/name``, "" for all) can be set; setting what there is not raises
    UsageError. ``rules`` is what kube-proxy makes in that mode, ``text`` what is shown of it.
    """

    KNOWN = (*Panel.KNOWN, "mode", "node", "service")

    def __init__(
        self, cluster: Cluster, lang: str | None = None, namespace: str = "default", **options: Any
    ) -> None:  # fmt: skip
        super().__init__(cluster, lang, namespace, **options)
        say = self.say
        self.nodes, self.services = Chooser(say["node"]), Chooser(say["service"])
        self.chain = Chooser(say["chain"])
        self.modes = ToggleButtons(
            options=MODES, value=cluster.config.proxy.mode, description=say["mode"],
            style={**LABEL, "button_width": "90px"}, layout={"width": "auto"},
        )  # fmt: skip
        self.counted = Checkbox(value=True, description=say["with counters"], indent=False)
        self.shown = shown()
        self.text = ""
        self._lead(cluster.state)
        for name, value in options.items():
            setattr(self, name, value)
        for each in (self.nodes, self.services, self.modes, self.chain, self.counted):
            each.observe(self.redraw_by_hand, "value")
        controls = row(self.nodes, self.services, self.modes)
        self.stand(controls, self.status, self.diagram, row(self.chain, self.counted), self.shown)

    @property
    def node(self) -> str:
        """Whose rules."""
        return str(self.nodes.value or "")

    @node.setter
    def node(self, name: str) -> None:
        """Choose another; raises UsageError for one that is not there."""
        choose(self.nodes, str(name).removeprefix("node/"))

    @property
    def mode(self) -> str:
        """iptables, nftables or ipvs."""
        return str(self.modes.value)

    @mode.setter
    def mode(self, mode: str) -> None:
        """Choose another; raises UsageError for one that is not there."""
        choose(self.modes, mode)

    @property
    def service(self) -> str:
        """Of which Service, ``ns/name``; "" for all."""
        return "" if self.services.value == self.say["all"] else str(self.services.value)

    @service.setter
    def service(self, name: str) -> None:
        """Choose another; raises UsageError for one that is not there."""
        full = name if "/" in name else f"{self.namespace}/{name}"
        choose(self.services, full if name else self.say["all"])

    @property
    def rules(self) -> Rules:
        """All the node's rules in this mode."""
        return self.cluster.proxy(self.node).rules(self.mode)

    @property
    def counters(self) -> Counted | None:
        """What the node's kernel counted, None where the cluster itself is not in this mode, or counts nothing."""
        alike = self.mode == self.cluster.config.proxy.mode == "iptables"
        return self.cluster.proxy(self.node).counters() if alike else None

    def follow(self, state: State) -> str:
        """Offer the nodes, Services and chains that there are, and show the text of those chosen."""
        self._lead(state)
        if not self.node:
            self.text = self.shown.value = ""
            return self.say["no nodes"]
        counted = self.counters if self.counted.value else None
        chains = self._concerned(pieces(self.rules, counted), state)
        self.chain.lead((self.say["all chains"], *chains))
        kept = chains if self.chain.value == self.say["all chains"] else {self.chain.value: chains[self.chain.value]}
        self.text = _text(kept)
        self.shown.value = terminal(self.text, self.say["rules of"].format(node=self.node, mode=self.mode))
        self.counted.disabled = self.counters is None
        lines = sum(map(len, chains.values()))
        return self.say["rules told"].format(node=self.node, mode=self.mode, chains=len(chains), lines=lines)

    def picture(self, state: State, since: int | None) -> Diagram | None:
        """The rules of one Service as a graph."""
        del since
        names = service_names(state)
        if not self.node or not names:
            return None
        chosen = {"service": self.service} if self.service else {}
        return diagram(self.cluster, "rules", self.lang, node=self.node, mode=self.mode, **chosen)

    def _lead(self, state: State) -> None:
        self.nodes.lead(node_names(state))
        self.services.lead((self.say["all"], *service_names(state)))

    def _concerned(self, whole: dict[str, tuple[str, ...]], state: State) -> dict[str, tuple[str, ...]]:
        """What of it concerns the Service that is chosen."""
        if not self.service:
            return whole
        namespace, _, name = self.service.partition("/")
        found = state.view.get("services", (namespace, name))
        return about(whole, self.service, found.virtual_ips if found is not None else ())


def _text(chains: dict[str, tuple[str, ...]]) -> str:
    return "\n\n".join("\n".join((f"# {name}", *lines)) for name, lines in chains.items())
