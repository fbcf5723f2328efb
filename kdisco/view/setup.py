"""From a new Service to rules everywhere, in numbered steps: the first of the two journeys of service discovery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from kdisco.model.endpoints import EndpointSlice
from kdisco.phrase import said
from kdisco.view import dot
from kdisco.view.backends import ports
from kdisco.view.box import Box
from kdisco.view.diagram import Diagram
from kdisco.view.post import Post, hearers, last_post, products
from kdisco.view.sheet import nothing
from kdisco.view.stage import Actor, Step, steps_drawn, steps_told
from kdisco.view.words import words

if TYPE_CHECKING:
    from kdisco.model.meta import Key
    from kdisco.store.events import Fact
    from kdisco.store.state import State

__all__ = ["setup"]

Words = Mapping[str, str]
BOX = (156.0, 50.0)  # points
RIGHT, DOWN, TOP = 216.0, 84.0, -142.0
HEARERS = ("coredns", "endpointslice", "kube-proxy")
KINDS = {"coredns": "dns", "endpointslice": "controller", "kube-proxy": "proxy"}


def setup(state: State, facts: Iterable[Fact], lang: str | None = None, service: Key | None = None) -> Diagram:
    """How the last Service that was posted (or the one at ``service``) came to be known everywhere.

    ``facts`` is what happened so far, oldest first. Raises UsageError for an unknown ``lang``.
    """
    say = words(lang)
    post = last_post(facts, service)
    if post is None:
        return Diagram(dot.graph(say["no service"], [nothing(say["no service"], "apiserver")]), say["no service"])
    title = say["setup title"].format(name=post.service.name)
    steps = [*_request(post, say), *(_hearing(state, post, say) if post.change is not None else ())]
    text = "\n".join([title, *steps_told(steps)])
    return Diagram(dot.graph(title, steps_drawn(_actors(say), steps, TOP), layout="nop2"), text)


def _actors(say: Words) -> dict[str, Actor]:
    found = {
        "kubectl": Actor(box=Box(0, 0, *BOX), words=("kubectl", say["client"]), kind="client", key=("kubectl",)),
        "kube-apiserver": Actor(box=Box(RIGHT, 0, *BOX), words=("kube-apiserver",), kind="apiserver"),
        "etcd": Actor(box=Box(RIGHT, -DOWN, *BOX), words=("etcd",), kind="etcd"),
    }
    for at, name in enumerate(HEARERS):
        place = Box(2 * RIGHT + 20, DOWN - at * DOWN, *BOX)
        found[name] = Actor(box=place, words=(name, say[f"makes {name}"]), kind=KINDS[name], key=(name,))
    return found


def _request(post: Post, say: Words) -> Iterator[Step]:
    found = post.service
    yield Step(tail="kubectl", head="kube-apiserver", words=(f"{say['setup post']} {found.name}", ports(found)))
    failed = next((stage for stage in post.stages if not stage.passed), None)
    if failed is not None:
        told = say.get(f"stage {failed.stage}", failed.stage)
        words_ = (say["caption"].format(what=told, told=say["refused"]), said(failed.note, say["lang"]))
        yield Step(tail="kube-apiserver", head="kubectl", words=words_, states=("refused",), dashed=True)
        return
    checks = say["setup checks"].format(count=sum(stage.passed for stage in post.stages))
    yield Step(
        tail="kube-apiserver", head="kube-apiserver", states=("changed",),
        words=(say["setup ip"].format(ip=found.spec.cluster_ip or found.spec.external_name), checks),
    )  # fmt: skip
    stored = say["setup store"].format(revision=post.change.revision if post.change else "-")
    yield Step(tail="kube-apiserver", head="etcd", words=(stored,))


def _hearing(state: State, post: Post, say: Words) -> Iterator[Step]:
    """What each of those who watch makes of it, or that it has not heard yet."""
    found, heard, made = post.service, dict(hearers(state, post)), products(post)
    name = f"{found.name}.{found.namespace}.svc.{state.config.dns.zone}"
    change = made.get("endpointslices")
    count = len(change.object.endpoints or ()) if change and isinstance(change.object, EndpointSlice) else 0
    nodes = [node.name for node in state.view.list("nodes")]
    revision = post.change.revision if post.change else 0
    knowing = sum(state.seen_by(f"kube-proxy@{node}").revision >= revision for node in nodes)
    address = found.spec.cluster_ip or found.spec.external_name
    told = {
        "coredns": (say["setup dns"].format(name=name), address),
        "endpointslice": (say["setup slice"].format(count=count), change.object.name if change else say["no slice"]),
        "kube-proxy": (say["setup rules"].format(count=knowing, ip=address), _share(knowing, len(nodes), say)),
    }
    for who in HEARERS:
        knows = heard.get(who, False) or (who == "kube-proxy" and knowing > 0)
        words_ = told[who] if knows else (say["waits"],)
        yield Step(
            tail="kube-apiserver", head=who, words=(f"{who}: {words_[0]}", *words_[1:]), dashed=not knows,
            states=() if knows else ("not-ready",),
        )  # fmt: skip


def _share(knowing: int, count: int, say: Words) -> str:
    return "" if knowing == count else say["setup some"].format(heard=knowing, count=count)
