"""A cluster in a file: versioned JSON that holds how things stand, and what came to be replayed from the beginning.

The state is there in full. Of the past the file keeps the first state and all events; reading it lets them come
once more, as the same state and event always give the same result. Where that does not lead to the state saved
(another kdisco behaves otherwise) the past is left out: the state is what counts.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
from attrs import evolve, frozen

from kdisco.collection import collection_paused
from kdisco.errors import KdiscoError, UsageError
from kdisco.snapshot import Reader, Writer
from kdisco.step import step, tick
from kdisco.store.events import Deliver, Event, Reconcile, Reload, Wake
from kdisco.store.history import Moment, Timeline
from kdisco.store.state import State

__all__ = ["FORMAT", "VERSION", "Saved", "load", "save"]

FORMAT, VERSION = "kdisco cluster", 1
TICKED = (Deliver, Reconcile, Wake, Reload)  # events that come from the agenda and nowhere else
DUE, CAME, TOLD, STOOD = "due", "came", "told", "stood"
# the next event on the agenda; one from outside; one that left no trace; a state that no event explains
MISTAKES = (ArithmeticError, AttributeError, KdiscoError, LookupError, TypeError, ValueError)
REMEDY = "save the cluster anew with c.save(path)"


@frozen(kw_only=True)
class Saved:
    """What a file holds: the past with the present, and in whose hands the cluster was.

    ``turn`` counts the questions that were asked so far, ``ignored`` what a dump had that is not modelled.
    """

    history: Timeline
    turn: int = 0
    user: str = ""
    groups: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def save(saved: Saved, path: str | os.PathLike[str]) -> None:
    """Write a file, whole or not at all; raises UsageError where that cannot be."""
    target = _path(path)
    with collection_paused():
        text = _text(saved)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(target)
    except OSError as problem:
        msg = f"error: error writing {target}: {problem.strerror or problem}"
        raise UsageError(msg) from None
    finally:
        part.unlink(missing_ok=True)


def load(path: str | os.PathLike[str]) -> Saved:
    """Read a file; raises UsageError in one line for what is none, is damaged, or is of a newer kdisco."""
    source = _path(path)
    try:
        text = source.read_text(encoding="utf-8")
    except FileNotFoundError:
        msg = f'error: the path "{source}" does not exist'
        raise UsageError(msg) from None
    except OSError as problem:
        msg = f"error: error reading {source}: {problem.strerror or problem}"
        raise UsageError(msg) from None
    except UnicodeDecodeError:
        msg = f"error: {source} is no saved cluster: it is not text in UTF-8"
        raise UsageError(msg) from None
    try:
        with collection_paused():
            return _read(_document(text))
    except UsageError as problem:
        msg = f"error: {source} {problem}; {REMEDY}"
        raise UsageError(msg) from None


def _path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike) or not str(path) or "\0" in str(path):
        msg = f"path: {path!r} is not the path of a file"
        raise UsageError(msg)
    return Path(path)


# From a cluster to text


def _text(saved: Saved) -> str:
    from kdisco import __version__  # noqa: PLC0415 - the version of what writes, which is above all layers

    writer = Writer()
    moments = tuple(saved.history)
    body = {
        "state": writer.write(moments[-1].state),
        "first": writer.write(moments[0].state),
        "steps": [[how, writer.write(what)] for how, what in _steps(moments)],
        "marks": list(saved.history.marks),
        **{each.name: writer.write(getattr(saved, each.name)) for each in attrs.fields(Saved)[1:]},
    }
    parts = ",\n".join(_compact(part) for part in writer.parts)
    head = {"format": FORMAT, "version": VERSION, "kdisco": __version__, "checksum": _checksum(body, writer.parts)}
    return f'{_compact(head)[:-1]},\n"cluster":{_compact(body)},\n"parts":[\n{parts}\n]}}\n'


def _steps(moments: Iterable[Moment]) -> Iterator[tuple[str, Event | State | None]]:
    """How each moment follows from the one before it."""
    for before, moment in pairwise(moments):
        if moment.event is None:
            yield STOOD, moment.state
        elif isinstance(moment.event, TICKED):
            yield DUE, None
        else:
            yield TOLD if _unmoved(before.state, moment.state) else CAME, moment.event


def _unmoved(old: State, new: State) -> bool:
    names = (each.name for each in attrs.fields(State) if each.name != "changes")
    return not new.changes and all(getattr(old, name) is getattr(new, name) for name in names)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _checksum(body: Any, parts: Any) -> str:
    return hashlib.sha256(_compact([body, parts]).encode()).hexdigest()


# From text to a cluster


def _document(text: str) -> Mapping[str, Any]:
    """The JSON of a file, when it is one of this format and unchanged."""
    try:
        found = json.loads(text)
    except RecursionError:
        msg = "is no saved cluster: it is nested too deep"
        raise UsageError(msg) from None
    except ValueError as problem:
        msg = f"is damaged or no saved cluster: {problem}"
        raise UsageError(msg) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        msg = f'is no saved cluster: it does not say "format": "{FORMAT}"'
        raise UsageError(msg)
    version = found.get("version")
    if type(version) is not int or version > VERSION or version < 1:
        by = f"kdisco {found.get('kdisco')}"
        msg = f"was saved in format {version!r} by {by}, this one reads up to {VERSION}: upgrade kdisco"
        raise UsageError(msg)
    try:
        unchanged = found["checksum"] == _checksum(found["cluster"], found["parts"])
    except (KeyError, ValueError):
        unchanged = False
    if not unchanged:
        msg = "was changed or damaged after it was saved: its checksum does not fit"
        raise UsageError(msg)
    return found


def _read(found: Mapping[str, Any]) -> Saved:
    body = found["cluster"]
    try:
        reader = Reader(found["parts"])
        state, first = reader.read(body["state"]), reader.read(body["first"])
        steps = [(how, reader.read(what)) for how, what in body["steps"]]
        more = {each.name: reader.read(body[each.name]) for each in attrs.fields(Saved)[1:]}
        marks = [int(mark) for mark in body["marks"]]
    except MISTAKES as problem:
        msg = f"is damaged: {problem}"
        raise UsageError(msg) from None
    if not isinstance(state, State) or not isinstance(first, State):
        msg = "is damaged: it holds no state"
        raise UsageError(msg)
    moments = _replayed(first, steps)
    history = Timeline.of(moments, marks) if moments[-1].state == state else Timeline(evolve(state, changes=()))
    return Saved(history=history, **more)


def _replayed(first: State, steps: Iterable[tuple[str, Any]]) -> list[Moment]:
    """All moments once more, as far as they can be followed."""
    moments = [Moment(state=first)]
    for how, what in steps:
        try:
            moments.append(_followed(moments[-1].state, how, what))
        except MISTAKES:
            break
    return moments


def _followed(state: State, how: str, what: Any) -> Moment:
    if how == STOOD:
        return Moment(state=what, facts=what.changes)
    if how == DUE:
        after, event, facts = tick(state)
        return Moment(state=after, event=event, facts=facts)
    after, facts = step(state, what)
    return Moment(state=after if how == CAME else evolve(state, changes=()), event=what, facts=facts)
