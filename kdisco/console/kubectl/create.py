"""``kubectl create`` and ``replace``: objects from manifests. Upstream: kubectl pkg/cmd/{create,replace}."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kdisco import client
from kdisco.console.kubectl.call import Call, refuse, wrong_usage
from kdisco.console.kubectl.document import name_of
from kdisco.console.kubectl.manifests import Given, given
from kdisco.console.kubectl.printers import report
from kdisco.console.kubectl.writing import dry_run, from_source, validation
from kdisco.errors import NotFound

__all__ = ["asked", "create", "placed", "replace"]


def asked(call: Call) -> Iterator[Given]:
    """The manifests of a command that takes nothing else; raises UsageError for none and for arguments."""
    if call.given.words:
        msg = f"Unexpected args: [{' '.join(call.given.words)}]"
        raise wrong_usage(msg, call.verb)
    if not call.flag("filename") and not call.flag("kustomize"):
        msg = "must specify one of -f and -k"
        raise refuse(msg)
    dry_run(call)
    validation(call)
    return given(call)


def placed(document: Mapping[str, Any], space: str) -> dict[str, Any]:
    """A document with its namespace."""
    meta = {**document.get("metadata", {})}
    return {**document, "metadata": {**meta, **({"namespace": space} if space else {})}}


def create(call: Call) -> None:
    """POST each manifest."""
    call.each(asked(call), lambda found: _create(call, found))


def _create(call: Call, found: Given) -> None:
    served, document, space = found
    if call.flag("save-config"):
        document = client.noted(document, space)
    if dry_run(call) == "client":
        report(call, document, "created", name=served.named(name_of(document)), document=placed(document, space))
        return
    made = from_source(
        call, "creating", lambda: call.cluster.create(
            document, space, dry_run=dry_run(call) == "server", field_validation=validation(call)
        )
    )
    report(call, made, "created", name=served.named(made.name))


def replace(call: Call) -> None:
    """PUT each manifest; with ``--force`` delete what is there and create it again."""
    if not call.flag("force"):
        call.each(asked(call), lambda found: _replace(call, found))
        return
    every = list(asked(call))
    call.each(every, lambda found: _cleared(call, found))
    call.each(every, lambda found: _again(call, found))


def _cleared(call: Call, found: Given) -> None:
    served, document, space = found
    try:
        call.ask(lambda: call.cluster.delete(served.plural, name_of(document), space or "default", grace_period=0))
        call.say(f'{served.type} "{name_of(document)}" deleted')
    except NotFound:
        pass


def _again(call: Call, found: Given) -> None:
    served, document, space = found
    made = from_source(call, "creating", lambda: call.cluster.create(document, space or "default"))
    report(call, made, "replaced", name=served.named(made.name))


def _replace(call: Call, found: Given) -> None:
    served, document, space = found
    if call.flag("save-config"):
        document = client.noted(document, space)
    dry, how = dry_run(call), validation(call)
    if dry == "client":
        report(call, document, "replaced", name=served.named(name_of(document)), document=placed(document, space))
        return
    made = from_source(
        call, "replacing", lambda: call.cluster.replace(
            document, space or "default", dry_run=dry == "server", field_validation=how
        )
    )
    report(call, made, "replaced", name=served.named(made.name))
