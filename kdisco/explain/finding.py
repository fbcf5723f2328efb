"""One thing that is wrong: its cause, what shows it, what mends it, and the document that says so."""

from __future__ import annotations

from attrs import frozen

from kdisco.explain.documents import document
from kdisco.phrase import Phrase, said

__all__ = ["Finding"]

EVIDENCE, REMEDY, SEE = Phrase("evidence"), Phrase("remedy"), Phrase("see")


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
            "cause": str(self.cause),
            "evidence": str(self.evidence),
            "remedy": str(self.remedy),
            "objects": list(self.objects),
            "document": self.document,
        }

    def __str__(self) -> str:
        remedy = said(self.remedy).replace("\n", "\n            ")
        parts = ((EVIDENCE, said(self.evidence)), (REMEDY, remedy), (SEE, self.document))
        lines = (f"  {said(head) + ':':<9} {told}" for head, told in parts)
        return "\n".join([f"{self.code}: {said(self.cause)}", *lines])
