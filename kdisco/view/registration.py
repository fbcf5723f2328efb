"""How a Service is registered: the stages of its POST, the store, and who hears of it through a watch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kdisco.model.endpoints import Endpoints, EndpointSlice
from kdisco.phrase import said
from kdisco.view import dot
from kdisco.view.backends import ports
from kdisco.view.box import Box, across, down
from kdisco.view.diagram import Diagram
from kdisco.view.post import Post, hearers, last_post, products
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.model.meta import Key
    from kdisco.store.events import Change, Fact, StagePassed
    from kdisco.store.state import State

__all__ = ["registration"]

Words = Mapping[str, str]
CLIENT, STAGE, ETCD = (122.0, 46.0), (230.0, 33.0), (84.0, 50.0)  # points
HEARER, PRODUCT = (146.0, 36.0), (136.0, 36.0)
COLUMNS = (0.0, 206.0, 426.0, 590.0)  # client above etcd, API server, who watches, what they write
STEP = 43.0  # points from one stage to the next, and from one hearer to the next
NOTE = 50  # letters of a stage's note that fit
MOST = 9  # hearers drawn
KINDS = {"coredns": "dns", "kube-proxy": "proxy"}  # the others are controllers
MAKERS = {"endpointslices": "endpointslice", "endpoints": "endpoints"}


def registration(state: State, facts: Iterable[Fact], lang: str | None = None, service: Key | None = None) -> Diagram:
    """The way of the last Service that was posted (or the one at ``service``), stage by stage, to those who watch.

    ``facts`` is what happened so far, oldest first. Raises UsageError for an unknown ``lang``.
    """
    say = words(lang)
    post = last_post(facts, service)
    if post is None:
        body = dot.node("none", label=say["no service"], **dot.thing("apiserver"))
        return Diagram(dot.graph(say["no service"], [body]), say["no service"])
    title = say["registration"].format(name=post.service.name)
    heard, made = hearers(state, post), products(post)
    lines = [*_request(post, say), *_stored(post, say), *(_hearing(post, heard, made, say) if post.change else ())]
    text = "\n".join([title, *_told(post, heard, made, say)])
    return Diagram(dot.graph(title, lines, layout="nop2"), text)


def _stage_box(at: int) -> Box:
    return Box(COLUMNS[1], -at * STEP, *STAGE)


def _request(post: Post, say: Words) -> Iterator[str]:
    """The client, and the API server with its stages from top to bottom."""
    name, last = post.service.name, _stage_box(len(post.stages) - 1)
    client = Box(COLUMNS[0], 0, *CLIENT)
    hull = Box(COLUMNS[1], last.y / 2 + 9, STAGE[0] + 26, STAGE[1] - last.y + 44)
    title = dot.label(dot.muted("", 3), dot.strong("API server", 11))
    yield dot.node("API server", label=title, labelloc="t", **hull.place, **dot.thing("frame", "apiserver"))
    yield dot.node(
        name, label=dot.label(dot.strong(dot.cut(name, 17), 11), dot.muted(f"POST Service {ports(post.service)}")),
        penwidth=1.6, style="filled", tooltip=f"POST Service {'/'.join(post.service.key)}", **client.place,
        **dot.thing("service", *post.service.key),
    )  # fmt: skip
    for at, stage in enumerate(post.stages):
        yield _stage(stage, _stage_box(at), say)
    yield dot.edge(name, _name(post.stages[0]), id="edge.post", pos=across(client, _stage_box(0)))
    for at, (tail, head) in enumerate(zip(post.stages, post.stages[1:], strict=False)):
        yield dot.edge(_name(tail), _name(head), id=f"edge.{at}", pos=down(_stage_box(at), _stage_box(at + 1)))


def _stage(stage: StagePassed, box: Box, say: Words) -> str:
    head = say.get(_name(stage), stage.stage)
    head = head if stage.passed else say["caption"].format(what=head, told=say["refused"])
    note = said(stage.note, say["lang"])
    slug = stage.stage.replace(" + ", "-").replace(" ", "-")
    return dot.node(
        _name(stage),
        label=dot.label(dot.strong(head, 10), dot.muted(dot.trim(note, NOTE), 8)),
        tooltip=f"{head}. {note}",
        style="rounded,filled" if stage.passed else "filled,bold",
        **box.place,
        **dot.thing("apiserver", slug, states=() if stage.passed else ("refused",)),
    )


def _stored(post: Post, say: Words) -> Iterator[str]:
    """The store, beside the stage that writes to it."""
    at = next((at for at, stage in enumerate(post.stages) if stage.stage == "store"), None)
    if post.change is None or at is None:
        return
    box = Box(COLUMNS[0], _stage_box(at).y, *ETCD)
    words_ = dot.label(dot.strong("etcd", 10), dot.muted(say["revision"].format(revision=post.change.revision)))
    yield dot.node("etcd", label=words_, shape="cylinder", style="filled", **box.place, **dot.thing("etcd"))
    yield dot.edge("stage store", "etcd", id="edge.etcd", pos=across(_stage_box(at), box))


def _hearing(post: Post, heard: Sequence[tuple[str, bool]], made: Mapping[str, Change], say: Words) -> Iterator[str]:
    """Those who watch Services, each with what it knows, and the objects that controllers wrote for this one."""
    tail = _stage_box(len(post.stages) - 1)
    for at, (name, knows) in enumerate(heard[:MOST]):
        box = Box(COLUMNS[2], tail.y / 2 + (min(len(heard), MOST) - 1) * STEP / 2 - at * STEP, *HEARER)
        word = _knowledge(post, say, knows=knows)
        kind = KINDS.get(name.partition("@")[0], "controller")
        yield dot.node(
            name, label=dot.label(dot.strong(dot.cut(_title(name, kind, say), 24), 10), dot.muted(word)),
            tooltip=f"{name}: {word}",
            style="rounded,filled" if knows else "rounded,filled,dashed",
            **box.place, **dot.thing(kind, name, states=() if knows else ("not-ready",)),
        )  # fmt: skip
        style = None if knows else "dashed"
        yield dot.edge(_name(post.stages[-1]), name, id=f"edge.watch.{name}", style=style, pos=across(tail, box))
        for plural, change in made.items():
            if name == MAKERS[plural]:
                product = Box(COLUMNS[3], box.y, *PRODUCT)
                yield _product(plural, change, product, say)
                yield dot.edge(name, "/".join((plural, *change.key)), id=f"edge.{plural}", pos=across(box, product))


def _title(name: str, kind: str, say: Words) -> str:
    return say["controller"].format(name=name) if kind == "controller" else name


def _product(plural: str, change: Change, box: Box, say: Words) -> str:
    found = change.object
    size = f"{_size(found)} {say['entries']}"
    return dot.node(
        "/".join((plural, *found.key)),
        label=dot.label(dot.strong(dot.cut(found.name, 22), 9.5), dot.muted(f"{found.KIND}, {size}")),
        tooltip=f"{found.KIND} {'/'.join(found.key)}, {size}",
        **box.place,
        **dot.thing(MAKERS[plural], *found.key),
    )


def _size(found: object) -> int:
    if isinstance(found, EndpointSlice):
        return len(found.endpoints or ())
    assert isinstance(found, Endpoints)  # noqa: S101 - the two kinds that are products
    return sum(len(subset.addresses) + len(subset.not_ready_addresses) for subset in found.subsets)


def _told(post: Post, heard: Sequence[tuple[str, bool]], made: Mapping[str, Change], say: Words) -> Iterator[str]:
    for at, stage in enumerate(post.stages, 1):
        refused = "" if stage.passed else f" - {say['refused']}"
        yield f"{at}. {say.get(_name(stage), stage.stage)}{refused}: {said(stage.note, say['lang'])}"
    for name, knows in heard if post.change else ():
        yield f"   {name}: {_knowledge(post, say, knows=knows)}"
    for change in made.values():
        yield f"   {change.object.KIND} {change.object.name}: {_size(change.object)} {say['entries']}"


def _knowledge(post: Post, say: Words, *, knows: bool) -> str:
    return say["delivered"].format(revision=post.change.revision) if knows and post.change else say["waits"]


def _name(stage: StagePassed) -> str:
    return f"stage {stage.stage}"
