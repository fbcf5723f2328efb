"""The exercises of chapter 07."""

from __future__ import annotations

from kdisco.course.workbook import Exercise

__all__ = ["EXERCISES"]

EXERCISES: tuple[Exercise, ...] = ()
