"""What could come next on a command line: verbs, kinds, names, namespaces, flags, label keys, DNS names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import field, frozen

from kdisco.console.kubectl.flags import GLOBAL
from kdisco.console.kubectl.verbs import VERBS
from kdisco.console.shell import COMMANDS
from kdisco.errors import UsageError
from kdisco.model.kinds import RESOURCES, Resource, resource
from kdisco.store.state import State

__all__ = ["completions"]

FORMATS = ("custom-columns=", "json", "jsonpath=", "name", "wide", "yaml")
FILES = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf")
TYPES = ("A", "AAAA", "ANY", "AXFR", "CNAME", "PTR", "SRV", "TXT")
SWITCHES = ("+noall", "+nosearch", "+search", "+short", "+tcp")


@frozen(kw_only=True)
class Asked:
    """A command line up to the cursor: the words before it, the one it is in, and the state they are about."""

    words: Sequence[str]
    state: State = field(repr=False)

    @property
    def namespace(self) -> str:
        """The namespace that the line names, else ``default``."""
        for flag, value in zip(self.words, self.words[1:], strict=False):
            if flag in ("-n", "--namespace"):
                return value
        told = [word.partition("=")[2] for word in self.words if word.startswith("--namespace=")]
        return told[0] if told else "default"

    def names(self, row: Resource) -> list[str]:
        """The objects of a kind, in the line's namespace."""
        return [each.name for each in self.state.view.list(row.plural, self.namespace if row.namespaced else None)]

    def namespaces(self) -> list[str]:
        """All namespaces."""
        return self.names(RESOURCES["namespaces"])

    def label_keys(self) -> list[str]:
        """The keys of all labels in the line's namespace."""
        pods = self.state.view.list("pods", self.namespace)
        services = self.state.view.list("services", self.namespace)
        return [f"{key}=" for each in (*pods, *services) for key in each.labels]

    def containers(self) -> list[str]:
        """The containers of the Pods that the line names."""
        named = {word.rpartition("/")[2] for word in self.words}
        pods = [pod for pod in self.state.view.list("pods", self.namespace) if pod.name in named]
        return [container.name for pod in pods for container in pod.spec.containers]

    def hosts(self) -> list[str]:
        """The names that the cluster DNS has for Services, from the shortest form on."""
        zone = self.state.config.dns.zone
        services = [*self.state.view.list("services")]
        short = [each.name for each in services if each.namespace == "default"]
        middle = [f"{each.name}.{each.namespace}" for each in services]
        return [*short, *middle, *(f"{each}.svc.{zone}" for each in middle)]


Source = Callable[[Asked], Iterable[str]]
VALUES: Mapping[str, Source] = {  # what follows a flag
    "-n": Asked.namespaces,
    "--namespace": Asked.namespaces,
    "-l": Asked.label_keys,
    "--selector": Asked.label_keys,
    "-c": Asked.containers,
    "--container": Asked.containers,
    "-o": lambda _: FORMATS,
    "--output": lambda _: FORMATS,
}
KINDS = tuple(RESOURCES)
FIRST: Mapping[str, tuple[str, ...]] = {  # the one kind whose names a verb takes at once
    "attach": ("pods",), "cordon": ("nodes",), "drain": ("nodes",), "exec": ("pods",), "logs": ("pods",),
    "uncordon": ("nodes",),
}  # fmt: skip
NARROW: Mapping[str, tuple[str, ...]] = {  # verbs that take few kinds
    "rollout": ("daemonsets", "deployments", "statefulsets"),
    "scale": ("deployments", "replicasets", "statefulsets"),
    "expose": ("deployments", "pods", "replicasets", "services"),
    "set": ("daemonsets", "deployments", "pods", "replicasets", "statefulsets"),
}
OTHERS: Mapping[str, Source] = {  # what the other commands take
    "cat": lambda _: FILES,
    "curl": Asked.hosts,
    "dig": lambda asked: (*asked.hosts(), *TYPES, *SWITCHES),
    "getent": lambda asked: (*asked.hosts(), "ahosts", "ahostsv4", "ahostsv6", "hosts"),
    "host": Asked.hosts,
    "ip": lambda _: ("address", "link", "neighbor", "route"),
    "nslookup": Asked.hosts,
    "ping": Asked.hosts,
    "wget": Asked.hosts,
}


def completions(line: str, state: State) -> tuple[int, tuple[str, ...]]:
    """What could stand at the end of ``line``: where the word begins, and its candidates in order.

    ``line`` is a command up to the cursor, its name first.
    """
    words = line.split()
    started = words.pop() if words and not line[-1:].isspace() else ""
    found = _candidates(Asked(words=words, state=state), started)
    start = len(line) - len(started)
    return start, tuple(sorted({each for each in found if each.startswith(started) and each != started}))


def _candidates(asked: Asked, started: str) -> Iterable[str]:
    """All that the last word could become, whatever it begins with."""
    words = [*asked.words]
    if "--" in words:  # what kubectl exec runs
        words = words[words.index("--") + 1 :]
    if not words:
        return ("kubectl", *COMMANDS)
    if words[0] != "kubectl":
        return OTHERS[words[0]](asked) if words[0] in OTHERS else ()
    flag, equals, _ = started.partition("=")
    if equals and flag in VALUES:
        return [f"{flag}={value}" for value in VALUES[flag](asked)]
    return VALUES[words[-1]](asked) if words[-1] in VALUES else _of_kubectl(asked, started)


def _of_kubectl(asked: Asked, started: str) -> Iterable[str]:
    """A flag of the verb, or what the verb takes."""
    verb, given = _verb(asked)
    if started.startswith("-"):
        flags = (*VERBS[verb].flags, *GLOBAL) if verb in VERBS else GLOBAL
        return [f"--{flag.name}" for flag in flags]
    return _arguments(asked, verb, given, started)


def _verb(asked: Asked) -> tuple[str, list[str]]:
    """The verb as far as it is written (``rollout status``), and its arguments without flags."""
    plain, skip = [], False
    for word in asked.words[1:]:
        if not skip and not word.startswith("-"):
            plain.append(word)
        skip = word in VALUES
    verb = ""
    while plain and any(each == f"{verb} {plain[0]}".strip() or each.startswith(f"{verb} {plain[0]} ".lstrip())
                        for each in VERBS):
        verb = f"{verb} {plain.pop(0)}".strip()
    return verb, plain


def _arguments(asked: Asked, verb: str, given: list[str], started: str) -> Iterable[str]:
    """Verbs, the parts of a verb, kinds, or names."""
    depth = len(verb.split())
    within = [each for each in VERBS if not verb or each.startswith(f"{verb} ")]
    if within and not given:
        return {each.split()[depth] for each in within}
    first = verb.partition(" ")[0]
    kinds = FIRST.get(first) or NARROW.get(first) or KINDS
    kind, slash, _ = started.partition("/")
    if slash:
        return [f"{kind}/{name}" for name in _names(asked, kind)]
    if first in FIRST:
        return asked.names(RESOURCES[kinds[0]])
    if given and "/" not in given[0]:
        return _names(asked, given[0])
    return kinds


def _names(asked: Asked, kind: str) -> list[str]:
    try:
        return asked.names(resource(kind))
    except UsageError:
        return []
