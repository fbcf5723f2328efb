"""Which rules differ: each node's text, chain by chain, in the mode in which its kube-proxy works."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.net.packet import family
from kdisco.net.text import rules

if TYPE_CHECKING:
    from kdisco.net.rule import Rules
    from kdisco.store.state import State

__all__ = ["RulesDifference", "rules_differences", "told"]

Chains = Mapping[str, tuple[str, ...]]
NFT_NAME = 4  # the word of ``add rule ip kube-proxy NAME ...`` that names the chain, map or set
PROTOCOLS = ("TCP", "UDP", "SCTP")  # with which ipvsadm begins a virtual server


@frozen(kw_only=True)
class RulesDifference:
    """One chain (with its table), map or set of one node and family: the lines that went, and those that came."""

    node: str
    family: int
    chain: str
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()

    @property
    def change(self) -> tuple[int, str, tuple[str, ...], tuple[str, ...]]:
        """What changed, wherever it was."""
        return self.family, self.chain, self.gone, self.come

    def __str__(self) -> str:
        return told([self])


def told(found: Iterable[RulesDifference]) -> str:
    """Differences of rules as text, those that are alike on several nodes once."""
    alike: dict[tuple[int, str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for each in found:
        alike.setdefault(each.change, []).append(each.node)
    lines = []
    for (version, chain, gone, come), nodes in alike.items():
        lines.append(f"~ {', '.join(nodes)} IPv{version} {chain}")
        lines += [f"  - {line}" for line in gone]
        lines += [f"  + {line}" for line in come]
    return "\n".join(lines)


def rules_differences(old: State, new: State) -> tuple[RulesDifference, ...]:
    """Compare what kube-proxy feeds the kernel, node by node."""
    names = sorted({node.name for state in (old, new) for node in state.view.list("nodes")})
    versions = sorted({family(cidr) for state in (old, new) for cidr in state.config.pod_cidrs})
    return tuple(each for name in names for version in versions for each in _of_node(old, new, name, version))


def _of_node(old: State, new: State, node: str, version: int) -> Iterator[RulesDifference]:
    before, after = (_text(state, node, version) for state in (old, new))
    if before is after:
        return
    was, now = (_chains(text) if text else {} for text in (before, after))
    for chain in sorted({*was, *now}):
        gone, come = _lines(was.get(chain, ()), now.get(chain, ()))
        if gone or come:
            yield RulesDifference(node=node, family=version, chain=chain, gone=gone, come=come)


def _text(state: State, node: str, version: int) -> Rules | None:
    return rules(state, node, family=version) if state.view.get("nodes", ("", node)) is not None else None


def _chains(text: Rules) -> Chains:
    """The lines of a text by the chain that they are about."""
    found: dict[str, list[str]] = {}
    table = ""
    for line in text.restore.splitlines():
        words = line.split(None, NFT_NAME + 1)
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":"):
            found.setdefault(f"{table} {words[0][1:]}", [])
        elif line.startswith("-"):
            found.setdefault(f"{table} {words[1]}", []).append(line)
        elif len(words) > NFT_NAME:
            found.setdefault(words[NFT_NAME], []).append(line)
    for line in text.ipset_restore.splitlines():
        _, name, element = line.split(None, 2)
        found.setdefault(f"ipset {name}", []).append(element)
    server = ""
    for line in text.ipvsadm.splitlines():
        protocol, end, rest = [*line.split(None, 2), "", ""][:3]
        if protocol in PROTOCOLS:
            server = f"ipvs {protocol} {end}"
            found[server] = [rest]
        elif server:
            found[server].append(line.strip())
    return {chain: tuple(lines) for chain, lines in found.items()}


def _lines(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines that went and those that came; where only their order is another one, all of both."""
    if old == new:
        return (), ()
    had, has = set(old), set(new)
    gone, come = tuple(line for line in old if line not in has), tuple(line for line in new if line not in had)
    return (gone, come) if gone or come else (old, new)
