"""``kubectl label``, ``annotate`` and ``scale``: small changes of what is there.

Upstream: kubectl pkg/cmd/{label,annotate,scale}, pkg/cmd/util/helpers.go (pairs on the command line).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from kdisco.console.kubectl.builder import found
from kdisco.console.kubectl.call import Call, refuse
from kdisco.console.kubectl.printers import plain, report
from kdisco.console.kubectl.resources import Served
from kdisco.console.kubectl.writing import dry_run, parted, patched
from kdisco.console.kubectl.yamltext import go_json
from kdisco.errors import ApiError, NotFound, UsageError
from kdisco.store.patch import merge_patch
from kdisco.store.scale import SCALABLE
from kdisco.store.validate.names import LABEL_VALUE

__all__ = ["annotate", "label", "scale"]

NO_OBJECTS = "one or more resources must be specified as <resource> <name> or <resource>/<name>"
CHANGE_CAUSE = "kubernetes.io/change-cause"  # which may always be overwritten
Wanted = Mapping[str, str | None]  # None: to be taken away


def label(call: Call) -> None:
    """Set and take away labels."""
    names, updates = parted(call.given.words, "label")
    _change(call, "labels", names, _labels(updates))


def annotate(call: Call) -> None:
    """Set and take away annotations."""
    names, updates = parted(call.given.words, "annotation")
    wanted = {key: value if sign else None for key, sign, value in map(_pair, updates)}
    removed = (key for key, sign, _ in map(_pair, updates) if not sign)
    both = [key for key in removed if any(each.startswith(f"{key}=") for each in updates)]
    if both:
        what = "annotation(s) in the same command"
        msg = f"can not both modify and remove the following {what}: {', '.join(both)}"
        raise refuse(msg)
    _change(call, "annotations", names, wanted)


def _pair(word: str) -> tuple[str, str, str]:
    key, sign, value = word.partition("=")
    return (key, sign, value) if sign else (word.removesuffix("-"), "", "")


def _labels(updates: Sequence[str]) -> Wanted:
    wanted: dict[str, str | None] = {}
    removed = [word.removesuffix("-") for word in updates if "=" not in word]
    for word in updates:
        key, sign, value = word.partition("=")
        if not sign:
            continue
        if "=" in value:
            msg = f"invalid label spec: {word}"
            raise refuse(msg)
        if problems := list(LABEL_VALUE.problems(value)):
            msg = f'invalid label value: "{word}": {";".join(problems)}'
            raise refuse(msg)
        wanted[key] = value
    if not wanted.keys().isdisjoint(removed):
        msg = "can not both modify and remove a label in the same command"
        raise refuse(msg)
    return {**wanted, **dict.fromkeys(removed)}


def _change(call: Call, field: str, names: Sequence[str], wanted: Wanted) -> None:
    """Change the labels or annotations of what is named."""
    noun = field.removesuffix("s")
    for flag in ("selector", "field-selector"):
        if call.flag("all") and call.flag(flag):
            msg = f"cannot set --all and --{flag} at the same time"
            raise refuse(msg)
    if call.flag("local"):
        example = "pod" if noun == "label" else "rsrc"
        msg = f"can only use local files by -f {example}.yaml or --filename={example}.json when --local=true is set"
        raise refuse(msg)
    if not names and not call.flag("filename"):
        raise refuse(NO_OBJECTS)
    if not wanted and not call.flag("list"):
        msg = f"at least one {noun} update is required"
        raise refuse(msg)
    dry_run(call)
    chosen = found(call, names)
    single = len(chosen) == 1
    if call.flag("resource-version") and not single:
        msg = "--resource-version may only be used with a single resource"
        raise refuse(msg)
    call.each(chosen, partial(_set_pairs, call, field, wanted, single=single))


def _set_pairs(call: Call, field: str, wanted: Wanted, pair: tuple[Served, Any], *, single: bool) -> None:
    served, each = pair
    have: Mapping[str, str] = getattr(each.metadata, field)
    if call.flag("list"):
        _list(call, field, pair, single=single)
        return
    if field == "labels" and dry_run(call) != "client":
        for key in (key for key, value in wanted.items() if value is None and key not in have):
            call.say(f'label "{key}" not found.')
    if not _may_overwrite(call, field, wanted, have):
        return
    kept = {key: value for key, value in {**have, **wanted}.items() if value is not None}
    changes = {key: value for key, value in wanted.items() if have.get(key) != value}
    body: dict[str, Any] = {"metadata": {field: changes}} if changes else {}
    if call.flag("resource-version"):
        body.setdefault("metadata", {})["resourceVersion"] = call.flag("resource-version")
    after = patched(call, served, each, body, "merge")
    if field == "annotations":
        report(call, after, "annotated", name=served.named(each.name))
        return
    old = plain(each)
    new = {**merge_patch(old, body), "metadata": {**merge_patch(old, body)["metadata"], "labels": kept}}
    report(call, after, _words(call, old, new), name=served.named(each.name), document=new)


def _may_overwrite(call: Call, field: str, wanted: Wanted, have: Mapping[str, str]) -> bool:
    """Whether nothing is overwritten that should not be; the labels in the way are complained of."""
    taken = [key for key, value in wanted.items() if value is not None and have.get(key, value) != value]
    if call.flag("overwrite") or not taken:
        return True
    if field == "labels":
        for key in taken:
            call.fail(UsageError(f"error: '{key}' already has a value ({have[key]}), and --overwrite is false"))
        return False
    texts = [f"'{key}' already has a value ({have[key]})" for key in taken if key != CHANGE_CAUSE]
    if texts:
        msg = f"--overwrite is false but found the following declared annotation(s): {'; '.join(texts)}"
        raise refuse(msg)
    return True


def _list(call: Call, field: str, pair: tuple[Served, Any], *, single: bool) -> None:
    served, each = pair
    if not single:
        call.say(f"Listing {field} for {served.kind}.{served.group}/{each.name}:")
    have = getattr(each.metadata, field)
    call.write("".join(f"{'' if single else ' '}{key}={value}\n" for key, value in sorted(have.items())))


def _words(call: Call, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What became of labels: kubectl compares how long the object's JSON is."""
    if old == new:
        return "not labeled"
    return "unlabeled" if not call.flag("overwrite") and len(go_json(new)) < len(go_json(old)) else "labeled"


