"""What became of a POST of a Service, gathered from the facts: its stages, its write, who heard, what followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from kdisco.model.endpoints import SERVICE_NAME
from kdisco.model.service import Service
from kdisco.store.events import Change, Fact, StagePassed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kdisco.store.state import State

__all__ = ["Post", "hearers", "last_post", "products"]


RANK = {"coredns": 0, "kube-proxy": 1, "endpoints": 2, "endpointslice": 3}  # who does something with a Service


@frozen(kw_only=True)
class Post:
    """A Service's way through the API server; ``change`` None where a stage refused it, ``later`` what came after."""

    service: Service
    stages: tuple[StagePassed, ...]
    change: Change | None
    later: tuple[Change, ...]


def last_post(facts: Iterable[Fact], key: tuple[str, str] | None = None) -> Post | None:
    """The last request that created a Service (the one at ``key``), stored or refused; None when there was none."""
    stages: list[StagePassed] = []
    changes: list[Change] = []
    later: list[Change] = []
    found: Post | None = None
    for fact in facts:
        if isinstance(fact, StagePassed):
            if fact.stage == "authentication":
                stages, changes = [], []
            stages.append(fact)
            if fact.stage == "watch" or not fact.passed:
                post = _post(stages, changes, key)
                if post is not None:
                    found, later = post, []
        elif isinstance(fact, Change):
            changes.append(fact)
            later.append(fact)
    return None if found is None else evolve(found, later=tuple(later))


def _post(stages: Sequence[StagePassed], changes: Sequence[Change], key: tuple[str, str] | None) -> Post | None:
    """These stages as a Service's POST, None when they were another request."""
    change = next((each for each in changes if each.resource == "services" and each.type == "ADDED"), None)
    drafts = [draft for each in stages for draft in (each.after, each.before) if isinstance(draft, Service)]
    stored = stages[-1].passed
    if not drafts or (stored and change is None) or (key is not None and drafts[-1].key != key):
        return None
    service = change.object if stored and change is not None else drafts[0]
    assert isinstance(service, Service)  # noqa: S101 - a change of services holds one
    return Post(service=service, stages=tuple(stages), change=change if stored else None, later=())


def hearers(state: State, post: Post) -> list[tuple[str, bool]]:
    """Who watches Services and whether it has heard of this one: DNS, then the proxies, then the controllers."""
    revision = post.change.revision if post.change else state.revision + 1
    watching = {name for name in state.watchers.get("services", ()) if name.partition("@")[0] in RANK}
    watching |= {name for name in state.seen if name.partition("@")[0] in watching}
    names = sorted(watching, key=lambda name: (RANK[name.partition("@")[0]], name))
    return [(name, state.seen_by(name).revision >= revision) for name in names]


def products(post: Post) -> Mapping[str, Change]:
    """What the controllers wrote for this Service: the last change of its EndpointSlices and its Endpoints."""
    found: dict[str, Change] = {}
    for change in post.later:
        labels, name = change.object.labels, post.service.name
        ours = labels.get(SERVICE_NAME) == name if change.resource == "endpointslices" else change.key[1] == name
        if change.resource in ("endpointslices", "endpoints") and change.key[0] == post.service.namespace and ours:
            found[change.resource] = change
    return found
