"""All differences between two moments in one value: as text, and as tables for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.contrast.dns import DnsDifference, dns_differences
from kdisco.contrast.fates import FateDifference, fate_differences
from kdisco.contrast.rules import RulesDifference, rules_differences, told
from kdisco.store.difference import ObjectDifference, object_differences, word
from kdisco.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kdisco.store.state import State

__all__ = ["Difference", "difference"]


@frozen(kw_only=True)
class Difference:
    """What differs from one revision to another, each part empty where nothing does; false when all are.

    ``dns`` and ``rules`` are of what CoreDNS and each node's kube-proxy have *seen*: a change of which they have yet
    to hear shows in ``objects`` alone.
    """

    before: int
    after: int
    objects: tuple[ObjectDifference, ...] = ()
    dns: tuple[DnsDifference, ...] = ()
    rules: tuple[RulesDifference, ...] = ()
    fates: tuple[FateDifference, ...] = ()

    def __bool__(self) -> bool:
        return any(part for _, part in self._parts())

    def _parts(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        yield "objects", self.objects
        yield "DNS answers", self.dns
        yield "chains", self.rules
        yield "fates", self.fates

    @property
    def caption(self) -> str:
        """How much differs, in one line."""
        counts = ", ".join(f"{len(part)} {name}" for name, part in self._parts())
        return f"revision {self.before} -> {self.after}: {counts} differ"

    def __str__(self) -> str:
        rules = [told(self.rules)] if self.rules else []
        return "\n".join([self.caption, *map(str, self.objects), *map(str, self.dns), *rules, *map(str, self.fates)])

    def _repr_html_(self) -> str:
        """A small table for each part that has something in it."""
        tables = [
            table("diff-objects", self.caption, ("object", "field", "before", "after"), self._object_rows()),
        ]
        if self.dns:
            rows = [(each.name, each.type, each.before, each.after) for each in self.dns]
            tables.append(table("diff-dns", "DNS answers", ("name", "type", "before", "after"), rows))
        if self.rules:
            heads = ("node", "chain", "went", "came")
            lines = [(each.node, each.chain, "\n".join(each.gone), "\n".join(each.come)) for each in self.rules]
            tables.append(table("diff-rules", "rules", heads, lines))
        if self.fates:
            ways = [(each.source, ", ".join(each.nodes), f"{each.service} {each.front}", each.before, each.after)
                    for each in self.fates]  # fmt: skip
            tables.append(table("diff-fates", "packets", ("from", "at", "to", "before", "after"), ways))
        return "".join(tables)

    def _object_rows(self) -> Iterator[tuple[str, ...]]:
        for each in self.objects:
            yield from ((each.name, path, word(old), word(new)) for path, old, new in each.fields)
            if not each.fields:
                yield each.name, "", *(("", "is there") if each.type == "ADDED" else ("was there", ""))


def difference(old: State, new: State) -> Difference:
    """What differs from ``old`` to ``new``; costs what changed more than what there is."""
    return Difference(
        before=old.revision,
        after=new.revision,
        objects=object_differences(old, new),
        dns=dns_differences(old, new),
        rules=rules_differences(old, new),
        fates=fate_differences(old, new),
    )
