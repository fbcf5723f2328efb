"""One thing that is wrong: its cause, what shows it, what mends it, and the document that says so."""

from __future__ import annotations

from attrs import frozen

from kdisco.explain.documents import document

__all__ = ["Finding"]


@frozen(kw_only=True)
class Finding:
    """A cause. ``code`` names it in kebab-case, ``cause`` tells it in a sentence.

    ``evidence`` is the object with its field, the rule or the hop that shows it; ``remedy`` the command that mends it;
    ``objects`` are those concerned as ``kind/ns/name``, the one to be mended first.
    """

    code: str
    cause: str
    evidence: str
    remedy: str
    objects: tuple[str, ...] = ()

    @property
    def document(self) -> str:
        """The page of the Kubernetes documentation that tells of it."""
        return document(self.code)

    def to_dict(self) -> dict[str, object]:
        """The finding as JSON."""
        return {
            "code": self.code,
            "cause": self.cause,
            "evidence": self.evidence,
            "remedy": self.remedy,
            "objects": list(self.objects),
            "document": self.document,
        }

    def __str__(self) -> str:
        remedy = self.remedy.replace("\n", "\n            ")
        return (
            f"{self.code}: {self.cause}\n  evidence: {self.evidence}\n  remedy:   {remedy}\n  see:      {self.document}"
        )
