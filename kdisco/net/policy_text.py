"""NetworkPolicies as a table of nftables: what a Pod network that enforces them loads on a node.

A Pod that policies isolate has a chain for each direction, asked behind kube-proxy's filter rules and with the ends
that the model's own word (``policy``) goes by: a Pod's real destination, and the source that arrives.
"""

from __future__ import annotations

from itertools import chain, product
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.model.networkpolicy import IPBlock, NetworkPolicy, NetworkPolicyPort
from kdisco.model.pod import Pod
from kdisco.net.ends import pod_at
from kdisco.net.nft_match import ip
from kdisco.net.packet import family, number
from kdisco.net.policy import Rule, policies_of, port_numbers, rules_of, selects
from kdisco.store.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kdisco.model.meta import Key

    Homes = Mapping[Key, tuple[str, ...]]  # the Pods with addresses of their own

__all__ = ["policy_text"]

BEHIND = 10  # the priority of the table's hook: kube-proxy's filter rules have 0
LONGEST = 128  # letters in a comment
FORWARD = f"type filter hook forward priority {BEHIND}; policy accept;"
STANDING = "ct state != new accept"  # a connection is judged once; neighbour discovery, which is none, never
VERSIONS = (4, 6)


def policy_text(state: State, node: str) -> str:
    """For ``nft -f -``: a node's table of policies, "" where none isolates a Pod of it."""
    table = state.tables.get("networkpolicies")
    if not table or not table.objects:
        return ""
    boxes = [box for box in state.sandboxes.values() if box.ips and pod_at(state, box.ips[0]) == box.pod]
    homes: Homes = {box.pod: box.ips for box in boxes}
    mine = [pod for box in boxes if box.node == node and (pod := state.view.get("pods", box.pod)) is not None]
    guards = [
        _Guard(state, homes, pod, direction, found)
        for direction in ("Egress", "Ingress")  # a packet leaves one Pod before it enters another
        for pod in mine
        if (found := policies_of(table, pod, direction))
    ]
    if not guards:
        return ""
    chains = [(guard.chain, list(guard.rules())) for guard in guards]
    chains.append(("forward", [FORWARD, STANDING, *(line for guard in guards for line in guard.jumps())]))
    body = [row for name, lines in chains for row in (f"\tchain {name} {{", *(f"\t\t{line}" for line in lines), "\t}")]
    return "\n".join(["table inet kdisco-policies {", *body, "}", ""])


@frozen
class _Asked:
    """A condition, and the family whose packets alone it can be asked of, 0 for either."""

    words: str
    version: int = 0


@frozen
class _Guard:
    """What policies say of one Pod in one direction; ``homes`` are all Pods that they may mean."""

    state: State
    homes: Homes
    pod: Pod
    direction: str
    policies: tuple[NetworkPolicy, ...]

    @property
    def ips(self) -> tuple[str, ...]:
        """The Pod's addresses."""
        return self.homes[self.pod.key]

    @property
    def chain(self) -> str:
        """The chain's name, after the Pod's first address."""
        return f"{self.direction.lower()}-{self.ips[0].replace(':', '.')}"

    def jumps(self) -> Iterator[str]:
        """Which packets go through it: a Pod reaches itself in any case."""
        own, other = ("saddr", "daddr") if self.direction == "Egress" else ("daddr", "saddr")
        for address in self.ips:
            word = ip(family(address))
            note = f'comment "pod/{self.pod.namespace}/{self.pod.name}'[:LONGEST] + '"'
            yield f"{word} {own} {address} {word} {other} != {address} jump {self.chain} {note}"

    def rules(self) -> Iterator[str]:
        """Back where a rule allows it; the end of all else."""
        for policy in self.policies:
            for at, rule in enumerate(rules_of(policy, self.direction), 1):
                note = f'comment "{policy.namespace}/{policy.name} rule {at}'[:LONGEST] + '"'
                for peer, port in product(self._peers(policy, rule), self._ports(rule)):
                    if len({peer.version, port.version} - {0}) < len(VERSIONS):  # no packet is of two families
                        yield " ".join(word for word in (peer.words, port.words, "return", note) if word)
        yield "drop"

    def _peers(self, policy: NetworkPolicy, rule: Rule) -> Iterator[_Asked]:
        """What is asked of the other end."""
        end = "daddr" if self.direction == "Egress" else "saddr"
        if not rule.peers:
            yield _Asked("")
        for peer in rule.peers:
            if peer.ip_block is not None:
                yield _within(end, peer.ip_block)
            else:
                chosen = (self.homes[pod.key] for pod in self._pods() if selects(self.state, policy, peer, pod))
                yield from _among(end, chain.from_iterable(chosen))

    def _pods(self) -> Iterator[Pod]:
        """All Pods that a policy may mean."""
        table = self.state.tables["pods"].objects
        return (pod for key in self.homes if (pod := table.get(key)) is not None)

    def _ports(self, rule: Rule) -> Iterator[_Asked]:
        """What is asked of the destination's port."""
        if not rule.ports:
            yield _Asked("")
        for port in rule.ports:
            yield from self._port(port)

    def _port(self, wanted: NetworkPolicyPort) -> Iterator[_Asked]:
        protocol, port = (wanted.protocol or "TCP").upper(), wanted.port
        word = protocol.lower()
        if port is None:
            yield _Asked(f"meta l4proto {word}")
        elif isinstance(port, int):
            yield _Asked(f"{word} dport {port if wanted.end_port in (None, port) else f'{port}-{wanted.end_port}'}")
        else:  # each destination has its own number for a name
            for pod in (self.pod,) if self.direction == "Ingress" else self._pods():
                numbers = ", ".join(map(str, sorted(port_numbers(pod, port, protocol))))
                for there in _among("daddr", self.homes[pod.key]) if numbers else ():
                    yield _Asked(f"{there.words} {word} dport {{ {numbers} }}", there.version)


def _within(end: str, block: IPBlock) -> _Asked:
    """That an end lies in a block and in none of its exceptions."""
    version = family(block.cidr)
    word = f"{ip(version)} {end}"
    return _Asked(" ".join([f"{word} {block.cidr}", *(f"{word} != {cidr}" for cidr in block.except_)]), version)


def _among(end: str, ips: Iterable[str]) -> Iterator[_Asked]:
    """That an end is one of these addresses, in each family that they are of."""
    listed = sorted(set(ips), key=number)
    for version in VERSIONS:
        found = [each for each in listed if family(each) == version]
        if found:
            yield _Asked(f"{ip(version)} {end} {{ {', '.join(found)} }}", version)
