"""What a cluster answers for its parts: its DNS, each node's kube-proxy, the names that Pods go by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from kdisco.errors import UsageError
from kdisco.model.kinds import resource
from kdisco.model.pod import Pod
from kdisco.store.apiserver import not_found
from kdisco.store.events import Ask, Event
from kdisco.store.state import State

if TYPE_CHECKING:
    import dns.message

    from kdisco.control.environment import Environment
    from kdisco.corefile.file import Corefile
    from kdisco.dns.answer import Answer
    from kdisco.net.counters import Counted
    from kdisco.net.fabric import Routes
    from kdisco.net.fates import Fate
    from kdisco.net.rule import Rules
    from kdisco.net.sync import Sync
    from kdisco.shell.dns_listener import Listener

__all__ = [
    "DnsFront",
    "ProxyFront",
    "connections",
    "devices",
    "environment",
    "fdb",
    "find_pod",
    "neighbors",
    "place",
    "resolv_conf",
    "routes",
]

POD_PARTS = 2


@frozen
class DnsFront:
    """The cluster DNS as it answers now: the CoreDNS in one Pod, from what it has seen and what it remembers.

    ``pod`` is a CoreDNS Pod's name, with ``kube-system/`` or without; None the first that is ready, or a CoreDNS
    without a Pod where there is none. Reading changes nothing but a cache, where the Corefile has one.
    """

    now: Callable[[], State]
    tell: Callable[[Event], object] | None = None
    turns: Iterator[int] = field(factory=count)
    cluster: Any = None  # whose lock is held while answers are given in another thread

    def query(
        self,
        qname: str,
        qtype: str = "A",
        client: str | None = None,
        udp_size: int | None = None,
        pod: str | None = None,
    ) -> dns.message.Message:
        """The response to a question. ``client`` is the asking address; ``udp_size`` in bytes, None: no EDNS."""
        data = import_module("kdisco.dns.server").question(qname, qtype, udp_size)
        message: dns.message.Message = import_module("dns.message").from_wire(self.wire(data, client=client, pod=pod))
        return message

    def ask(self, qname: str, qtype: str = "A", client: str | None = None, pod: str | None = None) -> Answer:
        """The response to a question as a value that says why: who answered, and where each record comes from."""
        state = self.now()
        asked = self._pod(state, pod)
        server = _instances().server(state, asked)
        response = server.respond(qname, qtype, client)
        message = self.query(qname, qtype, client, pod=pod)
        found: Answer = import_module("kdisco.dns.answer").told(server, message, response, (qname, qtype), asked)
        return found

    def wire(self, data: bytes, protocol: str = "udp", client: str | None = None, pod: str | None = None) -> bytes:
        """One DNS message in, one out (no TCP length); empty bytes where CoreDNS would stay silent."""
        return self.messages(data, protocol, client, pod)[0]

    def messages(
        self, data: bytes, protocol: str = "udp", client: str | None = None, pod: str | None = None
    ) -> tuple[bytes, ...]:
        """One DNS message in, all that answer it out: a zone transfer may take several."""
        state, turn = self.now(), next(self.turns)
        asked = self._pod(state, pod)
        server = _instances().server(state, asked, turn)
        found: tuple[bytes, ...]
        found, memory = server.exchange(data, protocol, client)
        if self.tell is not None and memory is not server.memory:
            self.tell(Ask(data=bytes(data), pod=asked, protocol=protocol, client=client, turn=turn))
        return found

    def listen(self, port: int = 0, pod: str | None = None) -> Listener:
        """Serve it on 127.0.0.1 by UDP and TCP, so that ``dig @127.0.0.1 -p PORT`` works: ``with c.dns.listen() as d``.

        ``port`` 0 is a free one, which ``d.port`` tells. Answers follow the cluster, whose time goes on as before.
        """
        shell: Any = import_module("kdisco.shell.dns_listener")  # a higher layer, found by name
        found: Listener = shell.listen(self.cluster, partial(self.messages, pod=pod), port)
        return found

    def corefile(self, pod: str | None = None) -> Corefile:
        """The Corefile that CoreDNS runs with; ``str`` of it is the text. A change of the ConfigMap takes its time."""
        state = self.now()
        found: Corefile = _instances().corefile(state, self._pod(state, pod))
        return found

    def log(self, pod: str | None = None) -> tuple[str, ...]:
        """What CoreDNS wrote when it looked at a changed Corefile, a line each."""
        state = self.now()
        lines: tuple[str, ...] = _instances().log(state, self._pod(state, pod))
        return lines

    def probe(self, pod: str | None = None) -> dict[str, tuple[int, str]]:
        """What :8080/health and :8181/ready answer: (status, body) by plugin."""
        state = self.now()
        found: dict[str, tuple[int, str]] = _instances().probe(state, self._pod(state, pod))
        return found

    def _pod(self, state: State, name: str | None) -> str:
        """The full name of a CoreDNS Pod, "" for a CoreDNS without one; raises NotFound for no Pod."""
        if name is None:
            found: str = _instances().first(state)
            return found
        full = name if not isinstance(name, str) or "/" in name else f"kube-system/{name}"
        return "/".join(find_pod(state, full).key)


@frozen
class ProxyFront:
    """One node's kube-proxy: the rules it made of what it has seen, and what they do to packets."""

    now: Callable[[], State]
    node: str
    past: Callable[[int], State] | None = None

    def rules(self, mode: str | None = None, family: int = 4) -> Rules:
        """The rules as text: ``jumps``, ``restore``, ``save``. ``family`` is 4 or 6."""
        found: Rules = import_module("kdisco.net.text").rules(self.now(), self.node, mode, family)
        return found

    def sync(self, since: int, mode: str | None = None, family: int = 4) -> Sync:
        """What kube-proxy writes to go from the rules that it had at a revision to those of now, as one sync.

        Raises UsageError for a revision that is still to come and for ipvs mode, Expired for one that is forgotten.
        """
        now = self.now()
        before = now if self.past is None else self.past(since)
        found: Sync = import_module("kdisco.net.text").sync(before, now, self.node, mode, family)
        return found

    def counters(self, family: int = 4) -> Counted:
        """What the kernel has counted at each rule; ``save`` reads like ``iptables-save -c``.

        Raises UsageError where kube-proxy is not in iptables mode.
        """
        found: Counted = import_module("kdisco.net.text").counted(self.now(), self.node, family)
        return found

    def fates(self, source: str, destination: str, port: int, protocol: str = "tcp") -> tuple[Fate, ...]:
        """Every way of a connection's first packet on this node, with exact probabilities."""
        found: tuple[Fate, ...] = import_module("kdisco.net.fates").fates(
            self.now(), self.node, source, destination, port, protocol
        )
        return found


