"""The course: questions, predictions and exercises that are checked on the state of a cluster, and how far one is."""

from __future__ import annotations

from kdisco.course.guesses import guess
from kdisco.course.quizzing import quiz
from kdisco.course.standing import progress
from kdisco.course.tasks import task
from kdisco.course.workbook import exercise

__all__ = ["exercise", "guess", "progress", "quiz", "task"]
