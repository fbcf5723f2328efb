"""What is said of one Service, or of several: the causes in order, what is unwise, or that no fault was found."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from kdisco.explain.finding import Finding
from kdisco.phrase import Phrase, said
from kdisco.table import Bold, Link, table

__all__ = ["Diagnosis"]

HEADS = (Phrase("code"), Phrase("cause"), Phrase("evidence"), Phrase("remedy"), Phrase("see"))
WARNING = Phrase("warning")


@frozen(kw_only=True)
class Diagnosis:
    """What was found about ``target`` (``service/ns/name``): ``findings`` in order of cause, the root first.

    ``warnings`` are of what is unwise but works. ``tried`` counts the connections and look-ups that were tried for it;
    ``sources`` the Pods and nodes that it is true for: of those that nothing tells apart one was tried for all. It is
    0 where no connection was tried, as a link before was broken.
    """

    target: str
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    tried: int = 0
    sources: int = 0

    @property
    def healthy(self) -> bool:
        """Whether no fault was found: every connection that was tried succeeded."""
        return not self.findings

    @property
    def verdict(self) -> str:
        """The diagnosis in a line."""
        if self.findings:
            count = len(self.findings)
            if count == 1:
                return Phrase("{target}: 1 finding", target=self.target)
            return Phrase("{target}: {count} findings", target=self.target, count=count)
        words = "{target}: no fault found, all {count} connections and look-ups that were tried succeed"
        return Phrase(words, target=self.target, count=self.tried)

    def to_dict(self) -> dict[str, object]:
        """The diagnosis as JSON."""
        return {
            "target": self.target,
            "healthy": self.healthy,
            "tried": self.tried,
            "sources": self.sources,
            "findings": [each.to_dict() for each in self.findings],
            "warnings": [each.to_dict() for each in self.warnings],
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield said(self.verdict)
        for number, each in enumerate(self.findings, 1):
            yield f"{number}. {each}".replace("\n", "\n ")
        for each in self.warnings:
            yield f"{said(WARNING)}: {each}".replace("\n", "\n ")

    def __repr__(self) -> str:
        codes = ", ".join(each.code for each in self.findings) or "no fault found"
        return f"<Diagnosis of {self.target}: {codes}>"

    def html(self, lang: str | None = None) -> str:
        """The same as a table in a language, None: the one that was set."""
        told: list[tuple[str, Finding]] = [(Bold(each.code), each) for each in self.findings]
        told += [(Phrase("warning: {code}", code=each.code), each) for each in self.warnings]
        rows = [(name, each.cause, each.evidence, each.remedy, Link(each.document)) for name, each in told]
        return table("diagnosis", self.verdict, HEADS, rows, lang)

    def _repr_html_(self) -> str:
        """The same for notebooks."""
        return self.html()
