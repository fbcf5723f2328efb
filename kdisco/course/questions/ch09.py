"""The questions of chapter 09."""

from __future__ import annotations

from kdisco.course.question import Question

__all__ = ["QUESTIONS"]

QUESTIONS: tuple[Question, ...] = ()
