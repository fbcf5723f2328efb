"""The questions of chapter 00."""

from __future__ import annotations

from kdisco.course.question import Question

__all__ = ["QUESTIONS"]

QUESTIONS: tuple[Question, ...] = ()