def scale(call: Call) -> None:
    """Want so many Pods."""
    if "replicas" not in call.given.changed:
        msg = 'required flag(s) "replicas" not set'
        raise refuse(msg)
    wanted = call.flag("replicas")
    if wanted < 0:
        msg = "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"
        raise refuse(msg)
    if call.flag("current-replicas") < -1:
        msg = "The --current-replicas must specify an integer of -1 or greater"
        raise refuse(msg)
    dry_run(call)
    chosen = found(call, latest=False)
    if not chosen:
        texts = [each.message if isinstance(each, ApiError) else str(each) for each in call.failures]
        call.failures.clear()  # kubectl tells of it in one line
        listed = f" [{', '.join(texts)}]" if len(texts) > 1 else "".join(f" {text}" for text in texts)
        msg = f"no objects passed to scale{listed}"
        raise refuse(msg)
    if call.flag("resource-version") and len(chosen) > 1:
        msg = "cannot use --resource-version with multiple resources"
        raise refuse(msg)
    for served, each in chosen:  # the first that fails ends it
        _scale(call, served, each, wanted)


def _scale(call: Call, served: Served, each: Any, wanted: int) -> None:
    """Scale one object; what is printed is the object as it was."""
    dry = dry_run(call)
    if dry != "client":
        if served.plural not in SCALABLE:
            msg = "the server could not find the requested resource"
            raise NotFound(msg)
        stored = call.get(served, each.name, each.namespace)
        now, expected = stored.spec.replicas or 0, call.flag("current-replicas")
        if expected >= 0 and now != expected:
            msg = f"Expected replicas to be {expected}, was {now}"
            raise refuse(msg)
        version = call.flag("resource-version")
        if version and version != stored.metadata.resource_version:
            msg = f"Expected resource version to be {version}, was {stored.metadata.resource_version}"
            raise refuse(msg)
        target = f"{served.plural}/{each.name}"
        call.ask(lambda: call.cluster.scale(target, wanted, each.namespace, dry_run=dry == "server"))
    report(call, each, "scaled", name=served.named(each.name))
