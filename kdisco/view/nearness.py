"""Which Pods a Service's selector finds, and which it passes over though they look as if they were meant."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.model.pod import Pod
from kdisco.model.selector import matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kdisco.model.service import Service
    from kdisco.store.table import View

__all__ = ["Match", "distance", "judged"]

NEAR = 3  # letters: so far apart two words may be to look alike
Reason = tuple[str, "Mapping[str, str]"]  # a key of the words, and what is put into it


@frozen(kw_only=True)
class Match:
    """A Pod beside a selector: which of the wanted labels it has, and in what it falls short (``why``, words' keys).

    ``rank``: 0 it is found and ready, 1 found but without traffic, 2 nearly found, 3 another Pod altogether.
    """

    pod: Pod
    rank: int
    why: tuple[Reason, ...]

    @property
    def chosen(self) -> bool:
        """Whether the selector finds it."""
        return self.rank <= 1


def judged(view: View, service: Service) -> list[Match]:
    """The Pods of a Service's namespace, and those elsewhere that have its labels: best first."""
    wanted = service.spec.selector
    pods: Iterator[Pod] = view.list("pods")
    found = [_match(pod, service.namespace, wanted) for pod in pods]
    listed = [each for each in found if each.pod.namespace == service.namespace or each.rank < NEAR]
    return sorted(listed, key=lambda each: (each.rank, len(each.why), each.pod.key))


def _match(pod: Pod, namespace: str, wanted: Mapping[str, str]) -> Match:
    if not wanted:
        return Match(pod=pod, rank=3, why=())
    if not matches(wanted, pod.labels):
        why, near = _short_of(pod, wanted)
        return Match(pod=pod, rank=2 if near and pod.namespace == namespace else 3, why=why)
    if pod.namespace != namespace:
        return Match(pod=pod, rank=2, why=(("other namespace", {"namespace": pod.namespace}),))
    if pod.finished:
        return Match(pod=pod, rank=1, why=(("finished", {"phase": pod.status.phase}),))
    if pod.deleting or not pod.ready:
        return Match(pod=pod, rank=1, why=(("chosen deleting" if pod.deleting else "chosen unready", {}),))
    return Match(pod=pod, rank=0, why=(("chosen", {}),))


def _short_of(pod: Pod, wanted: Mapping[str, str]) -> tuple[tuple[Reason, ...], bool]:
    """In what the labels differ from those wanted, and whether it is so little that the Pod may be meant."""
    reasons: list[Reason] = []
    far = 0
    for key, value in sorted(wanted.items()):
        have = pod.labels.get(key)
        if have == value:
            continue
        alike = next((each for each in sorted(pod.labels) if distance(each, key) == 1), None)
        if have is None and alike is not None:
            reasons.append(("key letter", {"have": alike, "want": key}))
        elif have is None:
            reasons.append(("label missing", {"key": key}))
            far += 1
        else:
            apart = distance(have, value)
            word = "case" if have.lower() == value.lower() else "letter" if apart == 1 else "value"
            reasons.append((f"label {word}", {"have": f"{key}={have}", "want": value}))
            far += apart > NEAR or apart >= len(value)
    return tuple(reasons), far < len(wanted)


@lru_cache(maxsize=1 << 12)
def distance(one: str, other: str) -> int:
    """How many letters must be put in, taken out or changed to make one word of the other."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row = row, [at]
        for place, each in enumerate(other, 1):
            row.append(min(row[-1] + 1, before[place] + 1, before[place - 1] + (letter != each)))
    return row[-1]
