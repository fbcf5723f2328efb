"""Data that was generated; ``make.py`` beside it says how."""

from __future__ import annotations

__all__: list[str] = []
