"""The exercises of chapter 03."""

from __future__ import annotations

from kdisco.course.workbook import Exercise

__all__ = ["EXERCISES"]

EXERCISES: tuple[Exercise, ...] = ()
