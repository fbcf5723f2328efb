"""The facade: a cluster, and everything that can be asked of it and done to it, under the field's own names."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from attrs import evolve

from kdisco import arguments, fronts
from kdisco.errors import UsageError
from kdisco.machine import Machine
from kdisco.model.kinds import resource
from kdisco.store.events import LookedUp, LookUp, Send, Travelled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kdisco.console.result import CommandResult
    from kdisco.control.environment import Environment
    from kdisco.dns.lookup import Lookup
    from kdisco.explain.diagnosis import Diagnosis
    from kdisco.faults.fault import Faults, Injected
    from kdisco.matrix import Reachability
    from kdisco.net.fabric import Routes
    from kdisco.net.trace import Trace
    from kdisco.reach import Check
    from kdisco.rollouts import Rollout
    from kdisco.wiretap import Capture

__all__ = ["Cluster"]


class Cluster(Machine):
    """A Kubernetes cluster that lives in this process: ready at once, and still until you move its time.

    Keywords are ClusterConfig's fields. Reading changes nothing. A write is stored at once, and nothing
    reacts to it before ``settle``, ``step`` or ``run``. What is refused raises and changes nothing.
    """

    # Names and packets

    @property
    def dns(self) -> fronts.DnsFront:
        """The cluster DNS, as CoreDNS answers from what it has seen."""
        return fronts.DnsFront(lambda: self.state, self._event, self._turns, self)

    def proxy(self, node: str) -> fronts.ProxyFront:
        """One node's kube-proxy; raises NotFound when there is no such node."""
        self._check_node(node)
        return fronts.ProxyFront(lambda: self.state, node, lambda revision: self.history.until(revision).state)

    def resolv_conf(self, pod: str) -> str:
        """The text of a Pod's /etc/resolv.conf; the Pod as ``pod/ns/name`` or ``ns/name``."""
        return fronts.resolv_conf(self.state, fronts.find_pod(self.state, pod))

    def environment(self, pod: str, container: str | None = None) -> Environment:
        """The environment variables of a Pod's container, the first where none is named; its text reads like ``env``.

        They were made when it started: a Service that came later is not among them.
        """
        return fronts.environment(self.state, fronts.find_pod(self.state, pod), container)

    def lookup(
        self,
        name: str,
        pod: str | None = None,
        libc: str = "glibc",
        family: str = "unspec",
        *,
        node: str | None = None,
    ) -> Lookup:
        """What getaddrinfo() in a Pod, or on a node, asks and finds.

        ``libc`` is glibc or musl, ``family`` unspec, inet or inet6. A node has a resolver of its own, which knows
        nothing of the cluster's names.
        """
        arguments.texts(name=name)
        where = fronts.place(self.state, pod, node)
        return self._looked_up(evolve(arguments.look_up(where, name), libc=libc, family=family))

    def _looked_up(self, request: LookUp) -> Lookup:
        facts = self._ask(evolve(request, turn=next(self._turns)))
        found: Lookup = next(fact.lookup for fact in facts if isinstance(fact, LookedUp))
        return found

    def sh(self, command: str, pod: str | None = None, node: str | None = None) -> CommandResult:
        """What ``curl``, ``dig``, ``ping``, ``ip`` print in a Pod, or on a node; ``.exit`` is the exit status.

        On a node it is the node's own network, resolver and files. Who types no command there is reads which are.
        """
        arguments.texts(command=command)
        where = fronts.place(self.state, pod, node)
        run = _above("kdisco.console.shell", "run")
        found: CommandResult = run(
            command, where, self._ask, lambda: self.state, self._turns, lambda: self.history
        )
        return found

    def capture(self, where: str, interface: str | None = None, start: int = 0) -> Capture:
        """The packets that have passed at ``pod/ns/name`` or ``node/name``: ``.text`` as tcpdump's, ``.pcap`` a file.

        ``interface`` None: at all its devices. ``start``: a length that ``c.history`` had, to leave out what was
        before. Raises UsageError where there is no such Pod, node or device.
        """
        arguments.texts(where=where, interface=interface or "")
        found: Capture = _above("kdisco.wiretap", "captured")(self.history, where, interface, start)
        return found

    def kubectl(self, command: str, stdin: str | None = None) -> CommandResult:
        """What ``kubectl`` prints: ``get pods -o wide``; ``.exit`` is the exit status, ``.objects`` what it is about.

        ``stdin`` is what ``-f -`` reads. Time does not move: what a command would wait for comes with ``settle``.
        """
        arguments.texts(command=command, stdin=stdin or "")
        run = _above("kdisco.console.kubectl.run", "run")
        found: CommandResult = run(self, command, stdin)
        return found

    def send(
        self,
        source: str,
        to: str,
        port: int = 80,
        protocol: str = "tcp",
        flow: int | None = None,
        *,
        close: bool = False,
    ) -> Trace:
        """Send a packet and follow it; connections are remembered, so a ``flow`` keeps its Pod.

        ``source`` is ``pod/ns/name``, ``node/name`` or an outside address; ``to`` an address, or a name
        that is looked up there first. ``close``: both ends close the connection afterwards. The protocol
        icmp is a ping, whose port does not matter.
        """
        arguments.texts(source=source, to=to)
        destination = to if arguments.is_address(to) else self._resolved(source, to)
        request = Send(source=source, destination=destination, port=port, protocol=protocol, flow=flow, close=close)
        facts = self._event(request)
        self._tell()
        trace: Trace = next(fact.trace for fact in facts if isinstance(fact, Travelled))
        return trace

    def reachability(
        self, services: Iterable[str] | None = None, sources: Iterable[str] | None = None, *, by_name: bool = False
    ) -> Reachability:
        """All sources (Pods, nodes, the world outside) by all Services: who is answered. Nothing of it is remembered.

        ``services`` as ``ns/name``, ``sources`` as for ``send``; ``by_name``: Pods look the Service up.
        """
        found: Reachability = _above("kdisco.matrix", "reachability")(self.state, services, sources, by_name=by_name)
        return found

    def assert_reaches(self, source: str, to: str, port: int = 80, *, soft: bool = False) -> Check:
        """AssertionError in one line unless every endpoint that a connection may get answers; ``soft`` only tells."""
        found: Check = _above("kdisco.reach", "check")(self.state, source, to, port, "answered", soft=soft)
        return found

    def assert_refused(self, source: str, to: str, port: int = 80, *, soft: bool = False) -> Check:
        """AssertionError in one line unless every connection is refused at once; ``soft`` only tells."""
        found: Check = _above("kdisco.reach", "check")(self.state, source, to, port, "refused", soft=soft)
        return found

    def routes(self, where: str) -> Routes:
        """The routing table of ``pod/ns/name`` or ``node/name``; its text reads like ``ip route``."""
        arguments.texts(where=where)
        return fronts.routes(self.state, where)

    def links(self, where: str) -> str:
        """The network devices of ``pod/ns/name`` or ``node/name``, as ``ip link`` prints them."""
        arguments.texts(where=where)
        return fronts.devices(self.state, where, "links")

    def addresses(self, where: str) -> str:
        """The network devices of ``pod/ns/name`` or ``node/name`` and their addresses, as ``ip addr`` prints them."""
        arguments.texts(where=where)
        return fronts.devices(self.state, where, "addresses")

    def neighbors(self, where: str) -> str:
        """Whom ``pod/ns/name`` or ``node/name`` knows next door (ARP, NDP), as ``ip neigh`` prints them."""
        arguments.texts(where=where)
        return fronts.neighbors(self.state, where)

    def fdb(self, node: str) -> str:
        """Behind which device of a node hardware addresses are, as ``bridge fdb`` prints it."""
        self._check_node(node)
        return fronts.fdb(self.state, node)

    def conntrack(self, node: str) -> tuple[str, ...]:
        """The connections that a node's kernel tracks, a line each as ``conntrack -L`` prints them."""
        self._check_node(node)
        return fronts.connections(self.state, node)

    def _check_node(self, name: str) -> None:
        """Raise NotFound when there is no such node."""
        arguments.texts(node=name)
        self._stored(resource("nodes"), name, "")

    def _resolved(self, source: str, name: str) -> str:
        found = self._looked_up(arguments.look_up(source, name))
        if found.error:
            msg = f"curl: (6) Could not resolve host: {name}"
            raise UsageError(msg)
        return found.addresses[0]

    def rollout(self, target: str, namespace: str = "default") -> Rollout:
        """What ``kubectl rollout`` does with ``deployment/web``: history, status, undo, pause, resume, restart."""
        found: Rollout = _above("kdisco.rollouts", "Rollout")(self, target, namespace)
        return found

    # What is wrong

    def explain(self, target: str, namespace: str = "default") -> Diagnosis:
        """Why ``service/web`` does not answer: causes in order, each with evidence and remedy. Changes nothing."""
        found: Diagnosis = _above("kdisco.explain.explain", "explain")(self, target, namespace)
        return found

    def inject(self, fault: str, **aim: str) -> Injected:
        """Break something: ``c.inject("kube-proxy-stale", node="node-2")``; ``c.faults`` lists what there is."""
        made: Injected = _above("kdisco.faults.inject", "inject")(self, fault, **aim)
        return made

    def heal(self, fault: str | None = None) -> Self:
        """Take a fault back that was injected, or all of them."""
        _above("kdisco.faults.inject", "heal")(self, fault)
        return self

    @property
    def faults(self) -> Faults:
        """What can be injected, and what is in force."""
        found: Faults = _above("kdisco.faults.inject", "faults")(self)
        return found

    # Pictures and widgets: higher layers, loaded when first asked for

    def diagram(self, kind: str, lang: str | None = None, **what: Any) -> Any:
        """A picture of how things stand, with its words as ``str`` of it. ``lang`` en or zh, None: the one that is set.

        Maps: ``topology network service endpoints selector records``; journeys: ``registration service-journey
        discovery journey dnat vxlan``; machinery: ``rules modes conntrack watch timeline pod-lifecycle rollout
        reachability``. Each takes what it is about by keyword (``service=``, ``pod=``, ``node=``, ...) or finds it.
        """
        return _above("kdisco.view.gallery", "diagram")(self, kind, lang=lang, **what)

    def view(self, kind: str = "topology", lang: str | None = None, **what: Any) -> Any:
        """The same picture alive: it follows the cluster, and its things can be looked at and acted upon."""
        return _above("kdisco.widget.viewer", "Viewer")(self, kind, lang=lang, **what)

    def scaler(self, target: str, namespace: str = "default", **options: Any) -> Any:
        """A slider for the replicas of ``deployment/web`` with the picture that follows it."""
        return _above("kdisco.widget.scale", "Scaler")(self, target, namespace=namespace, **options)

    def lab(self, lang: str | None = None, **options: Any) -> Any:
        """The whole panel: a slider for each Deployment, the picture, time, and all panels below as tabs."""
        return _above("kdisco.widget.lab", "Lab")(self, lang=lang, **options)

    def registrar(self, **options: Any) -> Any:
        """A manifest to apply, and its way through the stages of the API server, step by step."""
        return _above("kdisco.widget.registrar", "Registrar")(self, **options)

    def selector_panel(self, **options: Any) -> Any:
        """A Service's selector and the labels of Pods to edit, and which Pods match."""
        return _above("kdisco.widget.selector", "SelectorPanel")(self, **options)

    def dig_panel(self, **options: Any) -> Any:
        """A name asked for in a Pod: what ``dig`` prints, and the walk of the look-up."""
        return _above("kdisco.widget.dig", "DigPanel")(self, **options)

    def tracer(self, **options: Any) -> Any:
        """A packet sent and followed: its hops, and the picture in which it runs."""
        return _above("kdisco.widget.tracer", "Tracer")(self, **options)

    def rules_panel(self, **options: Any) -> Any:
        """A node's rules in each of kube-proxy's modes: text, counters, picture."""
        return _above("kdisco.widget.rules", "RulesPanel")(self, **options)

    def timeline(self, **options: Any) -> Any:
        """A slider over the past: what each revision changed, and who has heard of what."""
        return _above("kdisco.widget.timeline", "Timeline")(self, **options)

    def faults_panel(self, **options: Any) -> Any:
        """Faults to inject and to heal, and what ``explain`` finds."""
        return _above("kdisco.widget.faults", "FaultsPanel")(self, **options)

    def balance(self, **options: Any) -> Any:
        """Connections to a Service, counted by Pod, beside how many each should get."""
        return _above("kdisco.widget.balance", "Balance")(self, **options)

    def command_line(self, **options: Any) -> Any:
        """A box for commands: kubectl, and those that run in a Pod or on a node."""
        return _above("kdisco.widget.command", "CommandLine")(self, **options)

    def plot(self, kind: str, lang: str | None = None, **what: Any) -> Any:
        """Numbers as a plot: ``balance``, ``rollout``, ``visits``, ``ndots``; ``str`` of it is a table."""
        return _above("kdisco.plot.gallery", "plot")(self, kind, lang=lang, **what)

    def __repr__(self) -> str:
        sizes = {kind: len(self.state.view.table(kind).objects) for kind in ("nodes", "pods", "services")}
        counts = [f"{size} {kind}" for kind, size in sizes.items()]
        return f"<Cluster: {', '.join(counts)}; revision {self.revision} at {self.now:.2f} s>"


def _above(module: str, name: str) -> Any:
    """What a higher layer offers for a cluster: found by name, so that nothing here imports upwards."""
    return getattr(import_module(module), name)
