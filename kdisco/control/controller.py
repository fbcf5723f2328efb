"""What a controller is: a name, what it watches, and one pure function from what it has seen to writes.

No controller calls another: they meet in the objects alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from kdisco.config import ClusterConfig
from kdisco.model.frozen import FrozenMap
from kdisco.model.kinds import resource
from kdisco.model.meta import Key, Object, stamp
from kdisco.store.events import Request
from kdisco.store.host import Host
from kdisco.store.state import Sandbox
from kdisco.store.table import View
from kdisco.tree import Tree

__all__ = [
    "Context",
    "Controller",
    "Later",
    "Run",
    "Tell",
    "Try",
    "Write",
    "create",
    "delete",
    "delete_now",
    "own_key",
    "owner_key",
    "update",
    "update_status",
]


@frozen(kw_only=True)
class Context:
    """What a controller may look at: its watch cache, the clock, and (kubelets only) what runs on nodes.

    ``stored`` is for the scheduler, whose own decisions are in its cache before they come back to it, and for
    those who look at many Pods but seldom. ``held`` are the components cut off, each since when;
    ``hosts`` the machines with which something is wrong.
    """

    view: View
    stored: View
    now: float
    epoch: float
    config: ClusterConfig
    sandboxes: Tree[Key, Sandbox]
    leases: FrozenMap[str, int]
    held: FrozenMap[str, float] = FrozenMap()
    hosts: FrozenMap[str, Host] = FrozenMap()

    def time(self, offset: float = 0.0) -> str:
        """Now (plus seconds) as the API writes times."""
        return stamp(self.epoch + self.now + offset)


@frozen
class Later:
    """Come back to this key (or to ``key``) in so many seconds, whatever was said of it before.

    ``background`` marks what comes again and again (a probe, a crash loop's next start): a cluster in
    which nothing else is due has settled.
    """

    seconds: float
    background: bool = False
    key: Key | None = None


@frozen
class Run:
    """A kubelet starts, changes or (None) ends what it runs of a Pod; ``lease`` is the last address given."""

    pod: Key
    sandbox: Sandbox | None
    lease: int | None = None


@frozen(kw_only=True)
class Tell:
    """Tell people what happened to an object: an Event, ``type`` Normal or Warning.

    ``host`` is the node of the component that tells, ``field_path`` the part of the object meant.
    """

    about: Object
    reason: str
    message: str
    type: str = "Normal"
    host: str = ""
    field_path: str = ""


@frozen
class Try:
    """A request whose outcome the controller wants to know: ``stored = yield Try(create(...))``.

    What was stored is the value of the ``yield``; a refusal is raised there.
    """

    request: Request


Write = Request | Later | Run | Tell | Try
Keys = Callable[[View, Any], Iterable[Key]]
Reconcile = Callable[[Context, Key], Iterator[Write]]
Heeds = Callable[[Any, Any], bool]
Instance = Callable[[Context, str], Iterable[Key]]
Whose = Callable[[View, Tree[Key, Sandbox], Key], str]


@frozen
class Controller:
    """``watches`` maps a resource to the keys that a changed object of it concerns.

    ``source`` is the name under which it tells Events. ``heeds`` says whether a change of an object (before,
    after) is news to it at all. ``instance`` gives the keys that one of many (a node's kubelet) works on,
    ``whose`` the one that works on a key, by what is stored and what runs.
    """

    name: str
    watches: Mapping[str, Keys]
    reconcile: Reconcile
    source: str = ""
    heeds: Heeds | None = None
    instance: Instance | None = None
    whose: Whose | None = None

    @property
    def user(self) -> str:
        """The name under which it writes."""
        return f"system:controller:{self.name}"


def own_key(_view: View, found: Object) -> Iterable[Key]:
    """The key of the changed object itself."""
    yield found.key


def owner_key(kind: str) -> Keys:
    """The key of the owner of ``kind`` that controls the changed object."""

    def keys(_view: View, found: Object) -> Iterable[Key]:
        owner = found.owner
        if owner is not None and owner.kind == kind:
            yield (found.namespace, owner.name)

    return keys


def create(found: Object) -> Request:
    """Ask for a new object."""
    return Request(verb="create", resource=resource(found.KIND).plural, namespace=found.namespace, body=found)


def update(found: Object, subresource: str = "") -> Request:
    """Ask for an object to be replaced; it carries the resourceVersion that was seen."""
    return evolve(create(found), verb="update", name=found.name, subresource=subresource)


def update_status(found: Object) -> Request:
    """Ask for an object's status to be replaced."""
    return update(found, "status")


def delete(found: Object, grace_period: int | None = None) -> Request:
    """Ask for an object to go."""
    return evolve(create(found), verb="delete", name=found.name, body=None, grace_period=grace_period)


def delete_now(found: Object) -> Request:
    """Ask for an object to go without grace: its containers have ended."""
    return delete(found, 0)
