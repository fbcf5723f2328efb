"""What is said of one Service, or of several: the causes in order, what is unwise, or that no fault was found."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from kdisco.explain.finding import Finding
from kdisco.table import Bold, Link, table

__all__ = ["Diagnosis"]

HEADS = ("code", "cause", "evidence", "remedy", "see")


@frozen(kw_only=True)
class Diagnosis:
    """What was found about ``target`` (``service/ns/name``): ``findings`` in order of cause, the root first.

    ``warnings`` are of what is unwise but works. ``tried`` counts the connections and look-ups that were tried.
    """

    target: str
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    tried: int = 0

    @property
    def healthy(self) -> bool:
        """Whether no fault was found: every connection that was tried succeeded."""
        return not self.findings

    @property
    def verdict(self) -> str:
        """The diagnosis in a line."""
        if self.findings:
            count = len(self.findings)
            return f"{self.target}: {count} finding{'s' * (count > 1)}"
        return f"{self.target}: no fault found, all {self.tried} connections and look-ups that were tried succeed"

    def to_dict(self) -> dict[str, object]:
        """The diagnosis as JSON."""
        return {
            "target": self.target,
            "healthy": self.healthy,
            "tried": self.tried,
            "findings": [each.to_dict() for each in self.findings],
            "warnings": [each.to_dict() for each in self.warnings],
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield self.verdict
        for number, each in enumerate(self.findings, 1):
            yield f"{number}. {each}".replace("\n", "\n ")
        for each in self.warnings:
            yield f"warning: {each}".replace("\n", "\n ")

    def __repr__(self) -> str:
        codes = ", ".join(each.code for each in self.findings) or "no fault found"
        return f"<Diagnosis of {self.target}: {codes}>"

    def _repr_html_(self) -> str:
        """The same as a table for notebooks."""
        told: list[tuple[str, Finding]] = [(Bold(each.code), each) for each in self.findings]
        told += [(f"warning: {each.code}", each) for each in self.warnings]
        rows = [(name, each.cause, each.evidence, each.remedy, Link(each.document)) for name, each in told]
        return table("diagnosis", self.verdict, HEADS, rows)
