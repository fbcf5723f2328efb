"""All differences between two moments in one value: as text, and as tables for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from kdisco.contrast.dns import DnsDifference, dns_differences
from kdisco.contrast.fates import FateDifference, fate_differences
from kdisco.contrast.rules import RulesDifference, rules_differences, told
from kdisco.phrase import Phrase, joined, said
from kdisco.store.difference import ObjectDifference, object_differences, word
from kdisco.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kdisco.store.state import State

__all__ = ["Difference", "difference"]

BEFORE, AFTER = Phrase("before"), Phrase("after")
IS_THERE, WAS_THERE = Phrase("is there"), Phrase("was there")


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
        yield Phrase("{count} objects", count=len(self.objects)), self.objects
        yield Phrase("{count} DNS answers", count=len(self.dns)), self.dns
        yield Phrase("{count} chains", count=len(self.rules)), self.rules
        yield Phrase("{count} fates", count=len(self.fates)), self.fates

    @property
    def caption(self) -> str:
        """How much differs, in one line."""
        counts = joined(", ", [name for name, _ in self._parts()])
        words = {"before": self.before, "after": self.after, "counts": counts}
        return Phrase("revision {before} -> {after}: {counts} differ", **words)

    def __str__(self) -> str:
        return self.text()

    def text(self, lang: str | None = None) -> str:
        """All of it in lines, in a language, None: the one that was set."""
        head, objects = said(self.caption, lang), [each.text(lang) for each in self.objects]
        rows, ways = [told(self.rules)] if self.rules else [], [said(each.words, lang) for each in self.fates]
        return "\n".join([head, *objects, *map(str, self.dns), *rows, *ways])

    def _repr_html_(self) -> str:
        """A small table for each part that has something in it."""
        heads: tuple[str, ...] = (Phrase("object"), Phrase("field"), BEFORE, AFTER)
        tables = [table("diff-objects", self.caption, heads, self._object_rows())]
        if self.dns:
            rows = [(each.name, each.type, each.before, each.after) for each in self.dns]
            heads = (Phrase("name"), Phrase("type"), BEFORE, AFTER)
            tables.append(table("diff-dns", Phrase("DNS answers"), heads, rows))
        if self.rules:
            heads = (Phrase("node"), Phrase("chain"), Phrase("went"), Phrase("came"))
            lines = [(each.node, each.chain, "\n".join(each.gone), "\n".join(each.come)) for each in self.rules]
            tables.append(table("diff-rules", Phrase("rules"), heads, lines))
        if self.fates:
            ways = [(each.source, ", ".join(each.nodes), f"{each.service} {each.front}", each.before, each.after)
                    for each in self.fates]  # fmt: skip
            places = (Phrase("from"), Phrase("at"), Phrase("to"), BEFORE, AFTER)
            tables.append(table("diff-fates", Phrase("packets"), places, ways))
        return "".join(tables)

    def _object_rows(self) -> Iterator[tuple[str, ...]]:
        for each in self.objects:
            yield from ((each.name, path, word(old), word(new)) for path, old, new in each.fields)
            if not each.fields:
                yield each.name, "", *(("", IS_THERE) if each.type == "ADDED" else (WAS_THERE, ""))


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