def place(state: State, pod: str | None, node: str | None) -> str:
    """``pod/ns/name`` or ``node/name`` of the one of both that is given; raises UsageError and NotFound."""
    if (pod is None) == (node is None):
        msg = "say where it runs: pod='ns/name' or node='name', one of the two"
        raise UsageError(msg)
    if pod is not None:
        return "/".join(("pod", *find_pod(state, pod).key))
    name = node.removeprefix("node/") if isinstance(node, str) else str(node)
    if state.view.get("nodes", ("", name)) is None:
        raise not_found(resource("nodes"), name)
    return f"node/{name}"


def find_pod(state: State, name: str) -> Pod:
    """The Pod named ``ns/name``, ``pod/ns/name`` or, in namespace default, ``name``; raises NotFound."""
    parts = name.split("/") if isinstance(name, str) else []
    if parts and parts[0] in ("pod", "pods", "po"):
        parts = parts[1:]
    if not 1 <= len(parts) <= POD_PARTS or not all(parts):
        msg = f'a Pod is named "namespace/name", not {name!r}'
        raise UsageError(msg)
    key = ("default", parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    found: Pod | None = state.view.get("pods", key)
    if found is None:
        raise not_found(resource("pods"), key[1])
    return found


def routes(state: State, where: str) -> Routes:
    """The routing table of a Pod or a node; raises UsageError or NotFound for what is neither."""
    end = import_module("kdisco.net.ends").end_of(state, where)
    found: Routes = end.network.routes
    return found


def devices(state: State, where: str, shown: str) -> str:
    """The devices of a Pod or a node as text: ``shown`` is links or addresses."""
    found = import_module("kdisco.net.devices").links(state, where)
    text: str = getattr(import_module("kdisco.net.ip_text"), f"{shown}_text")(found)
    return text


def neighbors(state: State, where: str) -> str:
    """Whom a Pod or a node knows next door, as ``ip neigh`` prints it."""
    found = import_module("kdisco.net.neighbours").neighbours(state, where)
    text: str = import_module("kdisco.net.ip_text").neighbours_text(found)
    return text


def fdb(state: State, node: str) -> str:
    """Behind which device of a node hardware addresses are, as ``bridge fdb`` prints it."""
    found = import_module("kdisco.net.neighbours").forwards(state, f"node/{node}")
    text: str = import_module("kdisco.net.ip_text").fdb_text(found)
    return text


def connections(state: State, node: str) -> tuple[str, ...]:
    """The connections that a node's kernel tracks, as ``conntrack -L`` prints them."""
    entries = import_module("kdisco.net.conntrack").connections(state, node)
    return tuple(entry.line(state.now) for entry in entries)


def resolv_conf(state: State, pod: Pod) -> str:
    """The text of a Pod's /etc/resolv.conf."""
    text: str = import_module("kdisco.dns.resolvconf").resolv_conf(state, pod)
    return text


def environment(state: State, pod: Pod, container: str | None = None) -> Environment:
    """The environment variables of a Pod's container, the first where none is named."""
    found: Environment = import_module("kdisco.control.environment").environment_of(state, pod, container)
    return found


def _instances() -> Any:
    """The CoreDNS processes; imported late, because dnspython is not needed to have a cluster."""
    return import_module("kdisco.dns.instances")
